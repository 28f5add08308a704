"""The store of the story: two apps, one about to get a newer Rcpp. Made by the library's own operations."""

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from builders import entry, write_lockfile
from pkgstore.codec import read_store_manifest
from pkgstore.operations.events import Event
from pkgstore.operations.tool import read_build_inputs, run_ingest, run_populate
from pkgstore.store import Store
from pkgstore_tui.demo.building import install
from pkgstore_tui.demo.catalog import PACKAGES, Package

PLATFORM: Final = "4.5-x86_64-pc-linux-gnu"
GEO: Final = ("jsonlite", "later", "lme4", "minqa", "Rcpp", "RcppEigen", "sf", "units")
CHAT: Final = ("jsonlite", "later", "Rcpp")
NEWER: Final = {"Rcpp": "1.0.13"}
WORKER: Final = "geo-3f2a91c0"
REFRESH: Final = "geo-refresh"


def make(bundles: Path) -> Path:
    """Make the folder of the apps with the store in it; gives the store's root.

    `geo` was built with Rcpp 1.0.12 and has a worker; `chat` was built later, with 1.0.13; the refresh of `geo`
    has its lockfile, which names 1.0.13 too, and nothing more.
    """
    root = bundles / ".pkg-store"
    _build(root, bundles / "geo", GEO, {})
    _build(root, bundles / "chat", CHAT, NEWER)
    store = Store(str(root), PLATFORM)
    store.assemble_library(
        store.worker_lib_dir(WORKER), read_store_manifest(str(bundles / "geo" / "store-manifest.json"))
    )
    _lock(root / ".builds" / REFRESH / "pak.lock", GEO, NEWER)
    return root


def _lock(path: Path, names: Iterable[str], newer: Mapping[str, str]) -> Path:
    """The lockfile that pak would have made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    entries = [_entry(PACKAGES[name], newer.get(name, PACKAGES[name].version)) for name in names]
    return write_lockfile(path, *entries)


def _entry(package: Package, version: str) -> dict[str, object]:
    digest = f"{int.from_bytes(f'{package.name}_{version}'.encode().ljust(32, b'.')[:32]):064x}"
    return entry(package.name, version, sha256=digest, metadata={"RemoteType": "standard", "Repository": "CRAN"})


def _build(root: Path, app: Path, names: Iterable[str], newer: Mapping[str, str]) -> None:
    """Link what the store has, install the rest, ingest, and deploy the manifest: what a server's build does."""
    lockfile, library = _lock(app / "pak.lock", names, newer), app / "library"
    library.mkdir()
    _drain(run_populate(read_build_inputs(str(root), str(lockfile), str(library))))
    for name in names:
        package = PACKAGES[name]
        if not (library / name).is_dir():
            made = Package(name, newer.get(name, package.version), package.kib, package.links, package.compiled)
            install(str(library), made, "4.5")
    _drain(run_ingest(read_build_inputs(str(root), str(lockfile), str(library))))
    os.replace(library / "store-manifest.json", app / "store-manifest.json")
    shutil.rmtree(library)


def _drain(events: Iterable[Event]) -> None:
    for _ in events:
        pass
