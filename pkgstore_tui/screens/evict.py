"""The eviction dialog: choose what is to go, see the plan and all that follows from it, then confirm.

Planning and measuring are done in threads, one answer at a time; an answer to what was asked before is dropped.
"""

from functools import partial
from typing import Final

from textual import on
from textual.timer import Timer
from textual.widgets import Button, Input

from pkgstore.operations.planned import Planned
from pkgstore_tui.commands import Command
from pkgstore_tui.format import counted
from pkgstore_tui.jobs import SAMPLE
from pkgstore_tui.messages import CopyAsked, SnapshotChanged
from pkgstore_tui.screens.evict_answer import Answer, Ask, Planner
from pkgstore_tui.screens.evict_doing import PlanFile, doing
from pkgstore_tui.screens.evict_facts import in_words, question_text, version_in
from pkgstore_tui.screens.evict_form import Subject
from pkgstore_tui.screens.evict_shown import EvictShown
from pkgstore_tui.screens.evict_sizes import AT_ONCE, Measured, Work, measure_more, trees_of
from pkgstore_tui.screens.export import ExportDialog
from pkgstore_tui.screens.latest import Latest
from pkgstore_tui.screens.question import Question
from pkgstore_tui.session import Session
from pkgstore_tui.session.reading import Reading
from pkgstore_tui.widgets.choices import Choices
from pkgstore_tui.widgets.cutoff_chart import CutoffChart

SETTLE: Final = 0.1
"""Seconds after the last key before a plan is made."""


