"""Two configs, workers or apps side by side, in sections; only what differs, or everything."""

from collections.abc import Callable
from typing import Any, ClassVar, Final

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.worker import get_current_worker

from pkgstore.compare import Change
from pkgstore.errors import StoreError
from pkgstore_tui.commands import Command
from pkgstore_tui.format import counted
from pkgstore_tui.messages import CopyAsked
from pkgstore_tui.screens.comparing import Comparison, Line
from pkgstore_tui.screens.dialog import DialogScreen, dialog_bindings
from pkgstore_tui.widgets.bars import Breadcrumb, KeyBar, Piece
from pkgstore_tui.widgets.cells import Cell, Part, Tone
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.row_table import RowTable

SIGNS: Final[dict[Change, tuple[str, Tone]]] = {
    Change.SAME: ("=", "muted"),
    Change.CHANGED: ("~", "warn"),
    Change.CAME: ("+", "good"),
    Change.WENT: ("−", "bad"),
}


class CompareScreen(DialogScreen[None]):
    """One comparison, worked out once."""

    SCOPE: ClassVar[str] = "compare"
    BINDINGS: ClassVar[list[BindingType]] = dialog_bindings("compare")

    def __init__(self, ask: Callable[[], Comparison]) -> None:
        """Compare.

        Args:
            ask: Works the comparison out; called in a thread.
        """
        super().__init__()
        self.comparison: Comparison | None = None
        self.shows_all = False
        self._ask = ask

    def compose(self) -> ComposeResult:
        """Heading, table, keys."""
        with Vertical(id="frame"):
            yield Breadcrumb()
            yield RowTable[Line](id="lines", empty="comparing …")
            yield KeyBar()

    def on_mount(self) -> None:
        """Work it out."""
        self.table.focus()
        self.query_one(Breadcrumb).set_pieces([Piece("Compare", "accent")])
        self._compare()

    @property
    def table(self) -> RowTable[Any]:
        """The lines."""
        return self.query_one("#lines", RowTable)

    @work(thread=True, group="compare", exclusive=True, exit_on_error=False)
    def _compare(self) -> None:
        answer: Comparison | str
        try:
            answer = self._ask()
        except StoreError as error:
            answer = str(error)
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._compared, answer)

    def _compared(self, answer: Comparison | str) -> None:
        if isinstance(answer, str):
            self.table.empty = answer
            self.table.refresh()
            return
        self.comparison = answer
        self._show()

    def _show(self) -> None:
        found = self.comparison
        if found is None:
            return
        self.table.empty = "both are the same; a shows everything"
        self.table.set_columns(
            [
                Column("", _sign, 1),
                Column("", _name, 14, grow=2, most=40),
                Column(found.before, lambda row: Part(row.before, _tone(row, Change.WENT)), 10, grow=3, most=80),
                Column(found.after, lambda row: Part(row.after, _tone(row, Change.CAME)), 10, grow=3, most=80),
            ]
        )
        self.table.set_rows(found.shown(everything=self.shows_all), key=lambda row: row)
        what = "everything" if self.shows_all else "only what differs"
        both = f"{found.both}: " if found.both else ""
        right = [Piece(f"{counted(found.differing, 'difference')} · {what}", "muted")]
        self.query_one(Breadcrumb).set_pieces([Piece(f"{both}{found.before} ↔ {found.after}", "accent")], right)

    def word_for(self, command: Command) -> str:
        """What `a` does now."""
        return "Differences" if command.id == "compare.all" and self.shows_all else super().word_for(command)

    def action_show_all(self) -> None:
        """Show everything, or only what differs."""
        self.shows_all = not self.shows_all
        self._show()
        self.refresh_bindings()

    def action_copy(self) -> None:
        """Copy the command line."""
        if self.comparison is not None:
            self.post_message(CopyAsked(self.comparison.command, "the command line"))

    def action_leave(self) -> None:
        """Leave."""
        self.dismiss(None)


def _sign(row: Line) -> Cell:
    return "" if row.change is None else Part(*SIGNS[row.change])


def _name(row: Line) -> Cell:
    return Part(row.name, "accent" if row.change is None else "muted" if row.change is Change.SAME else "")


def _tone(row: Line, own: Change) -> Tone:
    """What one side alone has stands out on that side."""
    if row.change is Change.CHANGED:
        return "warn"
    return SIGNS[own][1] if row.change is own else "muted" if row.change is Change.SAME else ""
