"""All pins: what is kept on purpose, why, by whom and until when; and unpin there."""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from pkgstore.model import Pin
from pkgstore_tui.format import counted, human_age, human_time, short_hash
from pkgstore_tui.screens.dialog import dialog_bindings
from pkgstore_tui.screens.unpinning import PinsDialog
from pkgstore_tui.session import Session
from pkgstore_tui.widgets.bars import KeyBar
from pkgstore_tui.widgets.cells import Cell, Part
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact, Facts
from pkgstore_tui.widgets.row_table import RowTable

FOR_EVER: Final = "for ever"


def pin_columns(session: Session) -> Sequence[Column[Pin]]:
    """What one asks of a pin."""
    return (
        Column("PIN", lambda pin: pin.id, 4),
        Column("WHAT", lambda pin: pin.what, 14, grow=2, most=44),
        Column("CONFIGS", lambda pin: f"{len(pin.manifest):,}", 7, 3, right=True),
        Column("UNTIL", lambda pin: _until_cell(pin, session.clock()), 10, 1),
        Column("BY", lambda pin: Part(pin.by, "muted"), 8, 4, most=20),
        Column("REASON", lambda pin: pin.reason, 12, grow=3, most=90),
    )


def _until_cell(pin: Pin, now: float) -> Cell:
    if pin.until is None:
        return Part(FOR_EVER, "muted")
    return Part("over", "warn") if pin.is_over(now) else human_time(pin.until)[:10]


def until_text(until: float | None, now: float) -> str:
    """When a pin ends, and how far off that is."""
    if until is None:
        return FOR_EVER
    return f"{human_time(until)[:16]}, " + (f"in {human_age(until - now)}" if until > now else "so it is over")


class PinsScreen(PinsDialog[None]):
    """The list of them."""

    SCOPE: ClassVar[str] = "pins"
    BINDINGS: ClassVar[list[BindingType]] = dialog_bindings("pins")

    def compose(self) -> ComposeResult:
        """The list, and what the pin under the cursor keeps."""
        with Vertical(id="frame") as frame:
            frame.border_title = "Pins: kept on purpose"
            yield RowTable[Pin](pin_columns(self.session), id="pins", empty="nothing is pinned; p pins a row")
            yield Facts(id="kept")
            yield KeyBar()

    def on_mount(self) -> None:
        """Begin in the list."""
        self.table.focus()
        self.show_pins()

    @property
    def table(self) -> RowTable[Pin]:
        """The list."""
        return self.query_one("#pins", RowTable)

    @property
    def present_pin(self) -> Pin | None:
        """The one that the cursor is on."""
        return self.table.row

    def show_pins(self) -> None:
        """The newest first; those that are over too, for they are still in the file."""
        self.table.set_rows(tuple(reversed(self.session.reading.snapshot.pins.pins)), key=lambda pin: pin.id)
        self._show_kept()
        self.refresh_bindings()

    @on(RowTable.RowHighlighted)
    def _show_kept(self) -> None:
        self.query_one("#kept", Facts).set_facts(tuple(self._facts()))

    def _facts(self) -> Iterator[Fact]:
        record = self.session.reading.snapshot.pins
        yield from (Fact("! damage", item.why, "bad") for item in record.damage)
        if record.damage:
            yield Fact("", f"{record.path}: nothing can be evicted until it is mended", "bad")
        if (pin := self.present_pin) is not None:
            yield from pin_facts(self.session, pin)

    def action_leave(self) -> None:
        """Leave the list."""
        self.dismiss(None)


def pin_facts(session: Session, pin: Pin) -> Iterator[Fact]:
    """All that is known of a pin, and what it keeps, by name."""
    now, reading = session.clock(), session.reading
    yield Fact(f"{pin.what}, pin {pin.id}")
    yield Fact("reason", pin.reason)
    yield Fact("by", f"{pin.by or 'unknown'}, {human_time(pin.at)[:16]}")
    yield Fact("until", until_text(pin.until, now), "warn" if pin.is_over(now) else "")
    yield Fact(f"Keeps {counted(len(pin.manifest), 'config')}")
    for package, ref in sorted(pin.manifest.items()):
        source, _, config = ref.partition("/")
        text = f"{reading.ref_version(package, ref)}  {short_hash(source)}/{short_hash(config)}"
        there = reading.has_tree(package, ref)
        yield Fact(package, text if there else f"{text}  not in the store", "" if there else "warn")
