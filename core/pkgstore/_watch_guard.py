"""Keep folders watched within a budget: what always has to be, what there is room for, and what is in sight."""

from collections import Counter, OrderedDict
from collections.abc import Iterable
from typing import Final

from pkgstore._watch_chart import Spot
from pkgstore._watch_events import CONTENTS, ENTRIES, TOUCHED_ENTRIES, FolderEvents, Interest, files
from pkgstore.apps import APP_FILES, WORK_FILES
from pkgstore.layout import JOURNAL_FILE, PACKAGE_MANIFEST, PINS_FILE

WATCHES_AT_MOST: Final = 16_384
"""How many folders one watcher watches, where the system allows it; each takes some 2 kB of memory."""

IN_SIGHT_AT_MOST: Final = 256
"""How many sources that somebody looks at are watched beyond the budget."""

LOCKS_SHARE: Final = 4
"""Folders of locks may take one in so many of the budget: they are often empty ones that nobody took away."""

_LIMIT: Final = "/proc/sys/fs/inotify/max_user_watches"

_INTERESTS: Final[dict[Spot, Interest]] = {
    Spot.LIBRARY: files(PACKAGE_MANIFEST),
    Spot.WORK: files(*WORK_FILES, follow=True),
    Spot.LOCKS_OF_PACKAGE: TOUCHED_ENTRIES,
    Spot.OURS: files(PINS_FILE, JOURNAL_FILE, folders=True, follow=True),
    Spot.SOURCE: CONTENTS,
    Spot.TEAM: files(*APP_FILES, folders=True, follow=True),
    Spot.APP: files(*APP_FILES, follow=True),
}
"""What counts in a folder; in all others, the folders in it."""

LATE: Final = {
    Spot.PACKAGE: "sources",
    Spot.SOURCE: "sources",
    Spot.LOCKS_OF_PACKAGE: "locks",
    Spot.APP: "apps",
}
"""What may be many, and is found by the rounds where there is no room for it; with its name for people."""


def budget() -> int:
    """How many folders may be watched: half of what the system allows a user, and never too many."""
    try:
        with open(_LIMIT, encoding="ascii") as file:
            return min(WATCHES_AT_MOST, int(file.read()) // 2)
    except (OSError, ValueError):
        return WATCHES_AT_MOST


class Guard:
    """The watches of one store. For one thread."""

    def __init__(self, events: FolderEvents, budget: int) -> None:
        """Take over `events`; once `budget` folders are watched, only those are added that always have to be."""
        self.budget = budget
        self._events = events
        self._given: dict[str, Spot] = {}
        self._count: Counter[Spot] = Counter()
        self._in_sight: OrderedDict[str, None] = OrderedDict()

    def folder(self, watch: int) -> str | None:
        """The folder that a hint's watch is on; None where it is on none any more."""
        return self._events.folder(watch)

    def arm(self, folder: str, spot: Spot) -> bool:
        """Watch `folder` if there is room; also where it is watched already, but may be another one now.

        Returns:
            Whether there was room.

        Raises:
            OSError: The limit of watches is reached, and there are none left that could be given up.
        """
        if spot not in LATE:
            self._arm_surely(folder, _INTERESTS.get(spot, ENTRIES))
            return True
        if folder in self._in_sight or folder in self._given or self._has_room(spot):
            return self._arm_maybe(folder, spot)
        return False

    def _has_room(self, spot: Spot) -> bool:
        if spot is Spot.LOCKS_OF_PACKAGE and self._count[spot] * LOCKS_SHARE >= self.budget:
            return False
        return len(self._events) - len(self._in_sight) < self.budget

    def _arm_surely(self, folder: str, interest: Interest) -> None:
        while True:
            try:
                self._events.arm(folder, interest)
            except OSError:
                if not self._give_up():
                    raise
            else:
                return

    def _arm_maybe(self, folder: str, spot: Spot) -> bool:
        try:
            armed = self._events.arm(folder, _INTERESTS.get(spot, ENTRIES))
        except OSError:
            self._let_go(folder)
            self._give_up()  # the next worker needs one, too
            return False
        if not armed:
            self._let_go(folder)
        elif folder not in self._in_sight and folder not in self._given:
            self._given[folder] = spot
            self._count[spot] += 1
        return True

    def _give_up(self) -> bool:
        """Let go of a quarter of what need not be watched, the latest first; False where there is no such."""
        going = list(self._given)[len(self._given) * 3 // 4 :] or list(self._in_sight)
        for folder in going:
            self.disarm(folder)
        self.budget = len(self._events) - len(self._in_sight)
        return bool(going)

    def _let_go(self, folder: str) -> None:
        self._in_sight.pop(folder, None)
        if spot := self._given.pop(folder, None):
            self._count[spot] -= 1

    def disarm(self, folder: str) -> None:
        """Watch `folder` no longer, if it is watched."""
        self._let_go(folder)
        self._events.disarm(folder)

    def attend(self, folders: Iterable[str]) -> None:
        """Watch these sources, beyond the budget too; what was not asked for since longest makes room."""
        for folder in folders:
            if folder not in self._given and not self._see(folder):
                self._see(folder)  # the first try has made room
        while len(self._in_sight) > IN_SIGHT_AT_MOST:
            self.disarm(next(iter(self._in_sight)))

    def _see(self, folder: str) -> bool:
        self._in_sight[folder] = None
        self._in_sight.move_to_end(folder)
        return self._arm_maybe(folder, Spot.SOURCE)

    def close(self) -> None:
        """End all watches and wait for the thread."""
        self._events.close()
