"""What every dialog has: a frame with a title, and a bar with the keys that work in it."""

from typing import ClassVar, TypeVar

from textual.binding import BindingType
from textual.screen import ModalScreen

from pkgstore_tui.commands import Command, bindings, in_scope
from pkgstore_tui.screens.keys_here import keys_here
from pkgstore_tui.widgets.bars import KeyBar

Result = TypeVar("Result")


class DialogScreen(ModalScreen[Result]):
    """A modal screen over a view."""

    SCOPE: ClassVar[str] = "dialog"
    MORE_SCOPES: ClassVar[tuple[str, ...]] = ()
    """Scopes of commands that it has beside those of its own one."""
    AUTO_FOCUS = ""

    def __init__(self) -> None:
        super().__init__()
        self.VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-tall")]

    def on_mount(self) -> None:
        """Show the keys, now and whenever others work."""
        self.bindings_updated_signal.subscribe(self, lambda _screen: self._show_keys())
        self._show_keys()

    def _show_keys(self) -> None:
        active = keys_here(self)
        listed = sorted(in_scope(self.SCOPE, *self.MORE_SCOPES), key=lambda command: command.rank)
        for bar in self.query(KeyBar):
            bar.set_keys(
                [
                    (active[command.id][0], self.word_for(command), _on_screen(command.action))
                    for command in listed
                    if command.rank and command.id in active
                ]
            )

    def word_for(self, command: Command) -> str:
        """A command's word in the bar, as it is just now."""
        return command.label


def _on_screen(action: str) -> str:
    return action if action.startswith("app.") else f"screen.{action}"


def dialog_bindings(scope: str) -> list[BindingType]:
    """The bindings of one kind of dialog."""
    return [*bindings(scope)]
