"""The help of a view, made from the commands: what is not possible now is not in it."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from pkgstore_tui.commands import Command
from pkgstore_tui.screens import style_files
from pkgstore_tui.screens.dialog import DialogScreen, dialog_bindings
from pkgstore_tui.widgets.bars import KeyBar
from pkgstore_tui.widgets.facts import Fact, Facts

FLAGS = (
    Fact("Flags"),
    Fact("P", "phantom: configs.json lists a config whose tree is gone", "bad"),
    Fact("O", "orphan: a tree without sidecar or not in configs.json, or a sidecar without its tree", "warn"),
    Fact("!", "damage: something could not be read", "bad"),
)


def help_facts(commands: Sequence[Command]) -> tuple[Fact, ...]:
    """The commands by group, then what the letters mean."""
    groups: dict[str, list[Command]] = {}
    for command in commands:
        if command.keys:
            groups.setdefault(command.group, []).append(command)
    rows: list[Fact] = []
    for group, members in groups.items():
        rows += [Fact(group), *(Fact(command.shown_keys, command.help) for command in members)]
    return (*rows, *FLAGS)


class HelpScreen(DialogScreen[None]):
    """Keys and what they do."""

    CSS_PATH = style_files("dialog", "help")
    SCOPE: ClassVar[str] = "help"
    BINDINGS: ClassVar[list[BindingType]] = dialog_bindings("help")

    def __init__(self, title: str, commands: Sequence[Command], note: str = "") -> None:
        """Help.

        Args:
            title: The view's name.
            commands: Those that work in it now.
            note: What else to know.
        """
        super().__init__()
        self._title = title
        self._facts = (*help_facts(commands), *((Fact("Locked"), Fact("", note)) if note else ()))

    def compose(self) -> ComposeResult:
        """One list."""
        with Vertical(id="frame") as frame:
            frame.border_title = f"Keys in {self._title}"
            yield Facts(id="keys")
            yield KeyBar()

    def on_mount(self) -> None:
        """Fill it."""
        facts = self.query_one(Facts)
        facts.set_facts(self._facts)
        facts.focus()

    def action_leave(self) -> None:
        """Leave the help."""
        self.dismiss(None)
