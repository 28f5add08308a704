"""V in the health view: what it would read, what it found, where it stopped; locked, it only reads."""

import os

import pytest
from acting import past
from evict_helpers import Gate, toasts
from scenarios import MAIN, NOW, OLD, make_app, press, settled, until
from test_tui_readonly import untouched
from textual.widgets import Input
from verify_helpers import (
    SF,
    SIZE,
    confirmed,
    counts,
    crumbs,
    digests,
    footer,
    health,
    into,
    open_health,
    opened,
    over,
    planned,
    rows,
    shared_and_changed,
    tree_of,
    verified,
    verify,
)

from builders import StoreBuilder
from pkgstore.keys import ConfigKey
from pkgstore.operations import verify as core
from pkgstore.saved import SavedScan
from pkgstore.scan import read_snapshot
from pkgstore_tui.jobs import JobState
from pkgstore_tui.screens.contents_levels import found_text
from pkgstore_tui.screens.job import JobScreen
from pkgstore_tui.screens.overview import OverviewScreen
from pkgstore_tui.screens.verify import VerifyDialog
from pkgstore_tui.widgets.choices import Choices
from pkgstore_tui.widgets.facts import Facts
from pkgstore_tui.widgets.row_table import RowTable

ALL = 14
"""Trees in the lively store."""


def hold_up(monkeypatch: pytest.MonkeyPatch, number: int) -> Gate:
    """Let a check stand before its config of that number until the gate is opened."""
    gate, asked, real = Gate(), [], core.check_config

    def held_up(*args, **more):
        asked.append(args)
        if len(asked) == number:
            gate.wait()
        return real(*args, **more)

    monkeypatch.setattr(core, "check_config", held_up)
    return gate


# --- what it finds ----------------------------------------------------------------------------------------------


async def test_no_baseline_is_told_and_never_counted_as_fine(lively: StoreBuilder):
    app = opened(lively)
    async with app.run_test(size=SIZE) as pilot:
        await open_health(pilot)
        await press(pilot, "V")
        text = await planned(pilot, "baselines")
        assert "would read: 14 configs, 50.5 MiB in the 12 that are measured" in text
        assert "baselines: 0 of them have one" in text
        assert "14 have none: it is taken down now" in text
        assert "nothing of the packages is changed" in text
        job = await confirmed(pilot)
        lines = app.screen.query_one("#lines", RowTable)
        await until(pilot, lambda: "nothing more to tell" in lines.render_line(1).text, "it says that that was all")
        await over(pilot, job)
        assert f"{ALL} configs looked at" in toasts(app)
        assert "0 fine, 14 with a new baseline" in toasts(app)
        await until(pilot, lambda: counts(app) == {"NEW-BASELINE": ALL})
        assert len(digests(lively)) == ALL
        assert (await verify(pilot, "14 of them have one")).state is JobState.DONE
        await until(pilot, lambda: counts(app) == {"VERIFIED": ALL})
        assert rows(app)[-1].startswith("= VERIFIED 14 verified since 2026-01-02 03:04:05: every file is what")
        assert app.session.log[-1].line == f"pkgstore verify --resume --store {lively.root}"


async def test_a_changed_file_with_all_that_an_admin_asks(lively: StoreBuilder):
    verified(lively)
    path = shared_and_changed(lively)
    app = opened(lively)
    async with app.run_test(size=SIZE) as pilot:
        await open_health(pilot)
        await press(pilot, "V")
        await planned(pilot, "14 of them have one")
        job = await confirmed(pilot)
        await until(pilot, lambda: not job.is_running)
        table = app.screen.query_one("#lines")
        await until(pilot, lambda: len(table.rows) == 1)
        assert f"CHANGED  sf 1.0-16 ({SF[:8]}/{SF[65:73]})" in table.render_line(0).text
        await over(pilot, job)
        await until(pilot, lambda: counts(app) == {"CHANGED": 1, "VERIFIED": ALL - 1})
        assert rows(app)[0].startswith("E CHANGED 1")
        assert "4 errors" in crumbs(app), "three of the check, and this one"

        await into(pilot, "CHANGED")
        assert rows(app)[0].startswith(f"sf 1.0-16 {SF[65:73]} {MAIN} R/sf.rdb: size 15 → 31 worker maps-5d0")
        await press(pilot, "enter")
        await until(pilot, lambda: crumbs(app).startswith("CHANGED › sf 1.0-16"))
        await press(pilot, "i")
        facts = app.screen.query_one(Facts)
        await until(pilot, lambda: facts.facts)
        told = [(fact.label, fact.value) for fact in facts.facts]
        assert ("file", "R/sf.rdb") in told
        assert ("inode", str(path.stat().st_ino)) in told
        assert ("shared with", "worker maps-5d0c91f2") in told
        assert ("served to", "worker maps-5d0c91f2") in told
        assert ("", "maps (current)") in told
        assert any(label == "since" and value.startswith("20") for label, value in told)
        assert "worker maps-5" in rows(app)[0]
        await press(pilot, "enter")
        await until(pilot, lambda: getattr(app.screen, "path", "") == str(path), "the file is shown")


