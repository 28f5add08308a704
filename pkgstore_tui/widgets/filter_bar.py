"""The filter below a table: what is being typed, what is kept, how much it leaves, and where it is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input

from pkgstore_tui.commands import bindings
from pkgstore_tui.widgets.bars import Bar, Piece


class FilterText(Input):
    """Where one types; keeps to the commands of a filter."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("filter")]

    def action_keep_filter(self) -> None:
        """Keep it, and go back to the table."""
        self.post_message(FilterBar.Kept(self.value))

    def action_clear_filter(self) -> None:
        """Filter no more."""
        self.post_message(FilterBar.Cleared())


class FilterBar(Vertical):
    """Hidden while there is nothing to say; told what to show, asks with messages."""

    @dataclass
    class Edited(Message):
        """The text is another one, and nothing was typed for a moment."""

        text: str

    @dataclass
    class Kept(Message):
        """The text is to be kept."""

        text: str

    class Cleared(Message):
        """The filter is to go."""

    class Asked(Message):
        """The bar was clicked: one wants to type."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.is_editing = False
        self._told = ""
        self._help: tuple[str, ...] = ()

    def compose(self) -> ComposeResult:
        """A line with the text, and up to two lines below it."""
        with Horizontal(id="filter-line"):
            yield Bar(id="filter-sign")
            yield FilterText(id="filter-text", compact=True, select_on_focus=False)
            yield Bar(id="filter-count")
        yield Bar(id="filter-hint")
        yield Bar(id="filter-advice")

    def on_mount(self) -> None:
        """Nothing to say yet."""
        self.display = False
        self.field.can_focus = False
        self.query_one("#filter-sign", Bar).set_pieces([Piece("/", "accent")])

    @property
    def field(self) -> FilterText:
        """Where one types."""
        return self.query_one("#filter-text", FilterText)

    # --- told by the screen -----------------------------------------------------------------------------------

    def edit(self, text: str, help: Sequence[str]) -> None:
        """Let it be typed.

        Args:
            text: What to begin with.
            help: Examples, the most useful first.
        """
        self._help = tuple(help)
        self._put(text)
        self.is_editing = True
        self.display = True
        self.field.can_focus = True
        self.field.cursor_position = len(text)
        self.field.focus()
        self.show_error()

    def rest(self, text: str) -> None:
        """Show what is kept; nothing where that is empty."""
        self.is_editing = False
        self.field.can_focus = False
        self._put(text)
        self.display = bool(text)
        self.show_error()

    def show_count(self, text: str) -> None:
        """Say how much is left."""
        bar = self.query_one("#filter-count", Bar)
        bar.set_pieces([Piece(text, "muted")])
        bar.styles.width = cell_len(bar.text) + 2

    def show_error(self, what: str = "", advice: str = "", column: int = 1, length: int = 1) -> None:
        """Show what is wrong below the place where it is; without anything wrong, examples."""
        hint, more = self.query_one("#filter-hint", Bar), self.query_one("#filter-advice", Bar)
        hint.display, more.display = bool(what) or self.is_editing, bool(what and advice)
        if not what:
            hint.set_pieces([Piece("   ".join(self._fitting()), "muted")])
            return
        value = self.field.value
        left = cell_len(value[: column - 1]) - self.field.scroll_offset.x
        carets = "^" * max(1, cell_len(value[column - 1 : column - 1 + length]))
        hint.set_pieces([Piece("  " + " " * max(0, left)), Piece(carets, "warn"), Piece(f" {what}")])
        more.set_pieces([Piece(f"  {advice}", "muted")])

    def _fitting(self) -> Sequence[str]:
        """As many examples as there is room for, whole ones."""
        room, found = self.app.size.width - 2, list[str]()
        for example in self._help:
            room -= cell_len(example) + 3
            if room < 0:
                break
            found.append(example)
        return found

    def _put(self, text: str) -> None:
        self._told = text
        with self.field.prevent(Input.Changed):
            self.field.value = text

    # --- what is typed ------------------------------------------------------------------------------------------

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        """Tell it at once: who answers looks only at the last of what came meanwhile."""
        event.stop()
        if self.is_editing and self.field.value != self._told:
            self._told = self.field.value
            self.post_message(self.Edited(self._told))

    def on_click(self) -> None:
        """A click on what is kept lets it be typed again."""
        if not self.is_editing:
            self.post_message(self.Asked())
