"""The settings file: every setting, every wrong value, and users' own keys."""

import sys
import tomllib
from pathlib import Path

import pytest
from scenarios import MAIN, make_app, press, settled, until

from builders import StoreBuilder
from pkgstore_tui import __main__ as program
from pkgstore_tui import user_settings
from pkgstore_tui.commands import COMMANDS
from pkgstore_tui.keymap import check_keys
from pkgstore_tui.personal import THEME_NAMES
from pkgstore_tui.screens.help import HelpScreen
from pkgstore_tui.user_settings import UserSettings, example, read_user_settings, settings_of, settings_path
from pkgstore_tui.widgets.bars import KeyBar
from pkgstore_tui.widgets.facts import Facts

THEMES = ("pkgstore-dark", "pkgstore-light")


def read(path: Path, text: str | bytes) -> UserSettings:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_user_settings(str(path), themes=THEMES)


def test_everything_that_can_be_set(tmp_path: Path):
    settings = read(
        tmp_path / "s.toml",
        'theme = "pkgstore-light"\nascii = true\nclipboard = "show"\nretention = "90d"\n'
        'hidden_columns = ["users", "LINKS TO"]\n[keys]\n"table.down" = "n,down"\n',
    )
    assert settings == UserSettings(
        "pkgstore-light", True, "show", "90d", {"table.down": "n,down"}, frozenset({"USERS", "LINKS TO"})
    )


def test_no_file_is_no_complaint(tmp_path: Path):
    assert read_user_settings(str(tmp_path / "none" / "s.toml"), themes=THEMES) == UserSettings()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('theme = "solarised"', "theme cannot be 'solarised'; it is one of pkgstore-dark, pkgstore-light"),
        ("theme = 3", "theme cannot be 3; it is one of"),
        ('ascii = "yes"', "ascii cannot be 'yes'; it is true or false"),
        ("ascii = 1", "ascii cannot be 1; it is true or false"),
        ('clipboard = "xclip"', "clipboard cannot be 'xclip'; it is one of auto, terminal, show"),
        ("retention = 30", "retention cannot be 30; it is a time in quotes"),
        ('retention = "soon"', "retention cannot be 'soon'; it is a time in quotes"),
        ('retention = "-30d"', "retention cannot be '-30d'; it is a time in quotes"),
        ('hidden_columns = "USERS"', "hidden_columns cannot be 'USERS'; it is a list of titles"),
        ("hidden_columns = [3]", "hidden_columns cannot be [3]; it is a list of titles"),
        ('keys = "vim"', "keys cannot be 'vim'; it is a table"),
        (
            'colour = "red"',
            "there is no setting 'colour'; there are theme, ascii, clipboard, ",
        ),
        ('theme = "\\u001b[31m' + "x" * 80 + '"', "theme cannot be '\\x1b[31mxxx"),
    ],
)
def test_a_wrong_value_is_told_and_the_rest_counts(tmp_path: Path, text: str, said: str):
    other = 'clipboard = "show"' if "clipboard" not in text else 'theme = "pkgstore-light"'
    settings = read(tmp_path / "s.toml", f"{other}\n{text}\n")
    assert len(settings.complaints) == 1
    assert settings.complaints[0].startswith(f"{tmp_path / 's.toml'}: {said}")
    assert len(settings.complaints[0]) < 300
    assert "\x1b" not in settings.complaints[0]
    assert settings.clipboard == "show" or settings.theme == "pkgstore-light"


def test_all_themes_are_not_listed():
    settings = settings_of({"theme": "x"}, "p", themes=THEME_NAMES)
    assert settings.complaints[0].endswith("pkgstore-colour-blind, or another that the palette offers")


@pytest.mark.parametrize(
    "text",
    [
        "theme = ",
        b"theme = '\xff'",
        "[keys\n",
        "x = " + "[" * 3000 + "]" * 3000,
        "theme" + ".x" * 60 + " = 1",
        "keys" + ".x" * 3000 + " = 1",
        "x = " + "9" * 5000,
    ],
    ids=range(7),
)
def test_a_file_that_is_no_toml(tmp_path: Path, text: str | bytes):
    (complaint,) = read(tmp_path / "s.toml", text).complaints
    assert "s.toml: is no TOML, so none of it counts" in complaint
    assert "--print-settings" in complaint


