"""The packages view, driven by its keys."""

from pathlib import Path

import pytest
from scenarios import MAIN, make_app, press, settled, until

from builders import StoreBuilder
from pkgstore_tui.screens.packages import PackagesScreen
from pkgstore_tui.widgets.bars import Breadcrumb, KeyBar, TitleBar
from pkgstore_tui.widgets.facts import Facts


def view(app):
    screen = app.screen
    assert isinstance(screen, PackagesScreen)
    return screen


def crumbs(app) -> str:
    return app.screen.query_one(Breadcrumb).text


def names(app) -> list[str]:
    table = view(app).table
    return [getattr(row, "name", "") or getattr(row, "version", "") for row in table.rows]


async def test_drill_from_platforms_to_configs_and_back(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test() as pilot:
        await settled(pilot)
        assert names(app) == ["4.4-x86_64-pc-linux-gnu", MAIN]
        assert crumbs(app) == "Platforms2 platforms"
        await press(pilot, "down", "enter")
        assert names(app) == [
            "BH", "cpp11", "data.table", "dplyr", "Rcpp", "s2", "sf", "shiny", "terra", "units"
        ]  # fmt: skip
        await press(pilot, "j", "l")  # cpp11
        assert names(app) == ["0.5.0", "0.4.7"]
        assert crumbs(app) == f"{MAIN} › cpp112 sources · 2 configs"
        await press(pilot, "right")
        assert [row.key.package for row in view(app).table.rows] == ["cpp11"]
        for key, level in (("escape", 2), ("h", 1), ("left", 0)):
            await press(pilot, key)
            assert len(view(app).levels) == level + 1
        assert view(app).table.row.name == MAIN, "the cursor is where it was left"


async def test_enter_on_a_config_goes_to_its_files(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "enter", "enter", "enter")
        assert len(view(app).levels) == 5
        assert [row.name for row in view(app).table.rows] == ["R", "DESCRIPTION"]


async def test_one_platform_is_skipped_but_can_be_reached(store: StoreBuilder):
    store.package("sf").source("1.0-16").config()
    app = make_app(store.root)
    async with app.run_test() as pilot:
        await settled(pilot)
        await until(pilot, lambda: crumbs(app).startswith(MAIN))
        assert "q Quit" in app.screen.query_one(KeyBar).text
        await press(pilot, "escape")
        assert names(app) == [MAIN]


async def test_moving_the_cursor(tmp_path: Path):
    store = StoreBuilder(tmp_path / "store")
    for number in range(40):
        store.package(f"p{number:02}").source().config()
    app = make_app(store.root)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await until(pilot, lambda: len(view(app).table.rows) == 40)
        table = view(app).table
        moves = (
            ("j", 1), ("down", 2), ("k", 1), ("up", 0), ("G", 39), ("g", 0), ("end", 39), ("home", 0),
            ("ctrl+d", 18), ("pagedown", 36), ("ctrl+u", 18), ("pageup", 0), ("k", 0),
        )  # fmt: skip
        for key, index in moves:
            await press(pilot, key)
            assert table.cursor == index, key
            assert table.row in table.rows_in_sight


async def test_details_show_full_hashes_and_hide_again(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, *"jjjjjj", "enter", "enter", "i")  # sf
        facts = app.screen.query_one(Facts)
        assert facts.display
        values = [fact.value for fact in facts.facts]
        row = view(app).table.row
        assert {row.key.source_hash, row.key.config_hash} <= set(values)
        assert any(fact.label == "Rcpp" and fact.value.startswith("1.0.13 ") for fact in facts.facts)
        assert "Hide" in app.screen.query_one(KeyBar).text
        await press(pilot, "tab")
        assert app.focused is facts
        await press(pilot, "j", "k", "G", "g", "ctrl+d", "ctrl+u", "shift+tab")
        assert app.focused is view(app).table
        await press(pilot, "i")
        assert not facts.display


async def test_flags_and_sizes_and_users_are_told(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        lines = [view(app).table.render_line(y).text for y in range(11)]
        said = {line.split()[0]: line.rstrip() for line in lines[1:]}
        assert said["s2"].endswith("P") or said["s2"].endswith("PO")
        assert said["terra"].endswith("O")
        assert said["units"].endswith("!")
        assert "MiB" in said["sf"]
        assert "Rcpp 1.0.13" in said["sf"]
        assert said["dplyr"].endswith("  3"), "two workers and an app"


async def test_refresh_row_and_rescan_see_what_changed(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await settled(pilot)
        lively.package("BH").source("1.84.0-0").config({"Rcpp": "1.0.13"}, "1h")
        await press(pilot, "r")
        await until(pilot, lambda: len(view(app).table.rows[0].configs) == 2)
        lively.package("AAA").source().config()
        await press(pilot, "R")
        await until(pilot, lambda: names(app)[0] == "AAA")
        assert view(app).table.row.name == "BH", "the cursor stays on its row"


async def test_what_is_gone_leaves_an_empty_level_behind(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, *"jjj", "enter")
        (lively.root / MAIN / "dplyr").rename(lively.root / "gone")
        await press(pilot, "r")
        await until(pilot, lambda: not view(app).table.rows)
        assert "not in the store any more" in view(app).table.render_line(2).text
        await press(pilot, "d", "r", "i", "enter", "l", "escape")
        assert crumbs(app).startswith(MAIN)


async def test_mouse_moves_goes_into_and_changes_views(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.click("#rows", offset=(4, 3))
        assert view(app).table.row.name == "data.table"
        await pilot.click("#rows", offset=(4, 3), times=2)
        await until(pilot, lambda: "data.table" in crumbs(app))
        title = app.screen.query_one(TitleBar).text
        await pilot.click(TitleBar, offset=(1 + title.index("4"), 0))
        await until(pilot, lambda: app.current_mode == "workers")


async def test_names_that_look_like_markup_or_move_the_cursor_are_shown_as_they_are(store: StoreBuilder):
    store.package("[red]x[bold").source("[/foo]").config()
    store.package("a\x1b[2Jb\nc").source("1.0").config()
    app = make_app(store.root)
    async with app.run_test() as pilot:
        await settled(pilot)
        await until(pilot, lambda: len(view(app).table.rows) == 2)
        text = "".join(view(app).table.render_line(y).text for y in range(4))
        assert "[red]x[bold" in text
        assert "[/foo]" in text
        assert "a␛[2Jb␊c" in text
        await press(pilot, "i", "enter", "enter", "escape", "escape", "down", "enter", "enter")
        assert "␛" in crumbs(app) or "[red]" in crumbs(app)


async def test_a_store_that_vanishes_and_comes_back(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await settled(pilot)
        away = lively.root.with_name("away")
        lively.root.rename(away)
        await press(pilot, "R")
        await until(pilot, lambda: app.session.trouble)
        await until(pilot, lambda: "there is no store here" in app.screen.query_one("StatusLine").text)
        assert [note.severity for note in app._notifications] == ["error"], "one clear message"
        await press(pilot, "enter", "i", "r", "d", "4", "2", "escape")
        away.rename(lively.root)
        await press(pilot, "R")
        await until(pilot, lambda: not app.session.trouble and app.session.reading.snapshot.sources)


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (200, 50)])
async def test_every_size_shows_names_and_keys(lively: StoreBuilder, size: tuple[int, int]):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        assert "PACKAGE" in view(app).table.render_line(0).text
        assert "dplyr" in "".join(view(app).table.render_line(y).text for y in range(6))
        assert app.screen.query_one(KeyBar).text.startswith("? Help")
        assert "LOCKED" in app.screen.query_one(TitleBar).text