async def test_the_overview_counts_it_too(lively: StoreBuilder):
    verified(lively)
    shared_and_changed(lively)
    app = opened(lively)
    async with app.run_test(size=SIZE) as pilot:
        await open_health(pilot)
        await verify(pilot)
        await press(pilot, "1")
        await until(pilot, lambda: isinstance(app.screen, OverviewScreen))
        await until(pilot, lambda: dict(app.screen.digest.by_code).get("CHANGED") == 1 if app.screen.digest else 0)
        codes = [code for code, _ in app.screen.digest.by_code]
        assert codes[0] == "CHANGED"
        assert "VERIFIED" not in codes


async def test_what_could_not_be_read_proves_nothing(lively: StoreBuilder, monkeypatch: pytest.MonkeyPatch):
    verified(lively)
    real = os.open

    def refuse(path, *args, **more):
        if path == "sf.rdb":
            raise PermissionError(13, "Permission denied")
        return real(path, *args, **more)

    monkeypatch.setattr(os, "open", refuse)
    app = opened(lively)
    async with app.run_test(size=SIZE) as pilot:
        await open_health(pilot)
        await verify(pilot)
        await until(pilot, lambda: counts(app) == {"UNREAD": 2, "VERIFIED": ALL - 2})
        await into(pilot, "UNREAD")
        assert found_text(health(app).row) == "R/sf.rdb: cannot be read: Permission denied"
        assert "Quarantine" not in footer(app)


async def test_a_damaged_baseline_blames_no_tree(lively: StoreBuilder):
    verified(lively)
    (lively.root / ".pkgstore" / "digests" / MAIN / "sf" / f"{SF}.json").write_text("{")
    app = opened(lively)
    async with app.run_test(size=SIZE) as pilot:
        await open_health(pilot)
        await verify(pilot)
        await until(pilot, lambda: counts(app) == {"DAMAGED": 1, "VERIFIED": ALL - 1})
        await verify(pilot)
        await until(pilot, lambda: counts(app) == {"VERIFIED": ALL})


async def test_the_files_of_libraries_too(lively: StoreBuilder):
    verified(lively)
    app = opened(lively)
    async with app.run_test(size=SIZE) as pilot:
        await open_health(pilot)
        await press(pilot, "V")
        app.screen.query_one("#libraries", Choices).take("libraries")
        await planned(pilot, "libraries: 3 workers")
        job = await confirmed(pilot)
        await over(pilot, job)
        assert "--libraries" in job.command
        await until(pilot, lambda: counts(app) == {"LIBRARY-DRIFT": 2, "LIBRARY-UNREAD": 1, "VERIFIED": ALL})
        await into(pilot, "LIBRARY-DRIFT")
        assert rows(app)[0].startswith("worker maps-5d0c91f2 4 Rcpp the package is not in the library …")
        await press(pilot, "enter")
        await until(pilot, lambda: app.current_mode == "workers")
        assert crumbs(app).startswith("maps-5d0c91f2")


async def test_what_is_gone_or_made_anew_is_told_of_no_more(lively: StoreBuilder):
    verified(lively)
    app = opened(lively)
    async with app.run_test(size=SIZE) as pilot:
        await open_health(pilot)
        await verify(pilot)
        await until(pilot, lambda: counts(app) == {"VERIFIED": ALL})
        lively.package("sf").source("1.0-16")
        os.rename(tree_of(lively), tree_of(lively).with_name("aside"))
        os.mkdir(tree_of(lively))
        lively.package("sf").source("1.0-16").locked("1s")
        app.session.reread([ConfigKey(MAIN, "sf", *SF.split("/")).source])
        await until(pilot, lambda: counts(app) == {"VERIFIED": ALL - 1})


# --- parts, time, going on --------------------------------------------------------------------------------------


