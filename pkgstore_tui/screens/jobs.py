"""The jobs of this session, newest first."""

from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from pkgstore_tui.format import human_age
from pkgstore_tui.jobs import SAMPLE, Job, JobState
from pkgstore_tui.screens.dialog import DialogScreen, dialog_bindings
from pkgstore_tui.screens.job import JobScreen, outcome
from pkgstore_tui.session import Session
from pkgstore_tui.widgets.bars import KeyBar
from pkgstore_tui.widgets.cells import Cell, Part, Tone
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.row_table import RowTable

_TONES: dict[JobState, Tone] = {
    JobState.RUNNING: "accent",
    JobState.DONE: "good",
    JobState.CANCELLED: "warn",
    JobState.FAILED: "bad",
}


class JobsScreen(DialogScreen[None]):
    """What was started, and what it came to."""

    SCOPE: ClassVar[str] = "jobs"
    BINDINGS: ClassVar[list[BindingType]] = dialog_bindings("jobs")

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    def compose(self) -> ComposeResult:
        """One table."""
        with Vertical(id="frame") as frame:
            frame.border_title = "Jobs of this session"
            yield RowTable[Job](
                [
                    Column("JOB", lambda job: job.title, 14, grow=2, most=50),
                    Column("STATE", lambda job: Part(job.state.value, _TONES[job.state]), 9),
                    Column("STARTED", self._started, 11, 1, right=True),
                    Column("RESULT", _result, 16, 2, grow=3, most=90),
                ],
                id="jobs",
                empty="no job was started in this session",
            )
            yield KeyBar()

    def on_mount(self) -> None:
        """Look at them ten times a second."""
        self.table.focus()
        self.set_interval(SAMPLE, self.sample)
        self.sample()

    @property
    def table(self) -> RowTable[Any]:
        """The jobs."""
        return self.query_one("#jobs", RowTable)

    def _started(self, job: Job) -> Cell:
        age = human_age(max(0.0, self.session.clock() - job.started))
        return age if age == "now" else f"{age} ago"

    def sample(self) -> None:
        """Show them as they are now."""
        newest = tuple(reversed(self.session.jobs.all))
        if newest != self.table.rows:
            self.table.set_rows(newest)
            self.refresh_bindings()
        self.table.refresh()

    @on(RowTable.RowSelected)
    def action_open(self) -> None:
        """Look at one."""
        if self.table.row is not None:
            self.app.push_screen(JobScreen(self.session, self.table.row))

    def action_leave(self) -> None:
        """Leave the list."""
        self.dismiss(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is nothing to open in an empty list."""
        del parameters
        return action != "open" or bool(self.session.jobs.all)


def _result(job: Job) -> Cell:
    if job.is_running:
        fraction = job.progress.fraction
        return Part("…" if fraction is None else f"{fraction:.0%}  {job.progress.doing}", "muted")
    text, tone = outcome(job)
    return Part(text, tone)
