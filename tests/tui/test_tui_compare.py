"""Two things side by side."""

import pytest
from scenarios import MAIN, MAPS, SHOP, make_app, settled, until, walk

from builders import StoreBuilder
from pkgstore.compare import Change
from pkgstore_tui.screens.compare import CompareScreen
from pkgstore_tui.screens.comparing import Comparison, Line

TO_SF_CONFIGS = (*"jjjjjj", "enter", "enter")


async def compared(pilot) -> CompareScreen:
    """The comparison, once it is worked out."""
    app = pilot.app
    await until(pilot, lambda: isinstance(app.screen, CompareScreen) and app.screen.comparison is not None)
    return app.screen


def shown(screen: CompareScreen) -> dict[str, tuple[str, str, str]]:
    return {row.name: (row.before, row.after, row.change.value) for row in screen.table.rows if row.change}


async def test_two_configs(lively: StoreBuilder):
    libs = next(path for path in (lively.root / MAIN / "sf").glob("*/*/libs"))
    (libs / "[foo] [bold.so").write_bytes(b"12345")
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        await walk(pilot, *TO_SF_CONFIGS, "space", "space", "equals_sign")
        screen = await compared(pilot)
        found = shown(screen)
        assert found["Rcpp"][0].startswith("1.0.13 (")
        assert found["Rcpp"][1].startswith("1.0.12 (")
        assert found["Rcpp"][2] == "changed"
        assert sorted(found["libs/[foo] [bold.so"][:2]) == ["", "5 B"]
        assert "Version" not in found
        assert [row.name for row in screen.table.rows if row.change is None] == ["Built against", "Files"]
        await walk(pilot, "a")
        found = shown(screen)
        assert found["Version"] == ("1.0-16", "1.0-16", "same")
        assert "libs/sf.so" in found
        await walk(pilot, "a")
        assert "Version" not in shown(screen)
        await walk(pilot, "q")
        assert app.screen is not screen


async def test_one_marked_and_the_present_one(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        await walk(pilot, *TO_SF_CONFIGS, "space", "equals_sign")
        assert "Rcpp" in shown(await compared(pilot))


async def test_two_workers(lively: StoreBuilder, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERM", "xterm")
    app = make_app(lively.root)
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        await walk(pilot, "4")
        await until(pilot, lambda: app.current_mode == "workers" and app.screen.table.rows)
        await walk(pilot, "space", "space", "equals_sign")
        screen = await compared(pilot)
        found = shown(screen)
        assert set(found) == {name for name in MAPS.keys() | SHOP.keys() if MAPS.get(name) != SHOP.get(name)}
        assert found["BH"][0] == ""
        assert found["BH"][1].startswith("1.84.0-0 (")
        assert found["BH"][2] == "came"
        assert found["sf"][2] == "went"
        assert found["stringi"][1].startswith("unknown (")
        await walk(pilot, "y")
        assert app.clipboard.startswith("pkgstore diff ")
        assert str(lively.root) in app.clipboard


async def test_two_apps(lively: StoreBuilder):
    lively.app("shop", SHOP)
    app = make_app(lively.root)
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        await walk(pilot, "3")
        await until(pilot, lambda: app.current_mode == "apps" and app.screen.is_arranged and app.screen.table.rows)
        names = [row.record.key.name for row in app.screen.table.rows]
        app.screen.table.cursor = names.index("maps")
        await walk(pilot, "space")
        app.screen.table.cursor = names.index("shop")
        await walk(pilot, "equals_sign")
        screen = await compared(pilot)
        assert (screen.comparison.before, screen.comparison.after) == ("maps", "shop")
        assert shown(screen)["stringi"][0] == ""
        assert screen.comparison.command == f"pkgstore diff app:maps app:shop --store {lively.root}"


async def test_unlike_things_are_not_compared(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await settled(pilot)
        view = app.screen
        await walk(pilot, "space", "space", "equals_sign")
        assert app.screen is view, "packages hold several configs each"


async def test_nothing_to_compare(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await settled(pilot)
        view = app.screen
        await walk(pilot, "equals_sign")
        assert app.screen is view
        assert any("mark two configs" in note.message for note in app._notifications)


async def test_trees_that_go_meanwhile(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        await walk(pilot, *TO_SF_CONFIGS, "space", "space")
        (lively.root / MAIN / "sf").rename(lively.root.parent / "sf")
        await walk(pilot, "equals_sign")
        assert set(shown(await compared(pilot))) == {"Rcpp"}, "what the reading knows"


def test_headings_above_nothing_are_left_out():
    lines = (
        Line("A"),
        Line("a", "1", "1", Change.SAME),
        Line("B"),
        Line("b", "1", "2", Change.CHANGED),
        Line("C"),
        Line("c", "1", "1", Change.SAME),
    )
    found = Comparison("x", "y", lines)
    assert [line.name for line in found.shown(everything=False)] == ["B", "b"]
    assert found.shown(everything=True) == lines
    assert found.differing == 1
    assert Comparison("x", "y", lines[:2]).shown(everything=False) == ()
    assert Comparison("x", "y", (Line("A"), Line("B"))).shown(everything=True) == ()
