"""What of Textual keeps drawn lines for longer than they are shown, mended from outside.

A line (`Strip`) remembers what was made of it. Where that is the line itself it holds itself, and only the
collector of cycles can throw it away: some thousands a second while a store changes, with all that hangs on them.
And the cache of backgrounds has widgets' drawn lines as its keys (Textual's issue 6665), and so keeps what was
closed long ago.
"""

from collections.abc import Iterable, Sequence
from functools import cache

from rich.style import Style
from textual._styles_cache import StylesCache
from textual.strip import Strip


@cache
def mend_lines() -> None:
    """From now on no line holds itself; what is made of lines stays the same."""
    adjust, crop, divide = Strip.adjust_cell_length, Strip.crop_extend, Strip.divide

    def adjust_cell_length(self: Strip, cell_length: int, style: Style | None = None) -> Strip:
        return self if cell_length == self.cell_length else adjust(self, cell_length, style)

    def crop_extend(self: Strip, start: int, end: int, style: Style | None) -> Strip:
        return self if start == 0 and end == self.cell_length else crop(self, start, end, style)

    def divided(self: Strip, cuts: Iterable[int]) -> Sequence[Strip]:
        within = [cut for cut in cuts if cut <= self.cell_length]
        return [self] if within == [self.cell_length] else divide(self, within)

    Strip.adjust_cell_length = adjust_cell_length  # type: ignore[method-assign]
    Strip.crop_extend = crop_extend  # type: ignore[method-assign]
    Strip.divide = divided  # type: ignore[method-assign]


def forget_closed_widgets() -> None:
    """Let go of what widgets drew that are gone."""
    if forget := getattr(StylesCache.get_inner_outer, "cache_clear", None):
        forget()
