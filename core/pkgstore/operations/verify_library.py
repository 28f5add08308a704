"""Whether the files of a worker's library are the store's own, by inode. Reads names and status; follows no link.

Links are copied when a library is made, so what counts of them is where they lead; folders are each library's own.
Packages that the manifest does not name did not come out of the store, and are not looked at.
"""

import os
import stat
from collections.abc import Iterator
from typing import Final

from pkgstore.content import FOLDER_FLAGS, MOST_ENTRIES
from pkgstore.errors import InvalidName, MalformedRef
from pkgstore.fence import is_folder, is_there, opened
from pkgstore.files import DEEPEST_TREE
from pkgstore.layout import Layout, check_ref
from pkgstore.model import WorkerRecord
from pkgstore.operations.verify_events import LibraryVerified, LinkChange, PackageDrift
from pkgstore.progress import Cancel
from pkgstore.scan import platform_folders

MOST_SHOWN: Final = 100
"""Files of one package; the rest is counted."""

Entries = dict[str, tuple[int, int, int, str]]
"""Kind, device, inode, target, by path."""


def check_library(
    layout: Layout, worker: WorkerRecord, *, platform: str = "", cancel: Cancel | None = None
) -> LibraryVerified:
    """Compare a worker's library with the store.

    Args:
        layout: The store's paths.
        worker: Its record.
        platform: Where its configs are; wherever the store has them, if empty, since a manifest does not tell.
        cancel: Asked between packages.

    Raises:
        Cancelled: `cancel` was set.
    """
    cancel = cancel or Cancel()
    if worker.manifest is None:
        why = worker.damage[0].why if worker.damage else "it has no manifest yet"
        return LibraryVerified(worker.key, problem=why)
    platforms = [platform] if platform else platform_folders(layout.root)
    library = layout.worker(worker.key.worker_id)
    drifts: list[PackageDrift] = []
    for package, ref in sorted(worker.manifest.items()):
        cancel.check()
        found = list(_differences(layout, os.path.join(library, package), package, ref, platforms))
        if found:
            drifts.append(PackageDrift(package, ref, tuple(found[:MOST_SHOWN]), max(0, len(found) - MOST_SHOWN)))
    return LibraryVerified(worker.key, len(worker.manifest), tuple(drifts))


def _differences(
    layout: Layout, tree: str, package: str, ref: str, platforms: list[str]
) -> Iterator[tuple[str, LinkChange]]:
    try:
        source, config = check_ref(package, ref)
    except (InvalidName, MalformedRef):
        yield "", LinkChange.NOT_STORED
        return
    places = [os.path.join(layout.root, name, package, source, config) for name in platforms]
    stored = [place for place in places if is_folder(place)]
    if not stored:
        yield "", LinkChange.NOT_STORED
    elif not is_there(tree):
        yield "", LinkChange.NOT_HERE
    else:
        yield from min((_compared(place, tree) for place in stored), key=len)


def _compared(stored: str, tree: str) -> list[tuple[str, LinkChange]]:
    try:
        before, now = _entries(stored), _entries(tree)
    except OSError:
        return [("", LinkChange.UNREAD)]
    found = dict.fromkeys(now.keys() - before.keys(), LinkChange.ADDED)
    found |= dict.fromkeys(before.keys() - now.keys(), LinkChange.GONE)
    for path in before.keys() & now.keys():
        if (change := _change(before[path], now[path])) is not None:
            found[path] = change
    return sorted(found.items(), key=lambda item: os.fsencode(item[0]))


def _change(before: tuple[int, int, int, str], now: tuple[int, int, int, str]) -> LinkChange | None:
    if before[0] != now[0]:
        return LinkChange.KIND
    if stat.S_ISLNK(now[0]):
        return LinkChange.TARGET if before[3] != now[3] else None
    if stat.S_ISDIR(now[0]) or before[1:3] == now[1:3]:
        return None
    return LinkChange.COPIED


def _entries(tree: str) -> Entries:
    found: Entries = {}
    descriptor = opened(tree, FOLDER_FLAGS)
    try:
        _add(found, descriptor, "", 0)
    finally:
        os.close(descriptor)
    return found


def _add(found: Entries, folder: int, inner: str, depth: int) -> None:
    folders: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            status = entry.stat(follow_symlinks=False)
            kind = stat.S_IFMT(status.st_mode)
            target = os.readlink(entry.name, dir_fd=folder) if stat.S_ISLNK(kind) else ""
            found[f"{inner}{entry.name}"] = (kind, status.st_dev, status.st_ino, target)
            if stat.S_ISDIR(kind):
                folders.append(entry.name)
            if len(found) > MOST_ENTRIES:
                raise OSError("too many files")
    if depth >= DEEPEST_TREE:
        raise OSError("folders are nested too deeply")
    for name in folders:
        descriptor = os.open(name, FOLDER_FLAGS, dir_fd=folder)
        try:
            _add(found, descriptor, f"{inner}{name}/", depth + 1)
        finally:
            os.close(descriptor)
