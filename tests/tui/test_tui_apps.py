"""The apps view: what each app is made from, how its files differ, and whether it would start."""

import pytest
from scenarios import MAIN, OLD, SHOP, left_over, make_app, press, settled, until

from builders import StoreBuilder
from pkgstore_tui.screens.apps import AppsScreen
from pkgstore_tui.widgets.bars import Breadcrumb, KeyBar
from pkgstore_tui.widgets.facts import Facts


def view(app) -> AppsScreen:
    screen = app.screen
    assert isinstance(screen, AppsScreen)
    return screen


def shown(app) -> dict[str, list[str]]:
    table = view(app).table
    found = [table.render_line(y).text.split() for y in range(1, 1 + len(table.rows))]
    return {words[0]: words[1:] for words in found}


def facts(app) -> list[str]:
    return [f"{fact.label} {fact.value}".strip() for fact in app.screen.query_one(Facts).facts]


async def open_apps(pilot) -> None:
    await settled(pilot)
    await press(pilot, "3")
    await until(pilot, lambda: isinstance(pilot.app.screen, AppsScreen) and view(pilot.app).table.rows)


async def test_a_row_an_app(lively: StoreBuilder):
    left_over(lively)
    app = make_app(lively.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await open_apps(pilot)
        assert shown(app) == {
            "build": ["–", "–", "–", "3", "–", "–", "2h"],
            "maps": ["4", "4", "2", "6", "–", "1", "2h", "restart:", "4", "missing"],
            "shop": ["4", "–", "–", "–", "1", "1", "2h", "restart:", "4", "missing"],
        }
        assert app.screen.query_one(Breadcrumb).text == "Apps3 apps · 1 incomplete"


async def test_the_details_rehearse_a_cold_start(lively: StoreBuilder):
    left_over(lively)
    app = make_app(lively.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await open_apps(pilot)
        await press(pilot, "j", "i")
        await until(pilot, lambda: f"complete on {MAIN} (now)" in facts(app))
        assert f"4 of 4 packages are missing on {OLD} (restart)" in facts(app)
        assert "maps-5d0c91f2" in facts(app)
        await press(pilot, "j")
        await until(pilot, lambda: f"1 of 4 packages is missing on {MAIN} (now)" in facts(app))
        assert "missing stringi unknown" in facts(app)
        await press(pilot, "k", "k")
        await until(pilot, lambda: "there is no current manifest to start from" in facts(app))


@pytest.mark.parametrize("write", [False, True])
async def test_into_an_app(lively: StoreBuilder, write: bool):
    left_over(lively)
    app = make_app(lively.root, write=write)
    async with app.run_test(size=(160, 40)) as pilot:
        await open_apps(pilot)
        await press(pilot, "j", "enter")
        assert app.screen.query_one(Breadcrumb).text == "maps4 packages"
        rows = shown(app)
        assert rows["Rcpp"] == ["1.0.13", "1.0.12", "→", "1.0.13", "+", "1.0.13", "1.0.13", "→", "1.0.14"]
        assert rows["sf"] == ["1.0-16", "another", "config", "another", "config", "="]
        assert rows["cpp11"] == ["–", "–", "−", "0.4.7", "–", "not", "in", "it"]
        assert rows["s2"] == ["–", "–", "–", "+", "1.1.6", "not", "in", "it"]
        await press(pilot, "G", "g", "j", "j", "i")
        await until(pilot, lambda: any(line.startswith("prev 1.0.12  ") for line in facts(app)))
        assert "Into" not in app.screen.query_one(KeyBar).text
        assert ("Evict" in app.screen.query_one(KeyBar).text) is write
        await press(pilot, "i", "r", "R", "escape")
        assert app.screen.query_one(Breadcrumb).text.startswith("Apps")
        assert view(app).table.row.name == "maps"


async def test_what_the_store_lacks_is_flagged(lively: StoreBuilder):
    lively.app("shop", SHOP)
    app = make_app(lively.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await open_apps(pilot)
        await press(pilot, "G", "enter", "G")
        assert shown(app)["stringi"] == ["unknown", "not", "stored"]
        await press(pilot, "i")
        await until(pilot, lambda: any("it is not in the store" in line for line in facts(app)))
        await press(pilot, "F")
        assert [row.package for row in view(app).table.rows] == ["stringi"]


async def test_columns_are_only_those_of_files_that_are_there(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await open_apps(pilot)
        await press(pilot, "G", "enter")
        assert view(app).table.render_line(0).text.split() == ["PACKAGE", "▲", "VERSION", "PROBLEM"]


async def test_filters_and_sorts(lively: StoreBuilder):
    left_over(lively)
    app = make_app(lively.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await open_apps(pilot)
        for text, names in (("missing>0", ["shop"]), ("worker:maps", ["maps"]), ("state:whole", ["build", "maps"])):
            view(app).choose(text=text)
            await until(pilot, lambda names=names: [row.name for row in view(app).table.rows] == names, text)
        view(app).choose(text="", sort="packages", reverse=True)
        await until(pilot, lambda: [row.name for row in view(app).table.rows][-1] == "build")
        await press(pilot, "F")
        await until(pilot, lambda: [row.name for row in view(app).table.rows] == ["shop"])
        await press(pilot, "F", "enter")
        view(app).choose(text="has:changed")
        await until(pilot, lambda: view(app).table.rows is not None and view(app).is_arranged)


async def test_a_manifest_that_cannot_be_read_is_said(lively: StoreBuilder):
    (lively.root.parent / "maps" / "store-manifest.json").write_text("<<<<<<< ours")
    app = make_app(lively.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await open_apps(pilot)
        assert shown(app)["maps"][0] == "!"
        await press(pilot, "j", "i")
        await until(pilot, lambda: "current cannot be read" in facts(app))
        assert any(line.startswith("! damage") for line in facts(app))


async def test_no_apps_at_all(store: StoreBuilder):
    store.package("sf").source("1.0").config()
    app = make_app(store.root)
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "3")
        await until(pilot, lambda: isinstance(app.screen, AppsScreen))
        await until(pilot, lambda: "there is no app beside this store" in view(app).table.render_line(2).text)
        await press(pilot, "enter", "i", "r", "w", "escape")


async def test_an_app_that_goes_while_one_looks(lively: StoreBuilder):
    left_over(lively)
    app = make_app(lively.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await open_apps(pilot)
        await press(pilot, "j", "enter", "i")
        (lively.root.parent / "maps").rename(lively.root.parent.parent / "gone")
        await press(pilot, "R")
        await until(pilot, lambda: not view(app).table.rows)
        assert "this app is gone" in view(app).table.render_line(2).text


async def test_hostile_names(lively: StoreBuilder):
    lively.app("[/foo] [bold", {"[red]x": "a/b", "a\x1b[2J": "no ref"})
    app = make_app(lively.root)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_apps(pilot)
        await press(pilot, "g", "i", "enter")
        text = "".join(view(app).table.render_line(y).text for y in range(4))
        assert "[red]x" in text
        assert "a␛[2J" in text
        assert "[/foo] [bold" in app.screen.query_one(Breadcrumb).text
