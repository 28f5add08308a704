"""The health view: what is wrong, by kind, and where it leads."""

import pytest
from scenarios import MAIN, NOW, OLD, left_over, make_app, press, settled, until

from builders import StoreBuilder
from pkgstore.keys import ConfigKey
from pkgstore.saved import SavedScan
from pkgstore.scan import read_snapshot
from pkgstore_tui.screens.health import HealthScreen
from pkgstore_tui.widgets.bars import Breadcrumb, KeyBar, StatusLine
from pkgstore_tui.widgets.facts import Facts


def view(app) -> HealthScreen:
    screen = app.screen
    assert isinstance(screen, HealthScreen)
    return screen


def shown(app) -> list[list[str]]:
    table = view(app).table
    return [table.render_line(y).text.split()[:3] for y in range(1, 1 + len(table.rows))]


def crumbs(app) -> str:
    return app.screen.query_one(Breadcrumb).text


async def open_health(pilot) -> None:
    await settled(pilot)
    await press(pilot, "6")
    await until(pilot, lambda: isinstance(pilot.app.screen, HealthScreen) and view(pilot.app).digest)
    await until(pilot, lambda: view(pilot.app).is_arranged)


async def to(pilot, code: str) -> None:
    """The cursor on a kind, and into it."""
    table = view(pilot.app).table
    table.cursor = [row.code for row in table.rows].index(code)
    await press(pilot, "enter")
    await until(pilot, lambda: crumbs(pilot.app).startswith(code))


async def test_the_kinds_with_the_worst_first(lively: StoreBuilder):
    left_over(lively)
    app = make_app(lively.root)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_health(pilot)
        assert shown(app) == [
            ["E", "BAD-META", "1"],
            ["E", "BROKEN-INSTALL", "1"],
            ["E", "DANGLING-ROOT", "1"],
            ["E", "PHANTOM", "1"],
            ["W", "LOCK-DISAGREES", "1"],
            ["W", "ORPHAN-SIDECAR", "1"],
            ["W", "ORPHAN-TREE", "1"],
            ["W", "RESTART-HAZARD", "1"],
            ["W", "STALE-BUILD", "1"],
            ["W", "STALE-LOCK", "1"],
            ["A", "DEAD-PLATFORM", "1"],
        ]
        assert crumbs(app) == "Health4 errors · 6 warnings · 1 advice"
        await press(pilot, "i")
        facts = app.screen.query_one(Facts)
        await until(
            pilot, lambda: any(fact.value.startswith("units 0.8-5: cannot be used") for fact in facts.facts)
        )


@pytest.mark.parametrize("write", [False, True])
@pytest.mark.parametrize(
    ("code", "mode", "crumb"),
    [
        ("BAD-META", "packages", f"{MAIN} › units"),
        ("PHANTOM", "packages", f"{MAIN} › s2 › "),
        ("BROKEN-INSTALL", "workers", "shop-3f2a77c1"),
        ("DANGLING-ROOT", "apps", "shop"),
        ("LOCK-DISAGREES", "apps", "maps"),
        ("STALE-LOCK", "activity", "Activity"),
        ("STALE-BUILD", "activity", "Activity"),
        ("DEAD-PLATFORM", "packages", OLD),
    ],
)
async def test_enter_leads_to_what_it_is_about(lively: StoreBuilder, code: str, mode: str, crumb: str, write: bool):
    left_over(lively)
    app = make_app(lively.root, write=write)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_health(pilot)
        await to(pilot, code)
        assert ("Evict" in app.screen.query_one(KeyBar).text) is write
        await press(pilot, "enter")
        await until(pilot, lambda: app.current_mode == mode)
        await until(pilot, lambda: crumbs(app).startswith(crumb))
        await until(pilot, lambda: app.screen.is_arranged)
        row = app.screen.row
        if code == "PHANTOM":
            assert isinstance(row.key, ConfigKey)
            assert row.is_phantom
        if code == "STALE-BUILD":
            assert row.name == "6c1f-build"
        await press(pilot, "6")
        await until(pilot, lambda: isinstance(app.screen, HealthScreen))
        await press(pilot, "escape")
        assert crumbs(app).startswith("Health")


