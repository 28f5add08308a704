"""An admin who looks at the running interface for as long as it runs, and what the screen says of a worker.

`SOAK_SCREEN` has the seed, the socket where it is asked, and how to explain it (`stalls`, `memory`,
`objects`, or nothing).
"""

import asyncio
import json
import os
import time
import tracemalloc
from random import Random
from typing import TYPE_CHECKING, Any, Final

from bench.beats import Beats, Explainer
from bench.soak.admin import Admin
from bench.soak.grown import Grown, Looks, Objects
from pkgstore.model import WorkerRecord
from pkgstore.scan import read_snapshot
from pkgstore_tui.screens.workers import WorkersScreen

if TYPE_CHECKING:
    from bench.hooks import MeasuredApp

ALL: Final = "*"
"""Asked instead of a worker's name: everything."""


def _told(record: WorkerRecord | None) -> list[Any] | None:
    return None if record is None else [record.changed, dict(record.manifest or {})]


async def answer(admin: Admin, name: str) -> dict[str, Any]:
    """What the interface says of a worker, or of everything."""
    app = admin.app
    await admin.home()
    if not isinstance(app.screen, WorkersScreen):
        await admin.to_view("4")
    admin.doing = "is asked"
    if name == ALL:
        await admin.wait(lambda: app.screen.is_arranged, "nothing is on its way any more")
        return await _everything(app)
    rows = {row.worker: (at, row.record) for at, row in enumerate(app.screen.table.rows)}
    at, record = rows.get(name, (0, None))
    line = ""
    if record is not None:
        app.screen.table.cursor = at
        await asyncio.sleep(0.1)
        line = _line(app, name)
    return {"snapshot": _told(app.session.reading.snapshot.workers.get(name)), "row": _told(record), "line": line}


def _line(app: "MeasuredApp", name: str) -> str:
    """The line of the terminal that tells of a worker."""
    lines = (strip.text for strip in app.screen._compositor.render_strips())
    return next((line for line in lines if name[:8] in line), "")


async def _everything(app: "MeasuredApp") -> dict[str, Any]:
    """Each worker's row, and what of the session's reading is not as a fresh one."""
    session = app.session
    fresh = await asyncio.to_thread(read_snapshot, session.place.root, apps=session.place.apps)
    shown, wrong = session.reading.snapshot, []
    for kind in ("sources", "workers", "apps", "work"):
        ours, theirs = getattr(shown, kind), getattr(fresh, kind)
        keys = [key for key in {*ours, *theirs} if ours.get(key) != theirs.get(key)]
        wrong += [f"{kind}: {key}: {ours.get(key)} for {theirs.get(key)}" for key in keys]
    if shown.locks != fresh.locks:
        wrong.append(f"locks: {shown.locks} for {fresh.locks}")
    rows = {row.worker: _told(row.record) for row in app.screen.query_one("#rows").rows if row.record is not None}
    return {"rows": rows, "wrong": wrong, "workers": {name: _told(w) for name, w in fresh.workers.items()}}


async def soaking(app: "MeasuredApp") -> dict[str, Any]:
    """Look at everything until told to end; meanwhile answer who asks by the socket."""
    began = time.monotonic()
    seed, path, explain = os.environ["SOAK_SCREEN"].split(",")
    admin = Admin(app, Random(f"{seed}/admin"))
    await admin.wait(lambda: app.session.reading.complete and not app.session.is_reading, "the store is open")
    app.beats = beats = Beats(lambda: admin.doing)  # type: ignore[assignment]
    explainer = Explainer(beats)
    if explain == "stalls":
        explainer.start()
    if explain == "memory":
        tracemalloc.start(12)
    asked: asyncio.Queue[tuple[str, asyncio.StreamWriter]] = asyncio.Queue()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked.put(((await reader.readline()).decode().strip(), writer))

    server = await asyncio.start_unix_server(listen, path)
    app.ready()
    grown = {"memory": Grown, "objects": Objects}.get(explain)
    told = grown().told if grown else list
    looks = Looks()
    while not app.told_to_end.is_set():
        if asked.empty():
            await admin.something()
            continue
        name, writer = asked.get_nowait()
        writer.write(json.dumps(await answer(admin, name)).encode() + b"\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    server.close()
    return {
        **beats.told(),
        "admin": admin.counts,
        "cores": time.process_time() / (time.monotonic() - began),
        "where": explainer.found,
        "grown": [*told(), looks.told()],
    }
