"""A content-addressed store of installed R packages, in the format of the reference implementation.

`Store` has one method for each call of the reference's API; the functions beside it are those that need no store.
A name is loaded when it is first asked for: a command that only prints its help loads next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
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

_NAMES: Final = {
    "codec": "read_config_meta read_package_manifest read_store_configs read_store_manifest",
    "description": "parse_dcf",
    "errors": "StoreError",
    "keys": "ConfigKey SourceKey config_hash split_store_ref store_key store_ref",
    "lockfile": "platform_from_lockfile read_lockfile validate_lockfile",
    "model": "CompileContext ConfigMeta Lockfile LockfileEntry LockfileMetadata PopulateStats StoreConfigs",
    "operations.manifests": "update_package_manifest write_package_manifest write_store_manifest",
    "operations.meta": "write_config_meta write_store_configs",
    "progress": "Cancel Progress",
    "resolve": "ingest_context",
    "store": "Store recover_platform spawn_eviction_sweeper",
}
"""What each module has of the public names."""

_HOMES: Final = {name: home for home, names in _NAMES.items() for name in names.split()}


def _load(name: str) -> Any:
    """A public name, from its module."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found


if not TYPE_CHECKING:  # or else every name would be taken for one that is there
    __getattr__ = _load
