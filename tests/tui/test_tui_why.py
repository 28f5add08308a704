"""The why view: what becomes of a lockfile's packages, and how one gets there."""

from pathlib import Path

import pytest
from scenarios import MAIN, left_over, make_app, press, settled, until
from textual_fspicker import FileOpen

from builders import StoreBuilder, config_hash, entry, ref, source_hash, write_lockfile
from pkgstore.explain.report import Explained
from pkgstore.journal import Actor, Journal
from pkgstore.layout import Layout
from pkgstore_tui.screens.why import WhyScreen
from pkgstore_tui.screens.why_lead import Lead
from pkgstore_tui.widgets.bars import Breadcrumb, KeyBar
from pkgstore_tui.widgets.facts import Facts


def view(app) -> WhyScreen:
    screen = app.screen
    assert isinstance(screen, WhyScreen)
    return screen


def crumbs(app) -> str:
    return app.screen.query_one(Breadcrumb).text


def verdicts(app) -> dict[str, str]:
    return {row.package: row.decision.verdict.value for row in view(app).table.rows}


def said(app) -> list[str]:
    """What stands above the packages."""
    return app.screen.query_one(Lead).text.split("\n")


def facts(app) -> list[str]:
    return [f"{fact.label} {fact.value}".strip() for fact in app.screen.query_one(Facts).facts]


async def answered(pilot) -> None:
    app = pilot.app
    await until(pilot, lambda: isinstance(app.screen, WhyScreen))
    await until(pilot, lambda: view(app).table.rows and isinstance(view(app).row, Explained))


async def open_why(pilot) -> None:
    await settled(pilot)
    await press(pilot, "5")
    await until(pilot, lambda: isinstance(pilot.app.screen, WhyScreen) and view(pilot.app).table.rows)


