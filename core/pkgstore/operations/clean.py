"""Clean up what crashes left: stale locks, builds, staging folders and libraries. Never anything fresh.

Each item is looked at again before it goes. Whether a folder is fresh is told by the newest folder and the newest
file of its own in it: files that the store shares say nothing, since every worker's start changes them.
"""

import os
import stat
import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from pkgstore import files
from pkgstore.apps import work_folder, work_keys
from pkgstore.errors import Cancelled, InvalidName, StoreError
from pkgstore.fence import is_folder, listing, status
from pkgstore.findings import LEFT_OVER_AFTER
from pkgstore.keys import LocksKey, WorkerKey, WorkKey
from pkgstore.layout import BUILDS, STAGING, Layout
from pkgstore.locks import break_stale, list_locks
from pkgstore.model import STALE_AFTER, LockRecord
from pkgstore.operations.events import CleanResult, Done, Emptied, Event, Failed, Noticed
from pkgstore.progress import Cancel, Progress
from pkgstore.scan import scan_worker


class Left(Enum):
    """What was left; the value is its name for people."""

    LOCK = "lock"
    BUILD = "build"
    STAGING = "staging"
    WORKER = "worker"


@dataclass(frozen=True, slots=True)
class LeftOver:
    """One thing that a crash left; `changed` is when it last changed, in seconds since 1970.

    `has_manifest` is set for a worker's library that is complete: nothing but people can say that it is left over.
    """

    kind: Left
    name: str
    path: str
    changed: float
    has_manifest: bool = False

    @property
    def id(self) -> str:
        """What it is called on a command line: ``build:6c1f…``."""
        return f"{self.kind.value}:{self.name}"

    @property
    def stale_after(self) -> float:
        """Seconds without a change after which it may go."""
        return STALE_AFTER if self.kind is Left.LOCK else LEFT_OVER_AFTER

    def is_stale(self, now: float) -> bool:
        """Whether it may go; `now` is in seconds since 1970."""
        return now - self.changed > self.stale_after


@dataclass(frozen=True, slots=True)
class CleanPlan:
    """What would go."""

    items: tuple[LeftOver, ...]


_FRESH_IS_ENOUGH: Final = LEFT_OVER_AFTER


def left_overs(
    layout: Layout, *, now: float | None = None, names: Iterable[str] = (), cancel: Cancel | None = None
) -> tuple[LeftOver, ...]:
    """Every lock, build, staging folder and worker's library, stale or not, with when it last changed.

    Args:
        layout: The store's paths.
        now: Seconds since 1970.
        names: Ids, as in ``build:6c1f``: only these are looked at; all, if there are none.
        cancel: Asked between folders; a worker's library that nobody uses is walked through whole.

    Raises:
        Cancelled: `cancel` was set.
        DiskError: The locks cannot be listed.
    """
    present, wanted = time.time() if now is None else now, frozenset(names)
    found = [
        LeftOver(Left.LOCK, lock_name(lock), lock.path, lock.changed)
        for lock in list_locks(layout)
        if not wanted or f"{Left.LOCK.value}:{lock_name(lock)}" in wanted
    ]
    found.extend(_folders(layout, present, wanted, cancel or Cancel()))
    return tuple(found)


def lock_name(lock: LockRecord) -> str:
    """What a lock is called among what was left over."""
    return f"{lock.key.platform}/{lock.key.package}/{lock.key.source_hash}"


def record_of(name: str) -> LocksKey | WorkKey | WorkerKey | None:
    """The key of the record that tells of something left over, by its id; None where the id is none."""
    kind, _, rest = name.partition(":")
    match kind:
        case Left.LOCK.value:
            return LocksKey()
        case Left.BUILD.value:
            return WorkKey(BUILDS, rest)
        case Left.STAGING.value:
            return WorkKey(STAGING, rest)
        case Left.WORKER.value:
            return WorkerKey(rest)
    return None


def work_kind(key: WorkKey) -> Left:
    """Which kind a work folder is."""
    return Left.BUILD if key.folder == BUILDS else Left.STAGING


