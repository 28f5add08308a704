"""Filters and sorts in the running interface, from the key (or the pasted text) to the rows on the screen."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from textual import events

from bench.asking import FILTERS
from pkgstore.query import QueryError, parse
from pkgstore_tui.screens.row_tools import RowTools
from pkgstore_tui.screens.rows_screen import RowsScreen
from pkgstore_tui.screens.sorting import SortScreen
from pkgstore_tui.widgets.row_table import RowTable

if TYPE_CHECKING:
    from bench.hooks import MeasuredApp

OPENS: Final = 600.0
"""Seconds until a store is open, at the very most."""

SETTLE: Final = 1.0
"""Seconds that are watched after all is done: what comes late is part of it."""

SOON: Final = 1.0
"""Seconds after a table's first drawing in which what is asked counts as asked right after opening it."""

BIG: Final = {"packages": "", "configs": "t"}
"""The key that opens each of the tables that are big, from the view that one begins in."""

SMALL: Final = {
    "apps": "3",
    "an app's manifest": "enter",
    "workers": "4",
    "a worker's manifest": "enter",
    "health": "6",
    "findings": "enter",
    "activity": "7",
}
"""The key that opens each of the others, from the one before."""

Question = tuple[str, str]
"""A kind, ``filter`` or ``sort``, and the text or the field."""

Taken = dict[str, dict[str, float]]
"""Of each kind, the milliseconds of each answer."""


def has_rows(app: "MeasuredApp") -> bool:
    """Whether there is something to see in a table."""
    return any(table.rows for table in app.screen.query(RowTable))


def is_complete(app: "MeasuredApp") -> bool:
    """Whether the store is read, and all that the present view asked for is shown."""
    return _is_done(app) and has_rows(app)


def _is_done(app: "MeasuredApp") -> bool:
    screen = app.screen
    arranged = not isinstance(screen, RowsScreen) or screen.is_arranged
    return app.session.reading.complete and not app.session.is_reading and arranged


async def asking(app: "MeasuredApp", table: str, turn: str) -> dict[str, Any]:
    """One of the big tables: every filter and every sort.

    Args:
        app: The interface.
        table: Of `BIG`.
        turn: Which share of the questions is asked last instead of first, as ``0.4``.

    Returns:
        The milliseconds of each question, asked for the first time and again; `soon` has those that were asked
        right after opening.
    """
    await app.until(lambda: is_complete(app) and _shown(app).total == _packages(app), OPENS)
    if BIG[table]:
        await _open(app, BIG[table])
    since = time.monotonic()
    questions = _questions(app, FILTERS)
    start = round(float(turn) * len(questions))
    soon: list[float] = []
    first = await _asked(app, [*questions[start:], *questions[:start]], soon, since + SOON)
    again = await _asked(app, questions)
    await asyncio.sleep(SETTLE)
    stall = app.worst_stall(since, time.monotonic())
    return {"rows": _shown(app).total, "first": first, "again": again, "soon": soon, "stall": stall}


async def asking_small(app: "MeasuredApp") -> dict[str, Any]:
    """All other tables, one after another: the milliseconds of each question by the table's name."""
    await app.until(lambda: is_complete(app), OPENS)
    found: dict[str, Any] = {}
    for table, key in SMALL.items():
        if key == "enter" and not _leads_on(app):
            continue
        await _open(app, key)
        if not _shown(app).total:
            continue
        questions = _questions(app, [field.example for field in _shown(app).fields.values() if field.example])
        first, again = await _asked(app, questions), await _asked(app, questions)
        found[table] = {"rows": _shown(app).total, "first": first, "again": again}
    return found


async def _open(app: "MeasuredApp", key: str) -> None:
    """Go to another table, until its rows are there."""
    before = _shown(app).wish
    app.simulate_key(key)
    await app.until(lambda: _shows_another(app, before.level) and _is_done(app))


def _packages(app: "MeasuredApp") -> int:
    """How many rows the table of packages has; the store is on one platform."""
    packages = app.session.reading.snapshot.packages
    return max(map(len, packages.values()), default=0)


