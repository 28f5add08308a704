"""How a table draws its lines: titles, rows, the cursor's bar, marks in the gutter. Knows no keys and no mouse."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final, Generic

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from pkgstore_tui.widgets.cells import TONES, Part, Tone, cut, parts_of, segments
from pkgstore_tui.widgets.columns import GAP, Column, Row, fit
from pkgstore_tui.widgets.late_parts import LateParts
from pkgstore_tui.widgets.marks import NO_MARKS, Marks

GUTTER: Final = 1
"""Cells before the first column, for the sign of a mark."""

MARK: Final = "●"
RANGE: Final = "│"
UP: Final = "▲"
DOWN: Final = "▼"


def _same(row: object) -> object:
    return row


class RowLines(LateParts, ScrollView, Generic[Row], inherit_bindings=False):
    """The lines of a table over a tuple of rows; only those in sight are drawn."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "row-table--header",
        "row-table--cursor",
        "row-table--marked",
        *(f"row-table--{tone}" for tone in TONES),
    }

    cursor: reactive[int] = reactive(0, repaint=False)

    def __init__(
        self, columns: Sequence[Column[Row]], *, empty: str, header: bool, quiet: bool, id: str | None
    ) -> None:
        super().__init__(id=id)
        self.columns: tuple[Column[Row], ...] = tuple(columns)
        self.rows: Sequence[Row] = ()
        self.empty = empty
        self.marks: Marks = NO_MARKS
        self.sorted_by = ""
        self.reverse = False
        self._titles = 1 if header else 0
        self._quiet = quiet
        self._key: Callable[[Row], object] = _same
        self._fitted: tuple[tuple[Column[Row], int], ...] = ()
        self._fitted_to = -1
        self._styles: dict[Tone, Style] = {}

    def set_columns(self, columns: Sequence[Column[Row]]) -> None:
        """Show other columns."""
        self.columns = tuple(columns)
        self._fitted_to = -1
        self.refresh()

    def set_sort(self, field: str, *, reverse: bool) -> None:
        """Show in the titles what the rows are sorted by; an empty field for nothing."""
        self.sorted_by, self.reverse = field, reverse
        self.refresh()

    def set_marks(self, marks: Marks) -> None:
        """Show other marks."""
        self.marks = marks
        self.refresh()

    def _fit(self, width: int) -> tuple[tuple[Column[Row], int], ...]:
        """The columns for the width that is drawn now: a scroll bar may have come since the rows were set."""
        if width != self._fitted_to:
            self._fitted, self._fitted_to = fit(self.columns, width - GUTTER - 1), width
        return self._fitted

    def column_at(self, x: int) -> Column[Row] | None:
        """The column whose title is at a cell; None beside them."""
        left = GUTTER
        for column, room in self._fit(self.scrollable_content_region.width):
            if left <= x < left + room + 1:  # a sort sign may hang in the gap
                return column
            left += room + GAP
        return None

    def render_line(self, y: int) -> Strip:
        """Draw one line in sight: the titles, a row, or nothing."""
        width = self.scrollable_content_region.width
        if y < self._titles:
            return self._header(width)
        index = y - self._titles + self.scroll_offset.y
        if index < len(self.rows):
            return self._line(index, width)
        if not self.rows and y == self._titles + 1:
            text = parts_of(self.empty)[0].text
            line = [Segment(" " + cut(text, width - 1), self._style("muted"))]
            return Strip(line).adjust_cell_length(width, self._style(""))
        return Strip.blank(width, self._style(""))

    def notify_style_update(self) -> None:
        """Work out the styles again: asking for them is most of what a line costs, so they are kept."""
        self._styles.clear()
        super().notify_style_update()

    def _style(self, tone: Tone) -> Style:
        if tone not in self._styles:
            part = self.get_component_rich_style(f"row-table--{tone}", partial=True) if tone else Style.null()
            self._styles[tone] = self.rich_style + part
        return self._styles[tone]

    def _header(self, width: int) -> Strip:
        style = self.get_component_rich_style("row-table--header")
        line = [Segment(" " * GUTTER, style)]
        for index, (column, room) in enumerate(self._fit(width)):
            line.append(Segment(" " * (GAP - 1 if index else 0), style))
            line.extend(self._title(column, room, style))
        return Strip(line).adjust_cell_length(width, style)

    def _title(self, column: Column[Row], room: int, style: Style) -> list[Segment]:
        """A title in its room and the cell after it, where a sort sign hangs that has no room within."""
        sign = ""
        if column.field and column.field == self.sorted_by:
            sign = DOWN if self.reverse else UP
        title = column.title
        if sign and not column.right and cell_len(title) + 1 < room:
            title, sign = f"{title} {sign}", ""
        drawn = list(segments(Part(title), room, lambda _tone: style, right=column.right))
        return [*drawn, Segment(sign or " ", style)]

    def _line(self, index: int, width: int) -> Strip:
        row = self.rows[index]
        at_cursor = index == self.cursor and (self.has_focus or not self._quiet)
        marked = self.marks.has(self._key(row)) if self.marks else False
        in_range = self.marks.in_range(index, self.cursor)
        bar = self.get_component_rich_style("row-table--cursor") if at_cursor else None
        plain = bar or (self._marked_style if marked or in_range else self._style(""))
        # on the cursor's bar every tone is the bar's own, so that it can be read in each theme
        style_of: Callable[[Tone], Style] = lambda tone: (  # noqa: E731
            plain if bar or not tone else self._style(tone)
        )
        sign = MARK if marked else RANGE if in_range else " "
        line = [Segment(sign, plain)]
        for place, (column, room) in enumerate(self._fit(width)):
            line.append(Segment(" " * (GAP if place else 0), plain))
            line.extend(segments(column.cell(row), room, style_of, right=column.right))
        return Strip(line).simplify().adjust_cell_length(width, plain)

    @property
    def _marked_style(self) -> Style:
        return self.rich_style + self.get_component_rich_style("row-table--marked", partial=True)
