"""What a repair may take away, what it may put back, and which manifests it can write again: who needs what."""

import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property

from pkgstore._finding import some_names
from pkgstore.codec import read_package_manifest
from pkgstore.errors import DiskError, StoreError
from pkgstore.fence import listing, names, status
from pkgstore.findings import platform_in_use
from pkgstore.keys import ConfigKey, WorkerKey, WorkKey
from pkgstore.layout import PACKAGE_MANIFEST, Layout
from pkgstore.operations.repair_look import is_plain
from pkgstore.operations.repair_plan import FromTrash, Reading, WriteManifest
from pkgstore.operations.restore import why_not
from pkgstore.snapshot import Snapshot
from pkgstore.trash import TrashItem, list_trash

Pair = tuple[str, str]


class Needs:
    """Who needs what, once the manifests of a plan are written and what crashes left is gone.

    Without a folder of the apps, or with a root that cannot be read, nothing may be taken away (fail closed).
    """

    def __init__(self, reading: Reading, manifests: Iterable[WriteManifest], cleaned: Collection[WorkKey]) -> None:
        self._reading, self._cleaned = reading, cleaned
        self._manifests = {deed.worker: deed for deed in manifests}
        layout = Layout(reading.snapshot.root)
        self._mended = {os.path.join(layout.worker(key.worker_id), PACKAGE_MANIFEST) for key in self._manifests}

    @cached_property
    def unread(self) -> str:
        """Why nothing may be taken away at all; empty where it may."""
        if not self._reading.apps:
            return "the folder of the apps was not named, so nobody knows who needs it"
        unread = [item.path for item in self._reading.roots.damage if item.path not in self._mended]
        return f"{unread[0]} cannot be read, so nobody knows who needs it" if unread else ""

    def holders(self, package: str, ref: str) -> list[str]:
        """Who needs a config, for people."""
        roots = self._reading.roots.holders_of(package, ref)
        found = [root.owner for root in roots if root.key not in self._cleaned]
        for key, deed in self._manifests.items():
            if deed.manifest.get(package) == ref:
                found.append(f"worker {key.worker_id}")
        return found

    def why_kept(self, key: ConfigKey) -> str:
        """Why a config may not go; empty where it may."""
        if self.unread:
            return self.unread
        holders = self.holders(key.package, key.ref)
        return f"{some_names(holders)} needs it" if holders else ""


class Trash:
    """What lies in the trash and can be put back, by package and ref; the newest of a config counts."""

    def __init__(self, layout: Layout, snapshot: Snapshot) -> None:
        self._layout, self._snapshot = layout, snapshot

    @cached_property
    def _found(self) -> Mapping[Pair, Mapping[ConfigKey, tuple[str, TrashItem]]]:
        found: dict[Pair, dict[ConfigKey, tuple[str, TrashItem]]] = {}
        try:
            folders = list_trash(self._layout)
        except DiskError:
            return {}
        for folder in folders:
            for item in folder.items:
                pair = item.key.package, item.key.ref
                found.setdefault(pair, {})[item.key] = folder.name, item
        return found

    def config(self, key: ConfigKey) -> FromTrash | None:
        """How a config comes back; None where it does not."""
        operation, item = self._found.get((key.package, key.ref), {}).get(key, ("", None))
        if item is None or not self._is_good(item):
            return None
        return FromTrash(key, operation)

    def wanted(self, package: str, ref: str) -> FromTrash | None:
        """How what a manifest names comes back, on the platform in use: workers are assembled from no other."""
        used = platform_in_use(self._snapshot.sources)
        keys = [key for key in sorted(self._found.get((package, ref), ())) if not used or key.platform == used]
        return next((deed for key in keys if (deed := self.config(key)) is not None), None)

    def _is_good(self, item: TrashItem) -> bool:
        try:
            return why_not(self._layout, item) is None
        except StoreError:
            return False


# --- a worker's manifest ---------------------------------------------------------------------------------


def manifest_of(layout: Layout, snapshot: Snapshot, worker: WorkerKey) -> WriteManifest | str:
    """A worker's manifest by its library, or why that does not tell it for certain.

    It does where each package's DESCRIPTION is the very file of just one config of the store.
    """
    library = layout.worker(worker.worker_id)
    if not is_unusable(library):
        return "nobody can tell what it is"
    try:
        files = described(library)
    except OSError as cause:
        return f"the library cannot be read: {cause.strerror}"
    manifest: dict[str, str] = {}
    for package, file in files.items():
        refs = set(_same(layout, snapshot, package, file)) if file is not None else set()
        if len(refs) != 1:
            said = "more than one config" if refs else "no config of the store"
            return f"the library's {package} is that of {said}"
        manifest[package] = refs.pop()
    return WriteManifest(worker, manifest, {name: file for name, file in files.items() if file is not None})


def is_unusable(library: str) -> bool:
    """Whether a library's manifest is a plain file that says nothing of use."""
    try:
        read_package_manifest(library)
    except DiskError:
        return False
    except StoreError:
        return is_plain(os.path.join(library, PACKAGE_MANIFEST))
    return False


def described(library: str) -> dict[str, tuple[int, int] | None]:
    """The DESCRIPTION of each package of a library, by device and inode; None where there is none.

    Raises:
        OSError: It cannot be listed.
    """
    with listing(library) as entries:
        found = sorted(entry.name for entry in entries if not entry.name.startswith("."))
    return {name: _identity(os.path.join(library, name, "DESCRIPTION")) for name in found}


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = status(path)
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None


def _same(layout: Layout, snapshot: Snapshot, package: str, file: tuple[int, int]) -> Iterator[str]:
    """The refs of the configs of a package that have this very file."""
    for platform in snapshot.platforms:
        for record in snapshot.packages[platform].get(package, ()):
            for config in record.configs:
                path = os.path.join(layout.config(config.key), "DESCRIPTION")
                if config.has_tree and _identity(path) == file:
                    yield config.key.ref


def empty_folders(layout: Layout, platform: str) -> list[str] | None:
    """The folders of a platform that holds nothing else, the innermost first; None where it holds anything."""
    top = layout.platform(platform)
    inner = [os.path.join(top, name) for name in names(top)]
    if any(names(path) or not stat.S_ISDIR(status(path).st_mode) for path in inner):
        return None
    return [*inner, top]
