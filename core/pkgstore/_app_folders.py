"""Where apps are, beside a store: finds them, and reads nothing of them. A part of `apps`."""

import os
from collections.abc import Iterator
from typing import Final

from pkgstore.keys import AppKey
from pkgstore.layout import STORE_MANIFEST, check_component
from pkgstore.model import Tier

LOCKFILE: Final = "pak.lock"
TRANSFERS: Final = ".transfers"
MANIFEST_FILES: Final = {
    STORE_MANIFEST: Tier.CURRENT,
    f"{STORE_MANIFEST}.prev": Tier.PREV,
    f"{STORE_MANIFEST}.build": Tier.BUILD,
}
APP_FILES: Final = (*MANIFEST_FILES, LOCKFILE)
"""The files of an app that are read; a watcher has to look at these."""

ALL_APPS: Final = AppKey(".")
"""Stands for the folder of the apps itself, where that cannot be listed."""

_NEVER_APPS: Final = frozenset({"lost+found"})
"""Every file system of the ext family has one at its top, that only root may read."""


def app_folder(apps_folder: str, key: AppKey) -> str:
    """The folder of an app: all that its record depends on are the `APP_FILES` in it.

    Raises:
        InvalidName: A part of the app's name may not reach the disk.
    """
    if key == ALL_APPS:
        return os.path.abspath(apps_folder)
    return os.path.join(
        os.path.abspath(apps_folder), *(check_component("app", part) for part in key.name.split("/"))
    )


def app_names(apps_folder: str, store_root: str) -> list[AppKey]:
    """Every app beside a store, sorted by name; also what may hold apps and cannot be listed.

    Looks into the folder of the apps and the folders in it, and only asks of each whether it has the `APP_FILES`.

    Args:
        apps_folder: Usually the store's parent.
        store_root: The store, which is no app wherever it is.
    """
    apps = os.path.abspath(apps_folder)
    store = os.path.realpath(store_root)
    found: list[AppKey] = []
    try:
        for name in _folders(apps, store):
            if name == TRANSFERS or not name.startswith("."):
                found.extend(_apps_in(apps, name, store))
    except OSError:
        found.append(ALL_APPS)
    return sorted(found)


def _apps_in(apps: str, name: str, store: str) -> Iterator[AppKey]:
    folder = os.path.join(apps, name)
    try:
        inner = [f"{name}/{below}" for below in _folders(folder, store) if not below.startswith(".")]
    except (FileNotFoundError, NotADirectoryError):  # it went while we looked
        return
    except OSError:
        yield AppKey(name)
        return
    if _has_app_file(folder):
        yield AppKey(name)
    yield from (AppKey(below) for below in inner if _has_app_file(os.path.join(apps, below)))


def _folders(path: str, store: str) -> list[str]:
    """Names of the folders in `path`, through symbolic links too, without the store; raises `OSError`."""
    with os.scandir(path) as entries:
        return [
            entry.name
            for entry in entries
            if entry.is_dir() and entry.name not in _NEVER_APPS and not _is_store(entry, store)
        ]


def _is_store(entry: os.DirEntry[str], store: str) -> bool:
    return (entry.is_symlink() or entry.name == os.path.basename(store)) and os.path.realpath(entry.path) == store


def _has_app_file(folder: str) -> bool:
    """Whether one of the `APP_FILES` is there, or may be: a folder that may not be searched can hide one."""
    for name in APP_FILES:
        try:
            os.lstat(f"{folder}/{name}")
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            return True
        return True
    return False
