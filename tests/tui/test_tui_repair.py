"""x and X in the health view: what is mended, what stays and why; and that nothing happens but what was shown."""

import json

import pytest
from acting import past, told_alike
from evict_helpers import Gate, pkgstore
from scenarios import MAIN, left_over, press, until
from test_tui_health import rename_inside
from test_tui_readonly import untouched
from textual.command import CommandPalette
from textual.pilot import Pilot
from verify_helpers import SIZE, confirmed, crumbs, footer, health, open_health, opened, over, planned

from builders import StoreBuilder
from pkgstore.operations import repair as core
from pkgstore_tui.jobs import JobState
from pkgstore_tui.screens.repair import PlanRow, RepairDialog, row_facts
from pkgstore_tui.screens.undo import UndoDialog

MENDED = {"BAD-META", "PHANTOM", "ORPHAN-SIDECAR", "ORPHAN-TREE", "STALE-BUILD", "STALE-LOCK"}
STAYS = ["BROKEN-INSTALL", "DANGLING-ROOT", "LOCK-DISAGREES", "RESTART-HAZARD", "DEAD-PLATFORM"]


@pytest.fixture
def damaged(lively: StoreBuilder) -> StoreBuilder:
    """The lively store with what crashes left, and apps whose lockfiles tell what was built against what."""
    left_over(lively)
    return lively


def codes(pilot: Pilot[None]) -> list[str]:
    return [row.code for row in health(pilot.app).table.rows]


def plan_rows(pilot: Pilot[None]) -> list[PlanRow]:
    assert isinstance(pilot.app.screen, RepairDialog)
    return list(pilot.app.screen.query_one("#items").rows)


async def whole(pilot: Pilot[None]) -> None:
    """The health view, and all that is known of the store."""
    await open_health(pilot)
    await until(pilot, lambda: not health(pilot.app).digest.partial and health(pilot.app).is_arranged)


async def to_kind(pilot: Pilot[None], code: str) -> None:
    """The cursor on a kind."""
    await until(pilot, lambda: code in codes(pilot), code)
    health(pilot.app).table.cursor = codes(pilot).index(code)
    await pilot.pause()


async def test_everything(damaged: StoreBuilder):
    app = opened(damaged)
    async with app.run_test(size=SIZE) as pilot:
        await whole(pilot)
        await press(pilot, "X")
        text = await planned(pilot, "would mend: 5 things")
        assert "2 of them left by crashes, to be removed for good" in text
        assert "stays: 5 findings" in text
        rows = plan_rows(pilot)
        assert {code for row in rows if row.item for code in row.item.codes} == MENDED
        assert [row.stays.finding.code for row in rows if row.stays] == STAYS
        (terra,) = [row for row in rows if row.name == "terra 1.7-78"]
        assert terra.text == "there is no sidecar → a new one: last used now"
        told = [(fact.label, fact.value) for fact in row_facts(rows[-1])]
        assert ("stays", "people decide when a platform is over") in told
        assert ("do", "pkgstore evict --platform sweeps it") in told

        job = await confirmed(pilot)
        await over(pilot, job)
        assert job.command == f"pkgstore repair --store {damaged.root}"
        await until(pilot, lambda: codes(pilot) == STAYS, "what was mended is gone from the view")
        await press(pilot, "X")
        await planned(pilot, "would mend: nothing")
        assert app.screen.query_one("#yes").disabled, "a second repair has nothing to do"
        await press(pilot, "escape")
    (done,) = past(damaged)
    assert (done.what, done.outcome) == ("repair", "done")
    found = json.loads(pkgstore("check", "--store", damaged.root, "--json").stdout)["findings"]
    there = {finding["code"] for finding in found}
    assert not (MENDED - {"STALE-LOCK"}) & there, "by today's clock the lock that was fresh then is stale"


async def test_a_kind_and_no_more(damaged: StoreBuilder):
    app = opened(damaged)
    async with app.run_test(size=SIZE) as pilot:
        await whole(pilot)
        await to_kind(pilot, "ORPHAN-TREE")
        await press(pilot, "x")
        await planned(pilot, "would mend: 1 thing: ORPHAN-TREE")
        job = await confirmed(pilot)
        await over(pilot, job)
        assert job.command == f"pkgstore repair --only ORPHAN-TREE --store {damaged.root}"
        await until(pilot, lambda: "ORPHAN-TREE" not in codes(pilot))
        assert {"PHANTOM", "BAD-META", "STALE-LOCK"} <= set(codes(pilot))


