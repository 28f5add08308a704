"""What the tests of the watcher share: who listens, and systems that give no events or only few watches."""

import ctypes
import errno
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from watchdog.observers import inotify_c

from pkgstore import _watch_lookout
from pkgstore._watch_events import FolderEvents, Hint, Overflow
from pkgstore.keys import SourceKey
from pkgstore.snapshot import Key
from pkgstore.watch import StoreWatcher, WatchState

DEADLINE = 60.0
NEVER = 3600.0


class Ear:
    """Keeps what a watcher tells, and waits for facts."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.batches: list[frozenset[Key]] = []
        self.states: list[WatchState] = []

    def on_changes(self, keys: frozenset[Key]) -> None:
        with self.changed:
            self.batches.append(keys)
            self.changed.notify_all()

    def on_state(self, state: WatchState) -> None:
        with self.changed:
            self.states.append(state)
            self.changed.notify_all()

    @property
    def told(self) -> set[Key]:
        with self.changed:
            return {key for batch in self.batches for key in batch}

    def wait(self, fact: Callable[[], object]) -> None:
        with self.changed:
            assert self.changed.wait_for(fact, DEADLINE), (self.batches[-5:], self.states)

    def hears(self, action: Callable[[], object], *keys: Key) -> set[Key]:
        """Do `action`, and wait until each of `keys` was told after it; all that was told since."""
        with self.changed:
            before = len(self.batches)
        action()
        self.wait(lambda: all(any(key in batch for batch in self.batches[before:]) for key in keys))
        with self.changed:
            return {key for batch in self.batches[before:] for key in batch}


@contextmanager
def watched(
    root: Path, *, apps: Path | str = "", sweep: float = NEVER, is_busy: Callable[[], bool] = lambda: False
) -> Iterator[tuple[Ear, StoreWatcher]]:
    """A watcher that has told its first state; leaves no thread behind."""
    before, ear = set(threading.enumerate()), Ear()
    watcher = StoreWatcher(
        root, ear.on_changes, ear.on_state, apps=apps, quiet=0.01, longest=0.05, sweep=sweep, is_busy=is_busy
    )
    with watcher:
        ear.wait(lambda: ear.states)
        yield ear, watcher
    assert set(threading.enumerate()) <= before


def replace_file(path: Path, text: str = "{}") -> None:
    """Write as a careful writer does."""
    fresh = path.with_name(path.name + ".tmp")
    fresh.write_text(text)
    fresh.rename(path)


def touch(path: Path) -> None:
    """Give a file another mtime than any it had."""
    os.utime(path, (time.time(), os.stat(path).st_mtime + 1))


def source_key(path: Path) -> SourceKey:
    """The key of a source's folder."""
    return SourceKey(path.parent.parent.name, path.parent.name, path.name)


def refuse_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the system have no inotify."""

    def refuse() -> int:
        raise OSError(errno.EMFILE, "inotify instance limit reached")

    monkeypatch.setattr(inotify_c.InotifyFD, "_create_inotify_fd", staticmethod(refuse))


def limit_watches(monkeypatch: pytest.MonkeyPatch, allowed: int, code: int = errno.ENOSPC) -> None:
    """Let the system refuse every watch after the first `allowed` ones."""
    genuine, count = inotify_c.inotify_add_watch, iter(range(allowed))

    def add(fd: int, path: bytes, mask: int) -> int:
        if next(count, None) is not None:
            return genuine(fd, path, mask)
        ctypes.set_errno(code)
        return -1

    monkeypatch.setattr(inotify_c, "inotify_add_watch", add)


def cap_watches(monkeypatch: pytest.MonkeyPatch, allowed: int) -> set[int]:
    """Let the system allow so many watches at a time; returns those that are there."""
    add, remove, there = inotify_c.inotify_add_watch, inotify_c.inotify_rm_watch, set[int]()

    def add_few(fd: int, path: bytes, mask: int) -> int:
        watch = add(fd, path, mask)
        if watch in there or len(there) < allowed or watch == -1:
            there.add(watch) if watch != -1 else None
            return watch
        remove(fd, watch)
        ctypes.set_errno(errno.ENOSPC)
        return -1

    def remove_one(fd: int, watch: int) -> int:
        there.discard(watch)
        return remove(fd, watch)

    monkeypatch.setattr(inotify_c, "inotify_add_watch", add_few)
    monkeypatch.setattr(inotify_c, "inotify_rm_watch", remove_one)
    return there


class Spy(FolderEvents):
    """The events of the watcher under test, to be disturbed."""

    last: "Spy"
    deaf = False

    def __init__(self, root: str, hear: Callable[[Hint], None]) -> None:
        super().__init__(root, lambda hint: None if self.deaf and not isinstance(hint, Overflow) else hear(hint))
        Spy.last = self

    def overflow(self) -> None:
        """Hear again, and learn that something was lost."""
        self.deaf = False
        self._reader.handle_event(
            inotify_c.InotifyEvent(inotify_c.WatchDescriptor(-1), inotify_c.InotifyConstants.IN_Q_OVERFLOW, 0, b"")
        )


def install_spy(monkeypatch: pytest.MonkeyPatch) -> type[Spy]:
    """Let the next watcher use a `Spy`."""
    monkeypatch.setattr(_watch_lookout, "FolderEvents", Spy)
    return Spy
