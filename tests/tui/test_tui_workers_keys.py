"""Each key of the workers view, while the store is locked and while it is not."""

import pytest
from scenarios import MAPS, SHOP, arranged, make_app, press, settled, until, write_worker
from scenarios import write as type_in

from builders import StoreBuilder, ref
from pkgstore.keys import WorkerKey
from pkgstore_tui.screens.compare import CompareScreen
from pkgstore_tui.screens.evict import EvictDialog
from pkgstore_tui.screens.export import ExportDialog
from pkgstore_tui.screens.menu import Menu
from pkgstore_tui.screens.plan import PlanDialog
from pkgstore_tui.screens.sorting import SortScreen
from pkgstore_tui.screens.users import UsersScreen
from pkgstore_tui.screens.viewer import ViewerScreen
from pkgstore_tui.screens.workers import WorkersScreen
from pkgstore_tui.widgets.bars import KeyBar
from pkgstore_tui.widgets.facts import Facts

LIVELY = ["maps-5d0c91f2", "shop-3f2a77c1", "shop-9b41e0aa"]
both = pytest.mark.parametrize("write", [False, True], ids=["locked", "unlocked"])


def view(app) -> WorkersScreen:
    screen = app.screen
    assert isinstance(screen, WorkersScreen)
    return screen


def names(app) -> list[str]:
    return [getattr(row, "worker", "") or row.package for row in view(app).table.rows]


def here(app) -> str:
    row = view(app).row
    return getattr(row, "worker", "") or row.package


async def open_workers(pilot) -> None:
    await settled(pilot)
    await press(pilot, "4")
    await until(pilot, lambda: isinstance(pilot.app.screen, WorkersScreen) and view(pilot.app).table.rows)
    await settled(pilot)


async def happen(pilot, store: StoreBuilder) -> None:
    """One worker changes, one comes, one goes."""
    write_worker(store, "maps-5d0c91f2", MAPS | {"Rcpp": ref("Rcpp", "1.0.12"), "BH": SHOP["BH"]}, 2)
    write_worker(store, "reports-77aa01be", MAPS, 1)
    (store.root / ".workers" / "shop-9b41e0aa").rmdir()
    session = pilot.app.session
    session.reread([WorkerKey(name) for name in (*LIVELY, "reports-77aa01be")])
    await until(pilot, lambda: len(session.reading.news.entries) == 4)
    await arranged(pilot)


@both
async def test_moving_and_going_in_and_out(lively: StoreBuilder, write: bool):
    app = make_app(lively.root, write=write)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_workers(pilot)
        assert here(app) == LIVELY[0]
        for keys, at in (("j", 1), ("k", 0), ("G", 2), ("g", 0), ("ctrl+d", 2), ("ctrl+u", 0)):
            await press(pilot, keys)
            assert here(app) == LIVELY[at], keys
        for into, back in (("enter", "escape"), ("l", "h"), ("right", "left"), ("enter", "q")):
            await press(pilot, into)
            assert names(app) == sorted(MAPS, key=str.casefold)
            await press(pilot, back)
            assert names(app) == LIVELY
        await press(pilot, "i")
        assert view(app).query_one(Facts).display
        await press(pilot, "tab")
        assert app.focused is view(app).query_one(Facts)
        await press(pilot, "tab")
        assert app.focused is view(app).events
        await press(pilot, "shift+tab", "shift+tab")
        assert app.focused is view(app).table
        await press(pilot, "i")
        assert not view(app).query_one(Facts).display


@both
async def test_filter_sort_and_marks(lively: StoreBuilder, write: bool):
    app = make_app(lively.root, write=write)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_workers(pilot)
        for text, left in (
            ("shop", LIVELY[1:]),
            ("packages>0", LIVELY[:2]),
            ("app:maps drift>0", LIVELY[1:2]),
            ("drift=0", LIVELY[:1]),
            ("own>1M", LIVELY[1:2]),
            ("state:starting", LIVELY[2:]),
            ("has:stringi", LIVELY[1:2]),
            ("age>1h", LIVELY[:1]),
            ("lately>0", []),
        ):
            await press(pilot, "slash")
            await type_in(pilot, text)
            await press(pilot, "enter")
            assert names(app) == left, text
        await press(pilot, "escape")
        await press(pilot, "F")
        assert names(app) == LIVELY[1:2]
        await press(pilot, "F", "s")
        assert isinstance(app.screen, SortScreen)
        await press(pilot, "s", "enter")
        assert names(app) == [LIVELY[0], LIVELY[1], LIVELY[2]], "by packages, what is not known last"
        await press(pilot, "S")
        assert view(app).place.choice.sort == "packages"
        await press(pilot, "g", "space", "v", "j", "v")
        assert len(view(app).marked_rows) == 3
        await press(pilot, "A")
        assert view(app).marked_rows == ()
        await press(pilot, "a")
        assert len(view(app).marked_rows) == 3


