"""Looking at files: from rows, in the viewer, hostile ones."""

import os
from pathlib import Path

import pytest
from scenarios import MAIN, make_app, settled, until, walk, write
from test_tui_glyphs import screen_text

from builders import StoreBuilder, ref
from pkgstore_tui.app import PkgstoreApp
from pkgstore_tui.screens.menu import Menu
from pkgstore_tui.screens.viewer import ViewerScreen
from pkgstore_tui.widgets.bars import KeyBar, StatusLine

SF = ref("sf", "1.0-16", {"Rcpp": "1.0.13"})
TO_SF_CONFIG = (*"jjjjjj", "enter", "enter")


async def viewing(pilot, path: Path | str) -> ViewerScreen:
    """The viewer on a file, once it is read."""
    screen = ViewerScreen(str(path), "a file")
    pilot.app.push_screen(screen)
    await until(pilot, lambda: screen.file is not None, "the file is read")
    return screen


def state(screen: ViewerScreen) -> str:
    return screen.query_one(StatusLine).text


@pytest.mark.parametrize(
    ("downs", "line"), [(0, "Package: sf"), (1, "{"), (2, "{")], ids=["DESCRIPTION", "configs.json", "sidecar"]
)
async def test_the_files_of_a_config(lively: StoreBuilder, downs: int, line: str):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await settled(pilot)
        await walk(pilot, *TO_SF_CONFIG, "f")
        await until(pilot, lambda: isinstance(app.screen, Menu))
        assert [choice.label for choice in app.screen.choices] == ["DESCRIPTION", "configs.json", "sidecar"]
        await walk(pilot, *"j" * downs, "enter")
        await until(pilot, lambda: isinstance(app.screen, ViewerScreen) and app.screen.file is not None)
        assert app.screen.view.lines[0] == line
        await walk(pilot, "q")
        assert not isinstance(app.screen, ViewerScreen | Menu)