def test_a_folder_a_pipe_and_a_huge_file_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import os

    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr(user_settings, "LARGEST", 10)
    (tmp_path / "huge").write_text("# " + "x" * 50)
    for name in (".", "pipe", "huge"):
        settings = read_user_settings(str(tmp_path / name), themes=THEMES)
        assert settings.complaints[0].startswith("the settings file was left out: ")
        assert str(tmp_path) in settings.complaints[0]


def test_its_place_is_in_the_platforms_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert settings_path() == str(tmp_path / "pkgstore-tui" / "settings.toml")


def test_the_example_is_toml_in_which_nothing_is_set_and_everything_can_be(tmp_path: Path):
    keys = {command.id: (command.keys, command.help) for command in COMMANDS if command.keys}
    text = example("/home/x/settings.toml", THEME_NAMES, keys)
    assert tomllib.loads(text) == {"keys": {}}
    lines = [line[1:] if line.startswith("#") and not line.startswith("# ") else line for line in text.splitlines()]
    settings = settings_of(tomllib.loads("\n".join(lines)), "p", themes=THEME_NAMES)
    assert settings.complaints == ()
    assert settings.keys == {name: own for name, (own, _) in keys.items()}
    assert check_keys(settings.keys)[1] == (), "the keys that there are never clash"


def test_print_settings(capsys: pytest.CaptureFixture[str]):
    assert program.main(["--print-settings"]) == 0
    assert '#"table.down" = "j,down"' in capsys.readouterr().out


# --- keys -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"table.sideways": "x"}, "table.sideways is no command"),
        ({"table.down": ""}, "table.down needs its keys in quotes"),
        ({"table.down": "foo"}, "table.down 'foo' is no key"),
        ({"table.down": "ctrl+"}, "'ctrl+' is no key"),
        ({"table.down": "hyperspace+x"}, "is no key"),
        ({"table.down": "\x1b"}, "is no key"),
        ({"app.theme": "t"}, "app.theme has no keys; it is in the palette only"),
        ({"table.down": "?"}, "table.down cannot have ?, which app.help has; it keeps its own keys"),
        ({"table.up": "f7", "table.down": "f7"}, "table.down cannot have f7, which table.up has"),
        ({"pins.unpin": "escape"}, "pins.unpin cannot have esc, which dialog.cancel has"),
        ({"\x1b[31m": "x"}, "␛[31m is no command"),
    ],
)
def test_keys_that_cannot_be_used(keys: dict[str, str], said: str):
    good, complaints = check_keys(keys | {"view.rescan": "f5"}, "s.toml")
    assert good["view.rescan"] == "f5"
    assert len(good) == len(keys)
    assert len(complaints) == 1
    assert complaints[0].startswith("s.toml: keys: ")
    assert said in complaints[0]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("?", "question_mark"),
        ("ctrl+x, f5", "ctrl+x,f5"),
        ("+", "plus"),
        ("ctrl++", "ctrl+plus"),
        ("/,slash", "slash"),
        ("@", "at"),
        ("x, ,y", "x,space,y"),
        ("é", "é"),
    ],
)
def test_keys_as_people_write_them(text: str, keys: str):
    assert check_keys({"job.cancel": text}) == ({"job.cancel": keys}, ())


def test_two_commands_may_change_places():
    keys = {"table.down": "k,down", "table.up": "j,up"}
    assert check_keys(keys) == (keys, ())


