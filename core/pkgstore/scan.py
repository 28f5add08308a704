"""Walk a store and yield what is there, damage included as data. Opens nothing for writing, takes no lock.

The unit is one source hash or one worker: each can be read again alone when something about it changed.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pkgstore.codec import read_package_manifest, read_store_configs
from pkgstore.description import read_description
from pkgstore.errors import DiskError, InvalidName, NotAStore, StoreError
from pkgstore.keys import ConfigKey, SourceKey, WorkerKey
from pkgstore.layout import (
    BUILDS,
    LOCKS,
    OURS,
    PACKAGE_MANIFEST,
    STAGING,
    WORKERS,
    Kind,
    Layout,
    check_config_hash,
)
from pkgstore.model import ConfigRecord, Damage, SourceRecord, StoreConfigs, WorkerRecord
from pkgstore.progress import Cancel, Progress
from pkgstore.snapshot import Key, Record, Snapshot
from pkgstore.text_json import printable


def check_root(root: str) -> str:
    """`root` as an absolute path, if it is a folder that can be listed.

    Raises:
        NotAStore: There is nothing there, or no folder.
        DiskError: It cannot be listed.
    """
    path = os.path.abspath(root)
    try:
        with os.scandir(path):
            return path
    except FileNotFoundError as cause:
        raise NotAStore(
            "there is no store here", path=path, advice="name the folder that holds the platform folders"
        ) from cause
    except NotADirectoryError as cause:
        raise NotAStore("is a file, not a store", path=path, advice="name the store's folder") from cause
    except OSError as cause:
        raise DiskError("list the store", cause, path) from cause


def looks_like_store(root: str) -> bool:
    """Whether `root` is a folder with a platform folder, or with one of a store's own dot-folders."""
    try:
        with os.scandir(root) as entries:
            names = {entry.name for entry in entries if entry.is_dir(follow_symlinks=False)}
    except OSError:
        return False
    if names & {LOCKS, WORKERS, BUILDS, STAGING, OURS}:
        return True
    return any(name[:1].isdigit() and "-" in name for name in names)


def _folders(path: str, damage: list[Damage]) -> list[str]:
    """Names of the real folders in `path`, sorted; what cannot be listed, and what is no folder, is damage."""
    names = []
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    names.append(entry.name)
                elif not entry.name.startswith("."):
                    what = "symbolic link" if entry.is_symlink() else "file"
                    damage.append(Damage(entry.path, f"is a {what} where a folder is expected"))
    except FileNotFoundError:
        return []
    except OSError as cause:
        damage.append(Damage(path, DiskError("list this folder", cause, path).reason))
    return sorted(names)


def platform_folders(root: str, damage: list[Damage] | None = None) -> list[str]:
    """Names of the platform folders of a store, sorted; empty where it cannot be listed."""
    return [name for name in _folders(root, [] if damage is None else damage) if not name.startswith(".")]


def scan(
    root: str,
    *,
    platforms: Iterable[str] | None = None,
    details: bool = True,
    cancel: Cancel | None = None,
    progress: Progress | None = None,
) -> Iterator[Record | Damage]:
    """Everything in a store: workers first (they are few), then the sources of each platform and package.

    Args:
        root: The store root; it has to exist.
        platforms: Only these; all, if None.
        details: Whether workers, configs.json and DESCRIPTION are read; without, only what names and mtimes tell of
            the configs.
        cancel: Asked between sources; when set, the scan just ends.
        progress: Counts packages.

    Yields:
        A record for each worker and source hash, and `Damage` for what could not be listed.

    Raises:
        NotAStore: There is no folder at `root`.
    """
    layout = Layout(check_root(root))
    damage: list[Damage] = []
    for worker in _folders(layout.workers, damage) if details else ():
        if record := scan_worker(layout, WorkerKey(worker)):
            yield record
    wanted = platform_folders(layout.root, damage) if platforms is None else platforms
    packages = [(platform, name) for platform in wanted for name in _folders(layout.platform(platform), damage)]
    if progress is not None:
        progress.start(len(packages), "reading the store")
    for platform, package in packages:
        if cancel is not None and cancel.is_set():
            return
        yield from _scan_package(layout, platform, package, damage, details=details)
        if progress is not None:
            progress.step(package)
    yield from damage


def _scan_package(
    layout: Layout, platform: str, package: str, damage: list[Damage], *, details: bool
) -> Iterator[SourceRecord]:
    try:
        folder = layout.package(platform, package)
    except InvalidName:
        damage.append(Damage(os.path.join(layout.root, platform, package), "is not the name of a package"))
        return
    for source_hash in _folders(folder, damage):
        if record := scan_source(layout, SourceKey(platform, package, source_hash), details=details):
            yield record


@dataclass(slots=True)
class _Found:
    """What a source folder was seen to hold."""

    trees: set[str]
    sidecars: dict[str, float]
    has_configs: bool
    damage: list[Damage]


def _look(layout: Layout, folder: str, key: SourceKey) -> _Found | None:
    found = _Found(set(), {}, False, [])
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                _sort_in(layout, entry, key, found)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as cause:
        found.damage.append(Damage(folder, DiskError("list this folder", cause, folder).reason))
    return found