class EvictDialog(EvictShown):
    """Answers with the job, or None."""

    def __init__(self, session: Session, platform: str, subject: Subject | None = None, rule: str = "") -> None:
        """Begin with a rule; see `EvictFields`."""
        super().__init__(session, platform, subject, rule)
        self.answer: Answer | None = None
        self.measured = Measured()
        self.work: Work | None = None
        self._number = 0
        self._timer: Timer | None = None
        self._ask: Ask | None = None
        self._may_measure = True
        planner = Planner()
        self._planning: Latest[Ask, Answer] = Latest(
            self, "plan", lambda ask: in_words(planner.answer(ask)), self._answered
        )
        self._measuring = Latest(self, "measure", self._measure, self._measured_more)

    def on_mount(self) -> None:
        """Plan."""
        self.session.subscribe(self.post_message)
        self.set_interval(SAMPLE, lambda: self.show_work(self.work))
        self._plan()

    @property
    def is_arranged(self) -> bool:
        """Whether what is shown is about what is filled in."""
        return self.answer is not None and self.answer.ask.number == self._number and self._planning.is_idle

    def on_unmount(self) -> None:
        """Listen no more, plan and measure no more."""
        self.session.unsubscribe(self.post_message)
        for asked in (self._ask, self.work):
            if asked is not None:
                asked.cancel.set()

    @on(Input.Changed)
    @on(Choices.Changed, "#rule, #platform, #roots")
    def _changed(self) -> None:
        """Plan anew; what was planned for other wishes cannot be confirmed. The cut-off moves at once."""
        self._number += 1
        self.query_one("#yes", Button).disabled = True
        self.query_one("#chart", CutoffChart).set_cutoff(self.form.cutoff)
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(SETTLE, self._plan)

    # --- planning -----------------------------------------------------------------------------------------------

    def _plan(self, reading: Reading | None = None) -> None:
        """Plan for the newest reading, or for one that was planned for before."""
        self._number += 1
        if self._ask is not None:
            self._ask.cancel.set()
        session, place = self.session, self.session.place
        self._ask = Ask(
            self._number,
            self.form,
            self.subject,
            reading or session.reading,
            place.root,
            place.apps,
            self.measured,
            session.clock(),
        )
        self._planning.ask(self._ask)

    def _answered(self, answer: Answer) -> None:
        if answer.ask.number != self._number:
            return
        self.answer = answer
        self.show(answer)
        wanted = bool(answer.lacks) and (answer.waits or len(answer.lacks) <= AT_ONCE)
        if wanted and self._may_measure and self.session.sizes.reads_disk:
            self._begin(Work(answer.ask.reading.snapshot, answer.lacks))

    @on(SnapshotChanged)
    def _snapshot_changed(self) -> None:
        """The plan stands while the store moves on: it is looked at again, item by item. But it needs a reading."""
        if self.answer is None or self.answer.planned is None:
            self._plan()

    # --- measuring ----------------------------------------------------------------------------------------------

    def _begin(self, work: Work) -> None:
        if self.work is not None:
            self.work.cancel.set()
        self.work = work
        self._measuring.ask(work)
        self.show_work(self.work)

    def _measure(self, work: Work) -> tuple[Work, Measured]:
        """In a thread."""
        session = self.session
        return measure_more(
            work, self.measured, session.layout, session.options.measure, session.foreground.give_way
        )

    def _measured_more(self, answer: tuple[Work, Measured]) -> None:
        work, self.measured = answer
        if work is self.work:
            self.work = None
            self.show_work(self.work)
            self._plan(self.answer.ask.reading if self.answer is not None else None)  # only the sizes are new

    def action_measure(self) -> None:
        """Measure everything that may have a link to what goes; or stop measuring."""
        if self.work is not None:
            self._may_measure = False
            self.work.cancel.set()
        else:
            self._may_measure = True
            snapshot = self.session.reading.snapshot
            self._begin(Work(snapshot, tuple(trees_of(snapshot)), always=True))
        self.refresh_bindings()

    # --- commands -----------------------------------------------------------------------------------------------

    def action_next_pane(self) -> None:
        """Look at what goes, what stays, what follows, and the forecast, one after another."""
        self.query_one("#pane", Choices).action_next_choice(1)

    def action_copy(self) -> None:
        """Copy the command line."""
        if self.answer is not None and self.answer.command:
            self.post_message(CopyAsked(self.answer.command, "the command line"))

    def action_write(self) -> None:
        """Write the plan to a file."""
        if self._is_planned and self.answer is not None and self.answer.planned is not None:
            self.app.push_screen(ExportDialog(PlanFile(self.answer.planned)), self._written)

    def _written(self, path: str | None) -> None:
        text = f"the plan is in {path}; pkgstore evict --run does it" if path else "nothing was written"
        self.app.notify(text, markup=False)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        """Enter goes to Cancel: all is said."""
        self.query_one("#no").focus()

    @on(Button.Pressed, "#no")
    def action_cancel(self) -> None:
        """Leave; nothing changes."""
        self.dismiss(None)

    @property
    def _is_planned(self) -> bool:
        """Whether what is shown is the plan for what is filled in, and has something in it."""
        answer = self.answer
        planned = answer.planned if answer is not None and answer.ask.form == self.form else None
        return planned is not None and bool(planned.plan.items)

    @on(Button.Pressed, "#yes")
    def _confirmed(self) -> None:
        answer = self.answer
        if not self._is_planned or answer is None or answer.planned is None:
            return
        if answer.planned.consequences.breaks:
            text = question_text(answer.planned, version_in(answer.ask.reading))
            ask = Question("This breaks what somebody needs", text, yes="Evict all the same", no="Keep it")
            self.app.push_screen(ask, partial(self._sure, answer.planned, answer.command))
        else:
            self._run(answer.planned, answer.command)

    def _sure(self, planned: Planned, command: str, answer: bool | None) -> None:
        if answer:
            self._run(planned, command)

    def _run(self, planned: Planned, command: str) -> None:
        """Do just what was shown when it was confirmed, whatever was planned since."""
        if not self.session.unlocked:  # locked again behind the dialog
            self.dismiss(None)
            return
        title = f"evict {counted(len(planned.plan.items), 'config')}"
        self.dismiss(self.session.run(title, doing(planned, command), command))

    def word_for(self, command: Command) -> str:
        """Measuring can be stopped while it goes on."""
        return "Stop" if command.id == "evict.measure" and self.work is not None else super().word_for(command)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is no path to choose here; writing needs a plan."""
        del parameters
        if action == "write":
            return self._is_planned
        if action == "measure":
            return self.session.sizes.reads_disk
        return action != "browse"
