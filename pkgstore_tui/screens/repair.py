"""The dialog of a repair: what is mended, from what to what, what stays and why; then Cancel or mend it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult

from pkgstore.check.report import about_text
from pkgstore.check.run import Checked
from pkgstore.findings import Finding
from pkgstore.journal import Actor
from pkgstore.names import Names
from pkgstore.operations.events import Event
from pkgstore.operations.repair import RepairItem, RepairPlan, Stays, plan_repair, run_repair
from pkgstore.operations.repair_plan import Phase
from pkgstore.progress import Cancel, Progress
from pkgstore_tui.command_lines import line
from pkgstore_tui.format import counted
from pkgstore_tui.screens.digest import Digest
from pkgstore_tui.screens.health_levels import TONES, records_of
from pkgstore_tui.screens.plan import Field, PlanDialog, Proposal
from pkgstore_tui.session import Session
from pkgstore_tui.widgets.cells import Part, Tone
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact, Facts
from pkgstore_tui.widgets.row_table import RowTable

_MOVES: Final[tuple[tuple[Phase, str, Tone], ...]] = (
    (Phase.RESTORE, "to come back out of the trash", "good"),
    (Phase.TRASH, "to go into the trash, where z takes it back out", "warn"),
    (Phase.CLEAN, "left by crashes, to be removed for good", "warn"),
)


@dataclass(frozen=True, eq=False, slots=True)
class PlanRow:
    """One thing that is mended, or stays; `name` says what it is about."""

    name: str
    item: RepairItem | None = None
    stays: Stays | None = None

    @property
    def codes(self) -> str:
        """The codes of its findings."""
        if self.item is not None:
            return ", ".join(self.item.codes)
        return self.stays.finding.code if self.stays else ""

    @property
    def text(self) -> str:
        """What is done, or why nothing is."""
        if self.item is not None:
            return "; ".join(f"{step.before} → {step.after}" for step in self.item.steps)
        return self.stays.why if self.stays else ""


class RepairDialog(PlanDialog):
    """Mend what needs no guessing."""

    HEADING: ClassVar[str] = "Repair"
    VERB: ClassVar[str] = "Repair"

    def __init__(self, session: Session, digest: Digest | None, chosen: frozenset[Finding] | None = None) -> None:
        """Plan nothing yet.

        Args:
            session: The store.
            digest: What is wrong with it; None before that is known.
            chosen: Mend only these findings; all, if None.
        """
        super().__init__(session)
        self._digest, self._chosen = digest, chosen

    @property
    def fields(self) -> Sequence[Field]:
        """There is nothing to fill in."""
        return ()

    def compose_more(self) -> ComposeResult:
        """All there is to say of the row that the cursor is on."""
        yield Facts(id="more")

    def on_mount(self) -> None:
        """What the rows are."""
        self.query_one("#more", Facts).can_focus = False
        self.query_one("#items", RowTable).set_columns(
            (
                Column[PlanRow]("", lambda row: Part("→", "good") if row.item else Part("–", "muted"), 1),
                Column[PlanRow]("WHAT", lambda row: row.name, 14, grow=1, most=40),
                Column[PlanRow]("CODE", _code_cell, 14, 2, most=20),
                Column[PlanRow](
                    "IS → WILL BE", lambda row: Part(row.text, "" if row.item else "muted"), 24, 1, 3, 120
                ),
            )
        )

    @on(RowTable.RowHighlighted, "#items")
    def _show_row(self) -> None:
        row = self.query_one("#items", RowTable).row
        self.query_one("#more", Facts).set_facts(tuple(row_facts(row)) if isinstance(row, PlanRow) else ())

    # --- planning -----------------------------------------------------------------------------------------------

    def propose(self, values: Mapping[str, str]) -> Proposal:  # noqa: ARG002
        """Plan it: looks at the disk, and changes nothing."""
        session, digest, chosen = self.session, self._digest, self._chosen
        if digest is None or digest.partial or not digest.reading.complete:
            return Proposal((Fact("would mend", "nothing is known yet: look again in a moment", "muted"),))
        reading = digest.reading
        read = Checked(reading.snapshot, reading.roots, reading.names, session.clock(), apps=session.place.apps)
        plan = plan_repair(read, digest.findings, chosen=None if chosen is None else chosen.__contains__)
        rows = tuple(rows_of(plan, reading.names))
        if not plan.items:
            return Proposal((Fact("would mend", "nothing", "good"), *_stays_facts(plan)), rows)
        codes = sorted({code for item in plan.items for code in item.codes})
        command = line("repair", only="" if chosen is None else ",".join(codes), store=session.place.root)
        return Proposal(
            (
                Fact("would mend", f"{counted(len(plan.items), 'thing')}: {', '.join(codes)}", "warn"),
                *_moves_facts(plan),
                *_stays_facts(plan),
            ),
            rows,
            f"repair {counted(len(plan.items), 'thing')}",
            lambda cancel, progress: self._events(plan, command, cancel, progress),
            command,
        )

    def _events(self, plan: RepairPlan, command: str, cancel: Cancel, progress: Progress) -> Iterator[Event]:
        """Do it; what it was about is read again, also where it was stopped half way."""
        session = self.session
        keys = {key for item in plan.items for key in records_of(item.subject)}
        try:
            yield from run_repair(session.layout, plan, Actor.present(command), cancel=cancel, progress=progress)
        finally:
            session.reread(keys)
            if any(item.phase is Phase.FOLDER for item in plan.items):
                session.rescan()


def rows_of(plan: RepairPlan, names: Names) -> Iterator[PlanRow]:
    """What is mended, in its order, then what stays."""
    yield from (PlanRow(item.name, item) for item in plan.items)
    yield from (PlanRow(stays.name or about_text(names, stays.finding), stays=stays) for stays in plan.left)


def row_facts(row: PlanRow) -> Iterator[Fact]:
    """All there is to say of a row."""
    yield Fact(row.name)
    if row.item is not None:
        for step in row.item.steps:
            yield Fact("is", step.before)
            yield Fact("will be", step.after, "good")
            yield Fact("path", step.path, "muted")
    if row.stays is not None:
        finding = row.stays.finding
        yield Fact("is", finding.message, TONES[finding.severity])
        yield Fact("stays", row.stays.why)
        if row.stays.advice:
            yield Fact("do", row.stays.advice)
        yield Fact("path", finding.path, "muted")


def _code_cell(row: PlanRow) -> Part:
    return Part(row.codes, "accent" if row.item else TONES[row.stays.finding.severity] if row.stays else "")


def _moves_facts(plan: RepairPlan) -> list[Fact]:
    facts = []
    for phase, what, tone in _MOVES:
        if count := sum(item.phase is phase for item in plan.items):
            facts.append(Fact("", f"{count:,} of them {what}", tone))
    return facts


def _stays_facts(plan: RepairPlan) -> list[Fact]:
    if not plan.left:
        return []
    return [Fact("stays", f"{counted(len(plan.left), 'finding')}: the rows say why, and what to do", "muted")]
