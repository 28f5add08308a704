"""Stores, libraries, lockfiles in words: ``StoreBuilder(root).package("sf").source("1.0").config(used="40d")``.

Writes files on its own, not through the library under test, so that a test never checks the library with itself.
"""

import hashlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path

PLATFORM = "4.5-x86_64-pc-linux-gnu"
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(span: str) -> float:
    """``40d`` as seconds."""
    return float(span[:-1]) * UNITS[span[-1]]


def digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def source_hash(package: str, version: str) -> str:
    """The store key of a standard package without sha256."""
    return digest("standard", package, version, "")


def config_hash(links: Mapping[str, str]) -> str:
    """The config hash for linked packages, name to version."""
    parts = [part for name in sorted(links) for part in (name, source_hash(name, links[name]))]
    return digest(*parts)


def ref(package: str, version: str, links: Mapping[str, str] | None = None) -> str:
    return f"{source_hash(package, version)}/{config_hash(links or {})}"


HASHES = ("sf", source_hash("sf", "1.0"), config_hash({}))
"""Package, source hash and config hash of a config that links to nothing."""


def left_in(folder: Path) -> set[str]:
    """The names in a folder."""
    return {path.name for path in folder.iterdir()}


def entry(package: str, version: str = "1.0", **fields: object) -> dict[str, object]:
    """A lockfile entry; fields with a None are left out."""
    whole: dict[str, object] = {
        "ref": package,
        "package": package,
        "version": version,
        "type": "standard",
        "needscompilation": True,
        "metadata": {"RemoteType": "standard", "RemoteSha": version},
        "sha256": "",
        "platform": "x86_64-pc-linux-gnu",
        "rversion": "4.5",
        **fields,
    }
    return {name: value for name, value in whole.items() if value is not None}


def github(package: str, sha: str, subdir: str | None = None) -> dict[str, object]:
    """A lockfile entry of a package from GitHub."""
    metadata = {"RemoteType": "github", "RemoteSha": sha, "RemoteSubdir": subdir}
    return entry(package, type="github", metadata={k: v for k, v in metadata.items() if v is not None})


def lockfile_document(*entries: Mapping[str, object]) -> dict[str, object]:
    return {
        "lockfile_version": 1,
        "os": "Ubuntu 24.04.2 LTS",
        "r_version": "R version 4.5.2 (2025-10-31)",
        "platform": "x86_64-pc-linux-gnu",
        "packages": list(entries),
    }


def write_lockfile(path: Path, *entries: Mapping[str, object]) -> Path:
    """A pak lockfile with these entries."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(lockfile_document(*entries), indent=2))
    return path


def write_tree(folder: Path, package: str, version: str, linkingto: str = "", built: str = "R 4.5.2") -> Path:
    """An installed package's tree."""
    (folder / "R").mkdir(parents=True)
    (folder / "R" / f"{package}.rdb").write_text(f"{package} {version} code\n")
    lines = [f"Package: {package}", f"Version: {version}", "Title: A package: with a colon", "    continued"]
    if linkingto:
        lines.append(f"LinkingTo: {linkingto}")
        (folder / "libs").mkdir()
        (folder / "libs" / f"{package}.so").write_bytes(os.urandom(64))
    lines += [f"NeedsCompilation: {'yes' if linkingto else 'no'}", f"Built: {built}; ; 2026-01-02; unix"]
    (folder / "DESCRIPTION").write_text("\n".join(lines) + "\n")
    return folder


