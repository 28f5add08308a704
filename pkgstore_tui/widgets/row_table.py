"""A table that draws only the lines in sight, over a tuple: a million rows appear at once.

Rows are whatever the screen likes; columns turn one into cells when it is drawn.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from pkgstore_tui.commands import bindings
from pkgstore_tui.widgets.cells import TONES, Part, Tone, cut, segments
from pkgstore_tui.widgets.columns import GAP, Column, Row, fit


def _same(row: object) -> object:
    return row


class RowTable(ScrollView, Generic[Row], can_focus=True, inherit_bindings=False):
    """Virtual rows with a cursor. Give it rows with `set_rows`; it answers with messages."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("table")]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "row-table--header",
        "row-table--cursor",
        *(f"row-table--{tone}" for tone in TONES),
    }

    cursor: reactive[int] = reactive(0, repaint=False)

    @dataclass
    class RowHighlighted(Message):
        """The cursor is on another row; `row` is None where there is none."""

        table: "RowTable[Any]"
        row: Any
        index: int

        @property
        def control(self) -> "RowTable[Any]":
            """The table."""
            return self.table

    @dataclass
    class RowSelected(Message):
        """A row was asked for, by double click (the keys belong to the screen)."""

        table: "RowTable[Any]"
        row: Any

        @property
        def control(self) -> "RowTable[Any]":
            """The table."""
            return self.table

    @dataclass
    class RowsShown(Message):
        """Other rows are in sight now."""

        table: "RowTable[Any]"

        @property
        def control(self) -> "RowTable[Any]":
            """The table."""
            return self.table

    def __init__(
        self,
        columns: Sequence[Column[Row]] = (),
        *,
        empty: str = "nothing here",
        header: bool = True,
        quiet: bool = False,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.columns: tuple[Column[Row], ...] = tuple(columns)
        self.rows: tuple[Row, ...] = ()
        self.empty = empty
        self._titles = 1 if header else 0
        self._quiet = quiet
        self._key: Callable[[Row], object] = _same
        self._fitted: tuple[tuple[Column[Row], int], ...] = ()
        self._fitted_to = -1
        self._styles: dict[Tone, Style] = {}

    # --- told by the screen -----------------------------------------------------------------------------------

    def set_columns(self, columns: Sequence[Column[Row]]) -> None:
        """Show other columns."""
        self.columns = tuple(columns)
        self._fitted_to = -1
        self.refresh()

    def set_rows(
        self, rows: Sequence[Row], *, key: Callable[[Row], object] | None = None, at: object = None
    ) -> None:
        """Show other rows; the cursor stays on the row it is on, or goes to the row whose key is `at`.

        Args:
            rows: All rows.
            key: What stays the same about a row while its contents change.
            at: The key of the row to go to.
        """
        wanted = at if at is not None else (self._key(self.rows[self.cursor]) if self.rows else None)
        if key is not None:
            self._key = key
        self.rows = tuple(rows)
        self.virtual_size = Size(0, len(self.rows) + self._titles)
        self.cursor = self._find(wanted)
        self.refresh()
        self._keep_in_sight()
        self._tell()
        self.post_message(self.RowsShown(self))

    @property
    def row(self) -> Row | None:
        """The row that the cursor is on."""
        return self.rows[self.cursor] if self.cursor < len(self.rows) else None

    @property
    def rows_in_sight(self) -> tuple[Row, ...]:
        """The rows that are drawn now."""
        top = self.scroll_offset.y
        return self.rows[top : top + max(1, self._page)]

    # --- the cursor ---------------------------------------------------------------------------------------------

    @property
    def _page(self) -> int:
        return self.scrollable_content_region.height - self._titles

    def _find(self, wanted: object) -> int:
        last = max(0, len(self.rows) - 1)
        if self.cursor <= last and self.rows and self._key(self.rows[self.cursor]) == wanted:
            return self.cursor
        return next((i for i, row in enumerate(self.rows) if self._key(row) == wanted), min(self.cursor, last))

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor on the rows."""
        return max(0, min(cursor, len(self.rows) - 1))

    def watch_cursor(self) -> None:
        """Show and tell where the cursor is."""
        self._keep_in_sight()
        self.refresh()
        self._tell()

    def _tell(self) -> None:
        self.post_message(self.RowHighlighted(self, self.row, self.cursor))

    def _keep_in_sight(self) -> None:
        top = self.scroll_offset.y
        if self._page <= 0:
            return
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= top + self._page:
            self.scroll_to(y=self.cursor - self._page + 1, animate=False, force=True)

    def action_cursor_down(self) -> None:
        """Go one row down."""
        self.cursor += 1

    def action_cursor_up(self) -> None:
        """Go one row up."""
        self.cursor -= 1

    def action_cursor_top(self) -> None:
        """Go to the first row."""
        self.cursor = 0

    def action_cursor_bottom(self) -> None:
        """Go to the last row."""
        self.cursor = len(self.rows) - 1

    def action_page_down(self) -> None:
        """Go a page down."""
        self.cursor += max(1, self._page - 1)

    def action_page_up(self) -> None:
        """Go a page up."""
        self.cursor -= max(1, self._page - 1)

    def on_click(self, event: Click) -> None:
        """Go to the row that was clicked, and into it on the second click."""
        index = event.y - self._titles + self.scroll_offset.y
        if event.y < self._titles or index >= len(self.rows):
            return
        self.cursor = index
        if event.chain == 2:
            self.post_message(self.RowSelected(self, self.row))

    # --- drawing ------------------------------------------------------------------------------------------------

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._keep_in_sight()
        self.post_message(self.RowsShown(self))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Tell that other rows are in sight."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self.post_message(self.RowsShown(self))

    def _fit(self, width: int) -> tuple[tuple[Column[Row], int], ...]:
        """The columns for the width that is drawn now: a scroll bar may have come since the rows were set."""
        if width != self._fitted_to:
            self._fitted, self._fitted_to = fit(self.columns, width - 2), width
        return self._fitted

    def render_line(self, y: int) -> Strip:
        """Draw one line in sight: the titles, a row, or nothing."""
        width = self.scrollable_content_region.width
        if y < self._titles:
            return self._header(width)
        index = y - self._titles + self.scroll_offset.y
        if index < len(self.rows):
            return self._line(index, width)
        if not self.rows and y == self._titles + 1:
            return self._strip([Segment(" " + cut(self.empty, width - 1), self._style("muted"))], width)
        return Strip.blank(width, self._style(""))

    def notify_style_update(self) -> None:
        """Work out the styles again: asking for them is most of what a line costs, so they are kept."""
        self._styles.clear()
        super().notify_style_update()

    def _style(self, tone: Tone) -> Style:
        if tone not in self._styles:
            base = self.rich_style
            part = self.get_component_rich_style(f"row-table--{tone}", partial=True) if tone else Style.null()
            self._styles[tone] = base + part
        return self._styles[tone]

    def _header(self, width: int) -> Strip:
        style = self.get_component_rich_style("row-table--header")
        line = [Segment(" ", style)]
        for index, (column, room) in enumerate(self._fit(width)):
            line.append(Segment(" " * (GAP if index else 0), style))
            line.extend(segments(Part(column.title), room, lambda _tone: style, right=column.right))
        return Strip(line).adjust_cell_length(width, style)

    def _line(self, index: int, width: int) -> Strip:
        row = self.rows[index]
        marked = index == self.cursor and (self.has_focus or not self._quiet)
        bar = self.get_component_rich_style("row-table--cursor") if marked else None
        # on the cursor's bar every tone is the bar's own, so that it can be read in each theme
        style_of = (lambda _tone: bar) if bar else self._style
        plain = style_of("")
        line = [Segment(" ", plain)]
        for place, (column, room) in enumerate(self._fit(width)):
            line.append(Segment(" " * (GAP if place else 0), plain))
            line.extend(segments(column.cell(row), room, style_of, right=column.right))
        return Strip(line).adjust_cell_length(width, plain)

    def _strip(self, line: list[Segment], width: int) -> Strip:
        return Strip(line).adjust_cell_length(width, self._style(""))
