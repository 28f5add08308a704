"""Filter and search in any table: what is typed, what is kept, what is wrong, and the next row that matches."""

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.events import DescendantFocus

from pkgstore.fields import filter_help
from pkgstore.query import Query, QueryError, parse
from pkgstore_tui.screens.arranging import EVERYTHING
from pkgstore_tui.screens.latest import Arrival
from pkgstore_tui.screens.rows_screen import RowsScreen
from pkgstore_tui.session import Session
from pkgstore_tui.widgets.bars import Piece
from pkgstore_tui.widgets.filter_bar import FilterBar


class FilterTools(RowsScreen):
    """Filter, only problems, search."""

    def __init__(self, session: Session, first: Any) -> None:
        super().__init__(session, first)
        self._words = EVERYTHING

    def compose_foot(self) -> ComposeResult:
        """The filter, below the table."""
        yield FilterBar(id="filter")

    @property
    def filter_bar(self) -> FilterBar:
        """The filter."""
        return self.query_one("#filter", FilterBar)

    # --- filter -------------------------------------------------------------------------------------------------

    @on(FilterBar.Asked)
    def action_filter(self) -> None:
        """Type a filter."""
        fields = self.shown.fields if self.shown else {}
        self.filter_bar.edit(self.place.choice.text, [example for example, _ in filter_help(fields) if example])
        self.refresh_bindings()

    @on(FilterBar.Edited)
    def _edited(self, message: FilterBar.Edited) -> None:
        self.choose(top=True, text=message.text)

    @on(FilterBar.Kept)
    def _kept(self, message: FilterBar.Kept) -> None:
        """Keep a filter that is right; where it is wrong, one goes on typing."""
        try:
            query = parse(message.text, self.shown.fields if self.shown else None)
        except QueryError as error:
            self._show_error(error)
            return
        self._words = _words(query, self._words)
        text = message.text.strip()
        if text != self.place.choice.text:
            self.choose(top=True, text=text)
        self._leave_filter()

    @on(FilterBar.Cleared)
    def clear_filter(self) -> Arrival:
        """Filter no more."""
        arrival = self.choose(text="")
        self._leave_filter()
        return arrival

    def action_keep_filter(self) -> None:
        """Keep what is typed."""
        self.filter_bar.field.action_keep_filter()

    def action_clear_filter(self) -> None:
        """Filter no more."""
        self.clear_filter()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """One goes elsewhere: what was typed is kept if it is right, and else dropped."""
        bar = self.filter_bar
        if bar.is_editing and event.widget is not bar.field:
            self._kept(FilterBar.Kept(bar.field.value))
            if bar.is_editing:
                self.clear_filter()

    def _leave_filter(self) -> None:
        self.table.focus()
        self.show_filter()
        self.refresh_bindings()

    def show_filter(self) -> None:
        """Show what the present level is filtered by."""
        self.filter_bar.rest(self.place.choice.text)

    def _show_error(self, error: QueryError | None) -> None:
        if error is None:
            self.filter_bar.show_error()
        else:
            self.filter_bar.show_error(error.what, error.advice, error.column, error.length)

    def show_around(self) -> None:
        """How many rows the filter leaves, and what is wrong with it."""
        shown = self.shown
        if shown is None:
            return
        self.filter_bar.show_count(f"{len(shown.rows):,} of {shown.total:,}")
        self._show_error(shown.error)

    def summary_notes(self) -> Sequence[Piece]:
        """What has to be said before the number of rows."""
        return [Piece("only problems · ", "warn")] if self.place.choice.problems else []

    def action_problems(self) -> Arrival:
        """Show only rows with problems, or all again."""
        return self.choose(top=True, problems=not self.place.choice.problems)

    # --- search -------------------------------------------------------------------------------------------------

    async def action_next_match(self, step: int) -> None:
        """Go to the next row, or the one before, whose name has the words of the filter, or of the last one."""
        shown, rows = self.shown, self.table.rows
        words = _words(shown.query, self._words) if shown else EVERYTHING
        if shown is None or not words.terms:
            self.app.notify("nothing was searched for: / and words of a name", markup=False)
            return
        try:
            found = await asyncio.to_thread(self._arranger.next_match, rows, shown.fields, words)
        except QueryError:  # rows without names
            found = []
        if not found or self.table.rows is not rows:
            self.app.notify(f"no name here has {words.text}", markup=False)
            return
        cursor = self.table.cursor
        index = bisect_right(found, cursor) if step > 0 else bisect_left(found, cursor) - 1
        self.table.cursor = found[index % len(found)]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only problems where there can be some."""
        if action == "problems":
            return bool(self.level.problems)
        return super().check_action(action, parameters)


def _words(query: Query, otherwise: Query) -> Query:
    """What a query asks of names; `otherwise` where that is nothing."""
    terms = tuple(term for term in query.terms if term.field == "name" and not term.negated)
    return replace(query, terms=terms) if terms else otherwise
