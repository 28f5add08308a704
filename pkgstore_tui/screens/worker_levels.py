"""The levels of the workers view: the workers, and what one of them has; and the lines of the event log."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pkgstore.keys import WorkerKey
from pkgstore.model import WorkerRecord
from pkgstore.snapshot import Key
from pkgstore_tui.format import UNKNOWN, counted, human_time, short_hash
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.look import Look, damage_text
from pkgstore_tui.screens.source_levels import config_facts
from pkgstore_tui.session.news import Change, Entry
from pkgstore_tui.session.reading import Reading
from pkgstore_tui.widgets.cells import Cell, Part, Tone
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact

TONES: Final[dict[Change, Tone]] = {Change.CAME: "good", Change.WENT: "bad", Change.CHANGED: "warn"}


def sign(entry: Entry | None) -> Cell:
    """A change's sign in its tone; nothing where there was none."""
    return Part(entry.change.value, TONES[entry.change]) if entry else ""


def _most_telling(entries: Sequence[Entry]) -> Entry | None:
    """That a worker came says more than what its library got since."""
    came = next((entry for entry in entries if entry.change is Change.CAME and not entry.package), None)
    return came or next(iter(entries), None)


@dataclass(frozen=True, eq=False, slots=True)
class WorkerRow:
    """A worker that is there, or one that went a moment ago (`record` is None then)."""

    worker: str
    record: WorkerRecord | None
    fresh: tuple[Entry, ...] = ()


def problem(look: Look, row: WorkerRow) -> str:
    """What is wrong with a worker, in a few words; empty where nothing is."""
    record = row.record
    if record is None:
        return "gone"
    if record.manifest is None:
        return "its manifest cannot be read" if record.damage else "no manifest yet"
    missing = look.reading.missing(record.manifest)
    return f"{counted(len(missing), 'package')} not in the store" if missing else ""


def _problem_cell(look: Look, row: WorkerRow) -> Cell:
    text = problem(look, row)
    if row.record is None:
        return Part(text, "muted")
    return Part(text, "warn" if row.record.manifest is None and text.startswith("no ") else "bad")


def _lately(row: WorkerRow) -> Cell:
    """How many packages came, changed and went lately."""
    parts: list[Part] = []
    packages = [entry for entry in row.fresh if entry.package]
    for change in (Change.CAME, Change.CHANGED, Change.WENT):
        if count := sum(entry.change is change for entry in packages):
            parts += [Part(" ")] if parts else []
            parts += [Part(f"{change.value}{count}", TONES[change])]
    if not parts and row.fresh and row.record is not None:
        return Part("new", "good")
    return tuple(parts)


def _count_cell(row: WorkerRow) -> Cell:
    if row.record is None or row.record.manifest is None:
        return Part("–", "muted")
    return f"{len(row.record.manifest):,}"


class WorkersLevel(Level[WorkerRow]):
    """Every worker that has a library."""

    crumb = ""
    empty = "no worker has a library just now"

    def columns(self, look: Look) -> Sequence[Column[WorkerRow]]:
        """What an admin asks of a worker."""
        return (
            Column("", lambda row: sign(_most_telling(row.fresh)), 1),
            Column("WORKER", lambda row: Part(row.worker, "" if row.record else "muted"), 12, grow=3, most=40),
            Column("PACKAGES", _count_cell, 8, 2, right=True),
            Column("CHANGED", lambda row: look.age(row.record.changed) if row.record else "", 7, 1, right=True),
            Column("LATELY", _lately, 9, 4),
            Column("PROBLEM", lambda row: _problem_cell(look, row), 14, 3, grow=3, most=60),
        )

    def rows(self, look: Look) -> Sequence[WorkerRow]:
        """The workers by name; those that went lately stay marked for a moment."""
        now, news, workers = look.clock(), look.reading.news, look.reading.snapshot.workers
        rows = [WorkerRow(name, record, news.fresh(name, now)) for name, record in workers.items()]
        rows += [WorkerRow(entry.worker, None, (entry,)) for entry in news.gone_workers(workers, now)]
        return sorted(rows, key=lambda row: row.worker)

    def key(self, row: WorkerRow) -> object:
        """Its id."""
        return row.worker

    def into(self, row: WorkerRow) -> "ManifestLevel":
        """What it has."""
        return ManifestLevel(row.worker)

    def summary(self, rows: Sequence[WorkerRow]) -> str:
        """How many there are."""
        return counted(sum(row.record is not None for row in rows), "worker")

    def facts(self, look: Look, row: WorkerRow) -> Sequence[Fact]:
        """What the worker has, and what is wrong."""
        return worker_facts(look, row)

    def records(self, row: WorkerRow) -> Sequence[Key]:
        """Itself."""
        return (WorkerKey(row.worker),)


def worker_facts(look: Look, row: WorkerRow) -> tuple[Fact, ...]:
    """All that is known of a worker."""
    record = row.record
    if record is None:
        return (Fact(row.worker), Fact("state", "gone", "muted"))
    manifest = record.manifest or {}
    missing = [
        Fact("" if index else "not stored", f"{package} {manifest[package]}", "bad")
        for index, package in enumerate(look.reading.missing(manifest))
    ]
    return (
        Fact(row.worker),
        Fact("packages", UNKNOWN if record.manifest is None else f"{len(manifest):,}"),
        look.when_fact("changed", record.changed or None),
        *(Fact("problem", damage_text(item), "bad") for item in record.damage),
        *missing,
    )


