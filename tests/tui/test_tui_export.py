"""Export: all rows and columns, to a path, never over a file without a question."""

import csv
import json
import threading
from pathlib import Path

import pytest
from scenarios import MAIN, make_app, settled, until, walk
from textual.widgets import Button, Input, Static

from builders import StoreBuilder
from pkgstore_tui.screens.export import ExportDialog, Table, proposed_name
from pkgstore_tui.screens.question import Question


async def asked(pilot, path: Path | str = "") -> ExportDialog:
    """The dialog, with a path in it."""
    app = pilot.app
    await walk(pilot, "E")
    await until(pilot, lambda: isinstance(app.screen, ExportDialog))
    if path:
        app.screen.query_one(Input).value = str(path)
        await pilot.pause()
    return app.screen


def said(screen: ExportDialog) -> str:
    return str(screen.query_one("#text", Static).content)


def rows_of(path: Path) -> list[dict[str, str]]:
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


async def test_csv_of_all_rows_and_columns(lively: StoreBuilder, tmp_path: Path):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test(size=(40, 12)) as pilot:
        await settled(pilot)
        view = app.screen
        screen = await asked(pilot, tmp_path / "t.csv")
        assert said(screen) == "10 rows as CSV"
        await walk(pilot, "enter")
        await until(pilot, lambda: app.screen is view)
        rows = rows_of(tmp_path / "t.csv")
        assert len(rows) == 10, "also those that are not in sight"
        sf = next(row for row in rows if row["PACKAGE"] == "sf")
        assert sf["VERSION"] == "1.0-16"
        assert sf["CONFIGS"] == "2"
        assert sf["LINKS TO"] == "Rcpp 1.0.13", "also columns for which there is no room"
        assert any(f"written: {tmp_path / 't.csv'}" in note.message for note in app._notifications)


async def test_json_has_whole_keys(lively: StoreBuilder, tmp_path: Path):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await settled(pilot)
        await walk(pilot, *"jjjjjj", "enter", "enter")
        view = app.screen
        await asked(pilot, tmp_path / "t.json")
        await walk(pilot, "enter")
        await until(pilot, lambda: app.screen is view)
        document = json.loads((tmp_path / "t.json").read_text())
        assert document["schema_version"] == 1
        assert document["store"] == str(lively.root)
        assert document["view"] == "packages"
        assert len(document["rows"]) == 2
        row = document["rows"][0]
        assert row["built_against"] == "Rcpp 1.0.13"
        assert row["key_package"] == "sf"
        assert row["key_platform"] == MAIN
        assert len(row["key_config_hash"]) == 64
        assert row["config"] == row["key_config_hash"][:8]


async def test_what_a_filter_leaves(lively: StoreBuilder, tmp_path: Path):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await settled(pilot)
        await walk(pilot, "slash", *"sf", "enter")
        await until(pilot, lambda: len(app.screen.table.rows) == 1)
        view = app.screen
        await asked(pilot, tmp_path / "t.json")
        await walk(pilot, "enter")
        await until(pilot, lambda: app.screen is view)
        document = json.loads((tmp_path / "t.json").read_text())
        assert [row["package"] for row in document["rows"]] == ["sf"]
        assert document["filter"] == "sf"


async def test_the_proposed_name(lively: StoreBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await settled(pilot)
        await walk(pilot, *"jjjjjj", "enter")
        screen = await asked(pilot)
        assert screen.path == str(tmp_path / f"packages-{MAIN}-sf.csv")
        await walk(pilot, "escape")
        assert not list(tmp_path.glob("*.csv"))
        assert any("nothing was written" in note.message for note in app._notifications)


def test_names_that_are_no_file_names():
    assert proposed_name("packages", "a/b\n\x1b", "..") == "packages-a-b---.."
    assert proposed_name("", "") == "table"
    assert len(proposed_name("x" * 300)) == 80


async def test_a_file_that_is_there_is_asked_about(lively: StoreBuilder, tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_text("mine")
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await settled(pilot)
        view = app.screen
        screen = await asked(pilot, path)
        await walk(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, Question))
        assert app.focused.id == "no"
        await walk(pilot, "enter")
        assert app.screen is screen
        assert path.read_text() == "mine"
        assert "nothing was written" in said(screen)
        screen.query_one("#yes", Button).press()
        await until(pilot, lambda: isinstance(app.screen, Question))
        await walk(pilot, "right", "enter")
        await until(pilot, lambda: app.screen is view)
        assert len(rows_of(path)) == 10


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("t.txt", "has to end in .csv or .json"),
        ("", "has to end in .csv or .json"),
        ("none/t.csv", "cannot write this file: No such file or directory"),
        ("folder.csv", "that is a folder"),
        ("a\0b.csv", "no path has a NUL character"),
    ],
)
async def test_paths_that_cannot_be_written(lively: StoreBuilder, tmp_path: Path, name: str, message: str):
    (tmp_path / "folder.csv").mkdir()
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await settled(pilot)
        screen = await asked(pilot)
        screen.query_one(Input).value = f"{tmp_path}/{name}"
        await pilot.pause()
        await walk(pilot, "enter")
        await until(pilot, lambda: message in said(screen))
        assert app.screen is screen
        assert {path.name for path in tmp_path.iterdir()} == {"bundles", "folder.csv"}


async def test_hostile_cells(lively: StoreBuilder, tmp_path: Path):
    lively.package("=cmd|'x'!A0").source("+1+1").config()
    lively.package("bad\n\x1b[31m").source("1").config()
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await settled(pilot)
        view = app.screen
        await asked(pilot, tmp_path / "t.csv")
        await walk(pilot, "enter")
        await until(pilot, lambda: app.screen is view)
        data = (tmp_path / "t.csv").read_bytes()
        assert b"\x1b" not in data
        rows = {row["PACKAGE"]: row for row in rows_of(tmp_path / "t.csv")}
        assert rows["'=cmd|'x'!A0"]["VERSION"] == "'+1+1"
        assert "bad␊␛[31m" in rows


async def test_a_dialog_that_is_left_writes_no_more(
    lively: StoreBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The rows come one by one; between two the dialog is left."""
    app = make_app(lively.root, platform=MAIN)
    gate, began = threading.Event(), threading.Event()
    texts = Table.texts

    def slowly(self):
        for row in texts(self):
            began.set()
            gate.wait(10)
            yield row

    monkeypatch.setattr(Table, "texts", slowly)
    async with app.run_test() as pilot:
        await settled(pilot)
        view = app.screen
        await asked(pilot, tmp_path / "t.csv")
        await walk(pilot, "enter")
        await until(pilot, began.is_set)
        await walk(pilot, "escape")
        await until(pilot, lambda: app.screen is view)
        gate.set()
        await until(pilot, lambda: all(worker.is_finished for worker in app.workers))
    assert {path.name for path in tmp_path.iterdir()} == {"bundles"}
