"""Tell which records of a store may have changed: watched folders in, batches of keys out.

Events are hints. They can be lost, late or doubled; a stat sweep beside them finds what they missed, and is
all there is where no events are to be had. Nothing here reads a manifest: whoever gets a key reads it again
from disk. Watches are never recursive, since a library that is being linked in is a storm of events below it.
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Literal, Self

from pkgstore._watch_disk import Signature, look, network_type, sweep, worker_ids
from pkgstore._watch_events import ENTRIES, FILES, Died, FolderEvents, Heard, Hint, Lost, Overflow
from pkgstore.keys import SourceKey, WorkerKey
from pkgstore.layout import WORKERS, Kind, Layout, Place
from pkgstore.snapshot import Key

_SOURCE_KINDS = {Kind.SOURCE, Kind.CONFIGS, Kind.CONFIG, Kind.SIDECAR, Kind.LOCK}
_WORKER_KINDS = {Kind.WORKER, Kind.MANIFEST}


def dirty_key(place: Place) -> Key | None:
    """The record that may differ once something happened at `place`; None where no record depends on it."""
    if place.kind in _WORKER_KINDS:
        return WorkerKey(place.worker)
    if place.kind in _SOURCE_KINDS:
        return SourceKey(place.platform, place.package, place.source_hash)
    return None


@dataclass(frozen=True, slots=True)
class WatchState:
    """How changes are noticed: by events, or only by polling, and then `why` says so in one sentence."""

    mode: Literal["events", "polling"] = "events"
    why: str = ""


@dataclass(slots=True)
class Batch:
    """Keys that wait until it was quiet for `quiet` seconds, or the first has waited `longest`."""

    quiet: float
    longest: float
    keys: set[Key] = field(default_factory=set)
    first: float = 0.0
    last: float = 0.0

    def add(self, key: Key, now: float) -> None:
        """Put `key` in, at the time `now`."""
        if not self.keys:
            self.first = now
        self.last = now
        self.keys.add(key)

    @property
    def due(self) -> float:
        """When it has to be delivered; never, while it is empty."""
        return min(self.last + self.quiet, self.first + self.longest) if self.keys else float("inf")

    def take(self) -> frozenset[Key]:
        """All of it; it is empty then."""
        taken, self.keys = frozenset(self.keys), set()
        return taken


class StoreWatcher:
    """Watches the worker libraries of one store.

    Start it first, then scan, then apply what it tells: so nothing falls between. Both callbacks are called
    from the watcher's own thread, one at a time; what they raise is reported and the watching goes on. Starting
    and stopping wait for disk and threads, so keep them off an event loop.
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
            root: The store root; it may be made, deleted and made again later.
            on_changes: Gets each batch of keys whose records should be read again.
            on_state: Gets the state once after the start, and whenever it becomes another one.
            quiet: Seconds without a change after which a batch is delivered.
            longest: Seconds after its first change at which a batch is delivered in any case.
            sweep: Seconds between two sweeps.
        """
        self._layout = Layout(os.path.abspath(os.fspath(root)))
        self._on_changes = on_changes
        self._on_state = on_state or (lambda state: None)
        self._pause = sweep
        self._batch = Batch(quiet, longest)
        self._state = WatchState()
        self._hints: SimpleQueue[Hint | None] = SimpleQueue()
        self._events: FolderEvents | None = None
        self._known: dict[str, Signature] = {}
        self._next_sweep = 0.0
        self._thread: threading.Thread | None = None

    @property
    def state(self) -> WatchState:
        """How changes are noticed at this moment."""
        return self._state

    def start(self) -> None:
        """Begin; what happens after this has returned is told. Does nothing while it is running."""
        if self._thread is not None:
            return
        self._hints, self._state = SimpleQueue(), WatchState()
        self._batch.take()
        self._open()
        self._known = self._survey()
        self._thread = threading.Thread(target=self._run, name="pkgstore-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End and wait for the threads; what was not yet delivered is dropped. May be called at any time.

        A callback may call it too; the threads then end when the callback has returned.
        """
        thread = self._thread
        if thread is None:
            return
        self._hints.put(None)
        if thread is not threading.current_thread():
            thread.join()
            self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
