"""What one can do with an explanation: for a worker, by cause, from package to package, to a file."""

import contextlib
import io
import json
import os
import shlex
import shutil
from pathlib import Path

import pytest
from scenarios import MAPS, left_over, make_app, press, until
from test_tui_why import answered, crumbs, facts, open_why, said, verdicts, view
from textual.widgets import Input

from builders import StoreBuilder, entry, write_lockfile
from pkgstore_tui.cli import main
from pkgstore_tui.screens.compare import CompareScreen
from pkgstore_tui.screens.export import ExportDialog
from pkgstore_tui.screens.goto import Goto, Named
from pkgstore_tui.screens.menu import Menu
from pkgstore_tui.screens.why_links import LinksLevel
from pkgstore_tui.screens.why_tree import TreeLevel
from pkgstore_tui.widgets.bars import KeyBar


@pytest.fixture
def store(lively: StoreBuilder) -> StoreBuilder:
    """The lively store, with lockfiles; maps wants a newer Rcpp than there is."""
    left_over(lively)
    return lively


def shell(line: str, *more: str) -> str:
    """What a command line prints that the interface offers."""
    program, *words = shlex.split(line)
    assert program == "pkgstore"
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        main([*words, *more])
    return out.getvalue()


async def to_maps(pilot) -> None:
    """To the packages of maps, the cursor on sf."""
    await open_why(pilot)
    await press(pilot, "j", "enter")
    await answered(pilot)
    await press(pilot, "j")
    assert view(pilot.app).row.package == "sf"


async def choose(pilot, key: str, label: str) -> None:
    """Open a menu, and take the choice with some words in its label."""
    app = pilot.app
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, Menu), f"the menu of {key}")
    place = next(place for place, choice in enumerate(app.screen.choices) if label in choice.label)
    for _ in range(place):
        await pilot.press("j")
    await pilot.press("enter")
    await until(pilot, lambda: not isinstance(app.screen, Menu), "the menu is left")


