"""The levels of the why view: the lockfiles in reach, and what becomes of the packages of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pkgstore.explain.decisions import Decision, Verdict
from pkgstore.query import Field, Kind
from pkgstore.snapshot import Key
from pkgstore_tui.format import UNKNOWN, counted, short_hash
from pkgstore_tui.screens.goto import Named
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.look import Look
from pkgstore_tui.screens.why_facts import wanted_links, why_facts
from pkgstore_tui.screens.why_rows import (
    SIGNS,
    TONES,
    Answers,
    LockRow,
    causes_text,
    lockfiles_of,
    worst_first,
)
from pkgstore_tui.session.reading import Reading
from pkgstore_tui.widgets.cells import Cell, Part
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact


@dataclass(frozen=True, eq=False)
class LockfilesLevel(Level[LockRow]):
    """The lockfiles that one can ask about; of a package, those that name it."""

    opened: Sequence[str] = ()
    wanted: Named | None = None

    @property
    def crumb(self) -> str:
        """The package that it is about."""
        return f"{self.wanted.package}: which lockfile?" if self.wanted else ""

    @property
    def empty(self) -> str:  # type: ignore[override]
        """What to do."""
        if self.wanted:
            return "no lockfile in reach names this package any more"
        return "no app has a pak.lock; o opens a lockfile from the disk"

    def columns(self, look: Look) -> Sequence[Column[LockRow]]:
        """Whose it is, and how much is in it."""
        return (
            Column("LOCKFILE OF", lambda row: row.name, 14, grow=3, most=50),
            Column("KIND", lambda row: Part(row.kind, "muted"), 7, 2),
            Column("PACKAGES", _packages_cell, 8, 1, right=True),
            Column("PLATFORM", lambda row: (row.record.platform if row.record else "") or "", 24, 4, grow=1),
            Column("CHANGED", lambda row: look.age(row.record.changed) if row.record else "", 7, 3, right=True),
            Column("PROBLEM", lambda row: Part(row.record.refused if row.record else "", "warn"), 8, 5, grow=2),
        )

    def rows(self, look: Look) -> Sequence[LockRow]:
        """Those named by hand, the apps', those of builds."""
        found = lockfiles_of(look.reading.snapshot, self.opened)
        return [row for row in found if self.wanted is None or row.names(self.wanted)]

    def key(self, row: LockRow) -> object:
        """Its path."""
        return row.path

    def into(self, row: LockRow) -> Level[Decision] | None:  # noqa: ARG002
        """The screen makes the level: it knows the answers."""
        return None

    def summary(self, rows: Sequence[LockRow]) -> str:
        """How many."""
        return counted(len(rows), "lockfile")

    def facts(self, look: Look, row: LockRow) -> Sequence[Fact]:
        """What it is."""
        record = row.record
        if record is None:
            return (Fact(row.name), Fact("path", row.path))
        return (
            Fact(row.name),
            Fact("kind", row.kind),
            Fact("path", row.path),
            Fact("packages", f"{len(record.names):,}"),
            Fact("platform", record.platform or UNKNOWN),
            look.when_fact("changed", record.changed),
            *([Fact("refused", record.refused, "warn")] if record.refused else []),
        )

    def records(self, row: LockRow) -> Sequence[Key]:
        """Whose it is."""
        return (row.key,) if row.key else ()


def _packages_cell(row: LockRow) -> Cell:
    return f"{len(row.record.names):,}" if row.record else Part("–", "muted")


@dataclass(frozen=True, eq=False)
class WhyLevel(Level[Decision]):
    """What becomes of each package of a lockfile."""

    answers: Answers
    path: str
    owner: str
    goes_deeper = False
    problems = "!verdict:hit|in-library|meta-entry"

    @property
    def crumb(self) -> str:
        """Whose lockfile it is."""
        return self.owner

    @property
    def empty(self) -> str:  # type: ignore[override]
        """That it is being worked out, or why it cannot be."""
        answer = self.answers(self.path)
        return (answer.error or "this lockfile has no packages") if answer else "asking the store …"

    def columns(self, look: Look) -> Sequence[Column[Decision]]:
        """The verdict, and what was asked for."""
        return (
            Column("", lambda row: Part(SIGNS[row.verdict], TONES[row.verdict]), 1),
            Column("VERDICT", lambda row: Part(row.verdict.value, TONES[row.verdict]), 18, field="verdict"),
            Column(
                "PACKAGE",
                lambda row: row.entry.package or Part(UNKNOWN, "muted"),
                13,
                grow=2,
                most=30,
                field="name",
            ),
            Column(
                "VERSION",
                lambda row: row.entry.version or Part("–", "muted"),
                9,
                1,
                grow=1,
                most=20,
                field="version",
            ),
            Column("STORED", lambda row: _stored_cell(look.reading, row), 9, 2, right=True, field="configs"),
            Column("WANTED", lambda row: _wanted_cell(row), 8, 4),
            Column("AGAINST", lambda row: _against(look.reading, row), 12, 3, grow=3, most=60),
        )

    def rows(self, look: Look) -> Sequence[Decision]:  # noqa: ARG002
        """What is missed first."""
        answer = self.answers(self.path)
        return sorted(answer.decisions, key=worst_first) if answer else ()

    def key(self, row: Decision) -> object:
        """The package; of several entries of one, its place too."""
        return row.entry.package, row.index

    def called(self, row: Decision) -> str:
        """The package."""
        return row.entry.package

    def fields(self, look: Look) -> Mapping[str, Field[Decision]]:
        """What can be asked of a decision."""
        verdicts = ", ".join(verdict.value for verdict in Verdict)
        return {
            **super().fields(look),
            "verdict": Field(Kind.TEXT, lambda row: row.verdict.value, verdicts, "verdict:config-miss"),
            "version": Field(Kind.TEXT, lambda row: row.entry.version, "its version", "version:1.0*"),
            "configs": Field(Kind.COUNT, lambda row: stored(look.reading, row), "stored configs", "configs>1"),
            "links": Field(Kind.SET, lambda row: frozenset(row.links), "what it links to", "links:Rcpp"),
        }

    def summary(self, rows: Sequence[Decision]) -> str:
        """The causes, most frequent first."""
        return causes_text(rows) if rows else ""

    def facts(self, look: Look, row: Decision) -> Sequence[Fact]:
        """What was wanted, and what the store has."""
        return tuple(why_facts(look, self.answers(self.path), self.path, row))

    def records(self, row: Decision) -> Sequence[Key]:
        """The source that it asks for."""
        return (row.source,) if row.source else ()


def stored(reading: Reading, row: Decision) -> int:
    """How many configs of the source are there."""
    record = reading.snapshot.sources.get(row.source) if row.source else None
    return sum(config.has_tree for config in record.configs) if record else 0


def _stored_cell(reading: Reading, row: Decision) -> Cell:
    trees = stored(reading, row)
    return counted(trees, "config") if trees else Part("–", "muted")


def _wanted_cell(row: Decision) -> Cell:
    wanted = row.resolution.key if row.resolution else None
    return Part(short_hash(wanted.config_hash) if wanted else "–", "muted")


def _against(reading: Reading, row: Decision) -> Cell:
    names = ", ".join(f"{name} {version}" for name, version, _ in wanted_links(reading, row))
    return names or Part("–", "muted")