async def test_the_details_name_path_and_meaning(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_health(pilot)
        await to(pilot, "PHANTOM")
        await press(pilot, "i")
        facts = app.screen.query_one(Facts)
        await until(pilot, lambda: facts.facts)
        said = {fact.label: fact.value for fact in facts.facts}
        assert said["severity"] == "error"
        assert said["path"].endswith("/configs.json")
        assert said["means"].startswith("configs.json lists a config whose tree is gone")
        await press(pilot, "w")
        await until(pilot, lambda: app.current_mode == "why")


async def test_what_was_mended_goes(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_health(pilot)
        await to(pilot, "ORPHAN-TREE")
        lively.package("terra").source("1.7-78").config({"Rcpp": "1.0.13"}, tree=False)
        await press(pilot, "r")
        await until(pilot, lambda: not view(app).table.rows)
        assert "none of this kind is left" in view(app).table.render_line(2).text


async def test_filters(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_health(pilot)
        view(app).choose(text="severity:advice")
        await until(pilot, lambda: shown(app) == [["A", "DEAD-PLATFORM", "1"]])
        view(app).choose(text="phantom")
        await until(pilot, lambda: shown(app) == [["E", "PHANTOM", "1"]])


async def test_a_whole_store_says_so(store: StoreBuilder):
    store.package("sf").source("1.0").config()
    app = make_app(store.root)
    async with app.run_test() as pilot:
        await open_health(pilot)
        assert "nothing is wrong, as far as reading alone can tell" in view(app).table.render_line(2).text
        await press(pilot, "enter", "i", "r", "w", "escape", "C")
        await until(pilot, lambda: view(app).table.render_line(2).text.strip() == "nothing is wrong")


# --- what only the packages' own files tell --------------------------------------------------------------------


def status(app) -> str:
    return app.screen.query_one(StatusLine).text


def rename_inside(store: StoreBuilder, name: str, new: str) -> None:
    """Let a tree's DESCRIPTION say that it is another package."""
    path = store.package(name).source("1.8.1.1").path
    (description,) = path.glob("*/DESCRIPTION")
    description.write_text(description.read_text().replace(f"Package: {name}", f"Package: {new}"))


async def test_a_check_looks_into_the_packages_own_files(lively: StoreBuilder):
    rename_inside(lively, "shiny", "shinier")
    app = make_app(lively.root)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_health(pilot)
        assert "WRONG-PACKAGE" not in str(shown(app))
        await until(pilot, lambda: "by readings alone; C checks the packages' own files too" in status(app))
        assert "C Check" in app.screen.query_one(KeyBar).text
        await press(pilot, "C")
        await until(pilot, lambda: ["E", "WRONG-PACKAGE", "1"] in shown(app))
        await until(pilot, lambda: "the packages' own files were checked 2026-01-02" in status(app))
        assert [logged.line for logged in app.session.log] == [f"pkgstore check --store {lively.root}"]
        await to(pilot, "WRONG-PACKAGE")
        await press(pilot, "i")
        facts = app.screen.query_one(Facts)
        await until(pilot, lambda: facts.facts)
        said = {fact.label: fact.value for fact in facts.facts}
        assert said["finding"] == "its DESCRIPTION is that of shinier"
        assert said["repair"].startswith("move it to the trash")


async def test_what_was_found_in_files_is_kept_up(lively: StoreBuilder):
    rename_inside(lively, "shiny", "shinier")
    app = make_app(lively.root)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_health(pilot)
        await press(pilot, "C")
        await until(pilot, lambda: ["E", "WRONG-PACKAGE", "1"] in shown(app))
        await to(pilot, "WRONG-PACKAGE")
        source = lively.package("shiny").source("1.8.1.1")
        (tree,) = (path for path in source.path.iterdir() if path.is_dir())
        text = (tree / "DESCRIPTION").read_text()
        (tree / "DESCRIPTION").write_text(text.replace("shinier", "shiny"))
        await press(pilot, "r")
        await until(pilot, lambda: not view(app).table.rows)


async def test_the_overview_counts_what_was_found_in_files_too(lively: StoreBuilder):
    rename_inside(lively, "shiny", "shinier")
    app = make_app(lively.root)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_health(pilot)
        await press(pilot, "C")
        await until(pilot, lambda: ["E", "WRONG-PACKAGE", "1"] in shown(app))
        await press(pilot, "1")
        await until(pilot, lambda: app.current_mode == "overview")
        await until(pilot, lambda: app.screen.digest and "WRONG-PACKAGE" in dict(app.screen.digest.by_code))


async def test_a_saved_scan_has_no_files_to_check(lively: StoreBuilder):
    app = make_app(lively.root, saved=SavedScan(read_snapshot(str(lively.root)), NOW, "1"))
    async with app.run_test(size=(120, 40)) as pilot:
        await open_health(pilot)
        assert "Check" not in app.screen.query_one(KeyBar).text
        before = shown(app)
        await press(pilot, "C")
        assert shown(app) == before
        assert not app.session.checks.is_deep
