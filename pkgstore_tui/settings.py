"""Which store to open, and where its apps are. Reads the server's configuration; knows no interface."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pkgstore.errors import DiskError, InputError, StoreError
from pkgstore.reading import read_bytes
from pkgstore_tui.toml_file import LARGEST, NoTOML, parse_toml

STORE_FOLDER: Final = ".pkg-store"
ENVIRONMENT: Final = "PKGSTORE_ROOT"


class NoStoreNamed(StoreError):
    """Nothing says which store is meant."""

    def __init__(self) -> None:
        super().__init__(
            "no store was named, and this folder is none",
            advice=f"name its folder, or give --config blockyard.toml, or set {ENVIRONMENT}",
        )


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """What the server's TOML says of its store; `retention` is a Go duration, empty where not given."""

    bundle_path: str
    retention: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a store is, the folder of its apps, and the retention its server uses (empty where unknown)."""

    root: str
    apps: str
    retention: str = ""


def _table(document: dict[str, Any], path: str) -> dict[str, Any]:
    """The table that has the bundle path: ``[storage]``, ``[docker]`` in older files."""
    for name in ("storage", "docker"):
        table = document.get(name)
        if isinstance(table, dict) and table.get("bundle_server_path"):
            return table
    raise InputError("names no store", path=path, advice="it needs bundle_server_path in its [storage] table")


def read_server_config(path: str | os.PathLike[str]) -> ServerConfig:
    """Read the server's configuration.

    Args:
        path: A TOML file; a relative bundle path in it counts from its folder.

    Raises:
        DiskError: It is missing or cannot be read.
        InputError: It is no TOML that can be used, or names no store.
    """
    name = os.path.abspath(path)
    try:
        document = parse_toml(read_bytes(name, largest=LARGEST))
    except FileNotFoundError as cause:
        raise DiskError("read this configuration", cause, name) from cause
    except NoTOML as cause:
        raise InputError(f"is no TOML: {cause}", path=name, advice="mend it, or name the store itself") from cause
    table = _table(document, name)
    bundle, retention = table["bundle_server_path"], table.get("store_retention", "")
    for field, value in (("bundle_server_path", bundle), ("store_retention", retention)):
        if not isinstance(value, str):
            raise InputError(f"{field} is no text", path=name, advice='write it in quotes, as in "720h"')
        if "\0" in value:
            raise InputError(f"{field} has a NUL character", path=name, advice="mend it")
    return ServerConfig(os.path.join(os.path.dirname(name), bundle), retention)


def find_store(
    store: str = "",
    *,
    config: str = "",
    apps: str = "",
    environ: Mapping[str, str] | None = None,
    folder: str = "",
) -> Place:
    """Find the store: named, by the server's configuration, by the environment, or the present folder.

    Args:
        store: The store root, if it was named.
        config: The server's configuration, if it was named; its retention counts even beside `store`.
        apps: The folder of the apps, if it was named; else the store's parent.
        environ: The environment; the process's own by default.
        folder: The present folder; the process's own by default.

    Raises:
        NoStoreNamed: There is nothing to go by.
        DiskError: The configuration cannot be read.
        InputError: The configuration names no store.
    """
    given = os.environ if environ is None else environ
    server = read_server_config(config) if config else None
    root = store or (os.path.join(server.bundle_path, STORE_FOLDER) if server else "") or given.get(ENVIRONMENT, "")
    if not root:
        root = _here(folder or os.getcwd())
    root = os.path.abspath(root)
    return Place(root, os.path.abspath(apps or os.path.dirname(root)), server.retention if server else "")


def _here(folder: str) -> str:
    """The present folder, or the store in it."""
    from pkgstore.scan import looks_like_store  # most commands never look, and it loads a good deal

    for candidate in (folder, os.path.join(folder, STORE_FOLDER)):
        if looks_like_store(candidate):
            return candidate
    raise NoStoreNamed
