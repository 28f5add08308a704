"""The help, the footer, the palette and the README tell of every key that works, and of no other."""

import string
from collections.abc import AsyncIterator, Iterator

import pytest
from brisk import be_brisk
from scenarios import MAIN, left_over, make_app, settled, until
from textual.command import CommandPalette
from textual.pilot import Pilot

import readme
from builders import StoreBuilder
from pkgstore_tui.app import PkgstoreApp
from pkgstore_tui.commands import COMMANDS, Command, in_scope, shown_key
from pkgstore_tui.screens.drill import DrillScreen
from pkgstore_tui.screens.help import HelpScreen
from pkgstore_tui.screens.view import VIEWS
from pkgstore_tui.user_settings import UserSettings
from pkgstore_tui.widgets.bars import KeyBar
from pkgstore_tui.widgets.facts import Fact, Facts

CHANGING = {command.id for command in COMMANDS if command.changes_store and command.keys}
GROUPS = {command.group for command in COMMANDS}


@pytest.fixture(autouse=True)
def _brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    be_brisk(monkeypatch)


@pytest.fixture
def store(lively: StoreBuilder) -> StoreBuilder:
    """The lively store with lockfiles and leftovers."""
    left_over(lively)
    return lively


async def each_view(pilot: Pilot[None]) -> AsyncIterator[tuple[str, DrillScreen]]:
    """Go through the views."""
    for number, name, _ in VIEWS:
        await pilot.press(number)
        await until(pilot, lambda name=name: pilot.app.current_mode == name, f"the view {name} is shown")
        await settled(pilot)
        yield name, pilot.app.screen
        if name == "why":  # most of its keys are about one lockfile
            await pilot.press("j", "enter")
            await until(pilot, lambda: pilot.app.screen.report is not None, "a lockfile is explained")
            await pilot.press("j")
            await until(pilot, lambda: pilot.app.screen.row.package == "sf", "the cursor is on a miss")
            await settled(pilot)
            yield name, pilot.app.screen


def bound(screen: DrillScreen) -> dict[str, set[str]]:
    """The keys that work just now, as Textual has them, by the command's id."""
    found: dict[str, set[str]] = {}
    for key, active in screen.active_bindings.items():
        if active.enabled:
            found.setdefault(active.binding.id or f"a stranger at {key}", set()).add(shown_key(key))
    return found


async def help_rows(pilot: Pilot[None], key: str = "question_mark") -> dict[str, str]:
    """What the help says: by what a key does, the keys."""
    app = pilot.app
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, HelpScreen), "the help is shown")
    rows = list(keys_in(app.screen.query_one(Facts).facts))
    await pilot.press("escape")
    await until(pilot, lambda: isinstance(app.screen, DrillScreen), "the help is left")
    assert len(dict(rows)) == len(rows), "each command stands there once"
    return dict(rows)


def keys_in(facts: tuple[Fact, ...]) -> Iterator[tuple[str, str]]:
    """The rows of the groups of commands, without filters, columns and letters."""
    among_keys = False
    for fact in facts:
        if not fact.value:
            among_keys = fact.label in GROUPS
        elif among_keys:
            yield fact.value, fact.label


def commands_of(name: str) -> list[Command]:
    """What there is in a view, possible now or not."""
    return [command for command in in_scope("app", "view", "rows", "table", name) if command.keys]


@pytest.mark.campaign
@pytest.mark.parametrize("write", [False, True], ids=["locked", "unlocked"])
async def test_the_help_of_each_view_has_each_key_that_works_and_no_other(store: StoreBuilder, write: bool):
    app = make_app(store.root, platform=MAIN, write=write)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        seen = set()
        async for name, screen in each_view(pilot):
            active, told = bound(screen), await help_rows(pilot)
            known = {command.id: command for command in commands_of(name)}
            assert active.keys() <= known.keys(), f"{name}: keys that belong to no command"
            expected = {known[found].help: " ".join(known[found].shown_keys.split()) for found in active}
            assert told == expected, name
            assert CHANGING & active.keys() == (CHANGING if write else set()), name
            seen |= active.keys()
        always_away = {command.id for _, name, _ in VIEWS for command in commands_of(name)} - seen
        assert always_away - CHANGING == {"rows.mark_none"}, (
            "each works in a view; marks are forgotten where there are some"
        )


