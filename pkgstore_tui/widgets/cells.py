"""Text in tones, cut and padded to cells of the terminal. The one place where outside text becomes segments."""

from collections.abc import Callable, Iterator
from typing import Final, Literal, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style

from pkgstore_tui.format import safe_text

Tone = Literal["", "muted", "accent", "good", "warn", "bad"]
TONES: Final[tuple[Tone, ...]] = ("muted", "accent", "good", "warn", "bad")


class Part(NamedTuple):
    """A stretch of text in one tone."""

    text: str
    tone: Tone = ""


Cell = str | Part | tuple[Part, ...]
"""What a column shows of a row."""


def parts_of(cell: Cell) -> tuple[Part, ...]:
    """A cell as parts, each harmless to show."""
    if isinstance(cell, str):
        return (Part(safe_text(cell)),)
    if isinstance(cell, Part):
        return (Part(safe_text(cell.text), cell.tone),)
    return tuple(Part(safe_text(part.text), part.tone) for part in cell)


def cut(text: str, width: int) -> str:
    """`text` in at most `width` cells, with an ellipsis where something had to go."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…" if width > 1 else "…"[:width]


def segments(
    cell: Cell, width: int, style_of: Callable[[Tone], Style], *, right: bool = False
) -> Iterator[Segment]:
    """A cell as segments that fill exactly `width` cells.

    Args:
        cell: What to show.
        width: Cells of the terminal.
        style_of: The style of a tone.
        right: Whether to align to the right.
    """
    parts = parts_of(cell)
    gap = max(0, width - sum(cell_len(part.text) for part in parts))
    plain = style_of("")
    if right and gap:
        yield Segment(" " * gap, plain)
    room = width
    for part in parts:
        text = cut(part.text, room)
        room -= cell_len(text)
        yield Segment(text, style_of(part.tone))
        if room <= 0:
            return
    left = room - (gap if right else 0)
    if left > 0:
        yield Segment(" " * left, plain)
