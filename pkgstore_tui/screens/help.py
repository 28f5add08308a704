"""The help of a view, made from the commands: what is not possible now is not in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from pkgstore_tui.commands import Command
from pkgstore_tui.screens.dialog import DialogScreen, dialog_bindings
from pkgstore_tui.widgets.bars import KeyBar
from pkgstore_tui.widgets.facts import Fact, Facts

COLUMNS: Final[Mapping[str, str]] = {
    "AGAINST": "the lockfile or manifest that it is compared with",
    "BUILT AGAINST": "the linked packages that it was compiled with, and their versions",
    "CONFIG": "the hash of what it was compiled against, shortened; i and y have the whole",
    "CONFIGS": "how many builds of it there are, each against other linked packages",
    "CREATED": "when it came into the store, by its sidecar",
    "IN WORKERS": "bytes that workers hold too, by hard links",
    "LAST USED": "when a library was last assembled or built with it: its sidecar's mtime",
    "LATELY": "what came (+), changed (~) and went (−) a moment ago",
    "LINKS": "how many names the file has in all: in the store, in workers' libraries",
    "LINKS TO": "the packages whose headers it was compiled with",
    "MISSING": "packages that are named here and are not in the store",
    "ON DISK": "what the disk gives for it, each file counted once",
    "ITS VERDICT": "what becomes of the linked package itself",
    "NEAREST": "how what comes nearest in the store differs: stored → wanted",
    "OWN": "bytes that nothing else holds: what goes when it goes",
    "SIZE": "bytes of its files; … while they are not measured",
    "SOURCE": "the hash of the source, its store key, shortened",
    "SOURCES": "how many versions or commits of it there are",
    "STATE": "how wanted and stored stand: same, changed, missing here (the lockfile), missing there (the store)",
    "STORED": "how many configs of this source the store has; of a linked package: what was linked then",
    "TIER": "what names it, strongest first: worker, current, prev, build, pinned",
    "USED BY": "how many workers and apps name it in a manifest",
    "USERS": "how many workers and apps name it in a manifest",
    "VERDICT": "what a build with this lockfile, or a live install, would do with it",
    "WANTED": "the hash of the config that would fit, shortened; of a linked package: what the lockfile has",
}
"""What columns mean whose titles do not say it all."""

LABELS: Final = 16
"""Cells for keys, examples of filters, and titles."""

FLAGS = (
    Fact("Flags"),
    Fact("P", "phantom: configs.json lists a config whose tree is gone", "bad"),
    Fact("O", "orphan: a tree without sidecar or not in configs.json, or a sidecar without its tree", "warn"),
    Fact("!", "damage: something could not be read", "bad"),
    Fact("K", "kept on purpose, by a pin; the details say why", "accent"),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What of a view's table the help explains: the titles of its columns, and an example and its meaning each."""

    titles: Sequence[str] = ()
    filters: Sequence[tuple[str, str]] = ()


def help_facts(commands: Sequence[tuple[Command, Sequence[str]]], shown: Shown | None = None) -> tuple[Fact, ...]:
    """The commands and their keys by group, then filters, columns and letters."""
    shown = shown or Shown()
    groups: dict[str, list[Fact]] = {}
    for command, keys in commands:
        if keys:
            groups.setdefault(command.group, []).append(Fact(" ".join(keys), command.help))
    rows: list[Fact] = []
    for group, members in groups.items():
        rows += [Fact(group), *members]
    filters = [Fact(example, meaning) for example, meaning in shown.filters if example]
    rows += [Fact("Filter"), *filters] if filters else []
    columns = [Fact(title, COLUMNS[title]) for title in shown.titles if title in COLUMNS]
    rows += [Fact("Columns"), *columns] if columns else []
    return (*rows, *(FLAGS if "FLAGS" in shown.titles or not shown.titles else ()))


class HelpScreen(DialogScreen[None]):
    """Keys and what they do."""

    SCOPE: ClassVar[str] = "help"
    BINDINGS: ClassVar[list[BindingType]] = dialog_bindings("help")

    def __init__(
        self,
        title: str,
        commands: Sequence[tuple[Command, Sequence[str]]],
        note: str = "",
        shown: Shown | None = None,
    ) -> None:
        """Help.

        Args:
            title: The view's name.
            commands: Those that work in it now, with their keys.
            note: What else to know.
            shown: What there is to explain of its table.
        """
        super().__init__()
        self._title = title
        self._facts = (*help_facts(commands, shown), *((Fact("Locked"), Fact("", note)) if note else ()))

    def compose(self) -> ComposeResult:
        """One list."""
        with Vertical(id="frame") as frame:
            frame.border_title = f"Keys in {self._title}"
            yield Facts(label=LABELS, id="keys")
            yield KeyBar()

    def on_mount(self) -> None:
        """Fill it."""
        facts = self.query_one(Facts)
        facts.set_facts(self._facts)
        facts.focus()

    def action_leave(self) -> None:
        """Leave the help."""
        self.dismiss(None)
