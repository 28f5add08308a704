"""One job: how far it is, what it said, what it came to. Leaving it does not stop it."""

from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from pkgstore.operations.events import (
    Carried,
    Done,
    Failed,
    Ingested,
    Kept,
    Linked,
    Missed,
    Noticed,
    Removed,
    Skipped,
)
from pkgstore.operations.verify_events import LibraryVerified, NotRecorded, Outcome, Verified, VerifyDone
from pkgstore_tui.format import human_age, human_bytes, safe_text
from pkgstore_tui.jobs import SAMPLE, Job, JobEvent, JobState
from pkgstore_tui.screens.dialog import DialogScreen, dialog_bindings
from pkgstore_tui.screens.job_words import line_of, outcome_text, undo_text
from pkgstore_tui.session import Session
from pkgstore_tui.widgets.bars import KeyBar, ProgressStrip
from pkgstore_tui.widgets.cells import Part, Tone
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.row_table import RowTable


def tone_of(event: JobEvent) -> Tone:
    """How much an event wants to be seen."""
    match event:
        case Failed() | Verified(outcome=Outcome.CHANGED):
            return "bad"
        case Missed() | Noticed() | Verified() | LibraryVerified() | NotRecorded():
            return "warn"
        case Linked() | Ingested() | Removed():
            return ""
        case Kept() | Carried() | Skipped():
            return "muted"
    return "accent"


def outcome(job: Job) -> tuple[str, Tone]:
    """What a job came to, in one line."""
    if job.state is JobState.RUNNING:
        return "", ""
    if job.state is JobState.FAILED:
        return job.error, "bad"
    if job.state is JobState.CANCELLED:
        return "cancelled; what was done so far is whole and stays", "warn"
    return outcome_text(job), ("warn" if has_failures(job) else "good")


def pace_text(job: Job) -> str:
    """How fast a job goes, and how long still: ``12/s, 3.4 MiB/s, 40s left``; empty where nobody can tell."""
    pace = job.pace
    if pace is None:
        return ""
    parts = [f"{pace.items:,.0f}/s" if pace.items >= 1 else f"{pace.items * 60:,.0f}/min"]
    parts += [f"{human_bytes(round(pace.bytes))}/s"] if pace.bytes >= 1 else []
    parts += [f"{human_age(pace.left)} left"] if pace.left is not None and pace.left >= 1 else []
    return ", ".join(parts)


def has_failures(job: Job) -> bool:
    """Whether something in it went wrong, or is missing."""
    wrong = Failed | Missed | Verified | LibraryVerified | NotRecorded
    return any(isinstance(event, wrong) for event in job.events)


class JobScreen(DialogScreen[None]):
    """A job, while it runs and after."""

    SCOPE: ClassVar[str] = "job"
    BINDINGS: ClassVar[list[BindingType]] = dialog_bindings("job")

    def __init__(self, session: Session, job: Job) -> None:
        super().__init__()
        self.session = session
        self.job = job
        self._shown = -1

    def compose(self) -> ComposeResult:
        """Progress, events, result, buttons."""
        with Vertical(id="frame") as frame:
            frame.border_title = Content(safe_text(self.job.title))
            yield ProgressStrip()
            yield RowTable[JobEvent](
                [Column("", self._event_cell, 20, grow=1, most=200)],
                id="lines",
                empty="nothing to tell yet",
                header=False,
                quiet=True,
            )
            yield Static(id="result", markup=False)
            with Horizontal(id="buttons"):
                yield Button("Cancel job", id="stop")
                yield Button("Run in background", id="close")
            yield KeyBar()

    def _event_cell(self, event: JobEvent) -> Part:
        return Part(line_of(event, self.session.reading.config_name), tone_of(event))

    def on_mount(self) -> None:
        """Look at the job ten times a second."""
        self.query_one("#close").focus()
        self.set_interval(SAMPLE, self.sample)
        self.sample()

    def sample(self) -> None:
        """Show how far it is."""
        job, progress = self.job, self.job.progress
        fraction = 1.0 if job.state is JobState.DONE else progress.fraction
        label = progress.doing if job.is_running else job.state.value
        count = "" if progress.total is None else f"{progress.done:,} of {progress.total:,}  "
        pace = pace_text(job)
        self.query_one(ProgressStrip).set_progress(fraction, f"{count}{f'{pace}  ' if pace else ''}{label}")
        self._show_events()
        if not job.is_running:
            self._show_end()

    def _show_events(self) -> None:
        table: RowTable[Any] = self.query_one("#lines", RowTable)
        events = tuple(event for event in tuple(self.job.events) if not isinstance(event, Done | VerifyDone))
        if len(events) == self._shown:
            return
        follows = table.cursor >= len(table.rows) - 1
        self._shown = len(events)
        table.set_rows(events, key=id)
        if follows:
            table.cursor = len(events) - 1

    def _show_end(self) -> None:
        result, stop = self.query_one("#result", Static), self.query_one("#stop", Button)
        if not stop.display:
            return
        text, tone = outcome(self.job)
        took = human_age((self.job.ended or 0.0) - self.job.started)
        text = text if took == "now" else f"{text} ({took})"
        undo = undo_text(self.job, self.session.place.root)
        result.update(f"{text}\n{undo}" if undo else text)
        result.add_class(f"-{tone}")
        lines = self.query_one("#lines", RowTable)
        lines.empty = "nothing more to tell"
        lines.refresh()
        stop.display = False
        close = self.query_one("#close", Button)
        close.label = "Close"
        close.focus()
        self.refresh_bindings()

    @on(Button.Pressed, "#stop")
    def action_cancel_job(self) -> None:
        """Ask the job to stop where nothing is half done."""
        self.job.cancel.set()
        stop = self.query_one("#stop", Button)
        stop.label, stop.disabled = "Cancelling …", True
        self.query_one("#close").focus()

    @on(Button.Pressed, "#close")
    def action_leave(self) -> None:
        """Leave; a running job goes on."""
        self.dismiss(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what runs can be cancelled."""
        del parameters
        return self.job.is_running and not self.job.cancel.is_set() if action == "cancel_job" else True
