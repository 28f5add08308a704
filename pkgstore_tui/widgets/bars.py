"""The one-line bars around a view: title, breadcrumb, status, keys, progress. They are told what to show."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from pkgstore_tui.widgets.cells import TONES, Tone, cut, parts_of
from pkgstore_tui.widgets.late_parts import LateParts


@dataclass(frozen=True, slots=True)
class Piece:
    """Text of a bar; a click on it runs `action`, if it has one."""

    text: str
    tone: Tone = ""
    action: str = ""
    key: bool = False


class Bar(LateParts, Widget):
    """One line: pieces on the left, pieces on the right; the left gives way when there is too little room."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"bar--key", "bar--badge", *(f"bar--{tone}" for tone in TONES)}

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.left: tuple[Piece, ...] = ()
        self.right: tuple[Piece, ...] = ()

    def set_pieces(self, left: Sequence[Piece], right: Sequence[Piece] = ()) -> None:
        """Show something else."""
        pieces = tuple(left), tuple(right)
        if pieces != (self.left, self.right):
            self.left, self.right = pieces
            self.refresh()

    @property
    def text(self) -> str:
        """What it shows, for tests and for those who read the screen aloud."""
        return "".join(parts_of(piece.text)[0].text for piece in (*self.left, *self.right))

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        """Draw the line."""
        width = self.content_size.width
        base = self.rich_style
        right = list(self._segments(self.right, self._room_on_the_right(width)))
        taken = sum(segment.cell_length for segment in right)
        left = list(self._segments(self.left, max(0, width - taken - (1 if taken else 0))))
        gap = width - taken - sum(segment.cell_length for segment in left)
        return Strip([*left, Segment(" " * max(0, gap), base), *right]).adjust_cell_length(width, base)

    def _room_on_the_right(self, width: int) -> int:
        return width

    def _segments(self, pieces: Sequence[Piece], room: int) -> Sequence[Segment]:
        drawn: list[Segment] = []
        for piece in pieces:
            text = cut(parts_of(piece.text)[0].text, room)
            room -= cell_len(text)
            if text:
                drawn.append(Segment(text, self._style(piece)))
            if room <= 0:
                break
        return drawn

    def _style(self, piece: Piece) -> Style:
        name = "key" if piece.key else piece.tone
        style = self.rich_style
        if name:
            style += self.get_component_rich_style(f"bar--{name}", partial=True)
        return style + Style.from_meta({"@click": piece.action}) if piece.action else style


class TitleBar(Bar):
    """The program, the views, the store and whether it is locked."""


class Breadcrumb(Bar):
    """Where in the view one is. With too little room its beginning gives way, and what stands on the right."""

    def _room_on_the_right(self, width: int) -> int:
        """What the place that one is at leaves, which has up to two thirds."""
        here = cell_len(self.left[-1].text) + 1 if self.left else 0
        return width - min(here, 2 * width // 3)

    def _segments(self, pieces: Sequence[Piece], room: int) -> Sequence[Segment]:
        return super()._segments(self._fitting(pieces, room) if pieces is self.left else pieces, room)

    @staticmethod
    def _fitting(pieces: Sequence[Piece], room: int) -> Sequence[Piece]:
        for start in range(len(pieces)):
            kept = [Piece("…", "muted"), *pieces[start:]] if start else list(pieces)
            if sum(cell_len(piece.text) for piece in kept) <= room:
                return kept
        return pieces[-1:]


class StatusLine(Bar):
    """What goes on in the background."""


class KeyBar(Bar):
    """The keys that work now, most needed first; what does not fit stays out, whole."""

    def set_keys(self, keys: Sequence[tuple[str, str, str]]) -> None:
        """Show some keys.

        Args:
            keys: A key, its word and its action each, most needed first.
        """
        self._keys = tuple(keys)
        self._choose()

    _keys: tuple[tuple[str, str, str], ...] = ()

    def on_resize(self) -> None:
        """Choose again what fits."""
        self._choose()

    def _choose(self) -> None:
        room, pieces = self.content_size.width, list[Piece]()
        for key, word, action in self._keys:
            taken = cell_len(key) + cell_len(word) + 3
            if taken > room:
                break
            room -= taken
            pieces += [Piece(key, key=True, action=action), Piece(f" {word}", "", action), Piece("  ")]
        self.set_pieces(pieces)


class ProgressStrip(LateParts, Widget):
    """A bar, a percentage and what is being done; the shape tells as much as the colour."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"progress-strip--full", "progress-strip--empty"}

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.fraction: float | None = None
        self.label = ""

    def set_progress(self, fraction: float | None, label: str) -> None:
        """Show how far something is.

        Args:
            fraction: From 0 to 1; None while it is not known.
            label: What is being done.
        """
        self.fraction, self.label = fraction, label
        self.refresh()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        """Draw the line."""
        width = self.content_size.width
        length = max(6, min(30, width // 3))
        full = round(length * (self.fraction or 0.0))
        percent = "    …" if self.fraction is None else f"{self.fraction:5.0%}"
        (label,) = parts_of(self.label)
        line = [
            Segment("━" * full, self._part("full")),
            Segment("─" * (length - full), self._part("empty")),
            Segment(f" {percent}  {cut(label.text, max(0, width - length - 8))}", self.rich_style),
        ]
        return Strip(line).adjust_cell_length(width, self.rich_style)

    def _part(self, name: str) -> Style:
        return self.rich_style + self.get_component_rich_style(f"progress-strip--{name}", partial=True)
