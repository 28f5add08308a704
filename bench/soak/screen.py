"""An admin who looks at the running interface for as long as it runs, and what the screen says of a worker.

`SOAK_SCREEN` has the seed, the socket where it is asked, and how to explain (`stalls`, `memory`, or nothing).
"""

import asyncio
import gc
import json
import os
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from random import Random
from typing import TYPE_CHECKING, Any, Final

from textual import events

from bench.beats import Beats, Explainer
from pkgstore.model import WorkerRecord
from pkgstore.scan import read_snapshot
from pkgstore_tui.screens.drill import DrillScreen
from pkgstore_tui.screens.health import HealthScreen
from pkgstore_tui.screens.rows_screen import RowsScreen
from pkgstore_tui.screens.view import VIEWS, ViewScreen
from pkgstore_tui.screens.workers import WorkersScreen

if TYPE_CHECKING:
    from bench.hooks import MeasuredApp

ALL: Final = "*"
"""Asked instead of a worker's name: everything."""

_FILTERS: Final = (
    "data",
    "idle>1h",
    "configs>1",
    "links:Rcpp",
    "state:rooted",
    "!geo",
    "version:1.*",
    "nothing such",
)
_KEY_EVERY: Final = 0.15
_PATIENCE: Final = 30.0


class Admin:
    """Somebody at the keyboard."""

    def __init__(self, app: "MeasuredApp", rng: Random) -> None:
        self.app, self.rng = app, rng
        self.doing = "begins"
        self.counts: dict[str, int] = {}
        self._things: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (6, self._look_round),
            (5, self._watch_workers),
            (4, self._go_into),
            (4, self._filter),
            (3, self._sort),
            (2, self._dialogs),
            (1, self._check),
            (1, self._rescan),
            (1, self._measure),
        ]

    async def something(self) -> None:
        """One of the things that admins do."""
        (chosen,) = self.rng.choices([do for _, do in self._things], [weight for weight, _ in self._things])
        name = chosen.__name__.strip("_").replace("_", " ")
        self.counts[name] = self.counts.get(name, 0) + 1
        self.doing = name
        await chosen()
        await self.home()

    async def press(self, *keys: str) -> None:
        """Press keys as people do."""
        for key in keys:
            self.doing = f"{self.doing.partition(' [')[0]} [{key} in {type(self.app.screen).__name__}]"
            self.app.simulate_key(key)
            await asyncio.sleep(_KEY_EVERY)

    async def wait(self, fact: Callable[[], object], what: str) -> None:
        """Wait until something is so.

        Raises:
            TimeoutError: It never was.
        """
        end = asyncio.get_running_loop().time() + _PATIENCE
        while not fact():
            if asyncio.get_running_loop().time() > end:
                raise TimeoutError(f"{self.doing}: it never came true: {what} ({self.app.screen})")
            await asyncio.sleep(0.02)

    async def home(self) -> None:
        """Leave dialogs, filters and levels, and wait for the rows."""
        for _ in range(12):
            screen = self.app.screen
            if isinstance(screen, ViewScreen) and not (isinstance(screen, DrillScreen) and _is_away(screen)):
                break
            await self.press("escape")
        await self.arranged()

    async def arranged(self) -> None:
        """Wait for rows of the present level; newer ones are always on their way."""
        await self.wait(lambda: not isinstance(s := self.app.screen, RowsScreen) or _has_rows(s), "rows are shown")

    async def to_view(self, number: str) -> None:
        """To a view."""
        await self.press(number)
        name = next(name for key, name, _ in VIEWS if key == number)
        await self.wait(lambda: self.app.current_mode == name and self.app.screen.is_attached, f"the view {name}")
        await self.arranged()

    async def _look_round(self) -> None:
        await self.to_view(str(self.rng.randint(1, 7)))
        await self.press(*self.rng.choices(("j", "k", "G", "g", "ctrl+d", "ctrl+u"), k=self.rng.randint(2, 8)))
        if self.rng.random() < 0.3:
            await self.press("i", *"jjj", "i")

    async def _watch_workers(self) -> None:
        await self.to_view("4")
        await self.press(*self.rng.choice(("jjj", "G", "g", "e", "PP")))
        await asyncio.sleep(self.rng.uniform(1, 4))

    async def _go_into(self) -> None:
        await self.to_view(self.rng.choice("23467"))
        await self.press(*self.rng.choices("jG", k=3), "enter")
        await self.arranged()
        await self.press("j", "enter")
        await self.arranged()
        await self.press("escape", "escape")

    async def _filter(self) -> None:
        await self.to_view(self.rng.choice("234"))
        await self.press("slash")
        self.app.post_message(events.Paste(self.rng.choice(_FILTERS)))
        await asyncio.sleep(1)
        await self.press("escape")

    async def _sort(self) -> None:
        await self.to_view(self.rng.choice("234"))
        await self.press("s", *"j" * self.rng.randint(0, 4), "enter", "S")

    async def _dialogs(self) -> None:
        await self.to_view(self.rng.choice("234"))
        await self.press(self.rng.choice(("question_mark", "at", "J", "u", "Y", "colon", "w", "f")))
        await asyncio.sleep(0.5)

    async def _check(self) -> None:
        await self.to_view("6")
        await self.press("C")
        screen = self.app.screen
        if isinstance(screen, HealthScreen):
            await self.wait(lambda: self.app.session.checks.is_deep, "it is checked")

    async def _rescan(self) -> None:
        await self.press("R")
        await self.wait(lambda: not self.app.session.is_reading, "everything is read")

    async def _measure(self) -> None:
        await self.to_view("2")
        await self.press("m")
        await asyncio.sleep(1)


def _is_away(screen: DrillScreen) -> bool:
    return len(screen.levels) > screen.home or bool(_filter_text(screen)) or screen.filter_bar.is_editing


def _has_rows(screen: RowsScreen) -> bool:
    return screen.shown is not None and screen.shown.wish.level is screen.level


def _filter_text(screen: RowsScreen) -> str:
    wish = screen.shown.wish if screen.shown is not None else None
    return wish.choice.text if wish is not None else ""


# --- what is on the screen ----------------------------------------------------------------------------------------


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
    grown = _Grown() if explain == "memory" else None
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
        "grown": grown.told() if grown else [],
    }


class _Grown:
    """Where memory that stays was asked for, since a minute after the beginning."""

    def __init__(self) -> None:
        self._before: tracemalloc.Snapshot | None = None
        self._size = 0
        asyncio.get_running_loop().call_later(60, self._begin)

    def _begin(self) -> None:
        gc.collect()
        self._before, self._size = tracemalloc.take_snapshot(), tracemalloc.get_traced_memory()[0]

    def told(self) -> list[str]:
        """The places that grew most."""
        if self._before is None:
            return []
        gc.collect()
        size = tracemalloc.get_traced_memory()[0]
        found = tracemalloc.take_snapshot().compare_to(self._before, "traceback")[:25]
        whole = f"{(size - self._size) / 1024:.0f} KiB more, of {size / 1024:.0f} KiB in all"
        return [whole, *(f"{one.size_diff / 1024:.0f} KiB in {one.count_diff}: {_way(one)}" for one in found)]


def _way(grown: tracemalloc.StatisticDiff) -> str:
    return " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in reversed(grown.traceback))
