"""How big a tree really is: each file once, and which of its files have links elsewhere. Reads only.

All numbers are bytes of files and symbolic links. *Apparent* bytes are what the files say, *disk* bytes what the
file system gave them (a hole in a sparse file costs nothing, a file of one byte costs a block). What folders
themselves take, and a store's own small files beside the trees (configs.json, sidecars), is in no number. Data that
the file system shares below the files (reflinks, deduplication) cannot be seen from here and counts in full. What
lies on another file system than the top of its tree is passed over, since no hard link leads there.
"""

import os
import stat
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeVar

from pkgstore.errors import InvalidName
from pkgstore.fence import listing, status
from pkgstore.keys import ConfigKey, WorkerKey, WorkKey
from pkgstore.layout import Layout, check_component
from pkgstore.progress import Cancel, Progress

_Key = TypeVar("_Key")
TreeKey = ConfigKey | WorkerKey | WorkKey
"""What has a tree below the store root: a config, a worker's library, a build or staging folder."""

_INODE: Final = struct.Struct("=QIIQQ")


@dataclass(frozen=True, slots=True)
class TreeSize:
    """A tree's bytes as its files say (`apparent`) and as the disk gives them (`disk`); each inode once."""

    apparent: int = 0
    disk: int = 0
    files: int = 0

    def __add__(self, other: "TreeSize") -> "TreeSize":
        return TreeSize(self.apparent + other.apparent, self.disk + other.disk, self.files + other.files)

    def __sub__(self, other: "TreeSize") -> "TreeSize":
        return TreeSize(self.apparent - other.apparent, self.disk - other.disk, self.files - other.files)


NOTHING: Final = TreeSize()


class Inode(NamedTuple):
    """A file that has a link outside its tree: `links` are all it has, `here` are those in the tree."""

    number: int
    links: int
    here: int
    apparent: int
    disk: int

    @property
    def size(self) -> TreeSize:
        """Its bytes."""
        return TreeSize(self.apparent, self.disk, 1)


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree as it was measured.

    `size` is everything in it, each inode once. `own` is the part that only this tree holds: all links of the inode
    are in it, so removing the tree frees just that. The rest is in `packed`, see `shared`. `unread` counts folders
    and files that could not be looked at, so that the numbers are too small where it is not 0.
    """

    size: TreeSize = NOTHING
    own: TreeSize = NOTHING
    device: int = 0
    packed: bytes = b""
    unread: int = 0

    def shared(self) -> Iterator[tuple[int, Inode]]:
        """The inodes that have a link outside the tree, each once, after what tells it from every other inode."""
        device = self.device << 64
        return ((device | row[0], Inode(*row)) for row in _INODE.iter_unpack(self.packed))


def measure_tree(path: str, *, cancel: Cancel | None = None) -> TreeSize:
    """The size of everything below `path`; what cannot be read, or goes meanwhile, counts as nothing.

    Args:
        path: A folder; symbolic links are counted, never followed.
        cancel: Asked between folders; what was counted so far is returned.
    """
    return read_tree(path, cancel=cancel).size


def read_tree(path: str, *, cancel: Cancel | None = None) -> Tree:
    """Measure everything below `path`, at some 3 µs an entry.

    What goes meanwhile counts as nothing, and so does what cannot be read; `Tree.unread` has how much that was.

    Args:
        path: A folder; symbolic links are counted, never followed.
        cancel: Asked between folders; what was counted so far is returned.
    """
    walk = _Walk()
    walk.begin(path)
    while walk.folders and not (cancel is not None and cancel.is_set()):
        walk.look(walk.folders.pop())
    return walk.tree()


def tree_paths(layout: Layout, keys: Iterable[TreeKey]) -> dict[TreeKey, str]:
    """Where the trees of some keys are; those whose names may not reach the disk are left out."""
    found: dict[TreeKey, str] = {}
    for key in keys:
        try:
            found[key] = _tree_path(layout, key)
        except InvalidName:
            continue
    return found


def _tree_path(layout: Layout, key: TreeKey) -> str:
    match key:
        case ConfigKey():
            return layout.config(key)
        case WorkerKey():
            return layout.worker(key.worker_id)
    return os.path.join(layout.root, check_component("folder", key.folder), check_component("folder", key.name))


def read_trees(
    paths: Mapping[_Key, str], *, cancel: Cancel | None = None, progress: Progress | None = None
) -> Iterator[tuple[_Key, Tree]]:
    """Measure many trees, one after another.

    Args:
        paths: The folder of each.
        cancel: When set, the reading ends; a tree that was not measured whole is not given.
        progress: Counts trees.

    Yields:
        The key and the tree of each path, in their order; an empty tree where there is no folder.
    """
    if progress is not None:
        progress.start(len(paths), "measuring")
    for key, path in paths.items():
        tree = read_tree(path, cancel=cancel)
        if cancel is not None and cancel.is_set():
            return
        yield key, tree
        if progress is not None:
            progress.step()


class _Walk:
    """One tree while it is being measured."""

    def __init__(self) -> None:
        self.folders: list[str] = []
        self.device = self.apparent = self.disk = self.files = self.unread = 0
        self.linked: dict[int, list[int]] = {}

    def begin(self, path: str) -> None:
        """Note the top of the tree, if it is a folder."""
        try:
            found = status(path)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError:
            self.unread += 1
            return
        if stat.S_ISDIR(found.st_mode):
            self.device = found.st_dev
            self.folders.append(path)

    def look(self, folder: str) -> None:
        """Count the files of a folder, and note its folders."""
        try:
            with listing(folder) as entries:
                for entry in entries:
                    self._count(entry, folder)
        except FileNotFoundError:
            return
        except OSError:
            self.unread += 1

    def _count(self, entry: "os.DirEntry[str]", folder: str) -> None:
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:  # it went while we looked
            return
        if status.st_dev != self.device:
            return
        if stat.S_ISDIR(status.st_mode):
            self.folders.append(f"{folder}/{entry.name}")
        elif status.st_nlink > 1:
            self._link(status)
        else:
            self.apparent += status.st_size
            self.disk += status.st_blocks * 512
            self.files += 1

    def _link(self, status: os.stat_result) -> None:
        known = self.linked.get(status.st_ino)
        if known is None:
            disk = status.st_blocks * 512
            self.linked[status.st_ino] = [status.st_ino, status.st_nlink, 1, status.st_size, disk]
        else:
            known[2] += 1

    def tree(self) -> Tree:
        """What was counted."""
        single = TreeSize(self.apparent, self.disk, self.files)
        if not self.linked:
            return Tree(single, single, self.device, unread=self.unread)
        own = [inode for inode in self.linked.values() if inode[2] >= inode[1]]
        shared = [inode for inode in self.linked.values() if inode[2] < inode[1]]
        alone = single + _sum(own)
        packed = b"".join(_INODE.pack(*inode) for inode in shared)
        return Tree(alone + _sum(shared), alone, self.device, packed, self.unread)


def _sum(inodes: list[list[int]]) -> TreeSize:
    return TreeSize(sum(inode[3] for inode in inodes), sum(inode[4] for inode in inodes), len(inodes))
