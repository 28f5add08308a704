"""Which folders are watched, and what each of them stands for: from folder to key and back. Touches no disk.

A folder of the store is named by its path relative to the root, as ``.workers/w1``; one of the apps, which are
beside the store, by its absolute path. What is not on the chart is never watched: all below a library or a tree.
"""

import os
from dataclasses import dataclass
from enum import Enum
from typing import Final

from pkgstore.apps import ALL_APPS, TRANSFERS
from pkgstore.errors import InvalidName
from pkgstore.keys import AppKey, LocksKey, OursKey, SourceKey, WorkerKey, WorkKey
from pkgstore.layout import (
    BUILDS,
    JOURNAL_FILE,
    LOCK_SUFFIX,
    LOCKS,
    OURS,
    PINS_FILE,
    STAGING,
    STORE_MANIFEST,
    TRASH,
    WORKERS,
    Layout,
    check_component,
    check_package,
    check_platform,
)
from pkgstore.snapshot import Key


class Spot(Enum):
    """What a watched folder is."""

    ROOT = "the store"
    WORKERS = "all workers"
    LIBRARY = "a worker's library"
    WORKS = "all builds, or all staging folders"
    WORK = "a build or staging folder"
    LOCKS = "all locks"
    LOCKS_OF_PLATFORM = "the locks of a platform"
    LOCKS_OF_PACKAGE = "the locks of a package"
    OURS = "our own folder"
    OUR_FILE = "a file of our own"
    TRASH = "the trash"
    PLATFORM = "a platform"
    PACKAGE = "a package"
    SOURCE = "a source"
    APPS = "all apps"
    TEAM = "an app, or a folder of apps"
    TRANSFERS = "apps on their way"
    APP = "an app in a folder of apps"

    __hash__ = object.__hash__  # as good as that of Enum, and asked for a million times


OUR_PARTS: Final = {PINS_FILE: Spot.OUR_FILE, JOURNAL_FILE: Spot.OUR_FILE, TRASH: Spot.TRASH}
"""What is looked at in our own folder, by its name."""

UNITS: Final = frozenset(
    {Spot.LIBRARY, Spot.WORK, Spot.LOCKS_OF_PACKAGE, Spot.SOURCE, Spot.TEAM, Spot.APP, *OUR_PARTS.values()}
)
"""Folders, and files of our own, whose own state is compared, and stands for a record."""

LEAVES: Final = UNITS - {Spot.TEAM}
"""Folders below which nothing is watched."""

LINKED: Final = frozenset(
    {Spot.ROOT, Spot.WORKERS, Spot.WORKS, Spot.WORK, Spot.LOCKS, Spot.OURS, Spot.TRASH}
    | {Spot.APPS, Spot.TEAM, Spot.TRANSFERS, Spot.APP}
)
"""Folders that may be symbolic links to folders, as for the scan."""

_HELPERS: Final = {
    WORKERS: Spot.WORKERS,
    BUILDS: Spot.WORKS,
    STAGING: Spot.WORKS,
    LOCKS: Spot.LOCKS,
    OURS: Spot.OURS,
}
_BELOW: Final = {
    Spot.WORKERS: Spot.LIBRARY,
    Spot.WORKS: Spot.WORK,
    Spot.LOCKS: Spot.LOCKS_OF_PLATFORM,
    Spot.LOCKS_OF_PLATFORM: Spot.LOCKS_OF_PACKAGE,
    Spot.PLATFORM: Spot.PACKAGE,
    Spot.PACKAGE: Spot.SOURCE,
    Spot.APPS: Spot.TEAM,
    Spot.TEAM: Spot.APP,
    Spot.TRANSFERS: Spot.APP,
}
_BESIDE: Final = frozenset({Spot.APPS, Spot.TEAM, Spot.TRANSFERS})
_NEVER_APPS: Final = frozenset({"lost+found"})


