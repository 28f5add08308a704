"""What is done about changed files in the health view: quarantine, undo, or taking them for good."""

import json

import pytest
from acting import facts_of, past, told_alike
from evict_helpers import pkgstore
from scenarios import MAIN, press, until
from textual.command import CommandPalette
from textual.pilot import Pilot
from verify_helpers import (
    SF,
    SIZE,
    confirmed,
    counts,
    footer,
    health,
    into,
    open_health,
    opened,
    over,
    planned,
    shared_and_changed,
    tree_of,
    verified,
    verify,
)

from builders import StoreBuilder
from pkgstore_tui.screens.evict import EvictDialog
from pkgstore_tui.screens.undo import UndoDialog


@pytest.fixture
def changed(lively: StoreBuilder) -> StoreBuilder:
    """A store with baselines, and a changed file that a worker shares."""
    verified(lively)
    shared_and_changed(lively)
    return lively


async def to_quarantine(pilot: Pilot[None]) -> None:
    """The cursor on what was changed, and the key."""
    await until(pilot, lambda: [row.code for row in health(pilot.app).table.rows][:1] == ["CHANGED"])
    await press(pilot, "g", "d")


async def test_quarantine_and_undo(changed: StoreBuilder):
    source = tree_of(changed).parent
    sidecar = source / f"{tree_of(changed).name}.json"
    before, listed = facts_of(tree_of(changed), sidecar), json.loads((source / "configs.json").read_text())
    app = opened(changed)
    async with app.run_test(size=SIZE) as pilot:
        await open_health(pilot)
        await verify(pilot)
        await into(pilot, "CHANGED")
        assert "d Quarantine" in footer(app)
        await press(pilot, "d")
        text = await planned(pilot, "would go")
        assert "would go: 1 config, into the trash; z puts it back" in text
        assert "then: the next build that needs it makes it anew" in text
        assert "until then: worker maps-5d0c91f2: its next live install breaks" in text
        assert "keep them: worker maps-5d0c91f2: the changed files" in text
        assert tree_of(changed).exists()
        job = await confirmed(pilot)
        await over(pilot, job)
        assert job.command.endswith(f"--quarantine --store {changed.root}")
        assert not tree_of(changed).exists()
        assert SF[65:] not in (source / "configs.json").read_text()
        await until(pilot, lambda: not health(app).table.rows, "the finding is gone")
        await press(pilot, "escape")
        await until(pilot, lambda: "CHANGED" not in counts(app))

        await press(pilot, "z")
        await until(pilot, lambda: isinstance(app.screen, UndoDialog))
        await planned(pilot, "puts back: 1 config")
        await over(pilot, await confirmed(pilot))
        assert facts_of(tree_of(changed), sidecar) == before
        assert json.loads((source / "configs.json").read_text()) == listed
        await until(pilot, lambda: counts(app).get("CHANGED") == 1, "and so is what was found of it")
    assert [(one.what, one.outcome) for one in past(changed)] == [("quarantine", "done"), ("restore", "done")]


async def test_the_journal_is_that_of_the_command_line(changed: StoreBuilder):
    app = opened(changed)
    async with app.run_test(size=SIZE) as pilot:
        await open_health(pilot)
        await verify(pilot)
        await to_quarantine(pilot)
        await planned(pilot, "would go: 1 config")
        await over(pilot, await confirmed(pilot))
    (here,) = past(changed)
    assert pkgstore("restore", here.operation, "--store", changed.root, "--yes").returncode == 0
    ran = pkgstore("verify", f"sf@{SF}", "--platform", MAIN, "--store", changed.root, "--quarantine", "--yes")
    assert ran.returncode == 1, "something was changed"
    assert told_alike(past(changed)[-1]) == told_alike(here)


async def test_no_leaves_it_as_it_is(changed: StoreBuilder):
    app = opened(changed)
    async with app.run_test(size=SIZE) as pilot:
        await open_health(pilot)
        await verify(pilot)
        await to_quarantine(pilot)
        await planned(pilot, "would go: 1 config")
        assert app.focused.id == "no"
        await press(pilot, "enter")
        await until(pilot, lambda: app.screen is health(app))
        assert len(app.session.jobs.all) == 1
    assert tree_of(changed).exists()


