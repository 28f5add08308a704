"""The pin dialog: what is kept, why and until when; and the pins that it has already.

Nothing is done before the button is pressed, and the focus goes to Cancel first.
"""

from collections.abc import Iterator
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label

from pkgstore.durations import parse_end
from pkgstore.errors import StoreError
from pkgstore.journal import Actor
from pkgstore.model import Pin
from pkgstore.operations.pinning import Pinning, make_pins
from pkgstore_tui.format import counted
from pkgstore_tui.screens.dialog import dialog_bindings
from pkgstore_tui.screens.pin_offer import Offer
from pkgstore_tui.screens.pins import FOR_EVER, pin_columns, until_text
from pkgstore_tui.screens.unpinning import PinsDialog
from pkgstore_tui.session import Session
from pkgstore_tui.widgets.bars import KeyBar
from pkgstore_tui.widgets.facts import Fact, Facts
from pkgstore_tui.widgets.row_table import RowTable

LISTED: Final = 12
"""How many configs are named before they are only counted."""

NAMED: Final = 2
"""How many holders are named before they are only counted."""


class PinDialog(PinsDialog[bool]):
    """Answers whether something was pinned."""

    BINDINGS: ClassVar[list[BindingType]] = dialog_bindings("dialog")

    def __init__(self, session: Session, offer: Offer) -> None:
        super().__init__(session)
        self._offer = offer
        self._is_busy = False

    def compose(self) -> ComposeResult:
        """What it is, the fields, the pins that there are, the buttons."""
        with Vertical(id="frame") as frame:
            frame.border_title = "Pin: keep from eviction"
            for name, hint in (
                ("reason", "for whom or what, for the others"),
                ("until", f"{FOR_EVER}; or 2027-03-31, 30d, 12h"),
            ):
                with Horizontal(classes="field"):
                    yield Label(name, markup=False)
                    yield Input(placeholder=hint, id=name, compact=True)
            yield Facts(id="plan")
            yield Label("Pinned already", id="already", markup=False)
            yield RowTable[Pin](pin_columns(self.session), id="pins", empty="")
            with Horizontal(id="buttons"):
                yield Button("Cancel", id="no")
                yield Button("Pin", id="yes", variant="warning", disabled=True)
            yield KeyBar()

    def on_mount(self) -> None:
        """Begin with the pins that there are; else with the reason."""
        self.query_one("#plan", Facts).can_focus = False
        self.show_pins()
        (self.table if self.table.rows else self.query_one("#reason")).focus()

    # --- what is shown ------------------------------------------------------------------------------------------

    @property
    def table(self) -> RowTable[Pin]:
        """The pins that there are."""
        return self.query_one("#pins", RowTable)

    @property
    def present_pin(self) -> Pin | None:
        """The one that the cursor is on, while one is in that table."""
        return self.table.row if self.focused is self.table else None

    def show_pins(self) -> None:
        """The pins that keep some of it now."""
        now = self.session.clock()
        pins = self.session.reading.snapshot.pins.pins
        found = tuple(pin for pin in pins if not pin.is_over(now) and self._offer.touches(pin))
        if not found and self.focused is self.table:
            self.query_one("#reason").focus()
        self.table.set_rows(found, key=lambda pin: pin.id)
        self.table.styles.height = 1 + min(4, len(found))
        self.table.display = self.query_one("#already").display = bool(found)
        self._show_plan()

    @on(Input.Changed)
    def _show_plan(self) -> None:
        until, problem = self._until()
        is_said = bool(self._value("reason"))
        facts = [*self._about(), Fact("until", problem or until_text(until, self.session.clock()))]
        if problem:
            facts[-1] = Fact("until", problem, "warn")
        elif not is_said:
            facts.append(Fact("", "say why: others have to know", "muted"))
        self.query_one("#plan", Facts).set_facts(facts)
        self.query_one("#yes", Button).disabled = bool(problem) or not is_said or self._is_busy
        self.refresh_bindings()

    def _about(self) -> Iterator[Fact]:
        offer = self._offer
        more = f" and {len(offer.names) - LISTED:,} more" if len(offer.names) > LISTED else ""
        yield Fact("keeps", offer.title + (f", {counted(offer.size, 'config')}" if offer.options else ""))
        if offer.names != (offer.title,):
            yield Fact("", ", ".join(offer.names[:LISTED]) + more)
        if len(offer.pins) > 1:
            yield Fact("", f"as {len(offer.pins):,} pins, since a pin has one config of a package", "muted")
        if offer.missing:
            yield Fact("not stored", f"{offer.missing:,} of them: a pin brings nothing back", "warn")
        owners = [root.owner for root in offer.holders if root.key is not None]
        more = f" and {len(owners) - NAMED:,} more" if len(owners) > NAMED else ""
        yield Fact("needed by", ", ".join(owners[:NAMED]) + more if owners else "nobody", "" if owners else "muted")

    def _until(self) -> tuple[float | None, str]:
        """The end that was written, and what is wrong with it."""
        text = self._value("until")
        try:
            return (parse_end(text, self.session.clock()) if text else None), ""
        except StoreError as error:
            return None, str(error)

    def _value(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value.strip()

    # --- commands -----------------------------------------------------------------------------------------------

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the field that is still needed, and to Cancel when all is said."""
        is_first = event.input.id == "reason"
        self.query_one("#until" if is_first and not self._value("until") else "#no").focus()

    @on(Button.Pressed, "#no")
    def action_cancel(self) -> None:
        """Leave; nothing changes."""
        self.dismiss(False)

    @on(Button.Pressed, "#yes")
    def _confirmed(self) -> None:
        until, problem = self._until()
        reason = self._value("reason")
        if problem or not reason or self._is_busy:
            return
        if not self.session.unlocked:  # locked again behind the dialog
            self.dismiss(False)
            return
        self._is_busy = True
        self.query_one("#yes", Button).disabled = True
        command = self._offer.command(self.session.place.root, reason, self._value("until"))
        actor = Actor.present(command)
        self._pin(self._offer.wanted(reason, actor.user, self.session.clock(), until), actor)

    @work(thread=True, group="pin", exit_on_error=False)
    def _pin(self, wanted: tuple[Pin, ...], actor: Actor) -> None:
        try:
            done = make_pins(self.session.layout, wanted, actor)
        except StoreError as error:
            self.app.call_from_thread(self._failed, error)
        else:
            self.app.call_from_thread(self._pinned, done, actor.command)

    def _pinned(self, done: Pinning, command: str) -> None:
        names = ", ".join(pin.id for pin in done.pins)
        self.say_done(done, f"pinned {self._offer.title}: pin {names}", command)
        if self.is_attached:
            self.dismiss(True)

    def _failed(self, error: StoreError) -> None:
        self._is_busy = False
        self.say_failed(error)
        if self.is_attached:
            self._show_plan()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is no path to choose here."""
        return action != "browse" and super().check_action(action, parameters)
