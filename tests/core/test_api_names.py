"""Every name of the reference's API has one of ours, of the right kind, with a docstring."""

import dataclasses
import importlib
import inspect
from typing import Any

import pytest

import pkgstore

FUNCTIONS = {
    "ConfigHash": "pkgstore.config_hash",
    "IngestContext": "pkgstore.ingest_context",
    "ParseDCF": "pkgstore.parse_dcf",
    "PlatformFromLockfile": "pkgstore.platform_from_lockfile",
    "ReadPackageManifest": "pkgstore.read_package_manifest",
    "ReadStoreManifest": "pkgstore.read_store_manifest",
    "RecoverPlatform": "pkgstore.recover_platform",
    "SpawnEvictionSweeper": "pkgstore.spawn_eviction_sweeper",
    "SplitStoreRef": "pkgstore.split_store_ref",
    "StoreKey": "pkgstore.store_key",
    "StoreRef": "pkgstore.store_ref",
    "UpdatePackageManifest": "pkgstore.update_package_manifest",
    "WriteConfigMeta": "pkgstore.write_config_meta",
    "WritePackageManifest": "pkgstore.write_package_manifest",
    "WriteStoreConfigs": "pkgstore.write_store_configs",
    "WriteStoreManifest": "pkgstore.write_store_manifest",
    "ReadLockfile": "pkgstore.read_lockfile",
    "ReadStoreConfigs": "pkgstore.read_store_configs",
    "Lockfile.Validate": "pkgstore.validate_lockfile",
    "LockfileEntry.Validate": "pkgstore.lockfile.entry_problem",
}
TYPES = {
    "ConfigMeta": "pkgstore.ConfigMeta",
    "Lockfile": "pkgstore.Lockfile",
    "LockfileEntry": "pkgstore.LockfileEntry",
    "LockfileMetadata": "pkgstore.LockfileMetadata",
    "PopulateStats": "pkgstore.PopulateStats",
    "Store": "pkgstore.Store",
    "StoreConfigs": "pkgstore.StoreConfigs",
    "NewStore": "pkgstore.Store",
}
METHODS = {
    "Store.Acquire": "acquire",
    "Store.AssembleLibrary": "assemble_library",
    "Store.CleanupStagingDir": "cleanup_staging_dir",
    "Store.CleanupWorkerLib": "cleanup_worker_lib",
    "Store.ConfigMetaPath": "config_meta_path",
    "Store.ConfigsPath": "configs_path",
    "Store.CreateStagingDir": "create_staging_dir",
    "Store.EvictStale": "evict_stale",
    "Store.Has": "has",
    "Store.Ingest": "ingest",
    "Store.IngestPackages": "ingest_packages",
    "Store.LockPath": "lock_path",
    "Store.Path": "path",
    "Store.PopulateBuild": "populate_build",
    "Store.PopulateRuntime": "populate_runtime",
    "Store.Release": "release",
    "Store.ResolveConfig": "resolve_config",
    "Store.SourceDir": "source_dir",
    "Store.Touch": "touch",
    "Store.WorkerLibDir": "worker_lib_dir",
    "Store.WriteIngestMeta": "write_ingest_meta",
}
PROPERTIES = {
    "Store.Root": "pkgstore.Store.root",
    "LockfileEntry.IsMetaEntry": "pkgstore.LockfileEntry.is_meta",
}
ATTRIBUTES = {"Store.Platform": "platform", "Store.SetPlatform": "platform"}
FIELDS = {
    "ConfigMeta.CreatedAt": "created_at",
    "Lockfile.LockfileVersion": "lockfile_version",
    "Lockfile.RVersion": "r_version",
    "Lockfile.OS": "os",
    "Lockfile.Platform": "platform",
    "Lockfile.Packages": "packages",
    "LockfileEntry.Package": "package",
    "LockfileEntry.Version": "version",
    "LockfileEntry.Type": "type",
    "LockfileEntry.NeedsCompilation": "needs_compilation",
    "LockfileEntry.Metadata": "metadata",
    "LockfileEntry.SHA256": "sha256",
    "LockfileEntry.Platform": "platform",
    "LockfileEntry.RVersion": "rversion",
    "LockfileMetadata.RemoteType": "remote_type",
    "LockfileMetadata.RemoteSha": "remote_sha",
    "LockfileMetadata.RemoteSubdir": "remote_subdir",
    "PopulateStats.Hits": "hits",
    "PopulateStats.Misses": "misses",
    "PopulateStats.ABIHits": "abi_hits",
    "PopulateStats.ABIRebuilds": "abi_rebuilds",
    "StoreConfigs.SourceCompiled": "source_compiled",
    "StoreConfigs.LinkingTo": "linkingto",
    "StoreConfigs.Configs": "configs",
}

