"""Twenty thousand packages: rows are worked out off the loop, and the cursor keeps its place among them."""

import asyncio
import gc
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scenarios import MAIN, NOW, arranged, make_app, press, until

from builders import digest
from pkgstore.keys import ConfigKey, SourceKey
from pkgstore.model import ConfigRecord, SourceRecord
from pkgstore.snapshot import Snapshot
from pkgstore_tui.screens.package_levels import PackagesLevel
from pkgstore_tui.screens.packages import PackagesScreen

pytestmark = pytest.mark.campaign

MANY = 20_000


def many_packages(count: int) -> Snapshot:
    sources = {}
    for number in range(count):
        name = f"package{number * 7919 % count:05}"
        key, used = SourceKey(MAIN, name, digest(name)), NOW - 97 * (number * 31 % count)
        configs = [
            ConfigRecord(
                ConfigKey(MAIN, name, key.source_hash, digest(name, str(n))), True, True, used, {}, f"1.{n}"
            )
            for n in range(2)
        ]
        sources[key] = SourceRecord(key, tuple(configs))
    return Snapshot("/srv/nowhere", sources)


@pytest.fixture(scope="module")
def snapshot() -> Iterator[Snapshot]:
    """As after a reading of the store: what is kept for good is out of the collector's way."""
    gc.disable()
    made = many_packages(MANY)
    gc.freeze()
    gc.enable()
    yield made
    gc.unfreeze()


class Calls:
    """Counts the calls of a level's functions, by whether the loop's own thread made them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
        self.on_loop = dict.fromkeys(names, 0)
        self.elsewhere = dict.fromkeys(names, 0)
        self._loop = threading.get_ident()
        for name in names:
            monkeypatch.setattr(PackagesLevel, name, self._counted(name, getattr(PackagesLevel, name)))

    def _counted(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any) -> Any:
            counts = self.on_loop if threading.get_ident() == self._loop else self.elsewhere
            counts[name] += 1
            return function(*args)

        return counted


async def test_filter_sort_and_marks_are_worked_out_off_the_loop(
    tmp_path: Path, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
):
    """Counted, not timed: a loop that walked through the rows once would make as many calls as there are rows."""
    calls = Calls(monkeypatch, "rows", "fields", "summary", "key", "called", "trees", "configs")
    app = make_app(tmp_path, platform=MAIN)
    monkeypatch.setattr(app.session, "start", lambda: None)
    async with app.run_test(size=(120, 30)) as pilot:
        await asyncio.to_thread(app.session._absorb, snapshot, None)
        await press(pilot, "2")
        await until(pilot, lambda: isinstance(app.screen, PackagesScreen) and len(app.screen.table.rows) == MANY)
        screen = app.screen
        await press(pilot, "G", "slash", "9")
        await until(pilot, lambda: 0 < len(screen.table.rows) < MANY)
        await press(pilot, "7", "enter")
        await until(pilot, lambda: screen.place.choice.text == "97")
        await arranged(pilot)
        assert len(screen.table.rows) == sum("97" in key.package for key in snapshot.sources)
        await press(pilot, "escape", "n", "s", "s", "s", "s", "enter", "S", "g", "v", "G", "v", "a", "F", "F", "A")
        assert len(screen.table.rows) == MANY
    assert [calls.on_loop[name] for name in ("rows", "fields", "summary", "trees")] == [0, 0, 0, 0]
    assert calls.elsewhere["rows"], "they are asked for somewhere"
    assert calls.elsewhere["key"] > MANY
    assert sum(calls.on_loop.values()) < MANY // 2, calls.on_loop


async def test_a_snapshot_that_changes_keeps_the_cursor_where_it_is_among_many(
    tmp_path: Path, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
):
    app = make_app(tmp_path, platform=MAIN)
    monkeypatch.setattr(app.session, "start", lambda: None)
    async with app.run_test(size=(120, 30)) as pilot:
        await asyncio.to_thread(app.session._absorb, snapshot, None)
        await press(pilot, "2")
        await until(pilot, lambda: isinstance(app.screen, PackagesScreen) and len(app.screen.table.rows) == MANY)
        table = app.screen.table
        table.cursor = MANY // 2
        await press(pilot, "k", "k", "space")
        name, line = table.row.name, table.cursor - table.scroll_offset.y
        gone = [key for key in snapshot.sources if key.package < "package05000"]
        await asyncio.to_thread(app.session._absorb, snapshot.apply(dict.fromkeys(gone)), frozenset(gone))
        await until(pilot, lambda: len(table.rows) == MANY - len(gone))
        assert table.row.name == name
        assert table.cursor == MANY // 2 - 1 - len(gone)
        assert table.cursor - table.scroll_offset.y == line, "it stays on its line of the screen"
        assert len(app.screen.marked_rows) == 1
