"""The reference's locks: a folder that exists while one source hash is being changed (spec: Lock).

A lock of ours never takes the place of one that somebody else took a moment ago, keeps its mtime fresh while it
is held (others break it after 30 minutes), and removes only what it made.
"""

import os
import random
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from pkgstore import files
from pkgstore.clock import Clock
from pkgstore.errors import DiskError, LockBusy
from pkgstore.fence import folders, opened, status
from pkgstore.flock import flock
from pkgstore.keys import SourceKey
from pkgstore.layout import Kind, Layout
from pkgstore.model import STALE_AFTER, LockRecord
from pkgstore.progress import Cancel

TIMEOUT: Final = 35 * 60.0
"""Seconds that an operation waits at the most: long enough to outlast a lock left by a crash."""

REFRESH_EVERY: Final = 5 * 60.0
"""Seconds between two refreshes of a lock that is held."""

CLOCK = Clock()
"""The clock of every lock of this process."""

_RETRY: Final = (0.5, 2.0)
_LEVELS: Final = 3
"""Platform, package and source hash; what is in a lock's own folder says nothing."""


@dataclass(frozen=True, slots=True)
class LockRules:
    """How patient a lock is: all in seconds."""

    stale_after: float = STALE_AFTER
    timeout: float = TIMEOUT
    refresh_every: float = REFRESH_EVERY
    retry: tuple[float, float] = _RETRY


class HeldLock:
    """A lock that this process holds; release it when done."""

    def __init__(self, path: str, descriptor: int) -> None:
        self.path = path
        # While the descriptor is open, no other folder can get this inode number.
        self._descriptor = descriptor
        self._guard = threading.Lock()
        self._inode = _identity(os.fstat(descriptor))

    def is_ours(self) -> bool:
        """Whether the lock is still the one we took, not broken, nor taken by others since."""
        try:
            return _identity(status(self.path)) == self._inode
        except OSError:
            return False

    def check(self) -> None:
        """Raise `LockBusy` if somebody broke or took the lock since; ask before each change."""
        if not self.is_ours():
            raise LockBusy(self.path, age=_age(self.path) or 0.0, waited=0.0, stale_after=STALE_AFTER)

    def refresh(self) -> None:
        """Set its mtime to now, so that others do not take it for one left by a crash."""
        with self._guard:
            if self._descriptor >= 0:
                CLOCK.stamp(self._descriptor)

    def release(self) -> None:
        """Remove the lock if it is still ours; further calls do nothing."""
        with self._guard:
            if self._descriptor < 0:
                return
            try:
                if self.is_ours():
                    files.remove_empty_folder(self.path)
            finally:
                os.close(self._descriptor)
                self._descriptor = -1


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def acquire(
    layout: Layout, key: SourceKey, *, rules: LockRules | None = None, cancel: Cancel | None = None
) -> HeldLock:
    """Take the lock of a source hash, waiting while somebody else has it (API: Store.Acquire).

    Args:
        layout: The store's paths.
        key: What to lock.
        rules: How long to wait, and when a lock counts as stale.
        cancel: Asked while waiting.

    Raises:
        LockBusy: It did not come free in time.
        Cancelled: `cancel` was set.
        DiskError: The lock's folder cannot be made.
    """
    rules = rules or LockRules()
    cancel = cancel or Cancel()
    path = layout.lock(key)
    began = CLOCK.monotonic()
    while True:
        cancel.check()
        if (descriptor := files.take_folder(path)) is not None:
            return HeldLock(path, descriptor)
        age = _age(path)
        if age is None or (age > rules.stale_after and break_stale(path, rules.stale_after)):
            continue
        waited = CLOCK.monotonic() - began
        if waited >= rules.timeout:
            raise LockBusy(path, age=age, waited=waited, stale_after=rules.stale_after)
        cancel.wait(min(random.uniform(*rules.retry), rules.timeout - waited))


@contextmanager
def hold(
    layout: Layout, key: SourceKey, *, rules: LockRules | None = None, cancel: Cancel | None = None
) -> Iterator[HeldLock]:
    """Hold the lock of a source hash for a while; see `acquire`. It is kept fresh meanwhile."""
    rules = rules or LockRules()
    lock = acquire(layout, key, rules=rules, cancel=cancel)
    try:
        with _KEEPER.keep(lock, rules.refresh_every):
            yield lock
    finally:
        lock.release()