async def test_one_finding(damaged: StoreBuilder):
    damaged.package("BH").source("1.84.0-0").config({"Rcpp": "1.0.13"}, tree=False)
    app = opened(damaged)
    async with app.run_test(size=SIZE) as pilot:
        await whole(pilot)
        await to_kind(pilot, "PHANTOM")
        await press(pilot, "enter")
        await until(pilot, lambda: crumbs(app).startswith("PHANTOM") and len(health(app).table.rows) == 2)
        health(app).table.cursor = [row.subject.package for row in health(app).table.rows].index("s2")
        await press(pilot, "x")
        await planned(pilot, "would mend: 1 thing")
        assert [row.name for row in plan_rows(pilot)] == ["s2 1.1.6"]
        await over(pilot, await confirmed(pilot))
        await until(pilot, lambda: [row.subject.package for row in health(app).table.rows] == ["BH"])


async def test_what_is_marked(damaged: StoreBuilder):
    app = opened(damaged)
    async with app.run_test(size=SIZE) as pilot:
        await whole(pilot)
        for code in ("STALE-LOCK", "ORPHAN-TREE", "DEAD-PLATFORM"):
            await to_kind(pilot, code)
            await press(pilot, "space")
        await press(pilot, "x")
        text = await planned(pilot, "would mend: 2 things: ORPHAN-TREE, STALE-LOCK")
        assert "stays: 1 finding" in text
        await over(pilot, await confirmed(pilot))
        await until(pilot, lambda: not {"STALE-LOCK", "ORPHAN-TREE"} & set(codes(pilot)))
        assert "DEAD-PLATFORM" in codes(pilot)


async def test_a_tree_that_went_to_the_trash_comes_back(damaged: StoreBuilder):
    (description,) = (damaged.root / MAIN / "data.table").glob("*/*/DESCRIPTION")
    description.write_text(description.read_text().replace("Package: data.table", "Package: other"))
    tree = description.parent
    app = opened(damaged)
    async with app.run_test(size=SIZE) as pilot:
        await whole(pilot)
        await press(pilot, "C")
        await to_kind(pilot, "WRONG-PACKAGE")
        await press(pilot, "x")
        text = await planned(pilot, "would mend: 1 thing: WRONG-PACKAGE")
        assert "1 of them to go into the trash, where z takes it back out" in text
        await over(pilot, await confirmed(pilot))
        assert not tree.exists()
        await until(pilot, lambda: "WRONG-PACKAGE" not in codes(pilot))
        await press(pilot, "z")
        await until(pilot, lambda: isinstance(app.screen, UndoDialog))
        await planned(pilot, "puts back: 1 config")
        await over(pilot, await confirmed(pilot))
        assert tree.exists()
        await until(pilot, lambda: "WRONG-PACKAGE" in codes(pilot), "and so is the finding")


async def test_what_somebody_needs_stays(damaged: StoreBuilder):
    rename_inside(damaged, "shiny", "shinier")
    app = opened(damaged)
    async with app.run_test(size=SIZE) as pilot:
        await whole(pilot)
        await press(pilot, "C")
        await to_kind(pilot, "WRONG-PACKAGE")
        await press(pilot, "x")
        await planned(pilot, "would mend: nothing")
        (row,) = plan_rows(pilot)
        assert row.stays is not None
        assert row.text
        assert app.screen.query_one("#yes").disabled
        await press(pilot, "escape")
        assert not app.session.jobs.all


async def test_the_journal_is_that_of_the_command_line(damaged: StoreBuilder, tmp_path):
    app = opened(damaged)
    async with app.run_test(size=SIZE) as pilot:
        await whole(pilot)
        await to_kind(pilot, "ORPHAN-SIDECAR")
        await press(pilot, "x")
        await planned(pilot, "would mend: 1 thing")
        await over(pilot, await confirmed(pilot))
    damaged.package("s2").source("1.1.6").config({"Rcpp": "1.0.12"}, "61d", tree=False)
    ran = pkgstore("repair", "--only", "ORPHAN-SIDECAR", "--store", damaged.root, "--yes")
    here, there = past(damaged)
    assert here.what == there.what == "repair", ran.stderr
    assert [set(item) for item in told_alike(here)["items"]] == [set(item) for item in told_alike(there)["items"]]


