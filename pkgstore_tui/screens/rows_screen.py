"""A view with a table whose rows are worked out off the loop, and details beside it. Knows no keys."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final, NamedTuple

from textual import on
from textual.app import ComposeResult

from pkgstore_tui.screens.arranging import AGES, SIZES, Arranged, Arranger, Choice, Wish, place_near, uses
from pkgstore_tui.screens.latest import Arrival, Latest
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.look import Look
from pkgstore_tui.screens.view import ViewScreen
from pkgstore_tui.session import Session
from pkgstore_tui.session.reading import Reading
from pkgstore_tui.widgets.facts import Fact, Facts
from pkgstore_tui.widgets.marks import NO_MARKS, Marks
from pkgstore_tui.widgets.row_table import RowTable

AT_ONCE: Final = 500
"""Trees of one row that are measured without being asked for: a platform may have hundreds of thousands."""


@dataclass(eq=False, slots=True)
class Place:
    """A level that one is in or came through, and how one left it.

    `marked` is the request its marks came with, `top` the row that the table was scrolled to.
    """

    level: Level[Any]
    at: object = None
    choice: Choice = field(default_factory=Choice)
    marks: Marks = NO_MARKS
    marked: int = 0
    top: int = 0


class _Facts(NamedTuple):
    level: Level[Any]
    look: Look
    row: Any


class _Sight(NamedTuple):
    """What is in sight, and all rows where one goes by what has to be measured, or read of each."""

    level: Level[Any]
    rows: tuple[Any, ...]
    to_measure: Sequence[Any]
    to_date: Sequence[Any]


class RowsScreen(ViewScreen):
    """The present level's rows, and what is asked of the threads for them."""

    REDRAW_EVERY: ClassVar[float] = 1.0
    """Seconds after which ages are drawn again."""

    def __init__(self, session: Session, first: Level[Any]) -> None:
        super().__init__(session)
        self.places: list[Place] = [Place(first)]
        self.shown: Arranged | None = None
        self._totals: dict[object, int | None] = {}
        self._arranger = Arranger(session.foreground)
        self._rows = Latest(self, "rows", self._arranger.arrange, self._take, self._prepare)
        self._details = Latest(self, "details", _facts, self._take_facts)
        self._sight = Latest(self, "sight", self._want, self._looked)
        self._number = self._first = self._stamp = 0
        self._sizes_are_old = False
        self._wanted_for: dict[frozenset[str], tuple[object, object]] = {}

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
    def place(self) -> Place:
        """Where one is."""
        return self.places[-1]

    @property
    def level(self) -> Level[Any]:
        """The present level."""
        return self.places[-1].level

    @property
    def row(self) -> Any | None:
        """The row that the cursor is on; None while the present level's rows are not there yet."""
        return self.table.row if self.shown is not None and self.shown.wish.level is self.level else None

    @property
    def is_arranged(self) -> bool:
        """Whether all that was asked for is shown."""
        return self._rows.is_idle and self._details.is_idle and self._sight.is_idle

    @property
    def reading(self) -> Reading:
        """What is shown; a view may hold on to an older one."""
        return self.session.reading

    @property
    def look(self) -> Look:
        """How it is looked at."""
        return Look(
            self.reading, self.session.sizes, self.now, self._totals, self.session.ages, self.session.titles
        )

    def now(self) -> float:
        """The time that ages count from."""
        return self.session.clock()

    # --- asking for rows --------------------------------------------------------------------------------------

    def ask(self, at: object = None, *, anew: bool = False, top: bool = False) -> Arrival:
        """Ask for the present level's rows; what is shown stays until they are there.

        Args:
            at: The key of the row for the cursor; by default it stays on its row.
            anew: Whether rows have to be read again though the level and the reading are the same.
            top: Whether the cursor goes to the first row where its row is not there any more.
        """
        self._number += 1
        self._stamp += anew
        row, place = self.row, self.place
        same = row if at is None else None
        if at is None:
            at = self.level.key(row) if row is not None else place.at
        cursor = 0 if top or row is None else self.table.cursor
        return self._rows.ask(
            Wish(self._number, place.level, self.look, place.choice, place.marks, at, cursor, self._stamp, same)
        )

    def _take(self, arranged: Arranged) -> None:
        """Show what was worked out, unless one has gone elsewhere meanwhile."""
        wish, place = arranged.wish, self.place
        if wish.number < self._first or wish.level is not place.level:
            return
        moved = self._moved(arranged) if self.row is not None else None
        before, self.shown = self.shown, arranged
        if wish.number >= place.marked:
            place.marks = arranged.marks
        self._fill(arranged, arranged.cursor if moved is None else moved, before)
        self.show_around()
        if uses(wish.choice, arranged.query):
            self._measure_what_is_in_sight()

    def _prepare(self) -> bool:
        """In a thread: work out more of what may be asked for next, while one looks at this view."""
        return self.is_current and self._arranger.warm()

    def _fill(self, arranged: Arranged, cursor: int, before: Arranged | None) -> None:
        table, choice, level = self.table, arranged.wish.choice, arranged.wish.level
        table.empty = self._empty(arranged)
        hidden = self.session.options.hidden
        table.set_columns([column for column in arranged.columns if column.title not in hidden])
        table.set_sort(choice.sort or level.order, reverse=choice.reverse)
        table.set_marks(self.place.marks)
        same = before is not None and before.wish.level is level
        table.set_rows(arranged.rows, key=level.key, cursor=cursor, top=None if same else self.place.top)

    def _empty(self, arranged: Arranged) -> str:
        if arranged.total:
            return "nothing here meets the filter" if arranged.wish.choice.text else "no row here has a problem"
        return self.level.empty if self.session.reading.complete else "reading the store …"

    def _moved(self, arranged: Arranged) -> int | None:
        """Where the row is that the cursor was moved to since the rows were asked for; None where it was not."""
        table, wish, key = self.table, arranged.wish, arranged.wish.level.key
        wanted = key(table.row)
        if wanted == wish.at or wish.at is None or table.cursor == wish.cursor:
            return None
        return place_near(arranged.rows, key, wanted, arranged.cursor + table.cursor - wish.cursor, table.cursor)

    def show_around(self) -> None:
        """Show what stands around the rows: it has changed with them."""

    # --- showing ------------------------------------------------------------------------------------------------

    def show_reading(self) -> None:
        """Show the newest reading; the cursor stays on its row."""
        self.ask()

    def redraw(self) -> None:
        """Draw again what depends on the time; sort again by sizes that were measured."""
        if not self.is_current:
            return
        if self._sizes_are_old and self._rows.is_idle:
            self._sizes_are_old = False
            self.ask(anew=self.shown is not None and uses(self.shown.wish.choice, self.shown.query))
        self._draw_again()

    def _draw_again(self) -> None:
        """Draw the rows again, unless others are on their way: they come the later the more is drawn before."""
        if self._rows.is_idle:
            self.table.refresh()

    def show_sizes(self) -> None:
        """Draw again what depends on sizes."""
        self._draw_again()
        self._show_facts()
        shown = self.shown
        self._sizes_are_old |= shown is not None and (
            bool(self._totals) or bool(shown.marked) or uses(shown.wish.choice, shown.query)
        )

    @on(RowTable.RowHighlighted, "#rows")
    def _show_facts(self) -> Arrival | None:
        if not self.query_one(Facts).display:
            return None
        return self._details.ask(_Facts(self.level, self.look, self.row))

    def _take_facts(self, facts: Sequence[Fact]) -> None:
        self.query_one(Facts).set_facts(facts)

    @on(RowTable.RowsShown, "#rows")
    def _measure_what_is_in_sight(self) -> None:
        shown = self.shown
        if (
            shown is None or shown.wish.level is not self.level or not self.reading.complete
        ):  # reading is slow enough
            return
        self._sight.ask(_Sight(self.level, self.table.rows_in_sight, self._all(SIZES), self._all(AGES)))

    def _all(self, fields: frozenset[str]) -> Sequence[Any]:
        """All rows, once, where the order or the filter goes by fields that come in while one looks."""
        shown = self.shown
        if shown is None or not uses(shown.wish.choice, shown.query, fields):
            return ()
        level, basis = shown.wish.level, shown.wish.level.basis(shown.wish.look)
        before = self._wanted_for.get(fields, (None, None))
        if level is before[0] and basis is before[1]:
            return ()
        self._wanted_for[fields] = level, basis
        return shown.all_rows

    def _want(self, sight: _Sight) -> None:
        """In a thread: one row may stand for all trees of the store."""
        trees = [sight.level.trees(row) for row in sight.rows]
        first = [key for keys in trees if len(keys) <= AT_ONCE for key in keys]
        for key in sight.level.looked_at(sight.rows):
            self.session.ages.read(key)
        self.session.sizes.want(first)
        if sight.to_measure:
            self.session.sizes.later(key for row in sight.to_measure for key in sight.level.trees(row))
        if sight.level.has_ages:
            self.session.ages.want(
                config.key
                for row in sight.to_date
                for config in sight.level.configs(row)
                if config.last_used is not None
            )
        self.session.attend({key.source for key in first[:AT_ONCE]})

    def _looked(self, _answer: None) -> None:
        """The small files of what is in sight are read."""
        self._draw_again()

    # --- changing how one looks ---------------------------------------------------------------------------------

    def choose(self, *, top: bool = False, **changes: Any) -> Arrival:
        """Filter or sort the present level in another way."""
        self.place.choice = replace(self.place.choice, **changes)
        return self.ask(top=top)

    def mark(self, change: Callable[[Marks], Marks]) -> Arrival:
        """Mark other rows."""
        place = self.place
        place.marks = change(place.marks)
        place.marked = self._number + 1
        self.table.set_marks(place.marks)
        return self.ask()

    @property
    def marked_rows(self) -> tuple[Any, ...]:
        """The rows that are marked, in the order they are shown in; those that a filter hides come last."""
        shown = self.shown
        if shown is None or shown.wish.level is not self.level or not self.place.marks:
            return ()
        if shown.wish.number >= self.place.marked:
            return shown.marked
        key, marks = self.level.key, self.place.marks
        seen = [row for row in shown.rows if marks.has(key(row))]
        known = {key(row) for row in seen}
        return (*seen, *(row for row in shown.marked if key(row) not in known and marks.has(key(row))))


def _facts(asked: _Facts) -> Sequence[Fact]:
    return asked.level.facts(asked.look, asked.row) if asked.row is not None else ()
