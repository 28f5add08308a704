"""The eviction dialog: choose what is to go, see the plan and all that follows from it, then confirm.

Planning and measuring are done in threads, one answer at a time; an answer to what was asked before is dropped.
"""

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Button, Input, Label, Static

from pkgstore_tui.commands import Command
from pkgstore_tui.format import counted, safe_text
from pkgstore_tui.jobs import SAMPLE, Job
from pkgstore_tui.messages import CopyAsked, SnapshotChanged
from pkgstore_tui.screens.dialog import DialogScreen, dialog_bindings
from pkgstore_tui.screens.evict_answer import Answer, Ask, Planner
from pkgstore_tui.screens.evict_doing import PlanFile, doing
from pkgstore_tui.screens.evict_facts import (
    consequence_facts,
    forecast_facts,
    item_columns,
    kept_columns,
    question_text,
    summary_facts,
)
from pkgstore_tui.screens.evict_form import DEFAULT_RETENTION, FREE, IDLE, SIZE, THESE, Form, Subject, rules_for
from pkgstore_tui.screens.evict_sizes import AT_ONCE, Measured, Work, measure_more, trees_of
from pkgstore_tui.screens.export import ExportDialog
from pkgstore_tui.screens.latest import Latest
from pkgstore_tui.screens.look import Look
from pkgstore_tui.screens.question import Question
from pkgstore_tui.session import Session
from pkgstore_tui.widgets.bars import KeyBar, ProgressStrip
from pkgstore_tui.widgets.choices import Choices, Option
from pkgstore_tui.widgets.cutoff_chart import CutoffChart
from pkgstore_tui.widgets.facts import Facts
from pkgstore_tui.widgets.row_table import RowTable

SETTLE: Final = 0.1
"""Seconds after the last key before a plan is made."""

GOES, STAYS, FOLLOWS, FUTURE = "items", "kept", "follows", "future"
ALL: Final = ""
"""The value that stands for all platforms."""


