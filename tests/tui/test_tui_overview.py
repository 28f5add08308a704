"""The overview: what the whole store comes to, and where each line leads."""

import pytest
from scenarios import MAIN, OLD, left_over, make_app, press, settled, until

from builders import StoreBuilder
from pkgstore.watch import WatchState
from pkgstore_tui.app import PkgstoreApp
from pkgstore_tui.screens.overview import OverviewScreen
from pkgstore_tui.session import Options, Session
from pkgstore_tui.session.reading import Reading
from pkgstore_tui.settings import Place
from pkgstore_tui.widgets.age_chart import AgeChart
from pkgstore_tui.widgets.bars import Breadcrumb, KeyBar, TitleBar
from pkgstore_tui.widgets.cells import parts_of
from pkgstore_tui.widgets.facts import Facts


def view(app: PkgstoreApp) -> OverviewScreen:
    screen = app.screen
    assert isinstance(screen, OverviewScreen)
    return screen


def lines(app: PkgstoreApp) -> list[tuple[str, str]]:
    return [(line.what, "".join(part.text for part in parts_of(line.cell))) for line in view(app).lines.rows]


def said(app: PkgstoreApp, what: str) -> str:
    return dict(lines(app))[what]


async def open_overview(pilot) -> None:
    await settled(pilot)
    await press(pilot, "1")
    await until(pilot, lambda: isinstance(pilot.app.screen, OverviewScreen) and view(pilot.app).digest)
    await until(pilot, lambda: view(pilot.app).is_arranged and view(pilot.app).lines.rows)


async def test_a_row_a_platform(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(160, 50)) as pilot:
        await open_overview(pilot)
        old, main = (view(app).table.render_line(y).text.split() for y in (1, 2))
        assert old[:4] == [OLD, "2", "2", "2"]
        assert main[:4] == [MAIN, "10", "12", "13"]
        assert main[-4:] == ["5", "8", "3", "3h"], "rooted, idle, orphan, last used"
        assert "2 platforms · 12 packages · 15 configs" in app.screen.query_one(Breadcrumb).text


async def test_the_lines_tell_what_there_is(lively: StoreBuilder):
    left_over(lively)
    app = make_app(lively.root)
    async with app.run_test(size=(160, 50)) as pilot:
        await open_overview(pilot)
        assert said(app, "problems") == "4 errors · 6 warnings · 1 advice"
        assert said(app, "sweep") == "takes 4 of 13 configs"
        assert any(label == "" and text.startswith("older than 720h, ") for label, text in lines(app))
        assert ("", "3 of them needed") in lines(app)
        assert said(app, "apps") == "3 apps"
        assert said(app, "workers") == "3 workers"
        assert said(app, "locks") == "2 locks, 1 left by a crash"
        assert said(app, "builds") == "1 folder, the oldest 3d old"
        assert said(app, "staging") == "none"
        assert said(app, "by code") == "E BAD-META 1"
        assert ("", "W STALE-LOCK 1") in lines(app)


