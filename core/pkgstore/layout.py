"""Names on disk, both ways: from key to path, and from path to what it is. Pure; touches no disk.

Every component that came from a file or an argument is checked here, before it can reach the disk.
"""

import os
import re
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePath
from typing import Final

from pkgstore.errors import InvalidName
from pkgstore.fence import keep_inside
from pkgstore.keys import PINS, ConfigKey, SourceKey, split_store_ref

LOCKS: Final = ".locks"
BUILDS: Final = ".builds"
STAGING: Final = ".staging"
WORKERS: Final = ".workers"
OURS: Final = ".pkgstore"
"""The one folder at a store's root that is ours: trash and what else the reference knows nothing of."""

SOURCE_LEVELS: Final = 3
"""Folders above a config, wherever configs stand: platform, package and source hash."""

JOURNAL_FILE: Final = "journal.jsonl"
PINS_FILE: Final = PINS.name
TRASH: Final = "trash"
DIGESTS: Final = "digests"
EMPTYING: Final = ".emptying"
"""How the name of a trash folder ends that is being deleted: nothing is restored from it any more."""

CONFIGS_FILE: Final = "configs.json"
PACKAGE_MANIFEST: Final = ".packages.json"
STORE_MANIFEST: Final = "store-manifest.json"
LOCK_SUFFIX: Final = ".lock"
SIDECAR_SUFFIX: Final = ".json"


def check_component(role: str, name: str, *, where: str = "") -> str:
    """`name` itself, if it may be one component of a path (spec: Where ours must be better).

    Args:
        role: What it stands for, as in ``package``.
        name: The component.
        where: The file it came from, for the error.

    Raises:
        InvalidName: It is empty, ``.`` or ``..``, or has a slash or a NUL.
    """
    if not name:
        raise InvalidName(role, name, "is empty", where=where)
    if name in {".", ".."}:
        raise InvalidName(role, name, "would leave its folder", where=where)
    if "/" in name:
        raise InvalidName(role, name, "has a slash", where=where)
    if "\0" in name:
        raise InvalidName(role, name, "has a NUL character", where=where)
    return name


def check_package(name: str, *, where: str = "") -> str:
    """`name` itself, if it may be a package's folder; a leading dot is kept for manifests and helpers.

    Raises:
        InvalidName: As `check_component`, or it begins with a dot or is the name of a manifest.
    """
    check_component("package", name, where=where)
    if name.startswith("."):
        raise InvalidName("package", name, "begins with a dot", where=where)
    if name == STORE_MANIFEST:
        raise InvalidName("package", name, "is the name of a manifest", where=where)
    return name


def check_platform(name: str, *, where: str = "") -> str:
    """`name` itself, if it may be a platform's folder; a leading dot is kept for helpers.

    Raises:
        InvalidName: As `check_component`, or it begins with a dot.
    """
    check_component("platform", name, where=where)
    if name.startswith("."):
        raise InvalidName("platform", name, "begins with a dot", where=where)
    return name


def check_config_hash(name: str, *, where: str = "") -> str:
    """`name` itself, if it may be a config's folder and, with ``.json``, its sidecar.

    Raises:
        InvalidName: As `check_component`, or another kind of file has that name (``configs``, ``….json``, ``.…``).
    """
    check_component("config hash", name, where=where)
    if _is_taken(name):
        raise InvalidName("config hash", name, "is the name of another kind of file", where=where)
    return name


def _is_taken(name: str) -> bool:
    return name == "configs" or name.startswith(".") or name.endswith((SIDECAR_SUFFIX, ".tmp"))


_OPERATION: Final = re.compile(r"\d{8}T\d{6}-[a-z]+-[0-9a-f]{4,12}", re.ASCII)


def is_operation(name: str) -> bool:
    """Whether `name` is an operation's id, as in ``20261126T191500-evict-3f2a``."""
    return _OPERATION.fullmatch(name) is not None


def check_operation(name: str, *, where: str = "") -> str:
    """`name` itself, if it is an operation's id, and so may be its folder in the trash.

    Raises:
        InvalidName: As `check_component`, or it is no such id.
    """
    check_component("operation", name, where=where)
    if not is_operation(name):
        raise InvalidName("operation", name, "is no operation's id", where=where)
    return name


def check_ref(package: str, ref: str, *, where: str = "") -> tuple[str, str]:
    """Source hash and config hash of a manifest's entry, all three names checked.

    Raises:
        InvalidName: One of the three may not reach the disk.
        MalformedRef: The ref has not two parts.
    """
    check_package(package, where=where)
    source_hash, config_hash = split_store_ref(ref, package=package, where=where)
    check_component("source hash", source_hash, where=where)
    check_config_hash(config_hash, where=where)
    return source_hash, config_hash


class Kind(Enum):
    """What a path below the store root is."""

    ROOT = "root"
    PLATFORM = "platform"
    PACKAGE = "package"
    SOURCE = "source"
    CONFIGS = "configs.json"
    CONFIG = "config"
    SIDECAR = "sidecar"
    IN_TREE = "in a config's tree"
    LOCK = "lock"
    BUILD = "build"
    STAGING = "staging"
    WORKER = "worker"
    MANIFEST = "package manifest"
    IN_LIBRARY = "in a library"
    IN_BUILD = "in a build or staging folder"
    HELPER = "helper"
    OUTSIDE = "outside the store"


_BUILD_KINDS: Final = {BUILDS: Kind.BUILD, STAGING: Kind.STAGING}


