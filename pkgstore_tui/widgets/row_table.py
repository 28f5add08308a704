"""A table that draws only the lines in sight, over a tuple: a million rows appear at once.

Rows are whatever the screen likes; columns turn one into cells when it is drawn.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual.binding import BindingType
from textual.events import Click
from textual.geometry import Size
from textual.message import Message

from pkgstore.query import Picked
from pkgstore_tui.commands import bindings
from pkgstore_tui.widgets.columns import Column, Row
from pkgstore_tui.widgets.row_lines import RowLines


@dataclass
class TableMessage(Message):
    """Something that a table says."""

    table: "RowTable[Any]"

    @property
    def control(self) -> "RowTable[Any]":
        """The table."""
        return self.table


class RowTable(RowLines[Row], can_focus=True, inherit_bindings=False):
    """Virtual rows with a cursor. Give it rows with `set_rows`; it answers with messages."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("table")]

    @dataclass
    class RowHighlighted(TableMessage):
        """The cursor is on another row; `row` is None where there is none."""

        row: Any
        index: int

    @dataclass
    class RowSelected(TableMessage):
        """A row was asked for, by double click (the keys belong to the screen)."""

        row: Any

    @dataclass
    class RowsShown(TableMessage):
        """Other rows are in sight now."""

    @dataclass
    class HeaderClicked(TableMessage):
        """A title was clicked."""

        column: Column[Any]

    def __init__(
        self,
        columns: Sequence[Column[Row]] = (),
        *,
        empty: str = "nothing here",
        header: bool = True,
        quiet: bool = False,
        id: str | None = None,
    ) -> None:
        """A table without rows.

        Args:
            columns: What it shows of a row.
            empty: What it says where there are no rows.
            header: Whether it has titles.
            quiet: Whether the cursor is only shown while the table has the focus.
            id: For the screen.
        """
        super().__init__(columns, empty=empty, header=header, quiet=quiet, id=id)

    # --- told by the screen -----------------------------------------------------------------------------------

    def set_rows(
        self,
        rows: Sequence[Row],
        *,
        key: Callable[[Row], object] | None = None,
        at: object = None,
        cursor: int | None = None,
        top: int | None = None,
    ) -> None:
        """Show other rows; the cursor stays on the row it is on, or goes to the row whose key is `at`.

        Args:
            rows: All rows; they must not change.
            key: What stays the same about a row while its contents change.
            at: The key of the row to go to; looking for it takes as long as there are many rows.
            cursor: Where the cursor goes, if that is known already: then nothing is looked for.
            top: The row to scroll to; by default the cursor stays on its line of the screen.
        """
        wanted = at if at is not None else (self._key(self.rows[self.cursor]) if self.rows else None)
        line = self.cursor - self.scroll_offset.y
        if key is not None:
            self._key = key
        self.rows = rows if isinstance(rows, tuple | Picked) else tuple(rows)
        self.virtual_size = Size(0, len(self.rows) + self._titles)
        self.cursor = self._find(wanted) if cursor is None else cursor
        self.refresh()
        self._go_to_line(self.cursor - line if top is None else top)
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
        return tuple(self.rows[top : top + max(1, self.page)])

    # --- the cursor ---------------------------------------------------------------------------------------------

    @property
    def page(self) -> int:
        """How many rows there is room for; none before the table has its size."""
        return self.scrollable_content_region.height - self._titles

    def _find(self, wanted: object) -> int:
        last = max(0, len(self.rows) - 1)
        if wanted is None:
            return min(self.cursor, last)
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
        if self.page <= 0:
            return
        if self.cursor < top:
            self._go_to_line(self.cursor)
        elif self.cursor >= top + self.page:
            self._go_to_line(self.cursor - self.page + 1)

    def _go_to_line(self, top: int) -> None:
        last = max(0, len(self.rows) - max(1, self.page))
        top = max(0, min(top, last))
        if self.page > 0 and top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, force=True, immediate=True)

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
        self.cursor += max(1, self.page - 1)

    def action_page_up(self) -> None:
        """Go a page up."""
        self.cursor -= max(1, self.page - 1)

    # --- the mouse ----------------------------------------------------------------------------------------------

    def on_click(self, event: Click) -> None:
        """Go to the row that was clicked, and into it on the second click; a title is told."""
        if event.y < self._titles:
            column = self.column_at(event.x)
            if column is not None:
                self.post_message(self.HeaderClicked(self, column))
            return
        index = event.y - self._titles + self.scroll_offset.y
        if index >= len(self.rows):
            return
        self.cursor = index
        if event.chain == 2:
            self.post_message(self.RowSelected(self, self.row))

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._keep_in_sight()
        self.post_message(self.RowsShown(self))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Tell that other rows are in sight."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self.post_message(self.RowsShown(self))
