"""What came, went or changed lately in workers' libraries. Pure: each change gives a new `News`.

Two things are kept, each with a bound of its own: the log, with the latest changes of all workers, and the marks,
with those changes of each worker that are young. So a worker that changes a lot takes no other one's marks away.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Final

from pkgstore.model import WorkerRecord

KEPT: Final = 500
"""How many entries the event log keeps."""

MARKED: Final = 2000
"""How many marks a worker keeps."""

FRESH: Final = 20.0
"""Seconds that a change stays marked."""

YOUNG: Final = 8.0
"""Seconds after which a mark begins to fade."""


class Change(Enum):
    """What happened; the value is its sign."""

    CAME = "+"
    WENT = "−"
    CHANGED = "~"


@dataclass(frozen=True, slots=True)
class Entry:
    """One change at a time (seconds since 1970); without a package it is about the worker as a whole.

    `old` and `new` are refs for a package; for a worker that came or was assembled, `count` is how many packages.
    """

    at: float
    worker: str
    change: Change
    package: str = ""
    old: str = ""
    new: str = ""
    count: int | None = None

    def is_fresh(self, now: float) -> bool:
        """Whether it is still to be marked."""
        return now - self.at <= FRESH


def _packages(worker: str, old: Mapping[str, str], new: Mapping[str, str], at: float) -> Iterator[Entry]:
    for package in sorted({package for package, _ in old.items() ^ new.items()}):
        before, after = old.get(package, ""), new.get(package, "")
        change = Change.CHANGED if before and after else Change.CAME if after else Change.WENT
        yield Entry(at, worker, change, package, before, after)


def compare(worker: str, old: WorkerRecord | None, new: WorkerRecord | None, at: float) -> tuple[Entry, ...]:
    """What changed between two readings of one worker.

    Args:
        worker: Its id.
        old: As it was, None where it was not there.
        new: As it is, None where it is gone.
        at: When that was seen, in seconds since 1970.
    """
    if new is None:
        return (Entry(at, worker, Change.WENT),) if old is not None else ()
    if old is None:
        return (Entry(at, worker, Change.CAME, count=None if new.manifest is None else len(new.manifest)),)
    if old.manifest is None or new.manifest is None:
        if old.manifest is new.manifest:
            return ()
        return (Entry(at, worker, Change.CHANGED, count=None if new.manifest is None else len(new.manifest)),)
    return tuple(_packages(worker, old.manifest, new.manifest, at))


@dataclass(frozen=True, eq=False)
class News:
    """The event log, newest first, and each worker's marks, likewise.

    `told` is how many changes there ever were, those that the log has dropped included.
    """

    entries: tuple[Entry, ...] = ()
    marks: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    told: int = 0

    def after(
        self,
        before: Mapping[str, WorkerRecord],
        now: Mapping[str, WorkerRecord],
        workers: Iterable[str],
        at: float,
    ) -> "News":
        """The news with what changed in some workers between two readings."""
        compared = {worker: compare(worker, before.get(worker), now.get(worker), at) for worker in sorted(workers)}
        found = {worker: entries for worker, entries in compared.items() if entries}
        if not found:
            return self
        new = [entry for entries in found.values() for entry in entries]
        return News((*new[:KEPT], *self.entries)[:KEPT], self._marks_after(found, at), self.told + len(new))

    def _marks_after(self, found: Mapping[str, tuple[Entry, ...]], at: float) -> Mapping[str, tuple[Entry, ...]]:
        marks = {worker: entries for worker, entries in self.marks.items() if entries[0].is_fresh(at)}
        for worker, new in found.items():
            old = [entry for entry in marks.get(worker, ()) if entry.is_fresh(at)]
            marks[worker] = (*new, *old)[:MARKED]
        return marks

    @cached_property
    def by_worker(self) -> Mapping[str, tuple[Entry, ...]]:
        """The log's entries of each worker, newest first."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            found.setdefault(entry.worker, []).append(entry)
        return {worker: tuple(entries) for worker, entries in found.items()}

    def is_fading(self, now: float) -> bool:
        """Whether any change is still marked."""
        return any(entries[0].is_fresh(now) for entries in self.marks.values())

    def fresh(self, worker: str, now: float) -> tuple[Entry, ...]:
        """The entries of a worker that are still to be marked."""
        return tuple(entry for entry in self.marks.get(worker, ()) if entry.is_fresh(now))

    def fresh_packages(self, worker: str, now: float) -> Mapping[str, Entry]:
        """The latest marked entry of each package of a worker."""
        found: dict[str, Entry] = {}
        for entry in self.fresh(worker, now):
            if entry.package:
                found.setdefault(entry.package, entry)
        return found

    def gone_workers(self, present: Mapping[str, WorkerRecord], now: float) -> tuple[Entry, ...]:
        """The workers that went lately and are not back, each by its entry."""
        latest = {worker: entries[0] for worker, entries in self.marks.items() if worker not in present}
        return tuple(latest[worker] for worker in sorted(latest) if latest[worker].is_fresh(now))