REFERENCE = [
    "ConfigHash",
    "IngestContext",
    "ParseDCF",
    "PlatformFromLockfile",
    "ReadPackageManifest",
    "ReadStoreManifest",
    "RecoverPlatform",
    "SpawnEvictionSweeper",
    "SplitStoreRef",
    "StoreKey",
    "StoreRef",
    "UpdatePackageManifest",
    "WriteConfigMeta",
    "WritePackageManifest",
    "WriteStoreConfigs",
    "WriteStoreManifest",
    "ConfigMeta",
    "ConfigMeta.CreatedAt",
    "Lockfile",
    "Lockfile.LockfileVersion",
    "Lockfile.RVersion",
    "Lockfile.OS",
    "Lockfile.Platform",
    "Lockfile.Packages",
    "ReadLockfile",
    "Lockfile.Validate",
    "LockfileEntry",
    "LockfileEntry.Package",
    "LockfileEntry.Version",
    "LockfileEntry.Type",
    "LockfileEntry.NeedsCompilation",
    "LockfileEntry.Metadata",
    "LockfileEntry.SHA256",
    "LockfileEntry.Platform",
    "LockfileEntry.RVersion",
    "LockfileEntry.IsMetaEntry",
    "LockfileEntry.Validate",
    "LockfileMetadata",
    "LockfileMetadata.RemoteType",
    "LockfileMetadata.RemoteSha",
    "LockfileMetadata.RemoteSubdir",
    "PopulateStats",
    "PopulateStats.Hits",
    "PopulateStats.Misses",
    "PopulateStats.ABIHits",
    "PopulateStats.ABIRebuilds",
    "Store",
    "NewStore",
    "Store.Acquire",
    "Store.AssembleLibrary",
    "Store.CleanupStagingDir",
    "Store.CleanupWorkerLib",
    "Store.ConfigMetaPath",
    "Store.ConfigsPath",
    "Store.CreateStagingDir",
    "Store.EvictStale",
    "Store.Has",
    "Store.Ingest",
    "Store.IngestPackages",
    "Store.LockPath",
    "Store.Path",
    "Store.Platform",
    "Store.PopulateBuild",
    "Store.PopulateRuntime",
    "Store.Release",
    "Store.ResolveConfig",
    "Store.Root",
    "Store.SetPlatform",
    "Store.SourceDir",
    "Store.Touch",
    "Store.WorkerLibDir",
    "Store.WriteIngestMeta",
    "StoreConfigs",
    "StoreConfigs.SourceCompiled",
    "StoreConfigs.LinkingTo",
    "StoreConfigs.Configs",
    "ReadStoreConfigs",
]
"""The reference's public names, in the order of its documentation."""


def found(dotted: str) -> Any:
    """What a dotted name of ours stands for."""
    parts = dotted.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            value = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            value = getattr(value, part)
        return value
    raise AssertionError(dotted)


def test_none_is_missing_and_none_is_made_up() -> None:
    ours = [*FUNCTIONS, *TYPES, *METHODS, *PROPERTIES, *ATTRIBUTES, *FIELDS]
    assert len(ours) == len(set(ours))
    assert sorted(ours) == sorted(REFERENCE)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function(name: str) -> None:
    assert inspect.isfunction(found(FUNCTIONS[name]))
    assert inspect.getdoc(found(FUNCTIONS[name]))


@pytest.mark.parametrize("name", TYPES)
def test_type(name: str) -> None:
    assert inspect.isclass(found(TYPES[name]))
    assert inspect.getdoc(found(TYPES[name]))


@pytest.mark.parametrize("name", METHODS)
def test_method(name: str) -> None:
    method = vars(pkgstore.Store)[METHODS[name]]
    assert inspect.isfunction(method)
    assert inspect.getdoc(method)


@pytest.mark.parametrize("name", PROPERTIES)
def test_property(name: str) -> None:
    assert isinstance(found(PROPERTIES[name]), property)
    assert inspect.getdoc(found(PROPERTIES[name]))


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_attribute(name: str) -> None:
    store = pkgstore.Store("/srv", "4.5-x")
    setattr(store, ATTRIBUTES[name], "4.6-x")
    assert getattr(store, ATTRIBUTES[name]) == "4.6-x"
    assert ATTRIBUTES[name] in (inspect.getdoc(pkgstore.Store) or "")


@pytest.mark.parametrize("name", FIELDS)
def test_field(name: str) -> None:
    kind = getattr(pkgstore, name.split(".")[0])
    assert FIELDS[name] in {field.name for field in dataclasses.fields(kind)}
    assert kind.__dataclass_params__.frozen


def test_what_needs_no_store_stands_at_the_top() -> None:
    named = {path.removeprefix("pkgstore.") for path in [*FUNCTIONS.values(), *TYPES.values()]}
    assert {name for name in named if "." not in name} <= set(pkgstore.__all__)
    assert sorted(pkgstore.__all__) == list(pkgstore.__all__)
    assert all(inspect.getdoc(getattr(pkgstore, name)) for name in pkgstore.__all__)
