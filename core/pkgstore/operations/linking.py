"""Put one package's tree into a library by hard links, safe against evictions of ours and of the reference."""

import os
import time
from functools import partial
from typing import Final

from pkgstore import files
from pkgstore.errors import DiskError
from pkgstore.fence import is_folder, leads_to_folder, status
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout
from pkgstore.model import STALE_AFTER
from pkgstore.progress import Cancel

EVICTION_TAKES: Final = 10.0
"""Seconds: no eviction of the reference deletes one tree for longer than this."""

_LOOK_EVERY: Final = 0.02


def link_config(
    layout: Layout, key: ConfigKey, target: str, *, replace: bool = False, cancel: Cancel | None = None
) -> int | None:
    """Hard-link a config's tree to `target`, and make it freshly used first.

    The reference deletes trees in place, under the source's lock. So when a tree was read, the lock must be
    free, or come free, with the very same folder still standing; else what was linked may be a part, and is
    thrown away.

    Returns:
        How many files were linked; None when the config is not, or no longer, there.

    Raises:
        DiskError: The disk refused.
        Cancelled: While waiting for an eviction to end.
    """
    touch_config(layout, key)
    whole = partial(_still_stands, layout, key, cancel or Cancel())
    return files.link_tree(layout.config(key), target, replace=replace, unchanged=whole)


def touch_config(layout: Layout, key: ConfigKey) -> bool:
    """Set a config's last use to now (API: Store.Touch).

    Returns:
        False where there is no sidecar, or it may not be touched: the reference is quiet then, and so are we.
    """
    try:
        return files.touch(layout.sidecar(key))
    except DiskError:
        return False


def _still_stands(layout: Layout, key: ConfigKey, cancel: Cancel, read: os.stat_result) -> bool:
    lock = layout.lock(key.source)
    give_up = time.monotonic() + EVICTION_TAKES
    while _is_held(lock) and time.monotonic() < give_up:
        cancel.wait(_LOOK_EVERY)
        cancel.check()
    try:
        now = status(layout.config(key))
    except OSError:
        return False
    return (now.st_dev, now.st_ino) == (read.st_dev, read.st_ino)


def _is_held(lock: str) -> bool:
    try:
        return time.time() - status(lock).st_mtime <= STALE_AFTER
    except OSError:
        return False


def link_from_library(library: str, package: str, target: str) -> int | None:
    """Hard-link a package out of another library; None when that library lacks it, or has a link out of a store.

    Raises:
        DiskError: The disk refused.
    """
    tree = os.path.join(library, package)
    if not leads_to_folder(tree):
        return None
    return files.link_tree(tree if is_folder(tree) else os.path.realpath(tree), target)
