"""Take configs that were not used for a while out of the store (spec: EvictStale).

The order for each source hash: lock, look again, the record for the trash, configs.json without the entries, trees
renamed away, sidecars removed, unlock; only then is anything deleted. A crash at any point leaves no half tree that
counts as present.
"""

import os
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final, Protocol

from pkgstore import files
from pkgstore.accounts import Inventory
from pkgstore.errors import Cancelled, StoreError
from pkgstore.fence import listing, status
from pkgstore.keys import ConfigKey, SourceKey
from pkgstore.layout import Layout, is_operation
from pkgstore.locks import HeldLock, LockRules, hold
from pkgstore.model import ConfigRecord
from pkgstore.operations.events import Done, Event, EvictResult, Failed, Removed, Skipped, Why
from pkgstore.operations.meta import forget_configs
from pkgstore.operations.trashing import write_records
from pkgstore.progress import Cancel, Progress
from pkgstore.snapshot import Snapshot
from pkgstore.usage import Tree, read_tree

LOCK_TIMEOUT: Final = 60.0
"""Seconds that an eviction waits for one lock; a source in use is no candidate for long."""

LEFT_OVER_AFTER: Final = 1800.0
"""Seconds after which trash of another eviction counts as left by a crash."""

Guard = Callable[[ConfigKey], "Why | None"]
"""Asked under the lock whether a config has to stay after all."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a planned removal expects to find: `skip` says why it is not done, None where all is as it was."""

    key: ConfigKey
    skip: Callable[[Layout], "Why | None"]
    reason: str = ""


class Planned(Protocol):
    """What can be applied."""

    @property
    def expected(self) -> Sequence[Expected]:
        """What is to be removed, by key."""


@dataclass(frozen=True, slots=True)
class EvictPlan:
    """What an eviction would remove: configs whose last use is at or before `cutoff` (seconds since 1970)."""

    platform: str
    retention: float
    cutoff: float
    items: tuple[ConfigRecord, ...]

    @property
    def expected(self) -> Sequence[Expected]:
        """What is to be removed: what is that old still."""
        return [
            Expected(config.key, self._check(config.key), "not used for the retention") for config in self.items
        ]

    def _check(self, key: ConfigKey) -> Callable[[Layout], Why | None]:
        def skip(layout: Layout) -> Why | None:
            try:
                used = status(layout.sidecar(key)).st_mtime
            except OSError:
                return Why.GONE_MEANWHILE
            return Why.USED_MEANWHILE if used > self.cutoff else None

        return skip


def plan_evict(snapshot: Snapshot, platform: str, retention: float, *, now: float | None = None) -> EvictPlan:
    """What a sweep of one platform would remove. Pure.

    Args:
        snapshot: A reading of the store.
        platform: The platform; the reference sweeps only the one in use.
        retention: Seconds that a config is kept after its last use; 0 or less evicts nothing.
        now: Seconds since 1970.
    """
    cutoff = (time.time() if now is None else now) - retention
    if retention <= 0:
        return EvictPlan(platform, retention, cutoff, ())
    stale = [
        config
        for key, record in snapshot.sources.items()
        if key.platform == platform
        for config in record.configs
        if config.last_used is not None and config.last_used <= cutoff
    ]
    return EvictPlan(platform, retention, cutoff, tuple(sorted(stale, key=lambda config: config.key)))


def apply_evict(
    layout: Layout,
    plan: Planned,
    *,
    operation: str = "",
    guard: Guard | None = None,
    cancel: Cancel | None = None,
    progress: Progress | None = None,
    rules: LockRules | None = None,
) -> Iterator[Event]:
    """Do what a plan says, and never more; what was used meanwhile stays.

    Args:
        layout: The store's paths.
        plan: What is to go.
        operation: The id under which everything goes to the trash; empty to delete it at once.
        guard: Asked of each config whether it has to stay after all.
        cancel: Asked between sources.
        progress: Counts configs.
        rules: How long to wait for a lock.

    Yields:
        `Removed` or `Skipped` for each config, `Failed` for a source that could not be changed, then `Done` with
        `EvictResult`.

    Raises:
        Cancelled: `cancel` was set; what was done so far is whole.
        RootsUnread: The guard cannot tell; what was done so far is whole.
    """
    cancel, progress = cancel or Cancel(), progress or Progress()
    expected = plan.expected
    progress.start(len(expected), "evicting")
    trash = layout.trash_of(operation) if operation else _new_trash(layout)
    rules = rules or LockRules(timeout=LOCK_TIMEOUT)
    sweep = _Sweep(layout, operation, trash, rules, cancel, guard or _nothing_holds)
    try:
        for source, group in groupby(expected, key=lambda item: item.key.source):
            cancel.check()
            wanted = list(group)
            yield from sweep.source(source, wanted)
            progress.step(source.package, len(wanted))
    finally:
        if not operation:
            _empty_trash(layout, sweep.trash)
    yield Done(sweep.result())


