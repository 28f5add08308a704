"""Tell which records of a store may have changed: watched folders in, batches of keys out.

Events are hints. They can be lost, late or doubled; a stat sweep beside them finds what they missed, and is
all there is where no events are to be had. Nothing here reads a manifest: whoever gets a key reads it again
from disk. Watches are never recursive, since a library that is being linked in is a storm of events below it.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue
from typing import Self

from pkgstore._watch_events import Hint
from pkgstore._watch_lookout import Lookout, WatchState
from pkgstore.layout import Layout
from pkgstore.snapshot import Key

__all__ = ["StoreWatcher", "WatchState"]


@dataclass(slots=True)
class Batch:
    """Keys that wait until it was quiet for `quiet` seconds, or the first has waited for `longest`."""

    quiet: float
    longest: float
    keys: set[Key] = field(default_factory=set)
    first: float = 0.0
    last: float = 0.0

    def add(self, keys: Iterable[Key], now: float) -> None:
        """Put `keys`, at least one, in at the time `now`."""
        if not self.keys:
            self.first = now
        self.last = now
        self.keys.update(keys)

    @property
    def due(self) -> float:
        """When it has to be delivered; never, while it is empty."""
        return min(self.last + self.quiet, self.first + self.longest) if self.keys else float("inf")

    def take(self) -> frozenset[Key]:
        """All of it; it is empty then."""
        taken, self.keys = frozenset(self.keys), set()
        return taken


class _Watch(threading.Thread):
    """One stretch of watching, from a start to its stop."""

    def __init__(
        self,
        layout: Layout,
        on_changes: Callable[[frozenset[Key]], None],
        on_state: Callable[[WatchState], None],
        batch: Callable[[], Batch],
        pause: float,
    ) -> None:
        super().__init__(name="pkgstore-watch", daemon=True)
        self._on_changes = on_changes
        self._on_state = on_state
        self._batch = batch()
        self._pause = pause
        self._told: WatchState | None = None
        self._hints: SimpleQueue[Hint | None] = SimpleQueue()
        self.lookout = Lookout(layout, self._hints.put)
        self._next_sweep = time.monotonic() + pause

    def end(self) -> None:
        """Ask the thread to end, and wait for it unless this is that thread."""
        self._hints.put(None)
        if self is not threading.current_thread():
            self.join()

    def run(self) -> None:
        """Until asked to end: take in a hint, or sweep, or deliver, whatever comes first."""
        try:
            self._tell_state()
            while self._hear():
                self._sweep()
                self._deliver()
                self._tell_state()
        finally:
            self.lookout.close()

    def _hear(self) -> bool:
        """Wait for a hint until something else is due; False where it was asked to end."""
        wait = min(self._batch.due, self._next_sweep) - time.monotonic()
        try:
            hint = self._hints.get(timeout=max(0.0, wait))
        except Empty:
            return True
        if hint is None:
            return False
        self._add(self.lookout.take_in(hint))
        return True

    def _add(self, keys: frozenset[Key]) -> None:
        if keys:
            self._batch.add(keys, time.monotonic())

    def _sweep(self) -> None:
        if time.monotonic() >= self._next_sweep:
            self._add(self.lookout.survey())
            self._next_sweep = time.monotonic() + self._pause

    def _deliver(self) -> None:
        if time.monotonic() >= self._batch.due:
            keys = self._batch.take()
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
    """Watches the worker libraries of one store.

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
        quiet: float = 0.1,
        longest: float = 0.5,
        sweep: float = 3.0,
    ) -> None:
        """Nothing is watched before `start`.

        Args:
            root: The store root; it may be made, deleted and made again while it is watched.
            on_changes: Gets each batch of keys whose records should be read again.
            on_state: Gets the state once after the start, and again whenever it becomes another one.
            quiet: Seconds without a change after which a batch is delivered.
            longest: Seconds after its first change at which a batch is delivered in any case.
            sweep: Seconds between two sweeps.
        """
        layout = Layout(os.path.abspath(os.fspath(root)))
        batch = partial(Batch, quiet, longest)
        self._new_watch = partial(_Watch, layout, on_changes, on_state or _ignore, batch, sweep)
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
