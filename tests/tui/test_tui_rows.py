"""What one can do with the rows of any table: filter, search, sort, mark, flat table, used by, mouse."""

import shutil

import pytest
from scenarios import MAIN, arranged, make_app, press, settled, until
from scenarios import write as paste

from builders import StoreBuilder, config_hash, source_hash
from pkgstore_tui.screens.packages import PackagesScreen
from pkgstore_tui.screens.sorting import SortScreen
from pkgstore_tui.screens.users import UsersScreen
from pkgstore_tui.screens.workers import WorkersScreen
from pkgstore_tui.widgets.bars import Bar, Breadcrumb, KeyBar
from pkgstore_tui.widgets.facts import Facts

ALL = ["BH", "cpp11", "data.table", "dplyr", "Rcpp", "s2", "sf", "shiny", "terra", "units"]
BOTH = pytest.mark.parametrize("write", [False, True], ids=["locked", "unlocked"])


def view(app) -> PackagesScreen:
    screen = app.screen
    assert isinstance(screen, PackagesScreen)
    return screen


def names(app) -> list[str]:
    return [view(app).level.called(row) for row in view(app).table.rows]


def lines(app) -> list[str]:
    table = view(app).table
    return [table.render_line(y).text.rstrip() for y in range(len(table.rows) + 1)]


def bar(app, name: str) -> str:
    return view(app).query_one(f"#filter-{name}", Bar).text


def summary(app) -> str:
    return "".join(piece.text for piece in view(app).query_one(Breadcrumb).right)


async def open_packages(pilot) -> None:
    await settled(pilot)
    await press(pilot, "2")
    await until(pilot, lambda: isinstance(pilot.app.screen, PackagesScreen) and view(pilot.app).row is not None)
    await settled(pilot)


async def typed(pilot, text: str) -> None:
    """Type, and wait until the rows follow."""
    await pilot.press(*("space" if letter == " " else letter for letter in text))
    await until(pilot, lambda: view(pilot.app).filter_bar.field.value.endswith(text), text)
    wanted = view(pilot.app).filter_bar.field.value
    await until(pilot, lambda: view(pilot.app).place.choice.text == wanted, "it is told")
    await arranged(pilot)


# --- filter -----------------------------------------------------------------------------------------------------


@BOTH
async def test_rows_are_filtered_as_one_types_and_the_filter_is_kept(lively: StoreBuilder, write: bool):
    app = make_app(lively.root, platform=MAIN, write=write)
    async with app.run_test() as pilot:
        await open_packages(pilot)
        await press(pilot, "slash")
        assert app.focused is view(app).filter_bar.field
        assert app.screen.query_one(KeyBar).text == "enter Keep  esc Clear  "
        assert bar(app, "hint").startswith("sf   version:1.0*")
        await typed(pilot, "s")
        assert names(app) == ["s2", "sf", "shiny", "units"]
        await typed(pilot, "f")
        assert names(app) == ["sf"]
        assert bar(app, "count") == "1 of 10"
        await press(pilot, "enter")
        assert app.focused is view(app).table
        assert view(app).filter_bar.display
        assert names(app) == ["sf"]
        assert "esc Clear" in app.screen.query_one(KeyBar).text
        await press(pilot, "escape")
        assert names(app) == ALL
        assert not view(app).filter_bar.display
        assert view(app).row.name == "sf", "the cursor stays on its row"
        await press(pilot, "escape")
        assert len(view(app).levels) == 1, "now it goes back"