async def test_cancelled_half_way_the_rest_stays(damaged: StoreBuilder, monkeypatch: pytest.MonkeyPatch):
    gate, asked, real = Gate(), [], core.do

    def held_up(*args):
        asked.append(args)
        if len(asked) == 2:
            gate.wait()
        return real(*args)

    monkeypatch.setattr(core, "do", held_up)
    app = opened(damaged)
    async with app.run_test(size=SIZE) as pilot:
        await whole(pilot)
        await press(pilot, "X")
        await planned(pilot, "would mend: 5 things")
        job = await confirmed(pilot)
        await until(pilot, gate.reached.is_set)
        await press(pilot, "c")
        gate.open.set()
        await over(pilot, job)
        assert job.state is JobState.CANCELLED
        await until(pilot, lambda: not {"PHANTOM", "STALE-LOCK"} & set(codes(pilot)), "these were done")
        assert "BAD-META" in codes(pilot), "its turn had not come"
    assert [done.outcome for done in past(damaged)] == ["cancelled"]


async def test_mended_by_others_behind_the_dialog(damaged: StoreBuilder):
    app = opened(damaged)
    async with app.run_test(size=SIZE) as pilot:
        await whole(pilot)
        await to_kind(pilot, "ORPHAN-TREE")
        await press(pilot, "x")
        await planned(pilot, "would mend: 1 thing")
        assert pkgstore("repair", "--only", "ORPHAN-TREE", "--store", damaged.root, "--yes").returncode in (0, 1)
        sidecars = {path: path.stat().st_mtime_ns for path in (damaged.root / MAIN / "terra").rglob("*.json")}
        job = await confirmed(pilot)
        await over(pilot, job)
        assert (job.result.result.repaired, job.result.result.skipped) == (0, 1)
        assert {path: path.stat().st_mtime_ns for path in sidecars} == sidecars
        await until(pilot, lambda: "ORPHAN-TREE" not in codes(pilot))


async def test_rows_of_a_content_check_are_mended_otherwise(damaged: StoreBuilder):
    app = opened(damaged)
    async with app.run_test(size=SIZE) as pilot:
        await whole(pilot)
        await press(pilot, "V")
        await planned(pilot, "would read")
        await over(pilot, await confirmed(pilot))
        await to_kind(pilot, "NEW-BASELINE")
        await press(pilot, "x")
        await planned(pilot, "would mend: nothing")
        assert app.screen.query_one("#yes").disabled


async def test_no_leaves_it_as_it_is(damaged: StoreBuilder):
    app = opened(damaged)
    with untouched(damaged.root):
        async with app.run_test(size=SIZE) as pilot:
            await whole(pilot)
            await press(pilot, "X")
            await planned(pilot, "would mend")
            assert app.focused.id == "no"
            await press(pilot, "enter")
            await until(pilot, lambda: app.screen is health(app))
            assert not app.session.jobs.all


async def test_locked_there_is_no_way_to_do_it(damaged: StoreBuilder):
    app = opened(damaged, write=False)
    with untouched(damaged.root):
        async with app.run_test(size=SIZE) as pilot:
            await whole(pilot)
            assert "Repair" not in footer(app)
            before = app.screen
            await press(pilot, "x", "X")
            assert app.screen is before
            await press(pilot, "colon")
            await until(pilot, lambda: isinstance(app.screen, CommandPalette))
            listed = app.screen.query_one("CommandList")
            await until(pilot, lambda: listed.option_count > 12)
            prompts = [str(listed.get_option_at_index(index).prompt) for index in range(listed.option_count)]
            assert not any("mend" in prompt for prompt in prompts)


async def test_locked_behind_the_dialog_nothing_is_done(damaged: StoreBuilder):
    app = opened(damaged)
    with untouched(damaged.root):
        async with app.run_test(size=SIZE) as pilot:
            await whole(pilot)
            await press(pilot, "X")
            await planned(pilot, "would mend: 5 things")
            app.session.set_lock(unlocked=False)
            await press(pilot, "tab", "enter")
            await until(pilot, lambda: app.screen is health(app))
            assert not app.session.jobs.all
