"""Stores with a fixed content, clock and look, for tests, snapshots and pictures."""

import json
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from textual.pilot import Pilot
from textual.screen import Screen

from builders import LibraryBuilder, StoreBuilder, entry, ref, write_lockfile
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout
from pkgstore.operations.evict import apply_evict, plan_evict
from pkgstore.progress import Cancel
from pkgstore.scan import read_snapshot
from pkgstore.usage import Tree, TreeSize
from pkgstore.watch import WatchState
from pkgstore_tui.app import PkgstoreApp
from pkgstore_tui.screens.rows_screen import RowsScreen
from pkgstore_tui.session import Options, Session
from pkgstore_tui.settings import Place
from pkgstore_tui.user_settings import UserSettings

NOW = 1_767_323_045.0
"""2026-01-02 03:04:05 UTC."""

DEADLINE = 60.0
"""Seconds after which a fact is taken never to come true; a busy machine may take a while."""
OLD = "4.4-x86_64-pc-linux-gnu"
MAIN = "4.5-x86_64-pc-linux-gnu"
Press = Callable[[Pilot[None]], Awaitable[None]]


def fake_size(layout: Layout, key: ConfigKey, cancel: Cancel) -> Tree:
    """A size that follows from the name alone, so that it is the same on every file system."""
    kib = 40 + sum(map(ord, key.package + key.config_hash[:2])) * 7 % 9000
    return Tree(TreeSize(kib * 1024, kib * 1024 + 8192, 3 + len(key.package)), TreeSize(kib * 256, kib * 256, 1))


def shop_store(root: Path) -> StoreBuilder:
    """A small store with a bit of everything: two versions, two configs, damage, another platform, workers."""
    store = StoreBuilder(root, now=NOW)
    store.package("BH").source("1.84.0-0").config(used="3h")
    store.package("cpp11").source("0.4.7").config(used="44d")
    store.package("cpp11").source("0.5.0").config(used="5h")
    store.package("data.table").source("1.15.4").config(used="6d")
    store.package("dplyr").source("1.1.4").config(used="3h")
    store.package("Rcpp").source("1.0.12").config(used="44d")
    store.package("Rcpp").source("1.0.13").config(used="3h")
    store.package("sf").source("1.0-16").config({"Rcpp": "1.0.12"}, "44d").config({"Rcpp": "1.0.13"}, "3h")
    store.package("s2").source("1.1.6").config({"Rcpp": "1.0.12"}, "61d", tree=False)
    store.package("shiny").source("1.8.1.1").config(used="3h")
    store.package("terra").source("1.7-78").config({"Rcpp": "1.0.13"}, "2h", sidecar=False)
    store.package("units").source("0.8-5").config({"Rcpp": "1.0.13"}, "19d").configs_json.write_text("{")
    store.on(OLD).package("glue").source("1.7.0").config(used="143d")
    store.on(OLD).package("rlang").source("1.1.3").config(used="97d")
    return store


MAPS = {
    "Rcpp": ref("Rcpp", "1.0.13"),
    "dplyr": ref("dplyr", "1.1.4"),
    "sf": ref("sf", "1.0-16", {"Rcpp": "1.0.13"}),
    "shiny": ref("shiny", "1.8.1.1"),
}
SHOP = {
    "BH": ref("BH", "1.84.0-0"),
    "dplyr": ref("dplyr", "1.1.4"),
    "shiny": ref("shiny", "1.8.1.1"),
    "stringi": ref("stringi", "1.8.4"),
}


def write_worker(store: StoreBuilder, name: str, refs: dict[str, str] | None, age: float = 0.0) -> Path:
    """A worker whose manifest is `age` seconds old."""
    library = store.worker(name, refs)
    for path in (library / ".packages.json", library):
        if path.exists():
            os.utime(path, (NOW - age, NOW - age))
    return library


