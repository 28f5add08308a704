"""The dialog that takes changed configs out: looks at each again, says who is without it, then asks."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import ClassVar, Final

from pkgstore.accounts import Inventory
from pkgstore.consequences import consequences
from pkgstore.journal import Actor, Journal, new_operation
from pkgstore.layout import Layout
from pkgstore.operations.events import Event
from pkgstore.operations.evict import apply_evict
from pkgstore.operations.quarantine import QuarantineItem, QuarantinePlan, plan_quarantine
from pkgstore.operations.recording import recorded
from pkgstore.operations.verify_config import check_config
from pkgstore.operations.verify_events import Verified
from pkgstore.pace import Pace
from pkgstore.progress import Cancel, Progress
from pkgstore_tui.command_lines import line
from pkgstore_tui.format import counted, short_ref
from pkgstore_tui.screens.evict_form import REFS_AT_MOST
from pkgstore_tui.screens.plan import Field, PlanDialog, Proposal
from pkgstore_tui.session import Session
from pkgstore_tui.session.contents import Told
from pkgstore_tui.verify_words import broken_text, keepers_text
from pkgstore_tui.widgets.cells import Part
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact, Facts
from pkgstore_tui.widgets.row_table import RowTable

KIND: Final = "quarantine"


class ChangedDialog(PlanDialog):
    """A plan for configs whose files were changed."""

    def __init__(self, session: Session, told: Sequence[Told]) -> None:
        """Plan nothing yet; `told` is what content checks found."""
        super().__init__(session)
        self._told = tuple(told)
        self._cancel = Cancel()

    @property
    def fields(self) -> Sequence[Field]:
        """There is nothing to fill in."""
        return ()

    def on_unmount(self) -> None:
        """Nobody waits for an answer any more."""
        self._cancel.set()

    def command(self, *, accept: bool) -> str:
        """The command line that does the same; empty where more is named than one would hold."""
        platforms = {told.key.platform for told in self._told}
        names = sorted({f"{told.key.package}@{told.key.ref}" for told in self._told})
        if len(platforms) != 1 or len(names) > REFS_AT_MOST:
            return ""
        root, platform = self.session.place.root, min(platforms)
        return line("verify", *names, platform=platform, accept=accept, quarantine=not accept, store=root)


class QuarantineDialog(ChangedDialog):
    """Move what was changed to the trash."""

    HEADING: ClassVar[str] = "Quarantine what was changed"
    VERB: ClassVar[str] = "Quarantine"

    def on_mount(self) -> None:
        """What the rows are, and that they are looked at again."""
        name = self.session.reading.config_name
        self.query_one("#items", RowTable).set_columns(
            (
                Column[QuarantineItem]("PACKAGE", lambda row: name(row.key), 14, grow=1, most=40),
                Column[QuarantineItem]("CONFIG", lambda row: Part(short_ref(row.key), "muted"), 17, 2),
                Column[QuarantineItem](
                    "CHANGED", lambda row: row.reason.rpartition(": ")[2], 20, 1, grow=3, most=80
                ),
            )
        )
        self.query_one("#plan", Facts).set_facts((Fact("", "looking at them once more …", "muted"),))

    def propose(self, values: Mapping[str, str]) -> Proposal:  # noqa: ARG002
        """Look at each again, and plan what still is changed; what would be missed, and by whom."""
        found = [self._again(told) for told in self._told]
        plan = plan_quarantine(found)
        going = {item.key for item in plan.items}
        stays = [event for event in found if event.key not in going]
        reading = self.session.reading
        facts = [Fact("stays", f"{reading.config_name(e.key)}: {e.note or e.outcome.value}", "good") for e in stays]
        if not plan.items:
            return Proposal((Fact("would go", "nothing", "good"), *facts))
        breaks = consequences(going, reading.roots, Inventory()).breaks
        keepers = keepers_text(event for event in found if event.key in going)
        command = self.command(accept=False)
        return Proposal(
            (
                Fact("would go", f"{counted(len(plan.items), 'config')}, into the trash; z puts it back", "warn"),
                Fact("then", "the next build that needs it makes it anew"),
                *(Fact("" if i else "until then", broken_text(each), "bad") for i, each in enumerate(breaks)),
                *([Fact("keep them", f"{keepers}: the changed files, until made anew", "warn")] if keepers else []),
                *(Fact("not known", f"{item.path}: {item.why}", "warn") for item in reading.roots.damage),
                *facts,
            ),
            plan.items,
            f"quarantine {counted(len(plan.items), 'config')}",
            partial(quarantine, self.session.layout, plan, command),
            command,
        )

    def _again(self, told: Told) -> Verified:
        session = self.session
        event = check_config(session.layout, told.key, cancel=self._cancel, pace=Pace()).event
        session.contents.tell(event, session.clock(), session.reading.snapshot)
        return event


def quarantine(
    layout: Layout, plan: QuarantinePlan, command: str, cancel: Cancel, progress: Progress
) -> Iterator[Event]:
    """Do it, and write it into the journal as the command line does."""
    name = new_operation(KIND)
    journal = Journal(layout, name, Actor.present(command))
    progress.start(len(plan.items), "looking at each once more")
    events = apply_evict(layout, plan, operation=name, cancel=cancel, progress=progress)
    return recorded(journal, KIND, {"items": len(plan.items), "trash": True}, events)
