"""A text to copy by hand, for terminals that have no clipboard."""

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from pkgstore_tui.format import safe_text
from pkgstore_tui.screens.dialog import DialogScreen, dialog_bindings
from pkgstore_tui.widgets.bars import KeyBar

WITHOUT: Final = ("linux", "dumb", "unknown", "vt", "ansi", "cons", "sun")
"""How the names of terminals begin that take no text for a clipboard."""


def has_clipboard(terminal: str) -> bool:
    """Whether a terminal, by its TERM, may take what is sent to its clipboard (OSC 52)."""
    return bool(terminal) and not terminal.startswith(WITHOUT)


class CopyDialog(DialogScreen[None]):
    """Shows a text whole, to be selected with the mouse."""

    SCOPE: ClassVar[str] = "help"
    BINDINGS: ClassVar[list[BindingType]] = dialog_bindings("help")

    def __init__(self, text: str, what: str) -> None:
        """Show a text.

        Args:
            text: All of it.
            what: What it is.
        """
        super().__init__()
        self.text = text
        self._what = what

    def compose(self) -> ComposeResult:
        """The text, and how to take it."""
        shown = "\n".join(map(safe_text, self.text.split("\n")))
        with Vertical(id="frame") as frame:
            frame.border_title = f"Copy {self._what}"
            with VerticalScroll(id="whole"):
                yield Static(shown, id="copied", markup=False)
            yield Static("this terminal has no clipboard; select it with the mouse (and shift)", id="how")
            yield KeyBar()

    def on_mount(self) -> None:
        """Keys scroll the text."""
        self.query_one("#whole").focus()

    def action_leave(self) -> None:
        """Leave."""
        self.dismiss(None)