def lively_store(root: Path) -> StoreBuilder:
    """The shop store with workers, an app, and a library that waits to be ingested."""
    store = shop_store(root)
    write_worker(store, "maps-5d0c91f2", MAPS, 7200)
    write_worker(store, "shop-3f2a77c1", SHOP, 95)
    write_worker(store, "shop-9b41e0aa", None, 4)
    store.app("maps", MAPS)
    builds = root.parent / "build"
    library = LibraryBuilder(builds / "library")
    library.package("dplyr", "1.1.4").package("httpuv", "1.6.15", "Rcpp").package("Rcpp", "1.0.13")
    write_lockfile(builds / "pak.lock", entry("dplyr", "1.1.4"), entry("httpuv", "1.6.15"), entry("Rcpp", "1.0.13"))
    return store


def left_over(store: StoreBuilder) -> None:
    """What makes more of the lively store: rollback targets, lockfiles, locks, and what a crash left."""
    old = MAPS | {"Rcpp": ref("Rcpp", "1.0.12"), "sf": ref("sf", "1.0-16", {"Rcpp": "1.0.12"})}
    maps = store.app("maps", MAPS, prev=old, build={"sf": old["sf"], "cpp11": ref("cpp11", "0.4.7")})
    locked = "Rcpp 1.0.14, sf 1.0-16, dplyr 1.1.4, shiny 1.8.1.1, s2 1.1.6, units 0.8-5"
    write_lockfile(maps / "pak.lock", *(entry(*package.split()) for package in locked.split(", ")))
    shop = store.app("shop", SHOP)
    store.package("sf").source("1.0-16").locked("12m")
    store.package("BH").source("1.84.0-0").locked("50m")
    work = store.work("6c1f-build")
    write_lockfile(work / "pak.lock", entry("dplyr", "1.1.4"))
    for path in (work / "pak.lock", work):
        os.utime(path, (NOW - 3 * 86400, NOW - 3 * 86400))
    for folder in (maps, shop, store.root.parent / "build"):
        for path in folder.iterdir():
            os.utime(path, (NOW - 7200, NOW - 7200))


EVICTED = "20251231T030405-evict-3f2a"
SWEPT = "20251220T030405-sweep-77aa"


