"""Tell which records of a store may have changed: watched folders in, batches of keys out.

Events are hints. They can be lost, late or doubled; sweeps and rounds of looking beside them find what they missed,
and are all there is where no events are to be had. Nothing here reads a manifest: whoever gets a key reads it again
from disk. Watches are never recursive, since a library that is being linked in is a storm of events below it.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import islice
from queue import Empty, SimpleQueue
from typing import Final, Self

from pkgstore._watch_batch import Batch
from pkgstore._watch_events import Hint
from pkgstore._watch_guard import IN_SIGHT_AT_MOST
from pkgstore._watch_lookout import Lookout, WatchState
from pkgstore._watch_rounds import HURRY
from pkgstore.keys import SourceKey
from pkgstore.layout import Layout
from pkgstore.snapshot import Key

__all__ = ["StoreWatcher", "WatchState"]

PATIENCE: Final = 0.1
"""Seconds that a slice of a round waits at most for who is busy."""


@dataclass(frozen=True, slots=True)
class _Attend:
    """Somebody looks at these sources."""

    keys: tuple[SourceKey, ...]


@dataclass(frozen=True, slots=True)
class _Expect:
    """Somebody knows these records."""

    keys: tuple[Key, ...]


class _Watch(threading.Thread):
    """One stretch of watching, from a start to its stop."""

    def __init__(
        self,
        look_out: Callable[[Callable[[Hint], None]], Lookout],
        on_changes: Callable[[frozenset[Key]], None],
        on_state: Callable[[WatchState], None],
        batch: Callable[[], Batch],
        pause: float,
        is_busy: Callable[[], bool],
    ) -> None:
        super().__init__(name="pkgstore-watch", daemon=True)
        self._on_changes = on_changes
        self._on_state = on_state
        self._batch = batch()
        self._pause = pause
        self._is_busy = is_busy
        self._told: WatchState | None = None
        self._hints: SimpleQueue[Hint | _Attend | _Expect | None] = SimpleQueue()
        self.lookout = look_out(self._hints.put)
        self._next_sweep = time.monotonic() + pause

    def tell(self, what: _Attend | _Expect) -> None:
        """Let the thread know."""
        self._hints.put(what)

    def end(self) -> None:
        """Ask the thread to end, and wait for it unless this is that thread."""
        self._hints.put(None)
        if self is not threading.current_thread():
            self.join()

    def run(self) -> None:
        """Until asked to end: take in a hint, or look around, or deliver, whatever comes first."""
        try:
            self._tell_state()
            while self._hear():
                self._sweep()
                self._work()
                self._deliver()
                self._tell_state()
        finally:
            self.lookout.close()

    def _hear(self) -> bool:
        """Wait for a hint until something else is due; False where it was asked to end."""
        wait = min(self._batch.due, self._next_sweep, self._next_work()) - time.monotonic()
        try:
            hint = self._hints.get(timeout=max(0.0, wait))
        except Empty:
            return True
        if hint is None:
            return False
        self._add(self._take_in(hint))
        return True

    def _take_in(self, hint: Hint | _Attend | _Expect) -> frozenset[Key]:
        match hint:
            case _Attend():
                return self.lookout.attend(hint.keys)
            case _Expect():
                return self.lookout.expect(hint.keys)
        return self.lookout.take_in(hint)

    def _add(self, keys: frozenset[Key]) -> None:
        if keys:
            self._batch.add(keys, time.monotonic())

    def _sweep(self) -> None:
        if time.monotonic() >= self._next_sweep:
            self._add(self.lookout.survey())
            self._next_sweep = time.monotonic() + self._pause

    def _work(self) -> None:
        if time.monotonic() >= self._next_work():
            self._add(self.lookout.work())

    def _next_work(self) -> float:
        """When what is spread out goes on: later, but not for long, while somebody waits for something else."""
        due = self.lookout.next_work
        if not self._is_busy():
            return due
        return max(due, min(due + PATIENCE, time.monotonic() + HURRY))

    def _deliver(self) -> None:
        now = time.monotonic()
        if now >= self._batch.due:
            keys = self._batch.take(now)
            self.lookout.settle(keys)
            _call(partial(self._on_changes, keys))

    def _tell_state(self) -> None:
        if self.lookout.state != self._told:
            self._told = self.lookout.state
            _call(partial(self._on_state, self._told))


def _call(callback: Callable[[], None]) -> None:
    """Call what is not ours: its errors are reported as any thread's, and do not end the watching."""
    try:
        callback()
    except Exception:
        kind, error, trace = sys.exc_info()
        assert kind is not None
        threading.excepthook(threading.ExceptHookArgs((kind, error, trace, threading.current_thread())))


