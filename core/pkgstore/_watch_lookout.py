"""Decide which records may have changed: from each hint, and by comparing what a sweep sees with what was known.

For one thread; knows nothing of batches or callbacks. To watch more of a store, arm more folders in `_arm`:
what happens in them is turned into keys by `Layout.place` and `dirty_key` already.
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from pkgstore._watch_disk import Signature, look, network_type, sweep, worker_ids
from pkgstore._watch_events import ENTRIES, Died, FolderEvents, Heard, Hint, files
from pkgstore.keys import SourceKey, WorkerKey
from pkgstore.layout import PACKAGE_MANIFEST, WORKERS, Kind, Layout, Place
from pkgstore.snapshot import Key

_WORKER_KINDS: Final = frozenset({Kind.WORKER, Kind.MANIFEST})
_SOURCE_KINDS: Final = frozenset({Kind.SOURCE, Kind.CONFIGS, Kind.CONFIG, Kind.SIDECAR, Kind.LOCK})
_ROOT: Final = ""
_LIBRARY: Final = files(PACKAGE_MANIFEST)
_NOTHING: Final[frozenset[Key]] = frozenset()


@dataclass(frozen=True, slots=True)
class WatchState:
    """How changes are noticed: by events, or only by polling, and then `why` says so in one sentence."""

    mode: Literal["events", "polling"] = "events"
    why: str = ""


def dirty_key(place: Place) -> Key | None:
    """The record that may differ once something happened at `place`; None where no record depends on it."""
    if place.kind in _WORKER_KINDS:
        return WorkerKey(place.worker)
    if place.kind in _SOURCE_KINDS:
        return SourceKey(place.platform, place.package, place.source_hash)
    return None


class Lookout:
    """Keeps the right folders watched, and knows what every worker's manifest was when it was last told."""

    def __init__(self, layout: Layout, hear: Callable[[Hint], None]) -> None:
        """Arm the watches, and only then take the first sweep: a change between the two shows as both.

        Args:
            layout: The store.
            hear: Given each hint, in another thread; it has to come back through `take_in`.
        """
        self.state = WatchState()
        self._layout = layout
        self._hear = hear
        self._events = self._open()
        self._arm()
        self._known: dict[str, Signature] = sweep(layout)

    def _open(self) -> FolderEvents | None:
        for path in (self._layout.root, self._layout.workers):
            if network := network_type(path):
                self.state = WatchState("polling", f"{path} is on a network file system ({network}).")
                return None
        try:
            return FolderEvents(self._layout.root, self._hear)
        except OSError as cause:
            self.state = WatchState("polling", f"The system gives no events: {cause.strerror or cause}.")
            return None

    def _poll_only(self, why: str) -> None:
        self.close()
        self.state = WatchState("polling", why)

    def close(self) -> None:
        """End the events, if there are any."""
        events, self._events = self._events, None
        if events is not None:
            events.close()

    def _arm(self) -> None:
        """Watch the folders that are there now: parents first, so that no child can slip in between."""
        if self._events is None:
            return
        try:
            self._events.arm(_ROOT, ENTRIES)
            self._events.arm(WORKERS, ENTRIES)
            libraries = [os.path.join(WORKERS, name) for name in worker_ids(self._layout)]
            for folder in libraries:
                self._events.arm(folder, _LIBRARY)
            self._events.disarm_all_but([_ROOT, WORKERS, *libraries])
        except OSError as cause:
            self._limit_reached(cause)

    def _limit_reached(self, cause: OSError) -> None:
        self._poll_only(f"The system allows no more watches: {cause.strerror}.")

    def survey(self) -> frozenset[Key]:
        """Mend the watches, look at every manifest, and return the workers that differ from what was known."""
        self._arm()
        found = sweep(self._layout)
        names = self._known.keys() | found.keys()
        return frozenset(WorkerKey(name) for name in names if self._known.get(name) != found.get(name))

    def take_in(self, hint: Hint) -> frozenset[Key]:
        """The keys that a hint makes dirty; watches follow what it tells."""
        if isinstance(hint, Heard):
            return self._follow(hint, self._events) if self._events is not None else _NOTHING
        if isinstance(hint, Died):
            self._poll_only(f"The events broke off: {hint.why}.")
        return self.survey()

    def _follow(self, hint: Heard, events: FolderEvents) -> frozenset[Key]:
        folder = events.folder(hint.watch)
        if folder is None:  # of a watch that was ended since
            return _NOTHING
        path = os.path.join(folder, hint.name) if hint.name else folder
        return self._touched(path, events, is_folder=hint.is_folder)

    def _touched(self, path: str, events: FolderEvents, *, is_folder: bool) -> frozenset[Key]:
        """What follows from a change at `path`, relative to the root."""
        if path in {_ROOT, WORKERS}:
            return self.survey()
        place = self._layout.place(path)
        key = dirty_key(place)
        if key is None or (place.kind is Kind.WORKER and not is_folder):
            return _NOTHING
        if place.kind is Kind.WORKER and not self._arm_library(path, events):
            return self.survey() | {key}
        return frozenset({key})

    def _arm_library(self, path: str, events: FolderEvents) -> bool:
        """Watch a library, if it is there; False where that was the end of all events."""
        try:
            events.arm(path, _LIBRARY)
        except OSError as cause:
            self._limit_reached(cause)
            return False
        return True

    def settle(self, keys: Iterable[Key]) -> None:
        """Note how the manifests of `keys` are now. To be called just before the keys are told.

        What changes after this is found by the next survey; what changed before it is read by whoever is told.
        """
        for key in keys:
            if not isinstance(key, WorkerKey):
                continue
            signature = look(self._layout, key.worker_id)
            if signature is None:
                self._known.pop(key.worker_id, None)
            else:
                self._known[key.worker_id] = signature
