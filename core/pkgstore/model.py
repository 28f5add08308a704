"""What lockfiles and the store's small files say, as frozen dataclasses. No reading, no writing."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final

from pkgstore.keys import PINS, AppKey, ConfigKey, OursKey, SourceKey, WorkerKey, WorkKey

META_TYPES: Final = frozenset({"deps", "local", "installed"})
"""Remote types of lockfile entries that are no packages."""


@dataclass(frozen=True, slots=True)
class LockfileMetadata:
    """The part of an entry's ``metadata`` that the store uses."""

    remote_type: str = ""
    remote_sha: str = ""
    remote_subdir: str = ""


@dataclass(frozen=True, slots=True)
class LockfileEntry:
    """One record of a pak lockfile's ``packages`` (spec: Lockfile)."""

    package: str = ""
    version: str = ""
    type: str = ""
    needs_compilation: bool = False
    metadata: LockfileMetadata = field(default_factory=LockfileMetadata)
    sha256: str = ""
    platform: str = ""
    rversion: str = ""

    @property
    def remote_type(self) -> str:
        """``metadata.RemoteType``, or ``type`` where that is empty."""
        return self.metadata.remote_type or self.type

    @property
    def remote_sha(self) -> str:
        """The commit, for packages from a repository of sources."""
        return self.metadata.remote_sha

    @property
    def remote_subdir(self) -> str:
        """The folder inside that repository, empty for its top."""
        return self.metadata.remote_subdir

    @property
    def is_meta(self) -> bool:
        """Whether this is a pseudo-package (deps, local, installed), which every operation skips."""
        return self.remote_type in META_TYPES


@dataclass(frozen=True, slots=True)
class Lockfile:
    """A pak lockfile; `path` is where it was read from, empty if nowhere."""

    lockfile_version: int = 0
    r_version: str = ""
    os: str = ""
    platform: str = ""
    packages: tuple[LockfileEntry, ...] = ()
    path: str = ""

    @property
    def real_entries(self) -> tuple[LockfileEntry, ...]:
        """The entries that are packages, in their order."""
        return tuple(entry for entry in self.packages if not entry.is_meta)


