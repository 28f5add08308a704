"""Read the apps beside a store, and what its build and staging folders hold. Opens nothing for writing.

An app is a folder below the folder of the apps, or one level deeper (``team/shop``), that has one of `APP_FILES`;
``.transfers`` counts as such a team. Other names that begin with a dot are no apps, nor is the store itself. What
cannot be looked into is a record with damage, never passed over: it could hold a root.
"""

import errno
import os
from collections.abc import Iterator, Mapping
from sys import intern
from typing import Final

from pkgstore._app_folders import ALL_APPS as ALL_APPS
from pkgstore._app_folders import APP_FILES as APP_FILES
from pkgstore._app_folders import LOCKFILE, MANIFEST_FILES
from pkgstore._app_folders import TRANSFERS as TRANSFERS
from pkgstore._app_folders import app_folder as app_folder
from pkgstore._app_folders import app_names as app_names
from pkgstore.codec import read_package_manifest, read_store_manifest
from pkgstore.errors import DiskError, StoreError
from pkgstore.fence import is_folder, listing, status
from pkgstore.keys import AppKey, WorkKey
from pkgstore.layout import BUILDS, PACKAGE_MANIFEST, STAGING, STORE_MANIFEST, Layout, check_component
from pkgstore.lockfiles import read_lockfile_record
from pkgstore.model import AppRecord, Damage, LockfileRecord, ManifestRecord, WorkRecord

WORK_FOLDERS: Final = (BUILDS, STAGING)
WORK_FILES: Final = (STORE_MANIFEST, PACKAGE_MANIFEST, LOCKFILE)
"""The files of a build or staging folder that are read."""

_GONE: Final = frozenset({errno.ENOENT, errno.ENOTDIR})


# --- what an app says ------------------------------------------------------------------------------------


def scan_app(apps_folder: str, key: AppKey) -> AppRecord | None:
    """An app as it is now; None where it is gone, or is no app.

    Args:
        apps_folder: The folder of the apps.
        key: The app; `ALL_APPS` for the folder of the apps itself.

    Raises:
        InvalidName: A part of the app's name may not reach the disk.
    """
    folder = app_folder(apps_folder, key)
    damage = [] if "/" in key.name else _unlistable(folder, missing_too=key == ALL_APPS)
    if key == ALL_APPS:
        return AppRecord(key, folder, damage=tuple(damage)) if damage else None
    manifests = tuple(_manifests(folder, damage))
    lockfile = _lockfile(folder, damage)
    if not manifests and lockfile is None and not damage:
        return None
    return AppRecord(key, folder, manifests, lockfile, tuple(damage))


def _unlistable(folder: str, *, missing_too: bool) -> list[Damage]:
    """Why a folder that may hold apps cannot be listed, if so."""
    try:
        with listing(folder):
            return []
    except (FileNotFoundError, NotADirectoryError) as cause:
        return [_unlisted(folder, cause)] if missing_too else []
    except OSError as cause:
        return [_unlisted(folder, cause)]


def _unlisted(folder: str, cause: OSError) -> Damage:
    return Damage(folder, DiskError("list this folder", cause, folder).reason)


def _manifests(folder: str, damage: list[Damage]) -> Iterator[ManifestRecord]:
    for name, tier in MANIFEST_FILES.items():
        if (found := _manifest(os.path.join(folder, name), damage)) is not None:
            manifest, changed = found
            yield ManifestRecord(tier, os.path.join(folder, name), manifest, changed)


def _manifest(path: str, damage: list[Damage]) -> tuple[Mapping[str, str] | None, float] | None:
    """A manifest and its mtime; without the map where it cannot be read, which is damage; None where it is not."""
    try:
        changed = os.lstat(path).st_mtime
        return _shared(_read_manifest(path)), os.stat(path).st_mtime
    except (FileNotFoundError, NotADirectoryError):
        return None
    except StoreError as error:
        if isinstance(error, DiskError) and error.errno in _GONE and not os.path.islink(path):
            return None  # it went while we looked
        damage.append(Damage(path, error.reason))
        return None, changed
    except OSError as cause:
        damage.append(Damage(path, DiskError("read this file", cause, path).reason))
        return None, 0.0


def _read_manifest(path: str) -> dict[str, str]:
    folder, name = os.path.split(path)
    return read_package_manifest(folder) if name == PACKAGE_MANIFEST else read_store_manifest(path)


def _shared(manifest: Mapping[str, str]) -> dict[str, str]:
    """The same map with one string for each ref: hundreds of manifests name the same few thousands."""
    return {intern(package): intern(ref) for package, ref in manifest.items()}


def _lockfile(folder: str, damage: list[Damage]) -> LockfileRecord | None:
    """The pak.lock of a folder; that it cannot be read at all is damage, that it is refused is its own affair."""
    found = read_lockfile_record(os.path.join(folder, LOCKFILE))
    if found is not None and found.refused and not found.changed:
        damage.append(Damage(found.path, found.refused))
    return found


# --- builds and staging folders --------------------------------------------------------------------------


def work_keys(layout: Layout) -> list[WorkKey]:
    """Every build and staging folder of a store, sorted; where they cannot be listed, one with the name ``.``."""
    found: list[WorkKey] = []
    for folder in WORK_FOLDERS:
        try:
            with listing(os.path.join(layout.root, folder)) as entries:
                found.extend(WorkKey(folder, entry.name) for entry in entries if entry.is_dir())
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            found.append(WorkKey(folder, "."))
    return sorted(found)


def work_folder(layout: Layout, key: WorkKey) -> str:
    """The path of a build or staging folder: all that its record depends on are its mtime and its `WORK_FILES`.

    Raises:
        InvalidName: The folder's name may not reach the disk.
    """
    top = os.path.join(layout.root, check_component("folder", key.folder))
    return top if key.name == "." else os.path.join(top, check_component("folder", key.name))


def scan_work(layout: Layout, key: WorkKey) -> WorkRecord | None:
    """A build or staging folder as it is now; None where it is gone.

    Its manifest is ``store-manifest.json``, else ``.packages.json``; most have none.

    Raises:
        InvalidName: The folder's name may not reach the disk.
    """
    folder = work_folder(layout, key)
    damage = _unlistable(folder, missing_too=False)
    if key.name == ".":
        return WorkRecord(key, folder, 0.0, damage=tuple(damage)) if damage else None
    try:
        changed = status(folder).st_mtime
    except OSError as cause:
        return WorkRecord(key, folder, 0.0, damage=(*damage, _unlisted(folder, cause))) if damage else None
    if not is_folder(folder):
        return None
    return WorkRecord(
        key, folder, changed, _work_manifest(folder, damage), _lockfile(folder, damage), tuple(damage)
    )


def _work_manifest(folder: str, damage: list[Damage]) -> Mapping[str, str] | None:
    for name in (STORE_MANIFEST, PACKAGE_MANIFEST):
        if (found := _manifest(os.path.join(folder, name), damage)) is not None:
            return found[0]
    return None


def beside(layout: Layout, apps_folder: str) -> Iterator[AppRecord | WorkRecord]:
    """Every app and every build or staging folder, as they are now: for `Snapshot.with_records`."""
    for app in app_names(apps_folder, layout.root):
        if (found := scan_app(apps_folder, app)) is not None:
            yield found
    for work in work_keys(layout):
        if (folder := scan_work(layout, work)) is not None:
            yield folder