async def test_cancelled_half_way_and_gone_on_with(lively: StoreBuilder, monkeypatch: pytest.MonkeyPatch):
    gate = hold_up(monkeypatch, 5)
    app = opened(lively)
    async with app.run_test(size=SIZE) as pilot:
        await open_health(pilot)
        await press(pilot, "V")
        await planned(pilot, "none of this kind was stopped")
        job = await confirmed(pilot)
        await until(pilot, gate.reached.is_set)
        await until(pilot, lambda: job.progress.done == 4)
        await press(pilot, "c")
        gate.open.set()
        await until(pilot, lambda: job.state is JobState.CANCELLED)
        lines = app.screen.query_one("#lines")
        await until(pilot, lambda: lines.rows)
        said_last = lines.rows[-1].text
        assert said_last.startswith("stopped behind ")
        assert said_last.endswith(f"4 of {ALL} configs looked at; V goes on there")
        await over(pilot, job)
        await until(pilot, lambda: counts(app) == {"NEW-BASELINE": 4})

        await press(pilot, "V")
        text = await planned(pilot, "goes on behind 4 configs that an earlier run looked at")
        assert f"would read: {ALL - 4} configs" in text
        await over(pilot, await confirmed(pilot))
        await until(pilot, lambda: counts(app) == {"NEW-BASELINE": ALL})
        await press(pilot, "V")
        await planned(pilot, f"would read: {ALL} configs")


async def test_an_earlier_session_or_the_command_line_is_gone_on_with(lively: StoreBuilder):
    verified(lively, "--for", "0s")
    app = opened(lively)
    async with app.run_test(size=SIZE) as pilot:
        await open_health(pilot)
        await press(pilot, "V")
        await planned(pilot, "goes on behind 1 config that")
        app.screen.query_one("#begin", Choices).take("anew")
        await planned(pilot, f"would read: {ALL} configs")


async def test_for_a_while_and_a_part_and_a_pace(lively: StoreBuilder):
    app = opened(lively)
    async with app.run_test(size=SIZE) as pilot:
        await open_health(pilot)
        await press(pilot, "V")
        for name, text in (("part", "1/1"), ("time", "0s"), ("rate", "50M")):
            app.screen.query_one(f"#{name}", Input).value = text
        await until(pilot, lambda: app.screen.proposal and "--for 0s" in app.screen.proposal.command)
        job = await confirmed(pilot)
        await until(pilot, lambda: not job.is_running)
        assert job.command == (
            f"pkgstore verify --subset 1/1 --resume --throttle 50M --for 0s --store {lively.root}"
        )
        assert job.events[0].text == f"the time is up: {ALL - 1} configs left; V goes on there"
        await over(pilot, job)
        await until(pilot, lambda: counts(app) == {"NEW-BASELINE": 1})


@pytest.mark.parametrize(
    ("field", "text", "wrong"),
    [("part", "9/7", "is no part of a whole"), ("time", "soon", "soon"), ("rate", "fast", "is no size")],
)
async def test_what_cannot_be_read_is_told(lively: StoreBuilder, field: str, text: str, wrong: str):
    app = opened(lively)
    async with app.run_test(size=SIZE) as pilot:
        await open_health(pilot)
        await press(pilot, "V")
        await planned(pilot, "would read")
        app.screen.query_one(f"#{field}", Input).value = text
        await planned(pilot, wrong)
        assert app.screen.query_one("#yes").disabled
        await press(pilot, "escape")
        assert not app.session.jobs.all


async def test_one_platform(lively: StoreBuilder):
    app = opened(lively)
    async with app.run_test(size=SIZE) as pilot:
        await open_health(pilot)
        await press(pilot, "V")
        await planned(pilot, "would read")
        app.screen.query_one("#scope", Choices).take(OLD)
        await planned(pilot, "would read: 2 configs")
        job = await confirmed(pilot)
        await over(pilot, job)
        assert f"--platform {OLD}" in job.command
        await until(pilot, lambda: counts(app) == {"NEW-BASELINE": 2})


# --- from other views -------------------------------------------------------------------------------------------


async def test_just_the_configs_of_a_row_or_the_marked_ones(lively: StoreBuilder):
    app = opened(lively)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, *"jjjjjj", "V")
        await planned(pilot, "would read: 2 configs")
        assert isinstance(app.screen, VerifyDialog)
        assert "just these 2 configs" in app.screen.query_one("#scope", Choices).text
        await press(pilot, "escape")
        await press(pilot, "g", "space", "space", "V")
        await planned(pilot, "would read: 3 configs")
        job = await confirmed(pilot)
        await over(pilot, job)
        assert job.title == "verify the 2 marked rows"
        assert job.command.startswith("pkgstore verify BH@")
        assert f"--platform {MAIN}" in job.command
        await press(pilot, "6")
        await until(pilot, lambda: app.current_mode == "health" and health(app).digest)
        await until(pilot, lambda: counts(app) == {"NEW-BASELINE": 3})


