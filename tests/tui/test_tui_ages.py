"""When configs were made: known for all rows once somebody asks by it, and said to be read until then."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from scenarios import MAIN, NOW, make_app, press, settled, until, write

from builders import SourceBuilder, StoreBuilder
from pkgstore import codec
from pkgstore.keys import SourceKey
from pkgstore_tui.widgets.bars import StatusLine

AGES = {"alpha": 60.0, "beta": 3 * 3600.0, "gamma": 40 * 86400.0}


def moment(ago: float) -> str:
    return datetime.fromtimestamp(NOW - ago, UTC).isoformat()


@pytest.fixture
def sources(store: StoreBuilder) -> dict[str, SourceBuilder]:
    """Three packages that were made at different times, and one whose sidecar does not tell."""
    store.now = NOW
    made = {name: store.package(name).source("1.0").config(created=moment(ago)) for name, ago in AGES.items()}
    return {**made, "odd": store.package("odd").source("1.0").config(created="yesterday")}


@contextmanager
def nobody_reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No sidecar is read before the end of the block."""
    go = threading.Event()

    def read(path: str) -> float | None:
        go.wait(20)
        return codec.created_at(path)

    monkeypatch.setattr("pkgstore_tui.session.ages.created_at", read)
    try:
        yield
    finally:
        go.set()


def shown(app) -> list[str]:
    """The packages of the rows that are shown."""
    rows = app.screen.table.rows if app.screen.is_arranged else ()
    return [getattr(row, "name", "") or row.key.package for row in rows]


async def filtered(pilot, text: str) -> None:
    await press(pilot, "slash")
    await write(pilot, text)
    await until(pilot, lambda: pilot.app.screen.place.choice.text == text)


def status(app) -> str:
    return app.screen.query_one(StatusLine).text


@pytest.mark.parametrize("flat", [False, True], ids=["packages", "all configs"])
async def test_a_filter_by_age_finds_rows_once_their_sidecars_are_read(
    store: StoreBuilder, sources: dict[str, SourceBuilder], monkeypatch: pytest.MonkeyPatch, flat: bool
):
    app = make_app(store.root, platform=MAIN)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        with nobody_reads(monkeypatch):
            await filtered(pilot, "age<2h")
            await until(pilot, lambda: not shown(app), "what is not known meets no term")
            await until(pilot, lambda: "reading when 4 configs were made" in status(app), "it is said")
            await filtered(pilot, "!age<2h")
            await until(pilot, lambda: not shown(app), "nor its negation")
        await until(pilot, lambda: shown(app) == ["beta", "gamma"], "those that are older")
        await until(pilot, lambda: "reading" not in status(app), "it is read")
        await filtered(pilot, "age<2h")
        await until(pilot, lambda: shown(app) == ["alpha"])


async def test_sources_by_age(store: StoreBuilder, sources: dict[str, SourceBuilder]):
    store.package("alpha").source("2.0").config(created=moment(5 * 86400))
    app = make_app(store.root, platform=MAIN)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "enter")
        await filtered(pilot, "age>1d")
        await until(pilot, lambda: [row.version for row in app.screen.table.rows] == ["2.0"])


@pytest.mark.parametrize("reverse", [False, True])
async def test_all_rows_are_sorted_by_when_they_were_made(
    store: StoreBuilder, sources: dict[str, SourceBuilder], reverse: bool
):
    app = make_app(store.root, platform=MAIN)
    async with app.run_test(size=(160, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "t")
        app.screen.choose(sort="age", reverse=reverse)
        wanted = [*(reversed(AGES) if reverse else AGES), "odd"]
        await until(pilot, lambda: shown(app) == wanted, "what does not tell comes last")
        assert "CREATED" in app.screen.table.render_line(0).text


async def test_a_sidecar_that_is_written_anew_is_read_again(store: StoreBuilder, sources: dict[str, SourceBuilder]):
    app = make_app(store.root, platform=MAIN)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await filtered(pilot, "age<2h")
        await until(pilot, lambda: shown(app) == ["alpha"])
        sidecar: Path = sources["gamma"].sidecar
        sidecar.write_text(sidecar.read_text().replace(moment(AGES["gamma"]), moment(30)))
        os.utime(sidecar, (NOW + 1, NOW + 1))
        app.session.reread([SourceKey(MAIN, "gamma", sources["gamma"].key)])
        await until(pilot, lambda: shown(app) == ["alpha", "gamma"])


async def test_only_what_is_in_sight_is_read_before_anybody_asks(
    store: StoreBuilder, sources: dict[str, SourceBuilder]
):
    app = make_app(store.root, platform=MAIN)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        ages, keys = app.session.ages, [config.key for config in app.session.reading.snapshot.configs()]
        assert [ages.get(key) for key in keys] == [None] * 4
        await press(pilot, "enter", "enter")
        await until(pilot, lambda: app.screen.table.rows and ages.get(app.screen.table.row.key) == NOW - 60)
        assert sum(ages.get(key) is not None for key in keys) == 1
