"""What the files of a tree hold: kinds, modes, sizes, where links lead, digests. Reads each file once at the most.

Follows no link, opens nothing but regular files and folders, blocks on nothing, changes no time that it can help,
and keeps no more than one piece of one file in memory. Knows nothing of what a tree should hold.
"""

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Final

from pkgstore.errors import InputError
from pkgstore.fence import opened_in
from pkgstore.files import DEEPEST_TREE
from pkgstore.keys import to_bytes
from pkgstore.pace import Pace
from pkgstore.progress import Cancel

PIECE: Final = 1 << 20
"""Bytes that are read at once."""

LARGEST_READ: Final = 16 << 30
"""Bytes: a larger file (no package has one; a hole may look like one) is not read, and that is said."""

MOST_ENTRIES: Final = 200_000
"""Files and folders of one tree: the largest packages have a tenth of it."""

FOLDER_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Content:
    """What one file, folder or link holds.

    `mode` is kind and permissions as ``lstat`` has them. `size` is in bytes, 0 for what is no regular file.
    `target` is where a link leads. `digest` is the SHA-256 of a regular file in hex, empty where it was not read.
    """

    mode: int
    size: int = 0
    target: str = ""
    digest: str = ""

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file."""
        return stat.S_ISREG(self.mode)

    @property
    def is_special(self) -> bool:
        """Whether it is a FIFO, a device or a socket, which no package has."""
        return not (self.is_file or stat.S_ISDIR(self.mode) or stat.S_ISLNK(self.mode))


@dataclass(frozen=True, slots=True)
class Found:
    """An entry of a tree as it was found; `path` is that from the tree's top, empty for the top itself.

    `modified` and `changed` are its mtime and ctime in seconds since 1970; `links` counts its names, wherever they
    are. `md5` is there where it was asked for. `problem` says why a file could not be read.
    """

    path: str
    content: Content
    inode: int = 0
    device: int = 0
    links: int = 1
    modified: float = 0.0
    changed: float = 0.0
    md5: str = ""
    problem: str = ""


def open_below(root: str, *names: str) -> int:
    """Open a folder below `root`, each name on the way a real folder; the caller closes the descriptor.

    Raises:
        OSError: As `os.open`; a link in the way is no folder.
    """
    top = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return opened_in(top, "/".join(names), FOLDER_FLAGS)
    finally:
        os.close(top)


def _everything(_path: str, _content: Content) -> bool:
    return True


@dataclass(slots=True)
class Reader:
    """Reads trees.

    `wanted` is asked whether a file has to be read at all, with its path and what is known of it without. `md5` has
    the paths of which the MD5 is wanted too.
    """

    cancel: Cancel = field(default_factory=Cancel)
    pace: Pace = field(default_factory=Pace)
    wanted: Callable[[str, Content], bool] = _everything
    md5: Collection[str] = ()
    files: int = 0
    _no_atime: int = os.O_NOATIME
    _entries: int = 0

    def read(self, tree: int) -> Iterator[Found]:
        """Everything in an open folder, itself first, then by name; what goes meanwhile is left out.

        Raises:
            InputError: The tree has too many files, or folders that are nested too deeply.
            OSError: A folder cannot be read.
            Cancelled: A stop was asked for.
        """
        self._entries = self.files = 0
        yield _found("", os.fstat(tree))
        yield from self._folder(tree, "", 0)

    def _folder(self, folder: int, inner: str, depth: int) -> Iterator[Found]:
        for name in self._names(folder):
            self.cancel.check()
            path = f"{inner}/{name}" if inner else name
            try:
                status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            except FileNotFoundError:  # it went while we looked
                continue
            except OSError as cause:
                yield Found(path, Content(0), problem=_words(cause))
                continue
            try:
                if not stat.S_ISDIR(status.st_mode):
                    yield self._entry(folder, name, path, status)
                    continue
                opened = os.open(name, FOLDER_FLAGS, dir_fd=folder)
            except FileNotFoundError:
                continue
            except OSError as cause:
                yield _found(path, status, problem=_words(cause))
                continue
            try:
                yield _found(path, os.fstat(opened))
                if depth >= DEEPEST_TREE:
                    raise InputError("has folders that are nested too deeply", advice="look what put them there")
                yield from self._folder(opened, path, depth + 1)
            finally:
                os.close(opened)

    def _names(self, folder: int) -> list[str]:
        names: list[str] = []
        with os.scandir(folder) as entries:
            for entry in entries:
                names.append(entry.name)
                self._entries += 1
                if self._entries > MOST_ENTRIES:
                    raise InputError(f"has more than {MOST_ENTRIES:,} files", advice="look what put them there")
        return sorted(names, key=to_bytes)

    def _entry(self, folder: int, name: str, path: str, status: os.stat_result) -> Found:
        if stat.S_ISLNK(status.st_mode):
            return _found(path, status, target=os.readlink(name, dir_fd=folder))
        if not stat.S_ISREG(status.st_mode):
            return _found(path, status)
        self.files += 1
        known = Content(status.st_mode, status.st_size)
        if status.st_size > LARGEST_READ:
            return _found(path, status, problem=f"is larger than the {LARGEST_READ >> 30} GiB that are read")
        if not self.wanted(path, known):
            return _found(path, status)
        descriptor = self._open(folder, name)
        try:
            return self._file(descriptor, path)
        finally:
            os.close(descriptor)

    def _open(self, folder: int, name: str) -> int:
        try:
            return os.open(name, _FILE_FLAGS | self._no_atime, dir_fd=folder)
        except PermissionError as cause:
            if cause.errno != errno.EPERM or not self._no_atime:
                raise
        self._no_atime = 0  # it is for a file's owner alone
        return os.open(name, _FILE_FLAGS, dir_fd=folder)

    def _file(self, descriptor: int, path: str) -> Found:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):  # it was put there between the look and the use
            return _found(path, status)
        sha256 = hashlib.sha256()
        md5 = hashlib.md5(usedforsecurity=False) if path in self.md5 else None
        size = 0
        while size <= status.st_size and (piece := os.read(descriptor, min(PIECE, status.st_size + 1 - size))):
            size += len(piece)
            sha256.update(piece)
            if md5 is not None:
                md5.update(piece)
            self.pace.spent(len(piece))
            self.cancel.check()
        after = os.fstat(descriptor)
        if size != status.st_size or (after.st_size, after.st_mtime_ns) != (status.st_size, status.st_mtime_ns):
            return _found(path, after, problem="was changed while it was read")
        return _found(path, after, digest=sha256.hexdigest(), md5="" if md5 is None else md5.hexdigest())


def _found(
    path: str, status: os.stat_result, *, target: str = "", digest: str = "", md5: str = "", problem: str = ""
) -> Found:
    size = status.st_size if stat.S_ISREG(status.st_mode) else 0
    return Found(
        path,
        Content(status.st_mode, size, target, digest),
        status.st_ino,
        status.st_dev,
        status.st_nlink,
        status.st_mtime,
        status.st_ctime,
        md5,
        problem,
    )


def _words(cause: OSError) -> str:
    return f"cannot be read: {os.strerror(cause.errno or 0)}"
