"""Undo: from every view, Cancel focused, by the same steps and the same lines in the journal as the command."""

import json
import os

import pytest
from acting import (
    can_confirm,
    cli,
    confirm,
    facts_of,
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
from scenarios import EVICTED, MAIN, SWEPT, make_app, press, settled, until, with_a_past

from builders import StoreBuilder, ref
from pkgstore_tui.screens.activity import ActivityScreen
from pkgstore_tui.screens.plan import PlanDialog
from pkgstore_tui.screens.undo import UndoDialog

CPP11 = ref("cpp11", "0.4.7")
SF = ref("sf", "1.0-16", {"Rcpp": "1.0.12"})


def evict(store: StoreBuilder, *refs: str) -> None:
    cli("evict", *refs, "--platform", MAIN, "--yes", "--store", store.root)


async def test_z_puts_back_what_the_command_line_evicted(lively: StoreBuilder):
    tree = lively.root / MAIN / "sf" / SF
    sidecar, listed = tree.with_name(f"{tree.name}.json"), tree.parent / "configs.json"
    before, entries = facts_of(tree, sidecar), json.loads(listed.read_text())
    evict(lively, SF, CPP11)
    assert not tree.exists()
    app = make_app(lively.root, platform=MAIN, write=True)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "z")
        text = await planned(pilot, "puts back: 2 configs")
        assert "operation: evict of 2 configs by " in text
        assert "was: pkgstore evict " in text
        assert ": cpp11 0.4.7, sf 1.0-16" in text
        assert app.focused.id == "no"
        await press(pilot, "enter")
        await until(pilot, lambda: "nothing changed" in toasts(app))
        assert not tree.exists(), "No changes nothing"
        await press(pilot, "z")
        await planned(pilot, "puts back")
        await confirm(pilot)
        assert "2 configs restored" in toasts(app)
        assert not isinstance(app.screen, PlanDialog)
        await until(
            pilot,
            lambda: any(
                config.key.ref == SF for config in app.session.reading.snapshot.configs() if config.has_tree
            ),
            "the view follows",
        )
    assert facts_of(tree, sidecar) == before, "the very tree, and the time of its last use"
    assert json.loads(listed.read_text()) == entries
    assert not (lively.root / ".pkgstore" / "trash").exists()


async def test_the_journal_says_the_same_as_of_the_command(lively: StoreBuilder):
    evict(lively, SF, CPP11)
    cli("restore", "--yes", "last", "--store", lively.root)
    evict(lively, SF, CPP11)
    lively.package("cpp11").source("0.4.7").config(used="0s")
    lively_again = lively.root / MAIN / "cpp11" / CPP11
    assert lively_again.exists()
    app = make_app(lively.root, platform=MAIN, write=True)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "z")
        await planned(pilot, "puts back: 1 config")
        await confirm(pilot)
    by_command, by_key = [it for it in past(lively) if it.what == "restore"]
    assert by_key.command.startswith("pkgstore restore 2")
    assert by_key.plan["operation"] in by_key.command
    alike = told_alike(by_command)
    assert [item["result"] for item in alike.pop("items")] == ["restored", "restored"]
    items = told_alike(by_key)
    assert [item["result"] for item in items.pop("items")] == ["skipped", "restored"]
    assert items == alike


async def test_the_same_lines_item_by_item(lively: StoreBuilder):
    for again in ("", "z"):
        evict(lively, SF, CPP11)
        if not again:
            cli("restore", "--yes", "last", "--store", lively.root)
            continue
        app = make_app(lively.root, platform=MAIN, write=True)
        async with app.run_test(size=(100, 40)) as pilot:
            await settled(pilot)
            await press(pilot, again)
            await planned(pilot, "puts back: 2 configs")
            await confirm(pilot)
    by_command, by_key = [told_alike(it) for it in past(lively) if it.what == "restore"]
    assert by_command == by_key
    assert len(by_key["items"]) == 2


