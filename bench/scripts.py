"""What is looked at in the running interface. Each gives what `json` can write."""

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

from textual import events

from bench.asking import FILTERS
from bench.soak.screen import soaking as soaking
from pkgstore_tui.screens.rows_screen import RowsScreen
from pkgstore_tui.screens.sorting import SortScreen
from pkgstore_tui.widgets.row_table import RowTable

if TYPE_CHECKING:
    from bench.hooks import MeasuredApp

OPENS: Final = 600.0
"""Seconds until a store is open, at the very most."""

SETTLE: Final = 1.0
"""Seconds that are watched after all is done: what comes late is part of it."""


def _has_rows(app: "MeasuredApp") -> bool:
    return any(table.rows for table in app.screen.query(RowTable))


def _is_complete(app: "MeasuredApp") -> bool:
    screen = app.screen
    arranged = not isinstance(screen, RowsScreen) or screen.is_arranged
    return app.session.reading.complete and not app.session.is_reading and arranged and _has_rows(app)


async def opening(app: "MeasuredApp") -> dict[str, Any]:
    """Open the store: when there is something to see, when all of it, how long the loop stood still."""
    rows = await app.until(lambda: _has_rows(app))
    complete = await app.until(lambda: _is_complete(app), OPENS)
    await asyncio.sleep(SETTLE)
    return {
        "rows": rows - app.first_paint,
        "complete": complete - app.first_paint,
        "stall": app.worst_stall(app.first_paint, time.monotonic()),
        "stalls": app.stalls(app.first_paint),
        "count": sum(len(record.configs) for record in app.session.reading.snapshot.sources.values()),
    }


# --- filters and sorts ---------------------------------------------------------------------------------------


async def asking(app: "MeasuredApp") -> dict[str, Any]:
    """All configs in one table: every filter and every sort, from the key to the rows on the screen."""
    await app.until(lambda: _is_complete(app), OPENS)
    app.simulate_key("2")
    await app.until(lambda: isinstance(app.screen, RowsScreen) and _is_complete(app))
    app.simulate_key("t")
    total = sum(len(record.configs) for record in app.session.reading.snapshot.sources.values())
    await app.until(lambda: _shown(app).total == total)
    since = time.monotonic()
    taken = {}
    for turn in ("first", "again"):
        filters = {text: await _filter(app, text) for text in FILTERS}
        sorts = {}
        for field in await _sort_choices(app):
            if (sorted_in := await _sort(app, field)) is not None:
                sorts[field] = sorted_in
            sorts[f"{field} reversed"] = await _reverse(app)
        taken[turn] = {"filter": filters, "sort": sorts}
    await asyncio.sleep(SETTLE)
    return {"rows": total, "taken": taken, "stall": app.worst_stall(since, time.monotonic())}


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


async def _sort_choices(app: "MeasuredApp") -> list[str]:
    app.simulate_key("s")
    await app.until(lambda: _is_choosing(app))
    screen = app.screen
    assert isinstance(screen, SortScreen)
    fields = [field for field, _ in screen.choices]
    app.simulate_key("escape")
    await app.until(lambda: isinstance(app.screen, RowsScreen))
    return fields


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


# --- live ----------------------------------------------------------------------------------------------------


async def watching(app: "MeasuredApp") -> dict[str, Any]:
    """The workers' view: when each change of a worker was drawn; at the end, what the screen says of each."""
    await app.until(lambda: _is_complete(app), OPENS)
    app.simulate_key("4")
    count = len(app.session.reading.snapshot.workers)
    await app.until(lambda: len(_workers(app)) == count)
    seen: dict[str, float] = {name: record.changed for name, record in _workers(app).items()}
    drawn: list[tuple[float, str, float]] = []
    last: list[object] = [None]

    def note() -> None:
        rows = _table(app).rows
        if rows is last[0]:
            return
        last[0], now = rows, time.monotonic()
        for name, record in _workers(app).items():
            if seen.get(name) != record.changed:
                seen[name] = record.changed
                drawn.append((now, name, record.changed))

    app.displays.append(note)
    app.ready()
    since = time.monotonic()
    await app.told_to_end.wait()
    rows = {name: [record.changed, dict(record.manifest or {})] for name, record in _workers(app).items()}
    return {"drawn": drawn, "rows": rows, "stall": app.worst_stall(since, time.monotonic())}


def _table(app: "MeasuredApp") -> RowTable[Any]:
    return app.screen.query_one("#rows", RowTable)


def _workers(app: "MeasuredApp") -> dict[str, Any]:
    """The worker of each row of the table."""
    tables = app.screen.query("#rows").results(RowTable)
    rows = [row for table in tables for row in table.rows]
    return {row.worker: row.record for row in rows if getattr(row, "record", None) is not None}
