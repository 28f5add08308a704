"""A saved scan, opened read-only: everything is shown, nothing on the disk is touched."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from scenarios import MAIN, NOW, make_app, settled, until, walk
from test_tui_glyphs import screen_text

from builders import StoreBuilder
from pkgstore.saved import SavedScan, decode_snapshot, encode_snapshot
from pkgstore.scan import read_snapshot
from pkgstore_tui import __main__ as program
from pkgstore_tui.screens.compare import CompareScreen
from pkgstore_tui.screens.help import HelpScreen
from pkgstore_tui.widgets.bars import KeyBar, StatusLine, TitleBar
from pkgstore_tui.widgets.facts import Facts

_WATCHED: list[str] = []
_TOUCHED: list[str] = []
_HOOKED: list[bool] = []
_EVENTS = {"open", "os.scandir", "os.listdir", "os.link", "os.rename", "os.mkdir", "os.remove", "os.utime"}


def _listen(event: str, arguments: tuple[object, ...]) -> None:
    if _WATCHED and event in _EVENTS and arguments and isinstance(arguments[0], str | bytes):
        path = arguments[0] if isinstance(arguments[0], str) else arguments[0].decode(errors="replace")
        if path.startswith(_WATCHED[0]):
            _TOUCHED.append(f"{event} {path}")


@contextmanager
def watched(folder: Path) -> Iterator[list[str]]:
    """What is opened or listed below a folder meanwhile; Python keeps its hooks, so there is one for all."""
    if not _HOOKED:
        _HOOKED.append(True)
        sys.addaudithook(_listen)
    _WATCHED[:], _TOUCHED[:] = [str(folder)], []
    try:
        yield _TOUCHED
    finally:
        _WATCHED.clear()


@pytest.fixture
def scan(lively: StoreBuilder) -> SavedScan:
    """The lively store, saved and read again; the store itself is there still."""
    data = encode_snapshot(read_snapshot(str(lively.root)), taken_at=NOW - 3600, tool_version="0.1")
    return decode_snapshot(data)


def test_the_watch_itself(tmp_path: Path):
    (tmp_path / "x").touch()
    with watched(tmp_path) as touched:
        (tmp_path / "x").read_bytes()
        list(tmp_path.iterdir())
    assert touched == [f"open {tmp_path}/x", f"os.listdir {tmp_path}"]


async def test_all_views_and_nothing_of_the_disk(lively: StoreBuilder, scan: SavedScan):
    app = make_app(lively.root, saved=scan, write=True, live=False)
    with watched(lively.root.parent) as touched:
        async with app.run_test(size=(120, 30)) as pilot:
            await settled(pilot)
            await walk(pilot, "i", "j", "R", "r", "enter", *"jjjjjj", "enter", "enter", "f", "y", "enter")
            await until(pilot, lambda: "a saved scan has no files" in "\n".join(screen_text(app)))
            assert any("a saved scan has no files" in note.message for note in app._notifications)
            await walk(pilot, "escape", "space", "space", "equals_sign")
            await until(pilot, lambda: isinstance(app.screen, CompareScreen) and app.screen.comparison is not None)
            assert "Rcpp" in {row.name for row in app.screen.table.rows}
            await walk(pilot, "escape")
            for key, mode in zip(
                "1234567", ("overview", "packages", "apps", "workers", "why", "health", "activity"), strict=True
            ):
                await walk(pilot, key)
                await until(pilot, lambda mode=mode: app.current_mode == mode)
                await pilot.pause(0.05)
                await walk(pilot, "enter", "j", "r", "i", "escape")
                await pilot.pause(0.05)
    assert touched == []


async def test_it_says_what_it_is_and_cannot_be_unlocked(lively: StoreBuilder, scan: SavedScan):
    app = make_app(lively.root, saved=scan, write=True, live=False)
    async with app.run_test(size=(160, 30)) as pilot:
        await settled(pilot)
        assert "SAVED SCAN" in app.screen.query_one(TitleBar).text
        assert "saved scan, taken 2026-01-02 02:04:05" in app.screen.query_one(StatusLine).text
        assert "Unlock" not in app.screen.query_one(KeyBar).text
        view = app.screen
        await walk(pilot, "W", "d", "I", "L")
        assert app.screen is view
        app.session.set_lock(unlocked=True)
        assert not app.session.unlocked
        await walk(pilot, "question_mark")
        assert isinstance(app.screen, HelpScreen)
        assert any("a saved scan" in fact.value for fact in app.screen.query_one(Facts).facts)


async def test_a_store_that_is_elsewhere(lively: StoreBuilder, scan: SavedScan):
    lively.root.rename(lively.root.parent / "elsewhere")
    app = make_app(lively.root, saved=scan, platform=MAIN, live=False)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        assert len(app.screen.table.rows) == 10
        assert not app.session.trouble


def test_the_program_opens_it(lively: StoreBuilder, tmp_path: Path, monkeypatch, capsys):
    from pkgstore_tui.app import PkgstoreApp

    path = tmp_path / "store.scan"
    path.write_bytes(encode_snapshot(read_snapshot(str(lively.root)), taken_at=NOW, tool_version="0.1"))
    assert program.main(["--from", str(path)]) == 0
    assert "10 packages, 12 sources, 13 configs" in capsys.readouterr().out
    opened = []
    monkeypatch.setattr(PkgstoreApp, "run", lambda self: opened.append(self))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    assert program.main(["--from", str(path)]) == 0
    session = opened[0].session
    assert session.options.saved.taken_at == NOW
    assert session.shown == f"{lively.root}, taken 2026-01-02 03:04:05"
    for other in (["--demo"], ["--write"], [str(lively.root)]):
        assert program.main(["--from", str(path), *other]) == 2
        assert "opens a saved scan" in capsys.readouterr().err
    path.write_text("{}")
    assert program.main(["--from", str(path)]) == 3
    assert "is no scan that can be opened" in capsys.readouterr().err
    assert program.main(["--from", str(tmp_path / "none")]) == 3