class EvictDialog(DialogScreen[Job | None]):
    """Answers with the job, or None."""

    MORE_SCOPES: ClassVar[tuple[str, ...]] = ("evict", "choice")
    BINDINGS: ClassVar[list[BindingType]] = [*dialog_bindings("dialog"), *dialog_bindings("evict")]

    def __init__(self, session: Session, platform: str, subject: Subject | None = None, rule: str = "") -> None:
        """Begin with a rule.

        Args:
            session: The session.
            platform: The platform that a sweep begins with.
            subject: What was chosen in a view.
            rule: The rule to begin with; by default what was chosen, else by age.
        """
        super().__init__()
        self.VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-tall"), (34, "-high")]
        self.session = session
        self.subject = subject or Subject()
        self.answer: Answer | None = None
        self.measured = Measured()
        self.work: Work | None = None
        self._rule = rule or (THESE if self.subject.keys else IDLE)
        self._platform = platform
        self._number = 0
        self._timer: Timer | None = None
        self._ask: Ask | None = None
        self._may_measure = True
        self._planning = Latest(self, "plan", Planner().answer, self._answered)
        self._measuring = Latest(self, "measure", self._measure, self._measured_more)

    # --- what it looks like -----------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Fields, the plan, what follows, the buttons."""
        with Vertical(id="frame") as frame:
            frame.border_title = Content(safe_text(self._heading))
            yield from self._fields()
            yield Facts(id="plan")
            yield Choices([Option(GOES, "goes")], GOES, id="pane")
            yield RowTable(id=GOES, empty="nothing goes")
            yield RowTable(id=STAYS, empty="nothing that is meant is needed by anybody")
            yield Facts(id=FOLLOWS)
            with Vertical(id=FUTURE):
                yield CutoffChart(id="chart")
                yield Facts(id="days")
            yield ProgressStrip(id="measuring")
            yield Static(id="command", markup=False)
            with Horizontal(id="buttons"):
                yield Button("Cancel", id="no")
                yield Button("Evict", id="yes", variant="warning", disabled=True)
            yield KeyBar()

    @property
    def _heading(self) -> str:
        return f"Evict {self.subject.name}" if self.subject.keys else "Evict what nobody needs"

    def _fields(self) -> Iterator[Widget]:
        rules = [Option(*rule) for rule in rules_for(self.subject)]
        yield _field("evict", Choices(rules, self._rule, id="rule"))
        yield _field("unused for", Input(self._retention, placeholder="720h, 30d, 1h30m", id="retention"))
        yield _field("bytes", Input(placeholder="10G, 500M", id="amount"))
        yield _field("unused for", Input(placeholder="any age; 30d spares what is younger", id="idle"))
        platforms = [Option(name, name) for name in self.session.reading.index.by_package]
        every = [Option(ALL, "all")] if len(platforms) > 1 else []
        yield _field("platform", Choices([*platforms, *every], self._platform, id="platform"))
        kept = [Option("kept", "are kept"), Option("ignored", "are IGNORED")]
        yield _field(
            "roots",
            Choices(kept, loud=["ignored"], id="roots"),
            Label("let go of", id="let-go", markup=False),
            Input(self.subject.dropped, placeholder="none; build:shop", id="dropped"),
        )

    @property
    def _retention(self) -> str:
        retention = self.session.place.retention
        return retention if retention not in ("", "0") else DEFAULT_RETENTION

    def on_mount(self) -> None:
        """Begin on Cancel where all is chosen, else in the first field."""
        self.session.subscribe(self.post_message)
        for facts in self.query(Facts):
            facts.can_focus = facts.id == FOLLOWS
        self._show_fields()
        self._show_pane()
        self.query_one("#measuring").display = False
        first = {THESE: "#no", IDLE: "#retention"}.get(self._rule, "#amount")
        self.query_one(first).focus()
        self.set_interval(SAMPLE, self._show_measuring)
        self._plan()

    def on_unmount(self) -> None:
        """Listen no more, plan and measure no more."""
        self.session.unsubscribe(self.post_message)
        for asked in (self._ask, self.work):
            if asked is not None:
                asked.cancel.set()

    # --- what is filled in ------------------------------------------------------------------------------------

    @property
    def form(self) -> Form:
        """What is filled in."""
        rule = self.query_one("#rule", Choices).value
        return Form(
            rule,
            self._text("retention" if rule == IDLE else "idle"),
            self._text("amount"),
            self.query_one("#platform", Choices).value,
            self._text("dropped"),
            self.query_one("#roots", Choices).value == "ignored",
        )

    def _text(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value.strip()

    def _show_fields(self) -> None:
        """Only the fields that the rule has."""
        rule = self.query_one("#rule", Choices).value
        shown = {"retention": (IDLE,), "amount": (FREE, SIZE), "idle": (FREE, SIZE), "platform": (IDLE, FREE, SIZE)}
        for name, rules in shown.items():
            field = self.query_one(f"#{name}").parent
            assert isinstance(field, Widget)
            field.display = rule in rules

    @on(Choices.Changed, "#pane")
    def _show_pane(self) -> None:
        taken = self.query_one("#pane", Choices).value
        for name in (GOES, STAYS, FOLLOWS, FUTURE):
            self.query_one(f"#{name}").set_class(name == taken, "-taken")
        self.query_one("#frame").set_class(self.form.rule != THESE, "-future")

    @on(Choices.Changed, "#rule")
    def _rule_changed(self) -> None:
        self._show_fields()

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

    def _plan(self) -> None:
        self._number += 1
        if self._ask is not None:
            self._ask.cancel.set()
        session, place = self.session, self.session.place
        self._ask = Ask(
            self._number,
            self.form,
            self.subject,
            session.reading,
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
        self._show(answer)
        wanted = bool(answer.lacks) and (answer.waits or len(answer.lacks) <= AT_ONCE)
        if wanted and self._may_measure and self.session.sizes.reads_disk:
            self._begin(Work(answer.ask.reading.snapshot, answer.lacks))

    @on(SnapshotChanged)
    def _snapshot_changed(self) -> None:
        """The plan stands while the store moves on: it is looked at again, item by item. But it needs a reading."""
        if self.answer is None or self.answer.planned is None:
            self._plan()

    def _show(self, answer: Answer) -> None:
        planned, version_of = answer.planned, self._version
        look = Look(answer.ask.reading, self.session.sizes, self.session.clock)
        self.query_one("#plan", Facts).set_facts(tuple(summary_facts(answer)))
        items, kept = self.query_one(f"#{GOES}", RowTable), self.query_one(f"#{STAYS}", RowTable)
        items.set_columns(item_columns(look, version_of))
        kept.set_columns(kept_columns(look, version_of))
        items.set_rows(planned.plan.items if planned else (), key=_key_of)
        kept.set_rows(planned.plan.kept if planned else (), key=id)
        self.query_one(f"#{FOLLOWS}", Facts).set_facts(tuple(consequence_facts(answer, version_of)))
        self._show_future(answer)
        self.query_one("#command", Static).update(safe_text(answer.command))
        self._show_words(answer)

    def _show_future(self, answer: Answer) -> None:
        chart = self.query_one("#chart", CutoffChart)
        if answer.ages is not None:
            chart.set_ages(answer.ages, "LAST USE · • somebody needs it · ╎ what is older goes")
        chart.set_cutoff(answer.ask.form.cutoff)
        self.query_one("#days", Facts).set_facts(tuple(forecast_facts(answer.forecast)))

    def _show_words(self, answer: Answer) -> None:
        """How many there are, on the panes and on the button."""
        plan = answer.planned.plan if answer.planned else None
        goes, stays = (len(plan.items), len(plan.kept)) if plan else (0, 0)
        panes = [Option(GOES, f"goes {goes:,}"), Option(STAYS, f"stays {stays:,}"), Option(FOLLOWS, "what follows")]
        panes += [Option(FUTURE, "forecast")] if answer.ask.form.rule != THESE else []
        self.query_one("#pane", Choices).set_options(panes)
        self._show_pane()
        yes = self.query_one("#yes", Button)
        yes.label = f"Evict {counted(goes, 'config')}" if goes else "Evict"
        yes.disabled = not goes
        self.refresh_bindings()

    def _version(self, key: Any) -> str:
        return self.session.reading.version(key.source)

    # --- measuring ----------------------------------------------------------------------------------------------

    def _begin(self, work: Work) -> None:
        if self.work is not None:
            self.work.cancel.set()
        self.work = work
        self._measuring.ask(work)
        self._show_measuring()

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
            self._show_measuring()
            self._plan()

    def _show_measuring(self) -> None:
        strip, work = self.query_one("#measuring", ProgressStrip), self.work
        strip.display = work is not None
        if work is not None:
            progress = work.progress
            count = "" if progress.total is None else f"{progress.done:,} of {progress.total:,}  "
            strip.set_progress(progress.fraction, f"{count}measuring {progress.doing}")

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
        planned = answer.planned if answer is not None and answer.ask.number == self._number else None
        return planned is not None and bool(planned.plan.items)

    @on(Button.Pressed, "#yes")
    def _confirmed(self) -> None:
        answer = self.answer
        if not self._is_planned or answer is None or answer.planned is None:
            return
        if answer.planned.consequences.breaks:
            text = question_text(answer.planned, self._version)
            ask = Question("This breaks what somebody needs", text, yes="Evict all the same", no="Keep it")
            self.app.push_screen(ask, self._sure)
        else:
            self._run()

    def _sure(self, answer: bool | None) -> None:
        if answer:
            self._run()

    def _run(self) -> None:
        answer = self.answer
        if answer is None or answer.planned is None or not self._is_planned or not self.session.unlocked:
            self.dismiss(None)
            return
        title = f"evict {counted(len(answer.planned.plan.items), 'config')}"
        self.dismiss(self.session.run(title, doing(answer.planned, answer.command), answer.command))

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


def _field(label: str, *parts: Widget) -> Horizontal:
    for part in parts:
        if isinstance(part, Input):
            part.compact = True
    return Horizontal(Label(label, markup=False, classes="label"), *parts, classes="field")


def _key_of(item: Any) -> object:
    return item.key