async def test_a_menu_can_be_left(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await settled(pilot)
        view = app.screen
        await walk(pilot, *TO_SF_CONFIG)
        for key in ("escape", "q", "h"):
            await walk(pilot, "f")
            await until(pilot, lambda: isinstance(app.screen, Menu))
            await walk(pilot, key)
            assert app.screen is view


async def test_a_workers_manifest(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test() as pilot:
        await settled(pilot)
        await walk(pilot, "4")
        await until(pilot, lambda: app.current_mode == "workers" and app.screen.table.rows)
        await walk(pilot, "f")
        await until(pilot, lambda: isinstance(app.screen, ViewerScreen) and app.screen.file is not None)
        assert app.screen.path.endswith("maps-5d0c91f2/.packages.json")
        assert app.screen.view.lines[1].startswith('  "Rcpp": ')


async def test_an_apps_manifests(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test() as pilot:
        await settled(pilot)
        await walk(pilot, "3")
        await until(pilot, lambda: app.current_mode == "apps" and app.screen.table.rows)
        await walk(pilot, "j", "f")
        await until(pilot, lambda: isinstance(app.screen, ViewerScreen) and app.screen.file is not None)
        assert app.screen.path.endswith("maps/store-manifest.json"), "the only one that is there"


async def test_a_row_whose_files_went(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await settled(pilot)
        await walk(pilot, *TO_SF_CONFIG)
        (lively.root / MAIN / "sf").rename(lively.root.parent / "sf")
        view = app.screen
        await walk(pilot, "f")
        await until(pilot, lambda: any("has no files" in note.message for note in app._notifications))
        assert app.screen is view


# --- in the viewer ----------------------------------------------------------------------------------------------


async def test_moving(lively: StoreBuilder, tmp_path: Path):
    (tmp_path / "x").write_text("\n".join(f"line {n}" for n in range(1, 301)))
    app = make_app(lively.root)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        screen = await viewing(pilot, tmp_path / "x")
        view = screen.view
        for key, top in (
            ("j", 1),
            ("down", 2),
            ("k", 1),
            ("up", 0),
            ("G", 300 - view.page),
            ("g", 0),
            ("end", None),
        ):
            await walk(pilot, key)
            assert view.scroll_offset.y == (300 - view.page if top is None else top), key
        await walk(pilot, "home", "ctrl+d")
        assert view.scroll_offset.y == view.page - 1
        await walk(pilot, "pageup")
        assert view.scroll_offset.y == 0
        assert state(screen).endswith(f"line {view.page} of 300")
        await walk(pilot, "escape")
        assert app.screen is not screen


async def test_long_lines_scroll_sideways(lively: StoreBuilder, tmp_path: Path):
    (tmp_path / "x").write_text("short\n" + "0123456789" * 100_000)
    app = make_app(lively.root)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        screen = await viewing(pilot, tmp_path / "x")
        assert screen_text(app)[2].rstrip().endswith("…")
        await walk(pilot, "right", "l")
        assert screen.view.aside == 16
        assert screen_text(app)[2].strip().removeprefix("2  ").startswith("67890123")
        assert "from column 17" in state(screen)
        await walk(pilot, "left", "h", "h")
        assert screen.view.aside == 0


async def test_search(lively: StoreBuilder, tmp_path: Path):
    lines = [f"line {n}" for n in range(200)]
    lines[50], lines[120], lines[199] = "Here is Rcpp", "rcpp again", "x" * 500 + "RCPP"
    (tmp_path / "x").write_text("\n".join(lines))
    app = make_app(lively.root)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        screen = await viewing(pilot, tmp_path / "x")
        view = screen.view
        assert "Next" not in screen.query_one(KeyBar).text
        await walk(pilot, "slash")
        await write(pilot, "rcpp")
        await walk(pilot, "enter")
        assert view.has_focus
        assert view.matches == (50, 120, 199)
        assert "match 1 of 3" in state(screen)
        assert view.scroll_offset.y <= 50 < view.scroll_offset.y + view.page
        await until(pilot, lambda: "n Next" in screen.query_one(KeyBar).text)
        for key, match in (("n", 2), ("n", 3), ("n", 1), ("N", 3)):
            await walk(pilot, key)
            assert f"match {match} of 3" in state(screen)
        assert view.aside > 400, "the match is in sight"
        await walk(pilot, "slash")
        await write(pilot, "RCPP")
        assert view.matches == (199,), "capitals count where there are some"
        await write(pilot, "[/foo]")
        assert "no “[/foo]” here" in state(screen)
        await walk(pilot, "escape")
        assert view.has_focus
        assert view.needle == ""
        await walk(pilot, "slash")
        await write(pilot, "again")
        await walk(pilot, "enter", "escape")
        assert app.screen is screen, "the first esc leaves the search"
        await walk(pilot, "escape")
        assert app.screen is not screen


async def test_raw_json(lively: StoreBuilder, tmp_path: Path):
    (tmp_path / "x").write_text('{"b":1}')
    app = make_app(lively.root)
    async with app.run_test() as pilot:
        await settled(pilot)
        screen = await viewing(pilot, tmp_path / "x")
        assert screen.view.lines == ("{", '  "b": 1', "}")
        await walk(pilot, "r")
        assert screen.view.lines == ('{"b":1}',)
        assert "as in the file" in state(screen)
        await walk(pilot, "r")
        assert len(screen.view.lines) == 3


async def test_raw_is_for_json(lively: StoreBuilder, tmp_path: Path):
    (tmp_path / "x").write_text("Package: sf\n")
    app = make_app(lively.root)
    async with app.run_test() as pilot:
        await settled(pilot)
        screen = await viewing(pilot, tmp_path / "x")
        assert "Raw" not in screen.query_one(KeyBar).text
        await walk(pilot, "r")
        assert screen.view.lines == ("Package: sf",)


async def test_copy_the_path(lively: StoreBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERM", "xterm")
    (tmp_path / "x").touch()
    app = make_app(lively.root)
    async with app.run_test() as pilot:
        await settled(pilot)
        await viewing(pilot, tmp_path / "x")
        await walk(pilot, "y")
        assert app.clipboard == str(tmp_path / "x")


HOSTILE = b"[/foo] [bold\x1b[31m\x1b]0;owned\x07\x1b[2J\r\n\xe2\x80\xaertl\n\xff\xfe\n\x9b31m\n" + b"\n" * 3


def assert_harmless(app: PkgstoreApp) -> None:
    for line in screen_text(app):
        assert line.isprintable(), repr(line)


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (160, 50)])
async def test_hostile_content_is_shown_harmlessly(lively: StoreBuilder, tmp_path: Path, size: tuple[int, int]):
    path = tmp_path / "[red]x\n\x1b[31m"
    path.write_bytes(HOSTILE * 20)
    app = make_app(lively.root)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await viewing(pilot, path)
        assert_harmless(app)
        assert "[/foo] [bold␛[31m" in screen_text(app)[1] + screen_text(app)[2]
        await walk(pilot, "slash")
        await write(pilot, "[bold")
        await walk(pilot, "enter", "n", "right", "y")
        assert_harmless(app)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (os.mkfifo, "is no regular file"),
        (lambda path: None, "there is no such file"),
        (lambda path: Path(path).write_bytes(b"\x7fELF\0" * 1000), "binary, 4.9 KiB"),
        (lambda path: Path(path).touch(), "an empty file"),
        (lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_RDWR), 1 << 40), "binary, 1.0 TiB"),
        (os.mkdir, "Is a directory"),
    ],
    ids=["pipe", "gone", "binary", "empty", "huge", "folder"],
)
async def test_files_that_are_no_text(lively: StoreBuilder, tmp_path: Path, make, said: str):
    make(str(tmp_path / "x"))
    app = make_app(lively.root)
    async with app.run_test(size=(160, 30)) as pilot:
        await settled(pilot)
        screen = await viewing(pilot, tmp_path / "x")
        await pilot.pause()
        assert said in "\n".join(screen_text(app))
        await walk(pilot, "j", "G", "right", "n", "slash", "x", "enter", "escape", "escape")
        assert app.screen is not screen