def _nothing_holds(_key: ConfigKey) -> None:
    return None


@dataclass(slots=True)
class _Sweep:
    layout: Layout
    operation: str
    trash: str
    rules: LockRules
    cancel: Cancel
    guard: Guard
    told: list[Event] = field(default_factory=list)
    trees: dict[ConfigKey, Tree] = field(default_factory=dict)

    def source(self, source: SourceKey, wanted: list[Expected]) -> list[Event]:
        """One source hash; an error in it is an event, and what was taken out before it counts."""
        events: list[Event] = []
        taken: list[Expected] = []
        try:
            with hold(self.layout, source, rules=self.rules, cancel=self.cancel) as lock:
                stale = [item for item in wanted if self._look_again(item, events)]
                self._take_out(source, stale, lock, taken)
        except Cancelled:
            raise
        except StoreError as error:
            events.append(Failed(source.package, error))
        events.extend(self._removed(item) for item in taken)
        self.told.extend(events)
        return events

    def result(self) -> EvictResult:
        """What all of it came to."""
        removed = [event for event in self.told if isinstance(event, Removed)]
        return EvictResult(
            len(removed),
            sum(isinstance(event, Skipped) for event in self.told),
            sum(isinstance(event, Failed) for event in self.told),
            sum(event.freed for event in removed),
            self.operation,
            Inventory(self.trees).freed(self.trees).now.disk,
        )

    def _look_again(self, item: Expected, events: list[Event]) -> bool:
        why = item.skip(self.layout) or self.guard(item.key)
        if why is not None:
            events.append(Skipped(item.key, why))
        return why is None

    def _take_out(self, source: SourceKey, stale: list[Expected], lock: HeldLock, taken: list[Expected]) -> None:
        lock.check()
        if not stale:
            return
        if self.operation:
            write_records(self.layout, self.operation, source, {item.key: item.reason for item in stale})
        forget_configs(self.layout, source, [item.key.config_hash for item in stale])
        for item in stale:
            lock.check()
            files.set_aside(self.layout.config(item.key), self._aside(item.key))
            taken.append(item)  # it is out, even if its sidecar cannot be removed: that goes with the next sweep
            files.remove_file(self.layout.sidecar(item.key))
        if files.remove_empty_folder(self.layout.source(source)):
            files.remove_empty_folder(self.layout.package(source.platform, source.package))

    def _aside(self, key: ConfigKey) -> str:
        if self.operation:
            return self.layout.trashed(self.operation, key)
        return os.path.join(self.trash, key.platform, key.package, key.source_hash, key.config_hash)

    def _removed(self, item: Expected) -> Removed:
        if self.operation:
            tree = self.trees[item.key] = read_tree(self._aside(item.key))
            return Removed(item.key, 0, self.operation, tree.own.disk, item.reason)
        return Removed(item.key, self._delete(item.key), reason=item.reason)

    def _delete(self, key: ConfigKey) -> int:
        """Bytes freed; a tree that cannot be deleted now stays in the trash, out of everybody's way."""
        try:
            return files.remove_tree(self._aside(key))
        except StoreError:
            return 0


def _new_trash(layout: Layout) -> str:
    """A folder name of this operation's own; those that a crash left are emptied on the way."""
    try:
        with listing(layout.trash) as entries:
            old = [entry.name for entry in entries if not is_operation(entry.name) and is_left_over(entry)]
    except OSError:
        old = []
    for name in old:
        _empty_trash(layout, os.path.join(layout.trash, name))
    return os.path.join(layout.trash, f"evict-{secrets.token_hex(6)}")


def is_left_over(entry: os.DirEntry[str]) -> bool:
    """Whether something in the trash was left by a crash."""
    try:
        return time.time() - entry.stat(follow_symlinks=False).st_mtime > LEFT_OVER_AFTER
    except OSError:
        return False


def _empty_trash(layout: Layout, trash: str) -> None:
    try:
        files.remove_tree(trash)
        if files.remove_empty_folder(layout.trash):
            files.remove_empty_folder(layout.ours)
    except StoreError:  # it is out of the store already, and the next eviction tries again
        return