def _sort_in(layout: Layout, entry: os.DirEntry[str], key: SourceKey, found: _Found) -> None:
    place = layout.place(os.path.join(key.platform, key.package, key.source_hash, entry.name))
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:  # it went while we looked
        return
    if place.kind is Kind.CONFIG and stat.S_ISDIR(status.st_mode):
        found.trees.add(place.config_hash)
    elif place.kind is Kind.SIDECAR and stat.S_ISREG(status.st_mode):
        found.sidecars[place.config_hash] = status.st_mtime
    elif place.kind is Kind.CONFIGS:
        found.has_configs = True
    elif place.kind is not Kind.HELPER:
        found.damage.append(Damage(entry.path, "is not what its name says"))


def scan_source(layout: Layout, key: SourceKey, *, details: bool = True) -> SourceRecord | None:
    """One source hash as it is now; None where it is gone.

    Args:
        layout: The store's paths.
        key: The source.
        details: Whether configs.json and DESCRIPTION are read; without, every tree counts as listed.

    Raises:
        InvalidName: A part of the key may not reach the disk.
    """
    folder = layout.source(key)
    found = _look(layout, folder, key)
    if found is None:
        return None
    meta = _configs(layout, key, found) if details else StoreConfigs(configs=dict.fromkeys(found.trees))
    names = sorted(found.trees | found.sidecars.keys() | meta.configs.keys())
    return SourceRecord(
        key=key,
        configs=tuple(
            _config(layout, key, name, found, meta, details=details) for name in names if _is_component(name)
        ),
        linkingto=meta.linkingto or (),
        source_compiled=meta.source_compiled,
        damage=tuple(found.damage),
    )


def _is_component(name: str) -> bool:
    try:
        return bool(check_config_hash(name))
    except InvalidName:
        return False


def _configs(layout: Layout, key: SourceKey, found: _Found) -> StoreConfigs:
    if not found.has_configs:
        return StoreConfigs()
    path = layout.configs(key)
    try:
        return read_store_configs(path)
    except StoreError as error:
        found.damage.append(Damage(path, error.reason))
        return StoreConfigs()


def _config(
    layout: Layout, key: SourceKey, name: str, found: _Found, meta: StoreConfigs, *, details: bool
) -> ConfigRecord:
    config = ConfigKey(key.platform, key.package, key.source_hash, name)
    fields = _description(layout.config(config), found) if details and name in found.trees else {}
    return ConfigRecord(
        key=config,
        listed=name in meta.configs,
        has_tree=name in found.trees,
        last_used=found.sidecars.get(name),
        linking_to_keys=meta.configs.get(name) or {},
        version=printable(fields.get("Version", "")),
        built=printable(fields.get("Built", "")),
    )


def _description(tree: str, found: _Found) -> dict[str, str]:
    path = os.path.join(tree, "DESCRIPTION")
    try:
        return read_description(path) or {}
    except StoreError as error:
        found.damage.append(Damage(path, error.reason))
        return {}


def scan_worker(layout: Layout, key: WorkerKey) -> WorkerRecord | None:
    """One worker's library as it is now; None where it is gone.

    Raises:
        InvalidName: The worker's id may not reach the disk.
    """
    library = layout.worker(key.worker_id)
    path = os.path.join(library, PACKAGE_MANIFEST)
    try:
        changed = os.stat(library).st_mtime
        manifest = read_package_manifest(library)
        return WorkerRecord(key, manifest, os.stat(path).st_mtime)
    except FileNotFoundError:
        return None
    except StoreError as error:
        if isinstance(error, DiskError) and error.is_missing:  # assembly writes it last
            return WorkerRecord(key, None, changed) if os.path.isdir(library) else None
        return WorkerRecord(key, None, changed, (Damage(path, error.reason),))
    except OSError as cause:
        why = DiskError("read this library", cause, library).reason
        return WorkerRecord(key, None, 0.0, (Damage(library, why),))


def scan_key(layout: Layout, key: Key) -> Record | None:
    """What a key stands for, as it is now; None where it is gone.

    Raises:
        InvalidName: A part of the key may not reach the disk.
    """
    match key:
        case SourceKey():
            return scan_source(layout, key)
        case WorkerKey():
            return scan_worker(layout, key)
    return None


def read_snapshot(
    root: str,
    *,
    platforms: Iterable[str] | None = None,
    details: bool = True,
    cancel: Cancel | None = None,
    progress: Progress | None = None,
    on_part: Callable[[Snapshot], None] | None = None,
    part_every: int = 500,
) -> Snapshot:
    """Read a whole store into one snapshot.

    Args:
        root: The store root.
        platforms: Only these; all, if None.
        details: As in `scan`.
        cancel: Asked between packages; the snapshot then holds what was read.
        progress: Counts packages.
        on_part: Given a snapshot of what was read so far after each `part_every` records.
        part_every: How many records make a part.

    Raises:
        NotAStore: There is no folder at `root`.
    """
    snapshot = Snapshot(check_root(root))
    waiting: list[Record | Damage] = []
    for record in scan(root, platforms=platforms, details=details, cancel=cancel, progress=progress):
        waiting.append(record)
        if on_part is not None and len(waiting) >= part_every:
            snapshot = snapshot.with_records(waiting)
            waiting = []
            on_part(snapshot)
    return snapshot.with_records(waiting)
