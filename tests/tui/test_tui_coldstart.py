"""The rehearsal of cold starts in the apps view: every target, every platform, what is missing and why."""

from scenarios import MAIN, MAPS, NOW, OLD, left_over, make_app, press, settled, until

from builders import StoreBuilder, ref
from pkgstore.model import Tier
from pkgstore.saved import SavedScan
from pkgstore.scan import read_snapshot
from pkgstore_tui.screens.apps import AppsScreen
from pkgstore_tui.screens.rehearsed_gaps import GapsLevel
from pkgstore_tui.screens.rehearsing import RehearsalLevel
from pkgstore_tui.widgets.bars import Breadcrumb, KeyBar
from pkgstore_tui.widgets.facts import Facts


def rows(app) -> list[tuple[str, str, str, str, str]]:
    """App, target, platform, when, and how it starts, of each row."""
    table = app.screen.table
    starts = table.columns[-1]
    return [(r.name, r.target.tier.value, r.platform, r.when, starts.cell(r).text) for r in table.rows]


def facts(app) -> list[str]:
    return [f"{fact.label} {fact.value}".strip() for fact in app.screen.query_one(Facts).facts]


def keys(app) -> str:
    return app.screen.query_one(KeyBar).text


async def rehearse(pilot, *keys: str) -> None:
    """Open the apps view, press keys there, then rehearse."""
    await settled(pilot)
    await press(pilot, "3")
    await until(pilot, lambda: isinstance(pilot.app.screen, AppsScreen) and pilot.app.screen.table.rows)
    await press(pilot, *keys, "c")
    await until(pilot, lambda: isinstance(pilot.app.screen.level, RehearsalLevel))
    await settled(pilot)


async def test_every_target_on_every_platform_the_one_in_use_first(lively: StoreBuilder):
    left_over(lively)
    app = make_app(lively.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await rehearse(pilot)
        maps = "without Rcpp, dplyr, sf and 1 more"
        assert rows(app) == [
            ("maps", "current", MAIN, "now", "whole"),
            ("maps", "current", OLD, "restart", maps),
            ("maps", "prev", MAIN, "now", "whole"),
            ("maps", "prev", OLD, "restart", maps),
            ("maps", "build", MAIN, "now", "whole"),
            ("maps", "build", OLD, "restart", "without cpp11, sf"),
            ("shop", "current", MAIN, "now", "without stringi"),
            ("shop", "current", OLD, "restart", "without BH, dplyr, shiny and 1 more"),
        ]
        assert "8 starts · 5 incomplete" in app.screen.query_one(Breadcrumb).text
        await press(pilot, "i")
        await until(pilot, lambda: any("after a restart the server takes 4.4" in line for line in facts(app)))
        await press(pilot, "F")
        assert [row[-1] for row in rows(app)][-2:] == ["without stringi", "without BH, dplyr, shiny and 1 more"]
        assert len(rows(app)) == 5


async def test_it_begins_at_the_app_one_stood_on_and_leads_back(lively: StoreBuilder):
    left_over(lively)
    app = make_app(lively.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await rehearse(pilot, "j", "j")
        assert app.screen.row.name == "shop"
        assert "Cold start" not in keys(app), "it is rehearsed already"
        await press(pilot, "escape")
        assert app.screen.row.name == "shop"
        assert "Cold start" in keys(app)


async def test_of_one_app_from_within(lively: StoreBuilder):
    left_over(lively)
    app = make_app(lively.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await rehearse(pilot, "G", "enter")
        assert {row[0] for row in rows(app)} == {"shop"}
        assert app.screen.query_one(Breadcrumb).text.startswith("shop › shop: cold start")
        assert app.screen.present_command() == f"pkgstore coldstart shop --store {lively.root}"


async def test_from_a_start_that_fails_to_what_is_missing_and_why(lively: StoreBuilder):
    left_over(lively)
    lively.app("maps", MAPS | {"s2": ref("s2", "1.1.6", {"Rcpp": "1.0.12"}), "units": ref("units", "9")})
    app = make_app(lively.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await rehearse(pilot, "j")
        assert rows(app)[0] == ("maps", "current", MAIN, "now", "without s2, units")
        await press(pilot, "enter")
        assert app.screen.level == GapsLevel("maps", Tier.CURRENT, MAIN)
        assert app.screen.present_command() == f"pkgstore coldstart maps --platform {MAIN} --store {lively.root}"
        told = [
            [str(getattr(c.cell(r), "text", c.cell(r))) for c in app.screen.table.columns]
            for r in app.screen.table.rows
        ]
        assert [[line[0], line[3], line[4]] for line in told] == [
            ["s2", "next build", "configs.json lists it, but its tree is gone"],
            ["units", "by no build", "nothing of this source is stored"],
        ]
        assert "Into" not in keys(app)
        assert "Why" in keys(app)
        await press(pilot, "w")
        await until(pilot, lambda: app.current_mode == "why" and len(app.screen.places) == 2)
        await until(pilot, lambda: app.screen.row is not None and app.screen.row.package == "s2")


async def test_a_whole_start_says_so_and_a_broken_manifest_too(lively: StoreBuilder):
    shop = lively.app("shop", {"BH": ref("BH", "1.84.0-0")}, prev={})
    (shop / "store-manifest.json.prev").write_text("{")
    app = make_app(lively.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await rehearse(pilot, "G", "enter")
        assert rows(app)[-1] == ("shop", "prev", "", "", "its manifest cannot be read")
        await press(pilot, "g", "i", "enter")
        assert isinstance(app.screen.level, GapsLevel)
        assert "nothing is missing" in app.screen.table.render_line(2).text


async def test_it_follows_the_store(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await rehearse(pilot)
        assert rows(app)[0] == ("maps", "current", MAIN, "now", "whole")
        (lively.root / MAIN / "shiny").rename(lively.root / MAIN / "bright")
        await press(pilot, "R")
        await until(pilot, lambda: rows(app)[0][-1] == "without shiny")


async def test_an_empty_folder_counts_on_the_disk_and_not_in_a_saved_scan(lively: StoreBuilder):
    (lively.root / "1.0-x").mkdir()
    snapshot = read_snapshot(str(lively.root), apps=str(lively.root.parent))
    for saved, when in ((None, ["now", "restart", ""]), (SavedScan(snapshot, NOW), ["now", "restart"])):
        app = make_app(lively.root, saved=saved)
        async with app.run_test(size=(160, 40)) as pilot:
            await rehearse(pilot)
            assert [row[3] for row in rows(app)] == when
            assert rows(app)[1][2] == (OLD if saved else "1.0-x")
