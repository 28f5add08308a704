"""One line of choices, one of them taken: left and right go from one to the next. Knows not what they mean."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.events import Click
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from pkgstore_tui.commands import bindings
from pkgstore_tui.format import safe_text
from pkgstore_tui.widgets.cells import cut
from pkgstore_tui.widgets.late_parts import LateParts


class Option(NamedTuple):
    """What can be taken, and its words."""

    value: str
    label: str


class Choices(LateParts, Widget, can_focus=True, inherit_bindings=False):
    """All choices side by side; where there is no room for that, the taken one and how many there are."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("choice")]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"choices--taken", "choices--at", "choices--loud", "choices--other"}

    @dataclass
    class Changed(Message):
        """Another one is taken."""

        choices: "Choices"
        value: str

        @property
        def control(self) -> "Choices":
            """The line."""
            return self.choices

    def __init__(
        self, options: Sequence[Option], value: str = "", *, loud: Sequence[str] = (), id: str | None = None
    ) -> None:
        """A line of choices.

        Args:
            options: What can be taken.
            value: What is taken first; the first one, if it is not among them.
            loud: Values that want to be seen while they are taken.
            id: For the screen.
        """
        super().__init__(id=id)
        self.options = tuple(options)
        self._loud = frozenset(loud)
        self._at = self._place(value)

    def _place(self, value: str) -> int:
        return next((index for index, option in enumerate(self.options) if option.value == value), 0)

    @property
    def value(self) -> str:
        """What is taken; empty where there is nothing to choose from."""
        return self.options[self._at].value if self.options else ""

    def take(self, value: str) -> None:
        """Take another one, and say so."""
        place = self._place(value)
        if place != self._at:
            self._at = place
            self.refresh()
            self.post_message(self.Changed(self, self.value))

    def set_options(self, options: Sequence[Option]) -> None:
        """Offer other words or values; what is taken stays, if it can."""
        value = self.value
        if tuple(options) != self.options:
            self.options = tuple(options)
            self._at = self._place(value)
            self.refresh()

    def action_next_choice(self, step: int) -> None:
        """Take the next one, or the one before; after the last comes the first."""
        if self.options:
            self.take(self.options[(self._at + step) % len(self.options)].value)

    def on_click(self, event: Click) -> None:
        """Take the one that was clicked."""
        value = event.style.meta.get("choice")
        if value is not None:
            self.take(value)

    @property
    def text(self) -> str:
        """What it shows, for tests and for those who read the screen aloud."""
        return "".join(segment.text for segment in self._line(self.content_size.width))

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        """Draw the line."""
        width = self.content_size.width
        return Strip(self._line(width)).adjust_cell_length(width, self.rich_style)

    def _line(self, width: int) -> list[Segment]:
        labels = [safe_text(option.label) for option in self.options]
        if sum(cell_len(label) + 3 for label in labels) <= width + 1:
            return list(self._all(labels))
        many = f" {self._at + 1} of {len(labels)}"
        taken = cut(labels[self._at], max(4, width - len(many) - 4)) if labels else ""
        return [Segment(f"‹{taken}›", self._part(self._at)), Segment(many, self._style("other"))]

    def _all(self, labels: Sequence[str]) -> Iterator[Segment]:
        for index, label in enumerate(labels):
            style = self._part(index)
            style += Style.from_meta({"choice": self.options[index].value})
            yield Segment(f"‹{label}›" if index == self._at else f" {label} ", style)
            yield Segment(" ", self.rich_style)

    def _part(self, index: int) -> Style:
        if index != self._at:
            return self._style("other")
        if self.has_focus:
            return self._style("at")
        return self._style("loud" if self.options[index].value in self._loud else "taken")

    def _style(self, name: str) -> Style:
        return self.rich_style + self.get_component_rich_style(f"choices--{name}", partial=True)
