"""The eviction dialog's look: its fields, the panes of the plan, the buttons. Knows not how a plan is made."""

from collections.abc import Iterator
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input, Label, Static

from pkgstore_tui.format import safe_text
from pkgstore_tui.jobs import Job
from pkgstore_tui.screens.dialog import DialogScreen, dialog_bindings
from pkgstore_tui.screens.evict_form import DEFAULT_RETENTION, FREE, IDLE, SIZE, THESE, Form, Subject, rules_for
from pkgstore_tui.session import Session
from pkgstore_tui.widgets.bars import KeyBar, ProgressStrip
from pkgstore_tui.widgets.choices import Choices, Option
from pkgstore_tui.widgets.cutoff_chart import CutoffChart
from pkgstore_tui.widgets.facts import Facts
from pkgstore_tui.widgets.row_table import RowTable

GOES, STAYS, FOLLOWS, FUTURE = "items", "kept", "follows", "future"
"""The panes."""

ALL: Final = ""
"""The value that stands for all platforms."""


class EvictFields(DialogScreen[Job | None]):
    """What is filled in, and where the plan is shown."""

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
        self._rule = rule or (THESE if self.subject.keys else IDLE)
        self._platform = platform

    def compose(self) -> ComposeResult:
        """Fields, the plan, what follows, the buttons."""
        with Vertical(id="frame") as frame:
            frame.border_title = Content(safe_text(self._heading))
            yield from self._fields()
            yield Facts(id="plan")
            yield Choices(panes_for(self._rule), GOES, id="pane")
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
        for facts in self.query(Facts):
            facts.can_focus = facts.id in (FOLLOWS, "days")
        self.show_fields()
        self.show_pane()
        self.query_one("#measuring").display = False
        first = {THESE: "#no", IDLE: "#retention"}.get(self._rule, "#amount")
        self.query_one(first).focus()

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

    def show_fields(self) -> None:
        """Only the fields that the rule has."""
        rule = self.query_one("#rule", Choices).value
        shown = {"retention": (IDLE,), "amount": (FREE, SIZE), "idle": (FREE, SIZE), "platform": (IDLE, FREE, SIZE)}
        for name, rules in shown.items():
            field = self.query_one(f"#{name}").parent
            assert isinstance(field, Widget)
            field.display = rule in rules

    @on(Choices.Changed, "#pane")
    def show_pane(self) -> None:
        """Show the pane that is taken, and the forecast where age counts and there is room."""
        taken = self.query_one("#pane", Choices).value
        for name in (GOES, STAYS, FOLLOWS, FUTURE):
            self.query_one(f"#{name}").set_class(name == taken, "-taken")
        self.query_one("#frame").set_class(self.form.rule != THESE, "-future")

    @on(Choices.Changed, "#rule")
    def _rule_changed(self) -> None:
        self.show_fields()


def panes_for(rule: str, goes: str = "", stays: str = "") -> list[Option]:
    """The panes that a rule has; `goes` and `stays` are how many, once that is known."""
    panes = [Option(GOES, f"goes {goes}".strip()), Option(STAYS, f"stays {stays}".strip())]
    panes.append(Option(FOLLOWS, "what follows"))
    return panes if rule == THESE else [*panes, Option(FUTURE, "forecast")]


def _field(label: str, *parts: Widget) -> Horizontal:
    for part in parts:
        if isinstance(part, Input):
            part.compact = True
    return Horizontal(Label(label, markup=False, classes="label"), *parts, classes="field")