async def test_the_ages_of_the_configs(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_overview(pilot)
        shown = app.screen.query_one(AgeChart)
        assert shown.text.splitlines() == [
            "< 1d 6",
            "< 1w 1",
            "< 30d 1",
            "< 90d 3",
            "< 1y 2",
            "older 0",
            "unknown 1",
        ]
        assert shown.render_line(1).text.rstrip().endswith("█ 6")


async def test_sizes_are_measured_only_when_asked_for(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test(size=(160, 50)) as pilot:
        await open_overview(pilot)
        old = view(app).table.rows[0]
        assert old.bytes is None
        assert "…" in view(app).table.render_line(1).text
        assert "Measure" in app.screen.query_one(KeyBar).text
        await press(pilot, "i")
        facts = app.screen.query_one(Facts)
        assert any(fact.value == "not measured (0 of 2 trees); m measures" for fact in facts.facts)
        await press(pilot, "m")
        await until(pilot, lambda: all(row.bytes is not None for row in view(app).table.rows))
        assert "Measure" not in app.screen.query_one(KeyBar).text
        await until(pilot, lambda: any(fact.label == "on disk" for fact in facts.facts))


@pytest.mark.parametrize("write", [False, True])
async def test_enter_leads_to_where_it_is_explained(lively: StoreBuilder, write: bool):
    left_over(lively)
    app = make_app(lively.root, write=write)
    async with app.run_test(size=(160, 50)) as pilot:
        await open_overview(pilot)
        await press(pilot, "j", "enter")
        await until(pilot, lambda: app.current_mode == "packages")
        assert app.screen.query_one(Breadcrumb).text.startswith(MAIN)
        for what, mode in (
            ("problems", "health"),
            ("apps", "apps"),
            ("workers", "workers"),
            ("locks", "activity"),
            ("builds", "activity"),
            ("sweep", "packages"),
        ):
            await press(pilot, "1")
            await until(pilot, lambda: isinstance(app.screen, OverviewScreen))
            view(app).lines.focus()
            view(app).lines.cursor = [line.what for line in view(app).lines.rows].index(what)
            await press(pilot, "enter")
            await until(pilot, lambda mode=mode: app.current_mode == mode, what)


async def test_a_kind_of_problem_leads_to_its_row(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(160, 50)) as pilot:
        await open_overview(pilot)
        await press(pilot, "tab", "G")
        assert lines(app)[view(app).lines.cursor][1] == "A DEAD-PLATFORM 1"
        await press(pilot, "enter")
        await until(pilot, lambda: app.current_mode == "health")
        await until(pilot, lambda: app.screen.row is not None and app.screen.row.code == "DEAD-PLATFORM")


async def test_a_line_that_leads_nowhere(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(160, 50)) as pilot:
        await open_overview(pilot)
        await press(pilot, "tab")
        names = [line.what for line in view(app).lines.rows]
        view(app).lines.cursor = names.index("watching")
        await press(pilot, "enter")
        assert app.current_mode == "overview"
        assert said(app, "watching").startswith("live")
        app.session.watch_state = WatchState("polling", "the limit of watches is reached")
        view(app).redraw()
        assert said(app, "watching") == "polling: the limit of watches is reached"


async def test_without_a_retention_it_says_so(lively: StoreBuilder):
    place = Place(str(lively.root), str(lively.root.parent))
    app = PkgstoreApp(Session(place, Options(watch=False, clock=lambda: lively.now)))
    async with app.run_test(size=(160, 50)) as pilot:
        await settled(pilot)
        await press(pilot, "1")
        await until(pilot, lambda: view(app).lines.rows)
        assert said(app, "sweep") == "no retention is configured (--config names the server's settings)"


async def test_a_root_that_cannot_be_read_leaves_it_open_what_is_idle(lively: StoreBuilder):
    (lively.root.parent / "maps" / "store-manifest.json").write_text("[")
    app = make_app(lively.root)
    async with app.run_test(size=(160, 50)) as pilot:
        await open_overview(pilot)
        assert said(app, "roots") == "1 root file cannot be read, so that nothing may count as unneeded"
        assert "?" in view(app).table.render_line(2).text.split()


async def test_it_follows_the_store(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(160, 50)) as pilot:
        await open_overview(pilot)
        lively.on("4.6-new").package("glue").source("1.8.0").config()
        await press(pilot, "R")
        await until(pilot, lambda: len(view(app).table.rows) == 3)


async def test_an_empty_store(store: StoreBuilder):
    app = make_app(store.root)
    async with app.run_test() as pilot:
        await open_overview(pilot)
        assert "no packages in this store yet" in view(app).table.render_line(2).text
        assert said(app, "problems").startswith("none")
        await press(pilot, "enter", "m", "i", "r", "tab", "enter", "tab", "escape")
        assert app.current_mode == "overview"


@pytest.mark.parametrize(("width", "title"), [(40, "1 Overview 2 3 4 5 6 7"), (80, "1 Overview  2  3  4  5  6  7")])
async def test_the_title_can_be_read_where_there_is_little_room(lively: StoreBuilder, width: int, title: str):
    app = make_app(lively.root)
    async with app.run_test(size=(width, 24)) as pilot:
        await open_overview(pilot)
        text = app.screen.query_one(TitleBar).render_line(0).text
        assert text.strip().startswith(title)
        assert text.strip().endswith("LOCKED")


async def test_all_seven_views_by_number_and_in_a_round(lively: StoreBuilder):
    names = ["overview", "packages", "apps", "workers", "why", "health", "activity"]
    app = make_app(lively.root)
    async with app.run_test(size=(160, 50)) as pilot:
        await settled(pilot)
        for number, name in enumerate(names, 1):
            await press(pilot, str(number))
            await until(pilot, lambda name=name: app.current_mode == name)
        for name in names:
            await press(pilot, "right_square_bracket")
            await until(pilot, lambda name=name: app.current_mode == name)
        assert "7 Activity" in app.screen.query_one(TitleBar).text
        assert "1 Overview" in app.screen.query_one(TitleBar).text


async def test_before_all_is_read_nobody_knows_what_is_idle_or_wrong(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(160, 50)) as pilot:
        await open_overview(pilot)
        whole = app.session.reading
        app.session.reading = Reading.of(whole.snapshot)
        view(app).show_reading()
        await until(pilot, lambda: said(app, "problems") == "not known before all is read")
        assert all(row.idle is None for row in view(app).table.rows)
        app.session.reading = whole
        view(app).show_reading()
        await until(pilot, lambda: said(app, "problems").startswith("3 errors"))


async def test_refreshing_a_platform_reads_it_again(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(160, 50)) as pilot:
        await open_overview(pilot)
        lively.package("BH").source("1.84.0-0").config({"Rcpp": "1.0.13"}, "1h")
        await press(pilot, "j", "r")
        await until(pilot, lambda: view(app).table.rows[1].configs == 14)
