"""A view that is a stack of levels: into a row and back again, each level with its cursor where it was left."""

from collections.abc import Awaitable, Sequence
from typing import Any, ClassVar

from textual import on
from textual.binding import BindingType

from pkgstore.fields import filter_help
from pkgstore_tui.commands import Command, bindings
from pkgstore_tui.screens.evicting import Evicting
from pkgstore_tui.screens.help import Shown
from pkgstore_tui.screens.latest import Arrival
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.present_line import present_line
from pkgstore_tui.screens.row_pins import PinTools
from pkgstore_tui.screens.rows_screen import Place
from pkgstore_tui.screens.verifying import Verifying
from pkgstore_tui.session import Session
from pkgstore_tui.widgets.bars import Breadcrumb, Piece
from pkgstore_tui.widgets.facts import Facts
from pkgstore_tui.widgets.marks import NO_MARKS
from pkgstore_tui.widgets.row_table import RowTable


class DrillScreen(Evicting, Verifying, PinTools):
    """A table that one goes into, and details beside it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("rows")]
    SCOPES: ClassVar[tuple[str, ...]] = ("view", "rows")
    NOT_IN_FOOTER: ClassVar[frozenset[str]] = frozenset({"view.compare", "store.undo", "rows.verify"})
    """Ids of commands that have no place in the footer here, though they have one in other views."""
    top_crumb = ""

    def __init__(self, session: Session, first: Level[Any]) -> None:
        super().__init__(session, first)
        self.home = 1
        """How many levels there are where `q` leaves the program."""

    @property
    def levels(self) -> tuple[Level[Any], ...]:
        """The levels that one came through, the present one last."""
        return tuple(place.level for place in self.places)

    # --- showing ------------------------------------------------------------------------------------------------

    def show_level(self, at: object = None) -> Arrival:
        """Show the present level, the cursor on the row whose key is `at`."""
        self._first, self._totals = self._number + 1, {}
        self.show_filter()
        self.refresh_bindings()
        return self.ask(at)

    def show_around(self) -> None:
        """The breadcrumb, and what there is."""
        super().show_around()
        deep = [index for index, place in enumerate(self.places) if place.level.crumb]
        pieces: list[Piece] = []
        for index in deep:
            here = index == len(self.places) - 1
            pieces += [Piece(" › ", "muted")] if pieces else []
            action = "" if here else f"screen.to_level({index})"
            pieces.append(Piece(self.places[index].level.crumb, "accent" if here else "", action))
        if not deep:
            pieces = [Piece(self.top_crumb, "accent")]
        shown = self.shown
        right = [*self.summary_notes(), Piece(shown.summary if shown else "", "muted")]
        self.query_one(Breadcrumb).set_pieces([*pieces, *self.crumb_notes()], right)
        self.refresh_bindings()

    def crumb_notes(self) -> Sequence[Piece]:
        """What else to say behind the breadcrumb."""
        return ()

    # --- commands -------------------------------------------------------------------------------------------------

    @on(RowTable.RowSelected, "#rows")
    def action_into(self) -> Awaitable[None] | None:
        """Go into the row; the next key waits for what is there, but not for long."""
        row = self.row
        deeper = self.level.into(row) if row is not None else None
        if deeper is None:
            self.view_file(self.level.file_of(row) if row is not None else "")
            return None
        self.place.at, self.place.top = self.level.key(row), self.table.scroll_offset.y
        return self.go(deeper)

    def go(self, level: Level[Any], at: object = None) -> Arrival:
        """Go to a level below the present one, the cursor on the row whose key is `at`."""
        self.place.marks = NO_MARKS
        self.places.append(Place(level, at))
        self.table.focus()
        return self.show_level(at)

    def go_to(self, levels: Sequence[Level[Any]], at: object = None) -> Arrival:
        """Go to levels below the first one, wherever one is, the cursor on the row whose key is `at`."""
        del self.places[1:]
        self.places += [Place(level) for level in levels]
        self.table.focus()
        return self.show_level(at)

    def action_to_level(self, index: int) -> Arrival | None:
        """Go back to a level."""
        if not 0 <= index < len(self.places) - 1:
            return None
        del self.places[index + 1 :]
        self.place.marks = NO_MARKS
        self.table.focus()
        return self.show_level(self.place.at)

    def action_back(self) -> Arrival | None:
        """Let go of a range, or of the filter; else go one level back, to the row one came from."""
        if self.place.marks.is_range_open:
            return self.mark(lambda marks: marks.without_range())
        if self.place.choice.text:
            return self.clear_filter()
        return self.action_to_level(len(self.places) - 2)

    def action_details(self) -> Arrival | None:
        """Show or hide the details."""
        facts = self.query_one(Facts)
        facts.display = not facts.display
        if not facts.display:
            self.table.focus()
        self.refresh_bindings()
        return self._show_facts()

    def action_refresh_row(self) -> None:
        """Read the row again."""
        row = self.row
        if row is not None:
            self.session.sizes.forget(self.level.trees(row))
            self.session.reread(self.level.records(row))
            self._measure_what_is_in_sight()

    def action_rescan(self) -> None:
        """Read everything again."""
        self.session.rescan()

    def present_row(self) -> tuple[Level[Any], Any] | None:
        """The row that the cursor is on, and its level."""
        row = self.row
        return None if row is None else (self.level, row)

    def place_names(self) -> tuple[str, ...]:
        """The view and the breadcrumb."""
        return self.VIEW, *(level.crumb for level in self.levels)

    def compared_rows(self) -> tuple[Any, ...]:
        """The marked rows; where only one is marked, that one and the one the cursor is on."""
        marked, row = self.marked_rows, self.row
        key = self.level.key
        if len(marked) == 1 and row is not None and key(row) != key(marked[0]):
            return (*marked, row)
        return marked

    def present_filter(self) -> str:
        """The filter of the present level."""
        return self.place.choice.text

    def help_on_rows(self) -> Shown:
        """The columns, and what they can be filtered by."""
        fields = self.shown.fields if self.shown else {}
        return Shown([column.title for column in self.table.columns], filter_help(fields))

    def present_command(self) -> str:
        """The command line that gives what is shown."""
        choice = self.place.choice
        return present_line(
            self.VIEW,
            self.level,
            self.session.place.root,
            words=choice.text,
            sort=choice.sort,
            reverse=choice.reverse,
        )

    @property
    def present_platform(self) -> str:
        """The platform that one is looking at, or the session's."""
        return self.level.platform(self.row) or self.session.platform

    def in_footer(self, command: Command) -> bool:
        """`q` is told where it quits; elsewhere it does what esc does. While one types: what ends that."""
        if self.filter_bar.is_editing:
            return command.scope == "filter"
        if command.id in self.NOT_IN_FOOTER:
            return False
        return command.id != "app.back_out" or len(self.places) <= self.home

    def word_for(self, command: Command) -> str:
        """Words that depend on where one is."""
        if command.id == "view.details" and self.query_one(Facts).display:
            return "Hide"
        if command.id == "view.back" and self.place.choice.text:
            return "Clear"
        return super().word_for(command)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Into only where there is something below, back only where there is something above."""
        if action == "into":
            return self.level.goes_deeper and self.row is not None
        if action == "back":
            return len(self.places) > 1 or bool(self.place.choice.text) or self.place.marks.is_range_open
        return super().check_action(action, parameters)
