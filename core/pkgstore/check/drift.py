"""Whether a worker's files are still the store's own: one inode, under both names. Looks at names and status only.

As a rule one file of each package is looked at, its DESCRIPTION: whoever installs into a library by other means
than the store's puts that in anew. Every file is looked at only where that is asked for. What a library lacks, or
has besides, is not drift. No content is read: that a file was written to is for a digest to tell.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from pkgstore._finding import Finding, finding, some_names
from pkgstore.fence import listing, status
from pkgstore.layout import Layout
from pkgstore.model import WorkerRecord
from pkgstore.progress import Cancel
from pkgstore.snapshot import Snapshot

SETTLED_AFTER: Final = 600.0
"""Seconds: a library that changed after its manifest, less than this ago, is one that is being changed."""

_AT_ONCE: Final = 1.0
_DESCRIPTION: Final = "DESCRIPTION"
_DEEPEST: Final = 64

Identity = tuple[int, int]


def drift_findings(
    snapshot: Snapshot, worker: WorkerRecord, now: float, *, every_file: bool = False, cancel: Cancel | None = None
) -> Iterator[Finding]:
    """The packages of a worker that have a file which is not the store's.

    Args:
        snapshot: A reading of the store.
        worker: The worker.
        now: Seconds since 1970.
        every_file: Whether all files are looked at.
        cancel: Asked between packages; when set, it just ends.
    """
    library = Layout(snapshot.root).worker(worker.key.worker_id)
    if not worker.manifest or _changes(library, worker, now):
        return
    for package, ref in sorted(worker.manifest.items()):
        if cancel is not None and cancel.is_set():
            return
        trees = list(_trees(snapshot, package, ref))
        place = os.path.join(library, package)
        if not trees or os.path.islink(place):
            continue
        strange = min((_strange(place, tree, every_file=every_file) for tree in trees), key=len)
        if strange:
            message = f"{package}: {some_names(strange)} is not the store's file"
            yield finding("DRIFT", worker.key, place, message, packages=(package,))


def _changes(library: str, worker: WorkerRecord, now: float) -> bool:
    """Whether something is put into a library just now: its manifest is written last."""
    try:
        changed = status(library).st_mtime
    except OSError:
        return True
    return changed > worker.changed + _AT_ONCE and now - changed < SETTLED_AFTER


def _trees(snapshot: Snapshot, package: str, ref: str) -> Iterator[str]:
    """The trees that a manifest's entry may stand for: one on each platform that has it."""
    source, _, config = ref.partition("/")
    for platform in snapshot.platforms:
        for record in snapshot.packages[platform].get(package, ()):
            if record.key.source_hash == source and any(
                found.has_tree and found.key.config_hash == config for found in record.configs
            ):
                yield os.path.join(snapshot.root, *record.key, config)


def _strange(place: str, tree: str, *, every_file: bool) -> list[str]:
    """The files below both folders that are not one file."""
    if every_file:
        theirs = _files(place)
        return [name for name, inode in _files(tree).items() if theirs.get(name, inode) != inode]
    pair: list[Mapping[str, Identity]] = [_found(place, (_DESCRIPTION,)), _found(tree, (_DESCRIPTION,))]
    return [name for name, inode in pair[1].items() if pair[0].get(name, inode) != inode]


def _found(folder: str, names: Iterable[str]) -> Mapping[str, Identity]:
    found = {}
    for name in names:
        try:
            here = status(os.path.join(folder, name))
        except OSError:
            continue
        found[name] = here.st_dev, here.st_ino
    return found


def _files(top: str) -> Mapping[str, Identity]:
    """Every file below a folder by its path from there; links count as themselves."""
    found: dict[str, Identity] = {}
    pending = [("", 0)]
    while pending:
        inner, depth = pending.pop()
        try:
            with listing(os.path.join(top, inner)) as entries:
                for entry in entries:
                    path = os.path.join(inner, entry.name)
                    if not entry.is_dir(follow_symlinks=False):
                        here = entry.stat(follow_symlinks=False)
                        found[path] = here.st_dev, here.st_ino
                    elif depth < _DEEPEST:
                        pending.append((path, depth + 1))
        except OSError:  # it goes while we look
            continue
    return found