def _age(path: str) -> float | None:
    """Seconds since a lock's mtime; None where it is gone."""
    changed = _changed(path)
    return None if changed is None else CLOCK.now() - changed


def _changed(path: str) -> float | None:
    """A lock's mtime; None where it is gone."""
    try:
        return status(path).st_mtime
    except FileNotFoundError:
        return None
    except OSError as cause:
        raise DiskError("look at this lock", cause, path) from cause


def break_stale(path: str, stale_after: float = STALE_AFTER) -> bool:
    """Remove a lock that was left by a crash, and only such a one.

    Of our own processes only one at a time looks and breaks. The reference knows nothing of that, so the lock is
    renamed away first, and what was renamed is looked at again: if it is fresh, somebody took the lock between our
    look and our rename, and it is put back.

    Returns:
        Whether the name was freed (or was free).
    """
    with _alone(os.path.dirname(path)) as alone:
        age = _age(path)
        if not alone or (age is not None and age <= stale_after):
            return False
        return _break(path, stale_after)


@contextmanager
def _alone(folder: str) -> Iterator[bool]:
    """Keep other processes of ours out, by a lock that the kernel lets go when this process dies; never waits.

    Yields:
        False where another process is inside already.
    """
    try:
        descriptor = opened(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:  # then there is no lock in it either
        yield True
        return
    try:
        yield flock(descriptor) is not False  # without such locks the second look has to do
    finally:
        os.close(descriptor)


def _break(path: str, stale_after: float) -> bool:
    aside = f"{path}.{secrets.token_hex(6)}.stale"
    if not files.set_aside(path, aside):
        return True
    age = _age(aside)
    if age is not None and age <= stale_after and files.put_back(aside, path):
        return False
    files.remove_tree(aside)
    return True


def list_locks(layout: Layout) -> list[LockRecord]:
    """Every lock that stands now, sorted by key; what vanishes meanwhile is left out.

    Raises:
        DiskError: A folder of locks cannot be listed.
    """
    found = []
    try:
        for path in folders(layout.locks, _LEVELS):
            place = layout.place(path)
            if place.kind is Kind.LOCK and (changed := _changed(path)) is not None:
                key = SourceKey(place.platform, place.package, place.source_hash)
                found.append(LockRecord(key, path, changed))
    except OSError as cause:
        raise DiskError("list the locks", cause, cause.filename or layout.locks) from cause
    return sorted(found, key=lambda record: record.key)


class _Keeper:
    """Refreshes the locks that are held, from one thread that lives only while there are any."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew: a forked process has neither the thread nor the locks of the one it came from."""
        self._condition = threading.Condition()
        self._due: dict[HeldLock, tuple[float, float]] = {}
        self._running = False

    @contextmanager
    def keep(self, lock: HeldLock, every: float) -> Iterator[None]:
        """Refresh `lock` every so many seconds while the block runs."""
        with self._condition:
            self._due[lock] = (CLOCK.monotonic() + every, every)
            if self._running:
                self._condition.notify()
            else:
                self._running = True
                threading.Thread(target=self._run, name="pkgstore-locks", daemon=True).start()
        try:
            yield
        finally:
            with self._condition:
                self._due.pop(lock, None)
                self._condition.notify()

    def _run(self) -> None:
        with self._condition:
            while self._due:
                now = CLOCK.monotonic()
                for lock, (due, every) in list(self._due.items()):
                    if due <= now:
                        self._refresh(lock)
                        self._due[lock] = (now + every, every)
                next_due = min(due for due, _ in self._due.values())
                CLOCK.wait(self._condition, max(0.0, next_due - CLOCK.monotonic()))
            self._running = False

    def _refresh(self, lock: HeldLock) -> None:
        try:
            lock.refresh()
        except DiskError:  # the lock's holder will meet the same fault, and says so
            return


_KEEPER = _Keeper()
os.register_at_fork(after_in_child=_KEEPER.forget)
