"""Every view, level and dialog on a store in which every name is hostile: shown as it is, and without harm."""

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from scenarios import NOW, make_app, settled, until
from textual.widgets import Input
from walk import Walk, on_screen

from hostile import BAD, MARKUP, TEXT, Hostile, hostile_store, unsafe
from pkgstore_tui.app import PkgstoreApp
from pkgstore_tui.messages import Trouble
from pkgstore_tui.screens.export import ExportDialog
from pkgstore_tui.screens.view import VIEWS

LITERAL = "[bold"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    """One store for all tests of this module: none of them changes it."""
    folder = tmp_path_factory.mktemp("hostile")
    yield hostile_store(folder, NOW)
    shutil.rmtree(folder)


def look(app: PkgstoreApp) -> None:
    """Nothing on the screen can do harm to a terminal."""
    for line in on_screen(app):
        assert not unsafe(line), f"{unsafe(line)} on {app.screen} in {line!r}"
        assert "\n" not in line


def says(app: PkgstoreApp, text: str = LITERAL) -> bool:
    """Whether a text stands on the screen, as it was written."""
    return any(text in line for line in on_screen(app))


def hostile_app(hostile: Hostile, **options: object) -> PkgstoreApp:
    """The interface on it, with the store's real path in the title."""
    return make_app(hostile.root, shown=str(hostile.root), **options)


ABOUT_A_ROW = {
    *("view.details", "view.why", "view.files", "view.compare", "view.copy", "view.copy_menu", "view.export"),
    *("rows.users", "rows.mark", "rows.next_match", "app.log", "rows.measure", "why.open"),
}


@pytest.mark.campaign
@pytest.mark.parametrize("views", [("overview", "packages"), ("apps", "why"), ("workers", "health", "activity")])
async def test_every_row_and_level(hostile: Hostile, views: tuple[str, ...]) -> None:
    app = hostile_app(hostile)
    async with app.run_test(size=(150, 40)) as pilot:
        await settled(pilot)
        walk = Walk(pilot, look)
        for view in views:
            await walk.to_view(view)
            await deeper(walk)
    assert app.fault is None


async def deeper(walk: Walk) -> None:
    """From row to row, into those that have hostile names, and on from there."""
    view = walk.view
    way = view.levels[1:]
    await walk.every_row(5 if not way else 2)
    hostile = [row for row in view.table.rows if "[" in str(view.level.called(row))] or view.table.rows[:1]
    for row in hostile[: 2 if not way else 1]:
        level = view.level.into(row)
        if level is not None and len(way) < 6:
            view.go_to((*way, level))
            await walk.look()
            assert says(walk.app), "the name is in the breadcrumb"
            await deeper(walk)
            view.go_to(way)


@pytest.mark.campaign
async def test_the_keys_that_are_about_a_row(hostile: Hostile) -> None:
    """Details, used by, why, copy, files, compare, export, log: each is looked at in each view, and left."""
    app = hostile_app(hostile)
    async with app.run_test(size=(130, 30)) as pilot:
        await settled(pilot)
        walk = Walk(pilot, look)
        for _, name, _ in VIEWS:
            await walk.to_view(name)
            await walk.press("G")
            await walk.every_key(ABOUT_A_ROW)
        assert {"Menu", "ViewerScreen", "UsersScreen", "ExportDialog", "CommandLog"} <= walk.screens
        assert ABOUT_A_ROW - walk.pressed == set()
    assert app.fault is None


@pytest.mark.parametrize("ending", ["csv", "json"])
async def test_an_exported_table_is_harmless(hostile: Hostile, tmp_path: Path, ending: str) -> None:
    app = hostile_app(hostile)
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        walk = Walk(pilot, look)
        view = await walk.to_view("workers")
        await walk.press("E")
        assert isinstance(app.screen, ExportDialog)
        app.screen.query_one(Input).value = str(tmp_path / f"t{BAD}.{ending}")
        await walk.press("enter")
        await until(pilot, lambda: app.screen is view, "it is written")
        await walk.look()
    text = next(tmp_path.iterdir()).read_bytes().decode()
    assert not unsafe(text.replace("\r\n", "\n"))
    assert LITERAL in text
    rows = json.loads(text)["rows"] if ending == "json" else list(csv.DictReader(text.splitlines()))
    assert len(rows) == 6


async def test_what_is_typed_and_what_is_told(hostile: Hostile) -> None:
    """A filter, the palette and a toast with hostile texts."""
    app = hostile_app(hostile)
    async with app.run_test(size=(100, 24), notifications=True) as pilot:
        await settled(pilot)
        walk = Walk(pilot, look)
        await walk.to_view("workers")
        await walk.press("slash")
        assert isinstance(app.focused, Input)
        app.focused.value = f"size>{BAD}"
        await pilot.pause()
        await walk.look()
        await walk.press("escape", "colon")
        assert isinstance(app.focused, Input)
        app.focused.value = BAD
        await pilot.pause()
        await walk.look()
        await walk.leave()
        app.post_message(Trouble(TEXT))
        await pilot.pause()
        await walk.look()
        await until(pilot, lambda: says(app, MARKUP), "the toast is shown as it is written")
    assert app.fault is None


async def test_rehearsed_starts_and_the_dialogs_that_begin_at_a_row(hostile: Hostile, tmp_path: Path) -> None:
    """What would be missing, and what would become of each package, under hostile names."""
    app = hostile_app(hostile, write=True)
    async with app.run_test(size=(150, 40)) as pilot:
        await settled(pilot)
        walk = Walk(pilot, look)
        view = await walk.to_view("apps")
        await walk.press("c")
        await walk.every_row(20)
        for row in [row for row in view.table.rows if row.start is not None and row.start.missing][:3]:
            view.go(view.level.into(row))
            await walk.every_row(5)
            assert says(app), "the name is in the breadcrumb"
            await walk.press("i", "i", "escape")
        for key in ("L", "U", "I"):
            await walk.press(key)
            app.screen.query_one("#library", Input).value = str(tmp_path / f"t{BAD}")
            await until(pilot, lambda: app.screen.proposal is not None, "it is planned, or refused")
            await walk.look()
            await walk.press("escape")
    assert app.fault is None
    assert not list(tmp_path.iterdir())