def test_the_readme_has_each_key_and_what_it_does():
    rows = readme.keys().splitlines()[2:]
    commands = [command for command in COMMANDS if command.keys]
    assert len(rows) == len(commands)
    for command, row in zip(commands, rows, strict=True):
        keys, what = row.removeprefix("| ").removesuffix(" |").split(" | ")
        assert keys.split() == [f"`{shown_key(key)}`" for key in command.keys.split(",")], command.id
        assert what.startswith(command.help), command.id
        assert ("unlocked only" in what) == command.changes_store


def footer(app: PkgstoreApp) -> list[tuple[str, str, str]]:
    """The footer's keys with their words and actions."""
    pieces = [piece for piece in app.screen.query_one(KeyBar).left if piece.text.strip()]
    return [(key.text, word.text.strip(), key.action) for key, word in zip(pieces[::2], pieces[1::2], strict=True)]


@pytest.mark.campaign
@pytest.mark.parametrize("size", [(80, 24), (160, 50)], ids=str)
@pytest.mark.parametrize("write", [False, True], ids=["locked", "unlocked"])
async def test_the_footer_names_only_keys_that_work_now(store: StoreBuilder, write: bool, size: tuple[int, int]):
    app = make_app(store.root, platform=MAIN, write=write)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        async for name, screen in each_view(pilot):
            active, told = bound(screen), footer(app)
            assert told[0][:2] == ("?", "Help"), "what leads to the others stays longest"
            assert len(told) >= 5, f"{name}: {told}"
            ranked = {screen.word_for(command): command for command in commands_of(name) if command.rank}
            for key, word, action in told:
                command = ranked[word]
                assert key in active.get(command.id, ()), f"{name}: {key} {word} does not work now"
                assert action.rpartition(".")[2] == command.action.rpartition(".")[2]
            assert len(set(told)) == len(told)
            assert write or not CHANGING & {ranked[word].id for _, word, _ in told}


@pytest.mark.campaign
@pytest.mark.parametrize("write", [False, True], ids=["locked", "unlocked"])
async def test_the_palette_has_what_changes_the_store_only_when_unlocked(store: StoreBuilder, write: bool):
    app = make_app(store.root, platform=MAIN, write=write)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        async for name, _screen in each_view(pilot):
            await pilot.press("colon")
            await until(pilot, lambda: isinstance(app.screen, CommandPalette), "the palette is shown")
            listed = app.screen.query_one("CommandList")
            await until(pilot, lambda listed=listed: listed.option_count > 12, "its commands are listed")
            prompts = [str(listed.get_option_at_index(index).prompt) for index in range(listed.option_count)]
            for command in (command for command in COMMANDS if command.changes_store):
                told = f"{command.help}  ({command.shown_keys})" if command.keys else command.help
                found = [text for text in prompts if told in text]
                is_possible = write and command.id != "store.evict_marked"  # nothing is marked
                assert len(found) == is_possible, f"{command.id} in {name}: {prompts}"
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, DrillScreen), "the palette is left")


async def test_the_users_own_keys_replace_the_shown_ones(store: StoreBuilder):
    names = [command.id for command in commands_of("packages") if command.id != "app.quit"]
    letters = iter(string.ascii_lowercase + string.ascii_uppercase + string.digits)
    own = {name: f"alt+{next(letters)}" for name in names}
    app = make_app(store.root, platform=MAIN, write=True, settings=UserSettings(ascii=False, keys=own))
    async with app.run_test(size=(160, 50)) as pilot:
        await settled(pilot)
        assert not app.complaints
        known = {command.help: command.id for command in commands_of("packages")}
        told = await help_rows(pilot, own["app.help"])
        assert len(told) > 40
        for what, keys in told.items():
            name = known[what]
            assert keys == (shown_key(own[name]) if name in own else "ctrl+q"), name
        shown = {shown_key(key) for key in own.values()}
        assert [key for key, _, _ in footer(app) if key not in shown] == []
        assert footer(app)[0][:2] == (shown_key(own["app.help"]), "Help")
        await pilot.press("j", "question_mark", "d", "1", own["table.down"])
        await until(pilot, lambda: app.screen.table.cursor, "its new key moves the cursor")
        assert (app.screen.table.cursor, app.current_mode) == (1, "packages"), "the old keys do nothing"
