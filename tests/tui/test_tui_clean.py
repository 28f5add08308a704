"""Cleaning up from the activity view: what is stale goes after a question, what is fresh never; and the trash."""

import os
from pathlib import Path

import pytest
from acting import (
    can_confirm,
    cli,
    confirm,
    go_to_row,
    open_activity,
    past,
    plan_text,
    planned,
    shown,
    toasts,
    told_alike,
    view,
)
from scenarios import EVICTED, MAIN, MAPS, NOW, SWEPT, left_over, make_app, press, until, with_a_past, write_worker

from builders import StoreBuilder
from pkgstore_tui.screens.activity import ActivityScreen
from pkgstore_tui.widgets.bars import KeyBar

DAY = 86400.0


@pytest.fixture
def littered(lively: StoreBuilder) -> StoreBuilder:
    """Locks, a build, and libraries of workers, stale and fresh."""
    left_over(lively)
    write_worker(lively, "half-1a", None, 3 * DAY)
    write_worker(lively, "old-2b", MAPS, 5 * DAY)
    return lively


def lock_of(store: StoreBuilder, package: str) -> list[Path]:
    return [path for path in (store.root / ".locks").rglob("*") if package in str(path) and path.suffix == ".lock"]


def app_on(store: StoreBuilder):
    return make_app(store.root, platform=MAIN, write=True)


async def test_workers_that_nobody_changes_are_listed(littered: StoreBuilder):
    app = app_on(littered)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        rows = [" ".join(row.split()[:-2]) for row in shown(app) if row.startswith("worker")]
        assert rows == ["worker half-1a 3d left by a crash", "worker old-2b 5d complete; may still run"]
        assert "maps-5d0c91f2" not in "\n".join(shown(app)), "what changed two hours ago runs, or may"


async def test_a_stale_lock_goes_after_a_question(littered: StoreBuilder):
    app = app_on(littered)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        await go_to_row(pilot, "lock BH")
        await press(pilot, "x")
        text = await planned(pilot, "would go: 1 thing")
        assert "deleted for good" in text
        await press(pilot, "enter")
        assert "nothing changed" in toasts(app)
        assert lock_of(littered, "BH")
        await press(pilot, "x")
        await planned(pilot, "would go: 1 thing")
        await confirm(pilot)
        await until(pilot, lambda: not any(row.startswith("lock BH") for row in shown(app)), "its row is gone")
        assert any(row.startswith("journal clean of 1 thing now 1 emptied") for row in shown(app))
    assert not lock_of(littered, "BH")
    (clean,) = past(littered)
    assert (clean.what, clean.outcome) == ("clean", "done")
    assert clean.command.startswith(f"pkgstore clean lock:{MAIN}/BH/")


async def test_a_fresh_lock_never_goes(littered: StoreBuilder):
    app = app_on(littered)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        await go_to_row(pilot, "lock sf")
        await press(pilot, "x")
        text = await planned(pilot, "stays: lock sf 1.0-16 changed 12min ago; it may go in 18min")
        assert "would go: nothing" in text
        assert not can_confirm(app)
        await press(pilot, "tab", "enter", "escape")
        assert not app.session.jobs.all
        await go_to_row(pilot, "lock BH")
        await press(pilot, "space", "space", "x")
        await planned(pilot, "would go: 1 thing")
        assert "stays: lock sf" in plan_text(app)
        await confirm(pilot)
    assert lock_of(littered, "sf")
    assert not lock_of(littered, "BH")


async def test_all_that_is_stale_goes_but_no_whole_library(littered: StoreBuilder):
    app = app_on(littered)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        await press(pilot, "X")
        text = await planned(pilot, "would go: 3 things, frees")
        assert "beware" not in text
        await confirm(pilot)
        await until(pilot, lambda: not any(row.startswith("build 6c1f") for row in shown(app)))
    workers = sorted(os.listdir(littered.root / ".workers"))
    assert "half-1a" not in workers
    assert "old-2b" in workers
    assert lock_of(littered, "sf")
    assert not lock_of(littered, "BH")


