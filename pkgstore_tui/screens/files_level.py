"""The files of a tree, folder by folder: a level whose rows are read from the disk, in the thread for rows."""

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pkgstore.errors import StoreError
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout
from pkgstore.query import Field, Kind
from pkgstore.snapshot import Key
from pkgstore.trees import FolderEntry, list_folder
from pkgstore_tui.format import counted, human_bytes, short_hash
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.look import Look
from pkgstore_tui.widgets.cells import Cell, Part
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact

KINDS = {
    stat.S_IFDIR: "folder",
    stat.S_IFREG: "file",
    stat.S_IFLNK: "link",
    stat.S_IFIFO: "pipe",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}


@dataclass(frozen=True, slots=True)
class FileRow:
    """Something in a folder; where the folder cannot be listed, one row that says so and has no entry."""

    path: str
    entry: FolderEntry | None
    trouble: str = ""

    @property
    def kind(self) -> str:
        """What it is, in a word."""
        return KINDS.get(stat.S_IFMT(self.entry.mode), "other") if self.entry else ""

    @property
    def name(self) -> str:
        """Its name."""
        return self.entry.name if self.entry else ""


@dataclass(frozen=True)
class FilesLevel(Level[FileRow]):
    """What stands in one folder of a tree; `inner` is its path below the tree, empty for the tree itself."""

    config: ConfigKey
    inner: str = ""
    empty = "an empty folder"
    order = ""

    @property
    def crumb(self) -> str:
        """The folder's name, the config's hash for the tree itself."""
        return os.path.basename(self.inner) or short_hash(self.config.config_hash)

    def columns(self, look: Look) -> Sequence[Column[FileRow]]:
        """As a file manager has them."""
        return (
            Column("NAME", _name, 20, grow=3, most=70, field="name"),
            Column("TYPE", lambda row: Part(row.kind, "muted"), 6, 2, field="type"),
            Column("SIZE", _size, 10, 1, right=True, field="size"),
            Column("MODE", lambda row: Part(stat.filemode(row.entry.mode), "muted") if row.entry else "", 10, 4),
            Column("LINKS", _links, 5, 5, right=True, field="links"),
            Column("CHANGED", lambda row: look.age(row.entry.changed) if row.entry else "", 7, 3, right=True),
        )

    def fields(self, look: Look) -> Mapping[str, Field[FileRow]]:  # noqa: ARG002
        """Name, type, size, links and age."""
        return {
            "name": Field(Kind.NAME, lambda row: row.name, "the name has this in it", "DESCRIPTION"),
            "type": Field(Kind.TEXT, lambda row: row.kind, "file, folder, link", "type:link"),
            "size": Field(Kind.SIZE, _bytes, "the file's bytes", "size>1M"),
            "links": Field(Kind.COUNT, lambda row: row.entry.links if row.entry else None, "its names", "links>1"),
            "age": Field(Kind.AGE, lambda row: row.entry.changed if row.entry else None, "its age", "age<2h"),
        }

    def rows(self, look: Look) -> Sequence[FileRow]:
        """Folders first, each by name."""
        if not look.sizes.reads_disk:
            return (FileRow("", None, "a saved scan has no files"),)
        try:
            path = os.path.join(Layout(look.reading.snapshot.root).config(self.config), self.inner)
            entries = list_folder(path.rstrip("/"))
        except StoreError as error:
            return (FileRow("", None, str(error)),)
        rows = [FileRow(os.path.join(path, entry.name), entry) for entry in entries]
        return sorted(rows, key=lambda row: row.kind != "folder")

    def key(self, row: FileRow) -> object:
        """Its path."""
        return row.path

    def called(self, row: FileRow) -> str:
        """Its name."""
        return row.name

    def into(self, row: FileRow) -> "FilesLevel | None":
        """A folder; anything else is no level."""
        if row.entry is None or not row.entry.is_folder:
            return None
        return FilesLevel(self.config, os.path.join(self.inner, row.entry.name))

    def file_of(self, row: FileRow) -> str:
        """The file that a row is."""
        return row.path if row.entry is not None and not row.entry.is_folder else ""

    def summary(self, rows: Sequence[FileRow]) -> str:
        """How many, and their bytes."""
        files = [row.entry for row in rows if row.kind == "file" and row.entry]
        folders = sum(row.kind == "folder" for row in rows)
        parts = [counted(folders, "folder")] if folders else []
        parts += [f"{counted(len(files), 'file')} · {human_bytes(sum(entry.size for entry in files))}"]
        return " · ".join(parts)

    def facts(self, look: Look, row: FileRow) -> Sequence[Fact]:
        """All that is known of it."""
        entry = row.entry
        if entry is None:
            return (Fact("Files"), Fact("problem", row.trouble, "warn"))
        target = [Fact("leads to", entry.target or "nothing")] if row.kind == "link" else []
        return (
            Fact(entry.name),
            Fact("path", row.path),
            Fact("type", row.kind),
            *target,
            Fact("size", f"{human_bytes(entry.size)} ({counted(entry.size, 'byte')})"),
            Fact("mode", f"{stat.filemode(entry.mode)} ({stat.S_IMODE(entry.mode):04o})"),
            Fact("links", f"{counted(entry.links, 'name')} of this file in all"),
            look.when_fact("changed", entry.changed),
        )

    def records(self, row: FileRow) -> Sequence[Key]:  # noqa: ARG002
        """The source; with it the folder is listed again."""
        return (self.config.source,)

    @property
    def on_platform(self) -> str:
        """The config's."""
        return self.config.platform


def _name(row: FileRow) -> Cell:
    if row.entry is None:
        return Part(row.trouble, "warn")
    if row.kind == "folder":
        return Part(f"{row.name}/", "accent")
    if row.kind == "link":
        return Part(row.name), Part(f" → {row.entry.target}", "muted")
    return row.name if row.kind == "file" else Part(row.name, "warn")


def _bytes(row: FileRow) -> int | None:
    return row.entry.size if row.kind == "file" and row.entry else None


def _size(row: FileRow) -> Cell:
    size = _bytes(row)
    return "" if size is None else human_bytes(size)


def _links(row: FileRow) -> Cell:
    """More than one name is what a store is for."""
    return f"{row.entry.links:,}" if row.entry and row.kind == "file" else ""
