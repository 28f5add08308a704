"""How many there are of each age, as bars of block characters. Knows counts only, not what is counted."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import ClassVar, Final, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from pkgstore_tui.widgets.cells import cut
from pkgstore_tui.widgets.late_parts import LateParts

_DAY: Final = 86400.0
BOUNDS: Final = (_DAY, 7 * _DAY, 30 * _DAY, 90 * _DAY, 365 * _DAY)
"""Seconds at which one bucket ends and the next begins; the age itself belongs to the older one."""

LABELS: Final = ("< 1d", "< 1w", "< 30d", "< 90d", "< 1y", "older")
UNDATED: Final = "unknown"
_BLOCKS: Final = "▏▎▍▌▋▊▉█"


class Bucket(NamedTuple):
    """An age and how many there are of it."""

    label: str
    number: int


def age_buckets(times: Iterable[float | None], now: float) -> tuple[Bucket, ...]:
    """How many there are of each age; those without a time come last, and only if there are any.

    Args:
        times: Seconds since 1970; a time to come counts as now.
        now: The present.
    """
    counts = [0] * len(LABELS)
    undated = 0
    edges = [now - bound for bound in reversed(BOUNDS)]
    for time in times:
        if time is None:
            undated += 1
        else:
            counts[len(BOUNDS) - bisect_left(edges, time)] += 1
    found = tuple(map(Bucket, LABELS, counts))
    return (*found, Bucket(UNDATED, undated)) if undated else found


def bar(count: int, most: int, width: int) -> str:
    """A bar for a count, `width` cells long for the largest; what is not nothing is seen."""
    if not count or not most or width <= 0:
        return ""
    eighths = max(1, round(count * width * 8 / most))
    full, rest = divmod(eighths, 8)
    return "█" * full + (_BLOCKS[rest - 1] if rest else "")


class AgeChart(LateParts, Widget):
    """A line a bucket: its label, its bar, its count."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"age-chart--title", "age-chart--label", "age-chart--bar"}

    def __init__(self, title: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.heading = title
        self.buckets: tuple[Bucket, ...] = ()

    def set_buckets(self, buckets: Sequence[Bucket]) -> None:
        """Show other counts."""
        if tuple(buckets) != self.buckets:
            self.buckets = tuple(buckets)
            self.refresh(layout=True)

    def get_content_height(self, *_: object) -> int:
        """A line for the title, and one a bucket."""
        return 1 + max(len(LABELS), len(self.buckets))

    @property
    def text(self) -> str:
        """What it shows, for tests and for those who read the screen aloud."""
        return "\n".join(f"{bucket.label} {bucket.number:,}" for bucket in self.buckets)

    def render_line(self, y: int) -> Strip:
        """Draw the title, or a bucket."""
        width, plain = self.content_size.width, self.rich_style
        if y == 0:
            line = [Segment(cut(self.heading, width), self._part("title"))]
        elif y <= len(self.buckets):
            line = self._line(self.buckets[y - 1], width, plain)
        else:
            line = []
        return Strip(line).adjust_cell_length(width, plain)

    def _line(self, bucket: Bucket, width: int, plain: Style) -> list[Segment]:
        most = max(found.number for found in self.buckets)
        label = max(map(cell_len, (*LABELS, UNDATED))) + 2
        room = width - label - len(f" {most:,}")
        drawn = bar(bucket.number, most, room)
        return [
            Segment(bucket.label.rjust(label - 2) + "  ", self._part("label")),
            Segment(drawn, self._part("bar")),
            Segment(f" {bucket.number:,}" if drawn else f"{bucket.number:,}", plain),
        ]

    def _part(self, name: str) -> Style:
        return self.rich_style + self.get_component_rich_style(f"age-chart--{name}", partial=True)