async def test_a_part_of_what_was_chosen_is_refused(lively: StoreBuilder):
    app = opened(lively)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "V")
        await planned(pilot, "would read: 1 config")
        app.screen.query_one("#part", Input).value = "1/7"
        await planned(pilot, "what was chosen has no parts")


async def test_a_finding_leads_to_its_config(lively: StoreBuilder):
    app = opened(lively)
    async with app.run_test(size=SIZE) as pilot:
        await open_health(pilot)
        await into(pilot, "ORPHAN-TREE")
        await press(pilot, "V")
        await planned(pilot, "would read: 1 config")


async def test_rows_that_are_no_configs_have_no_such_key(lively: StoreBuilder):
    app = opened(lively)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "7")
        await until(pilot, lambda: app.current_mode == "activity")
        await press(pilot, "V")
        assert app.screen.VIEW == "activity"


# --- locked -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{"write": False}, {"write": True, "read_only": True}], ids=["locked", "ro"])
async def test_locked_it_reads_and_writes_nothing(
    lively: StoreBuilder, options: dict[str, bool], monkeypatch: pytest.MonkeyPatch
):
    gate = hold_up(monkeypatch, 3)
    app = opened(lively, **options)
    with untouched(lively.root):
        async with app.run_test(size=SIZE) as pilot:
            await open_health(pilot)
            await press(pilot, "V")
            text = await planned(pilot, "baselines")
            assert "writes: nothing, as the store is locked" in text
            assert "14 have none: nobody knows what they were" in text
            job = await confirmed(pilot)
            await until(pilot, gate.reached.is_set)
            job.cancel.set()
            gate.open.set()
            await over(pilot, job)
            assert job.command == f"pkgstore verify --no-record --store {lively.root}"
            await until(pilot, lambda: counts(app) == {"NO-BASELINE": 2})
            await press(pilot, "V")
            await planned(pilot, "goes on behind 2 configs")
            await over(pilot, await confirmed(pilot))
            await until(pilot, lambda: counts(app) == {"NO-BASELINE": ALL})
            before = app.screen
            await press(pilot, "B")
            assert app.screen is before
    assert not digests(lively)


async def test_locked_behind_the_dialog_it_writes_nothing(lively: StoreBuilder):
    app = opened(lively)
    async with app.run_test(size=SIZE) as pilot:
        await open_health(pilot)
        await press(pilot, "V")
        await planned(pilot, "baselines")
        app.session.set_lock(unlocked=False)
        job = await confirmed(pilot)
        await over(pilot, job)
        assert job.state is JobState.DONE
        await until(pilot, lambda: counts(app) == {"NO-BASELINE": ALL})
    assert not digests(lively)
    assert not (lively.root / ".pkgstore").exists()


async def test_a_store_that_takes_no_baselines_says_so(lively: StoreBuilder):
    (lively.root / ".pkgstore").mkdir()
    (lively.root / ".pkgstore" / "digests").write_text("a file in the folder's place")
    app = opened(lively)
    async with app.run_test(size=SIZE) as pilot:
        await open_health(pilot)
        await press(pilot, "V")
        await planned(pilot, "would read")
        job = await confirmed(pilot)
        await until(pilot, lambda: not job.is_running)
        assert isinstance(app.screen, JobScreen)
        table = app.screen.query_one("#lines")
        await until(pilot, lambda: any("nothing can be written down" in table.render_line(y).text for y in (0, 1)))
        await over(pilot, job)
        await until(pilot, lambda: counts(app) == {"NO-BASELINE": ALL})


async def test_a_saved_scan_has_no_contents(lively: StoreBuilder):
    app = make_app(lively.root, saved=SavedScan(read_snapshot(str(lively.root)), NOW, "1"))
    async with app.run_test(size=SIZE) as pilot:
        await open_health(pilot)
        assert "Verify" not in footer(app)
        before = app.screen
        await press(pilot, "V")
        assert app.screen is before


async def test_nothing_of_it_is_in_the_journal(lively: StoreBuilder):
    app = opened(lively)
    async with app.run_test(size=SIZE) as pilot:
        await open_health(pilot)
        await verify(pilot)
    assert past(lively) == ()
