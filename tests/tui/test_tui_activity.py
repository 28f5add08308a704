"""The activity view: locks, what was left over, jobs, and what lies in the trash; all ages live."""

import os

import pytest
from scenarios import NOW, left_over, make_app, press, settled, until

from builders import StoreBuilder, entry, write_lockfile
from pkgstore.operations.events import Done, EvictResult
from pkgstore_tui.screens.activity import ActivityScreen
from pkgstore_tui.screens.job import JobScreen
from pkgstore_tui.widgets.bars import Breadcrumb, KeyBar
from pkgstore_tui.widgets.facts import Facts


def view(app) -> ActivityScreen:
    screen = app.screen
    assert isinstance(screen, ActivityScreen)
    return screen


def shown(app) -> list[str]:
    table = view(app).table
    return [" ".join(table.render_line(y).text.split()) for y in range(1, 1 + len(table.rows))]


async def open_activity(pilot) -> None:
    await settled(pilot)
    await press(pilot, "7")
    await until(pilot, lambda: isinstance(pilot.app.screen, ActivityScreen) and view(pilot.app).table.rows)
    await until(pilot, lambda: view(pilot.app).is_arranged)


async def test_nothing_going_on(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        assert shown(app) == [
            "lock none",
            "build none",
            "staging none",
            "worker none no library was left over",
            "sweeper off",
            "job none",
            "trash none evicted trees wait here",
            "journal none changes will stand here",
        ]
        assert app.screen.query_one(Breadcrumb).text == "Activityall quiet"
        await press(pilot, "enter", "i", "G", "r", "w", "escape")


async def test_locks_and_what_was_left_over(lively: StoreBuilder):
    left_over(lively)
    trash = lively.root / ".pkgstore" / "trash" / "evict-1a2b3c"
    trash.mkdir(parents=True)
    (trash / "file").write_bytes(b"x" * 2048)
    os.utime(trash, (NOW - 600, NOW - 600))
    app = make_app(lively.root)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        await until(pilot, lambda: "2.0 KiB" in shown(app)[-2], "the folders are measured")
        rows = shown(app)
        assert rows[0] == "lock BH 1.84.0-0 50min left by a crash"
        assert rows[1] == "lock sf 1.0-16 12min may be broken in 18min"
        assert rows[2].startswith("build 6c1f-build 3d left by a crash ")
        assert rows[2].endswith(" B")
        assert rows[-2].startswith("trash evict-1a2b3c 10min deleted by the next eviction")
        assert app.screen.query_one(Breadcrumb).text == "Activity2 locks · 1 build · 1 in the trash"
        assert lively.root.joinpath(".pkgstore").exists()


async def test_ages_are_live(lively: StoreBuilder):
    left_over(lively)
    now = [NOW]
    app = make_app(lively.root, clock=lambda: now[0])
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        now[0] += 120
        view(app).redraw()
        assert shown(app)[1] == "lock sf 1.0-16 14min may be broken in 16min"
        now[0] += 20 * 60
        view(app).redraw()
        assert shown(app)[1] == "lock sf 1.0-16 34min left by a crash"


@pytest.mark.parametrize("write", [False, True])
async def test_enter_on_a_lock_and_on_a_build(lively: StoreBuilder, write: bool):
    left_over(lively)
    app = make_app(lively.root, write=write)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        assert ("Evict" in app.screen.query_one(KeyBar).text) is write
        await press(pilot, "j", "enter")
        await until(pilot, lambda: app.current_mode == "packages")
        assert app.screen.query_one(Breadcrumb).text.split(" › ")[1].startswith("sf")
        await press(pilot, "7", "j", "enter")
        await until(pilot, lambda: app.current_mode == "why")
        await until(
            pilot, lambda: app.screen.query_one(Breadcrumb).text == "6c1f-build for a build1 package: 1 hit"
        )


async def test_a_job_appears_and_can_be_looked_at(lively: StoreBuilder):
    def events(cancel, progress):
        yield Done(EvictResult(2, 0, 0, 4096))

    app = make_app(lively.root, write=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        job = app.session.run("evict 4.5", events)
        await until(pilot, lambda: not job.is_running and any("evict 4.5" in row for row in shown(app)))
        await until(pilot, lambda: "job evict 4.5 now 2 configs removed, 4.0 KiB freed" in shown(app))
        await press(pilot, "g", "j", "j", "j", "j", "j", "enter")
        await until(pilot, lambda: isinstance(app.screen, JobScreen))
        await press(pilot, "escape")
        assert isinstance(app.screen, ActivityScreen)


async def test_details(lively: StoreBuilder):
    left_over(lively)
    app = make_app(lively.root)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        await press(pilot, "i")
        facts = app.screen.query_one(Facts)
        await until(pilot, lambda: any(fact.value.endswith(".lock") for fact in facts.facts))
        await press(pilot, "j", "j")
        await until(pilot, lambda: any(fact.value == "names 1 package; enter explains it" for fact in facts.facts))
        await press(pilot, "G")
        await until(pilot, lambda: any(fact.value == "none; changes will stand here" for fact in facts.facts))


async def test_filter_by_kind_and_age(lively: StoreBuilder):
    left_over(lively)
    app = make_app(lively.root)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        view(app).choose(text="kind:lock age>30min")
        await until(pilot, lambda: [row.name for row in view(app).table.rows] == ["BH 1.84.0-0"])


async def test_a_build_that_appears_and_goes(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        work = lively.work("abcd")
        write_lockfile(work / "pak.lock", entry("dplyr", "1.1.4"))
        for path in (work / "pak.lock", work):
            os.utime(path, (NOW - 60, NOW - 60))
        await press(pilot, "R")
        await until(pilot, lambda: any(row.startswith("build abcd 1min in progress") for row in shown(app)))
        work.rename(lively.root.parent / "gone")
        await press(pilot, "R")
        await until(pilot, lambda: "build none" in shown(app))