@dataclass(frozen=True, slots=True)
class Chart:
    """The folders of one store and of the apps beside it; `apps` is absolute, or empty where there are none."""

    layout: Layout
    apps: str = ""

    def spot(self, folder: str) -> Spot | None:
        """What `folder` is; None where it is never watched."""
        is_beside = os.path.isabs(folder)
        if is_beside and not (self.apps and _is_in(folder, self.apps)):
            return None
        spot: Spot | None = Spot.APPS if is_beside else Spot.ROOT
        place = self.apps if is_beside else ""
        for name in filter(None, folder[len(place) :].split("/")):
            spot = self.below(place, spot, name) if spot else None
            place = joined(place, name)
        return spot

    def below(self, folder: str, spot: Spot, name: str) -> Spot | None:
        """What the folder `name` in `folder` is, which is a `spot`; None where it is never watched."""
        if spot is Spot.ROOT:
            return _HELPERS.get(name) if name.startswith(".") else Spot.PLATFORM
        if spot is Spot.OURS:
            return OUR_PARTS.get(name)
        if spot is Spot.PLATFORM and not _is_package(name):
            return None
        if spot in _BESIDE:
            if spot is Spot.APPS and name == TRANSFERS:
                return Spot.TRANSFERS
            if name.startswith(".") or name in _NEVER_APPS or joined(folder, name) == self.layout.root:
                return None
        return _BELOW.get(spot)

    def path(self, folder: str) -> str:
        """The absolute path of `folder`."""
        return folder if folder.startswith("/") else f"{self.layout.root}/{folder}"

    def key(self, folder: str, spot: Spot | None) -> Key | None:
        """The record that depends on what is in `folder`, which is a `spot`; None where no single one does."""
        if spot is Spot.APPS:
            return ALL_APPS
        if spot in {Spot.TEAM, Spot.APP, Spot.TRANSFERS}:
            return AppKey(os.path.relpath(folder, self.apps))
        parts = folder.split("/")
        match spot:
            case Spot.LIBRARY:
                return WorkerKey(parts[1])
            case Spot.WORKS:
                return WorkKey(parts[0], ".")
            case Spot.WORK:
                return WorkKey(*parts)
            case Spot.SOURCE:
                return SourceKey(*parts)
            case Spot.OUR_FILE | Spot.TRASH:
                return OursKey(parts[1])
        return LocksKey() if spot is Spot.LOCKS_OF_PACKAGE else None

    def locked(self, folder: str, lock: str) -> SourceKey | None:
        """The source whose lock is called `lock` in `folder`, one of `Spot.LOCKS_OF_PACKAGE`."""
        _, platform, package = folder.split("/")
        if not lock.endswith(LOCK_SUFFIX) or lock == LOCK_SUFFIX:
            return None
        return SourceKey(platform, package, lock.removesuffix(LOCK_SUFFIX))

    def folder(self, key: Key) -> str | None:
        """The folder that the record of `key` depends on; None for locks and for impossible keys."""
        try:
            match key:
                case WorkerKey():
                    return os.path.join(WORKERS, check_component("worker id", key.worker_id))
                case SourceKey():
                    platform, package = check_platform(key.platform), check_package(key.package)
                    return os.path.join(platform, package, check_component("source hash", key.source_hash))
                case WorkKey() if key.name != ".":
                    return os.path.join(key.folder, check_component("folder", key.name))
                case OursKey():
                    return os.path.join(OURS, key.name) if key.name in OUR_PARTS else None
                case AppKey() if self.apps and key != ALL_APPS:
                    return os.path.join(self.apps, *(check_component("app", part) for part in key.name.split("/")))
        except InvalidName:
            return None
        return None


def joined(folder: str, name: str) -> str:
    """The folder `name` in `folder`."""
    return f"{folder}/{name}" if folder else name


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _is_package(name: str) -> bool:
    return not name.startswith(".") and name != STORE_MANIFEST
