"""The first level of the workers view: a row a worker, those included that went a moment ago."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from pkgstore.fields import WORKER_STATES, worker_fields
from pkgstore.keys import ConfigKey, WorkerKey
from pkgstore.model import WorkerRecord
from pkgstore.query import Field, Kind
from pkgstore.roots import Roots
from pkgstore.snapshot import Key
from pkgstore_tui.format import UNKNOWN, counted, human_bytes
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.look import NAMED, Look, damage_text
from pkgstore_tui.screens.manifest_level import ManifestLevel as ManifestLevel
from pkgstore_tui.screens.manifest_level import app_cell, app_facts, has_instead
from pkgstore_tui.screens.worker_drift import Beside, Drifts
from pkgstore_tui.screens.worker_marks import lately, log_facts, sign_of_worker
from pkgstore_tui.screens.worker_own import Alone
from pkgstore_tui.session.news import Entry
from pkgstore_tui.widgets.cells import Cell, Part, Tone
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact

_WAITING = Part("…", "muted")
_NONE = Part("–", "muted")


@dataclass(frozen=True, eq=False, slots=True)
class WorkerRow:
    """A worker that is there, or one that went a moment ago (`record` is None then).

    `beside` is what it is held against, None where no app fits; `is_compared` tells whether that was looked at.
    """

    worker: str
    record: WorkerRecord | None
    roots: Roots
    fresh: tuple[Entry, ...] = ()
    beside: Beside | None = None
    is_compared: bool = True

    @property
    def manifest(self) -> Mapping[str, str]:
        """What it has; nothing where that is not known."""
        return (self.record.manifest if self.record else None) or {}

    @property
    def missing(self) -> tuple[str, ...]:
        """The packages that no platform has a tree of, sorted."""
        lacking = self.roots.lacking
        return tuple(sorted(pair[0] for pair in self.manifest.items() if pair in lacking)) if lacking else ()


class WorkersLevel(Level[WorkerRow]):
    """Every worker that has a library."""

    crumb = ""
    empty = "no worker has a library just now"
    problems = "state:broken"
    order = "name"

    def __init__(self) -> None:
        self.drifts = Drifts()
        self.is_compared = True
        """Whether every row tells how far its worker is from its app; if not, rows read anew tell more."""
        self._alone = Alone()

    def columns(self, look: Look) -> Sequence[Column[WorkerRow]]:
        """What an admin asks of a worker."""
        clock = look.clock
        return (
            Column("", lambda row: sign_of_worker(row.fresh, clock), 1),
            Column("WORKER", _worker_cell, 12, grow=3, most=40, field="name"),
            Column("PACKAGES", _count_cell, 8, 5, right=True, field="packages"),
            Column("CHANGED", partial(_age, look), 7, 1, right=True, field="age"),
            Column("FITS APP", _app_cell, 8, 6, grow=1, most=24, field="app"),
            Column("DRIFT", _drift_cell, 9, 4, grow=1, most=16, field="drift"),
            Column("OWN", partial(self._own_cell, look), 10, 7, right=True, field="own"),
            Column("LATELY", lambda row: lately(row.fresh, clock), 8, 3, grow=1, most=16, field="lately"),
            Column("PROBLEM", _problem_cell, 10, 2, grow=2, most=30),
        )

    def rows(self, look: Look) -> Sequence[WorkerRow]:
        """The workers by name; those that went lately stay for a moment."""
        now, reading = look.clock(), look.reading
        news, workers, roots = reading.news, reading.snapshot.workers, reading.roots
        self.is_compared = self.drifts.look(reading.snapshot.apps, workers)
        rows = []
        for name, record in workers.items():
            known, beside = self.drifts.of(name)
            rows.append(WorkerRow(name, record, roots, news.fresh(name, now), beside, known))
        rows += [WorkerRow(gone.worker, None, roots, (gone,)) for gone in news.gone_workers(workers, now)]
        return sorted(rows, key=lambda row: (row.worker.casefold(), row.worker))

    def basis(self, look: Look) -> object:
        """The moment: marks fade, what went a while ago goes; and drift becomes known by and by."""
        return look

    def key(self, row: WorkerRow) -> object:
        """Its id."""
        return row.worker

    def fields(self, look: Look) -> Mapping[str, Field[WorkerRow]]:
        """Those of workers, and what only rows know."""
        of_records = worker_fields(look.context())
        found: dict[str, Field[WorkerRow]] = {name: _of_row(field) for name, field in of_records.items()}
        of_gone = replace(found["state"], words=(*WORKER_STATES, "gone"), help="broken, starting, whole or gone")
        return {
            **found,
            "name": Field(Kind.NAME, lambda row: row.worker, "the worker's id", "3f2a"),
            "worker": replace(found["worker"], value=lambda row: frozenset({row.worker})),
            "state": replace(of_gone, value=partial(_states, of_records["state"])),
            "app": Field(Kind.TEXT, lambda row: row.beside.app if row.beside else None, "fits it best", "app:shop"),
            "drift": Field(Kind.COUNT, _drift, "packages that are not as its app has them", "drift>0"),
            "own": Field(Kind.SIZE, partial(self._own, look), "size of what nobody else holds", "own>1G"),
            "lately": Field(Kind.COUNT, lambda row: len(row.fresh), "changes that are marked", "lately>0"),
        }

    def into(self, row: WorkerRow) -> ManifestLevel:
        """What it has."""
        return ManifestLevel(row.worker, self.drifts)

    def summary(self, rows: Sequence[WorkerRow]) -> str:
        """How many there are."""
        return counted(sum(row.record is not None for row in rows), "worker")

    def facts(self, look: Look, row: WorkerRow) -> Sequence[Fact]:
        """What the worker has, what its app has instead, what is wrong, and what happened."""
        return tuple(self._facts(look, row))

    def records(self, row: WorkerRow) -> Sequence[Key]:
        """Itself."""
        return (WorkerKey(row.worker),)

    # --- what only it holds -------------------------------------------------------------------------------------

    def trees(self, row: WorkerRow) -> Sequence[ConfigKey]:
        """The configs that no other root holds; its library is never walked, since it is links to them."""
        return self._alone.of(row.worker, row.roots)

    def _own(self, look: Look, row: WorkerRow) -> int | None:
        """The bytes of those, None while they are not measured, or not known."""
        return look.sizes.total(self.trees(row)) if row.record and look.reading.complete else None

    def _own_cell(self, look: Look, row: WorkerRow) -> Cell:
        """What was found out last: finding it out again is for a thread."""
        known = self._alone.known(row.worker)
        if row.record is None or not row.manifest:
            return _NONE
        total = look.sizes.total(known) if known is not None and look.reading.complete else None
        return _WAITING if total is None else human_bytes(total) if total else Part("0 B", "muted")

    def _facts(self, look: Look, row: WorkerRow) -> Iterator[Fact]:
        record, events = row.record, look.reading.news.by_worker.get(row.worker, ())
        yield Fact(row.worker)
        if record is None:
            yield Fact("state", "gone", "muted")
            yield from log_facts(look.reading, events)
            return
        yield Fact("packages", UNKNOWN if record.manifest is None else f"{len(row.manifest):,}")
        yield look.when_fact("changed", record.changed or None)
        yield self._own_fact(look, row)
        yield from app_facts(row.beside, row.is_compared)
        yield from (Fact("problem", damage_text(item), "bad") for item in record.damage)
        yield from _missing_facts(row)
        yield from _drift_facts(look, row)
        yield from log_facts(look.reading, events)

    def _own_fact(self, look: Look, row: WorkerRow) -> Fact:
        if not look.reading.complete:
            return Fact("own", UNKNOWN, "muted")
        trees = self.trees(row)
        total = look.sizes.total(trees)
        if total is None:
            return Fact("own", f"{counted(len(trees), 'config')} that nobody else holds, not measured", "muted")
        return Fact("own", f"{human_bytes(total)} in {counted(len(trees), 'config')} that nobody else holds")


# --- fields and cells ---------------------------------------------------------------------------------------------


def _of_row(field: Field[WorkerRecord]) -> Field[WorkerRow]:
    """A field of records for rows; of a worker that is gone nothing is known."""
    value = field.value
    return Field(
        field.kind,
        lambda row: value(row.record) if row.record is not None else None,
        field.help,
        field.example,
        field.words,
        field.prefix,
    )


def _states(field: Field[WorkerRecord], row: WorkerRow) -> frozenset[str]:
    return frozenset({"gone"}) if row.record is None else field.value(row.record)


def _drift(row: WorkerRow) -> int | None:
    return len(row.beside.differing) if row.beside else None


def _worker_cell(row: WorkerRow) -> Cell:
    return Part(row.worker, "" if row.record else "muted")


def _age(look: Look, row: WorkerRow) -> Cell:
    return look.age(row.record.changed or None) if row.record else ""


def _count_cell(row: WorkerRow) -> Cell:
    return _NONE if row.record is None or row.record.manifest is None else f"{len(row.manifest):,}"


def _app_cell(row: WorkerRow) -> Cell:
    return app_cell(row.beside) if row.is_compared else _WAITING


def _drift_cell(row: WorkerRow) -> Cell:
    if row.beside is None:
        return _NONE if row.is_compared else _WAITING
    differing = len(row.beside.differing)
    tone: Tone = "muted" if not row.beside.is_close else "warn" if differing else "good"
    return Part(f"{differing:,} differ" if differing else "=", tone)


def problem(row: WorkerRow) -> str:
    """What is wrong with a worker, in a word or two; empty where nothing is."""
    if row.record is None:
        return "gone"
    if row.record.manifest is None:
        return "unreadable" if row.record.damage else "starting"
    return f"{len(missing):,} missing" if (missing := row.missing) else ""


def _problem_cell(row: WorkerRow) -> Cell:
    text = problem(row)
    return Part(text, "muted" if row.record is None else "warn" if text == "starting" else "bad")


# --- details ------------------------------------------------------------------------------------------------------


def _missing_facts(row: WorkerRow) -> Iterator[Fact]:
    if row.record is not None and row.record.manifest is None and not row.record.damage:
        yield Fact("problem", "it has no manifest yet", "warn")
    missing = row.missing
    for index, package in enumerate(missing[:NAMED]):
        yield Fact("" if index else "not stored", f"{package} {row.manifest[package]}", "bad")
    if len(missing) > NAMED:
        yield Fact("", f"and {len(missing) - NAMED:,} more", "muted")


def _drift_facts(look: Look, row: WorkerRow) -> Iterator[Fact]:
    beside = row.beside
    if beside is None or not beside.differing or not beside.is_close:
        return
    yield Fact("Not as its app has it")
    for package in beside.differing[:NAMED]:
        mine = look.reading.ref_version(package, beside.mine[package]) if package in beside.mine else "not there"
        yield Fact(package, f"{mine}, {has_instead(look.reading, beside, package)}", "warn")
    if len(beside.differing) > NAMED:
        yield Fact("", f"and {len(beside.differing) - NAMED:,} more; enter lists them all", "muted")