async def test_escape_while_typing_clears(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await open_packages(pilot)
        await press(pilot, "slash")
        await typed(pilot, "sf")
        await press(pilot, "escape")
        assert names(app) == ALL
        assert app.focused is view(app).table
        assert not view(app).filter_bar.display


async def test_a_wrong_filter_keeps_the_last_good_rows_and_says_where_it_is_wrong(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await open_packages(pilot)
        await press(pilot, "slash")
        await typed(pilot, "sf")
        await paste(pilot, "sf has:9d")
        await until(pilot, lambda: view(app).shown.error is not None)
        assert names(app) == ["sf"]
        hint = view(app).query_one("#filter-hint", Bar).render_line(0).text
        assert 'there is no field "has" here' in hint
        assert hint.index("^^^") - len("sf ") == 2, "the carets stand below the word"
        assert "the fields are" in bar(app, "advice")
        await press(pilot, "enter")
        assert app.focused is view(app).filter_bar.field, "what is wrong cannot be kept"
        await paste(pilot, "sf configs>1")
        await until(pilot, lambda: view(app).shown.error is None)
        assert names(app) == ["sf"]
        assert "^" not in bar(app, "hint")
        await press(pilot, "enter")
        assert app.focused is view(app).table


async def test_each_level_has_its_own_filter_and_gets_it_back(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await open_packages(pilot)
        await press(pilot, "slash")
        await typed(pilot, "cpp")
        await press(pilot, "enter", "enter")
        assert not view(app).filter_bar.display
        assert [row.version for row in view(app).table.rows] == ["0.5.0", "0.4.7"]
        await press(pilot, "slash")
        await typed(pilot, "idle>30d")
        await press(pilot, "enter")
        assert [row.version for row in view(app).table.rows] == ["0.4.7"]
        await press(pilot, "escape", "escape")
        assert names(app) == ["cpp11", "Rcpp"]
        assert view(app).filter_bar.field.value == "cpp"


async def test_a_filter_that_nothing_meets_says_so(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await open_packages(pilot)
        await press(pilot, "slash")
        await typed(pilot, "zzz")
        assert "nothing here meets the filter" in view(app).table.render_line(2).text
        assert bar(app, "count") == "0 of 10"
        await press(pilot, "enter", "i", "u", "space", "v", "a", "d", "r", "n")
        assert not view(app).marked_rows


async def test_a_filter_outlives_what_changes_in_the_store(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await open_packages(pilot)
        await press(pilot, "slash")
        await typed(pilot, "s")
        await press(pilot, "enter", "j", "j", "space", "k")
        assert view(app).row.name == "shiny"
        lively.package("abs").source().config()
        shutil.rmtree(lively.root / MAIN / "s2")
        await press(pilot, "R")
        await until(pilot, lambda: names(app) == ["abs", "sf", "shiny", "units"])
        await settled(pilot)
        assert view(app).row.name == "shiny", "the cursor stays on its row"
        assert [row.name for row in view(app).marked_rows] == ["shiny"]


async def test_only_problems_and_all_again(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await open_packages(pilot)
        await press(pilot, "F")
        assert names(app) == ["s2", "terra", "units"]
        assert summary(app).startswith("only problems · 3 packages")
        await press(pilot, "F")
        assert names(app) == ALL


async def test_next_match_goes_round_among_all_rows(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await open_packages(pilot)
        await press(pilot, "n")
        assert any("nothing was searched for" in note.message for note in app._notifications)
        await press(pilot, "slash")
        await typed(pilot, "cpp")
        await press(pilot, "enter", "escape", "g")
        at = []
        for key in ("n", "n", "n", "N"):
            await press(pilot, key)
            at.append(view(app).row.name)
        assert at == ["cpp11", "Rcpp", "cpp11", "Rcpp"]


async def test_workers_are_filtered_and_sorted_by_what_workers_have(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "4")
        await until(pilot, lambda: isinstance(app.screen, WorkersScreen) and app.screen.row is not None)
        await press(pilot, "slash")
        await paste(pilot, "has:stringi")
        await until(pilot, lambda: [row.worker for row in app.screen.table.rows] == ["shop-3f2a77c1"])
        await press(pilot, "escape", "F")
        assert [row.worker for row in app.screen.table.rows] == ["shop-3f2a77c1"]
        await press(pilot, "F", "s", "s", "s", "enter")
        assert [row.worker[-2:] for row in app.screen.table.rows] == ["aa", "c1", "f2"], "the one that changed last"
        await press(pilot, "g", "j", "enter", "F")
        assert [row.package for row in app.screen.table.rows] == ["stringi"]


# --- sort -------------------------------------------------------------------------------------------------------


@BOTH
async def test_sorting_by_a_chosen_column_and_in_reverse(lively: StoreBuilder, write: bool):
    app = make_app(lively.root, platform=MAIN, write=write)
    async with app.run_test(size=(120, 30)) as pilot:
        await open_packages(pilot)
        assert "PACKAGE ▲" in lines(app)[0]
        await press(pilot, *"jjjj", "s")
        screen = app.screen
        assert isinstance(screen, SortScreen)
        assert screen.table.row == ("name", "PACKAGE"), "the present one is chosen"
        await press(pilot, "s", "s", "enter")
        assert "CONFIGS▼" in lines(app)[0], "what is most comes first"
        assert names(app)[:3] == ["cpp11", "Rcpp", "sf"]
        assert view(app).row.name == "Rcpp", "the cursor stays on its row"
        await press(pilot, "S")
        assert "CONFIGS▲" in lines(app)[0]
        assert names(app)[-3:] == ["cpp11", "Rcpp", "sf"]
        await press(pilot, "s", "escape")
        assert "CONFIGS▲" in lines(app)[0]


async def test_what_is_not_known_comes_last_both_ways(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test(size=(120, 30)) as pilot:
        await open_packages(pilot)
        await pilot.click("#rows", offset=(lines(app)[0].index("LAST USED") + 2, 0))
        await arranged(pilot)
        assert "LAST USED▲" in lines(app)[0]
        assert (names(app)[-2], names(app)[-1]) == ("s2", "terra")
        await pilot.click("#rows", offset=(lines(app)[0].index("LAST USED") + 2, 0))
        await arranged(pilot)
        assert "LAST USED▼" in lines(app)[0]
        assert (names(app)[0], names(app)[-1]) == ("s2", "terra")


async def test_a_sort_stays_through_a_refresh_and_another_level_has_its_own(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test(size=(120, 30)) as pilot:
        await open_packages(pilot)
        await press(pilot, "S")
        assert names(app) == ALL[::-1]
        lively.package("AAA").source().config()
        await press(pilot, "R")
        await until(pilot, lambda: names(app) == [*ALL[::-1], "AAA"])
        await press(pilot, "enter")
        assert "LAST USED▲" in lines(app)[0]
        await press(pilot, "escape")
        assert names(app) == [*ALL[::-1], "AAA"]


# --- marks ------------------------------------------------------------------------------------------------------


@BOTH
async def test_marks_have_a_sign_and_are_summed_up(lively: StoreBuilder, write: bool):
    app = make_app(lively.root, platform=MAIN, write=write)
    async with app.run_test() as pilot:
        await open_packages(pilot)
        await press(pilot, "space", "j", "space")
        assert [row.name for row in view(app).marked_rows] == ["BH", "data.table"]
        assert [line[0] for line in lines(app)[1:5]] == ["●", " ", "●", " "]
        assert summary(app) == "2 marked · 9.8 MiB"
        assert view(app).table.cursor == 3, "each mark goes down"
        await press(pilot, "k", "space")
        assert [row.name for row in view(app).marked_rows] == ["BH"], "the second time takes it away"
        await press(pilot, "A")
        assert not view(app).marked_rows
        assert summary(app) == "10 packages · 13 configs"


async def test_a_range_from_here_to_there(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await open_packages(pilot)
        await press(pilot, *"jjj", "v", "k", "k")
        assert [line[0] for line in lines(app)[1:6]] == [" ", "│", "│", "│", " "]
        assert not view(app).marked_rows
        await press(pilot, "v")
        assert [row.name for row in view(app).marked_rows] == ["cpp11", "data.table", "dplyr"]
        await press(pilot, "v", "j", "escape")
        assert len(view(app).levels) == 2, "it only lets go of the range"
        assert len(view(app).marked_rows) == 3


async def test_all_that_is_shown_is_marked_and_what_is_hidden_stays_marked(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await open_packages(pilot)
        await press(pilot, "slash")
        await typed(pilot, "cpp")
        await press(pilot, "enter", "a", "escape", "S")
        assert [row.name for row in view(app).marked_rows] == ["Rcpp", "cpp11"], "in the order they are shown in"
        await press(pilot, "slash")
        await typed(pilot, "sf")
        await press(pilot, "enter")
        assert summary(app).startswith("2 marked")
        assert {row.name for row in view(app).marked_rows} == {"Rcpp", "cpp11"}
        await press(pilot, "escape", "enter", "escape")
        assert not view(app).marked_rows, "going elsewhere forgets them"


async def test_marks_of_what_is_gone_are_forgotten(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await open_packages(pilot)
        await press(pilot, "a")
        shutil.rmtree(lively.root / MAIN / "dplyr")
        await press(pilot, "R")
        await until(pilot, lambda: summary(app).startswith("9 marked"))
        assert "dplyr" not in {row.name for row in view(app).marked_rows}


# --- the flat table, and who uses a row -------------------------------------------------------------------------


@BOTH
async def test_all_configs_in_one_table_and_back(lively: StoreBuilder, write: bool):
    app = make_app(lively.root, platform=MAIN, write=write)
    async with app.run_test(size=(160, 30)) as pilot:
        await open_packages(pilot)
        await press(pilot, "t")
        assert app.screen.query_one(Breadcrumb).text.startswith(f"{MAIN} › all configs")
        assert len(view(app).table.rows) == 13
        assert "PLATFORM" not in lines(app)[0]
        assert "CREATED" in lines(app)[0]
        await press(pilot, "slash")
        await typed(pilot, "links:Rcpp")
        await press(pilot, "enter")
        assert [row.key.package for row in view(app).table.rows] == ["s2", "sf", "sf", "terra"]
        assert "now" in lines(app)[2], "its sidecar was read"
        await press(pilot, "t")
        assert len(view(app).levels) == 2
        await press(pilot, "escape", "t")
        assert "PLATFORM" in lines(app)[0]
        assert len(view(app).table.rows) == 15


async def test_who_uses_a_row_and_going_there(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_packages(pilot)
        await press(pilot, *"jjjjjj", "u")
        screen = app.screen
        assert isinstance(screen, UsersScreen)
        assert [root.owner for root in screen.table.rows] == ["worker maps-5d0c91f2", "maps (current)"]
        await press(pilot, "escape")
        assert view(app).row.name == "sf"
        await press(pilot, "u", "enter")
        await until(pilot, lambda: isinstance(app.screen, WorkersScreen) and len(app.screen.levels) == 2)
        assert app.screen.level.crumb == "maps-5d0c91f2"


async def test_nobody_uses_it(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_packages(pilot)
        await press(pilot, "j", "u")
        screen = app.screen
        assert isinstance(screen, UsersScreen)
        assert "nobody holds cpp11" in screen.table.render_line(2).text
        assert "Go there" not in screen.query_one(KeyBar).text
        await press(pilot, "enter", "q")
        assert isinstance(app.screen, PackagesScreen)


async def test_details_tell_title_users_and_when_it_was_made(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_packages(pilot)
        await press(pilot, *"jjjjjj", "i")
        said = {fact.label: fact.value for fact in app.screen.query_one(Facts).facts}
        assert said["title"] == "A package: with a colon continued"
        assert said["created"] == "2026-01-02 03:04:05, just now"
        assert said["used by"] == "worker maps-5d0c91f2"


# --- mouse ------------------------------------------------------------------------------------------------------


async def test_the_breadcrumb_goes_back_to_its_levels(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await open_packages(pilot)
        await press(pilot, *"jjjjjj", "enter", "enter")
        assert len(view(app).levels) == 4
        await pilot.click(Breadcrumb, offset=(3, 0))
        await until(pilot, lambda: len(view(app).levels) == 2)
        await arranged(pilot)
        assert view(app).row.name == "sf", "the cursor is where it was left"


async def test_a_click_on_the_kept_filter_lets_it_be_typed_again(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await open_packages(pilot)
        await press(pilot, "slash")
        await typed(pilot, "sf")
        await press(pilot, "enter")
        await pilot.click("#filter-count")
        await until(pilot, lambda: view(app).filter_bar.is_editing)
        assert app.focused is view(app).filter_bar.field
        assert view(app).filter_bar.field.value == "sf"


# --- hostile names ----------------------------------------------------------------------------------------------


async def test_hostile_names_are_filtered_sorted_marked_and_shown_harmlessly(store: StoreBuilder):
    evil = ["[bold", "a\x1b[31mred", "ni\nhao", "\u202egnp.exe", "x" * 200]
    for name in evil:
        store.package(name).source().config()
    (store.root / MAIN / "p\udcffq" / source_hash("p", "1.0") / config_hash({})).mkdir(parents=True)
    evil.append("p\udcffq")
    store.worker("w\n[/b]\x1b", {})
    app = make_app(store.root)
    async with app.run_test(size=(100, 30)) as pilot:
        await open_packages(pilot)
        await until(pilot, lambda: len(names(app)) == len(evil))
        await press(pilot, "i", "a", "S", "s", "enter", "t", "i", "u", "escape", "slash")
        await typed(pilot, "[b")
        assert names(app) == ["[bold 1.0"]
        await press(pilot, "enter", "enter")
        text = app.export_screenshot()
        assert "\x1b" not in text
        assert "\u202e" not in text


async def test_going_elsewhere_keeps_what_was_typed_and_drops_what_is_wrong(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await open_packages(pilot)
        await press(pilot, "slash")
        await paste(pilot, "cpp")
        await pilot.click("#rows", offset=(4, 2))
        await until(pilot, lambda: names(app) == ["cpp11", "Rcpp"])
        assert not view(app).filter_bar.is_editing
        await press(pilot, "slash")
        await paste(pilot, "nonsense:1")
        await pilot.click("#rows", offset=(4, 2))
        await until(pilot, lambda: names(app) == ALL)
        assert not view(app).filter_bar.display