async def test_what_misleads_is_said_first(store: StoreBuilder):
    app = make_app(store.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await to_maps(pilot)
        first, causes, since = said(app)
        assert first.startswith("! LOCK-DISAGREES: maps: pak.lock does not give store-manifest.json, 4 packages")
        assert causes == "3 config-miss, 1 source-miss, 2 hit"
        assert since == "since Rcpp (1.0.14, stored against 1.0.13): 1 rebuild: sf"
        await press(pilot, "escape")
        assert said(app) == [""], "it is about one lockfile, not about the list of them"


async def test_a_live_install_into_a_worker(store: StoreBuilder):
    app = make_app(store.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await to_maps(pilot)
        await choose(pilot, "b", "maps-5d0c91f2")
        await until(pilot, lambda: verdicts(app).get("sf") == "abi-rebuild")
        assert crumbs(app).startswith("maps for worker maps-5d0c91f2")
        assert view(app).row.package == "sf", "the cursor stays on its package"
        command = view(app).present_command()
        found = json.loads(shell(command, "--json"))
        assert {row["package"]: row["verdict"] for row in found["packages"]} == verdicts(app)
        assert found["runtime"] is True
        await choose(pilot, "b", "no worker")
        await until(pilot, lambda: verdicts(app)["sf"] == "config-miss")
        assert crumbs(app).startswith("maps for a build")
        assert "--runtime" not in view(app).present_command()


async def test_a_worker_that_has_gone_is_told(store: StoreBuilder):
    app = make_app(store.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await to_maps(pilot)
        await choose(pilot, "b", "maps-5d0c91f2")
        await until(pilot, lambda: verdicts(app).get("sf") == "abi-rebuild")
        shutil.rmtree(store.root / ".workers" / "maps-5d0c91f2")
        await press(pilot, "r")
        await until(pilot, lambda: "the reference library is left out" in said(app)[0])
        assert verdicts(app)["sf"] == "config-miss"


async def test_a_menu_of_many_workers_scrolls(store: StoreBuilder):
    for number in range(60):
        store.worker(f"w-{number:03d}", MAPS)
    app = make_app(store.root)
    async with app.run_test(size=(40, 12)) as pilot:
        await to_maps(pilot)
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, Menu))
        await pilot.press("G")
        table, keys = app.screen.query_one("#choices"), app.screen.query_one(KeyBar)
        await until(pilot, lambda: table.cursor == 63 and table.scroll_offset.y > 50)
        assert keys.region.bottom < 12, "the keys are in sight"


async def test_a_cause_filters(store: StoreBuilder):
    app = make_app(store.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await to_maps(pilot)
        await choose(pilot, "c", "source-miss")
        await until(pilot, lambda: list(verdicts(app)) == ["Rcpp"])
        assert view(app).present_filter() == "verdict:source-miss"
        assert crumbs(app) == "maps for a build1 package: 1 miss"
        await choose(pilot, "c", "~     1  Rcpp")
        await until(pilot, lambda: list(verdicts(app)) == ["sf"])
        await choose(pilot, "c", "all packages")
        await until(pilot, lambda: len(verdicts(app)) == 6)


async def test_from_a_package_to_what_it_links_to(store: StoreBuilder):
    app = make_app(store.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await to_maps(pilot)
        view(app).choose(text="sf")
        await until(pilot, lambda: list(verdicts(app)) == ["sf"])
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(view(app).level, LinksLevel) and view(app).row is not None)
        assert crumbs(app) == "maps for a build › sf links to1 linked package: 1 differs"
        row = view(app).row
        assert (row.package, row.own.decision.verdict.value) == ("Rcpp", "source-miss")
        assert "Its row" in app.screen.query_one(KeyBar).text
        await press(pilot, "enter")
        await until(pilot, lambda: getattr(view(app).row, "decision", None) and view(app).row.package == "Rcpp")
        assert len(verdicts(app)) == 6, "the filter that hid it is let go"


async def test_there_is_no_way_into_what_links_to_nothing(store: StoreBuilder):
    app = make_app(store.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await to_maps(pilot)
        await press(pilot, "G")
        assert view(app).row.package == "shiny"
        await until(pilot, lambda: "Links" not in app.screen.query_one(KeyBar).text)
        assert "Nearest" not in app.screen.query_one(KeyBar).text, "it is a hit"
        await press(pilot, "enter", "equals_sign")
        assert len(view(app).levels) == 2


async def test_the_tree_and_back_to_a_row(store: StoreBuilder):
    app = make_app(store.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await to_maps(pilot)
        await press(pilot, "t")
        await until(pilot, lambda: isinstance(view(app).level, TreeLevel) and view(app).row is not None)
        assert [(row.package, row.depth) for row in view(app).table.rows] == [("Rcpp", 0), ("s2", 1), ("sf", 1)]
        assert view(app).row.package == "sf", "the cursor stays on its package"
        assert view(app).present_command().endswith("--format tree")
        assert "└ sf 1.0-16" in shell(view(app).present_command())
        await press(pilot, "k", "enter")
        await until(pilot, lambda: getattr(view(app).row, "decision", None) and view(app).row.package == "s2")
        await press(pilot, "j", "enter", "t")
        await until(pilot, lambda: isinstance(view(app).level, TreeLevel) and view(app).row is not None)
        assert [row.package for row in view(app).table.rows] == ["Rcpp", "sf"], "only its own part"


async def test_the_difference_with_the_nearest(store: StoreBuilder):
    app = make_app(store.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await to_maps(pilot)
        await press(pilot, "equals_sign")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen) and app.screen.comparison)
        found = app.screen.comparison
        assert found.both == "sf 1.0-16"
        lines = [(line.name, line.before[:6], line.after[:6]) for line in found.lines if line.change]
        assert lines == [("Rcpp", "1.0.14", "1.0.13"), ("Rcpp", "1.0.14", "1.0.12")]
        assert "Rcpp is 1.0.14 here and 1.0.13 there" in shell(found.command)
        await press(pilot, "escape", "j", "j")
        assert view(app).row.package == "Rcpp"
        await press(pilot, "equals_sign")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen) and app.screen.comparison)
        lines = [(line.name, line.before, line.after) for line in app.screen.comparison.lines if line.change]
        assert ("version", "1.0.14", "1.0.13") in lines or ("version", "1.0.14", "1.0.12") in lines


@pytest.mark.parametrize(
    ("what", "ending", "words"),
    [
        ("this package", "md", ("sf", "--format", "markdown")),
        ("this package", "txt", ("sf",)),
        ("this package", "json", ("sf", "--json")),
        ("this package", "dot", ("sf", "--dot")),
        ("all", "md", ("--format", "markdown")),
        ("all", "txt", ()),
        ("all", "json", ("--json",)),
        ("all", "dot", ("--dot",)),
    ],
)
async def test_export_writes_what_the_command_prints(
    store: StoreBuilder, tmp_path: Path, what: str, ending: str, words: tuple[str, ...]
):
    app = make_app(store.root)
    path = tmp_path / f"why.{ending}"
    async with app.run_test(size=(160, 40)) as pilot:
        await to_maps(pilot)
        await choose(pilot, "E", what)
        await until(pilot, lambda: isinstance(app.screen, ExportDialog))
        app.screen.query_one(Input).value = str(path)
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, ExportDialog))
        printed = shell(view(app).present_command(), *words)
    assert path.read_text() == printed


