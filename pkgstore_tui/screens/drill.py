"""A view that is a stack of levels: into a row and back again, each level with its cursor where it was left."""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from pkgstore.keys import ConfigKey
from pkgstore_tui.commands import Command
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.look import Look
from pkgstore_tui.screens.view import ViewScreen
from pkgstore_tui.session import Session
from pkgstore_tui.session.reading import Reading
from pkgstore_tui.widgets.bars import Breadcrumb, Piece
from pkgstore_tui.widgets.facts import Facts
from pkgstore_tui.widgets.row_table import RowTable


class DrillScreen(ViewScreen):
    """A table that one goes into, and details beside it."""

    BINDINGS: ClassVar[list[BindingType]] = []
    REDRAW_EVERY: ClassVar[float] = 1.0
    """Seconds after which ages are drawn again."""

    def __init__(self, session: Session, first: Level[Any]) -> None:
        super().__init__(session)
        self.levels: list[Level[Any]] = [first]
        self._left_at: list[object] = [None]
        self.home = 1
        """How many levels there are where `q` leaves the program."""

    def compose_body(self) -> ComposeResult:
        """The table and the details."""
        yield RowTable(id="rows")
        yield Facts(id="details")

    def on_mount(self) -> None:
        """Begin in the table."""
        self.query_one(Facts).display = False
        self.table.focus()
        self.set_interval(self.REDRAW_EVERY, self.redraw)

    @property
    def table(self) -> RowTable[Any]:
        """The table of the present level."""
        return self.query_one("#rows", RowTable)

    @property
    def level(self) -> Level[Any]:
        """The present level."""
        return self.levels[-1]

    @property
    def reading(self) -> Reading:
        """What is shown; a view may hold on to an older one."""
        return self.session.reading

    @property
    def look(self) -> Look:
        """How it is looked at."""
        return Look(self.reading, self.session.sizes, self.now)

    def now(self) -> float:
        """The time that ages count from."""
        return self.session.clock()

    # --- showing ------------------------------------------------------------------------------------------------

    def show_level(self, at: object = None) -> None:
        """Show the present level, the cursor on the row whose key is `at`."""
        level = self.level
        self.table.cursor = 0
        self.table.set_rows(())
        self.table.set_columns(level.columns(self.look))
        self._show_rows(at)

    def show_reading(self) -> None:
        """Show the newest reading; the cursor stays on its row."""
        self.table.set_columns(self.level.columns(self.look))
        self._show_rows(None)

    def _show_rows(self, at: object) -> None:
        look, level = self.look, self.level
        rows = level.rows(look)
        self.table.empty = level.empty if self.session.reading.complete else "reading the store …"
        self.table.set_rows(rows, key=level.key, at=at)
        self._show_crumbs(rows)
        self.refresh_bindings()

    def _show_crumbs(self, rows: Sequence[Any]) -> None:
        names = [level.crumb for level in self.levels if level.crumb]
        pieces: list[Piece] = []
        for name in names:
            pieces += [Piece(" › ", "muted")] if pieces else []
            pieces += [Piece(name, "accent" if name is names[-1] else "")]
        if not names:
            pieces = [Piece(self.top_crumb, "accent")]
        self.query_one(Breadcrumb).set_pieces(pieces, [Piece(self.level.summary(rows), "muted")])

    top_crumb = ""

    def redraw(self) -> None:
        """Draw again what depends on the time."""
        if self.is_current:
            self.table.refresh()

    def show_sizes(self) -> None:
        """Draw again what depends on sizes."""
        self.table.refresh()
        self._show_facts()

    @on(RowTable.RowHighlighted, "#rows")
    def _show_facts(self) -> None:
        facts = self.query_one(Facts)
        if facts.display:
            row = self.table.row
            facts.set_facts(self.level.facts(self.look, row) if row is not None else ())

    @on(RowTable.RowsShown, "#rows")
    def _measure_what_is_in_sight(self) -> None:
        if not self.reading.complete:  # reading is slow enough
            return
        trees: list[ConfigKey] = []
        for row in self.table.rows_in_sight:
            trees.extend(self.level.trees(row))
        self.session.sizes.want(trees)

    # --- commands -------------------------------------------------------------------------------------------------

    @on(RowTable.RowSelected, "#rows")
    def action_into(self) -> None:
        """Go into the row."""
        row = self.table.row
        deeper = self.level.into(row) if row is not None else None
        if deeper is not None:
            self._left_at[-1] = self.level.key(row)
            self.go(deeper)

    def go(self, level: Level[Any]) -> None:
        """Go to a level below the present one."""
        self.levels.append(level)
        self._left_at.append(None)
        self.table.focus()
        self.show_level()

    def action_back(self) -> None:
        """Go one level back, the cursor on the row it was left from."""
        if len(self.levels) > 1:
            self.levels.pop()
            self._left_at.pop()
            self.table.focus()
            self.show_level(self._left_at[-1])

    def action_details(self) -> None:
        """Show or hide the details."""
        facts = self.query_one(Facts)
        facts.display = not facts.display
        if not facts.display:
            self.table.focus()
        self._show_facts()
        self.refresh_bindings()

    def action_refresh_row(self) -> None:
        """Read the row again."""
        row = self.table.row
        if row is not None:
            self.session.sizes.forget(self.level.trees(row))
            self.session.reread(self.level.records(row))
            self._measure_what_is_in_sight()

    def action_rescan(self) -> None:
        """Read everything again."""
        self.session.rescan()

    @property
    def present_platform(self) -> str:
        """The platform that one is looking at, or the session's."""
        return self.level.platform(self.table.row) or self.session.platform

    def in_footer(self, command: Command) -> bool:
        """`q` is told where it quits; elsewhere it only does what esc does."""
        return command.id != "app.back_out" or len(self.levels) <= self.home

    def word_for(self, command: Command) -> str:
        """Words that depend on where one is."""
        if command.id == "view.details" and self.query_one(Facts).display:
            return "Hide"
        return super().word_for(command)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Into only where there is something below, back only where there is something above."""
        if action == "into":
            return self.level.goes_deeper and self.table.row is not None
        if action == "back":
            return len(self.levels) > 1
        return super().check_action(action, parameters)
