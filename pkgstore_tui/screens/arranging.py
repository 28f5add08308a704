"""From a level to the rows that are shown: filtered, sorted, summed up. Runs in a thread and touches no widget."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from time import monotonic
from typing import Any, Final

from pkgstore.query import Field, Picked, Query, QueryError, Sheet, parse
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.look import Look
from pkgstore_tui.session.foreground import SOON, Foreground
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.marks import NO_MARKS, Marks

EVERYTHING: Final = Query()
"""Every row meets it."""

NEAR: Final = 500
"""Rows around a guess that are looked through on the loop for the row that the cursor was moved to meanwhile."""

BESIDE: Final = frozenset({"size", "own", "age", "users", "app", "worker", "state"})
"""Fields whose values follow from more than the rows themselves: sizes, and who holds what."""

LARGE: Final = 5_000
"""Rows from which on what may be asked for next is worked out before."""

RARE: Final = frozenset({"ref"})
"""Fields that are worked out only when they are asked for: hundreds of thousands of texts take much memory."""

CALM: Final = 5.0
"""Seconds after which that is done again, where the store changes all the time."""

SIZES: Final = frozenset({"size", "own"})
AGES: Final = frozenset({"age"})
MEASURED: Final = SIZES | AGES
"""Fields whose values come in while one looks."""


@dataclass(frozen=True, slots=True)
class Choice:
    """How the rows of a level are filtered and sorted; empty for as they come."""

    text: str = ""
    sort: str = ""
    reverse: bool = False
    problems: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Wish:
    """A request for rows.

    The cursor is to be on the row whose key is `at`, else at `cursor`. Rows are read anew where `stamp` is not the
    one of the wish before.
    """

    number: int
    level: Level[Any]
    look: Look
    choice: Choice
    marks: Marks = NO_MARKS
    at: object = None
    cursor: int = 0
    stamp: object = None
    row: Any = None
    """The row that the cursor is on, where its key is `at`: the same object is found sooner than an equal key."""


@dataclass(frozen=True, eq=False, slots=True)
class Arranged:
    """What is shown: the rows of a level, where the cursor is, and what there is to say about them.

    `all_rows` are those without the filter, `error` what is wrong with the filter: the rows are then
    those of the last one that was right.
    """

    wish: Wish
    columns: Sequence[Column[Any]] = ()
    fields: Mapping[str, Field[Any]] = field(default_factory=dict)
    rows: Sequence[Any] = ()
    all_rows: Sequence[Any] = ()
    cursor: int = 0
    summary: str = ""
    marked: tuple[Any, ...] = ()
    marks: Marks = NO_MARKS
    query: Query = EVERYTHING
    error: QueryError | None = None

    @property
    def total(self) -> int:
        """How many rows there are without the filter."""
        return len(self.all_rows)


class Arranger:
    """Answers wishes one after another, and keeps what the next one may need again."""

    def __init__(self, foreground: Foreground) -> None:
        self._foreground = foreground
        self._sheet: Sheet[Any] | None = None
        self._made_for: tuple[Any, ...] = (None,)
        self._cold: list[tuple[str, bool]] = []
        self._warmed = float("-inf")
        self._good: tuple[object, Query] = (None, EVERYTHING)
        self._by_key: dict[object, Any] | None = None
        self._found: tuple[Sequence[Any], Query, list[int]] = ((), EVERYTHING, [])

    def arrange(self, wish: Wish) -> Arranged:
        """The rows that a wish asks for."""
        with self._foreground.answering():
            return self._arrange(wish)

    def _arrange(self, wish: Wish) -> Arranged:
        sheet = self._sheet_of(wish)
        query, error = self._query(wish, sheet.fields)
        choice, key = wish.choice, wish.level.key
        rows = sheet.view(query, choice.sort if choice.sort in sheet.fields else None, choice.reverse)
        wish.look.warm()
        wish.level.prepare(wish.look, rows)
        marked = self._marked(sheet, wish, rows)
        anchor_at = _place(rows, key, wish.marks.anchor) if wish.marks.is_range_open else None
        at = _place_in(sheet, rows, wish)
        return Arranged(
            wish,
            wish.level.columns(wish.look),
            sheet.fields,
            rows,
            sheet.rows,
            min(wish.cursor, max(0, len(rows) - 1)) if at is None else at,
            wish.level.summary_of_marked(wish.look, marked) if marked else wish.level.summary(rows),
            marked,
            wish.marks.kept(map(key, marked), anchor_at) if wish.marks or wish.marks.is_range_open else NO_MARKS,
            query,
            error,
        )

    def next_match(self, rows: Sequence[Any], fields: Mapping[str, Field[Any]], words: Query) -> list[int]:
        """Where the rows are that match some words, ascending."""
        if self._found[0] is not rows or self._found[1] != words:
            self._found = rows, words, Sheet(rows, fields, 0.0).select(words)
        return self._found[2]

    def _sheet_of(self, wish: Wish) -> Sheet[Any]:
        """The sheet of a level: the same where nothing changed, with the same rows where they did not."""
        level, look = wish.level, wish.look
        basis = level.basis(look)
        made_for = level, basis, look.reading, wish.stamp
        same_level = self._made_for[0] is level
        same_rows = same_level and self._made_for[1] is basis
        if same_rows and basis is look.reading:  # who wishes knows best whether they may have changed
            same_rows = self._made_for[3] == wish.stamp
        if self._sheet is None or not same_rows:
            self._sheet = level.sheet(look)
            self._by_key = None
        elif self._made_for[2] is not look.reading:
            self._sheet = self._sheet.renewed(level.fields(look), look.clock(), BESIDE)
        elif self._made_for[3] != wish.stamp:
            self._sheet = self._sheet.renewed(level.fields(look), look.clock(), MEASURED)
            self._made_for = made_for
            return self._sheet
        else:
            return self._sheet
        self._made_for = made_for
        calm = not same_level or monotonic() - self._warmed > CALM
        self._cold = _to_warm(self._sheet, level, look) if calm and look.reading.complete else []
        return self._sheet

    def warm(self) -> bool:
        """Work out one more field that may be asked for next; False where there is none.

        May be called while another thread arranges.
        """
        sheet, cold = self._sheet, self._cold
        if sheet is None or not cold:
            return False
        name, orders = cold.pop()
        sheet.warm([name], orders=orders, breathe=partial(self._foreground.give_way, SOON))
        self._warmed = monotonic()
        return bool(cold)

    def _query(self, wish: Wish, fields: Mapping[str, Field[Any]]) -> tuple[Query, QueryError | None]:
        """The query, or the last one of this level that was right and what is wrong with the new one."""
        level, error = wish.level, None
        try:
            query = parse(wish.choice.text, fields)
            self._good = level, query
        except QueryError as wrong:
            query, error = self._good[1] if self._good[0] is level else EVERYTHING, wrong
        if wish.choice.problems and level.problems:
            query = replace(query, terms=(*query.terms, *parse(level.problems, fields).terms))
        return query, error

    def _marked(self, sheet: Sheet[Any], wish: Wish, rows: Sequence[Any]) -> tuple[Any, ...]:
        """The marked rows that are there still: those that are shown in their order, then those that are not."""
        key, wanted = wish.level.key, wish.marks.keys
        if not wanted:
            return ()
        if self._by_key is None:
            self._by_key = {key(row): row for row in sheet.rows}
        left = {found: self._by_key[found] for found in wanted if found in self._by_key}
        seen = [row for row in rows if left.pop(key(row), None) is not None]
        return (*seen, *left.values())


def _to_warm(sheet: Sheet[Any], level: Level[Any], look: Look) -> list[tuple[str, bool]]:
    """The fields that may be asked for next, and whether one may sort by them, where one would have to wait.

    The last one comes first: what takes longest, then columns as they are shown, then what can only be filtered by.
    """
    if len(sheet.rows) < LARGE:
        return []
    shown = [column.field for column in level.columns(look) if column.field in sheet.fields]
    others = [name for name in sheet.fields if name not in shown and name not in RARE]
    found = [*((name, False) for name in reversed(others)), *((name, True) for name in reversed(shown))]
    return sorted(found, key=lambda field: field[0] in BESIDE and field[0] not in MEASURED)


def _place_in(sheet: Sheet[Any], rows: Picked[Any], wish: Wish) -> int | None:
    """Where the row is that the cursor is to be on; None where it is not shown.

    All rows are looked through as they lie in memory, which is many times quicker than in the order they are shown.
    """
    if wish.at is None:
        return None
    key, guess = wish.level.key, wish.cursor
    if guess < len(rows) and key(rows[guess]) == wish.at:
        return guess
    at = next((index for index, row in enumerate(sheet.rows) if row is wish.row), None)
    if at is None:
        at = next((index for index, row in enumerate(sheet.rows) if key(row) == wish.at), None)
    try:
        return None if at is None else rows.indexes.index(at)
    except ValueError:
        return None


def _place(rows: Sequence[Any], key: Any, wanted: object, guess: int = 0) -> int | None:
    """Where the row with a key is; None where it is not."""
    if wanted is None:
        return None
    if guess < len(rows) and key(rows[guess]) == wanted:
        return guess
    return next((index for index, row in enumerate(rows) if key(row) == wanted), None)


def place_near(rows: Sequence[Any], key: Any, wanted: object, *guesses: int) -> int:
    """Where the row with a key is, near one of some guesses or the end; the first guess where it is not there."""
    last = len(rows) - 1
    for middle in (*guesses, last):
        start = max(0, middle - NEAR)
        for index, row in enumerate(rows[start : start + 2 * NEAR], start):
            if key(row) == wanted:
                return index
    return max(0, min(guesses[0], last))


def uses(choice: Choice, query: Query, fields: frozenset[str] = MEASURED) -> bool:
    """Whether what is shown depends on some fields."""
    return choice.sort in fields or any(term.field in fields for term in query.terms)