@dataclass(frozen=True, slots=True)
class StoreConfigs:
    """A ``configs.json``: what a source links to, and each config with the keys it was built against.

    `linkingto` is None where DESCRIPTION gave no names; a config's keys are None only where the tree
    had no DESCRIPTION (spec: JSON files).
    """

    source_compiled: bool = False
    linkingto: tuple[str, ...] | None = None
    configs: Mapping[str, Mapping[str, str] | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConfigMeta:
    """A sidecar; `created_at` has a time zone."""

    created_at: datetime


@dataclass(frozen=True, slots=True)
class CompileContext:
    """What an installed tree's DESCRIPTION says of how it was compiled (`IngestContext` of the reference)."""

    config_hash: str
    linking_to_keys: Mapping[str, str] | None
    source_compiled: bool
    linkingto: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class PopulateStats:
    """How many packages a populate found in the store, and how many have to be compiled."""

    hits: int = 0
    misses: int = 0
    abi_hits: int = 0
    abi_rebuilds: int = 0


# --- what a reading of the store finds ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Damage:
    """Something that could not be read, or is not as it should be; a result of a scan, not an error."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class ConfigRecord:
    """One config as it was found.

    `last_used` is the sidecar's mtime in seconds since 1970, None where there is no sidecar. `listed` tells whether
    configs.json has it, `has_tree` whether its folder is there; both are true for a healthy config. `version` and
    `built` are DESCRIPTION's, empty where unknown.
    """

    key: ConfigKey
    listed: bool
    has_tree: bool
    last_used: float | None = None
    linking_to_keys: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    built: str = ""

    @property
    def is_phantom(self) -> bool:
        """Listed in configs.json, but the tree is gone (PHANTOM)."""
        return self.listed and not self.has_tree

    @property
    def is_orphan_tree(self) -> bool:
        """A tree without sidecar, or not in configs.json (ORPHAN-TREE)."""
        return self.has_tree and (not self.listed or self.last_used is None)

    @property
    def is_orphan_sidecar(self) -> bool:
        """A sidecar without its tree (ORPHAN-SIDECAR)."""
        return self.last_used is not None and not self.has_tree


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One source hash as it was found: its configs, sorted by hash, and what was wrong with it.

    `remote` is where DESCRIPTION says the package comes from, as people write it (``github r-spatial/sf@1a2b3c4``,
    ``CRAN``); empty where it does not tell.
    """

    key: SourceKey
    configs: tuple[ConfigRecord, ...] = ()
    linkingto: tuple[str, ...] = ()
    source_compiled: bool = False
    damage: tuple[Damage, ...] = ()
    remote: str = ""

    @property
    def version(self) -> str:
        """The package's version, empty where no tree tells it."""
        return next((config.version for config in self.configs if config.version), "")

    @property
    def last_used(self) -> float | None:
        """The latest use of any config, in seconds since 1970."""
        return max((c.last_used for c in self.configs if c.last_used is not None), default=None)


@dataclass(frozen=True, slots=True)
class WorkerRecord:
    """One worker's library as it was found.

    `manifest` is None where there is none yet (assembly writes it last), or, with damage, where it cannot be read.
    `changed` is the manifest's mtime (the folder's, without one), in seconds since 1970.
    """

    key: WorkerKey
    manifest: Mapping[str, str] | None
    changed: float
    damage: tuple[Damage, ...] = ()


class Tier(Enum):
    """How much something that names configs counts, the strongest first; the value is its name for people."""

    WORKER = "worker"
    CURRENT = "current"
    PREV = "prev"
    BUILD = "build"
    PINNED = "pinned"


@dataclass(frozen=True, slots=True)
class ManifestRecord:
    """One of an app's store-manifests; `manifest` is None where it cannot be read, `changed` is its mtime."""

    tier: Tier
    path: str
    manifest: Mapping[str, str] | None
    changed: float


@dataclass(frozen=True, slots=True)
class SourceName:
    """What a store key stands for: ``sf``, ``1.0-16``, ``github r-spatial/sf@1a2b3c4``; empty parts are unknown."""

    package: str
    version: str = ""
    remote: str = ""


@dataclass(frozen=True, slots=True)
class LockfileRecord:
    """A lockfile in reach: what its store keys stand for. `changed` is its mtime in seconds since 1970.

    `refused` says why the reference would not take it; its names are then what could still be read.
    """

    path: str
    changed: float
    platform: str = ""
    names: Mapping[str, SourceName] = field(default_factory=dict)
    refused: str = ""


@dataclass(frozen=True, slots=True)
class AppRecord:
    """One app as it was found: its manifests in the order of their tiers, and its pak.lock."""

    key: AppKey
    path: str
    manifests: tuple[ManifestRecord, ...] = ()
    lockfile: LockfileRecord | None = None
    damage: tuple[Damage, ...] = ()

    def manifest(self, tier: Tier) -> Mapping[str, str] | None:
        """The manifest of a tier; None where there is none, or none that can be read."""
        return next((found.manifest for found in self.manifests if found.tier is tier), None)


@dataclass(frozen=True, slots=True)
class WorkRecord:
    """A build or staging folder as it was found; `changed` is its mtime, `manifest` what it names, if anything."""

    key: WorkKey
    path: str
    changed: float
    manifest: Mapping[str, str] | None = None
    lockfile: LockfileRecord | None = None
    damage: tuple[Damage, ...] = ()


@dataclass(frozen=True, slots=True)
class Pin:
    """What people keep on purpose: a config, or a whole manifest as it was.

    `what` says for people what is kept: ``sf 1.0-16``, ``shop (prev)``. `manifest` has it, package to ref. `at`
    and `until` are in seconds since 1970; `until` is None where it has no end.
    """

    id: str
    what: str
    reason: str
    by: str
    at: float
    manifest: Mapping[str, str]
    until: float | None = None

    def is_over(self, now: float) -> bool:
        """Whether its end has come; `now` is in seconds since 1970."""
        return self.until is not None and self.until <= now


@dataclass(frozen=True, slots=True)
class PinsRecord:
    """All pins as they were found, in the order they were made, those that are over too; `path` is their file.

    Where the file cannot be used there is damage, and no pin: what must be kept is then not known.
    """

    path: str = ""
    pins: tuple[Pin, ...] = ()
    damage: tuple[Damage, ...] = ()

    @property
    def key(self) -> OursKey:
        """The one key there is."""
        return PINS

    def kept(self, now: float) -> frozenset[tuple[str, str]]:
        """Every (package, ref) that a pin keeps at a time, in seconds since 1970."""
        return frozenset(pair for pin in self.pins if not pin.is_over(now) for pair in pin.manifest.items())


STALE_AFTER: Final = 30 * 60.0
"""Seconds after which a lock whose mtime has not moved counts as left by a crash (spec: Lock)."""


@dataclass(frozen=True, slots=True)
class LockRecord:
    """A lock as it was found; `changed` is its mtime in seconds since 1970."""

    key: SourceKey
    path: str
    changed: float

    def age(self, now: float | None = None) -> float:
        """Seconds since the lock was taken or refreshed; `now` is in seconds since 1970, by default the present."""
        return (time.time() if now is None else now) - self.changed

    def is_stale(self, now: float | None = None, stale_after: float = STALE_AFTER) -> bool:
        """Whether others may break it."""
        return self.age(now) > stale_after
