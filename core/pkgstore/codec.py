"""The store's small files to dataclasses and back: configs.json, sidecars, both manifests. Reads; never writes.

`encode_…` gives bytes, which `pkgstore.files.replace_file` puts on the disk.
"""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from pkgstore import text_json
from pkgstore.errors import DiskError, InputError, ManifestError, MetaError, StoreError
from pkgstore.layout import PACKAGE_MANIFEST
from pkgstore.model import ConfigMeta, StoreConfigs
from pkgstore.reading import read_bytes

_Value = TypeVar("_Value")
LARGEST_MANIFEST: Final = 16 * 1024 * 1024
MOST_PACKAGES: Final = 100_000
"""Entries of a manifest: all of CRAN and Bioconductor are a quarter of that."""

LARGEST_CONFIGS: Final = 16 * 1024 * 1024
"""Bytes of a configs.json: thousands of configs of one source, each linked to dozens of packages."""

LARGEST_SIDECAR: Final = 64 * 1024
_CONFIGS_FIELDS: Final = ("source_compiled", "linkingto", "configs")


def _read(
    path: str | os.PathLike[str],
    error: type[InputError],
    advice: str,
    decode: Callable[[bytes], _Value],
    largest: int,
) -> _Value:
    name = os.fspath(path)
    try:
        return decode(read_bytes(name, largest=largest))
    except FileNotFoundError as cause:
        raise DiskError("read this file", cause, name) from cause
    except text_json.BadJSON as cause:
        raise error(f"cannot be used: {cause}", path=name, advice=advice) from cause


# --- manifests -------------------------------------------------------------------------------------------


def decode_manifest(data: bytes) -> dict[str, str]:
    """The map of either manifest; raises `BadJSON`."""
    found = text_json.string_map(text_json.loads(data))
    if len(found) > MOST_PACKAGES:
        raise text_json.BadJSON(f"it names {len(found)} packages, more than the {MOST_PACKAGES} that are read")
    return found


def encode_manifest(manifest: Mapping[str, str]) -> bytes:
    """The bytes of either manifest, packages in byte order (spec: JSON files)."""
    return text_json.dumps(text_json.by_bytes(manifest))


def read_store_manifest(path: str | os.PathLike[str]) -> dict[str, str]:
    """Read a store-manifest, named by its full path: package to store ref (API: ReadStoreManifest).

    Raises:
        DiskError: It is missing or cannot be read.
        ManifestError: It is no map of strings.
    """
    return _read(path, ManifestError, "deploy or refresh the app again", decode_manifest, LARGEST_MANIFEST)


def read_package_manifest(library: str | os.PathLike[str]) -> dict[str, str]:
    """Read a library's ``.packages.json``: package to store ref (API: ReadPackageManifest).

    Raises:
        DiskError: It is missing or cannot be read.
        ManifestError: It is no map of strings.
    """
    path = os.path.join(library, PACKAGE_MANIFEST)
    return _read(path, ManifestError, "assemble this library again", decode_manifest, LARGEST_MANIFEST)


# --- configs.json ----------------------------------------------------------------------------------------


def decode_store_configs(data: bytes) -> StoreConfigs:
    """What a configs.json says; raises `BadJSON`."""
    fields = text_json.Fields(text_json.loads(data), _CONFIGS_FIELDS)
    configs: dict[str, Mapping[str, str] | None] = {}
    for name, keys in (fields.mapping("configs") or {}).items():
        configs[name] = None if keys is None else text_json.string_map(keys, f"configs.{name}")
    return StoreConfigs(
        source_compiled=fields.boolean("source_compiled"),
        linkingto=text_json.string_list(fields.items("linkingto"), "linkingto"),
        configs=configs,
    )


def encode_store_configs(configs: StoreConfigs) -> bytes:
    """The bytes of a configs.json (spec: JSON files)."""
    inner = {
        name: None if keys is None else text_json.by_bytes(keys)
        for name, keys in text_json.by_bytes(configs.configs).items()
    }
    document: dict[str, Any] = {
        "source_compiled": configs.source_compiled,
        "linkingto": configs.linkingto,
        "configs": inner,
    }
    return text_json.dumps(document)


def read_store_configs(path: str | os.PathLike[str]) -> StoreConfigs:
    """Read a configs.json, named by its full path (API: ReadStoreConfigs).

    Raises:
        DiskError: It is missing or cannot be read.
        MetaError: It is no configs.json.
    """
    advice = "the next ingest of this package writes it anew"
    return _read(path, MetaError, advice, decode_store_configs, LARGEST_CONFIGS)


# --- sidecars --------------------------------------------------------------------------------------------


def decode_config_meta(data: bytes) -> ConfigMeta:
    """What a sidecar says; raises `BadJSON`."""
    written = text_json.Fields(text_json.loads(data), ("created_at",)).text("created_at")
    try:
        created = datetime.fromisoformat(written)
    except ValueError:
        raise text_json.BadJSON(f"created_at is no time: {written!r}") from None
    if created.tzinfo is None:
        raise text_json.BadJSON(f"created_at has no time zone: {written!r}")
    return ConfigMeta(created)


def encode_config_meta(meta: ConfigMeta) -> bytes:
    """The bytes of a sidecar: in UTC if that has such a year, no zeros that end a fraction (spec: JSON files)."""
    try:
        created, zone = meta.created_at.astimezone(UTC), "Z"
    except OverflowError:  # in UTC it would be before the year 1, or after 9999: it keeps its own offset
        created = meta.created_at
        zone = created.isoformat().removeprefix(created.replace(tzinfo=None).isoformat())
    fraction = f".{created.microsecond:06d}".rstrip("0").rstrip(".")
    whole = created.replace(microsecond=0, tzinfo=None).isoformat()
    return text_json.dumps({"created_at": f"{whole}{fraction}{zone}"})


def read_config_meta(path: str | os.PathLike[str]) -> ConfigMeta:
    """Read a sidecar, named by its full path.

    Raises:
        DiskError: It is missing or cannot be read.
        MetaError: It is no sidecar.
    """
    advice = "the next ingest of this config writes it anew"
    return _read(path, MetaError, advice, decode_config_meta, LARGEST_SIDECAR)


def created_at(path: str | os.PathLike[str]) -> float | None:
    """When a sidecar says that its config was made, in seconds since 1970; None where it does not tell."""
    try:
        return read_config_meta(path).created_at.timestamp()
    except (StoreError, OSError, ValueError, OverflowError):
        return None