async def test_users_keys_work_and_are_shown(lively: StoreBuilder):
    keys = {"table.down": "f7", "view.details": "D,f6", "nope": "y"}
    app = make_app(lively.root, settings=UserSettings(theme="pkgstore-light", keys=keys))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert app.theme == "pkgstore-light"
        assert any("nope is no command" in note.message for note in app._notifications)
        table = app.screen.table
        await press(pilot, "f7")
        assert table.cursor == 1
        await press(pilot, "j")
        assert table.cursor == 1, "its own key was given away"
        facts = app.screen.query_one("#details", Facts)
        await press(pilot, "i")
        assert not facts.display
        await until(pilot, lambda: "D Details" in app.screen.query_one(KeyBar).text)
        await press(pilot, "f6")
        assert facts.display
        await press(pilot, "question_mark")
        assert isinstance(app.screen, HelpScreen)
        rows = {fact.label for fact in app.screen.query_one(Facts).facts}
        assert {"f7", "D f6"} <= rows


async def test_wrong_settings_are_told_once(lively: StoreBuilder):
    settings = settings_of({"theme": "[/foo] [bold", "ascii": 3}, "/home/x/s.toml", themes=THEMES)
    app = make_app(lively.root, settings=settings)
    async with app.run_test() as pilot:
        await settled(pilot)
        told = [note.message for note in app._notifications]
        assert len(told) == 1
        first, *_, last = told[0].splitlines()
        assert first.startswith("- /home/x/s.toml: theme cannot be '[/foo] [bold'")
        assert last == "- /home/x/s.toml: ascii cannot be 3; it is true or false"
        assert app.theme == "pkgstore-dark"
        app.clear_notifications()
        await app.run_action("settings_path")
        await pilot.pause()
        assert [note.message for note in app._notifications] == told, "again when asked"


async def test_many_wrong_settings_do_not_fill_the_screen(lively: StoreBuilder):
    app = make_app(lively.root, settings=UserSettings(keys={f"nope{n}": "x" for n in range(9)}))
    async with app.run_test() as pilot:
        await settled(pilot)
        (note,) = app._notifications
        assert note.title == f"Settings: {settings_path()}"
        assert (
            note.message.splitlines()[0] == "- keys: nope0 is no command; pkgstore-tui --print-settings lists them"
        )
        assert note.message.splitlines()[5:] == ["- and 4 more problems"]


async def test_where_the_settings_are(lively: StoreBuilder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    app = make_app(lively.root)
    async with app.run_test() as pilot:
        await settled(pilot)
        await app.run_action("settings_path")
        await pilot.pause()
        (note,) = app._notifications
        assert note.message.startswith(str(tmp_path / "pkgstore-tui" / "settings.toml"))
        assert "not there yet" in note.message


async def test_hidden_columns(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN, hidden=frozenset({"USED BY", "LINKS TO"}))
    async with app.run_test(size=(160, 30)) as pilot:
        await settled(pilot)
        titles = [column.title for column in app.screen.table.columns]
        assert "PACKAGE" in titles
        assert not {"USED BY", "LINKS TO"} & set(titles)


def test_what_the_program_does_with_them(lively: StoreBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from pkgstore_tui.app import PkgstoreApp

    opened = []
    monkeypatch.setattr(PkgstoreApp, "run", lambda self: opened.append(self))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "pkgstore-tui").mkdir()
    (tmp_path / "pkgstore-tui" / "settings.toml").write_text(
        'ascii = false\nclipboard = "terminal"\nretention = "90d"\nhidden_columns = ["users"]\n'
    )
    toml = tmp_path / "blockyard.toml"
    toml.write_text(f'[storage]\nbundle_server_path = "{lively.root.parent}"\nstore_retention = "10h"\n')
    assert program.main([str(lively.root)]) == 0
    assert program.main([str(lively.root), "--ascii", "--no-clipboard", "--config", str(toml)]) == 0
    plain, asked = opened
    assert (plain.is_plain, plain.settings.clipboard) == (False, "terminal")
    assert (asked.is_plain, asked.settings.clipboard) == (True, "show")
    assert plain.session.place.retention == "90d"
    assert asked.session.place.retention == "10h", "the server's own goes first"
    assert plain.session.options.hidden == {"USERS"}
