"""Copying: what, how, and what a terminal without clipboard gets instead."""

import json
import os

import pytest
from scenarios import MAIN, MAPS, SHOP, make_app, settled, until, walk
from test_tui_glyphs import screen_text

from builders import StoreBuilder, ref
from pkgstore_tui.messages import CopyAsked
from pkgstore_tui.screens.copying import CopyDialog, has_clipboard
from pkgstore_tui.screens.menu import Menu
from pkgstore_tui.user_settings import UserSettings

SF = ref("sf", "1.0-16", {"Rcpp": "1.0.13"})
TO_SF_CONFIG = (*"jjjjjj", "enter", "enter")


@pytest.mark.parametrize(
    ("terminal", "has"),
    [
        ("xterm-256color", True),
        ("tmux-256color", True),
        ("linux", False),
        ("dumb", False),
        ("vt100", False),
        ("", False),
    ],
)
def test_which_terminals_have_a_clipboard(terminal: str, has: bool):
    assert has_clipboard(terminal) is has


async def test_y_copies_the_ref_and_says_so(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await settled(pilot)
        await walk(pilot, *TO_SF_CONFIG, "y")
        assert app.clipboard == SF
        note = list(app._notifications)[-1]
        assert note.title == "copied the ref"
        assert note.message.startswith(SF[:30])


@pytest.mark.parametrize(
    ("keys", "text"),
    [((), MAIN), (("enter", *"jjjjjj"), "sf"), (("enter", *"jjjjjj", "enter"), SF.partition("/")[0])],
)
async def test_y_on_other_levels(lively: StoreBuilder, keys: tuple[str, ...], text: str):
    app = make_app(lively.root)
    async with app.run_test() as pilot:
        await settled(pilot)
        await walk(pilot, "j", *keys, "y")
        assert app.clipboard == text


async def go(pilot, key: str) -> None:
    """Go to another level, and wait until its rows are there."""
    await walk(pilot, key)
    await until(pilot, lambda: pilot.app.screen.is_arranged and pilot.app.screen.row is not None)


async def test_y_on_a_workers_packages(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test() as pilot:
        await settled(pilot)
        await walk(pilot, "4")
        await until(pilot, lambda: app.current_mode == "workers" and app.screen.table.rows)
        await walk(pilot, "y")
        assert app.clipboard == "maps-5d0c91f2"
        await go(pilot, "enter")
        await walk(pilot, "j", "j", "y")
        assert app.clipboard == MAPS["sf"]
        await go(pilot, "escape")
        await walk(pilot, "j")
        await go(pilot, "enter")
        await walk(pilot, "j", "j", "j", "y")
        assert app.clipboard == SHOP["stringi"], "also where the store has it not"


@pytest.mark.parametrize(
    ("downs", "label"), [(0, "ref"), (1, "path"), (2, "key"), (3, "command line"), (4, "JSON")]
)
async def test_the_copy_menu(lively: StoreBuilder, downs: int, label: str):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await walk(pilot, *TO_SF_CONFIG, "Y")
        await until(pilot, lambda: isinstance(app.screen, Menu))
        assert [choice.label for choice in app.screen.choices] == ["ref", "path", "key", "command line", "JSON"]
        await walk(pilot, *"j" * downs, "enter")
        path = str(lively.root / MAIN / "sf" / SF)
        names = dict(zip(("source_hash", "config_hash"), SF.split("/"), strict=True))
        expected = {
            "ref": SF,
            "path": path,
            "key": f"{MAIN}/sf/{SF}",
            "command line": f"pkgstore show sf {SF} --platform {MAIN} --store {lively.root}",
            "JSON": {
                "name": f"sf 1.0-16 {SF.split('/')[1][:8]}",
                "platform": MAIN,
                "package": "sf",
                **names,
                "ref": SF,
            }
            | {"path": path},
        }[label]
        got = json.loads(app.clipboard) if label == "JSON" else app.clipboard
        assert got == expected


async def test_a_menu_that_is_left_copies_nothing(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await settled(pilot)
        await walk(pilot, "Y", "escape")
        assert app.clipboard == ""


@pytest.mark.parametrize(
    ("terminal", "wish", "shown"), [("linux", "auto", True), ("xterm", "show", True), ("linux", "terminal", False)]
)
async def test_without_a_clipboard_the_text_is_shown(
    lively: StoreBuilder, monkeypatch: pytest.MonkeyPatch, terminal: str, wish: str, shown: bool
):
    monkeypatch.setenv("TERM", terminal)
    app = make_app(lively.root, platform=MAIN, settings=UserSettings(clipboard=wish))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        view = app.screen
        await walk(pilot, *TO_SF_CONFIG, "y")
        assert isinstance(app.screen, CopyDialog) is shown
        if shown:
            text = "".join(line.strip() for line in screen_text(app))
            assert SF in text, "all of it, over several lines"
            assert app.clipboard == ""
            await walk(pilot, "escape")
            assert app.screen is view
        else:
            assert app.clipboard == SF


async def test_hostile_texts_are_copied_and_shown_harmlessly(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        app.post_message(CopyAsked("[/foo] [bold\udcff\n\x1b[31m", "the path"))
        await until(pilot, lambda: app.clipboard)
        assert app.clipboard == "[/foo] [bold\ufffd\n\x1b[31m"
        assert all(line.isprintable() for line in screen_text(app))
        app.settings = UserSettings(clipboard="show")
        app.post_message(CopyAsked("[/foo] [bold\udcff\n\x1b[31m", "the path"))
        await until(pilot, lambda: isinstance(app.screen, CopyDialog))
        await pilot.pause()
        assert all(line.isprintable() for line in screen_text(app))


@pytest.mark.parametrize("view", ["1", "3", "4", "5", "6", "7"])
async def test_in_every_view_copying_is_possible_or_said_not_to_be(lively: StoreBuilder, view: str):
    app = make_app(lively.root)
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        packages = app.screen
        await walk(pilot, view)
        await until(pilot, lambda: app.screen is not packages and getattr(app.screen, "is_arranged", True))
        for _ in range(4):
            await copied_or_told(pilot)
            await walk(pilot, "j")


async def copied_or_told(pilot) -> None:
    """Copy and look at files; either happens, or it is said why not."""
    app = pilot.app
    screen, before = app.screen, app.clipboard
    app.clear_notifications()
    await walk(pilot, "y", "f")
    await until(pilot, lambda: app._notifications or app.screen is not screen or app.clipboard != before)
    while app.screen is not screen:
        await walk(pilot, "escape")


async def test_a_lockfile_in_the_why_view(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        await walk(pilot, "5")
        await until(pilot, lambda: app.current_mode == "why" and app.screen.is_arranged and app.screen.table.rows)
        await walk(pilot, "Y")
        await until(pilot, lambda: isinstance(app.screen, Menu))
        labels = [choice.label for choice in app.screen.choices]
        assert "path" in labels


async def test_a_package_with_a_hostile_name(lively: StoreBuilder):
    name = os.fsdecode(b"[x] \xff\n\x1b[31m\xe2\x80\xae$(reboot)")
    lively.package("hostile").source("1").config()
    (lively.root / MAIN / "hostile").rename(lively.root / MAIN / name)
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        app.screen.table.cursor = next(i for i, row in enumerate(app.screen.table.rows) if row.name == name)
        await walk(pilot, "enter", "enter")
        for downs in range(5):
            await walk(pilot, "Y")
            await until(pilot, lambda: isinstance(app.screen, Menu))
            assert all(line.isprintable() for line in screen_text(app))
            await walk(pilot, *"j" * downs, "enter")
            await until(pilot, lambda: not isinstance(app.screen, Menu))
            assert "\x1b" not in app.clipboard or downs in (1, 2), "only the raw path and key have it"
        assert json.loads(app.clipboard)["package"] == name.replace("\udcff", "\ufffd")