async def test_what_was_mended_since_stays(lively: StoreBuilder):
    verified(lively)
    path = tree_of(lively) / "R" / "sf.rdb"
    before = path.read_text()
    shared_and_changed(lively)
    app = opened(lively)
    async with app.run_test(size=SIZE) as pilot:
        await open_health(pilot)
        await verify(pilot)
        path.write_text(before)
        await to_quarantine(pilot)
        assert "stays: sf 1.0-16: fine" in await planned(pilot, "would go: nothing")
        assert app.screen.query_one("#yes").disabled
        await press(pilot, "escape")
        await until(pilot, lambda: counts(app) == {"VERIFIED": 14}, "and that is known from now on")


async def test_made_anew_behind_the_dialog_it_stays(changed: StoreBuilder):
    app = opened(changed)
    async with app.run_test(size=SIZE) as pilot:
        await open_health(pilot)
        await verify(pilot)
        await to_quarantine(pilot)
        await planned(pilot, "would go: 1 config")
        tree_of(changed).rename(changed.root / "aside")
        tree_of(changed).mkdir()
        job = await confirmed(pilot)
        await over(pilot, job)
        assert job.result.result.skipped == 1
    assert tree_of(changed).exists()


async def test_what_is_no_change_is_evicted_as_ever(changed: StoreBuilder):
    app = opened(changed)
    async with app.run_test(size=SIZE) as pilot:
        await open_health(pilot)
        await verify(pilot)
        await into(pilot, "VERIFIED")
        assert "d Evict" in footer(app)
        await press(pilot, "d")
        await until(pilot, lambda: isinstance(app.screen, EvictDialog))
        await press(pilot, "escape")


async def test_taken_for_good(changed: StoreBuilder):
    app = opened(changed)
    async with app.run_test(size=SIZE) as pilot:
        await open_health(pilot)
        await verify(pilot)
        await into(pilot, "CHANGED")
        await press(pilot, "enter")
        await press(pilot, "B")
        await planned(pilot, "would take: what 1 config holds now, for good")
        job = await confirmed(pilot)
        await over(pilot, job)
        assert "--accept" in job.command
        await until(pilot, lambda: not health(app).table.rows)
        await press(pilot, "escape", "escape")
        await until(pilot, lambda: counts(app) == {"NEW-BASELINE": 1, "VERIFIED": 13})
        await verify(pilot)
        await until(pilot, lambda: counts(app) == {"VERIFIED": 14})


async def test_there_may_be_nothing_to_take(changed: StoreBuilder):
    app = opened(changed)
    async with app.run_test(size=SIZE) as pilot:
        await open_health(pilot)
        await press(pilot, "B")
        await planned(pilot, "would take: nothing")
        assert app.screen.query_one("#yes").disabled
        await press(pilot, "escape")


async def test_locked_there_is_no_way_to_do_either(changed: StoreBuilder):
    app = opened(changed, write=False)
    async with app.run_test(size=SIZE) as pilot:
        await open_health(pilot)
        await verify(pilot)
        await into(pilot, "CHANGED")
        assert "Quarantine" not in footer(app)
        before = app.screen
        await press(pilot, "d", "B")
        assert app.screen is before
        await press(pilot, "colon")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette))
        listed = app.screen.query_one("CommandList")
        await until(pilot, lambda: listed.option_count > 12)
        prompts = [str(listed.get_option_at_index(index).prompt) for index in range(listed.option_count)]
        assert any("are the files what they were" in prompt for prompt in prompts)
        assert not any("changed files for good" in prompt or "evict" in prompt.lower() for prompt in prompts)


async def test_locked_behind_the_dialog_nothing_is_done(changed: StoreBuilder):
    app = opened(changed)
    async with app.run_test(size=SIZE) as pilot:
        await open_health(pilot)
        await verify(pilot)
        await to_quarantine(pilot)
        await planned(pilot, "would go: 1 config")
        app.session.set_lock(unlocked=False)
        await press(pilot, "tab", "enter")
        await until(pilot, lambda: app.screen is health(app))
        assert len(app.session.jobs.all) == 1
    assert tree_of(changed).exists()