@both
async def test_searching(lively: StoreBuilder, write: bool):
    app = make_app(lively.root, write=write)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_workers(pilot)
        await press(pilot, "slash")
        await type_in(pilot, "shop")
        await press(pilot, "enter", "escape", "g", "n")
        assert here(app) == LIVELY[1]
        await press(pilot, "n")
        assert here(app) == LIVELY[2]
        await press(pilot, "N")
        assert here(app) == LIVELY[1]


@both
async def test_looking_closer(lively: StoreBuilder, write: bool):
    app = make_app(lively.root, write=write)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_workers(pilot)
        await press(pilot, "f")
        await until(pilot, lambda: isinstance(app.screen, ViewerScreen), "its manifest")
        await press(pilot, "escape", "Y")
        await until(pilot, lambda: isinstance(app.screen, Menu))
        await press(pilot, "escape", "E")
        await until(pilot, lambda: isinstance(app.screen, ExportDialog))
        await press(pilot, "escape", "space", "space", "equals_sign")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        await press(pilot, "escape", "y", "r", "R", "A", "g", "enter")
        await settled(pilot)
        await press(pilot, "u")
        await until(pilot, lambda: isinstance(app.screen, UsersScreen))
        await press(pilot, "escape", "w")
        await until(pilot, lambda: app.current_mode == "why")


async def test_what_changes_the_store_is_absent_while_it_is_locked(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_workers(pilot)
        for key in "dIL":
            await press(pilot, key)
            assert isinstance(app.screen, WorkersScreen), key


async def test_what_changes_the_store_plans_first_while_it_is_unlocked(lively: StoreBuilder):
    app = make_app(lively.root, write=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_workers(pilot)
        for key in "dIL":
            await press(pilot, key)
            await until(pilot, lambda: isinstance(app.screen, PlanDialog | EvictDialog), key)
            await press(pilot, "escape")
            await until(pilot, lambda: isinstance(app.screen, WorkersScreen))


@both
async def test_the_event_log(lively: StoreBuilder, write: bool):
    app = make_app(lively.root, write=write)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_workers(pilot)
        await happen(pilot, lively)
        log = view(app).events
        assert log.display
        assert "Hide log" in app.screen.query_one(KeyBar).text
        lines = [log.render_line(y).text.split() for y in range(len(log.rows))]
        assert lines[1] == ["03:04:05", "~", "maps-5d0c91f2", "Rcpp", "1.0.13", "→", "1.0.12"]
        await press(pilot, "e")
        assert not log.display
        assert "Events" in app.screen.query_one(KeyBar).text
        await press(pilot, "e", "tab", "j", "enter")
        assert [level.crumb for level in view(app).levels] == ["", "maps-5d0c91f2"]
        assert here(app) == "Rcpp"
        assert [entry.package for entry in log.rows] == ["BH", "Rcpp"], "inside a worker the log is its own"
        await press(pilot, "escape", "tab", "G", "enter")
        assert names(app) == ["maps-5d0c91f2", "reports-77aa01be", "shop-3f2a77c1", "shop-9b41e0aa"]
        assert here(app) == "shop-9b41e0aa", "one that went has nothing inside"
        await press(pilot, "tab", "e")
        assert app.focused is view(app).table


async def test_the_log_of_a_small_terminal_comes_when_asked_for(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(40, 12)) as pilot:
        await open_workers(pilot)
        log = view(app).events
        await until(pilot, lambda: not log.display)
        await press(pilot, "e")
        assert log.display
        await happen(pilot, lively)
        assert "BH" in log.render_line(0).text


async def test_the_log_gives_way_to_details_where_there_is_little_room(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_workers(pilot)
        assert view(app).events.display
        await press(pilot, "i")
        assert not view(app).events.display
        await press(pilot, "e")
        assert view(app).events.display
        await press(pilot, "i")
        assert view(app).events.display


@both
async def test_pause_and_resume(lively: StoreBuilder, write: bool):
    app = make_app(lively.root, write=write)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_workers(pilot)
        await press(pilot, "P")
        await happen(pilot, lively)
        assert names(app) == LIVELY
        await press(pilot, "enter")
        assert names(app) == sorted(MAPS, key=str.casefold), "what it had when updates were held"
        await press(pilot, "escape", "P")
        assert names(app) == ["maps-5d0c91f2", "reports-77aa01be", "shop-3f2a77c1", "shop-9b41e0aa"]


async def test_who_reads_an_older_event_stays_there(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(120, 30)) as pilot:
        await open_workers(pilot)
        log = view(app).events
        await happen(pilot, lively)
        assert log.cursor == 0
        await press(pilot, "tab", "j")
        entry = log.row
        for number in range(30):
            write_worker(lively, f"more-{number}", MAPS)
        app.session.reread([WorkerKey(f"more-{number}") for number in range(30)])
        await until(pilot, lambda: len(log.rows) == 34)
        assert log.row is entry
        await press(pilot, "shift+tab")
        write_worker(lively, "last", MAPS)
        app.session.reread([WorkerKey("last")])
        await until(pilot, lambda: len(log.rows) == 35)
        assert "last" in log.render_line(0).text, "who does not, sees the newest"