async def test_a_slot_that_was_filled_again_is_named_and_not_touched(lively: StoreBuilder):
    evict(lively, CPP11)
    built = lively.package("cpp11").source("0.4.7").config(used="0s")
    (built.tree / "new").write_text("built anew")
    app = make_app(lively.root, platform=MAIN, write=True)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "z")
        text = await planned(pilot, "puts back: nothing")
        assert "stays out: 1 config (cpp11): the store has it again" in text
        assert not can_confirm(app)
        await press(pilot, "tab", "enter", "escape")
        assert not app.session.jobs.all
    assert (built.tree / "new").exists()
    assert len(os.listdir(lively.root / ".pkgstore" / "trash")) == 1


async def test_an_empty_trash_has_nothing_to_undo(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN, write=True)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "z")
        await planned(pilot, "the trash is empty")
        assert not can_confirm(app)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("trash sweep", "operation: sweep of 1 config by root@shop1, 13d ago"),
        ("trash evict", "operation: evict of 2 configs by root@shop1, 2d ago"),
        ("journal sweep", "operation: sweep of 1 config by root@shop1, 13d ago"),
        ("journal clean", "operation: evict of 2 configs by root@shop1, 2d ago"),
        ("lock", "operation: evict of 2 configs by root@shop1, 2d ago"),
    ],
)
async def test_z_means_the_row_where_that_is_an_eviction(lively: StoreBuilder, row: str, said: str):
    with_a_past(lively)
    app = make_app(lively.root, platform=MAIN, write=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        await go_to_row(pilot, row)
        await press(pilot, "z")
        await planned(pilot, said)


async def test_some_configs_of_an_operation_are_put_back(lively: StoreBuilder):
    with_a_past(lively)
    app = make_app(lively.root, platform=MAIN, write=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        await go_to_row(pilot, "trash evict")
        await press(pilot, "enter")
        await until(pilot, lambda: len(shown(app)) == 2 and "cpp11" in shown(app)[1])
        assert shown(app)[1].startswith("cpp11 0.4.7 ")
        assert "can be put back" in shown(app)[1]
        await press(pilot, "G", "space", "z")
        await planned(pilot, "puts back: 1 config")
        assert f"restore {EVICTED} cpp11@{CPP11}" in app.screen.proposal.command
        await confirm(pilot)
        await until(pilot, lambda: [row.split()[0] for row in shown(app)] == ["Rcpp"], "it is not there any more")
    assert (lively.root / MAIN / "cpp11" / CPP11).exists()
    assert sorted(os.listdir(lively.root / ".pkgstore" / "trash")) == [SWEPT, EVICTED]


async def test_an_operation_that_is_gone_says_so(lively: StoreBuilder):
    evict(lively, CPP11)
    app = make_app(lively.root, platform=MAIN, write=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        await go_to_row(pilot, "journal evict")
        cli("trash", "empty", "--yes", "--store", lively.root)
        await press(pilot, "z")
        await planned(pilot, "the trash has nothing of this operation")
        assert not can_confirm(app)


async def test_undo_is_absent_while_locked(lively: StoreBuilder):
    with_a_past(lively)
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        for key in ("z", "x", "X", "t", "b"):
            await press(pilot, key)
            assert isinstance(app.screen, ActivityScreen), key
        footer = view(app).query_one("KeyBar").text
        assert "Undo" not in footer
        assert "Clean" not in footer


async def test_locked_again_behind_the_dialog_nothing_is_done(lively: StoreBuilder):
    evict(lively, CPP11)
    app = make_app(lively.root, platform=MAIN, write=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "z")
        await planned(pilot, "puts back")
        app.session.set_lock(unlocked=False)
        await press(pilot, "tab", "enter")
        await until(pilot, lambda: not isinstance(app.screen, UndoDialog))
        assert not app.session.jobs.all
        assert "nothing changed" in toasts(app)


async def test_a_journal_that_does_not_tell_of_it_hinders_nothing(lively: StoreBuilder):
    evict(lively, CPP11)
    (lively.root / ".pkgstore" / "journal.jsonl").write_text("{ damaged\n")
    app = make_app(lively.root, platform=MAIN, write=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "z")
        await planned(pilot, "the journal does not tell of it")
        assert "puts back: 1 config" in plan_text(app)
        await confirm(pilot)
    assert (lively.root / MAIN / "cpp11" / CPP11).exists()
