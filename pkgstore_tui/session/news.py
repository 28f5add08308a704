"""What came, went or changed lately in workers' libraries. Pure: each change gives a new `News`."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import Final

from pkgstore.model import WorkerRecord

KEPT: Final = 500
"""How many entries the event log keeps."""

FRESH: Final = 20.0
"""Seconds that a change stays marked."""


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


def _packages(worker: str, old: Mapping[str, str], new: Mapping[str, str], at: float) -> Iterator[Entry]:
    for package in sorted(old.keys() | new.keys()):
        before, after = old.get(package, ""), new.get(package, "")
        if before == after:
            continue
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
    """The event log, newest first."""

    entries: tuple[Entry, ...] = ()

    def after(
        self,
        before: Mapping[str, WorkerRecord],
        now: Mapping[str, WorkerRecord],
        workers: Iterable[str],
        at: float,
    ) -> "News":
        """The log with what changed in some workers between two readings."""
        found = [
            entry
            for worker in sorted(workers)
            for entry in compare(worker, before.get(worker), now.get(worker), at)
        ]
        return replace(self, entries=tuple([*found, *self.entries][:KEPT])) if found else self

    @cached_property
    def by_worker(self) -> Mapping[str, tuple[Entry, ...]]:
        """The entries of each worker, newest first."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            found.setdefault(entry.worker, []).append(entry)
        return {worker: tuple(entries) for worker, entries in found.items()}

    def fresh(self, worker: str, now: float) -> tuple[Entry, ...]:
        """The entries of a worker that are still to be marked."""
        return tuple(entry for entry in self.by_worker.get(worker, ()) if now - entry.at <= FRESH)

    def fresh_packages(self, worker: str, now: float) -> Mapping[str, Entry]:
        """The latest marked entry of each package of a worker."""
        found: dict[str, Entry] = {}
        for entry in self.fresh(worker, now):
            if entry.package:
                found.setdefault(entry.package, entry)
        return found

    def gone_workers(self, present: Mapping[str, WorkerRecord], now: float) -> tuple[Entry, ...]:
        """The workers that went lately and are not back, each by its entry."""
        found: dict[str, Entry] = {}
        for entry in self.entries:
            lately = entry.change is Change.WENT and not entry.package and now - entry.at <= FRESH
            if lately and entry.worker not in present:
                found.setdefault(entry.worker, entry)
        return tuple(found[worker] for worker in sorted(found))
