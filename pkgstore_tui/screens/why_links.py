"""What a package of the why view links to: wanted and stored side by side, and what becomes of each itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pkgstore.compare import Change
from pkgstore.explain.nearest import STATES
from pkgstore.explain.report import Explained, Report
from pkgstore.keys import SourceKey
from pkgstore.query import Field, Kind
from pkgstore.snapshot import Key
from pkgstore_tui.explanation.words import config_words, version_of
from pkgstore_tui.format import UNKNOWN, counted, short_hash
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.look import Look
from pkgstore_tui.screens.why_facts import LINK_TONES, why_facts
from pkgstore_tui.screens.why_rows import SIGNS, TONES, Answer, Answers, Asked
from pkgstore_tui.widgets.cells import Cell, Part
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact

LINK_SIGNS: Final = {Change.SAME: "=", Change.CHANGED: "!", Change.CAME: "+", Change.WENT: "−"}
NOT_IN_LOCK: Final = "not in the lockfile"


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A linked package: its key in the lockfile, and the one that the nearest config has.

    `change` is None where there is no config to compare with; `nearest` is that config's hash. `own` is the linked
    package's own row, None where the lockfile lacks it.
    """

    package: str
    wanted: str | None = None
    stored: str | None = None
    change: Change | None = None
    nearest: str = ""
    left_out: str = ""
    own: Explained | None = None


def link_rows(report: Report, row: Explained) -> Iterator[LinkRow]:
    """What a package links to, beside each of the configs that come nearest."""

    def own(package: str) -> Explained | None:
        return next(iter(report.by_package.get(package, ())), None)

    decision = row.decision
    for near in row.near.configs:
        found = near.config.key.config_hash
        for pair in near.links:
            yield LinkRow(pair.key, pair.before, pair.after, pair.change, found, own=own(pair.key))
    if not row.near.configs:
        for package, key in sorted(decision.links.items()):
            yield LinkRow(package, key, own=own(package))
    for package, why in sorted(decision.left_out.items()):
        yield LinkRow(package, left_out=why, own=own(package))


def has_links(row: Explained) -> bool:
    """Whether there is anything to show of what a package links to; asked often."""
    return bool(row.decision.links or row.decision.left_out or any(near.links for near in row.near.configs))


@dataclass(frozen=True, eq=False)
class LinksLevel(Level[LinkRow]):
    """What one package links to."""

    answers: Answers
    asked: Asked
    subject: tuple[str, int]
    empty = "the lockfile has this package no more, or it links to nothing"
    problems = "!state:same"

    @property
    def package(self) -> str:
        """The package whose links these are."""
        return self.subject[0]

    @property
    def crumb(self) -> str:
        """The package."""
        return f"{self.package} links to"

    @property
    def answer(self) -> Answer | None:
        """The newest answer."""
        return self.answers(self.asked)

    @property
    def report(self) -> Report | None:
        """The newest explanation."""
        answer = self.answer
        return answer.report if answer is not None else None

    def row(self) -> Explained | None:
        """The package's own row."""
        found = self.report.by_package.get(self.package, ()) if self.report is not None else ()
        return next((row for row in found if row.decision.index == self.subject[1]), None)

    def columns(self, look: Look) -> Sequence[Column[LinkRow]]:  # noqa: ARG002
        """Both sides, and what becomes of the linked package itself."""
        own = self.row()
        ties = Column[LinkRow]("NEAREST", _nearest_cell, 8, 2)
        return (
            Column("", _sign, 1),
            Column("PACKAGE", lambda row: row.package, 10, grow=1, most=30, field="name"),
            Column("WANTED", lambda row: self._side(row, row.wanted), 20, grow=3, most=60),
            Column("STORED", lambda row: self._side(row, row.stored), 20, grow=3, most=60),
            Column("STATE", _state_cell, 13, 4, field="state"),
            *([ties] if own is not None and len(own.near.configs) > 1 else []),
            Column("ITS VERDICT", _own_verdict, 14, 3, grow=1, most=20, field="verdict"),
        )

    def _side(self, row: LinkRow, key: str | None) -> Cell:
        if row.left_out and key is None:
            return Part("left out of the key", "warn")
        report = self.report
        return config_words(report, row.package, key) if report is not None and key else Part("–", "muted")

    def rows(self, look: Look) -> Sequence[LinkRow]:  # noqa: ARG002
        """What differs first."""
        own, report = self.row(), self.report
        found = link_rows(report, own) if report is not None and own is not None else ()
        return sorted(found, key=lambda row: row.change is Change.SAME)

    def key(self, row: LinkRow) -> object:
        """The package, and beside which config."""
        return row.package, row.nearest

    def called(self, row: LinkRow) -> str:
        """The package."""
        return row.package

    def fields(self, look: Look) -> Mapping[str, Field[LinkRow]]:
        """Both states."""
        states = ", ".join(STATES.values())
        return {
            **super().fields(look),
            "state": Field(Kind.TEXT, _state, states, "state:changed"),
            "verdict": Field(Kind.TEXT, _verdict, "its own verdict", "verdict:hit"),
        }

    def summary(self, rows: Sequence[LinkRow]) -> str:
        """How many differ."""
        names = {row.package for row in rows}
        differ = len({row.package for row in rows if row.change not in (None, Change.SAME)})
        return f"{counted(len(names), 'linked package')}: {differ:,} {'differs' if differ == 1 else 'differ'}"

    def facts(self, look: Look, row: LinkRow) -> Sequence[Fact]:  # noqa: ARG002
        """The linked package's own explanation; what is known of it where the lockfile lacks it."""
        if row.own is not None:
            return tuple(why_facts(self.answer, row.own))
        report = self.report
        stored = version_of(report, row.package, row.stored) if report is not None else UNKNOWN
        return (Fact(row.package), Fact("verdict", NOT_IN_LOCK, "warn"), Fact("stored", stored))

    def records(self, row: LinkRow) -> Sequence[Key]:
        """The source that is wanted."""
        report, key = self.report, row.wanted or row.stored
        return (SourceKey(report.question.platform, row.package, key),) if report is not None and key else ()


def _nearest_cell(row: LinkRow) -> Cell:
    return Part(short_hash(row.nearest) if row.nearest else "–", "muted")


def _sign(row: LinkRow) -> Cell:
    return Part(LINK_SIGNS[row.change], LINK_TONES[row.change]) if row.change is not None else Part("·", "muted")


def _state(row: LinkRow) -> str:
    if row.change is None:
        return "left out" if row.left_out else ""
    return STATES[row.change]


def _state_cell(row: LinkRow) -> Cell:
    tone = LINK_TONES[row.change] if row.change is not None else "muted"
    return Part(_state(row) or "–", tone)


def _verdict(row: LinkRow) -> str:
    return row.own.decision.verdict.value if row.own is not None else NOT_IN_LOCK


def _own_verdict(row: LinkRow) -> Cell:
    return verdict_cell(row.own)


def verdict_cell(own: Explained | None) -> Cell:
    """A package's own verdict."""
    if own is None:
        return Part(NOT_IN_LOCK, "muted")
    verdict = own.decision.verdict
    return Part(f"{SIGNS[verdict]} {verdict.value}", TONES[verdict])