def _folders(layout: Layout, now: float, wanted: frozenset[str], cancel: Cancel) -> Iterator[LeftOver]:
    for key in work_keys(layout):
        is_meant = not wanted or f"{work_kind(key).value}:{key.name}" in wanted
        if is_meant and key.name != "." and (item := _work(layout, key, now, cancel)) is not None:
            yield item
    try:
        with listing(layout.workers) as entries:
            names = sorted(entry.name for entry in entries)
    except OSError:
        names = []
    for name in names:
        if wanted and f"{Left.WORKER.value}:{name}" not in wanted:
            continue
        path = layout.worker(name)
        if is_folder(path):
            record = scan_worker(layout, WorkerKey(name))
            is_whole = record is not None and (record.manifest is not None or bool(record.damage))
            yield LeftOver(Left.WORKER, name, path, newest_change(path, now, cancel), is_whole)


def _work(layout: Layout, key: WorkKey, now: float, cancel: Cancel) -> LeftOver | None:
    try:
        path = work_folder(layout, key)
    except InvalidName:
        return None
    if not is_folder(path):
        return None
    return LeftOver(work_kind(key), key.name, path, newest_change(path, now, cancel))


def newest_change(path: str, now: float, cancel: Cancel | None = None) -> float:
    """When something in a folder last changed, in seconds since 1970; as soon as it is known to be fresh, that.

    What cannot be looked at counts as changed now.
    """
    newest = 0.0
    pending = [path]
    while pending and now - newest > _FRESH_IS_ENOUGH:
        if cancel is not None:
            cancel.check()
        folder = pending.pop()
        try:
            newest = max(newest, status(folder).st_mtime)
            with listing(folder) as entries:
                for entry in entries:
                    found = entry.stat(follow_symlinks=False)
                    if stat.S_ISDIR(found.st_mode):
                        pending.append(os.path.join(folder, entry.name))
                    elif found.st_nlink == 1:
                        newest = max(newest, found.st_mtime)
        except FileNotFoundError:  # it goes while we look, so somebody is at work
            return now
        except OSError:
            return now
    return newest


def plan_clean(
    items: Iterable[LeftOver], *, names: Iterable[str] = (), kinds: Iterable[Left] = (), now: float | None = None
) -> CleanPlan:
    """What would go: everything that is stale, or just some. Pure.

    A worker's library that is complete goes only when it is named.

    Args:
        items: What there is.
        names: Ids, as in ``build:6c1f``; all of the kinds, if there are none.
        kinds: Only these; all, if there are none.
        now: Seconds since 1970.
    """
    present = time.time() if now is None else now
    wanted, chosen = frozenset(names), frozenset(kinds) or frozenset(Left)
    return CleanPlan(
        tuple(
            item
            for item in items
            if item.is_stale(present)
            and (item.id in wanted if wanted else item.kind in chosen and not item.has_manifest)
        )
    )


def apply_clean(
    layout: Layout, plan: CleanPlan, *, cancel: Cancel | None = None, progress: Progress | None = None
) -> Iterator[Event]:
    """Do what a plan says; what changed meanwhile stays.

    Yields:
        `Emptied`, `Noticed` (it is fresh again, so it stays) or `Failed` for each, then `Done` with `CleanResult`.

    Raises:
        Cancelled: `cancel` was set; what was done so far is whole.
    """
    cancel, progress = cancel or Cancel(), progress or Progress()
    progress.start(len(plan.items), "cleaning up")
    counts = {Emptied: 0, Noticed: 0, Failed: 0}
    freed = 0
    for item in plan.items:
        cancel.check()
        event = _one(layout, item)
        counts[type(event)] += 1
        freed += event.freed if isinstance(event, Emptied) else 0
        yield event
        progress.step(item.id)
    yield Done(CleanResult(counts[Emptied], counts[Noticed], counts[Failed], freed))


def _one(layout: Layout, item: LeftOver) -> Emptied | Noticed | Failed:
    try:
        if item.kind is Left.LOCK:
            if break_stale(item.path):
                return Emptied(item.id)
            return Noticed(item.id, "is held again, so it stays")
        if now_fresh(item):
            return Noticed(item.id, "changed again, so it stays")
        return Emptied(item.id, _remove(layout, item))
    except Cancelled:
        raise
    except StoreError as error:
        return Failed(item.id, error)


def now_fresh(item: LeftOver) -> bool:
    """Whether a folder changed since it was looked at, or is fresh, or is gone and made again."""
    now = time.time()
    return now - newest_change(item.path, now) <= item.stale_after


def _remove(layout: Layout, item: LeftOver) -> int:
    aside = os.path.join(layout.trash, f"{item.kind.value}-{uuid.uuid4()}")
    if not files.set_aside(item.path, aside):
        return 0
    freed = files.remove_tree(aside)
    files.remove_empty_folder(layout.trash)
    return freed
