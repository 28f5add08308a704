"""What belongs to no view: switching views, locking, help, palette, quitting."""

import asyncio
import os
import signal

import pytest
from scenarios import make_app, press, settled, until
from textual.command import CommandPalette
from textual.css.query import NoMatches

from builders import StoreBuilder
from pkgstore.operations.events import Done, EvictResult
from pkgstore_tui.screens.help import HelpScreen
from pkgstore_tui.screens.jobs import JobsScreen
from pkgstore_tui.screens.question import Question
from pkgstore_tui.widgets.bars import KeyBar, TitleBar
from pkgstore_tui.widgets.facts import Facts

CHANGING = ("Evict", "Ingest", "Assemble")


def keys(app) -> str:
    return app.screen.query_one(KeyBar).text


def help_text(app) -> str:
    return "\n".join(f"{fact.label} {fact.value}" for fact in app.screen.query_one(Facts).facts)


def blocker(cancel, progress):
    """A job that runs until it is cancelled."""
    progress.start(10, "waiting")
    while not cancel.wait(0.01):
        pass
    cancel.check()
    yield Done(EvictResult())


async def test_views_by_number_and_brackets(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test() as pilot:
        await settled(pilot)
        for key, mode in (
            ("4", "workers"),
            ("2", "packages"),
            ("]", "apps"),
            ("]", "workers"),
            ("[", "apps"),
        ):
            await press(pilot, key)
            await until(pilot, lambda mode=mode: app.current_mode == mode)
        assert "3 Apps" in app.screen.query_one(TitleBar).text


async def test_locked_keys_that_change_the_store_are_absent(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await settled(pilot)
        assert "LOCKED" in app.screen.query_one(TitleBar).text
        assert not any(word in keys(app) for word in CHANGING)
        view = app.screen
        await press(pilot, "d", "I", "L")
        assert app.screen is view
        await press(pilot, "question_mark")
        text = help_text(app)
        assert "evict" not in text
        assert "W unlocks" in text


async def test_unlocking_asks_and_locking_does_not(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "W")
        assert isinstance(app.screen, Question)
        assert app.focused.id == "no", "the focus is on the harmless answer"
        await press(pilot, "enter")
        assert not app.session.unlocked
        assert any("nothing changed" in note.message for note in app._notifications)
        await press(pilot, "W", "escape")
        assert not app.session.unlocked
        await press(pilot, "W", "right", "enter")
        assert app.session.unlocked
        await until(pilot, lambda: "UNLOCKED" in app.screen.query_one(TitleBar).text)
        await until(pilot, lambda: all(word in keys(app) for word in CHANGING))
        assert "W Lock" in keys(app)
        await press(pilot, "W")
        assert not app.session.unlocked
        await until(pilot, lambda: "Evict" not in keys(app))


async def test_read_only_cannot_be_unlocked(lively: StoreBuilder):
    app = make_app(lively.root, read_only=True, write=True)
    async with app.run_test(size=(160, 40)) as pilot:
        await settled(pilot)
        assert "READ-ONLY" in app.screen.query_one(TitleBar).text
        assert "Unlock" not in keys(app)
        view = app.screen
        await press(pilot, "W", "d", "I", "L")
        assert app.screen is view
        app.session.set_lock(unlocked=True)
        assert not app.session.unlocked
        await press(pilot, "question_mark")
        assert "read-only" in help_text(app)


async def test_help_is_for_the_view_and_closes(lively: StoreBuilder):
    app = make_app(lively.root, write=True)
    async with app.run_test(size=(100, 50)) as pilot:
        await settled(pilot)
        await press(pilot, "question_mark")
        assert isinstance(app.screen, HelpScreen)
        assert "plan to evict the marked" in help_text(app)
        assert "hold or go on" not in help_text(app), "that is for workers"
        for key in ("question_mark", "q", "escape"):
            await press(pilot, key)
            assert not isinstance(app.screen, HelpScreen)
            await press(pilot, "question_mark")
        await press(pilot, "escape", "4")
        await until(pilot, lambda: app.current_mode == "workers")
        await press(pilot, "question_mark")
        assert "hold or go on" in help_text(app)


@pytest.mark.parametrize("key", ["colon", "ctrl+p"])
async def test_the_palette_has_what_works_now_and_runs_it(lively: StoreBuilder, key: str):
    app = make_app(lively.root)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        await press(pilot, key)
        assert isinstance(app.screen, CommandPalette)
        await press(pilot, *"jobs")
        await until(
            pilot, lambda: app.screen.query("CommandList") and app.screen.query_one("CommandList").option_count
        )
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, JobsScreen))


