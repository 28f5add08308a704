"""How big a tree really is. Reads only, counts a hard-linked file once."""

import os
import stat
from dataclasses import dataclass

from pkgstore.progress import Cancel


@dataclass(frozen=True, slots=True)
class TreeSize:
    """A tree's bytes as its files say (`apparent`) and as the disk gives them (`disk`); each inode once."""

    apparent: int = 0
    disk: int = 0
    files: int = 0


def measure_tree(path: str, *, cancel: Cancel | None = None) -> TreeSize:
    """The size of everything below `path`; what cannot be read, or goes meanwhile, counts as nothing.

    Args:
        path: A folder; symbolic links are counted, never followed.
        cancel: Asked between folders; what was counted so far is returned.
    """
    seen: set[tuple[int, int]] = set()
    apparent = disk = files = 0
    folders = [path]
    while folders and not (cancel is not None and cancel.is_set()):
        for status in _entries(folders.pop(), folders):
            if status.st_nlink > 1:
                inode = (status.st_dev, status.st_ino)
                if inode in seen:
                    continue
                seen.add(inode)
            apparent += status.st_size
            disk += status.st_blocks * 512
            files += 1
    return TreeSize(apparent, disk, files)


def _entries(folder: str, folders: list[str]) -> list[os.stat_result]:
    """The status of each file in a folder; its folders are added to `folders`."""
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    folders.append(entry.path)
                else:
                    found.append(status)
    except OSError:
        return found
    return found
