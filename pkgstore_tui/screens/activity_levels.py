"""The rows of the activity view: locks, build and staging folders, jobs, and what lies in the trash."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pkgstore.fence import listing
from pkgstore.findings import LEFT_OVER_AFTER
from pkgstore.keys import LocksKey
from pkgstore.layout import BUILDS, Layout, is_operation
from pkgstore.model import STALE_AFTER, LockRecord, WorkRecord
from pkgstore.query import Field, Kind
from pkgstore.snapshot import Key, Snapshot
from pkgstore.usage import TreeSize
from pkgstore_tui.format import counted, human_age, human_bytes
from pkgstore_tui.jobs import Job, JobState
from pkgstore_tui.screens.job import outcome
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.look import Look
from pkgstore_tui.session.reading import Reading
from pkgstore_tui.widgets.cells import Cell, Part
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact

LOCK, BUILD, STAGED, JOB, JOURNAL, TRASH = KINDS = ("lock", "build", "staging", "job", "journal", "trash")

NOTHING: Final[Mapping[str, str]] = {
    JOURNAL: "changes will stand here",
    TRASH: "evicted trees wait here",
}
"""What will stand where there is nothing yet."""


@dataclass(frozen=True, eq=False, slots=True)
class Trashed:
    """A folder in the trash; `changed` is its mtime in seconds since 1970."""

    name: str
    path: str
    changed: float


Thing = LockRecord | WorkRecord | Job | Trashed


@dataclass(frozen=True, eq=False, slots=True)
class Doing:
    """One row; without a `thing` it says that there is nothing of its kind."""

    kind: str
    name: str
    since: float | None = None
    path: str = ""
    thing: Thing | None = None
    key: object = field(default=None)

    @property
    def lockfile(self) -> str:
        """The path of the lockfile that explains it; empty where there is none."""
        found = self.thing.lockfile if isinstance(self.thing, WorkRecord) else None
        return found.path if found else ""


def trash_of(layout: Layout) -> tuple[Trashed, ...]:
    """What lies in the trash, the oldest first; nothing where it cannot be listed."""
    try:
        with listing(layout.trash) as entries:
            found = [
                Trashed(item.name, os.path.join(layout.trash, item.name), item.stat(follow_symlinks=False).st_mtime)
                for item in entries
            ]
    except OSError:
        return ()
    return tuple(sorted(found, key=lambda item: (item.changed, item.name)))


def doings(reading: Reading, jobs: Sequence[Job], trash: Sequence[Trashed]) -> Iterator[Doing]:
    """Everything that is going on or left over, kind by kind; a kind without any has one row that says so."""
    found: dict[str, list[Doing]] = {kind: [] for kind in KINDS}
    for doing in _from_snapshot(reading, reading.snapshot):
        found[doing.kind].append(doing)
    for job in reversed(jobs):
        found[JOB].append(Doing(JOB, job.title, job.started, thing=job, key=(JOB, job.id)))
    for item in trash:
        found[TRASH].append(Doing(TRASH, item.name, item.changed, item.path, item, (TRASH, item.path)))
    for kind, rows in found.items():
        yield from rows or [Doing(kind, "none", key=(kind, ""))]


def _from_snapshot(reading: Reading, snapshot: Snapshot) -> Iterator[Doing]:
    for lock in sorted(snapshot.locks, key=lambda lock: lock.changed):
        yield Doing(LOCK, reading.names.text(lock.key), lock.changed, lock.path, lock, (LOCK, lock.path))
    for key, work in sorted(snapshot.work.items(), key=lambda item: item[1].changed):
        yield Doing(BUILD if key.folder == BUILDS else STAGED, key.name, work.changed, work.path, work, key)


class ActivityLevel(Level[Doing]):
    """What is going on, and what was left over."""

    crumb = ""

    def __init__(
        self,
        jobs: Callable[[], Sequence[Job]],
        sizes: Mapping[str, TreeSize],
        trash: Callable[[], Sequence[Trashed]],
    ) -> None:
        """A level.

        Args:
            jobs: Gives the jobs of this session, newest last.
            sizes: What was measured, by path.
            trash: Lists the trash; called in a thread.
        """
        self._jobs, self._sizes, self._trash = jobs, sizes, trash

    def columns(self, look: Look) -> Sequence[Column[Doing]]:
        """What, since when, and how it stands."""
        return (
            Column("KIND", lambda row: Part(row.kind, "muted"), 7, field="kind"),
            Column("WHAT", _name_cell, 16, grow=2, most=90, field="name"),
            Column("AGE", lambda row: age_cell(look, row), 7, 1, right=True, field="age"),
            Column("STATE", lambda row: state_cell(look.clock(), row), 18, 2, grow=3, most=70),
            Column("SIZE", self._size_cell, 10, 3, right=True, field="size"),
        )

    def _size_cell(self, row: Doing) -> Cell:
        if not row.path or isinstance(row.thing, LockRecord):
            return ""
        size = self._sizes.get(row.path)
        return Part("…", "muted") if size is None else human_bytes(size.apparent)

    def rows(self, look: Look) -> Sequence[Doing]:
        """Kind by kind, the oldest first; jobs the newest first."""
        return tuple(doings(look.reading, self._jobs(), self._trash()))

    def fields(self, look: Look) -> Mapping[str, Field[Doing]]:
        """Its columns."""
        return {
            **super().fields(look),
            "kind": Field(
                Kind.TEXT, lambda row: row.kind, "lock, build, staging, job, journal, trash", "kind:lock"
            ),
            "age": Field(Kind.AGE, lambda row: row.since, "time since it began or was changed", "age>1d"),
            "size": Field(Kind.SIZE, self._bytes, "bytes", "size>50M"),
        }

    def _bytes(self, row: Doing) -> int | None:
        size = self._sizes.get(row.path)
        return size.apparent if size else None

    def key(self, row: Doing) -> object:
        """What tells it from the others."""
        return row.key

    def called(self, row: Doing) -> str:
        """What it is called."""
        return row.name

    def summary(self, rows: Sequence[Doing]) -> str:
        """How many of each kind there are."""
        counts = Counter(row.kind for row in rows if row.thing is not None)
        found = [counted(counts[kind], kind) for kind in (LOCK, BUILD, JOB) if counts[kind]]
        return " · ".join(found) or "all quiet"

    def facts(self, look: Look, row: Doing) -> Sequence[Fact]:
        """All that is known of it."""
        return tuple(doing_facts(look, row, self._sizes.get(row.path)))

    def records(self, row: Doing) -> Sequence[Key]:
        """What it was read from."""
        match row.thing:
            case LockRecord():
                return (LocksKey(),)
            case WorkRecord():
                return (row.thing.key,)
        return (LocksKey(),) if row.kind == LOCK else ()


def _name_cell(row: Doing) -> Cell:
    return Part(row.name, "" if row.thing else "muted")


def age_cell(look: Look, row: Doing) -> Cell:
    """How old it is now."""
    return "" if row.since is None else look.age(row.since)


def state_cell(now: float, row: Doing) -> Cell:
    """How it stands now."""
    match row.thing:
        case LockRecord():
            left = STALE_AFTER - row.thing.age(now)
            if left < 0:
                return Part("left by a crash", "warn")
            return Part(f"may be broken in {human_age(left)}", "muted")
        case WorkRecord():
            if now - row.thing.changed > LEFT_OVER_AFTER:
                return Part("left by a crash", "warn")
            return Part("in progress", "muted")
        case Job():
            return _job_cell(row.thing)
        case Trashed():
            if is_operation(row.thing.name):
                return Part(f"pkgstore restore {row.thing.name}", "muted")
            return Part("deleted by the next eviction", "muted")
    return Part(NOTHING.get(row.kind, ""), "muted")


def _job_cell(job: Job) -> Cell:
    if job.state is JobState.RUNNING:
        fraction = job.progress.fraction
        return Part("running …" if fraction is None else f"running, {fraction:.0%}", "accent")
    return Part(*outcome(job))


def doing_facts(look: Look, row: Doing, size: TreeSize | None) -> Iterator[Fact]:
    """All that is known of a row."""
    yield Fact(row.name if row.thing else row.kind)
    if row.thing is None:
        yield Fact("", f"none; {NOTHING[row.kind]}" if row.kind in NOTHING else "none", "muted")
        return
    yield Fact("kind", row.kind)
    yield look.when_fact("since", row.since)
    state = state_cell(look.clock(), row)
    if isinstance(state, Part):
        yield Fact("state", state.text, state.tone)
    if row.path:
        yield Fact("path", row.path)
    match row.thing:
        case LockRecord():
            yield Fact("source hash", row.thing.key.source_hash)
            yield Fact("platform", row.thing.key.platform)
        case WorkRecord():
            yield from _work_facts(row.thing)
    if size is not None:
        yield Fact("size", f"{human_bytes(size.apparent)} in {counted(size.files, 'file')}")


def _work_facts(work: WorkRecord) -> Iterator[Fact]:
    if work.manifest is None:
        yield Fact("manifest", "there is none yet", "muted")
    else:
        yield Fact("manifest", f"names {counted(len(work.manifest), 'package')}")
    if work.lockfile is not None:
        yield Fact("pak.lock", f"names {counted(len(work.lockfile.names), 'package')}; enter explains it")
    yield from (Fact("! damage", f"{item.path}: {item.why}", "bad") for item in work.damage)