def _leads_on(app: "MeasuredApp") -> bool:
    """Whether there is a table below the row that the cursor is on."""
    screen = app.screen
    return isinstance(screen, RowsScreen) and screen.row is not None and screen.level.into(screen.row) is not None


def _shows_another(app: "MeasuredApp", before: object) -> bool:
    screen, wish = app.screen, _shown(app).wish
    return isinstance(screen, RowsScreen) and wish is not None and before is not wish.level is screen.level


def _questions(app: "MeasuredApp", filters: Iterable[str]) -> list[Question]:
    """What the present table can be asked, of some filters and of all its columns."""
    fields = _shown(app).fields
    filters = [text for text in filters if _parses(text, fields)]
    return [*(("filter", text) for text in filters), *(("sort", field) for field in _sort_choices(app))]


def _parses(text: str, fields: Mapping[str, Any]) -> bool:
    try:
        parse(text, fields)
    except QueryError:
        return False
    return True


async def _asked(
    app: "MeasuredApp", questions: Iterable[Question], soon: list[float] | None = None, until: float = 0.0
) -> Taken:
    """Ask one after another; the answers to those that are begun before a time are in `soon`, too."""
    taken: Taken = {"filter": {}, "sort": {}}
    for kind, what in questions:
        is_soon = time.monotonic() < until
        if kind == "filter":
            answers = {what: await _filter(app, what)}
        else:
            answers = {what: sorted_in} if (sorted_in := await _sort(app, what)) is not None else {}
            answers[f"{what} reversed"] = await _reverse(app)
        taken[kind].update(answers)
        if soon is not None and is_soon:
            soon += answers.values()
    return taken


def _shown(app: "MeasuredApp") -> Any:
    """What the present table shows: its filter, its order, how many rows there are in all."""
    screen = app.screen
    return screen.shown if isinstance(screen, RowsScreen) and screen.shown is not None else _NOTHING


class _Nothing:
    total = -1
    wish = None


_NOTHING: Final = _Nothing()


def _choice(app: "MeasuredApp") -> Any:
    wish = _shown(app).wish
    return wish.choice if wish is not None else None


async def _filter(app: "MeasuredApp", text: str) -> float:
    """Type a filter (pasted: it is one change), until its rows are there; then let go of it."""
    app.simulate_key("slash")
    await app.until(lambda: app.focused is not None and app.focused.id == "filter-text")
    began = time.monotonic()
    app.post_message(events.Paste(text))
    ended = await app.until(lambda: getattr(_choice(app), "text", None) == text)
    app.simulate_key("escape")
    await app.until(lambda: getattr(_choice(app), "text", None) == "")
    return (ended - began) * 1000


def _is_choosing(app: "MeasuredApp") -> bool:
    """Whether the list of columns is there, whole."""
    tables = app.screen.query("#choices").results(RowTable)
    return isinstance(app.screen, SortScreen) and any(table.rows for table in tables)


def _sort_choices(app: "MeasuredApp") -> list[str]:
    """The fields of the columns, as the interface itself lists them."""
    screen = app.screen
    assert isinstance(screen, RowTools)
    return [column.field for column in screen.sortable]


async def _sort(app: "MeasuredApp", field: str) -> float | None:
    """Choose a column, until the rows are in its order; None where they are already."""
    app.simulate_key("s")
    await app.until(lambda: _is_choosing(app))
    screen = app.screen
    assert isinstance(screen, SortScreen)
    if screen.present == field:
        app.simulate_key("escape")
        await app.until(lambda: isinstance(app.screen, RowsScreen))
        return None
    screen.table.cursor = [name for name, _ in screen.choices].index(field)
    began = time.monotonic()
    app.simulate_key("enter")
    ended = await app.until(lambda: getattr(_choice(app), "sort", None) == field)
    return (ended - began) * 1000


async def _reverse(app: "MeasuredApp") -> float:
    """Turn the order round."""
    before = getattr(_choice(app), "reverse", False)
    began = time.monotonic()
    app.simulate_key("S")
    ended = await app.until(lambda: getattr(_choice(app), "reverse", before) != before)
    return (ended - began) * 1000
