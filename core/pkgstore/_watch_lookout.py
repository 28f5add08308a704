"""Decide which records may have changed: from each hint, and by comparing what is seen with what was known.

For one thread; knows nothing of batches or callbacks. Workers, builds and staging folders are few, and looked at in
every survey; locks, apps and sources may be many, and are walked over in rounds, a slice at a time.
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, Literal

from pkgstore._watch_chart import LEAVES, UNITS, Chart, Spot, joined
from pkgstore._watch_disk import network_type, sweep, sweep_ours, worker_ids
from pkgstore._watch_events import Died, FolderEvents, Heard, Hint
from pkgstore._watch_guard import IN_SIGHT_AT_MOST, LATE, Guard, budget
from pkgstore._watch_rounds import Round, Rounds, Walk
from pkgstore._watch_walk import Walker
from pkgstore.apps import WORK_FOLDERS
from pkgstore.keys import LocksKey, SourceKey
from pkgstore.layout import LOCKS, OURS, TRASH, WORKERS, Layout
from pkgstore.snapshot import Key

START_AT_MOST: Final = 0.2
"""Seconds that a start spends on locks and apps; what is left then is done soon after."""

_ROOT: Final = ""
_SURVEYED: Final = frozenset({Spot.ROOT, Spot.WORKERS, Spot.WORKS, Spot.OURS})
_SURE: Final = frozenset({Spot.LIBRARY, Spot.WORK, Spot.SOURCE, Spot.TRASH})
"""Folders that come and go with their record; others are first compared."""
SLACK: Final = 50_000_000
"""Nanoseconds by which the times of a local file system may be behind the clock."""
SKEW: Final = 60_000_000_000
"""The same for the clock of another machine."""
_NOTHING: Final[frozenset[Key]] = frozenset()


@dataclass(frozen=True, slots=True)
class WatchState:
    """How changes are noticed: by events, or only by polling, and then `why` says so in one sentence.

    `note` says, in one sentence, what is noticed later than all else; empty where nothing is.
    """

    mode: Literal["events", "polling"] = "events"
    why: str = ""
    note: str = ""


class Lookout:
    """Keeps the right folders watched, and knows what every one of them was when it was last told."""

    def __init__(self, layout: Layout, hear: Callable[[Hint], None], apps: str = "", every: float = 3.0) -> None:
        """Watch and look at what has to be at once; the rest is done by `work`.

        Args:
            layout: The store.
            hear: Given each hint, in another thread; it has to come back through `take_in`.
            apps: The folder of the apps, absolute; empty for none.
            every: Seconds between two rounds over what is not looked at in a survey.
        """
        self._state = WatchState()
        self._late: Counter[str] = Counter()
        self._layout = layout
        self._chart = Chart(layout, apps)
        self._sight: tuple[str, ...] = ()
        self._all_seen = self._side_seen = False
        since = time.time_ns()
        self._guard = self._open(hear)
        self._walker = Walker(self._chart, self._arm, self._disarm, since - (SLACK if self._guard else SKEW))
        self._side = Round(self._walk_side, every)
        self._rounds = Rounds((self._side, Round(self._walk_sources, every)))
        self._every = every
        self._set_pace()
        self._identity = self._look_at_root()
        self.survey()
        self._side.run(START_AT_MOST)

    def _open(self, hear: Callable[[Hint], None]) -> Guard | None:
        for path in filter(None, (self._layout.root, self._layout.workers, self._chart.apps)):
            if network := network_type(path):
                self._state = WatchState("polling", f"{path} is on a network file system ({network}).")
                return None
        try:
            return Guard(FolderEvents(self._layout.root, hear), budget())
        except OSError as cause:
            self._state = WatchState("polling", f"The system gives no events: {cause.strerror or cause}.")
            return None

    # --- how it stands ------------------------------------------------------------------------------------------

    @property
    def state(self) -> WatchState:
        """How changes are noticed now. May be asked for in any thread."""
        guard, late = self._guard, tuple(self._late)
        if guard is None or not late:
            return self._state
        what = " and ".join(sorted(late))
        note = f"Only {guard.budget:,} folders are watched; other {what} are looked at every few minutes."
        return replace(self._state, note=note)

    @property
    def next_work(self) -> float:
        """When `work` should be called, by `time.monotonic`."""
        return self._rounds.next_slice

    def _poll_only(self, why: str) -> None:
        self.close()
        self._state = WatchState("polling", why)
        self._set_pace()

    def _set_pace(self) -> None:
        """Where events tell of locks and apps, they need not be looked at as often."""
        self._side.every = self._every * (10 if self._guard else 1)

    def close(self) -> None:
        """End the events, if there are any."""
        guard, self._guard = self._guard, None
        if guard is not None:
            guard.close()

    # --- watches --------------------------------------------------------------------------------------------------

    def _arm(self, folder: str, spot: Spot) -> None:
        if self._guard is None:
            return
        try:
            has_room = self._guard.arm(folder, spot)
        except OSError as cause:
            self._poll_only(f"The system allows no more watches: {cause.strerror}.")
            return
        if not has_room:
            self._late[LATE[spot]] += 1

    def _disarm(self, folder: str) -> None:
        if self._guard is not None:
            self._guard.disarm(folder)

    # --- looking ------------------------------------------------------------------------------------------------

    def _look_at_root(self) -> tuple[int, int] | None:
        try:
            status = os.stat(self._layout.root)
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def survey(self) -> frozenset[Key]:
        """Mend the watches that matter most, and look at what is few; the keys that differ from what was known."""
        self._arm(_ROOT, Spot.ROOT)
        self._notice_another_root()
        tops = self._walker.folders(_ROOT, Spot.ROOT) or []
        keys = self._survey_workers(tops) | self._survey_ours(tops) | self._survey_tops(tops)
        return keys.union(*(self._walker.compare(at, Spot.SOURCE) for at in self._sight if self._guard is None))

    def _notice_another_root(self) -> None:
        identity = self._look_at_root()
        if identity != self._identity:
            self._identity, self._all_seen, self._side_seen = identity, True, True
            self._rounds.restart()

    def _survey_workers(self, tops: list[str]) -> frozenset[Key]:
        if WORKERS in tops:
            self._arm(WORKERS, Spot.WORKERS)
        for name in worker_ids(self._layout):
            self._arm(joined(WORKERS, name), Spot.LIBRARY)
        return self._walker.compare_with(WORKERS, sweep(self._layout))

    def _survey_ours(self, tops: list[str]) -> frozenset[Key]:
        """Pins, journal and trash: three looks, however much lies in the trash."""
        if OURS in tops:
            self._arm(OURS, Spot.OURS)
            self._arm(joined(OURS, TRASH), Spot.TRASH)
        return self._walker.compare_with(OURS, sweep_ours(self._layout))

    def _survey_tops(self, tops: list[str]) -> frozenset[Key]:
        """Builds and staging folders are walked over now; what is new of the others, soon."""
        keys: set[Key] = set()
        for top in {*self._walker.known.names(_ROOT), *WORK_FOLDERS} - {*tops, WORKERS}:
            keys |= self._walker.forget(top)
        for top in tops:
            if top in WORK_FOLDERS:
                keys.update(*self._walker.walk(top, fresh=True))
            elif top not in {WORKERS, OURS} and (spot := self._chart.spot(top)):
                self._arm(top, spot)
        return frozenset(keys)

    def work(self) -> frozenset[Key]:
        """Do a slice of what is spread out: rounds, and what came up; the keys that differ from what was known."""
        # polling has to be quicker than a round that only looks after what events tell
        return self._rounds.work(self._every / (6 if self._guard else 20))

    def _walk_side(self) -> Walk:
        """Apps and locks: there may be thousands, and they change often."""
        before = self._late.copy()
        if self._chart.apps:
            yield from self._walker.walk(self._chart.apps, fresh=self._side_seen)
        if os.path.isdir(self._layout.locks):
            yield from self._walker.walk(LOCKS, fresh=self._side_seen)
        self._side_seen = True
        self._no_longer_late({"apps", "locks"}, before)

    def _walk_sources(self) -> Walk:
        before = self._late.copy()
        for platform in self._walker.folders(_ROOT, Spot.ROOT) or ():
            if self._chart.spot(platform) is Spot.PLATFORM:
                yield from self._walker.walk(platform, fresh=self._all_seen)
        self._all_seen = True
        self._no_longer_late({"sources"}, before)

    def _no_longer_late(self, what: set[str], before: Counter[str]) -> None:
        """A round is over: what had room all along is not `late` any more."""
        for name in what:
            if self._late[name] == before[name]:
                del self._late[name]

    # --- what is told to it -------------------------------------------------------------------------------------

    def take_in(self, hint: Hint) -> frozenset[Key]:
        """The keys that a hint makes dirty; watches follow what it tells."""
        if isinstance(hint, Heard):
            folder = self._guard.folder(hint.watch) if self._guard is not None else None
            return _NOTHING if folder is None else self._heard(folder, hint.name, is_folder=hint.is_folder)
        if isinstance(hint, Died):
            self._poll_only(f"The events broke off: {hint.why}.")
        self._rounds.restart()
        return self.survey()

    def _heard(self, folder: str, name: str, *, is_folder: bool) -> frozenset[Key]:
        path = joined(folder, name) if name else folder
        spot = self._chart.spot(path)
        if spot in _SURVEYED or path == self._layout.root:
            return self.survey()
        if spot is Spot.OUR_FILE:
            return frozenset(filter(None, {self._chart.key(path, spot)}))
        if spot is None or not is_folder:
            return self._happened_in(folder, name, is_folder=is_folder)
        return self._came_or_went(path, spot)

    def _happened_in(self, folder: str, name: str, *, is_folder: bool) -> frozenset[Key]:
        """Something happened to a file or what else is not on the chart, in a folder that is."""
        spot = self._chart.spot(folder)
        key = self._chart.key(folder, spot)
        if key != LocksKey():
            counts = key and spot in UNITS and not (spot is Spot.TEAM and is_folder)
            return frozenset({key}) if key and counts else _NOTHING
        released = None if os.path.lexists(self._chart.path(joined(folder, name))) else name
        source = released and self._chart.locked(folder, released)
        return (
            self._walker.compare(folder, Spot.LOCKS_OF_PACKAGE) | {LocksKey()} | ({source} if source else _NOTHING)
        )

    def _came_or_went(self, folder: str, spot: Spot) -> frozenset[Key]:
        key = self._chart.key(folder, spot) if spot in _SURE else None
        keys = frozenset({key}) if key else _NOTHING
        if not self._walker.is_there(folder, spot):
            return keys | self._walker.forget(folder)
        self._arm(folder, spot)
        if spot not in LEAVES:
            self._rounds.add(self._walker.walk(folder, fresh=True))
        return keys or (self._walker.compare(folder, spot) if spot in UNITS else _NOTHING)

    def attend(self, keys: Iterable[SourceKey]) -> frozenset[Key]:
        """Somebody looks at these sources: watch them in any case; the keys that differ from what was known."""
        folders = (self._chart.folder(key) for key in keys)
        self._sight = tuple(islice(filter(None, folders), IN_SIGHT_AT_MOST))
        if self._guard is not None:
            self._guard.attend(self._sight)
        return _NOTHING.union(*(self._walker.compare(at, Spot.SOURCE, fresh=self._all_seen) for at in self._sight))

    def expect(self, keys: Iterable[Key]) -> frozenset[Key]:
        """Others know of these records: those that are not there any more will be told, now or soon."""
        self._rounds.add(self._walker.expect(keys))
        return _NOTHING

    def settle(self, keys: Iterable[Key]) -> None:
        """Note how the folders of `keys` are now. To be called just before the keys are told.

        What changes after this is found by the next look; what changed before it is read by whoever is told.
        """
        self._walker.settle(keys)
