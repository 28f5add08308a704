"""The levels of the why view: the lockfiles in reach, and what becomes of the packages of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pkgstore.explain.decisions import Verdict, counts_of
from pkgstore.explain.report import Explained
from pkgstore.keys import ConfigKey
from pkgstore.model import ConfigRecord
from pkgstore.query import Field, Kind
from pkgstore.snapshot import Key, Snapshot
from pkgstore_tui.explanation.sentences import nearest_words
from pkgstore_tui.explanation.words import count_words, version_text
from pkgstore_tui.format import UNKNOWN, counted, short_hash
from pkgstore_tui.screens.goto import Named
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.look import Look
from pkgstore_tui.screens.why_facts import why_facts
from pkgstore_tui.screens.why_rows import (
    SIGNS,
    TONES,
    Answer,
    Answers,
    Asked,
    LockRow,
    count_text,
    lockfiles_of,
    row_key,
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

    def into(self, row: LockRow) -> Level[Explained] | None:  # noqa: ARG002
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
class WhyLevel(Level[Explained]):
    """What becomes of each package of a lockfile."""

    answers: Answers
    asked: Asked
    problems = "!verdict:hit|in-library|reused-ref|meta-entry|carried|abi-hit"

    @property
    def crumb(self) -> str:
        """Whose lockfile it is, and the worker that it would go into."""
        return self.asked.crumb

    @property
    def answer(self) -> Answer | None:
        """The newest answer."""
        return self.answers(self.asked)

    @property
    def empty(self) -> str:  # type: ignore[override]
        """That it is being worked out, or why it cannot be."""
        answer = self.answer
        return (answer.error or "this lockfile has no packages") if answer else "asking the store …"

    def columns(self, look: Look) -> Sequence[Column[Explained]]:
        """The verdict, what was asked for, and how the nearest differs."""
        return (
            Column("", lambda row: Part(SIGNS[row.decision.verdict], TONES[row.decision.verdict]), 1),
            Column(
                "VERDICT",
                lambda row: Part(row.decision.verdict.value, TONES[row.decision.verdict]),
                16,
                field="verdict",
            ),
            Column("PACKAGE", lambda row: row.package or Part(UNKNOWN, "muted"), 10, grow=1, most=30, field="name"),
            Column("VERSION", self._version, 7, 2, grow=1, most=16, field="version"),
            Column("STORED", lambda row: _stored_cell(look.reading, row), 6, 4, right=True, field="configs"),
            Column("WANTED", _wanted_cell, 8, 5),
            Column("NEAREST", self._nearest, 20, 1, grow=8, most=90),
        )

    def _version(self, row: Explained) -> Cell:
        answer = self.answer
        report = answer.report if answer is not None else None
        text = version_text(report, row) if report is not None else row.decision.entry.version
        return text if text != UNKNOWN else Part("–", "muted")

    def _nearest(self, row: Explained) -> Cell:
        answer = self.answer
        report = answer.report if answer is not None else None
        text = nearest_words(report, row) if report is not None else ""
        return Part(text, "" if row.decision.verdict.is_miss else "muted") if text else Part("–", "muted")

    def rows(self, look: Look) -> Sequence[Explained]:  # noqa: ARG002
        """What is missed first."""
        answer = self.answer
        return sorted(answer.rows, key=worst_first) if answer else ()

    def key(self, row: Explained) -> object:
        """The package; of several entries of one, its place too."""
        return row_key(row)

    def called(self, row: Explained) -> str:
        """The package."""
        return row.package

    def fields(self, look: Look) -> Mapping[str, Field[Explained]]:
        """What can be asked of a package."""
        verdicts = ", ".join(verdict.value for verdict in Verdict)
        roots = self._roots()
        return {
            **super().fields(look),
            "verdict": Field(Kind.TEXT, lambda row: row.decision.verdict.value, verdicts, "verdict:config-miss"),
            "cause": Field(Kind.SET, lambda row: roots.get(row.package, frozenset()), "what changed", "cause:Rcpp"),
            "version": Field(Kind.TEXT, lambda row: row.decision.entry.version, "its version", "version:1.0*"),
            "configs": Field(Kind.COUNT, lambda row: stored(look.reading, row), "stored configs", "configs>1"),
            "links": Field(Kind.SET, lambda row: frozenset(row.decision.links), "what it links to", "links:Rcpp"),
        }

    def _roots(self) -> Mapping[str, frozenset[str]]:
        """For each package that is compiled, the changed packages at the root of that."""
        answer = self.answer
        found: dict[str, set[str]] = {}
        for changed in answer.report.cascade if answer is not None and answer.report is not None else ():
            for package in changed.packages:
                found.setdefault(package, set()).add(changed.package)
        return {package: frozenset(names) for package, names in found.items()}

    def summary(self, rows: Sequence[Explained]) -> str:
        """How many, and what populate would count of them."""
        if not rows:
            return ""
        counts = count_words(counts_of(row.decision for row in rows))
        return f"{count_text(rows)}: {counts}"

    def facts(self, look: Look, row: Explained) -> Sequence[Fact]:  # noqa: ARG002
        """What was wanted, and what the store has."""
        return tuple(why_facts(self.answer, row))

    def configs(self, row: Explained) -> Sequence[ConfigRecord]:
        """The config that is taken, else those that come nearest: others hold them."""
        if row.near.configs:
            return [near.config for near in row.near.configs]
        answer, wanted = self.answer, row.decision.wanted
        report = answer.report if answer is not None else None
        found = config_of(report.snapshot, wanted) if report is not None and wanted is not None else None
        return (found,) if found is not None else ()

    def records(self, row: Explained) -> Sequence[Key]:
        """The source that it asks for."""
        return (row.decision.source,) if row.decision.source else ()


def config_of(snapshot: Snapshot, key: ConfigKey) -> ConfigRecord | None:
    """A config, where the store has it."""
    record = snapshot.sources.get(key.source)
    return next((config for config in record.configs if config.key == key), None) if record else None


def stored(reading: Reading, row: Explained) -> int:
    """How many configs of the source are there."""
    source = row.decision.source
    record = reading.snapshot.sources.get(source) if source else None
    return sum(config.has_tree for config in record.configs) if record else 0


def _stored_cell(reading: Reading, row: Explained) -> Cell:
    trees = stored(reading, row)
    return f"{trees:,}" if trees else Part("–", "muted")


def _wanted_cell(row: Explained) -> Cell:
    wanted = row.decision.wanted
    return Part(short_hash(wanted.config_hash) if wanted else "–", "muted")
