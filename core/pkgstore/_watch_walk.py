"""Walk over watched folders: watch each, look at it, and tell which records differ from what was known.

Parents are watched before they are listed, so that no child can slip in between.
"""

import os
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Final

from pkgstore._watch_chart import LEAVES, LINKED, UNITS, Chart, Spot, joined
from pkgstore._watch_known import CONTAINER, UNSEEN, Known
from pkgstore._watch_looks import REFUSED, look_at
from pkgstore._watch_rounds import Walk
from pkgstore.keys import LocksKey, SourceKey
from pkgstore.snapshot import Key

_NOTHING: Final[frozenset[Key]] = frozenset()


class Walker:
    """Knows what every folder on the chart was when it was last told. For one thread."""

    def __init__(
        self, chart: Chart, arm: Callable[[str, Spot], object], disarm: Callable[[str], object], since: int
    ) -> None:
        """Nothing is known yet.

        Args:
            chart: What is to be walked.
            arm: Watches a folder, if there is room.
            disarm: Watches it no more.
            since: In nanoseconds since 1970: what changed later differs from what others know.
        """
        self.known = Known()
        self._chart = chart
        self._arm = arm
        self._disarm = disarm
        self._since = since

    def walk(self, folder: str, *, fresh: bool) -> Walk:
        """Watch and compare `folder`, and all below it that is on the chart.

        Args:
            folder: Where to begin.
            fresh: Whether folders that are not known differ in any case, and not only where they changed of late.

        Yields:
            After each folder what differs there, perhaps nothing.
        """
        if spot := self._chart.spot(folder):
            yield from self._walk(folder, spot, fresh=fresh)

    def _walk(self, folder: str, spot: Spot, *, fresh: bool) -> Walk:
        self._arm(folder, spot)
        if spot in UNITS:
            yield self.compare(folder, spot, fresh=fresh)
        if spot not in LEAVES:
            yield from self._walk_below(folder, spot, fresh=fresh)

    def _walk_below(self, folder: str, spot: Spot, *, fresh: bool) -> Walk:
        listed = self.folders(folder, spot)
        yield self._note_container(folder, spot, refused=listed is None)
        known = self.known.names(folder)
        names = known if listed is None else listed  # what cannot be listed may still be there
        for name in set(known).difference(names):
            yield self.forget(joined(folder, name))
        fresh = fresh or (spot is Spot.PACKAGE and self._changed_of_late(folder))
        for name in names:
            if below := self._chart.below(folder, spot, name):
                yield from self._walk(joined(folder, name), below, fresh=fresh)

    def _changed_of_late(self, folder: str) -> bool:
        try:
            return os.stat(self._chart.path(folder)).st_ctime_ns >= self._since
        except OSError:
            return True

    def _note_container(self, folder: str, spot: Spot, *, refused: bool) -> frozenset[Key]:
        """Know whether a folder can be listed; the records of some tell when it cannot."""
        if spot is Spot.ROOT or spot in UNITS:
            return _NOTHING
        before, after = self.known.get(folder), REFUSED if refused else CONTAINER
        self.known.note(folder, after)
        key = self._chart.key(folder, spot)
        return frozenset({key}) if key and before not in {None, after} else _NOTHING

    def folders(self, folder: str, spot: Spot) -> list[str] | None:
        """The folders in `folder` that are on the chart; None where there is something that cannot be listed."""
        names = []
        try:
            with os.scandir(self._chart.path(folder)) as entries:
                for entry in entries:
                    found = self._chart.below(folder, spot, entry.name)
                    if found and _is_folder(entry, follow=found in LINKED):
                        names.append(entry.name)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError:
            return None
        return names

    def is_there(self, folder: str, spot: Spot) -> bool:
        """Whether there is a folder at `folder`, of a sort that counts."""
        path = self._chart.path(folder)
        return os.path.isdir(path) and (spot in LINKED or not os.path.islink(path))

    def compare_with(self, folder: str, found: Mapping[str, Hashable]) -> frozenset[Key]:
        """Take it that the units in `folder` have the marks `found`, by name, and return the keys that differ."""
        keys: set[Key] = set()
        for name in set(self.known.names(folder)) - found.keys():
            keys |= self.forget(joined(folder, name))
        for name, mark in found.items():
            unit = joined(folder, name)
            if self.known.get(unit) != mark:
                keys |= self.keys(unit, self.known.get(unit), mark)
                self.known.note(unit, mark)
        return frozenset(keys)

    def compare(self, folder: str, spot: Spot, *, fresh: bool = True) -> frozenset[Key]:
        """Look at a unit, know it as it is, and return the keys that differ."""
        before, look = self.known.get(folder), look_at(self._chart, folder, spot)
        after = look.mark if look else None
        if before == after:
            return _NOTHING
        self._note(folder, spot, after)
        if before in {None, UNSEEN} and look and not fresh and look.changed < self._since:
            return _NOTHING
        return self.keys(folder, before, after)

    def _note(self, folder: str, spot: Spot, mark: Hashable) -> None:
        if mark is not None:
            self.known.note(folder, mark)
        elif spot in LEAVES:
            for gone, _ in list(self.known.drop(folder)):
                self._disarm(gone)
        else:
            self.known.note(folder, CONTAINER)

    def settle(self, keys: Iterable[Key]) -> None:
        """Know the folders of `keys` as they are now. To be called just before the keys are told.

        What changes after this is found by the next round; what changed before it is read by whoever is told.
        """
        for key in keys:
            folder = self._chart.folder(key)
            spot = self._chart.spot(folder) if folder else None
            if folder and spot in UNITS:
                self.compare(folder, spot)

    def expect(self, keys: Iterable[Key]) -> Walk:
        """Others know of these records: those that are gone, or will be when they are first looked at, differ."""
        for key in keys:
            folder = self._chart.folder(key)
            if folder is None or self.known.get(folder) is not None:
                continue
            is_gone = not os.path.lexists(self._chart.path(folder))
            if not is_gone:
                self.known.note(folder, UNSEEN)
            yield frozenset({key}) if is_gone else _NOTHING

    def forget(self, folder: str) -> frozenset[Key]:
        """Know and watch `folder` no more, nor what is below it; the keys that are gone."""
        keys: set[Key] = set()
        self._disarm(folder)
        for gone, mark in list(self.known.drop(folder)):
            self._disarm(gone)
            keys |= self.keys(gone, mark, None)
        return frozenset(keys)

    def keys(self, folder: str, before: Hashable, after: Hashable) -> frozenset[Key]:
        """The records that depend on `folder`, and the sources whose locks were released between two marks."""
        key = self._chart.key(folder, self._chart.spot(folder))
        if key is None or (before == CONTAINER and after is None):
            return _NOTHING
        if key != LocksKey():
            return frozenset({key})
        return frozenset({key, *self._released(folder, before, after)})

    def _released(self, folder: str, before: Hashable, after: Hashable) -> Iterator[SourceKey]:
        gone = set(_names(before)) - set(_names(after))
        return filter(None, (self._chart.locked(folder, name) for name in gone))


def _is_folder(entry: os.DirEntry[str], *, follow: bool) -> bool:
    """Whether there is a folder; a link that leads nowhere, or to itself, is none."""
    try:
        return entry.is_dir(follow_symlinks=follow)
    except OSError:
        return False


def _names(mark: Hashable) -> list[str]:
    return [name for name, _ in mark] if isinstance(mark, tuple) else []
