"""Several jobs at once: their pace and remaining time, wherever jobs are shown; results that stay; quitting."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

from acting import open_activity, shown, toasts
from scenarios import make_app, press, settled, until

from builders import StoreBuilder
from pkgstore.keys import ConfigKey
from pkgstore.operations.events import Done, Event, EvictResult, Removed
from pkgstore.progress import Cancel, Progress
from pkgstore_tui.jobs import Jobs, Pace, pace
from pkgstore_tui.screens.job import JobScreen, pace_text
from pkgstore_tui.screens.jobs import JobsScreen
from pkgstore_tui.screens.question import Question
from pkgstore_tui.widgets.bars import ProgressStrip, StatusLine

MIB = 1024 * 1024


class Half:
    """An operation on 200 configs that stands still after 50, until it may go on."""

    def __init__(self) -> None:
        self.stands, self.may_go = threading.Event(), threading.Event()

    def __call__(self, cancel: Cancel, progress: Progress) -> Iterator[Event]:
        progress.start(200, "evicting")
        for number in range(200):
            cancel.check()
            if number == 50:
                self.stands.set()
                while not self.may_go.wait(0.01):
                    cancel.check()
            yield Removed(ConfigKey("p", f"pkg{number}", "a", "b"), operation="x", held=MIB)
            progress.step(f"pkg{number}")
        yield Done(EvictResult(removed=200, operation="x", held=200 * MIB))


def with_clock(app: Any) -> Callable[[float], None]:
    """Let the jobs' clock stand; gives what puts it on."""
    now = [1000.0]
    app.session.jobs.ticks = lambda: now[0]
    return lambda seconds: now.__setitem__(0, now[0] + seconds)


async def test_two_jobs_at_once_each_with_its_pace(lively: StoreBuilder):
    app = make_app(lively.root, write=True)
    put_on = with_clock(app)
    first, second = Half(), Half()
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        app.session.run("evict one", first)
        await until(pilot, first.stands.is_set)
        put_on(5)
        app.session.run("evict two", second)
        await until(pilot, second.stands.is_set)
        assert any(row.startswith("job evict two now running, 25%") and "/s" not in row for row in shown(app)), (
            "nobody can tell yet"
        )
        put_on(5)
        await until(pilot, lambda: "job evict one now running, 25%, 5/s, 5.0 MiB/s, 30s left" in shown(app))
        await until(pilot, lambda: "job evict two now running, 25%, 10/s, 10.0 MiB/s, 15s left" in shown(app))
        status = app.screen.query_one(StatusLine)
        await until(pilot, lambda: "evict one 25%, 30s left and 1 more job" in status.text)
        await press(pilot, "J")
        assert isinstance(app.screen, JobsScreen)
        rows = [" ".join(app.screen.table.render_line(y).text.split()) for y in (1, 2)]
        assert rows[0].startswith("evict two running now 25% 10/s, 10.0 MiB/s, 15s left pkg49")
        assert rows[1].startswith("evict one running now 25% 5/s, 5.0 MiB/s, 30s left pkg49")
        await press(pilot, "j", "enter")
        assert isinstance(app.screen, JobScreen)
        strip = app.screen.query_one(ProgressStrip)
        await until(pilot, lambda: strip.label.startswith("50 of 200  5/s, 5.0 MiB/s, 30s left  pkg49"))
        await press(pilot, "escape", "escape")
        first.may_go.set()
        await until(pilot, lambda: len(app.session.jobs.running) == 1, "one is over, though nobody looks at it")
        await until(pilot, lambda: "200 configs moved to the trash" in toasts(app))
        await until(pilot, lambda: any(row.startswith("job evict one now 200 configs moved") for row in shown(app)))
        second.may_go.set()
        await until(pilot, lambda: not app.session.jobs.running)
        await press(pilot, "J")
        rows = [" ".join(app.screen.table.render_line(y).text.split()) for y in (1, 2)]
        assert all("done" in row and "200 configs moved to the trash" in row for row in rows), "results are kept"


async def test_a_job_outlives_its_dialog_and_quitting_asks(lively: StoreBuilder):
    app = make_app(lively.root, write=True)
    half = Half()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        job = app.session.run("evict one", half)
        app.push_screen(JobScreen(app.session, job))
        await until(pilot, lambda: isinstance(app.screen, JobScreen))
        await press(pilot, "escape")
        assert job.is_running
        await press(pilot, "q")
        assert isinstance(app.screen, Question)
        assert app.focused.id == "no"
        await press(pilot, "escape")
        assert job.is_running
        half.may_go.set()
        await until(pilot, lambda: not job.is_running)
        assert job.result is not None
        await press(pilot, "q")
    assert app.return_code == 0


def test_the_pace_follows_from_what_is_done_and_the_time():
    progress = Progress(lambda: 10.0)
    assert pace(progress, 0, 5.0) is None
    progress.start(40)
    assert progress.began == 10.0
    assert pace(progress, 0, 5.0) is None, "nothing is done"
    progress.step(count=10)
    assert pace(progress, 100, 0.5) is None, "too early"
    assert pace(progress, 100, 5.0) == Pace(2.0, 20.0, 15.0)
    progress.total = None
    assert pace(progress, 100, 5.0) == Pace(2.0, 20.0, None)
    progress.start(40)
    assert progress.done == 0


def test_a_slow_job_is_told_by_the_minute():
    now = [0.0]
    half = Half()
    jobs = Jobs(lambda _job: None, ticks=lambda: now[0])
    job = jobs.start("slow", half)
    assert half.stands.wait(30)
    now[0] = 200.0
    assert pace_text(job) == "15/min, 256.0 KiB/s, 10min left"
    half.may_go.set()
    assert job.thread is not None
    job.thread.join(30)
    assert pace_text(job) == "", "it is over"
