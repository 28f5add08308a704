"""Lines of a text, of which only those in sight are drawn: long ones scroll sideways, matches are marked."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import ClassVar, Final

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from pkgstore_tui.format import safe_text
from pkgstore_tui.widgets.cells import cut
from pkgstore_tui.widgets.late_parts import LateParts

STEP: Final = 8
"""Characters that one press scrolls sideways."""

Span = tuple[int, int]
Mark = Callable[[str], Span]


def smart_case(needle: str, text: str) -> str:
    """`text` as `needle` is looked for in it: capitals count where the needle has some."""
    return text if needle != needle.lower() else text.lower()


def find_lines(lines: Sequence[str], needle: str) -> tuple[int, ...]:
    """The places of the lines that have a text."""
    return tuple(at for at, line in enumerate(lines) if needle in smart_case(needle, line)) if needle else ()


class TextView(LateParts, ScrollView, can_focus=True, inherit_bindings=False):
    """A text to look at. It is told its lines, and tells where one is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll_down", show=False, id="table.down"),
        Binding("k,up", "scroll_up", show=False, id="table.up"),
        Binding("g,home", "to_top", show=False, id="table.top"),
        Binding("G,end", "to_bottom", show=False, id="table.bottom"),
        Binding("ctrl+d,pagedown,space", "page_down", show=False, id="table.page_down"),
        Binding("ctrl+u,pageup", "page_up", show=False, id="table.page_up"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"text-view--{part}" for part in ("number", "name", "match", "here", "muted")
    }

    class Moved(Message):
        """Other lines are in sight, or other matches."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lines: tuple[str, ...] = ()
        self.needle = ""
        self.matches: tuple[int, ...] = ()
        self.at_match = -1
        self.aside = 0
        """Characters that are out of sight on the left."""
        self.empty = ""
        self._mark: Mark | None = None
        self._longest = 0
        self._styles: dict[str, Style] = {}

    # --- told by the screen -----------------------------------------------------------------------------------

    def set_lines(self, lines: Sequence[str], *, mark: Mark | None = None, empty: str = "") -> None:
        """Show a text from its beginning.

        Args:
            lines: Its lines; what is hostile in them is made harmless when they are drawn.
            mark: Where a line's name is.
            empty: What is said where there is no line.
        """
        self.lines, self._mark, self.empty = tuple(lines), mark, empty
        self._longest = max(map(len, self.lines), default=0)
        self.aside = 0
        self.virtual_size = Size(0, len(self.lines))
        self.scroll_to(y=0, animate=False)
        self.look_for(self.needle, move=False)

    def look_for(self, needle: str, *, move: bool = True) -> None:
        """Mark the lines that have a text, and go to the first from here on."""
        self.needle = needle
        self.matches, self.at_match = find_lines(self.lines, needle), -1
        self.refresh()
        if move and self.matches:
            here = self.scroll_offset.y
            self._go_to(next((i for i, line in enumerate(self.matches) if line >= here), 0))
        self.post_message(self.Moved())

    def next_match(self, step: int) -> None:
        """Go to the next match, or the one before; after the last comes the first."""
        if self.matches:
            self._go_to((self.at_match + step) % len(self.matches))

    def _go_to(self, match: int) -> None:
        self.at_match = match
        line = self.matches[match]
        top, page = self.scroll_offset.y, self.page
        if not top <= line < top + page:
            self.scroll_to(y=max(0, line - page // 2), animate=False, force=True)
        column = smart_case(self.needle, self.lines[line]).find(self.needle)
        if not self.aside <= column <= self.aside + self.room - len(self.needle):
            self.aside = max(0, column - self.room // 2)
        self.refresh()
        self.post_message(self.Moved())

    # --- where one is -------------------------------------------------------------------------------------------

    @property
    def page(self) -> int:
        """Lines in sight at once."""
        return max(1, self.scrollable_content_region.height)

    @property
    def margin_width(self) -> int:
        """Cells for the numbers of the lines."""
        width = self.scrollable_content_region.width
        return len(str(len(self.lines))) + 2 if width >= 60 and self.lines else 1

    @property
    def room(self) -> int:
        """Cells for a line's text."""
        return max(1, self.scrollable_content_region.width - self.margin_width)

    def action_to_top(self) -> None:
        """Go to the first line."""
        self.scroll_to(y=0, animate=False)

    def action_to_bottom(self) -> None:
        """Go to the last line."""
        self.scroll_to(y=len(self.lines), animate=False)

    def action_page_down(self) -> None:
        """Go a page down."""
        self.scroll_to(y=self.scroll_offset.y + max(1, self.page - 1), animate=False)

    def action_page_up(self) -> None:
        """Go a page up."""
        self.scroll_to(y=self.scroll_offset.y - max(1, self.page - 1), animate=False)

    def action_scroll_down(self) -> None:
        """Go a line down."""
        self.scroll_to(y=self.scroll_offset.y + 1, animate=False)

    def action_scroll_up(self) -> None:
        """Go a line up."""
        self.scroll_to(y=self.scroll_offset.y - 1, animate=False)

    def sideways(self, step: int) -> None:
        """Scroll long lines."""
        self.aside = max(0, min(self.aside + step * STEP, self._longest - self.room + STEP))
        self.refresh()
        self.post_message(self.Moved())

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Tell that other lines are in sight."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self.post_message(self.Moved())

    # --- drawing ------------------------------------------------------------------------------------------------

    def notify_style_update(self) -> None:
        """Work out the styles again."""
        self._styles.clear()
        super().notify_style_update()

    def _style(self, part: str) -> Style:
        if part not in self._styles:
            more = self.get_component_rich_style(f"text-view--{part}", partial=True) if part else Style.null()
            self._styles[part] = self.rich_style + more
        return self._styles[part]

    def render_line(self, y: int) -> Strip:
        """Draw one line in sight."""
        width = self.scrollable_content_region.width
        index = y + self.scroll_offset.y
        if index >= len(self.lines):
            empty = f" {cut(safe_text(self.empty), width - 1)}" if not self.lines and y == 1 else ""
            return Strip([Segment(empty, self._style("muted"))]).adjust_cell_length(width, self._style(""))
        margin_width = self.margin_width
        number = f"{index + 1:>{margin_width - 2}}  " if margin_width > 1 else " "
        line = [Segment(number, self._style("number")), *self._segments(index)]
        return Strip(line).adjust_cell_length(width, self._style(""))

    def _segments(self, index: int) -> list[Segment]:
        line, room = self.lines[index], self.room
        shown = line[self.aside : self.aside + room + 1]
        pieces = _pieces(shown, [(*span, name) for span, name in self._spans(index, line)], self.aside)
        drawn: list[Segment] = []
        for text, part in pieces:
            safe = cut(safe_text(text), room)
            room -= cell_len(safe)
            drawn.append(Segment(safe, self._style(part)))
            if room <= 0:
                break
        return drawn if len(line) <= self.aside + self.room else _with_ellipsis(drawn, self.room)

    def _spans(self, index: int, line: str) -> list[tuple[Span, str]]:
        """The stretches of a line that are drawn in a way of their own, the more telling ones last."""
        spans: list[tuple[Span, str]] = []
        if self._mark is not None:
            spans.append((self._mark(line), "name"))
        if self.needle:
            here = self.at_match >= 0 and self.matches[self.at_match] == index
            part = "here" if here else "match"
            searched = smart_case(self.needle, line[: self.aside + self.room + len(self.needle)])
            at = searched.find(self.needle, max(0, self.aside - len(self.needle)))
            while at >= 0:
                spans.append(((at, at + len(self.needle)), part))
                at = searched.find(self.needle, at + len(self.needle))
        return spans


def _pieces(text: str, spans: Sequence[tuple[int, int, str]], aside: int) -> list[tuple[str, str]]:
    """`text`, which begins `aside` characters into its line, cut where its looks change; later spans win."""
    edges = {0, len(text)}
    for start, end, _ in spans:
        edges |= {min(max(0, edge - aside), len(text)) for edge in (start, end)}
    cuts = sorted(edges)
    pieces = []
    for start, end in pairwise(cuts):
        part = next((name for s, e, name in reversed(spans) if s - aside <= start and end <= e - aside), "")
        pieces.append((text[start:end], part))
    return pieces


def _with_ellipsis(drawn: list[Segment], room: int) -> list[Segment]:
    """A line that goes on beyond its room says so in its last cell."""
    strip = Strip(drawn).adjust_cell_length(room).crop(0, room - 1)
    return [*strip, Segment("…", drawn[-1].style if drawn else None)]