class LibraryBuilder:
    """An R library: packages, and perhaps a manifest."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)

    def package(self, name: str, version: str = "1.0", linkingto: str = "") -> "LibraryBuilder":
        write_tree(self.path / name, name, version, linkingto)
        return self

    def manifest(self, refs: Mapping[str, str]) -> "LibraryBuilder":
        (self.path / ".packages.json").write_text(json.dumps(refs))
        return self


class StoreBuilder:
    """A store on disk; `now` is the time that ages count from."""

    def __init__(self, root: Path, platform: str = PLATFORM, now: float | None = None) -> None:
        self.root = root
        self.platform = platform
        self.now = time.time() if now is None else now
        root.mkdir(parents=True, exist_ok=True)

    def on(self, platform: str) -> "StoreBuilder":
        """The same store, another platform."""
        return StoreBuilder(self.root, platform, self.now)

    def package(self, name: str) -> "PackageBuilder":
        return PackageBuilder(self, name)

    def worker(self, worker_id: str, refs: Mapping[str, str] | None = None) -> Path:
        """A worker's library, with a manifest unless `refs` is None."""
        library = self.root / ".workers" / worker_id
        library.mkdir(parents=True, exist_ok=True)
        if refs is not None:
            (library / ".packages.json").write_text(json.dumps(refs, indent=2))
        return library

    def app(self, name: str, current: Mapping[str, str], **others: Mapping[str, str]) -> Path:
        """An app beside the store; `others` are its ``prev`` and ``build`` manifests."""
        folder = self.root.parent / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "store-manifest.json").write_text(json.dumps(current, indent=2))
        for suffix, manifest in others.items():
            (folder / f"store-manifest.json.{suffix}").write_text(json.dumps(manifest, indent=2))
        return folder

    def work(self, name: str, refs: Mapping[str, str] | None = None, *, staging: bool = False) -> Path:
        """A build (or staging) folder, with a store-manifest unless `refs` is None."""
        folder = self.root / (".staging" if staging else ".builds") / name
        folder.mkdir(parents=True)
        if refs is not None:
            (folder / "store-manifest.json").write_text(json.dumps(refs, indent=2))
        return folder


class PackageBuilder:
    """A package of a store."""

    def __init__(self, store: StoreBuilder, name: str) -> None:
        self.store, self.name = store, name

    def source(self, version: str = "1.0", key: str = "") -> "SourceBuilder":
        """A source; `key` overrides its store key."""
        return SourceBuilder(self, version, key or source_hash(self.name, version))


class SourceBuilder:
    """A source of a package; each `config` adds one."""

    def __init__(self, package: PackageBuilder, version: str, key: str) -> None:
        self.package, self.version, self.key = package, version, key
        self.store = package.store
        self.path = self.store.root / self.store.platform / package.name / key
        self.path.mkdir(parents=True, exist_ok=True)
        self.last = ""

    @property
    def tree(self) -> Path:
        """The tree of the config that was added last."""
        return self.path / self.last

    @property
    def sidecar(self) -> Path:
        return self.path / f"{self.last}.json"

    @property
    def configs_json(self) -> Path:
        return self.path / "configs.json"

    @property
    def ref(self) -> str:
        return f"{self.key}/{self.last}"

    def config(
        self,
        links: Mapping[str, str] | None = None,
        used: str = "0s",
        *,
        tree: bool = True,
        listed: bool = True,
        sidecar: bool = True,
        created: str = "2026-01-02T03:04:05.678Z",
        built: str = "",
    ) -> "SourceBuilder":
        """A config built against `links` (name to version), last used so long ago; leave parts out for damage."""
        links = links or {}
        self.last = config_hash(links)
        if tree:
            built = built or f"R {self.store.platform.partition('-')[0]}.2"
            write_tree(self.tree, self.package.name, self.version, ", ".join(sorted(links)), built)
        if listed:
            self._list(links)
        if sidecar:
            self.sidecar.write_text(f'{{\n  "created_at": "{created}"\n}}')
            then = self.store.now - seconds(used)
            os.utime(self.sidecar, (then, then))
        return self

    def _list(self, links: Mapping[str, str]) -> None:
        known = json.loads(self.configs_json.read_text()) if self.configs_json.exists() else {"configs": {}}
        configs = known["configs"] | {self.last: {name: source_hash(name, links[name]) for name in sorted(links)}}
        document = {
            "source_compiled": bool(links),
            "linkingto": sorted(links) or None,
            "configs": dict(sorted(configs.items())),
        }
        self.configs_json.write_text(json.dumps(document, indent=2))

    def locked(self, age: str = "0s") -> Path:
        """Somebody else's lock of this source."""
        lock = self.store.root / ".locks" / self.store.platform / self.package.name / f"{self.key}.lock"
        lock.mkdir(parents=True)
        then = self.store.now - seconds(age)
        os.utime(lock, (then, then))
        return lock
