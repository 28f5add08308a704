"""A content-addressed store of installed R packages, in the format of the reference implementation.

`Store` has one method for each call of the reference's API; the functions beside it are those that need no store.
"""

from pkgstore.codec import (
    read_config_meta,
    read_package_manifest,
    read_store_configs,
    read_store_manifest,
)
from pkgstore.description import parse_dcf
from pkgstore.errors import StoreError
from pkgstore.keys import ConfigKey, SourceKey, config_hash, split_store_ref, store_key, store_ref
from pkgstore.lockfile import platform_from_lockfile, read_lockfile, validate_lockfile
from pkgstore.model import (
    CompileContext,
    ConfigMeta,
    Lockfile,
    LockfileEntry,
    LockfileMetadata,
    PopulateStats,
    StoreConfigs,
)
from pkgstore.operations.manifests import (
    update_package_manifest,
    write_package_manifest,
    write_store_manifest,
)
from pkgstore.operations.meta import write_config_meta, write_store_configs
from pkgstore.progress import Cancel, Progress
from pkgstore.resolve import ingest_context
from pkgstore.store import Store, recover_platform, spawn_eviction_sweeper

__all__ = [
    "Cancel",
    "CompileContext",
    "ConfigKey",
    "ConfigMeta",
    "Lockfile",
    "LockfileEntry",
    "LockfileMetadata",
    "PopulateStats",
    "Progress",
    "SourceKey",
    "Store",
    "StoreConfigs",
    "StoreError",
    "config_hash",
    "ingest_context",
    "parse_dcf",
    "platform_from_lockfile",
    "read_config_meta",
    "read_lockfile",
    "read_package_manifest",
    "read_store_configs",
    "read_store_manifest",
    "recover_platform",
    "spawn_eviction_sweeper",
    "split_store_ref",
    "store_key",
    "store_ref",
    "update_package_manifest",
    "validate_lockfile",
    "write_config_meta",
    "write_package_manifest",
    "write_store_configs",
    "write_store_manifest",
]