def told(store: StoreBuilder, operation: str, items: Sequence[Mapping[str, object]] = (), **more: str) -> None:
    """Lines of the journal as an operation writes them, at the time that its id says."""
    at = datetime.strptime(operation[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC).isoformat()
    what = operation.split("-")[1]
    who = {"user": "root", "host": "shop1", "pid": 7, "command": more.get("command", f"pkgstore {what}")}
    begin = {"event": "begin", "what": what, **who, "plan": {"items": len(items)}}
    end = {"event": "end", "outcome": more.get("outcome", "done"), "why": more.get("why", ""), "result": {}}
    lines = [begin, *({"event": "item", **item} for item in items), end]
    path = store.root / ".pkgstore" / "journal.jsonl"
    path.parent.mkdir(exist_ok=True)
    with path.open("a") as journal:
        journal.writelines(json.dumps({"v": 1, "at": at, "op": operation, **line}) + "\n" for line in lines)


def with_a_past(store: StoreBuilder) -> None:
    """What was done to the lively store: two evictions, whose trees lie in the trash, and more in the journal."""
    config = {"platform": MAIN, "package": "cpp11", "ref": ref("cpp11", "0.4.7")}
    told(
        store, "20251219T120000-ingest-0c0c", [{**config, "result": "ingested"}], command="pkgstore ingest --lib x"
    )
    for operation, packages in ((SWEPT, {"sf"}), (EVICTED, {"cpp11", "Rcpp"})):
        snapshot = read_snapshot(str(store.root))
        plan = plan_evict(snapshot, MAIN, 40 * 86400, now=NOW)
        chosen = replace(plan, items=tuple(item for item in plan.items if item.key.package in packages))
        list(apply_evict(Layout(str(store.root)), chosen, operation=operation))
        told(
            store,
            operation,
            [
                {
                    "platform": MAIN,
                    "package": item.key.package,
                    "ref": item.key.ref,
                    "result": "trashed",
                    "bytes": 4096,
                    "reason": "not used for 40 days",
                }
                for item in chosen.items
            ],
            command="pkgstore evict --idle 40d --yes",
        )
    told(store, "20260101T091500-clean-00ff", [{"what": "lock:x", "result": "emptied"}], outcome="cancelled")
    (store.root / ".pkgstore" / "journal.jsonl").open("a").write("{ damaged\n")


PLAIN_USER = UserSettings(ascii=False)
"""Somebody without wishes, on a terminal that has all signs."""


def make_app(
    root: Path, *, watch: bool = False, live: bool = True, settings: UserSettings = PLAIN_USER, **options: Any
) -> PkgstoreApp:
    """The interface on a store, nothing moving, the clock fixed.

    Args:
        root: The store.
        watch: Whether the disk is really watched.
        live: Whether the status line says so in any case.
        settings: What the user wants.
        options: As for `Options`.
    """
    given = {"clock": lambda: NOW, "measure": fake_size, "shown": "/srv/bundles/.pkg-store", "watch": watch}
    session = Session(Place(str(root), str(root.parent), "720h"), Options(**(given | options)))
    if not watch and live:
        session.watch_state = WatchState("events")
    session.jobs.ticks = lambda: 0.0  # so that nothing has a pace
    app = PkgstoreApp(session, settings)
    app.animation_level = "none"
    app.NOTIFICATION_TIMEOUT = 600.0  # seconds: a busy machine may look at a message long after it came
    return app


async def until(pilot: Pilot[None], fact: Callable[[], object], what: str = "") -> None:
    """Wait for a fact, never for a time; fails when it does not come true."""
    deadline = monotonic() + DEADLINE
    while not fact():
        assert monotonic() < deadline, f"it never came true: {what or fact}"
        await pilot.pause(0.01)
    await pilot.pause()


async def settled(pilot: Pilot[None]) -> None:
    """Wait until the store is read and measured, and that is on the screen."""
    app = pilot.app
    assert isinstance(app, PkgstoreApp)
    session = app.session
    await until(pilot, lambda: session.reading.complete and not session.is_reading, "the store is read")
    await until(pilot, lambda: bool(app.screen.query("#rows")) and bool(app.screen.focused), "a view is shown")
    await until(pilot, lambda: not session.sizes.waiting, "everything is measured")
    for _ in range(3):
        await pilot.pause()
        await until(pilot, lambda: getattr(app.screen, "is_arranged", True), "the rows are shown")
    await until(pilot, lambda: not session.sizes.waiting, "everything is measured")
    await until(pilot, lambda: _is_summed_up(app.screen), "the sums are shown")


def _is_summed_up(screen: Screen[Any]) -> bool:
    """Whether what was measured is in the sums of rows; they follow once a second, so ask for them."""
    if not isinstance(screen, RowsScreen) or not screen._totals:
        return True
    screen.redraw()
    sizes, level = screen.session.sizes, screen.level
    shown = [(screen._totals.get(level.key(row)), sizes.total(level.trees(row))) for row in screen.table.rows]
    return screen.is_arranged and all(total == measured for total, measured in shown)


async def arranged(pilot: Pilot[None]) -> None:
    """Wait until the rows that were asked for are shown."""
    await until(pilot, lambda: getattr(pilot.app.screen, "is_arranged", True), "the rows are shown")


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys one after another, and wait until what they ask for is shown."""
    for key in keys:
        await pilot.press(key)
    await pilot.pause()
    await arranged(pilot)


async def walk(pilot: Pilot[None], *keys: str) -> None:
    """Press keys one after another, each when the rows are there that the one before asked for."""
    for key in keys:
        await pilot.press(key)
        await until(pilot, lambda: getattr(pilot.app.screen, "is_arranged", True), f"the rows after {key}")


async def write(pilot: Pilot[None], text: str) -> None:
    """Put a text into the field that has the focus, as a paste does."""
    focused = pilot.app.focused
    assert focused is not None
    focused.value = text
    await pilot.pause()