async def test_export_of_marked_packages_and_of_a_filter(store: StoreBuilder, tmp_path: Path):
    app = make_app(store.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await to_maps(pilot)
        await press(pilot, "space", "space")
        view(app).choose(text="verdict:hit")
        await until(pilot, lambda: len(verdicts(app)) == 2)
        for what, names in (("those marked", {"sf", "units"}), ("those shown", {"dplyr", "shiny"})):
            path = tmp_path / f"{what.split()[1]}.csv"
            await choose(pilot, "E", what)
            await until(pilot, lambda: isinstance(app.screen, ExportDialog))
            app.screen.query_one(Input).value = str(path)
            await pilot.pause()
            await pilot.press("enter")
            await until(pilot, lambda: not isinstance(app.screen, ExportDialog))
            rows = path.read_text().splitlines()
            assert rows[0] == "VERDICT,PACKAGE,VERSION,WHY"
            assert {row.split(",")[1] for row in rows[1:]} == names


async def test_the_list_of_lockfiles_is_exported_as_a_table(store: StoreBuilder):
    app = make_app(store.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await open_why(pilot)
        await press(pilot, "E")
        await until(pilot, lambda: isinstance(app.screen, ExportDialog))
        assert app.screen.path.endswith("why.csv")


async def test_copy_gives_the_wanted_ref_and_the_command_line(store: StoreBuilder):
    app = make_app(store.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await to_maps(pilot)
        subject = view(app).subject
        wanted = view(app).row.decision.wanted
        assert subject.short == (wanted.ref, "the ref")
        assert subject.command == f"pkgstore why sf --app maps --store {store.root}"
        assert shell(subject.command).startswith("LOCK-DISAGREES")


async def test_another_folder_of_apps_and_another_lockfile_are_named(store: StoreBuilder, tmp_path: Path):
    other = write_lockfile(tmp_path / "o" / "a b.lock", entry("sf", "1.0-16"), entry("Rcpp", "1.0.13"))
    app = make_app(store.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await open_why(pilot)
        view(app)._opened.append(str(other))
        await press(pilot, "R")
        await until(pilot, lambda: view(app).table.rows[0].path == str(other))
        await press(pilot, "g", "enter")
        await answered(pilot)
        assert view(app).present_command() == f"pkgstore why --lockfile '{other}' --store {store.root}"
        assert verdicts(app) == {"Rcpp": "hit", "sf": "hit"}


async def test_w_twice_in_one_lockfile_goes_to_each_package(store: StoreBuilder):
    app = make_app(store.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await to_maps(pilot)
        path = str(store.root.parent / "maps" / "pak.lock")
        for package in ("shiny", "units"):
            app.screen.post_message(Goto("why", about=Named(package, lockfile=path)))
            await until(pilot, lambda package=package: getattr(view(app).row, "package", "") == package)


async def test_details_of_a_source_that_is_not_there(store: StoreBuilder):
    app = make_app(store.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await to_maps(pilot)
        await press(pilot, "j", "j", "i")
        await until(pilot, lambda: "Rcpp 1.0.14" in facts(app))
        assert "verdict MISS · source-miss" in facts(app)
        assert any(text.startswith("Nearest source") for text in facts(app))
        assert any("another version" in text for text in facts(app))


async def test_a_huge_lockfile_is_explained(store: StoreBuilder):
    names = [f"pkg{number:05d}" for number in range(20_000)]
    maps = store.root.parent / "maps" / "pak.lock"
    write_lockfile(maps, *(entry(name) for name in names))
    os.utime(maps, (1, 1))
    app = make_app(store.root)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_why(pilot)
        await press(pilot, "j", "enter")
        await answered(pilot)
        assert len(view(app).table.rows) == 20_000
        await press(pilot, "G")
        assert view(app).row.package == names[-1]
