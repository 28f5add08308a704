"""Choose what a table is sorted by."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from pkgstore_tui.screens.dialog import DialogScreen, dialog_bindings
from pkgstore_tui.widgets.bars import KeyBar
from pkgstore_tui.widgets.cells import Part
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.row_lines import DOWN, UP
from pkgstore_tui.widgets.row_table import RowTable

Choice = tuple[str, str]
"""A field, and the title of its column."""


class SortScreen(DialogScreen[str | None]):
    """The columns that can be sorted by, the present one chosen; answers with a field."""

    SCOPE: ClassVar[str] = "sort"
    BINDINGS: ClassVar[list[BindingType]] = dialog_bindings("sort")

    def __init__(self, choices: Sequence[Choice], present: str, reverse: bool) -> None:
        """A chooser.

        Args:
            choices: What there is to choose from.
            present: The field that is sorted by now.
            reverse: Whether that is in reverse.
        """
        super().__init__()
        self.choices = tuple(choices)
        self.present, self.reverse = present, reverse

    def compose(self) -> ComposeResult:
        """One list."""
        with Vertical(id="frame") as frame:
            frame.border_title = "Sort by"
            yield RowTable[Choice](
                [
                    Column("", self._sign, 1),
                    Column("", lambda choice: choice[1].capitalize(), 12, grow=1, most=30),
                ],
                id="choices",
                header=False,
            )
            yield KeyBar()

    def on_mount(self) -> None:
        """The cursor on the present one."""
        self.table.set_rows(self.choices, key=lambda choice: choice[0], at=self.present)
        self.table.styles.height = len(self.choices)
        self.table.focus()

    @property
    def table(self) -> RowTable[Choice]:
        """The list."""
        return self.query_one("#choices", RowTable)

    def _sign(self, choice: Choice) -> Part:
        return Part((DOWN if self.reverse else UP) if choice[0] == self.present else "", "accent")

    def action_next_choice(self) -> None:
        """The next one, and after the last the first."""
        self.table.cursor = (self.table.cursor + 1) % len(self.choices)

    @on(RowTable.RowSelected)
    def action_choose(self) -> None:
        """Sort by it."""
        if self.table.row is not None:
            self.dismiss(self.table.row[0])

    def action_leave(self) -> None:
        """Leave all as it is."""
        self.dismiss(None)