def _ignore(_: WatchState) -> None:
    """For who does not ask for the state."""


class StoreWatcher:
    """Watches one store: workers, sources, locks, builds, staging folders, our own files, and the apps beside it.

    Start it first, then scan, then apply what it tells: so nothing falls between. Both callbacks are called
    from the watcher's own thread, one at a time. Starting and stopping wait for disk and threads: keep them
    off an event loop.
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        on_changes: Callable[[frozenset[Key]], None],
        on_state: Callable[[WatchState], None] | None = None,
        *,
        apps: str | os.PathLike[str] = "",
        quiet: float = 0.05,
        longest: float = 0.5,
        sweep: float = 3.0,
        is_busy: Callable[[], bool] = lambda: False,
    ) -> None:
        """Nothing is watched before `start`.

        Args:
            root: The store root; it may be made, deleted and made again while it is watched.
            on_changes: Gets each batch of keys whose records should be read again.
            on_state: Gets the state once after the start, and again whenever it becomes another one.
            apps: The folder of the apps, usually the store's parent; empty for none.
            quiet: Seconds without another change after which a key is delivered, half as early or twice as late
                where others are.
            longest: Seconds after its first change at which a key is delivered in any case.
            sweep: Seconds between two looks at what is few; what is many is looked at in turns.
            is_busy: Whether somebody waits just now for what this process does; then what is many is looked at a
                little later. Asked in the watcher's thread.
        """
        layout = Layout(os.path.abspath(os.fspath(root)))
        beside = os.path.abspath(os.fspath(apps)) if apps else ""
        look_out = partial(Lookout, layout, apps=beside, every=sweep)
        batch = partial(Batch, quiet, longest)
        self._new_watch = partial(_Watch, look_out, on_changes, on_state or _ignore, batch, sweep, is_busy)
        self._watch: _Watch | None = None

    @property
    def state(self) -> WatchState:
        """How changes are noticed at this moment; while it is stopped, how they would be at best."""
        watch = self._watch
        return watch.lookout.state if watch else WatchState()

    def start(self) -> None:
        """Begin; what happens after this has returned will be told. Does nothing while it is running."""
        if self._watch is None:
            self._watch = self._new_watch()
            self._watch.start()

    def attend(self, keys: Iterable[SourceKey]) -> None:
        """Say which sources are in sight: their changes are told at once, also where the others' are not.

        Each call takes the place of the one before. Returns at once; does nothing while it is stopped.

        Args:
            keys: Some hundred at most; what is beyond that is left to the rounds.
        """
        if (watch := self._watch) is not None:
            watch.tell(_Attend(tuple(islice(keys, IN_SIGHT_AT_MOST))))

    def expect(self, keys: Iterable[Key]) -> None:
        """Say which records are known: those of them that went before they were first looked at are told, too.

        To be called once, after everything was read. Returns at once; does nothing while it is stopped.
        """
        if (watch := self._watch) is not None:
            watch.tell(_Expect(tuple(keys)))

    def stop(self) -> None:
        """End, and wait for the threads; what was not yet delivered is dropped. May be called at any time.

        A callback may call it too; the threads then end after that callback has returned.
        """
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.end()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()