async def test_the_palette_of_a_locked_store_has_no_evict(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(100, 60)) as pilot:
        await settled(pilot)
        await press(pilot, "colon")
        await until(pilot, lambda: app.screen.query_one("CommandList").option_count > 4)
        found = app.screen.query_one("CommandList")
        text = " ".join(str(found.get_option_at_index(i).prompt) for i in range(found.option_count))
        assert "Jobs" in text
        assert "Evict" not in text


async def test_colours_can_be_chosen(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.app.run_action("change_theme")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette))
        await press(pilot, "escape")
        for theme in ("pkgstore-light", "pkgstore-contrast", "pkgstore-colour-blind", "nord"):
            app.theme = theme
            await pilot.pause()


async def test_q_goes_back_and_quits_at_the_top(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "enter", "enter", "q", "q")
        assert len(app.screen.levels) == 1
        assert app.is_running
        await press(pilot, "q")
    assert app.return_code == 0


async def test_q_asks_while_a_job_changes_the_store(lively: StoreBuilder):
    app = make_app(lively.root, write=True)
    async with app.run_test() as pilot:
        await settled(pilot)
        job = app.session.run("evict all", blocker)
        await press(pilot, "q")
        assert isinstance(app.screen, Question)
        await press(pilot, "enter")
        assert app.is_running
        assert job.is_running
        await press(pilot, "q", "tab", "enter")
    assert not job.is_running, "it was cancelled, and waited for"


async def test_ctrl_q_always_quits(lively: StoreBuilder):
    app = make_app(lively.root, write=True)
    async with app.run_test() as pilot:
        await settled(pilot)
        app.session.run("evict all", blocker)
        await pilot.press("d", "ctrl+q")
    assert app.return_code == 0


async def test_ctrl_c_says_how_to_quit(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "ctrl+c")
        assert any("ctrl+q quits" in note.message for note in app._notifications)


async def test_a_signal_closes_it_in_order(lively: StoreBuilder):
    app = make_app(lively.root, write=True)
    async with app.run_test() as pilot:
        await settled(pilot)
        job = app.session.run("evict all", blocker)
        os.kill(os.getpid(), signal.SIGTERM)
        await until(pilot, lambda: app._exit)
    assert not job.is_running


async def test_no_colour_is_honoured(lively: StoreBuilder, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_COLOR", "1")
    app = make_app(lively.root)
    async with app.run_test() as pilot:
        await settled(pilot)
        assert app.no_color
        assert "▌" not in app.export_screenshot()


async def test_leaving_before_the_first_view_is_there_is_no_fault(lively: StoreBuilder):
    """A SIGTERM, or ctrl+q typed ahead: what is being put together then is never finished."""
    app = make_app(lively.root)
    asyncio.get_running_loop().call_soon(app.exit)
    await app.run_async(headless=True)
    assert app.fault is None


async def test_a_fault_before_that_is_one(lively: StoreBuilder, monkeypatch):
    def breaks(*_):
        raise NoMatches("ours")

    app = make_app(lively.root)
    monkeypatch.setattr(app.session, "start", breaks)
    await app.run_async(headless=True)
    assert isinstance(app.fault, NoMatches)
