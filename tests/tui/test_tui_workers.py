"""The workers view: live, with what came, went and changed marked."""

import shutil

from scenarios import MAPS, SHOP, make_app, press, settled, until, write_worker

from builders import StoreBuilder, ref
from pkgstore_tui.screens.workers import WorkersScreen
from pkgstore_tui.session.news import Change
from pkgstore_tui.widgets.bars import Breadcrumb, KeyBar
from pkgstore_tui.widgets.facts import Facts


def view(app) -> WorkersScreen:
    screen = app.screen
    assert isinstance(screen, WorkersScreen)
    return screen


def shown(app, table: str = "table") -> list[str]:
    widget = getattr(view(app), table)
    first = 1 if table == "table" else 0
    return [widget.render_line(y).text.strip() for y in range(first, first + len(widget.rows))]


async def open_workers(pilot) -> None:
    await settled(pilot)
    await press(pilot, "4")
    await until(pilot, lambda: isinstance(pilot.app.screen, WorkersScreen) and view(pilot.app).table.rows)


async def test_a_row_a_worker_with_its_problem(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_workers(pilot)
        maps, shop, empty = shown(app)
        assert maps.split() == ["maps-5d0c91f2", "4", "2h", "maps", "=", "0", "B"]
        assert shop.split() == ["shop-3f2a77c1", "4", "1min", "maps?", "4", "differ", "2.0", "MiB", "1", "missing"]
        assert empty.split() == ["shop-9b41e0aa", "–", "4s", "–", "–", "–", "starting"]
        assert app.screen.query_one(Breadcrumb).text == "Workers3 workers"


async def test_entering_shows_the_manifest(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_workers(pilot)
        await press(pilot, "j", "enter")
        lines = shown(app)
        assert [line.split()[:2] for line in lines[:2]] == [["BH", "1.84.0-0"], ["dplyr", "1.1.4"]]
        assert lines[3].startswith("stringi")
        assert lines[3].endswith("not stored")
        assert "unknown" in lines[3]
        await press(pilot, "G", "i")
        facts = app.screen.query_one(Facts).facts
        assert any("not in the store" in fact.value for fact in facts)
        await press(pilot, "g")
        assert any(fact.value == SHOP["BH"].partition("/")[0] for fact in app.screen.query_one(Facts).facts)
        await press(pilot, "r", "escape", "i", "i")
        assert len(view(app).levels) == 1


async def test_workers_come_change_and_go_while_one_looks(lively: StoreBuilder):
    app = make_app(lively.root, watch=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_workers(pilot)
        write_worker(lively, "new-1", MAPS)
        await until(pilot, lambda: any("new-1" in line for line in shown(app)), "it appears")
        assert next(line for line in shown(app) if "new-1" in line).startswith("+")
        write_worker(
            lively, "maps-5d0c91f2", MAPS | {"sf": ref("sf", "1.0-16", {"Rcpp": "1.0.12"}), "BH": SHOP["BH"]}
        )
        await until(pilot, lambda: any("+1 ~1" in line for line in shown(app)), "it changes")
        shutil.rmtree(lively.root / ".workers" / "shop-3f2a77c1")
        await until(pilot, lambda: any(line.startswith("−") for line in shown(app)), "it goes")
        log = "\n".join(shown(app, "events"))
        log = [line.split()[1:] for line in log.splitlines()]
        assert ["−", "shop-3f2a77c1", "gone"] in log
        assert ["+", "maps-5d0c91f2", "BH", "1.84.0-0"] in log
        assert ["~", "maps-5d0c91f2", "sf", "1.0-16,", "another", "config"] in log
        assert any(
            line[1:] in (["new-1", "appeared", "4", "packages"], ["new-1", "assembled", "4", "packages"])
            for line in log
        )
        assert app.screen.query_one(Breadcrumb).text == "Workers3 workers", "one that went is not counted"


async def test_changes_are_marked_inside_a_worker(lively: StoreBuilder):
    app = make_app(lively.root, watch=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_workers(pilot)
        await press(pilot, "enter")
        changed = {name: value for name, value in MAPS.items() if name != "shiny"}
        changed |= {"Rcpp": ref("Rcpp", "1.0.12"), "BH": SHOP["BH"]}
        write_worker(lively, "maps-5d0c91f2", changed)
        await until(pilot, lambda: any(line.startswith("−") for line in shown(app)))
        lines = {line.split()[1] if line[0] in "+−~" else line.split()[0]: line for line in shown(app)}
        assert lines["BH"].startswith("+")
        assert lines["shiny"].startswith("−")
        assert "gone" in lines["shiny"]
        assert lines["Rcpp"].startswith("~")
        assert "was 1.0.13" in lines["Rcpp"]
        shutil.rmtree(lively.root / ".workers" / "maps-5d0c91f2")
        await until(pilot, lambda: not view(app).table.rows)
        assert "gone" in view(app).table.render_line(2).text


async def test_marks_fade_with_time(lively: StoreBuilder):
    now = [1000.0]
    app = make_app(lively.root, clock=lambda: now[0], watch=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_workers(pilot)
        write_worker(lively, "new-1", MAPS)
        await until(pilot, lambda: any(line.startswith("+") for line in shown(app)))
        now[0] += 60
        view(app).redraw()
        await until(pilot, lambda: not any(line.startswith("+") for line in shown(app)))


async def test_pause_holds_what_is_shown(lively: StoreBuilder):
    app = make_app(lively.root, watch=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_workers(pilot)
        await press(pilot, "P")
        assert "PAUSED" in app.screen.query_one(Breadcrumb).text
        assert "Resume" in app.screen.query_one(KeyBar).text
        before = shown(app)
        write_worker(lively, "new-1", MAPS)
        await until(pilot, lambda: "new-1" in app.session.reading.snapshot.workers)
        await until(pilot, lambda: "change" in app.screen.query_one(Breadcrumb).text)
        view(app).redraw()
        await press(pilot, "S", "S")
        assert shown(app) == before
        assert shown(app, "events") == []
        assert "PAUSED · 1 change waits" in app.screen.query_one(Breadcrumb).text
        await press(pilot, "P")
        await until(pilot, lambda: any("new-1" in line for line in shown(app)))
        assert "PAUSED" not in app.screen.query_one(Breadcrumb).text
        assert "new-1" in shown(app, "events")[0]


async def test_changes_that_came_while_another_view_was_shown(lively: StoreBuilder):
    app = make_app(lively.root, watch=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_workers(pilot)
        await press(pilot, "2")
        write_worker(lively, "new-1", MAPS)
        await until(pilot, lambda: "new-1" in app.session.reading.snapshot.workers)
        await press(pilot, "4")
        await until(pilot, lambda: any("new-1" in line for line in shown(app)))


async def test_a_broken_manifest_is_a_problem_not_a_crash(lively: StoreBuilder):
    app = make_app(lively.root, watch=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_workers(pilot)
        (lively.root / ".workers" / "maps-5d0c91f2" / ".packages.json").write_text("<<<<<<< ours")
        await until(pilot, lambda: any("unreadable" in line for line in shown(app)))
        await press(pilot, "i")
        assert any("merge-conflict" in fact.value for fact in app.screen.query_one(Facts).facts)
        assert app.session.reading.news.entries[0].change is Change.CHANGED


async def test_an_empty_store_says_so(store: StoreBuilder):
    app = make_app(store.root)
    async with app.run_test() as pilot:
        await settled(pilot)
        assert "no packages in this store yet" in app.screen.table.render_line(2).text
        await press(pilot, "4")
        await until(pilot, lambda: isinstance(app.screen, WorkersScreen))
        assert "no worker" in view(app).table.render_line(2).text
        await press(pilot, "enter", "i", "r", "R", "tab", "tab")
