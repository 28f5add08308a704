"""The jobs of this session, newest first."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.binding import BindingType

from pkgstore_tui.format import human_age
from pkgstore_tui.jobs import Job, JobState
from pkgstore_tui.screens.dialog import dialog_bindings
from pkgstore_tui.screens.job import JobScreen, outcome, pace_text
from pkgstore_tui.screens.session_list import SessionList
from pkgstore_tui.widgets.cells import Cell, Part, Tone
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.row_table import RowTable

_TONES: dict[JobState, Tone] = {
    JobState.RUNNING: "accent",
    JobState.DONE: "good",
    JobState.CANCELLED: "warn",
    JobState.FAILED: "bad",
}


class JobsScreen(SessionList):
    """What was started, and what it came to."""

    SCOPE: ClassVar[str] = "jobs"
    BINDINGS: ClassVar[list[BindingType]] = dialog_bindings("jobs")
    HEADING = "Jobs of this session"
    EMPTY = "no job was started in this session"

    def columns(self) -> Sequence[Column[Job]]:
        """What it is, how it is going, and what it came to."""
        return (
            Column("JOB", lambda job: job.title, 14, grow=2, most=50),
            Column("STATE", lambda job: Part(job.state.value, _TONES[job.state]), 9),
            Column("STARTED", self._started, 11, 1, right=True),
            Column("RESULT", _result, 16, 2, grow=3, most=90),
        )

    def rows(self) -> Sequence[Job]:
        """The jobs."""
        return tuple(reversed(self.session.jobs.all))

    def _started(self, job: Job) -> Cell:
        age = human_age(max(0.0, self.session.clock() - job.started))
        return age if age == "now" else f"{age} ago"

    @on(RowTable.RowSelected)
    def action_open(self) -> None:
        """Look at one."""
        if self.table.row is not None:
            self.app.push_screen(JobScreen(self.session, self.table.row))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is nothing to open in an empty list."""
        del parameters
        return action != "open" or bool(self.session.jobs.all)


def _result(job: Job) -> Cell:
    if job.is_running:
        fraction, pace = job.progress.fraction, pace_text(job)
        said = "…" if fraction is None else f"{fraction:.0%}"
        return Part("  ".join(text for text in (said, pace, job.progress.doing) if text), "muted")
    text, tone = outcome(job)
    return Part(text, tone)
