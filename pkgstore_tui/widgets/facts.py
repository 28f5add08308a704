"""A pane of labelled values, wrapped to its width; long hashes are broken, never cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from pkgstore_tui.format import safe_text
from pkgstore_tui.widgets.cells import TONES, Part, Tone, cut
from pkgstore_tui.widgets.late_parts import LateParts

LABEL: Final = 12
"""Cells for a label, its gap included, where nothing else is said."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and its value; without a label it goes on with the one before, without a value it is a heading."""

    label: str
    value: str = ""
    tone: Tone = ""


def lay_out(facts: Sequence[Fact], width: int, room: int = LABEL) -> tuple[tuple[Part, ...], ...]:
    """The facts as lines of parts.

    Args:
        facts: What to show.
        width: Cells of the terminal.
        room: Cells for a label, its gap included.
    """
    lines: list[tuple[Part, ...]] = []
    for fact in facts:
        if fact.label and not fact.value:
            heading = (Part(safe_text(fact.label), "accent"),)
            lines += [(), heading] if lines else [heading]
            continue
        label = cut(safe_text(fact.label), room - 1).ljust(room)
        for text in wrap(safe_text(fact.value), max(8, width - room)) or [""]:
            lines.append((Part(label, "muted"), Part(text, fact.tone)))
            label = " " * room
    return tuple(lines)


class Facts(LateParts, ScrollView, can_focus=True, inherit_bindings=False):
    """The detail pane."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll_down", show=False, id="table.down"),
        Binding("k,up", "scroll_up", show=False, id="table.up"),
        Binding("ctrl+d,pagedown", "page_down", show=False, id="table.page_down"),
        Binding("ctrl+u,pageup", "page_up", show=False, id="table.page_up"),
        Binding("g,home", "scroll_home", show=False, id="table.top"),
        Binding("G,end", "scroll_end", show=False, id="table.bottom"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"facts--{tone}" for tone in TONES}

    def __init__(self, *, label: int = LABEL, id: str | None = None) -> None:
        super().__init__(id=id)
        self._label = label
        self.facts: tuple[Fact, ...] = ()
        self._lines: tuple[tuple[Part, ...], ...] = ()

    def set_facts(self, facts: Sequence[Fact]) -> None:
        """Show other facts; the place is kept where they are about the same thing."""
        new = tuple(facts)
        if new[:1] != self.facts[:1]:
            self.scroll_to(y=0, animate=False)
        if new != self.facts:
            self.facts = new
            self._wrap()

    def on_resize(self) -> None:
        """Wrap to the new width."""
        self._wrap()

    def _wrap(self) -> None:
        """Lay them out for the width they will have: whether there is a scrollbar follows from their number."""
        room = self.content_region
        self._lines = lay_out(self.facts, room.width - 1, self._label)
        if len(self._lines) > room.height:
            self._lines = lay_out(self.facts, room.width - self.styles.scrollbar_size_vertical - 1, self._label)
        self.virtual_size = Size(0, len(self._lines))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line in sight."""
        width = self.scrollable_content_region.width
        index = y + self.scroll_offset.y
        parts = self._lines[index] if index < len(self._lines) else ()
        line = [Segment(part.text, self._tone(part)) for part in parts]
        return Strip(line).adjust_cell_length(width, self.rich_style)

    def _tone(self, part: Part) -> Style:
        if not part.tone:
            return self.rich_style
        return self.rich_style + self.get_component_rich_style(f"facts--{part.tone}", partial=True)
