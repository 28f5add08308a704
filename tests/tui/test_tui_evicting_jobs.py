"""An eviction that is cancelled half way, plans and sizes that come late, and a store that is locked."""

from dataclasses import replace
from pathlib import Path

import pytest
from evict_helpers import (
    SIZE,
    Gate,
    begun,
    choice,
    confirmed,
    going,
    journal,
    pkgstore,
    planned,
    said,
    toasts,
    unlocked,
    yes,
)
from scenarios import MAIN, fake_size, press, settled, until, write
from textual.command import CommandPalette
from textual.widgets import Input

from builders import StoreBuilder
from pkgstore.operations.guard import RootGuard
from pkgstore_tui.jobs import JobState
from pkgstore_tui.messages import SnapshotChanged
from pkgstore_tui.screens.evict import EvictDialog
from pkgstore_tui.screens.evict_answer import Answer, Ask, Planner
from pkgstore_tui.widgets.bars import KeyBar, ProgressStrip


def gone(store: StoreBuilder) -> set[str]:
    """The packages that have no tree any more."""
    there = {path.parents[2].name for path in (store.root / MAIN).glob("*/*/*/DESCRIPTION")}
    return {"cpp11", "data.table", "Rcpp"} - there


# --- while it runs ------------------------------------------------------------------------------------------


async def test_cancelled_half_way_nothing_is_half_done(lively: StoreBuilder, monkeypatch: pytest.MonkeyPatch):
    gate, asked = Gate(), []
    real = RootGuard.__call__

    def held_up(self: RootGuard, key):
        asked.append(key)
        if len(asked) == 2:
            gate.wait()
        return real(self, key)

    monkeypatch.setattr(RootGuard, "__call__", held_up)
    app = unlocked(lively)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await begun(pilot, "j", "space", "space", "d")
        await planned(pilot, "3 of 13")
        job = await confirmed(pilot)
        await until(pilot, gate.reached.is_set)
        await until(pilot, lambda: "1 of 3" in app.screen.query_one(ProgressStrip).label)
        assert job.is_running
        await press(pilot, "c")
        gate.open.set()
        await until(pilot, lambda: job.state is JobState.CANCELLED)
        await until(pilot, lambda: "what was done so far is whole" in str(app.screen.query_one("#result").visual))
        operation = journal(lively)[0]["op"]
        assert f"2 configs can be put back: z in a view, or pkgstore restore {operation}" in str(
            app.screen.query_one("#result").visual
        )
        await press(pilot, "enter")
    assert gone(lively) == {"cpp11"}, "the source that was begun was ended; the next one was not begun"
    records = journal(lively)
    assert [record.get("result") for record in records[1:-1]] == ["trashed", "trashed"]
    assert records[-1]["outcome"] == "cancelled"
    assert not list((lively.root / ".locks").glob("*/*/*.lock")), "no lock is left behind"
    assert pkgstore("restore", "--yes", operation, "--store", lively.root).returncode == 0
    assert gone(lively) == set()


# --- plans and sizes that come late ---------------------------------------------------------------------------


async def test_a_plan_that_comes_late_is_dropped_and_the_keys_work_meanwhile(
    lively: StoreBuilder, monkeypatch: pytest.MonkeyPatch
):
    gate, asked, shown = Gate(), [], []
    real, show = Planner.answer, EvictDialog.show

    def held_up(self: Planner, ask: Ask) -> Answer:
        asked.append(ask.form.idle)
        if len(asked) == 1:
            gate.wait()
        return real(self, ask)

    def noted(self: EvictDialog, answer: Answer) -> None:
        shown.append(answer.ask.form.idle)
        show(self, answer)

    monkeypatch.setattr(Planner, "answer", held_up)
    monkeypatch.setattr(EvictDialog, "show", noted)
    app = unlocked(lively)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "7")
        await pilot.press("d")
        await until(pilot, gate.reached.is_set)
        await write(pilot, "5d")
        await until(pilot, lambda: app.screen.query_one("#chart").cutoff == 5 * 86400.0, "it moves before any plan")
        assert yes(app).disabled, "there is no plan to confirm"
        await pilot.press("ctrl+t")
        assert choice(app, "pane").value == "kept", "keys work while a plan is made"
        await until(
            pilot, lambda: (app.screen._timer is not None and not app.screen._timer._active.is_set()) or True
        )
        gate.open.set()
        await planned(pilot, "6 of 13")
        assert "720h" not in shown
        assert shown
        assert set(shown) == {"5d"}
        await press(pilot, "escape")
        await until(pilot, lambda: "nothing changed" in toasts(app))


async def test_the_dialog_can_be_left_while_a_plan_is_made(lively: StoreBuilder, monkeypatch: pytest.MonkeyPatch):
    gate, real = Gate(), Planner.answer

    def held_up(self: Planner, ask: Ask) -> Answer:
        gate.wait()
        return real(self, ask)

    monkeypatch.setattr(Planner, "answer", held_up)
    app = unlocked(lively)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("d")
        await until(pilot, gate.reached.is_set)
        app.screen._confirmed()
        assert isinstance(app.screen, EvictDialog), "there is nothing to confirm yet"
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(app.screen, EvictDialog)
        gate.open.set()
        await press(pilot, "j")
        assert app.is_running


