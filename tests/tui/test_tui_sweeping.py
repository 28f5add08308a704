"""The background sweeper: it starts after a dry look, sweeps as jobs, and stops with the program."""

import os
import shutil
import time
from pathlib import Path
from typing import Any

from acting import can_confirm, cli, go_to_row, open_activity, past, planned, shown, toasts, told_alike, view
from scenarios import MAIN, NOW, make_app, press, until
from test_tui_readonly import untouched

from builders import StoreBuilder
from pkgstore.progress import Cancel
from pkgstore_tui.app import PkgstoreApp
from pkgstore_tui.screens.question import Question
from pkgstore_tui.widgets.bars import StatusLine
from pkgstore_tui.widgets.facts import Facts


async def started(pilot, retention: str = "40d") -> PkgstoreApp:
    """The sweeper is on, after its question."""
    app = pilot.app
    await open_activity(pilot)
    await press(pilot, "b")
    app.screen.query_one("#retention").value = retention
    await planned(pilot, "first at")
    await press(pilot, "enter")
    assert app.focused.id == "no"
    await press(pilot, "tab", "enter")
    await until(pilot, lambda: "the sweeper is on" in toasts(app))
    return app


def sweeper_row(app: PkgstoreApp) -> str:
    return next(row for row in shown(app) if row.startswith("sweeper"))


async def test_it_is_started_after_a_dry_look_and_says_when_it_runs(lively: StoreBuilder):
    now = [NOW]
    app = make_app(lively.root, platform=MAIN, write=True, clock=lambda: now[0])
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        assert sweeper_row(app) == "sweeper off"
        with untouched(lively.root):
            await press(pilot, "b")
            text = await planned(pilot, "a sweep would take 4 configs")
            assert "sweeps: every 24h, first at 2026-01-03 03:04:05" in text
            assert "is emptied of what is older than 7d" in text
            await press(pilot, "escape")
            assert "nothing changed" in toasts(app)
            assert not app.session.sweeping.is_on
            await started(pilot)
            await until(pilot, lambda: sweeper_row(app) == "sweeper on next run in 24h")
            now[0] += 23.5 * 3600
            view(app).redraw()
            assert sweeper_row(app) == "sweeper on next run in 30min"
            await until(pilot, lambda: "sweeper: next run in 30min" in app.screen.query_one(StatusLine).text)
            await go_to_row(pilot, "sweeper")
            await press(pilot, "i")
            facts = app.screen.query_one(Facts)
            await until(pilot, lambda: ("retention", "40d") in [(f.label, f.value) for f in facts.facts])
    assert not app.session.sweeping.is_on, "it stops with the program"


async def test_a_sweep_is_a_job_and_does_what_the_command_does(lively: StoreBuilder, tmp_path: Path):
    other = StoreBuilder(shutil.copytree(lively.root.parent, tmp_path / "other") / lively.root.name)
    app = make_app(lively.root, platform=MAIN, write=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await started(pilot)
        app.session.sweeping.wake()
        await until(pilot, lambda: "4 configs moved to the trash" in toasts(app))
        await until(pilot, lambda: "next run in 24h; last: 4 configs moved" in sweeper_row(app))
        assert any(row.startswith("job sweep now 4 configs moved") for row in shown(app))
        await until(pilot, lambda: any(row.startswith("journal sweep of 4 configs") for row in shown(app)))
        app.session.sweeping.wake()
        await until(pilot, lambda: len(app.session.jobs.all) == 2 and not app.session.jobs.running)
        await until(pilot, lambda: "last: 0 configs" in sweeper_row(app))
    (swept,) = past(lively)
    assert swept.command == f"pkgstore sweep --platform {MAIN} --retention 40d --store {lively.root}"
    since = f"{int(time.time() - NOW) + 40 * 86400}s"
    cli("sweep", "--once", "--retention", since, "--platform", MAIN, "--store", other.root)
    by_key, by_command = map(told_alike, (swept, *past(other)))
    assert len(by_key["items"]) == 4
    assert without_reasons(by_key) == without_reasons(by_command)


def without_reasons(told: dict[str, Any]) -> dict[str, Any]:
    """They say how long it was not used."""
    items = [{name: value for name, value in item.items() if name != "reason"} for item in told["items"]]
    return told | {"items": items}


async def test_b_stops_it(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN, write=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await started(pilot)
        await press(pilot, "b")
        await planned(pilot, "state: next run in 24h")
        assert app.focused.id == "no"
        await press(pilot, "enter")
        assert app.session.sweeping.is_on
        await press(pilot, "b")
        await planned(pilot, "nothing is half done")
        await press(pilot, "tab", "enter")
        await until(pilot, lambda: "the sweeper is off" in toasts(app))
        await until(pilot, lambda: sweeper_row(app) == "sweeper off")
    assert not past(lively)


async def test_quitting_asks_only_while_it_sweeps(lively: StoreBuilder, monkeypatch):
    def sweeps_until_cancelled(_place, _rule, _now, _actor, cancel: Cancel, progress):
        progress.start(10, "sweeping")
        while not cancel.wait(0.01):
            pass
        cancel.check()
        yield

    monkeypatch.setattr("pkgstore_tui.session.sweeping.sweep_events", sweeps_until_cancelled)
    app = make_app(lively.root, platform=MAIN, write=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await started(pilot)
        app.session.sweeping.wake()
        await until(pilot, lambda: sweeper_row(app) == "sweeper on sweeping …")
        await press(pilot, "q")
        assert isinstance(app.screen, Question)
        assert app.focused.id == "no"
        await press(pilot, "enter")
        assert app.is_running
        await press(pilot, "b")
        await planned(pilot, "stops between two packages")
        await press(pilot, "tab", "enter")
        await until(pilot, lambda: not app.session.jobs.running, "the sweep stopped")
        await until(pilot, lambda: "off" in sweeper_row(app))
        await started(pilot)
        await press(pilot, "q")
    assert app.return_code == 0, "it did not ask"
    assert not app.session.sweeping.is_on


async def test_locking_stops_it(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN, write=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await started(pilot)
        await press(pilot, "W")
        assert not app.session.sweeping.is_on
        await until(pilot, lambda: sweeper_row(app) == "sweeper off")


async def test_a_root_that_cannot_be_read_is_said_and_the_next_sweep_comes(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN, write=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await started(pilot)
        broken = lively.root / ".workers" / "maps-5d0c91f2" / ".packages.json"
        whole = broken.read_text()
        broken.write_text("{")
        before = sorted(os.listdir(lively.root / MAIN))
        app.session.sweeping.wake()
        await until(pilot, lambda: ".packages.json" in toasts(app))
        assert sorted(os.listdir(lively.root / MAIN)) == before
        await until(pilot, lambda: "next run in 24h; last: " in sweeper_row(app))
        broken.write_text(whole)
        app.session.sweeping.wake()
        await until(pilot, lambda: "4 configs moved to the trash" in toasts(app))


async def test_a_retention_of_0_starts_nothing(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN, write=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        await press(pilot, "b")
        for text, said in (("0", "keeps everything"), ("soon", "is no duration")):
            app.screen.query_one("#retention").value = text
            await planned(pilot, said)
            assert not can_confirm(app)
