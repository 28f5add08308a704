"""Which libraries below the store root have a hard link to some files. Reads names and inodes; follows no link.

A library has a package under the package's own name, at its top or one folder below (a build's or a staging
folder's library). Names elsewhere are only counted, by the file's number of links.
"""

import os
from collections.abc import Collection, Iterator

from pkgstore.fence import listing
from pkgstore.keys import WorkerKey, WorkKey
from pkgstore.layout import BUILDS, STAGING, Layout
from pkgstore.progress import Cancel

LibraryKey = WorkerKey | WorkKey
"""A worker's library, or a build or staging folder."""

InodeKey = tuple[int, int]
"""Device and inode number."""


def sharers(
    layout: Layout, package: str, inodes: Collection[InodeKey], *, cancel: Cancel | None = None
) -> dict[InodeKey, list[LibraryKey]]:
    """The libraries that have a link to each of some files of a package; a library with two names of one twice.

    Args:
        layout: The store's paths.
        package: The package that the files are of.
        inodes: The files.
        cancel: Asked between libraries.
    """
    found: dict[InodeKey, list[LibraryKey]] = {inode: [] for inode in inodes}
    numbers = {number for _, number in inodes}
    if not numbers:
        return found
    for library, folder in _libraries(layout):
        if cancel is not None:
            cancel.check()
        for tree in _trees(library, folder, package):
            for inode in _inodes(tree, numbers):
                if inode in found:
                    found[inode].append(library)
    return found


def _libraries(layout: Layout) -> Iterator[tuple[LibraryKey, str]]:
    for name in _folders(layout.workers):
        yield WorkerKey(name), os.path.join(layout.workers, name)
    for top, folder in ((BUILDS, layout.builds), (STAGING, layout.staging)):
        for name in _folders(folder):
            yield WorkKey(top, name), os.path.join(folder, name)


def _trees(library: LibraryKey, folder: str, package: str) -> Iterator[str]:
    yield os.path.join(folder, package)
    if isinstance(library, WorkKey):
        yield from (os.path.join(folder, name, package) for name in _folders(folder) if name != package)


def _folders(folder: str) -> list[str]:
    try:
        with listing(folder) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    except OSError:
        return []


def _inodes(tree: str, numbers: Collection[int]) -> Iterator[InodeKey]:
    """The files of a tree whose inode numbers are looked for."""
    folders = [tree]
    while folders:
        try:
            with listing(folder := folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(os.path.join(folder, entry.name))
                    elif entry.inode() in numbers:
                        status = entry.stat(follow_symlinks=False)
                        yield status.st_dev, status.st_ino
        except OSError:  # no such package here, or it went while we looked
            continue
