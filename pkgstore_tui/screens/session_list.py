"""A dialog with one table of what happened in this session, which goes on while one looks."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical

from pkgstore_tui.jobs import SAMPLE
from pkgstore_tui.screens.dialog import DialogScreen
from pkgstore_tui.session import Session
from pkgstore_tui.widgets.bars import KeyBar
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.row_table import RowTable


class SessionList(DialogScreen[None]):
    """One table; which rows it has is asked ten times a second."""

    HEADING: ClassVar[str]
    EMPTY: ClassVar[str]
    """What is said where there are no rows."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    @abstractmethod
    def columns(self) -> Sequence[Column[Any]]:
        """The columns of the table."""

    @abstractmethod
    def rows(self) -> Sequence[Any]:
        """What is in it now, newest first."""

    def compose(self) -> ComposeResult:
        """The table."""
        with Vertical(id="frame") as frame:
            frame.border_title = self.HEADING
            yield RowTable[Any](self.columns(), id=self.SCOPE, empty=self.EMPTY)
            yield KeyBar()

    def on_mount(self) -> None:
        """Begin in the table, and look again and again."""
        self.table.focus()
        self.set_interval(SAMPLE, self.sample)
        self.sample()

    @property
    def table(self) -> RowTable[Any]:
        """The table."""
        return self.query_one(f"#{self.SCOPE}", RowTable)

    def sample(self) -> None:
        """Show the rows as they are now."""
        rows = self.rows()
        if rows != self.table.rows:
            self.table.set_rows(rows, key=id)
            self.refresh_bindings()
        self.table.refresh()

    def action_leave(self) -> None:
        """Leave the list."""
        self.dismiss(None)
