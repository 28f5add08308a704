"""What a dialog is filled in with from the row that one stands on: paths of an app, a worker, a build. Pure."""

import os
from dataclasses import dataclass, replace
from typing import Any

from pkgstore.keys import AppKey, WorkerKey, WorkKey
from pkgstore.layout import PACKAGE_MANIFEST, STAGING, STORE_MANIFEST, WORKERS
from pkgstore.model import AppRecord, WorkRecord
from pkgstore.snapshot import Snapshot
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.subject import own_keys

Owner = AppKey | WorkerKey | WorkKey


@dataclass(frozen=True, slots=True)
class Start:
    """Paths, and a platform; what the row does not tell is empty.

    `library` is one that holds what a build installed, `reference` a worker's present library.
    """

    lockfile: str = ""
    manifest: str = ""
    library: str = ""
    reference: str = ""
    platform: str = ""


def start_from(snapshot: Snapshot, level: Level[Any], row: object, platform: str = "") -> Start:
    """What a row tells.

    Args:
        snapshot: What the store holds.
        level: The level that shows it.
        row: The row.
        platform: The platform that one looks at.
    """
    start = replace(_of_owner(snapshot, _owner(level, row)), platform=platform)
    start = replace(start, manifest=getattr(row, "manifest_path", "") or start.manifest)
    asked = getattr(level, "asked", None)  # of the why view: the lockfile that is explained, and for whom
    if asked is not None:
        worker = _of_owner(snapshot, WorkerKey(asked.worker)) if asked.worker else Start()
        app = _of_owner(snapshot, AppKey(asked.app)) if asked.app else Start()
        return replace(app, lockfile=asked.path, reference=worker.reference, platform=platform)
    fits = getattr(getattr(row, "beside", None), "app", "")  # of a worker: the app that it is most like
    if fits and not start.lockfile:
        start = replace(start, lockfile=_of_owner(snapshot, AppKey(fits)).lockfile)
    return start


def _owner(level: Level[Any], row: object) -> Owner | None:
    """The app, worker or build that a row is about."""
    keys = (*own_keys(level.key(row), row), *level.records(row))
    return next((key for key in keys if isinstance(key, Owner)), None)


def _of_owner(snapshot: Snapshot, owner: Owner | None) -> Start:
    match owner:
        case AppKey(name) if (app := snapshot.apps.get(name)) is not None:
            return _of_app(app)
        case WorkerKey(name) if (worker := snapshot.workers.get(name)) is not None:
            folder = os.path.join(snapshot.root, WORKERS, name)
            manifest = "" if worker.manifest is None else os.path.join(folder, PACKAGE_MANIFEST)
            return Start(manifest=manifest, reference=folder)
        case WorkKey() if (work := snapshot.work.get(owner)) is not None:
            return _of_work(work)
    return Start()


def _of_app(app: AppRecord) -> Start:
    manifest = app.manifests[0].path if app.manifests else ""
    return Start(app.lockfile.path if app.lockfile else "", manifest)


def _of_work(work: WorkRecord) -> Start:
    name = PACKAGE_MANIFEST if work.key.folder == STAGING else STORE_MANIFEST
    manifest = "" if work.manifest is None else os.path.join(work.path, name)
    return Start(work.lockfile.path if work.lockfile else "", manifest, work.path)
