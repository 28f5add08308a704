"""Ages along a line of time, and a cut-off in it that can be moved: what is older goes. Knows counts only."""

import math
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from pkgstore_tui.widgets.cells import cut
from pkgstore_tui.widgets.late_parts import LateParts

_HOUR: Final = 3600.0
_DAY: Final = 24 * _HOUR
_LONGEST: Final = 2 * 365 * _DAY
"""Seconds at the right end; what is older is drawn there."""

FINE: Final = 480
"""Parts of the line of time that are counted; a terminal has fewer columns."""

TICKS: Final = (
    ("now", 0.0),
    ("1h", _HOUR),
    ("1d", _DAY),
    ("1w", 7 * _DAY),
    ("30d", 30 * _DAY),
    ("90d", 90 * _DAY),
    ("1y", 365 * _DAY),
)
BARS: Final = 4
"""Lines of the bars."""

_HEIGHTS: Final = " ▁▂▃▄▅▆▇█"


def place_of(age: float) -> float:
    """Where an age in seconds is on the line, from 0 to 1; the first hour is as wide as a doubling later on."""
    return min(1.0, math.log2(1 + max(0.0, age) / _HOUR) / math.log2(1 + _LONGEST / _HOUR))


@dataclass(frozen=True, eq=False, slots=True)
class Ages:
    """How many there are in each part of the line, and how many of those somebody needs."""

    counts: Sequence[int] = field(default_factory=lambda: array("l", [0] * FINE))
    needed: Sequence[int] = field(default_factory=lambda: array("l", [0] * FINE))

    @classmethod
    def of(cls, ages: Iterable[tuple[float, bool]]) -> "Ages":
        """Count ages in seconds, each with whether somebody needs what is so old."""
        counts, needed = array("l", [0] * FINE), array("l", [0] * FINE)
        for age, is_needed in ages:
            part = min(FINE - 1, int(place_of(age) * FINE))
            counts[part] += 1
            needed[part] += is_needed
        return cls(counts, needed)

    def columns(self, numbers: Sequence[int], width: int) -> list[int]:
        """The numbers added up for so many columns."""
        found = [0] * width
        for part, number in enumerate(numbers):
            found[part * width // FINE] += number
        return found


class CutoffChart(LateParts, Widget):
    """A title, bars, a line of dots where somebody needs something, and the line of time."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"cutoff-chart--{part}" for part in ("title", "stays", "goes", "needed", "lost", "cut", "axis")
    }

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.ages = Ages()
        self.cutoff: float | None = None
        self.heading = ""

    def set_ages(self, ages: Ages, heading: str) -> None:
        """Show other ages."""
        if ages is not self.ages or heading != self.heading:
            self.ages, self.heading = ages, heading
            self.refresh()

    def set_cutoff(self, cutoff: float | None) -> None:
        """Move the cut-off, in seconds of age; None for none."""
        if cutoff != self.cutoff:
            self.cutoff = cutoff
            self.refresh()

    def get_content_height(self, *_: object) -> int:
        """The title, the bars, the dots, the line of time."""
        return BARS + 3

    def column_of(self, age: float, width: int) -> int:
        """The column that an age is in."""
        return min(width - 1, int(place_of(age) * width))

    def render_line(self, y: int) -> Strip:
        """Draw a line."""
        width = self.content_size.width
        if y == 0 or width < 8:
            line = [Segment(cut(self.heading, width), self._part("title"))] if y == 0 else []
        elif y <= BARS:
            line = self._bars(BARS - y, width)
        elif y == BARS + 1:
            line = self._dots(width)
        else:
            line = [Segment(self._axis(width), self._part("axis"))] if y == BARS + 2 else []
        return Strip(line).adjust_cell_length(width, self.rich_style)

    def _cut_at(self, width: int) -> int | None:
        return None if self.cutoff is None else self.column_of(self.cutoff, width)

    def _bars(self, level: int, width: int) -> list[Segment]:
        """One line of the bars; `level` 0 is the lowest."""
        counts, at = self.ages.columns(self.ages.counts, width), self._cut_at(width)
        most = max(counts) or 1
        found = []
        for column, count in enumerate(counts):
            eighths = max(1, round(count * BARS * 8 / most)) if count else 0
            sign = _HEIGHTS[min(8, max(0, eighths - 8 * level))]
            if sign == " " and column == at:
                found.append(Segment("╎", self._part("cut")))
            else:
                found.append(Segment(sign, self._part("goes" if at is not None and column >= at else "stays")))
        return found

    def _dots(self, width: int) -> list[Segment]:
        """Where somebody needs something."""
        at, needed = self._cut_at(width), self.ages.columns(self.ages.needed, width)
        found = []
        for column, count in enumerate(needed):
            lost = at is not None and column >= at
            if count:
                found.append(Segment("•", self._part("lost" if lost else "needed")))
            else:
                found.append(Segment("╎" if column == at else " ", self._part("cut")))
        return found

    def _axis(self, width: int) -> str:
        """The line of time; of labels that would touch, the later one is left out."""
        line = ""
        for label, age in TICKS:
            column = self.column_of(age, width)
            if column >= len(line) + bool(line) and column + cell_len(label) <= width:
                line = line.ljust(column) + label
        return line

    def _part(self, name: str) -> Style:
        return self.rich_style + self.get_component_rich_style(f"cutoff-chart--{name}", partial=True)
