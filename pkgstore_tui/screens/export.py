"""Write a table to a file: all of its rows and columns, not only those in sight."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Protocol

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label, Static
from textual.worker import get_current_worker

from pkgstore.errors import Cancelled, StoreError
from pkgstore.files import replace_file
from pkgstore.keys import named_parts
from pkgstore_tui.format import counted
from pkgstore_tui.screens.dialog import DialogScreen, dialog_bindings
from pkgstore_tui.screens.question import Question
from pkgstore_tui.table_file import FORMATS, encode_table
from pkgstore_tui.widgets.bars import KeyBar
from pkgstore_tui.widgets.cells import parts_of
from pkgstore_tui.widgets.columns import Column

TELL_EVERY: Final = 2_000
"""Rows after which it is said how far the writing is."""


Tell = Callable[[int], None]
"""Called with how many rows are done, in the thread that writes."""


class Exported(Protocol):
    """What can be written to a file; `formats` are endings of names, the proposed one first."""

    heading: ClassVar[str]
    formats: ClassVar[tuple[str, ...]]

    @property
    def name(self) -> str:
        """The proposed name, without its ending."""

    def told(self, format: str) -> str:
        """What is written, in words."""

    def encode(self, format: str, tell: Tell) -> bytes:
        """The file's content; called in a thread."""


@dataclass(frozen=True, eq=False)
class Table:
    """A table as it is shown, and `key`, which tells its rows apart; `about` is what else is known of it."""

    heading: ClassVar[str] = "Export this table"
    formats: ClassVar[tuple[str, ...]] = FORMATS
    name: str
    columns: tuple[Column[Any], ...]
    rows: Sequence[Any]
    key: Callable[[Any], object]
    about: dict[str, str]

    @property
    def titles(self) -> tuple[str, ...]:
        """The titles of the columns, then those of what is in the rows' keys: hashes are shortened elsewhere."""
        own = tuple(column.title or "SIGN" for column in self.columns)
        return (*own, *(f"KEY {name.replace('_', ' ').upper()}" for name in self._names))

    def texts(self) -> Iterator[list[str]]:
        """A text for each title of each row."""
        names = self._names
        for row in self.rows:
            key = self.key(row) if names else None
            yield [_text(column, row) for column in self.columns] + [str(getattr(key, name, "")) for name in names]

    def told(self, format: str) -> str:
        """How many rows, and as what."""
        return f"{counted(len(self.rows), 'row')} as {format.upper()}"

    def encode(self, format: str, tell: Tell) -> bytes:
        """All rows and columns."""
        return encode_table(self.titles, self._counted(tell), format, self.about)

    def _counted(self, tell: Tell) -> Iterator[list[str]]:
        for done, texts in enumerate(self.texts()):
            tell(done)
            yield texts

    @property
    def _names(self) -> tuple[str, ...]:
        """The parts of the keys; all rows of a table have the same, and other keys say nothing of their own."""
        key = self.key(self.rows[0]) if self.rows else None
        return tuple(named_parts(key))


def _text(column: Column[Any], row: Any) -> str:
    return "".join(part.text for part in parts_of(column.cell(row))).strip()


class ExportDialog(DialogScreen[str | None]):
    """Asks where to; answers with the path that was written, or None."""

    BINDINGS: ClassVar[list[BindingType]] = dialog_bindings("dialog")

    def __init__(self, exported: Exported, folder: str = "") -> None:
        """Ask.

        Args:
            exported: What is written.
            folder: Where the proposed file is; the present folder by default.
        """
        super().__init__()
        self._exported = exported
        self._proposed = os.path.join(folder or os.getcwd(), f"{exported.name}.{exported.formats[0]}")

    def compose(self) -> ComposeResult:
        """One path, and the buttons."""
        with Vertical(id="frame") as frame:
            frame.border_title = self._exported.heading
            with Horizontal(classes="field"):
                yield Label("file", markup=False)
                yield Input(self._proposed, placeholder=f"a file ends in {self._endings}", id="path", compact=True)
            yield Static("", id="text", markup=False)
            with Horizontal(id="buttons"):
                yield Button("Cancel", id="no")
                yield Button("Write", id="yes")
            yield KeyBar()

    @property
    def _endings(self) -> str:
        """The endings that a name may have."""
        *others, last = (f".{format}" for format in self._exported.formats)
        return f"{', '.join(others)} or {last}" if others else last

    def on_mount(self) -> None:
        """Begin in the path."""
        self.query_one(Input).focus()
        self._say_what()

    @property
    def path(self) -> str:
        """What is filled in."""
        text = self.query_one(Input).value.strip()
        return os.path.abspath(os.path.expanduser(text)) if text else ""

    @property
    def format(self) -> str:
        """The format that the path's ending asks for; empty for another."""
        ending = os.path.splitext(self.path)[1].lstrip(".").lower()
        return ending if ending in self._exported.formats else ""

    @on(Input.Changed)
    def _say_what(self) -> None:
        format = self.format
        self._say(self._exported.told(format) if format else f"the file's name has to end in {self._endings}")
        self.query_one("#yes", Button).disabled = not self.format

    def _say(self, text: str) -> None:
        self.query_one("#text", Static).update(text)

    @on(Input.Submitted)
    @on(Button.Pressed, "#yes")
    def _confirmed(self) -> None:
        if not self.format:
            return
        if "\0" in self.path:
            self._say("no path has a NUL character; choose another name")
        elif os.path.isdir(self.path):
            self._say("that is a folder; name a file in it")
        elif os.path.lexists(self.path):
            text = f"{self.path} is there. Writing takes its place."
            self.app.push_screen(
                Question("Overwrite this file?", text, yes="Overwrite", no="Keep it"), self._overwrite
            )
        else:
            self._write(self.path, self.format)

    def _overwrite(self, answer: bool | None) -> None:
        if answer:
            self._write(self.path, self.format)
        else:
            self._say("nothing was written; choose another name")

    @work(thread=True, group="export", exclusive=True, exit_on_error=False)
    def _write(self, path: str, format: str) -> None:
        try:
            data = self._exported.encode(format, self._tell)
            replace_file(path, data, durable=False)
        except Cancelled:
            return
        except StoreError as error:
            self.app.call_from_thread(self._say, str(error))
        else:
            self.app.call_from_thread(self.dismiss, path)

    def _tell(self, done: int) -> None:
        """Say how far it is; ends the writing when the dialog is left."""
        if get_current_worker().is_cancelled:
            raise Cancelled
        if done and done % TELL_EVERY == 0:
            self.app.call_from_thread(self._say, f"writing … {done:,} of {self._exported.told(self.format)}")

    @on(Button.Pressed, "#no")
    def action_cancel(self) -> None:
        """Leave; nothing is written."""
        self.dismiss(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is no path to choose from a list."""
        del parameters
        return action != "browse"


def proposed_name(*parts: str) -> str:
    """A file's name from a view and its breadcrumb."""
    words = ["".join(sign if sign.isalnum() or sign in "._-" else "-" for sign in part) for part in parts if part]
    return "-".join(words)[:80] or "table"
