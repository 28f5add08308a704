"""What is looked at in the running interface. Each gives what `json` can write."""

import asyncio
import time
from typing import TYPE_CHECKING, Any

from bench.questions import OPENS, SETTLE, has_rows, is_complete
from bench.questions import asking as asking
from bench.questions import asking_small as asking_small
from bench.soak.screen import soaking as soaking
from pkgstore_tui.widgets.row_table import RowTable

if TYPE_CHECKING:
    from bench.hooks import MeasuredApp


async def opening(app: "MeasuredApp") -> dict[str, Any]:
    """Open the store: when there is something to see, when all of it, how long the loop stood still."""
    rows = await app.until(lambda: has_rows(app))
    complete = await app.until(lambda: is_complete(app), OPENS)
    await asyncio.sleep(SETTLE)
    return {
        "rows": rows - app.first_paint,
        "complete": complete - app.first_paint,
        "stall": app.worst_stall(app.first_paint, time.monotonic()),
        "stalls": app.stalls(app.first_paint),
        "count": sum(len(record.configs) for record in app.session.reading.snapshot.sources.values()),
    }


# --- live ----------------------------------------------------------------------------------------------------


async def watching(app: "MeasuredApp") -> dict[str, Any]:
    """The workers' view: when each change of a worker was drawn; at the end, what the screen says of each."""
    await app.until(lambda: is_complete(app), OPENS)
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
