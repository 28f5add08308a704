"""What the dialogs of ingest, populate and assembly share: filled in from a row, an outcome a package."""

import os
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Final

from pkgstore_tui.explanation.outcomes import BAD, Outcome, counts_of
from pkgstore_tui.format import UNKNOWN, counted
from pkgstore_tui.screens.plan import Field, PlanDialog, Proposal
from pkgstore_tui.screens.starting import Start
from pkgstore_tui.session import Session
from pkgstore_tui.widgets.cells import Cell, Part
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact
from pkgstore_tui.widgets.row_table import RowTable

NAMED: Final = 5
"""How many packages a count names."""


class FilledDialog(PlanDialog):
    """Begins with what the row tells; the focus goes to the first line that is empty, else to Cancel."""

    WORDS: ClassVar[dict[str, str]] = {}
    """What to say of each outcome when they are counted; its own word where it is not in here."""

    def __init__(self, session: Session, start: Start) -> None:
        super().__init__(session)
        self.start = start

    @property
    @abstractmethod
    def blanks(self) -> Sequence[Field]:
        """The lines to fill in, as they are without a row."""

    @property
    def fields(self) -> Sequence[Field]:
        """The lines with what the row tells."""
        return [replace(field, value=field.value or getattr(self.start, field.id, "")) for field in self.blanks]

    def focus_first(self) -> None:
        """Go to the first line that has to be filled in, else to Cancel."""
        empty = next((field.id for field in self.fields if not (field.value or field.optional)), "no")
        self.query_one(f"#{empty}").focus()

    def on_mount(self) -> None:
        """What the rows are."""
        self.query_one("#items", RowTable).set_columns(
            (
                Column[Outcome]("PACKAGE", lambda row: row.package, 12, grow=1, most=24),
                Column[Outcome]("VERSION", _version_cell, 9, 1),
                Column[Outcome]("OUTCOME", lambda row: Part(row.what, row.tone), 8),
                Column[Outcome]("WHY", lambda row: Part(row.why, "muted"), 20, 2, grow=3, most=80),
            )
        )

    def counts(self, outcomes: Sequence[Outcome]) -> list[Fact]:
        """How many packages come to what."""
        return [
            Fact(
                self.WORDS.get(what, what), counted(count, "package") + _named(outcomes, what, tone), tone or "warn"
            )
            for what, tone, count in counts_of(outcomes)
        ]

    def proposed(self, proposal: Proposal, library: str) -> Proposal:
        """The proposal; without what starts it where the disk would refuse."""
        if proposal.factory is None or are_on_one_disk(self.session.place.root, library):
            return proposal
        text = "the library is on another file system than the store: hard links and renames need one"
        return replace(proposal, facts=(Fact("refused", text, "bad"), *proposal.facts), factory=None)


def _named(outcomes: Sequence[Outcome], what: str, tone: str) -> str:
    """What is bad is named at once."""
    if tone != BAD:
        return ""
    names = [outcome.package for outcome in outcomes if outcome.what == what]
    more = f" and {len(names) - NAMED:,} more" if names[NAMED:] else ""
    return f": {', '.join(names[:NAMED])}{more}"


def _version_cell(row: Outcome) -> Cell:
    return Part(row.version or UNKNOWN, "muted" if row.version in ("", UNKNOWN) else "")


def are_on_one_disk(one: str, other: str) -> bool:
    """Whether two paths are on one file system, or would be once they are made; true where nothing tells."""
    try:
        return len({os.stat(_nearest(path)).st_dev for path in (one, other)}) == 1
    except OSError:
        return True


def _nearest(path: str) -> str:
    while not os.path.exists(path) and os.path.dirname(path) != path:
        path = os.path.dirname(path)
    return path