@dataclass(frozen=True, slots=True)
class Place:
    """What a path is, and the names that lead to it (those that it has)."""

    kind: Kind
    platform: str = ""
    package: str = ""
    source_hash: str = ""
    config_hash: str = ""
    worker: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one store; what is reached below its root is reached through no link from now on."""

    root: str

    def __post_init__(self) -> None:
        keep_inside(self.root)

    def _join(self, *parts: str) -> str:
        return os.path.join(self.root, *parts)

    def platform(self, platform: str) -> str:
        """The folder of a platform."""
        return self._join(check_platform(platform))

    def package(self, platform: str, package: str) -> str:
        """The folder of a package."""
        return os.path.join(self.platform(platform), check_package(package))

    def source(self, key: SourceKey) -> str:
        """The folder of a source hash."""
        folder = self.package(key.platform, key.package)
        return os.path.join(folder, check_component("source hash", key.source_hash))

    def configs(self, key: SourceKey) -> str:
        """The ``configs.json`` of a source hash."""
        return os.path.join(self.source(key), CONFIGS_FILE)

    def config(self, key: ConfigKey) -> str:
        """The folder that is a config's installed tree."""
        return os.path.join(self.source(key.source), check_config_hash(key.config_hash))

    def sidecar(self, key: ConfigKey) -> str:
        """The sidecar beside a config, whose mtime is its last use."""
        return self.config(key) + SIDECAR_SUFFIX

    def lock(self, key: SourceKey) -> str:
        """The folder that is the lock of a source hash while it exists."""
        platform = check_platform(key.platform)
        package = check_package(key.package)
        source = check_component("source hash", key.source_hash)
        return self._join(LOCKS, platform, package, source + LOCK_SUFFIX)

    @property
    def workers(self) -> str:
        """The folder of all worker libraries."""
        return self._join(WORKERS)

    def worker(self, worker_id: str) -> str:
        """A worker's library."""
        return self._join(WORKERS, check_component("worker id", worker_id))

    @property
    def locks(self) -> str:
        """The folder of all locks."""
        return self._join(LOCKS)

    @property
    def staging(self) -> str:
        """The folder of all staging folders."""
        return self._join(STAGING)

    @property
    def builds(self) -> str:
        """The folder of all build libraries."""
        return self._join(BUILDS)

    @property
    def trash(self) -> str:
        """Where trees are moved before they are deleted."""
        return self._join(OURS, TRASH)

    @property
    def ours(self) -> str:
        """The folder of our own files."""
        return self._join(OURS)

    @property
    def journal(self) -> str:
        """The journal of every change."""
        return self._join(OURS, JOURNAL_FILE)

    @property
    def pins(self) -> str:
        """What people pinned."""
        return self._join(OURS, PINS_FILE)

    @property
    def digests(self) -> str:
        """The folder of what the files of each config were, to find out what changed."""
        return self._join(OURS, DIGESTS)

    def digest(self, key: ConfigKey) -> str:
        """The baseline of a config: what its files were."""
        return os.path.join(self.digests, os.path.relpath(self.config(key), self.root)) + SIDECAR_SUFFIX

    @property
    def digest_position(self) -> str:
        """Where a content check stopped; no platform has such a name."""
        return os.path.join(self.digests, ".position.json")

    def trash_of(self, operation: str) -> str:
        """Where an operation's trees lie until the trash is emptied."""
        return os.path.join(self.trash, check_operation(operation))

    def trashed(self, operation: str, key: ConfigKey) -> str:
        """Where an operation puts a config's tree."""
        below = os.path.relpath(self.config(key), self.root)
        return os.path.join(self.trash_of(operation), below)

    def trash_record(self, operation: str, key: ConfigKey) -> str:
        """What is needed to put that tree back; no config has a name that ends so."""
        return self.trashed(operation, key) + SIDECAR_SUFFIX

    def place(self, path: str) -> Place:
        """What `path`, an absolute path or one relative to the root, is. Never fails."""
        relative = os.path.relpath(path, self.root) if os.path.isabs(path) else os.path.normpath(path)
        parts = PurePath(relative).parts
        if parts[:1] == ("..",):
            return Place(Kind.OUTSIDE)
        if not parts:
            return Place(Kind.ROOT)
        if parts[0].startswith("."):
            return _helper_place(parts)
        return _tree_place(parts)


def _tree_place(parts: tuple[str, ...]) -> Place:
    if len(parts) == 1:
        return Place(Kind.PLATFORM, parts[0])
    if len(parts) == 2:
        return Place(Kind.PACKAGE, parts[0], parts[1])
    platform, package, source = parts[:3]
    if len(parts) == 3:
        return Place(Kind.SOURCE, platform, package, source)
    name = parts[3]
    if len(parts) > 4:
        return Place(Kind.IN_TREE, platform, package, source, name)
    if name == CONFIGS_FILE:
        return Place(Kind.CONFIGS, platform, package, source)
    config = name.removesuffix(SIDECAR_SUFFIX)
    if config != name and not _is_taken(config):
        return Place(Kind.SIDECAR, platform, package, source, config)
    if _is_taken(name):
        return Place(Kind.HELPER, platform, package, source)
    return Place(Kind.CONFIG, platform, package, source, name)


def _helper_place(parts: tuple[str, ...]) -> Place:
    top, rest = parts[0], parts[1:]
    if top == LOCKS and len(rest) == 3 and rest[2].endswith(LOCK_SUFFIX):
        return Place(Kind.LOCK, rest[0], rest[1], rest[2].removesuffix(LOCK_SUFFIX))
    if top == WORKERS and rest:
        if len(rest) == 1:
            return Place(Kind.WORKER, worker=rest[0])
        kind = Kind.MANIFEST if rest[1:] == (PACKAGE_MANIFEST,) else Kind.IN_LIBRARY
        return Place(kind, worker=rest[0])
    if top in _BUILD_KINDS and rest:
        return Place(_BUILD_KINDS[top] if len(rest) == 1 else Kind.IN_BUILD)
    return Place(Kind.HELPER)