async def test_measuring_can_be_stopped_and_gone_on_with(lively: StoreBuilder):
    gate, held = Gate(), ["data.table"]

    def slow(layout, key, cancel):
        if key.package in held and isinstance(app.screen, EvictDialog):
            gate.wait()
        return fake_size(layout, key, cancel)

    app = unlocked(lively, measure=slow)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await begun(pilot, "j", "space", "space", "d")
        await until(pilot, gate.reached.is_set)
        await planned(pilot, "not measured yet", measured=False)
        strip = app.screen.query_one("#measuring", ProgressStrip)
        await until(pilot, lambda: strip.display and "2 of 3  measuring" in strip.label)
        assert not yes(app).disabled, "the sizes need not be waited for"
        await press(pilot, "ctrl+b")
        gate.open.set()
        held.clear()
        await until(pilot, lambda: app.screen.work is None)
        await planned(pilot, "not measured yet", measured=False)
        assert "1 tree not measured yet; ctrl+b measures" in said(app, "follows")
        assert not strip.display
        sizes = [row.disk is None for row in app.screen.query_one("#items").rows]
        assert sizes == [False, False, True], "what was measured is kept"
        await press(pilot, "ctrl+b")
        await planned(pilot, "when the trash is emptied")
        assert app.screen.answer.planned.inventory.is_whole


async def test_a_plan_that_cannot_be_made_is_said(lively: StoreBuilder, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Planner, "_answer", lambda self, ask: 1 / 0)
    app = unlocked(lively)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await begun(pilot, "d")
        await planned(pilot, "cannot be planned: ZeroDivisionError")
        assert yes(app).disabled


async def test_a_store_that_is_still_read_is_planned_when_that_is_done(lively: StoreBuilder):
    app = unlocked(lively)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        whole = app.session.reading
        app.session.reading = replace(whole, complete=False)
        await begun(pilot, "7", "d")
        await planned(pilot, "still being read")
        assert yes(app).disabled
        app.session.reading = whole
        app.session._tell(lambda: SnapshotChanged(None))
        await planned(pilot, "4 of 13")


async def test_a_lock_taken_back_behind_the_dialog_counts(lively: StoreBuilder):
    app = unlocked(lively)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await begun(pilot, "j", "d")
        await planned(pilot, "2 of 13")
        app.session.set_lock(unlocked=False)
        await press(pilot, "tab", "enter")
        await until(pilot, lambda: not isinstance(app.screen, EvictDialog))
        assert not app.session.jobs.all


# --- where it can be asked for --------------------------------------------------------------------------------

ENTRIES = {
    "Evict the marked": "these",
    "Sweep by age": "idle",
    "Free so many bytes": "free",
    "Bring the store down to a size": "size",
}


async def entries(pilot) -> list[str]:
    """What the palette offers."""
    await press(pilot, "colon")
    await until(pilot, lambda: isinstance(pilot.app.screen, CommandPalette))
    found = pilot.app.screen.query_one("CommandList")
    await until(pilot, lambda: found.option_count > 4)
    return [str(found.get_option_at_index(i).prompt).splitlines()[0] for i in range(found.option_count)]


@pytest.mark.parametrize("words", ENTRIES)
async def test_the_palette_leads_to_each_rule(lively: StoreBuilder, words: str):
    app = unlocked(lively)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "j", "space")
        await press(pilot, "colon")
        app.screen.query_one(Input).value = words
        found = app.screen.query_one("CommandList")
        await until(pilot, lambda: found.option_count and words in str(found.get_option_at_index(0).prompt))
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, EvictDialog))
        assert choice(app, "rule").value == ENTRIES[words]


@pytest.mark.parametrize("options", [{"write": False}, {"read_only": True}])
async def test_a_locked_store_has_neither_the_key_nor_the_entries(lively: StoreBuilder, options: dict[str, bool]):
    app = unlocked(lively, **options)
    async with app.run_test(size=(160, 60)) as pilot:
        await settled(pilot)
        view = app.screen
        assert "Evict" not in view.query_one(KeyBar).text
        await press(pilot, "j", "space", "d")
        assert app.screen is view
        offered = await entries(pilot)
        assert "Jobs" in offered
        assert not ENTRIES.keys() & set(offered)
        assert "Evict" not in offered


async def test_without_marks_there_is_no_entry_for_them(lively: StoreBuilder):
    app = unlocked(lively)
    async with app.run_test(size=(100, 60)) as pilot:
        await settled(pilot)
        offered = await entries(pilot)
        assert "Sweep by age" in offered
        assert "Evict the marked" not in offered


async def test_a_workers_package_can_be_planned_and_a_worker_is_a_sweep(lively: StoreBuilder):
    app = unlocked(lively)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "4")
        await settled(pilot)
        await begun(pilot, "enter", "d")
        await planned(pilot, "needed by worker maps-5d0c91f2")
        assert going(app) == []


async def test_forty_by_twelve_is_enough(lively: StoreBuilder):
    app = unlocked(lively)
    async with app.run_test(size=(40, 12)) as pilot:
        await settled(pilot)
        await begun(pilot, "j", "d")
        await planned(pilot, "2 of 13")
        height = app.screen.size.height
        for name in ("rule", "plan", "pane", "items", "no", "yes"):
            region = app.screen.query_one(f"#{name}").region
            assert region.height, name
            assert region.bottom <= height, name
        job = await confirmed(pilot)
        await until(pilot, lambda: not job.is_running)
    assert not Path(lively.root / MAIN / "cpp11").exists()