async def test_every_lockfile_in_reach(lively: StoreBuilder):
    left_over(lively)
    app = make_app(lively.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await open_why(pilot)
        found = [(row.name, row.kind) for row in view(app).table.rows]
        assert found == [("build", "app"), ("maps", "app"), ("6c1f-build", "build")]
        assert crumbs(app) == "Lockfiles3 lockfiles"
        await press(pilot, "j", "i")
        await until(pilot, lambda: f"platform {MAIN}" in facts(app))


@pytest.mark.parametrize("write", [False, True])
async def test_a_row_a_package_with_its_verdict(lively: StoreBuilder, write: bool):
    left_over(lively)
    app = make_app(lively.root, write=write)
    async with app.run_test(size=(160, 40)) as pilot:
        await open_why(pilot)
        await press(pilot, "j", "enter")
        await answered(pilot)
        assert list(verdicts(app).items()) == [
            ("s2", "config-miss"),
            ("sf", "config-miss"),
            ("units", "config-miss"),
            ("Rcpp", "source-miss"),
            ("dplyr", "hit"),
            ("shiny", "hit"),
        ]
        assert crumbs(app) == "maps for a build6 packages: 2 hits, 4 misses"
        assert said(app)[1] == "3 config-miss, 1 source-miss, 2 hit"
        await press(pilot, "j", "i")
        wanted, near = config_hash({"Rcpp": "1.0.14"}), config_hash({"Rcpp": "1.0.13"})[:8]
        await until(pilot, lambda: f"config wanted {wanted}" in facts(app))
        assert f"config wanted {wanted[:8]}  not stored" in facts(app)
        assert f"Nearest {near}: 1 of 1 differs" in facts(app)
        assert f"! Rcpp 1.0.14  {source_hash('Rcpp', '1.0.14')[:8]}  wanted" in facts(app)
        assert f"changed 1.0.13  {source_hash('Rcpp', '1.0.13')[:8]}  stored" in facts(app)
        await press(pilot, "F")
        await until(pilot, lambda: "hit" not in verdicts(app).values())
        await press(pilot, "F", "r", "escape")
        assert view(app).table.row.name == "maps"
        assert ("Evict" in app.screen.query_one(KeyBar).text) is write


async def test_what_the_journal_says_was_evicted(lively: StoreBuilder):
    left_over(lively)
    journal = Journal(Layout(str(lively.root)), "20240101T120000-evict-3f2a", Actor("ada", "server", 1))
    journal.begin("evict", {})
    gone = {"platform": MAIN, "package": "Rcpp", "ref": ref("Rcpp", "1.0.14"), "result": "trashed"}
    journal.item(gone)
    app = make_app(lively.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await open_why(pilot)
        await press(pilot, "j", "enter")
        await answered(pilot)
        assert verdicts(app)["Rcpp"] == "evicted"
        reason = next(row.decision.reason for row in view(app).table.rows if row.package == "Rcpp")
        assert reason.endswith("by ada@server (20240101T120000-evict-3f2a)")


async def test_filters(lively: StoreBuilder):
    left_over(lively)
    app = make_app(lively.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await open_why(pilot)
        await press(pilot, "j", "enter")
        await answered(pilot)
        for text, names in (("verdict:hit", ["dplyr", "shiny"]), ("links:Rcpp", ["s2", "sf"]), ("uni", ["units"])):
            view(app).choose(text=text)
            await until(pilot, lambda names=names: list(verdicts(app)) == names, text)


async def test_it_asks_again_when_the_store_has_changed(lively: StoreBuilder):
    left_over(lively)
    app = make_app(lively.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await open_why(pilot)
        await press(pilot, "j", "enter")
        await answered(pilot)
        lively.package("Rcpp").source("1.0.14").config()
        await press(pilot, "R")
        await until(pilot, lambda: verdicts(app)["Rcpp"] == "hit")
        lively.package("sf").source("1.0-16").config({"Rcpp": "1.0.14"})
        await press(pilot, "r")
        await until(pilot, lambda: verdicts(app)["sf"] == "hit", str(verdicts(app)))


async def test_a_lockfile_from_the_disk(lively: StoreBuilder, tmp_path: Path):
    lockfile = write_lockfile(tmp_path / "mine" / "other.lock", entry("dplyr", "1.1.4"))
    app = make_app(lively.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await open_why(pilot)
        await press(pilot, "o")
        await until(pilot, lambda: isinstance(app.screen, FileOpen))
        app.screen.dismiss(lockfile)
        await answered(pilot)
        assert crumbs(app) == "mine/other.lock for a build1 package: 1 hit"
        await press(pilot, "escape")
        assert view(app).table.row.path == str(lockfile)
        assert view(app).table.row.kind == "file"
        await press(pilot, "o")
        await until(pilot, lambda: isinstance(app.screen, FileOpen))
        await press(pilot, "escape")
        assert isinstance(app.screen, WhyScreen)


async def test_what_is_no_lockfile_says_why(lively: StoreBuilder):
    left_over(lively)
    app = make_app(lively.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await open_why(pilot)
        (lively.root.parent / "maps" / "pak.lock").write_text("{")
        await press(pilot, "j", "enter")
        await until(pilot, lambda: "this lockfile" in view(app).table.render_line(2).text)
        await press(pilot, "i", "r", "enter")


async def test_w_on_a_package_that_one_lockfile_names(lively: StoreBuilder):
    left_over(lively)
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test(size=(160, 40)) as pilot:
        await settled(pilot)
        await press(pilot, *"jjjjjj")
        assert app.screen.row.name == "sf"
        await press(pilot, "w")
        await answered(pilot)
        await until(pilot, lambda: view(app).row.package == "sf")
        assert crumbs(app).startswith("maps")


async def test_w_asks_which_where_several_name_it(lively: StoreBuilder):
    left_over(lively)
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test(size=(160, 40)) as pilot:
        await settled(pilot)
        await press(pilot, *"jjj")
        assert app.screen.row.name == "dplyr"
        await press(pilot, "enter", "enter", "w")
        await until(pilot, lambda: "dplyr: which lockfile?" in crumbs(app))
        assert [row.name for row in view(app).table.rows] == ["build", "maps", "6c1f-build"]
        await press(pilot, "enter")
        await answered(pilot)
        await until(pilot, lambda: view(app).row.package == "dplyr")
        assert crumbs(app).startswith("dplyr: which lockfile? › build")


async def test_w_where_no_lockfile_names_it(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test(size=(160, 40)) as pilot:
        await settled(pilot)
        assert app.screen.row.name == "BH"
        await press(pilot, "w")
        await until(pilot, lambda: isinstance(app.screen, WhyScreen))
        await until(pilot, lambda: app._notifications)
        assert [note.message for note in app._notifications] == [
            "no lockfile in reach names BH; o opens another one"
        ]


async def test_w_in_an_app_asks_its_own_lockfile(lively: StoreBuilder):
    left_over(lively)
    app = make_app(lively.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "3", "j", "enter", "j", "w")
        await answered(pilot)
        await until(pilot, lambda: view(app).row.package == "dplyr")
        assert crumbs(app).startswith("maps")


async def test_w_is_away_where_no_package_is_meant(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await settled(pilot)
        assert "Why" not in app.screen.query_one(KeyBar).text, "a platform is no package"
        await press(pilot, "w")
        assert app.current_mode == "packages"


async def test_without_lockfiles_it_says_what_to_do(store: StoreBuilder):
    app = make_app(store.root)
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "5")
        await until(pilot, lambda: isinstance(app.screen, WhyScreen))
        await until(pilot, lambda: "o opens a lockfile" in view(app).table.render_line(2).text)
        await press(pilot, "enter", "w", "i", "r", "escape")
