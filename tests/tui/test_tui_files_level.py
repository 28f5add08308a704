"""The files of a config, folder by folder."""

import os
from pathlib import Path

import pytest
from scenarios import MAIN, make_app, settled, until, walk
from test_tui_glyphs import screen_text

from builders import StoreBuilder, ref
from pkgstore_tui.screens.files_level import FilesLevel
from pkgstore_tui.screens.viewer import ViewerScreen
from pkgstore_tui.widgets.bars import Breadcrumb

TO_SF_FILES = (*"jjjjjj", "enter", "enter", "enter")
SF_SOURCE, SF_CONFIG = ref("sf", "1.0-16", {"Rcpp": "1.0.13"}).split("/")


@pytest.fixture
def tree(lively: StoreBuilder) -> Path:
    """The tree that TO_SF_FILES leads to, with a bit more in it."""
    tree = lively.root / MAIN / "sf" / SF_SOURCE / SF_CONFIG
    (tree / "R" / "deep").mkdir()
    (tree / "R" / "deep" / "x.txt").write_text("hello\n")
    os.symlink("/etc", tree / "away")
    os.symlink("nowhere\n\x1b[31m", tree / "gone")
    os.mkfifo(tree / "pipe")
    open(os.fsencode(tree) + b"/[foo] \xff\n\x1b[31m", "w").close()
    os.link(tree / "DESCRIPTION", tree / "again")
    return tree


async def at_files(pilot, *keys: str) -> list[str]:
    """Go to the files of sf; the names that are there."""
    app = pilot.app
    await settled(pilot)
    await walk(pilot, *TO_SF_FILES, *keys)
    await until(pilot, lambda: isinstance(app.screen.level, FilesLevel) and app.screen.is_arranged)
    await pilot.pause()
    return [row.name for row in app.screen.table.rows]


async def go_to(pilot, name: str) -> None:
    """Put the cursor on a row."""
    table = pilot.app.screen.table
    table.cursor = next(i for i, row in enumerate(table.rows) if row.name == name)
    await pilot.pause()


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (160, 50)])
async def test_what_is_in_a_tree(lively: StoreBuilder, tree: Path, size: tuple[int, int]):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test(size=size) as pilot:
        names = await at_files(pilot)
        assert names == ["R", "libs", "DESCRIPTION", "[foo] \udcff\n\x1b[31m", "again", "away", "gone", "pipe"]
        text = screen_text(app)
        assert all(line.isprintable() for line in text)
        if size[0] == 160:
            (line,) = [line for line in text if "again" in line]
            assert "file" in line
            assert "146 B" in line
            assert "-rw-r--r--" in line
            assert "  2  " in line, "it has two names"
            assert any("away → /etc" in line for line in text)
            assert any("gone → nowhere␊␛[31m" in line for line in text)


async def test_into_folders_and_back(lively: StoreBuilder, tree: Path):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test(size=(120, 30)) as pilot:
        await at_files(pilot)
        await walk(pilot, "enter")
        await until(pilot, lambda: [row.name for row in app.screen.table.rows] == ["deep", "sf.rdb"])
        await walk(pilot, "enter")
        await until(pilot, lambda: [row.name for row in app.screen.table.rows] == ["x.txt"])
        assert app.screen.query_one(Breadcrumb).text.rpartition("deep")[1] == "deep"
        await walk(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, ViewerScreen) and app.screen.file is not None)
        assert app.screen.view.lines == ("hello",)
        await walk(pilot, "q", "escape")
        await until(pilot, lambda: [row.name for row in app.screen.table.rows] == ["deep", "sf.rdb"])
        await walk(pilot, "q")
        await until(pilot, lambda: len(app.screen.table.rows) == 8)


@pytest.mark.parametrize(("name", "said"), [("away", "is a symbolic link"), ("gone", "is a symbolic link")])
async def test_links_are_not_followed(lively: StoreBuilder, tree: Path, name: str, said: str):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test(size=(120, 30)) as pilot:
        await at_files(pilot)
        await go_to(pilot, name)
        await walk(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, ViewerScreen) and app.screen.file is not None)
        assert said in app.screen.file.note
        assert app.screen.view.lines == ()


async def test_details_copy_and_refresh(lively: StoreBuilder, tree: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERM", "xterm")
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test(size=(120, 30)) as pilot:
        await at_files(pilot)
        await go_to(pilot, "away")
        if not app.screen.query_one("#details").display:
            await walk(pilot, "i")
        facts = app.screen.query_one("#details")
        await until(pilot, lambda: ("leads to", "/etc") in {(fact.label, fact.value) for fact in facts.facts})
        await walk(pilot, "y")
        assert app.clipboard == str(tree / "away")
        (tree / "new").touch()
        await walk(pilot, "r")
        await until(pilot, lambda: "new" in {row.name for row in app.screen.table.rows})


async def test_a_tree_that_goes(lively: StoreBuilder, tree: Path):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test(size=(120, 30)) as pilot:
        await at_files(pilot)
        tree.rename(lively.root.parent / "elsewhere")
        await walk(pilot, "R")
        await until(pilot, lambda: len(app.screen.table.rows) == 1)
        assert "cannot list this folder" in app.screen.table.rows[0].trouble
        view = app.screen
        await walk(pilot, "enter", "y", "f", "E", "escape")
        assert app.screen is view