@dataclass(frozen=True, eq=False, slots=True)
class PackageRow:
    """A package of a worker; one that went a moment ago has an empty ref."""

    package: str
    ref: str
    entry: Entry | None = None


@dataclass(frozen=True)
class ManifestLevel(Level[PackageRow]):
    """What one worker has."""

    worker: str
    empty = "this worker is gone, or has no packages yet"
    goes_deeper = False

    @property
    def crumb(self) -> str:
        """The worker."""
        return self.worker

    def columns(self, look: Look) -> Sequence[Column[PackageRow]]:
        """What an admin asks of a worker's package."""
        return (
            Column("", lambda row: sign(row.entry), 1),
            Column("PACKAGE", lambda row: Part(row.package, "" if row.ref else "muted"), 14, grow=2, most=30),
            Column("VERSION", lambda row: _version(look, row), 9, 1, grow=1, most=20),
            Column("LATELY", lambda row: _what_happened(look.reading, row), 12, 3, grow=2, most=30),
            Column("LAST USED", lambda row: _last_used(look, row), 9, 4, right=True),
            Column("CONFIG", lambda row: Part(short_hash(row.ref.partition("/")[2]), "muted"), 8, 5),
            Column("PROBLEM", lambda row: _missing_cell(look.reading, row), 16, 2),
        )

    def rows(self, look: Look) -> Sequence[PackageRow]:
        """Its packages by name; those that went lately stay marked for a moment."""
        record = look.reading.snapshot.workers.get(self.worker)
        manifest = (record.manifest if record else None) or {}
        fresh = look.reading.news.fresh_packages(self.worker, look.clock())
        went = {name for name, entry in fresh.items() if entry.change is Change.WENT and record is not None}
        return [
            PackageRow(name, manifest.get(name, ""), fresh.get(name))
            for name in sorted(manifest.keys() | went, key=str.casefold)
        ]

    def key(self, row: PackageRow) -> object:
        """Its name."""
        return row.package

    def summary(self, rows: Sequence[PackageRow]) -> str:
        """How many there are."""
        return counted(sum(bool(row.ref) for row in rows), "package")

    def facts(self, look: Look, row: PackageRow) -> Sequence[Fact]:
        """The config that the manifest names."""
        config = look.reading.index.by_ref.get((row.package, row.ref))
        if config is not None:
            return config_facts(look, config)
        source, _, config_hash = row.ref.partition("/")
        return (
            Fact(f"{row.package} {UNKNOWN}"),
            Fact("source hash", source or UNKNOWN),
            Fact("config hash", config_hash or UNKNOWN),
            Fact("problem", "the manifest names it, but it is not in the store", "bad"),
        )

    def records(self, row: PackageRow) -> Sequence[Key]:  # noqa: ARG002
        """The worker; a manifest is read whole."""
        return (WorkerKey(self.worker),)


def _version(look: Look, row: PackageRow) -> Cell:
    version = look.reading.ref_version(row.package, row.ref or (row.entry.old if row.entry else ""))
    return Part(version, "muted" if version == UNKNOWN or not row.ref else "")


def _what_happened(reading: Reading, row: PackageRow) -> Cell:
    entry = row.entry
    if entry is None:
        return ""
    if entry.change is Change.CHANGED:
        old, new = (reading.ref_version(row.package, ref) for ref in (entry.old, entry.new))
        return Part(f"was {old}" if old != new else "another config", "warn")
    return Part("new" if entry.change is Change.CAME else "gone", TONES[entry.change])


def _last_used(look: Look, row: PackageRow) -> Cell:
    config = look.reading.index.by_ref.get((row.package, row.ref))
    return look.age(config.last_used) if config else ""


def _missing_cell(reading: Reading, row: PackageRow) -> Cell:
    gone = row.ref and not reading.has_tree(row.package, row.ref)
    return Part("not in the store", "bad") if gone else ""


# --- the event log ---------------------------------------------------------------------------------------------


def log_columns(reading: Reading) -> Sequence[Column[Entry]]:
    """Time, sign, worker, and what happened in words."""
    return (
        Column("", lambda entry: Part(human_time(entry.at)[-8:], "muted"), 8),
        Column("", sign, 1),
        Column("", lambda entry: entry.worker, 12, 1, grow=1, most=36),
        Column("", lambda entry: happened(reading, entry), 16, grow=4, most=80),
    )


def happened(reading: Reading, entry: Entry) -> str:
    """What happened, in words, with versions."""
    if not entry.package:
        packages = "" if entry.count is None else f", {counted(entry.count, 'package')}"
        words = {Change.CAME: "appeared", Change.WENT: "went", Change.CHANGED: "assembled"}
        return words[entry.change] + packages
    old, new = (reading.ref_version(entry.package, ref) if ref else "" for ref in (entry.old, entry.new))
    if entry.change is Change.CAME:
        return f"{entry.package} {new} came"
    if entry.change is Change.WENT:
        return f"{entry.package} {old} went"
    return f"{entry.package} {old} → {new}" if old != new else f"{entry.package} {new}, another config"
