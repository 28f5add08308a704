"""The workers view: who has a library, what is in it, and what came, went or changed lately, live."""

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from pkgstore_tui.commands import Command, bindings
from pkgstore_tui.screens import style_files
from pkgstore_tui.screens.drill import DrillScreen
from pkgstore_tui.screens.worker_levels import WorkersLevel, log_columns
from pkgstore_tui.session import Session
from pkgstore_tui.session.reading import Reading
from pkgstore_tui.widgets.bars import Breadcrumb, Piece
from pkgstore_tui.widgets.row_table import RowTable


class WorkersScreen(DrillScreen):
    """What the workers have."""

    CSS_PATH = style_files("view", "workers")
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("workers")]
    VIEW: ClassVar[str] = "workers"
    top_crumb = "Workers"

    def __init__(self, session: Session) -> None:
        super().__init__(session, WorkersLevel())
        self._held: tuple[Reading, float] | None = None

    def compose_body(self) -> ComposeResult:
        """The table, the details, and the event log below."""
        yield from super().compose_body()
        yield RowTable(id="events", empty="nothing has changed since this was opened", header=False, quiet=True)

    @property
    def reading(self) -> Reading:
        """The newest, or the one that is held."""
        return self._held[0] if self._held else self.session.reading

    def now(self) -> float:
        """The time; it stands still while updates are held."""
        return self._held[1] if self._held else self.session.clock()

    @property
    def events(self) -> RowTable[Any]:
        """The event log."""
        return self.query_one("#events", RowTable)

    def show_reading(self) -> None:
        """Show the newest reading, and what changed."""
        super().show_reading()
        self.events.set_columns(log_columns(self.reading))
        self.events.set_rows(self.reading.news.entries)
        self._show_held()

    def redraw(self) -> None:
        """Ages, and marks that have had their time."""
        if self.is_current and self._held is None:
            self._show_rows(None)
            self._show_held()

    def _show_held(self) -> None:
        if self._held is not None:
            crumb = self.query_one(Breadcrumb)
            crumb.set_pieces((*crumb.left, Piece("  PAUSED", "warn")), crumb.right)

    def action_pause(self) -> None:
        """Hold updates, or go on."""
        self._held = None if self._held else (self.session.reading, self.session.clock())
        self.show_reading()

    def word_for(self, command: Command) -> str:
        """Pause or resume."""
        if command.id == "view.pause" and self._held:
            return "Resume"
        return super().word_for(command)
