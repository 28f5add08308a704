"""Every key, in a locked and in an unlocked store: what is true after it was not before."""

from pathlib import Path
from typing import Any

import pytest
from brisk import be_brisk
from every_key import STARTS, TRIES, cases, keys_of
from key_facts import BOTH, LOCKED, UNLOCKED, Step, Try
from scenarios import MAIN, left_over, make_app, settled, until
from test_tui_readonly import untouched
from textual.pilot import Pilot
from textual.widgets import Button, Input

from builders import StoreBuilder
from pkgstore_tui.app import PkgstoreApp
from pkgstore_tui.commands import COMMANDS, Command, in_scope
from pkgstore_tui.screens.drill import DrillScreen
from pkgstore_tui.screens.keys_here import keys_here
from pkgstore_tui.screens.pins import PinsScreen
from pkgstore_tui.screens.view import VIEWS, ViewScreen
from pkgstore_tui.user_settings import UserSettings

NUMBERS = {name: number for number, name, _ in VIEWS}
WITH_KEYS = [command for command in COMMANDS if command.keys]
MOST = 12


@pytest.fixture
def store(lively: StoreBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StoreBuilder:
    """The lively store with lockfiles and leftovers; files are proposed in an empty folder."""
    left_over(lively)
    monkeypatch.chdir(tmp_path)
    return lively


@pytest.fixture(autouse=True)
def _brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    be_brisk(monkeypatch)


def app_on(store: StoreBuilder, mode: str) -> PkgstoreApp:
    settings = UserSettings(ascii=False, clipboard="terminal")
    return make_app(store.root, settings=settings, platform=MAIN, write=mode == UNLOCKED)


# --- the table is whole -----------------------------------------------------------------------------------------


def test_every_key_of_every_command_is_tried_locked_and_unlocked():
    for command in WITH_KEYS:
        for mode in BOTH:
            tries = [found for found in TRIES.get(command.id, ()) if mode in found.modes]
            tried = {key for found in tries for key in keys_of(command, found)}
            assert tried == set(command.keys.split(",")), f"{command.id}, {mode}: add it to every_key.TRIES"
    assert TRIES.keys() == {command.id for command in WITH_KEYS}, "no entry without its command"


def test_every_entry_has_a_start_that_is_run():
    assert {found.start for tries in TRIES.values() for found in tries} == STARTS.keys()


def test_what_changes_the_store_is_tried_as_absent_while_locked():
    for command in WITH_KEYS:
        absent = [found for found in TRIES[command.id] if found.fact is None]
        if command.changes_store:
            assert [found.modes for found in absent] == [(LOCKED,)]
        elif absent:
            assert command.id == "dialog.browse", "only a dialog that changes the store asks for folders"


# --- at the keyboard --------------------------------------------------------------------------------------------


def state(app: PkgstoreApp) -> tuple[Any, ...]:
    """What a key may change of a view."""
    screen = app.screen
    if not isinstance(screen, DrillScreen):
        return app.current_mode, screen, app.focused
    picked, marks = screen.place.choice, screen.place.marks
    shown = [widget.id for widget in screen.query("#details, #events, #filter") if widget.display]
    order = (picked.text, picked.sort or screen.level.order, picked.reverse, picked.problems)
    place = (len(screen.places), screen.table.cursor, len(marks.keys), marks.is_range_open)
    return app.current_mode, screen, app.focused, app.session.unlocked, shown, order, place, screen.crumb_notes()


def is_ready(app: PkgstoreApp) -> bool:
    """Whether the screen has all it waits for: rows, a file, a comparison."""
    screen = app.screen
    waited_for = (getattr(screen, name, True) for name in ("is_arranged", "file", "comparison"))
    return all(waited is not None and waited is not False for waited in waited_for)


async def take(pilot: Pilot[None], *steps: Step) -> None:
    """Press keys, and wait for screens and for what they show."""
    app = pilot.app
    for step in steps:
        if isinstance(step, str):
            await pilot.press(step)
            await pilot.pause()  # it went from the app to the widget, and perhaps a message on to the screen
        else:
            await until(pilot, lambda step=step: isinstance(app.screen, step), f"{step} after {steps}")
        await until(pilot, lambda: is_ready(app), f"what {step} asks for, of {steps}")


def way_back(app: PkgstoreApp, name: str) -> str:
    """The next key on the way to where one began; empty there."""
    screen = app.screen
    if not isinstance(screen, DrillScreen):
        return "escape"
    if app.current_mode != name:
        return NUMBERS[name]
    place = screen.place
    if len(screen.places) > screen.home or place.choice.text or place.marks.is_range_open:
        return "escape"
    if screen.filter_bar.is_editing:
        return "escape"
    if place.marks:
        return "A"
    return "g" if screen.table.cursor else ""


async def go_back(pilot: Pilot[None], name: str) -> None:
    """Back to where one began, by keys; nothing runs, and nothing is copied or told."""
    app = pilot.app
    for job in app.session.jobs.running:
        job.cancel.set()
    await until(pilot, lambda: not app.session.jobs.running, "the jobs are over")
    for _ in range(MOST):
        if not (key := way_back(app, name)):
            break
        await take(pilot, key)
        await until(pilot, lambda: not app.current_mode or bool(app.focused), "a screen is shown")
    app.clear_notifications()
    app._clipboard = ""


async def try_key(pilot: Pilot[None], command: Command, key: str, found: Try) -> None:
    """Press one key where it counts."""
    app, what = pilot.app, f"{command.id} by {key}"
    await take(pilot, *found.first)
    bound = app.screen.active_bindings.get(key)
    if found.fact is None:
        assert command.id not in keys_here(app.screen), f"{what} is not away"
        before = state(app)
        await take(pilot, key)
        await pilot.pause(0.05)
        assert state(app) == before, f"{what} does something"
        return
    assert bound is not None, f"{what}: the key is not bound"
    assert bound.binding.id == command.id, f"{what}: the key is {bound.binding.id}'s"
    assert not found.fact(app), f"{what}: it was so before"
    await pilot.press(key)
    await until(pilot, lambda: found.fact(app), what)
    await until(pilot, lambda: is_ready(app), what)
    assert app.fault is None


@pytest.mark.campaign
@pytest.mark.parametrize("mode", BOTH)
@pytest.mark.parametrize("start", [name for name in STARTS if name != "quit"])
async def test_every_key(store: StoreBuilder, start: str, mode: str):
    name, size = STARTS[start]
    app = app_on(store, mode)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await go_back(pilot, name)
        await settled(pilot)
        begin, last = state(app), "nothing"
        for command, key, found in cases(start, mode):
            assert state(app) == begin, f"{last} was not undone"
            if found.prepare is not None:
                found.prepare(app, store)
            await try_key(pilot, command, key, found)
            await take(pilot, *found.after)
            await go_back(pilot, name)
            last = f"{command.id} by {key}"
        assert state(app) == begin, f"{last} was not undone"


@pytest.mark.parametrize("mode", BOTH)
async def test_every_key_that_quits(store: StoreBuilder, mode: str):
    for _, key, found in cases("quit", mode):
        app = app_on(store, mode)
        async with app.run_test() as pilot:
            await settled(pilot)
            assert not found.fact(app)
            assert app.is_running
            await pilot.press(key)
        assert found.fact(app), key


# --- what changes the store -------------------------------------------------------------------------------------


@pytest.mark.campaign
@pytest.mark.parametrize("mode", BOTH)
async def test_in_every_view_keys_that_change_the_store(store: StoreBuilder, mode: str):
    app = app_on(store, mode)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        with untouched(store.root.parent):
            for name in NUMBERS:
                await go_back(pilot, name)
                view = app.screen
                changing = [found for found in in_scope("view", "rows", name) if found.changes_store]
                for key in [key for command in changing for key in command.keys.split(",") if key]:
                    before = state(app)
                    await take(pilot, key)
                    assert (app.screen is view) == (mode == LOCKED), f"{key} in {name}"
                    if mode == UNLOCKED:
                        await looks_harmless(pilot)
                    assert state(app) == before, f"{key} in {name}"
    assert not app.session.jobs.all


async def looks_harmless(pilot: Pilot[None]) -> None:
    """A plan begins in a field or, with all filled in, at Cancel; that comes before the button that does it."""
    app = pilot.app
    screen = app.screen
    assert not isinstance(screen, ViewScreen)
    if isinstance(screen, PinsScreen):  # where the row cannot be pinned
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ViewScreen), "the list is left")
        return
    assert [button.id for button in screen.query("#buttons Button").results(Button)] == ["no", "yes"]
    fields = list(screen.query(Input))
    assert app.focused in [*fields, screen.query_one("#no")]
    order = [widget.id for widget in screen.focus_chain]
    assert "yes" not in order[: order.index("no")]
    if fields:
        fields[-1].focus()
        await pilot.pause()
        await pilot.press("enter")
    await until(pilot, lambda: app.focused.id == "no", "enter goes to Cancel")
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, ViewScreen), "and there it leaves the dialog")
