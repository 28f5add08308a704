"""What else one can do with the rows of any table: sort, mark, see who uses them."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from textual import on

from pkgstore.query import Kind
from pkgstore.roots import Root
from pkgstore_tui.screens.latest import Arrival
from pkgstore_tui.screens.row_filter import FilterTools
from pkgstore_tui.screens.sorting import SortScreen
from pkgstore_tui.screens.users import UsersScreen
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.marks import NO_MARKS
from pkgstore_tui.widgets.row_table import RowTable

BIG_FIRST: Final = frozenset({Kind.SIZE, Kind.COUNT})
"""Of these the biggest is what one looks for."""

OF_ROWS: Final = frozenset({"users", "mark", "mark_range", "mark_all", "sort", "sort_reverse"})
"""Actions that need rows."""


class RowTools(FilterTools):
    """Sort, marks, who uses a row."""

    # --- sort ---------------------------------------------------------------------------------------------------

    @property
    def sortable(self) -> Sequence[Column[Any]]:
        """The columns that rows can be sorted by, those without room included."""
        shown = self.shown
        return [column for column in shown.columns if column.field in shown.fields] if shown else ()

    def action_sort(self) -> None:
        """Choose a column to sort by."""
        choice = self.place.choice
        titles = [(column.field, column.title) for column in self.sortable]
        self.app.push_screen(SortScreen(titles, choice.sort or self.level.order, choice.reverse), self._sort_by)

    def _sort_by(self, field: str | None) -> None:
        """Sort by a field; what is big comes first, unless one turns that round."""
        fields = self.shown.fields if self.shown else {}
        if field is not None and field in fields and field != (self.place.choice.sort or self.level.order):
            self.choose(sort=field, reverse=fields[field].kind in BIG_FIRST)

    def action_sort_reverse(self) -> Arrival:
        """Turn the order round."""
        return self.choose(reverse=not self.place.choice.reverse)

    @on(RowTable.HeaderClicked, "#rows")
    def _header_clicked(self, message: RowTable.HeaderClicked) -> None:
        field, choice = message.column.field, self.place.choice
        if field and self.shown is not None and field in self.shown.fields:
            if field == (choice.sort or self.level.order):
                self.action_sort_reverse()
            else:
                self._sort_by(field)

    # --- marks --------------------------------------------------------------------------------------------------

    def action_mark(self) -> None:
        """Mark the row, or no more, and go down."""
        row = self.row
        if row is not None:
            key = self.level.key(row)
            self.mark(lambda marks: marks.toggled(key))
            self.table.cursor += 1

    async def action_mark_range(self) -> None:
        """Begin a range, or mark all rows from there to here."""
        row, cursor, key = self.row, self.table.cursor, self.level.key
        if row is None:
            return
        span = self.place.marks.span(cursor)
        if span is None:
            here = key(row)
            self.mark(lambda marks: marks.begun(here, cursor))
        else:
            await self._mark_rows(self.table.rows[span.start : span.stop])

    async def action_mark_all(self) -> None:
        """Mark all rows that are shown."""
        if self.row is not None:
            await self._mark_rows(self.table.rows)

    async def _mark_rows(self, rows: Sequence[Any]) -> None:
        """Mark some rows; hundreds of thousands of keys are worked out in a thread."""
        key, marks = self.level.key, self.place.marks
        more = await asyncio.to_thread(lambda: marks.with_keys(map(key, rows)))
        if self.place.marks is marks or self.place.marks.keys == marks.keys:
            await self.mark(lambda _marks: more)

    def action_mark_none(self) -> Arrival:
        """Mark nothing."""
        return self.mark(lambda _marks: NO_MARKS)

    # --- who uses it --------------------------------------------------------------------------------------------

    @property
    def is_about_configs(self) -> bool:
        """Whether the row stands for configs, which somebody may hold."""
        return self.row is not None and bool(self.level.configs(self.row))

    async def action_measure(self) -> None:
        """Measure every tree that the rows stand for, whatever is looked at meanwhile."""
        shown = self.shown
        if shown is not None:
            level, rows = shown.wish.level, shown.rows
            await asyncio.to_thread(lambda: self.session.sizes.later(k for row in rows for k in level.trees(row)))

    async def action_users(self) -> None:
        """Show who holds the row."""
        row, level, look = self.row, self.level, self.look
        if row is not None:
            holders = await asyncio.to_thread(lambda: look.holders(level.configs(row)))
            self.app.push_screen(UsersScreen(level.called(row), holders, look), self._visit)

    def _visit(self, root: Root | None) -> None:
        """Go to the worker, app or build."""
        from pkgstore_tui.screens.places import place_of  # it knows the screens that this one is a part of

        place = place_of(self.reading, root.key) if root is not None and root.key is not None else None
        if place is not None:
            self.post_message(place)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What needs rows is away where there are none."""
        if action == "users" and not self.is_about_configs:
            return False
        if action in ("sort", "sort_reverse"):
            return bool(self.sortable)
        if action == "measure":
            return self.session.sizes.reads_disk and any(column.field == "size" for column in self.sortable)
        if action in OF_ROWS:
            return self.row is not None
        if action == "mark_none":
            return bool(self.place.marks)
        return super().check_action(action, parameters)
