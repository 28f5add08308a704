"""A dialog that plans an operation while its fields are filled in, shows what it would do, and starts it.

Plan, show, confirm: nothing is done before the button that names the operation is pressed, and the focus goes to
Cancel first.
"""

import os
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, Literal

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widgets import Button, Input, Label
from textual.worker import get_current_worker

from pkgstore.errors import StoreError
from pkgstore_tui.jobs import Factory, Job
from pkgstore_tui.screens.browse import OpenFile, OpenFolder
from pkgstore_tui.screens.dialog import DialogScreen, dialog_bindings
from pkgstore_tui.session import Session
from pkgstore_tui.widgets.bars import KeyBar
from pkgstore_tui.widgets.choices import Choices, Option
from pkgstore_tui.widgets.facts import Fact, Facts
from pkgstore_tui.widgets.row_table import RowTable

SETTLE: Final = 0.1
"""Seconds after the last key before a plan is made."""


@dataclass(frozen=True, slots=True)
class Field:
    """One line to fill in, or (`options`) to choose in; `pick` says what its file picker chooses."""

    id: str
    label: str
    hint: str
    value: str = ""
    pick: Literal["", "file", "folder"] = ""
    optional: bool = False
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an operation would do: facts, rows, and what starts it (None where there is nothing to do).

    `command` is the command line that does the same.
    """

    facts: tuple[Fact, ...]
    rows: tuple[Any, ...] = ()
    title: str = ""
    factory: Factory | None = None
    command: str = ""


class PlanDialog(DialogScreen[Job | None]):
    """The frame of the dialogs that start an operation; answers with the job, or None."""

    BINDINGS: ClassVar[list[BindingType]] = dialog_bindings("dialog")
    HEADING: ClassVar[str] = ""
    VERB: ClassVar[str] = ""
    COLUMNS: ClassVar[bool] = True

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.proposal: Proposal | None = None
        self._number = 0
        self._timer: Timer | None = None

    @property
    @abstractmethod
    def fields(self) -> Sequence[Field]:
        """The lines to fill in."""

    @abstractmethod
    def propose(self, values: Mapping[str, str]) -> Proposal:
        """Plan; called in a thread, with every required field filled in.

        Raises:
            StoreError: It cannot be planned so.
        """

    # --- what it looks like -----------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Fields, the plan, the buttons."""
        with Vertical(id="frame") as frame:
            frame.border_title = self.HEADING
            for field in self.fields:
                with Horizontal(classes="field"):
                    yield Label(field.label, markup=False)
                    if field.options:
                        yield Choices(field.options, field.value, id=field.id)
                        continue
                    yield Input(field.value, placeholder=field.hint, id=field.id, compact=True)
                    if field.pick:
                        yield Button("…", classes="pick", name=field.id, compact=True)
            yield Facts(id="plan")
            yield RowTable(id="items", empty="")
            yield from self.compose_more()
            with Horizontal(id="buttons"):
                yield Button("Cancel", id="no")
                yield Button(self.VERB, id="yes", variant="warning", disabled=True)
            yield KeyBar()

    def compose_more(self) -> ComposeResult:
        """What stands below the rows."""
        yield from ()

    def on_mount(self) -> None:
        """Begin in the first field; where there is none, on Cancel."""
        self.query_one("#items").display = False
        self.query_one(Facts).can_focus = False
        self.focus_first()
        self._replan()

    def focus_first(self) -> None:
        """Give the focus to where one begins."""
        self.query_one(f"#{self.fields[0].id}" if self.fields else "#no").focus()

    # --- planning -----------------------------------------------------------------------------------------------

    @property
    def values(self) -> dict[str, str]:
        """What is filled in."""
        return {field.id: self._value(field) for field in self.fields}

    def _value(self, field: Field) -> str:
        if field.options:
            return self.query_one(f"#{field.id}", Choices).value
        return self.query_one(f"#{field.id}", Input).value.strip()

    @on(Input.Changed)
    @on(Choices.Changed)
    def _changed(self) -> None:
        self._forget()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(SETTLE, self._replan)

    def _forget(self) -> None:
        """A plan for other inputs must not be confirmed."""
        self._number += 1
        self.proposal = None
        self.query_one("#yes", Button).disabled = True

    def _replan(self) -> None:
        values = self.values
        empty = [f for f in self.fields if not (values[f.id] or f.optional or f.options)]
        if empty:
            names = " and ".join(field.label for field in empty)
            self._show(Proposal((Fact("", f"fill in {names}", "muted"),)))
            return
        self._plan(self._number, values)

    @work(thread=True, group="plan", exclusive=True, exit_on_error=False)
    def _plan(self, number: int, values: dict[str, str]) -> None:
        try:
            proposal = self.propose(values)
        except StoreError as error:
            proposal = Proposal((Fact("", str(error), "warn"),))
        except Exception as error:  # a path no system call takes, or a fault of ours: said, not swallowed
            proposal = Proposal((Fact("", f"cannot be planned: {type(error).__name__}: {error}", "bad"),))
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._planned, number, proposal)

    def _planned(self, number: int, proposal: Proposal) -> None:
        if number == self._number and self.is_attached:
            self._show(proposal)

    def _show(self, proposal: Proposal) -> None:
        self.proposal = proposal
        self.query_one(Facts).set_facts(proposal.facts)
        table: RowTable[Any] = self.query_one("#items", RowTable)
        table.display = bool(proposal.rows)
        table.set_rows(proposal.rows)
        self.query_one("#yes", Button).disabled = proposal.factory is None

    # --- commands -----------------------------------------------------------------------------------------------

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the next field that is empty, and to Cancel when all is said."""
        values = self.values
        ids = [field.id for field in self.fields if not field.options]
        after = ids[ids.index(event.input.id or "") + 1 :]
        waiting = next((name for name in after if not values[name]), None)
        self.query_one(f"#{waiting}" if waiting else "#no").focus()

    @on(Button.Pressed, "#no")
    def action_cancel(self) -> None:
        """Leave; nothing changes."""
        self.dismiss(None)

    @on(Button.Pressed, "#yes")
    def _confirmed(self) -> None:
        proposal = self.proposal
        if proposal is None or proposal.factory is None:
            return
        self.dismiss(self.begin(proposal) if self.is_allowed else None)

    @property
    def is_allowed(self) -> bool:
        """Whether it may be done: the store may have been locked again behind the dialog."""
        return self.session.unlocked

    def begin(self, proposal: Proposal) -> Job | None:
        """Start what was confirmed, and tell its job."""
        assert proposal.factory is not None
        return self.session.run(proposal.title, proposal.factory, proposal.command)

    @on(Button.Pressed, ".pick")
    def _pick_pressed(self, event: Button.Pressed) -> None:
        self._pick(event.button.name or "")

    def action_browse(self) -> None:
        """Choose the path of the field that has the focus."""
        if isinstance(self.focused, Input):
            self._pick(self.focused.id or "")

    def _pick(self, name: str) -> None:
        field = next(field for field in self.fields if field.id == name)
        target = self.query_one(f"#{name}", Input)
        begin = _nearest_folder(target.value or self.session.place.apps)

        def picked(path: Path | None) -> None:
            if path is not None:
                target.value = str(path)
            target.focus()

        dialog = OpenFile if field.pick == "file" else OpenFolder
        self.app.push_screen(dialog(begin, title=f"Choose the {field.label}"), picked)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Browsing is for fields that hold a path."""
        del parameters
        if action != "browse":
            return True
        focused = self.focused
        return isinstance(focused, Input) and any(f.pick and f.id == focused.id for f in self.fields)


def _nearest_folder(path: str) -> str:
    """The folder itself, or the nearest one above it that is there."""
    folder = os.path.abspath(os.path.expanduser(path))
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    return folder


def path_of(text: str) -> str:
    """A path that was typed, with ``~`` for the home folder."""
    return os.path.abspath(os.path.expanduser(text))
