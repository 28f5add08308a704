"""Walk a store and yield what is there, damage included as data. Opens nothing for writing, takes no lock.

The unit is one source hash or one worker: each can be read again alone when something about it changed.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from sys import intern
from typing import Final

from pkgstore.apps import app_names, scan_app, scan_work, work_keys
from pkgstore.cache import ScanCache
from pkgstore.codec import read_package_manifest
from pkgstore.errors import DiskError, InvalidName, NotAStore, StoreError
from pkgstore.fence import is_folder, opened, status
from pkgstore.keys import PINS, AppKey, LocksKey, OursKey, SourceKey, WorkerKey, WorkKey
from pkgstore.layout import BUILDS, LOCKS, OURS, PACKAGE_MANIFEST, STAGING, WORKERS, Layout
from pkgstore.locks import list_locks
from pkgstore.model import Damage, PinsRecord, SourceRecord, WorkerRecord
from pkgstore.pins import scan_pins
from pkgstore.progress import Cancel, Progress
from pkgstore.snapshot import Key, Locks, Record, Snapshot
from pkgstore.sources import SourceMemo, read_source, scan_source


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


@contextmanager
def _listed(path: str, damage: list[Damage]) -> Iterator[tuple[int, list[str]]]:
    """A folder's descriptor, and the names of the real folders in it, sorted.

    What cannot be listed, and what is no folder, is damage; there are no names then.
    """
    try:
        folder = opened(path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as cause:
        if not isinstance(cause, FileNotFoundError):
            damage.append(Damage(path, DiskError("list this folder", cause, path).reason))
        yield -1, []
        return
    try:
        yield folder, _names(path, folder, damage)
    finally:
        os.close(folder)


def _names(path: str, folder: int, damage: list[Damage]) -> list[str]:
    names = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    names.append(entry.name)
                elif not entry.name.startswith("."):
                    what = "symbolic link" if entry.is_symlink() else "file"
                    damage.append(Damage(os.path.join(path, entry.name), f"is a {what} where a folder is expected"))
    except FileNotFoundError:
        return []
    except OSError as cause:
        damage.append(Damage(path, DiskError("list this folder", cause, path).reason))
    return sorted(names)


def _folders(path: str, damage: list[Damage]) -> list[str]:
    """Names of the real folders in `path`, sorted; what cannot be listed, and what is no folder, is damage."""
    with _listed(path, damage) as (_, names):
        return names


def platform_folders(root: str, damage: list[Damage] | None = None) -> list[str]:
    """Names of the platform folders of a store, sorted; empty where it cannot be listed."""
    return [name for name in _folders(root, [] if damage is None else damage) if not name.startswith(".")]


FIRST_PAGE: Final = 100
"""How many packages are read before the workers."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a scan reads.

    `platforms`: only these; all, if None. `details`: also workers, locks, pins, build and staging folders,
    configs.json and DESCRIPTION; without, only what names and mtimes tell of the configs. `apps`: the folder of the
    apps, empty for none. `cache`: the file that remembers what small files said, empty for none; only a scan of
    everything uses it.
    """

    platforms: tuple[str, ...] | None = None
    details: bool = True
    apps: str = ""
    cache: str = ""


def scan(
    root: str,
    wanted: Wanted | None = None,
    *,
    cancel: Cancel | None = None,
    progress: Progress | None = None,
) -> Iterator[Record | Damage]:
    """Everything in a store: the sources of each platform and package by name, then what is beside them.

    The workers (they are few) come after the first packages, so that there is something to look at at once.

    Args:
        root: The store root; it has to exist.
        wanted: What is read; by default everything but the apps.
        cancel: Asked between packages; when set, the scan just ends.
        progress: Counts packages.

    Yields:
        A record for each worker, source hash, build or staging folder and app, one tuple of all locks, one record
        of all pins, and `Damage` for what could not be listed.

    Raises:
        NotAStore: There is no folder at `root`.
    """
    layout = Layout(check_root(root))
    wanted = wanted or Wanted()
    damage: list[Damage] = []
    platforms = platform_folders(layout.root, damage) if wanted.platforms is None else wanted.platforms
    packages = [(platform, name) for platform in platforms for name in _folders(layout.platform(platform), damage)]
    if progress is not None:
        progress.start(len(packages), "reading the store")
    uses_cache = wanted.details and wanted.platforms is None
    with ScanCache(wanted.cache if uses_cache else "", layout.root) as cache:
        for number, (platform, package) in enumerate(packages):
            if cancel is not None and cancel.is_set():
                return
            if number == FIRST_PAGE and wanted.details:
                yield from _scan_live(layout, damage)
            yield from _scan_package(layout, platform, package, damage, cache, details=wanted.details)
            if progress is not None:
                progress.step(package)
        cache.complete()
    if wanted.details:
        if len(packages) <= FIRST_PAGE:
            yield from _scan_live(layout, damage)
        yield from _scan_beside(layout, wanted.apps, cancel)
    yield from damage


def _scan_live(layout: Layout, damage: list[Damage]) -> Iterator[WorkerRecord | PinsRecord | Locks]:
    """What changes all the time, and is little."""
    yield from _scan_workers(layout, damage)
    yield _scan_locks(layout, damage)
    yield scan_pins(layout)


def _scan_workers(layout: Layout, damage: list[Damage]) -> Iterator[WorkerRecord]:
    for worker in _folders(layout.workers, damage):
        if record := scan_worker(layout, WorkerKey(worker)):
            yield record


def _scan_locks(layout: Layout, damage: list[Damage]) -> Locks:
    try:
        return tuple(list_locks(layout))
    except DiskError as error:
        damage.append(Damage(error.path, error.reason))
        return ()


def _scan_beside(layout: Layout, apps: str, cancel: Cancel | None) -> Iterator[Record]:
    """Build and staging folders, then the apps: each may have a lockfile, which takes a while to read."""
    for key in (*work_keys(layout), *(app_names(apps, layout.root) if apps else ())):
        if cancel is not None and cancel.is_set():
            return
        if (record := scan_key(layout, key, apps)) is not None:
            yield record


def _scan_package(
    layout: Layout, platform: str, package: str, damage: list[Damage], cache: ScanCache, *, details: bool
) -> Iterator[SourceRecord]:
    try:
        folder = layout.package(platform, package)
    except InvalidName:
        damage.append(Damage(os.path.join(layout.root, platform, package), "is not the name of a package"))
        return
    memos = cache.recall(platform, package)
    kept: dict[str, SourceMemo] = {}
    with _listed(folder, damage) as (within, names):
        for name in names:
            key = SourceKey(intern(platform), intern(package), name)
            path = f"{folder}/{name}"
            record, memo = read_source(path, key, memos.get(name), details=details, within=within)
            if memo is not None:
                kept[name] = memo
            if record is not None:
                yield record
    cache.keep(platform, package, kept)


def scan_worker(layout: Layout, key: WorkerKey) -> WorkerRecord | None:
    """One worker's library as it is now; None where it is gone.

    Raises:
        InvalidName: The worker's id may not reach the disk.
    """
    library = layout.worker(key.worker_id)
    path = os.path.join(library, PACKAGE_MANIFEST)
    try:
        changed = status(library).st_mtime
        manifest = {intern(package): intern(ref) for package, ref in read_package_manifest(library).items()}
        return WorkerRecord(key, manifest, status(path).st_mtime)
    except FileNotFoundError:
        return None
    except StoreError as error:
        if isinstance(error, DiskError) and error.is_missing:  # assembly writes it last
            return WorkerRecord(key, None, changed) if is_folder(library) else None
        return WorkerRecord(key, None, changed, (Damage(path, error.reason),))
    except OSError as cause:
        why = DiskError("read this library", cause, library).reason
        return WorkerRecord(key, None, 0.0, (Damage(library, why),))


def scan_key(layout: Layout, key: Key, apps: str = "") -> Record | None:
    """What a key stands for, as it is now; None where it is gone.

    Args:
        layout: The store's paths.
        key: What to read again.
        apps: The folder of the apps.

    Raises:
        InvalidName: A part of the key may not reach the disk.
    """
    match key:
        case SourceKey():
            return scan_source(layout, key)
        case WorkerKey():
            return scan_worker(layout, key)
        case WorkKey():
            return scan_work(layout, key)
        case LocksKey():
            return _scan_locks(layout, [])
        case AppKey():
            return scan_app(apps, key) if apps else None
        case OursKey():
            return scan_pins(layout) if key == PINS else None


class Gathered:
    """What a scan has told so far, to make snapshots of."""

    def __init__(self, root: str, on_part: Callable[[Snapshot], None] | None = None, first_part: int = 200) -> None:
        """Nothing was told yet.

        Args:
            root: The store.
            on_part: Given snapshots of what was told so far: the first soon, each further one when there is half as
                much again, so that all of them together cost no more than a few of the last.
            first_part: How many sources make the first part.
        """
        self._root = root
        self._on_part = on_part
        self._due = first_part
        self._sources: dict[SourceKey, SourceRecord] = {}
        self._packages: dict[str, dict[str, tuple[SourceRecord, ...]]] = {}
        self._others: list[Record | Damage] = []

    def add(self, record: Record | Damage) -> None:
        """Take in what the scan told."""
        if not isinstance(record, SourceRecord):
            self._others.append(record)
            return
        key = record.key
        self._sources[key] = record
        packages = self._packages.setdefault(key.platform, {})
        packages[key.package] = (*packages.get(key.package, ()), record)
        if self._on_part is not None and len(self._sources) >= self._due:
            self._due += max(1, self._due // 2)
            self._on_part(self.snapshot())

    def snapshot(self) -> Snapshot:
        """A snapshot that does not change any more."""
        packages = {platform: dict(packages) for platform, packages in self._packages.items()}
        return Snapshot(self._root).with_records(self._others).with_sources(dict(self._sources), packages)


def read_snapshot(
    root: str,
    *,
    platforms: Iterable[str] | None = None,
    details: bool = True,
    apps: str = "",
    cache: str = "",
    cancel: Cancel | None = None,
    progress: Progress | None = None,
) -> Snapshot:
    """Read a whole store into one snapshot.

    Args:
        root: The store root.
        platforms: As in `Wanted`.
        details: As in `Wanted`.
        apps: As in `Wanted`.
        cache: As in `Wanted`.
        cancel: Asked between packages; the snapshot then holds what was read.
        progress: Counts packages.

    Raises:
        NotAStore: There is no folder at `root`.
    """
    wanted = Wanted(None if platforms is None else tuple(platforms), details, apps, cache)
    gathered = Gathered(check_root(root))
    for record in scan(root, wanted, cancel=cancel, progress=progress):
        gathered.add(record)
    return gathered.snapshot()
