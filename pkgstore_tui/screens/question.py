"""A question with two answers; the focus begins on the harmless one."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Static

from pkgstore_tui.screens.dialog import DialogScreen, dialog_bindings
from pkgstore_tui.widgets.bars import KeyBar


class Question(DialogScreen[bool]):
    """Answers True only when the button that says what is done was pressed."""

    BINDINGS: ClassVar[list[BindingType]] = dialog_bindings("dialog")

    def __init__(self, title: str, text: str, *, yes: str, no: str) -> None:
        """Ask.

        Args:
            title: What it is about.
            text: The question and its consequences.
            yes: The word of the button that does it.
            no: The word of the button that does not.
        """
        super().__init__()
        self._words = title, text, yes, no

    def compose(self) -> ComposeResult:
        """The question and its two answers."""
        title, text, yes, no = self._words
        with Vertical(id="frame") as frame:
            frame.border_title = title
            yield Static(text, id="text", markup=False)
            with Horizontal(id="buttons"):
                yield Button(no, id="no")
                yield Button(yes, id="yes", variant="warning")
            yield KeyBar()

    def on_mount(self) -> None:
        """Focus on the harmless answer."""
        self.query_one("#no").focus()

    @on(Button.Pressed)
    def _answered(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(event.button.id == "yes")

    def action_cancel(self) -> None:
        """No."""
        self.dismiss(False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is no path to choose here."""
        del parameters
        return action != "browse"
