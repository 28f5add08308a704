"""The dialog that takes changed files for good: what they are now is what later checks compare with."""

from collections.abc import Mapping
from typing import ClassVar

from pkgstore.operations.verify import VerifyRules
from pkgstore.operations.verify_plan import plan_verify
from pkgstore_tui.format import counted, short_ref
from pkgstore_tui.screens.contents_levels import found_text
from pkgstore_tui.screens.plan import Proposal
from pkgstore_tui.screens.quarantine import ChangedDialog
from pkgstore_tui.session.contents import Told
from pkgstore_tui.widgets.cells import Part
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact
from pkgstore_tui.widgets.row_table import RowTable


class AcceptDialog(ChangedDialog):
    """Write new baselines in the place of those that do not hold any more."""

    HEADING: ClassVar[str] = "Take changed files for good"
    VERB: ClassVar[str] = "Accept"

    def on_mount(self) -> None:
        """What the rows are."""
        name = self.session.reading.config_name
        self.query_one("#items", RowTable).set_columns(
            (
                Column[Told]("PACKAGE", lambda row: name(row.key), 14, grow=1, most=40),
                Column[Told]("CONFIG", lambda row: Part(short_ref(row.key), "muted"), 17, 2),
                Column[Told]("CHANGED", found_text, 20, 1, grow=3, most=80),
            )
        )

    def propose(self, values: Mapping[str, str]) -> Proposal:  # noqa: ARG002
        """Plan it."""
        plan = plan_verify(self.session.reading.snapshot, keys=[told.key for told in self._told])
        if not plan.keys:
            return Proposal((Fact("would take", "nothing: the row is about nothing that V found changed", "good"),))
        count = counted(len(plan.keys), "config")
        return Proposal(
            (
                Fact("would take", f"what {count} hold{'s' if len(plan.keys) == 1 else ''} now, for good", "warn"),
                Fact("then", "later checks compare with that: what was there before is not known any more"),
                Fact("beware", "builds go on getting these files, and workers have them", "warn"),
            ),
            self._told,
            f"accept {count}",
            self.session.checking(plan, VerifyRules(accept=True)),
            self.command(accept=True),
        )
