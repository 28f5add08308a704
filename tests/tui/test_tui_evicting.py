"""Eviction from the keyboard: mark, plan, what follows, confirm, and the disk and the journal afterwards."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from evict_helpers import (
    SIZE,
    begun,
    choice,
    confirmed,
    going,
    journal,
    pkgstore,
    planned,
    said,
    toasts,
    told_alike,
    tree_of,
    unlocked,
    yes,
)
from scenarios import MAIN, NOW, OLD, left_over, press, settled, until, write
from textual.widgets import Input

from builders import StoreBuilder
from pkgstore.operations.eviction import EvictRule, plan_eviction
from pkgstore.usage import measure_tree
from pkgstore_tui.jobs import JobState
from pkgstore_tui.screens.evict import EvictDialog
from pkgstore_tui.screens.menu import Menu
from pkgstore_tui.screens.question import Question

# --- what is marked -----------------------------------------------------------------------------------------


async def test_the_marked_are_planned_and_cancel_has_the_focus(lively: StoreBuilder):
    app = unlocked(lively)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        dialog = await begun(pilot, "j", "space", "space", "d")
        await planned(pilot)
        assert str(dialog.query_one("#frame").border_title) == "Evict the 2 marked rows"
        assert app.focused.id == "no"
        assert said(app).splitlines()[0] == "would go: 3 of 13 configs, of 2 packages"
        assert going(app) == ["cpp11", "cpp11", "data.table"]
        assert "breaks: nothing that anybody needs" in said(app)
        assert str(yes(app).label) == "Evict 3 configs"
        await press(pilot, "enter")
        await until(pilot, lambda: "nothing changed" in toasts(app))
        assert not isinstance(app.screen, EvictDialog)
        assert not app.session.jobs.all
        assert (lively.root / MAIN / "cpp11").exists()
        assert not (lively.root / ".pkgstore").exists(), "a plan writes nothing"
        assert len(app.screen.place.marks.keys) == 2, "the marks are as they were"


async def test_what_is_confirmed_is_done_and_can_be_undone(lively: StoreBuilder):
    app = unlocked(lively)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await begun(pilot, "j", "space", "space", "d")
        await planned(pilot)
        job = await confirmed(pilot)
        await until(pilot, lambda: "3 configs moved to the trash" in toasts(app))
        assert job.state is JobState.DONE
        result = str(app.screen.query_one("#result").visual)
        operation = journal(lively)[0]["op"]
        assert f"3 configs can be put back: z in a view, or pkgstore restore {operation}" in result
        assert not (lively.root / MAIN / "cpp11").exists()
        assert not (lively.root / MAIN / "data.table").exists()
        assert (lively.root / MAIN / "BH").exists()
        await press(pilot, "enter")
        await until(pilot, lambda: [row.name for row in app.screen.table.rows][:2] == ["BH", "dplyr"])
    assert pkgstore("restore", "--yes", operation, "--store", lively.root).returncode == 0
    assert tree_of(lively, "cpp11", "0.4.7").is_dir()


async def test_the_row_that_the_cursor_is_on_stands_in_for_marks(lively: StoreBuilder):
    app = unlocked(lively)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        dialog = await begun(pilot, *"jjjj", "enter", "j", "d")  # the second source of Rcpp, the older one
        await planned(pilot, "1 of 13 configs, of 1 package")
        assert str(dialog.query_one("#frame").border_title) == "Evict Rcpp 1.0.12"
        assert going(app) == ["Rcpp"]


async def test_what_somebody_needs_stays_and_it_is_said_who(lively: StoreBuilder):
    app = unlocked(lively)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await begun(pilot, "j", "j", "j", "d")  # dplyr
        await planned(pilot, "would go: nothing")
        assert "1 config needed by worker maps-5d0c91f2, worker shop-3f2a77c1, maps (current)" in said(app)
        assert yes(app).disabled
        kept = app.screen.query_one("#kept").rows
        assert [(config.key.package, len(holders)) for config, holders in kept] == [("dplyr", 3)]
        assert "nothing would go" in said(app, "follows")


async def test_only_what_is_marked_goes_not_its_like_on_another_platform(lively: StoreBuilder):
    lively.on(OLD).package("cpp11").source("0.4.7").config(used="44d")
    app = unlocked(lively, platform="")
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "t", "slash")
        await write(pilot, f"cpp11 platform:{MAIN}")
        await until(pilot, lambda: app.screen.is_arranged and len(app.screen.table.rows) == 2)
        dialog = await begun(pilot, "enter", "a", "d")
        await planned(pilot, "2 of 13 configs")
        assert f"--platform {MAIN}" in dialog.answer.command
        await confirmed(pilot)
        await until(pilot, lambda: "2 configs moved to the trash" in toasts(app))
    assert not (lively.root / MAIN / "cpp11").exists()
    assert (lively.root / OLD / "cpp11").exists()


# --- by a rule ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", "3467")
async def test_elsewhere_it_is_a_sweep_that_begins_with_the_servers_retention(lively: StoreBuilder, view: str):
    app = unlocked(lively)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, view)
        await settled(pilot)
        dialog = await begun(pilot, "d")
        await planned(pilot, "4 of 13 configs, of 4 packages")
        assert app.focused.id == "retention"
        assert app.focused.value == "720h"
        assert going(app) == ["Rcpp", "cpp11", "s2", "sf"]
        assert "stays" not in said(app), "what is that old is needed by nobody"
        assert dialog.answer.command == f"pkgstore evict --platform {MAIN} --retention 720h --store {lively.root}"
        await press(pilot, "enter")
        assert app.focused.id == "no", "enter goes to Cancel, not to Evict"
        await press(pilot, "enter")
        await until(pilot, lambda: "nothing changed" in toasts(app))


async def test_a_retention_is_followed_key_by_key(lively: StoreBuilder):
    app = unlocked(lively)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "7")
        dialog = await begun(pilot, "d")
        for text, what in (
            ("soon", "is no duration"),
            ("", "fill in unused for"),
            ("0", "keeps everything"),
            ("900d", "would go: nothing"),
        ):
            await write(pilot, text)
            await planned(pilot, what)
            assert yes(app).disabled
        chart = dialog.query_one("#chart")
        await write(pilot, "5d")
        await planned(pilot, "6 of 13 configs")
        assert chart.cutoff == 5 * 86400.0
        assert not yes(app).disabled


async def test_the_forecast_says_the_smallest_retention_that_loses_nothing(lively: StoreBuilder):
    left_over(lively)
    app = unlocked(lively)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "7")
        await begun(pilot, "d")
        await planned(pilot)
        days = said(app, "days")
        assert "safe from: 45d (1080h); with less the server's own sweep takes what somebody needs" in days
        assert (
            "next sweep: 4 configs, 3 of them needed; incomplete: maps (rollback: .prev), maps (rollback: as"
            in days
        )
        await write(pilot, "1080h")
        await planned(pilot, "1 of 13 configs")
        assert "needed" not in said(app, "days").splitlines()[1]


async def test_bytes_are_measured_first_then_the_cheapest_loss_is_planned(lively: StoreBuilder):
    app = unlocked(lively)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "7")
        await begun(pilot, "d")
        await planned(pilot)
        await press(pilot, "shift+tab", "right")
        assert choice(app, "rule").value == "free"
        await planned(pilot, "fill in bytes")
        app.screen.query_one("#amount", Input).value = "100K"
        await planned(pilot, "would go")
        assert going(app) == ["Rcpp"], "the one that was unused longest, of those that free anything"
        assert app.screen.answer.command.endswith(f"--platform {MAIN} --max-freed 100K --store {lively.root}")
        app.screen.query_one("#amount", Input).value = "900G"
        await planned(pilot, "not enough: all that nobody needs does not free that many bytes")
        choice(app, "rule").take("size")
        await planned(pilot, "not enough")
        app.screen.query_one("#amount", Input).value = "much"
        await planned(pilot, "is no size")
        assert yes(app).disabled


async def test_all_platforms_can_be_swept_at_once(lively: StoreBuilder):
    app = unlocked(lively)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "7")
        dialog = await begun(pilot, "d")
        choice(app, "platform").take("")
        await planned(pilot, "6 of 15 configs, of 6 packages")
        assert "--all-platforms --retention 720h" in dialog.answer.command


# --- what breaks --------------------------------------------------------------------------------------------


async def test_a_rollback_target_is_let_go_of_and_its_loss_is_asked_about_twice(lively: StoreBuilder):
    left_over(lively)
    app = unlocked(lively)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "3")
        await settled(pilot)
        await press(pilot, "j", "d")
        await until(pilot, lambda: isinstance(app.screen, Menu))
        assert [row.label for row in app.screen.choices] == ["prev:maps", "build:maps", "by age"]
        dialog = await begun(pilot, "j", "enter")
        await planned(pilot, "would go: 1 of 13")
        assert going(app) == ["cpp11"], "the old sf is the other target's too"
        assert "breaks: maps (rollback: as first deployed)" in said(app)
        assert "a rollback to the state as first deployed is incomplete: cpp11 0.4.7" in said(app, "follows")
        assert "--drop-root build:maps" in dialog.answer.command
        await press(pilot, "tab", "enter")
        await until(pilot, lambda: isinstance(app.screen, Question))
        assert app.focused.id == "no"
        await press(pilot, "enter")
        assert app.screen is dialog, "there it can still be changed, or left"
        assert not app.session.jobs.all
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, Question))
        await press(pilot, "tab", "enter")
        await until(pilot, lambda: "1 config moved to the trash" in toasts(app))
    assert not tree_of(lively, "cpp11", "0.4.7").exists()
    assert journal(lively)[0]["plan"]["let_go_of"] == ["maps (rollback: as first deployed)"]


async def test_ignoring_roots_is_said_loudly(lively: StoreBuilder):
    app = unlocked(lively)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        dialog = await begun(pilot, "j", "j", "j", "d")
        await planned(pilot, "would go: nothing")
        choice(app, "roots").take("ignored")
        await planned(pilot, "ROOTS: IGNORED")
        assert going(app) == ["dplyr"]
        assert "breaks: worker maps-5d0c91f2, worker shop-3f2a77c1, maps (current)" in said(app)
        assert "its next cold start is incomplete: dplyr 1.1.4" in said(app, "follows")
        assert "--ignore-roots" in dialog.answer.command


async def test_what_was_asked_about_is_done_whatever_was_planned_since(lively: StoreBuilder):
    app = unlocked(lively)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        dialog = await begun(pilot, "j", "j", "j", "space", "d")
        choice(app, "roots").take("ignored")
        await planned(pilot, "ROOTS: IGNORED")
        await press(pilot, "tab", "enter")
        await until(pilot, lambda: isinstance(app.screen, Question))
        shown = dialog.answer.planned
        more = replace(
            shown, plan=plan_eviction(shown.roots.snapshot, shown.roots, EvictRule(0.0), (MAIN,), now=NOW)
        )
        assert len(more.plan.items) > 1
        dialog.answer = replace(dialog.answer, planned=more)
        await press(pilot, "tab", "enter")
        await until(pilot, lambda: "1 config moved to the trash" in toasts(app))
    assert {path.name for path in (lively.root / MAIN).iterdir()} == {
        "BH", "cpp11", "data.table", "Rcpp", "s2", "sf", "shiny", "terra", "units"
    }  # fmt: skip


async def test_a_root_that_is_not_there_is_said(lively: StoreBuilder):
    app = unlocked(lively)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await begun(pilot, "d")
        app.screen.query_one("#dropped", Input).value = "build:nowhere"
        await planned(pilot, "There is no root 'build:nowhere'; there are worker:maps-5d0c91f2")
        assert yes(app).disabled


async def test_a_root_that_cannot_be_read_stops_it(lively: StoreBuilder):
    (lively.root.parent / "maps" / "store-manifest.json").write_text("{")
    app = unlocked(lively)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await begun(pilot, "j", "d")
        await planned(pilot, "store-manifest.json")
        assert yes(app).disabled


async def test_a_pin_keeps_what_it_holds(lively: StoreBuilder):
    source = tree_of(lively, "cpp11", "0.4.7").parent.name
    done = pkgstore("pin", "--yes", source, "--reason", "audit", "--store", lively.root)
    assert done.returncode == 0, done.stderr
    app = unlocked(lively)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await begun(pilot, "j", "d")
        await planned(pilot, "would go: 1 of 13")
        assert "(audit)" in said(app)


# --- what was done, and by whom -------------------------------------------------------------------------------


async def test_what_was_used_since_it_was_planned_is_skipped_and_said(lively: StoreBuilder):
    app = unlocked(lively)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await begun(pilot, "j", "d")
        await planned(pilot, "2 of 13")
        tree = tree_of(lively, "cpp11", "0.4.7")
        os.utime(tree.with_name(f"{tree.name}.json"), (NOW, NOW))
        await confirmed(pilot)
        await until(pilot, lambda: "1 config moved to the trash" in toasts(app))
        assert "1 skipped" in toasts(app)
        lines = [app.screen.query_one("#lines").render_line(y).text.strip() for y in range(2)]
        assert any(
            line.startswith("skipped cpp11 0.4.7") and "used again since the plan was made" in line
            for line in lines
        ), lines
    assert tree_of(lively, "cpp11", "0.4.7").is_dir()
    assert not tree_of(lively, "cpp11", "0.5.0").exists()


async def test_both_programs_write_the_same_journal(tmp_path: Path, lively: StoreBuilder):
    left_over(lively)
    there = tmp_path / "there" / "bundles"
    shutil.copytree(lively.root.parent, there, symlinks=True)
    twin = StoreBuilder(there / ".pkg-store", MAIN, now=NOW)
    app = unlocked(lively)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        dialog = await begun(pilot, "j", "space", "space", "d")
        app.screen.query_one("#dropped", Input).value = "build:maps"
        await planned(pilot, "3 of 13")
        command = dialog.answer.command.replace(str(lively.root), str(twin.root))
        app.screen.query_one("#no").focus()
        await press(pilot, "tab", "enter", "tab", "enter")
        await until(pilot, lambda: "3 configs moved to the trash" in toasts(app))
    done = pkgstore(*command.split()[1:], "--yes")
    assert done.returncode == 0, done.stderr
    ours, theirs = told_alike(journal(lively)), told_alike(journal(twin))
    assert len(ours) == 5, "begun, three items, ended"
    assert ours == theirs
    names = set(journal(lively)[0])
    assert names == set(journal(twin)[0])


async def test_the_plan_that_is_written_is_the_command_lines_own(tmp_path: Path, lively: StoreBuilder):
    path = tmp_path / "plan.json"
    app = unlocked(lively, measure=lambda layout, key, cancel: measure_tree(layout.config(key)))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        dialog = await begun(pilot, "j", "d")
        await planned(pilot, "2 of 13")
        await press(pilot, "ctrl+s")
        await write(pilot, str(path))
        await press(pilot, "enter")
        await until(pilot, path.exists)
        await until(pilot, lambda: app.screen is dialog)
        assert f"the plan is in {path}" in toasts(app)
        command = dialog.answer.command
        await press(pilot, "ctrl+y")
        assert app.clipboard == command
    theirs = tmp_path / "theirs.json"
    done = pkgstore(*command.split()[1:], "--plan", theirs)
    assert done.returncode == 0, done.stderr
    ours, others = path.read_text().splitlines(), theirs.read_text().splitlines()
    assert [line for line in ours if "made_at" not in line] == [line for line in others if "made_at" not in line]
    assert pkgstore("evict", "--run", path, "--store", lively.root, "--yes").returncode == 0
    assert not (lively.root / MAIN / "cpp11").exists()
