"""The file dialogs, where a folder's name is a name: the ones they are made of take it for markup."""

import os

from rich.text import Text
from textual.app import ComposeResult
from textual_fspicker import FileOpen, Icons, SelectDirectory
from textual_fspicker.parts import CurrentDirectory

Icons.set_picker(lambda path: Text("▸" if os.path.isdir(path) else " "))  # emoji are of uncertain width


class OpenFile(FileOpen):
    """Choose a file."""

    def _header_area(self) -> ComposeResult:
        yield CurrentDirectory(markup=False)


class OpenFolder(SelectDirectory):
    """Choose a folder."""

    def _input_bar(self) -> ComposeResult:
        yield CurrentDirectory(markup=False)
