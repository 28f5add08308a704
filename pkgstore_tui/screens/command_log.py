"""What was done in this session, as command lines: everything the interface does is one of them."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.binding import BindingType

from pkgstore_tui.format import human_time
from pkgstore_tui.messages import CopyAsked
from pkgstore_tui.screens.dialog import dialog_bindings
from pkgstore_tui.screens.job import outcome
from pkgstore_tui.screens.session_list import SessionList
from pkgstore_tui.session import Logged, Session
from pkgstore_tui.widgets.cells import Cell, Part
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.row_table import RowTable

SHOWN: str = "shown now"


class CommandLog(SessionList):
    """The command line of what is shown now, then what was done, newest first."""

    SCOPE: ClassVar[str] = "log"
    BINDINGS: ClassVar[list[BindingType]] = dialog_bindings("log")
    HEADING = "Command log"
    EMPTY = "nothing was done yet"

    def __init__(self, session: Session, present: str) -> None:
        """Show the log.

        Args:
            session: Its log and jobs.
            present: The command line that gives what is shown now; empty where there is none.
        """
        super().__init__(session)
        self._present = (Logged(session.clock(), present, result=SHOWN),) if present else ()

    def columns(self) -> Sequence[Column[Logged]]:
        """When, what, and what it came to."""
        return (
            Column("TIME", _time, 8, 1),
            Column("COMMAND", lambda row: row.line, 24, grow=4, most=300),
            Column("RESULT", _result, 12, 2, grow=1, most=40),
        )

    def rows(self) -> Sequence[Logged]:
        """What is shown now, then the log."""
        return (*self._present, *reversed(self.session.log))

    @on(RowTable.RowSelected)
    def action_copy(self) -> None:
        """Copy the command line that the cursor is on."""
        if self.table.row is not None:
            self.post_message(CopyAsked(self.table.row.line, "the command line"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is nothing to copy in an empty log."""
        del parameters
        return action != "copy" or bool(self._present or self.session.log)


def _time(row: Logged) -> Cell:
    return "" if row.result == SHOWN else Part(human_time(row.at)[-8:], "muted")


def _result(row: Logged) -> Cell:
    if row.job is None:
        return Part(row.result, "accent" if row.result == SHOWN else "muted")
    if row.job.is_running:
        return Part("running", "accent")
    return Part(*outcome(row.job))
