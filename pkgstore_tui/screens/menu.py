"""A short menu: choose one of a few."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content

from pkgstore_tui.format import safe_text
from pkgstore_tui.screens.dialog import DialogScreen, dialog_bindings
from pkgstore_tui.widgets.bars import KeyBar
from pkgstore_tui.widgets.cells import Part
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.row_table import RowTable


@dataclass(frozen=True, slots=True)
class Choice:
    """One row of a menu: its word, what it leads to, and what it gives to whoever asked."""

    label: str
    detail: str
    value: Any


class Menu(DialogScreen[Any]):
    """Answers with the value of the choice, or None."""

    SCOPE: ClassVar[str] = "menu"
    BINDINGS: ClassVar[list[BindingType]] = dialog_bindings("menu")

    def __init__(self, title: str, choices: Sequence[Choice]) -> None:
        super().__init__()
        self._heading = title
        self.choices = tuple(choices)

    def compose(self) -> ComposeResult:
        """One table."""
        room = max((len(choice.label) for choice in self.choices), default=4)
        with Vertical(id="frame") as frame:
            frame.border_title = Content(safe_text(self._heading))
            yield RowTable[Choice](
                [
                    Column("", lambda choice: choice.label, min(room, 24)),
                    Column("", lambda choice: Part(choice.detail, "muted"), 8, 1, grow=1, most=200),
                ],
                id="choices",
                header=False,
            )
            yield KeyBar()

    def on_mount(self) -> None:
        """Begin at the first."""
        table: RowTable[Choice] = self.query_one("#choices", RowTable)
        table.set_rows(self.choices, key=id)
        table.styles.height = max(1, len(self.choices))
        table.focus()

    @on(RowTable.RowSelected)
    def action_choose(self) -> None:
        """Take the row that the cursor is on."""
        row = self.query_one("#choices", RowTable).row
        if row is not None:
            self.dismiss(row.value)

    def action_leave(self) -> None:
        """Take none."""
        self.dismiss(None)
