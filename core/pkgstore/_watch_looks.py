"""How a watched folder is at this moment, as a mark that is compared with an earlier one. Opens no file."""

import os
import stat
from collections.abc import Hashable
from typing import Final, NamedTuple

from pkgstore._watch_chart import Chart, Spot
from pkgstore._watch_disk import NO_MANIFEST, look, signature
from pkgstore.apps import APP_FILES, WORK_FILES
from pkgstore.layout import SIDECAR_SUFFIX

REFUSED: Final = "refused"
"""Stands for what is there and cannot be looked at."""


class Look(NamedTuple):
    """A folder's mark, and when it last changed, in nanoseconds since 1970 by the file system's own clock."""

    mark: Hashable
    changed: int


def look_at(chart: Chart, folder: str, spot: Spot) -> Look | None:
    """How `folder`, one of the `UNITS`, is now; None where it is gone, or stands for no record."""
    path = chart.path(folder)
    match spot:
        case Spot.LIBRARY:
            found = look(chart.layout, os.path.basename(folder))
            return found and Look(found, found.changed)
        case Spot.SOURCE:
            return _source(path)
        case Spot.LOCKS_OF_PACKAGE:
            return _locks(path)
        case Spot.WORK:
            return _work(path)
        case Spot.OUR_FILE | Spot.TRASH:
            part = signature(path)
            return None if part == NO_MANIFEST else Look(part, part.changed)
    return _app(path)


def _source(path: str) -> Look | None:
    """The folder's mtime, and configs.json and the sidecars beside the trees: some 30 microseconds."""
    try:
        status = os.lstat(path)
        if not stat.S_ISDIR(status.st_mode):
            return None
        marks, changed = [("", status.st_ino, status.st_mtime_ns)], status.st_ctime_ns
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.name.endswith(SIDECAR_SUFFIX):
                    status = entry.stat(follow_symlinks=False)
                    marks.append((entry.name, status.st_ino, status.st_mtime_ns))
                    changed = max(changed, status.st_ctime_ns)
    except FileNotFoundError:
        return Look(REFUSED, 0) if os.path.isdir(path) else None  # a file went while we looked: look again
    except OSError:
        return Look(REFUSED, 0)
    return Look(hash(tuple(sorted(marks))), changed)


def _locks(path: str) -> Look | None:
    try:
        with os.scandir(path) as entries:
            found = sorted((entry.name, entry.stat(follow_symlinks=False).st_mtime_ns) for entry in entries)
        changed = os.stat(path).st_ctime_ns
    except FileNotFoundError:
        return Look(REFUSED, 0) if os.path.isdir(path) else None
    except NotADirectoryError:
        return None
    except OSError:
        return Look(REFUSED, 0)
    return Look(tuple(found), changed)


def _work(path: str) -> Look | None:
    try:
        status = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return Look(REFUSED, 0)
    if not stat.S_ISDIR(status.st_mode):
        return None
    files = tuple(signature(f"{path}/{name}") for name in WORK_FILES)
    return Look((status.st_ino, status.st_mtime_ns, files), status.st_ctime_ns)


def _app(path: str) -> Look | None:
    """An app's files; a folder that has none of them is no app, unless it may not be searched."""
    if not os.access(path, os.R_OK | os.X_OK):
        return Look(REFUSED, 0) if os.path.isdir(path) else None
    files = tuple(signature(f"{path}/{name}") for name in APP_FILES)
    changed = max(file.changed for file in files)
    return Look(files, changed) if changed else None
