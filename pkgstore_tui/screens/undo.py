"""The dialog that undoes an eviction: what would come back, what cannot, then Cancel or put it back."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pkgstore.journal import Actor
from pkgstore.keys import ConfigKey
from pkgstore.operations.restore import RestorePlan, last_operation, plan_restore
from pkgstore.operations.upkeep import run_restore
from pkgstore.trash import list_trash
from pkgstore.usage import read_tree
from pkgstore_tui.command_lines import line
from pkgstore_tui.format import UNKNOWN, counted, human_age, human_bytes, short_hash
from pkgstore_tui.screens.deeds import deed_name
from pkgstore_tui.screens.journal_levels import Lying, lying, restore_cell
from pkgstore_tui.screens.plan import Field, PlanDialog, Proposal
from pkgstore_tui.session import Session
from pkgstore_tui.widgets.cells import Part
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact
from pkgstore_tui.widgets.row_table import RowTable

NAMED = 6
"""How many packages are named before the rest is counted."""


class UndoDialog(PlanDialog):
    """Put back what an eviction took out."""

    HEADING: ClassVar[str] = "Undo an eviction"
    VERB: ClassVar[str] = "Put back"

    def __init__(self, session: Session, operation: str = "", keys: Sequence[ConfigKey] = ()) -> None:
        """Plan nothing yet.

        Args:
            session: The store.
            operation: Which; the last one that has something in the trash, if empty.
            keys: Only these configs; all, if there are none.
        """
        super().__init__(session)
        self._operation, self._keys = operation, tuple(keys)

    @property
    def fields(self) -> Sequence[Field]:
        """There is nothing to fill in."""
        return ()

    def on_mount(self) -> None:
        """Show each config, and whether it comes back."""
        self.query_one("#items", RowTable).set_columns(
            (
                Column[Lying]("PACKAGE", lambda row: row.key.package, 12, grow=2, most=30),
                Column[Lying]("VERSION", lambda row: row.item.version or Part(UNKNOWN, "muted"), 9, 2),
                Column[Lying]("CONFIG", lambda row: Part(short_hash(row.key.config_hash), "muted"), 8, 3),
                Column[Lying]("", restore_cell, 15, grow=2, most=60),
            )
        )

    def propose(self, values: Mapping[str, str]) -> Proposal:  # noqa: ARG002
        """Plan it; the dialog is for what is in the trash now."""
        layout = self.session.layout
        operation = self._operation or last_operation(layout)
        plan = plan_restore(layout, operation, self._keys or None)
        chosen = frozenset(plan.keys)
        rows = tuple(row for row in lying(layout, operation) if row.key in chosen)
        able = [row for row in rows if row.why is None]
        command = line("restore", operation, *_words(self._keys), store=layout.root)
        facts = (*_consequences(rows, self._bytes(plan, able)), *self._about(operation))
        if not able:
            return Proposal((Fact("puts back", "nothing", "warn"), *facts), rows)
        return Proposal(
            facts,
            rows,
            f"restore {operation}",
            lambda cancel, progress: run_restore(
                layout, plan, Actor.present(command), cancel=cancel, progress=progress
            ),
            command,
        )

    def _about(self, operation: str) -> tuple[Fact, ...]:
        """What it was, in words."""
        deed = self.session.affairs.read().deed(operation)
        began = next(f.began for f in list_trash(self.session.layout, items=False) if f.name == operation)
        age = human_age(max(0.0, self.session.clock() - began))
        when = "just now" if age == "now" else f"{age} ago"
        if deed is None:
            return (Fact("operation", f"{operation}, {when}; the journal does not tell of it"),)
        by = f" by {deed.who}" if deed.who else ""
        return (Fact("operation", f"{deed_name(deed)}{by}, {when}"), Fact("was", deed.command or operation))

    def _bytes(self, plan: RestorePlan, able: Sequence[Lying]) -> int:
        layout = self.session.layout
        return sum(read_tree(layout.trashed(plan.operation, row.key)).own.disk for row in able)


def _words(keys: Sequence[ConfigKey]) -> list[str]:
    return [f"{key.package}@{key.ref}" for key in keys]


def _consequences(rows: Sequence[Lying], size: int) -> list[Fact]:
    able = [row for row in rows if row.why is None]
    names = list(dict.fromkeys(f"{row.key.package} {row.item.version or UNKNOWN}" for row in able))
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    facts = []
    if able:
        facts.append(Fact("puts back", f"{counted(len(able), 'config')}, {human_bytes(size)}", "warn"))
        facts.append(Fact("", ", ".join(names[:NAMED]) + more))
    reasons: dict[str, list[str]] = {}
    for row in rows:
        if row.why is not None:
            reasons.setdefault(row.item.problem or row.why.value, []).append(row.key.package)
    for why, packages in reasons.items():
        said = ", ".join(packages[:NAMED]) + (" …" if len(packages) > NAMED else "")
        facts.append(Fact("stays out", f"{counted(len(packages), 'config')} ({said}): {why}", "bad"))
    return facts