async def test_a_whole_library_goes_only_where_it_is_chosen(littered: StoreBuilder):
    app = app_on(littered)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        await go_to_row(pilot, "worker old-2b")
        await press(pilot, "x")
        await planned(pilot, "beware: 1 whole library: make sure that no worker runs in it")
        await confirm(pilot)
        await until(pilot, lambda: not any(row.startswith("worker old-2b") for row in shown(app)))
    assert not (littered.root / ".workers" / "old-2b").exists()


async def test_what_changed_behind_the_dialog_stays(littered: StoreBuilder):
    app = app_on(littered)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        await go_to_row(pilot, "build 6c1f")
        await press(pilot, "x")
        await planned(pilot, "would go: 1 thing")
        (littered.root / ".builds" / "6c1f-build" / "more").write_text("somebody is at work")
        await confirm(pilot)
        assert "1 skipped" in toasts(app)
    assert (littered.root / ".builds" / "6c1f-build" / "pak.lock").exists()


async def test_the_journal_says_the_same_as_of_the_command(littered: StoreBuilder):
    app = app_on(littered)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        await press(pilot, "X")
        await planned(pilot, "would go: 3 things")
        await confirm(pilot)
    littered.package("BH").source("1.84.0-0").locked("50m")
    littered.work("6c1f-build")
    os.utime(littered.root / ".builds" / "6c1f-build", (NOW - 3 * DAY, NOW - 3 * DAY))
    write_worker(littered, "half-1a", None, 3 * DAY)
    os.utime(lock_of(littered, "sf")[0])  # for the command, whose clock is the real one
    cli("clean", "--yes", "--store", littered.root)
    by_key, by_command = map(told_alike, past(littered))
    ids = [item["what"] for item in by_key["items"]]
    assert {name.split(":")[0] for name in ids} == {"lock", "build", "worker"}
    again = [item for item in by_command["items"] if item["what"] in ids]
    assert [item | {"bytes": 0} for item in again] == [item | {"bytes": 0} for item in by_key["items"]]


# --- the trash -------------------------------------------------------------------------------------------


async def test_one_operation_is_deleted(lively: StoreBuilder):
    with_a_past(lively)
    app = app_on(lively)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        await go_to_row(pilot, "trash evict")
        assert "kept 5d more · root@shop1" in shown(app)[view(app).table.cursor]
        assert "x Delete" in view(app).query_one(KeyBar).text
        await press(pilot, "x")
        await planned(pilot, "would go: 2 configs of 1 operation, frees")
        await confirm(pilot)
        await until(pilot, lambda: not any(row.startswith("trash evict") for row in shown(app)))
    assert os.listdir(lively.root / ".pkgstore" / "trash") == [SWEPT]
    assert past(lively)[-1].command == f"pkgstore trash empty {EVICTED} --store {lively.root}"


@pytest.mark.parametrize(
    ("older", "said", "left"),
    [
        ("7d", "1 config of 1 operation", [EVICTED]),
        ("0", "3 configs of 2 operations", []),
        ("90d", "that old", None),
    ],
)
async def test_what_is_old_is_deleted(lively: StoreBuilder, older: str, said: str, left: list[str] | None):
    with_a_past(lively)
    app = app_on(lively)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        await press(pilot, "t")
        app.screen.query_one("#older").value = older
        await planned(pilot, said)
        assert can_confirm(app) is (left is not None)
        await press(pilot, "enter")
        if left is not None:
            await confirm(pilot)
    trash = lively.root / ".pkgstore" / "trash"
    names = sorted(os.listdir(trash)) if trash.exists() else []
    assert names == ([SWEPT, EVICTED] if left is None else left)


async def test_leftovers_and_trash_are_not_removed_together(littered: StoreBuilder):
    with_a_past(littered)
    app = app_on(littered)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        await press(pilot, "a", "x")
        assert isinstance(app.screen, ActivityScreen)
        assert "not both" in toasts(app)


async def test_what_cannot_be_removed_has_no_key_for_it(lively: StoreBuilder):
    with_a_past(lively)
    app = app_on(lively)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        for row in ("job", "sweeper", "journal evict", "staging"):
            await go_to_row(pilot, row)
            assert "x " not in view(app).query_one(KeyBar).text, row
            await press(pilot, "x")
            assert isinstance(app.screen, ActivityScreen), row


def test_the_scenario_is_as_old_as_it_says(littered: StoreBuilder):
    assert NOW - (littered.root / ".workers" / "half-1a").stat().st_mtime == 3 * DAY
