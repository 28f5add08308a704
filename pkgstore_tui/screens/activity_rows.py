"""What stands in the activity view: locks, what was left over, the sweeper, jobs, the trash, the journal. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pkgstore.model import LockRecord, WorkRecord
from pkgstore.operations.clean import Left, LeftOver, lock_name, work_kind
from pkgstore.snapshot import Snapshot
from pkgstore_tui.format import counted
from pkgstore_tui.jobs import Job
from pkgstore_tui.screens.deeds import deed_name
from pkgstore_tui.session.affairs import Affairs, Deed, Trashed
from pkgstore_tui.session.reading import Reading
from pkgstore_tui.session.sweeping import Sweeping

LOCK, BUILD, STAGED, WORKER, SWEEPER, JOB, TRASH, JOURNAL = KINDS = (
    "lock",
    "build",
    "staging",
    "worker",
    "sweeper",
    "job",
    "trash",
    "journal",
)

NOTHING: Final[Mapping[str, str]] = {
    WORKER: "no library was left over",
    JOURNAL: "changes will stand here",
    TRASH: "evicted trees wait here",
}
"""What will stand where there is nothing yet."""

LATEST: Final = 10
"""How many operations of the journal stand beside all the rest; the others are one level below."""


@dataclass(frozen=True, eq=False, slots=True)
class Older:
    """Stands for the operations of the journal that have no row of their own."""

    affairs: Affairs


Thing = LockRecord | WorkRecord | LeftOver | Sweeping | Job | Trashed | Deed | Older


@dataclass(frozen=True, eq=False, slots=True)
class Doing:
    """One row; without a `thing` it says that there is nothing of its kind.

    `left` is its id among what was left over, empty where it cannot be cleaned.
    """

    kind: str
    name: str
    since: float | None = None
    path: str = ""
    thing: Thing | None = None
    key: object = field(default=None)
    left: str = ""

    @property
    def lockfile(self) -> str:
        """The path of the lockfile that explains it; empty where there is none."""
        found = self.thing.lockfile if isinstance(self.thing, WorkRecord) else None
        return found.path if found else ""

    @property
    def operation(self) -> str:
        """The eviction that it tells of, which can be undone; empty where there is none."""
        match self.thing:
            case Trashed(name=name, is_operation=True):
                return name
            case Deed(operation=name) if self.thing.evicts:
                return name
        return ""


@dataclass(frozen=True, eq=False, slots=True)
class Present:
    """What is known beside the snapshot: jobs newest last, and what was read in threads."""

    jobs: Sequence[Job] = ()
    affairs: Affairs = field(default_factory=Affairs)
    left: Sequence[LeftOver] = ()
    sweeping: Sweeping | None = None


def doings(reading: Reading, present: Present) -> Iterator[Doing]:
    """Everything that is going on or left over, kind by kind; a kind without any has one row that says so."""
    found: dict[str, list[Doing]] = {kind: [] for kind in KINDS}
    for doing in (*_from_snapshot(reading, reading.snapshot, present), *_from_present(reading.snapshot, present)):
        found[doing.kind].append(doing)
    for kind, rows in found.items():
        yield from rows or [Doing(kind, "none", key=(kind, ""))]


def _from_snapshot(reading: Reading, snapshot: Snapshot, present: Present) -> Iterator[Doing]:
    newest = {item.path: item.changed for item in present.left}
    for lock in sorted(snapshot.locks, key=lambda lock: lock.changed):
        name, left = reading.names.text(lock.key), f"{Left.LOCK.value}:{lock_name(lock)}"
        yield Doing(LOCK, name, lock.changed, lock.path, lock, (LOCK, lock.path), left)
    for key, work in sorted(snapshot.work.items(), key=lambda item: item[1].changed):
        kind = work_kind(key)
        changed = max(work.changed, newest.get(work.path, 0.0))
        left = f"{kind.value}:{key.name}" if key.name != "." else ""
        yield Doing(BUILD if kind is Left.BUILD else STAGED, key.name, changed, work.path, work, key, left)


def _from_present(snapshot: Snapshot, present: Present) -> Iterator[Doing]:
    for item in sorted(present.left, key=lambda item: (item.has_manifest, item.changed)):
        if item.kind is Left.WORKER and item.name in snapshot.workers:
            yield Doing(WORKER, item.name, item.changed, item.path, item, (WORKER, item.path), item.id)
    sweeping = present.sweeping
    if sweeping is not None:
        yield Doing(SWEEPER, "on" if sweeping.is_on else "off", thing=sweeping, key=(SWEEPER, ""))
    for job in reversed(present.jobs):
        yield Doing(JOB, job.title, job.started, thing=job, key=(JOB, job.id))
    for trashed in present.affairs.trash:
        yield Doing(TRASH, _trash_name(trashed), trashed.began, trashed.path, trashed, (TRASH, trashed.path))
    yield from _from_journal(present.affairs)


def _trash_name(trashed: Trashed) -> str:
    if not trashed.is_operation:
        return trashed.name
    what = trashed.deed.what if trashed.deed else trashed.name.split("-")[1]
    return f"{what} of {counted(len(trashed.keys), 'config')}"


def _from_journal(affairs: Affairs) -> Iterator[Doing]:
    """The latest ones, and one row for all that are older."""
    deeds = affairs.deeds
    for deed in deeds[:LATEST]:
        yield Doing(JOURNAL, deed_name(deed), deed.began, thing=deed, key=(JOURNAL, deed.operation))
    older = len(deeds) - LATEST
    if older > 0 or affairs.passed_over or affairs.trouble:
        name = f"all {counted(len(deeds), 'operation')}"
        yield Doing(JOURNAL, name, thing=Older(affairs), key=(JOURNAL, "all"))
