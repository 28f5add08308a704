"""What files a tree has. Reads names and status only; follows no link."""

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pkgstore.errors import DiskError
from pkgstore.fence import opened
from pkgstore.keys import to_bytes
from pkgstore.progress import Cancel

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file, folder or link of a tree; `mode` is what ``lstat`` says of kind and permissions.

    `size` is in bytes, 0 for a folder, since file systems do not agree on that; `target` is where a link leads.
    """

    size: int
    mode: int
    target: str = ""

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return stat.S_ISDIR(self.mode)


def list_files(tree: str, *, cancel: Cancel | None = None) -> Mapping[str, FileEntry]:
    """Everything below `tree`, by its path from there, sorted; what goes meanwhile or cannot be read is left out.

    Args:
        tree: A folder; a link in its place is not followed, and gives nothing.
        cancel: Asked between folders.

    Raises:
        Cancelled: `cancel` was set; half a listing would be taken for a difference.
    """
    found: dict[str, FileEntry] = {}
    folders = [""]
    while folders:
        if cancel is not None:
            cancel.check()
        inner = folders.pop()
        for name, entry in _entries(os.path.join(tree, inner) if inner else tree):
            path = os.path.join(inner, name)
            found[path] = entry
            if entry.is_folder:
                folders.append(path)
    return {path: found[path] for path in sorted(found)}


def _entries(folder: str) -> Iterator[tuple[str, FileEntry]]:
    try:
        descriptor = opened(folder, _FOLDER)
    except OSError:
        return
    try:
        with os.scandir(descriptor) as entries:
            for entry in entries:
                if (found := _entry(entry, descriptor)) is not None:
                    yield entry.name, found
    except OSError:
        return
    finally:
        os.close(descriptor)


def _entry(entry: "os.DirEntry[str]", folder: int) -> FileEntry | None:
    try:
        status = entry.stat(follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            return FileEntry(0, status.st_mode)
        target = os.readlink(entry.name, dir_fd=folder) if stat.S_ISLNK(status.st_mode) else ""
        return FileEntry(status.st_size, status.st_mode, target)
    except OSError:  # it went while we looked
        return None


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """What stands in one folder: `size` in bytes, `changed` in seconds since 1970, `target` where a link leads.

    `links` is how many names the file has in all; the names may be anywhere on its file system.
    """

    name: str
    mode: int
    size: int
    links: int
    changed: float
    target: str = ""

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder, and no link to one."""
        return stat.S_ISDIR(self.mode)


def list_folder(path: str, *, cancel: Cancel | None = None) -> tuple[FolderEntry, ...]:
    """What stands in one folder, sorted by name; what goes meanwhile is left out, links are not followed.

    Args:
        path: The folder; a link in its place is none.
        cancel: Asked now and then.

    Raises:
        DiskError: It cannot be read, or is no folder.
        Cancelled: `cancel` was set.
    """
    found: list[FolderEntry] = []
    try:
        folder = opened(path, _FOLDER)
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if cancel is not None:
                        cancel.check()
                    found += _folder_entry(entry, folder)
        finally:
            os.close(folder)
    except OSError as cause:
        raise DiskError("list this folder", cause, path) from cause
    return tuple(sorted(found, key=lambda entry: to_bytes(entry.name)))


def _folder_entry(entry: "os.DirEntry[str]", folder: int) -> Iterator[FolderEntry]:
    try:
        status = entry.stat(follow_symlinks=False)
        target = os.readlink(entry.name, dir_fd=folder) if stat.S_ISLNK(status.st_mode) else ""
    except OSError:  # it went while we looked
        return
    yield FolderEntry(entry.name, status.st_mode, status.st_size, status.st_nlink, status.st_mtime, target)
