"""What the two arguments of diff stand for: a config, a manifest, a lockfile, a whole store."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

import click

from pkgstore.codec import decode_manifest
from pkgstore.compare import ConfigSide, PackageSide, lockfile_sides, manifest_sides
from pkgstore.description import read_description
from pkgstore.errors import DiskError, InputError, ManifestError, StoreError
from pkgstore.lockfile import parse_lockfile
from pkgstore.model import ConfigRecord, Lockfile, LockfileRecord, Tier
from pkgstore.reading import read_bytes
from pkgstore.saved import LARGEST_SCAN, decode_snapshot, looks_like_scan
from pkgstore.scan import check_root, looks_like_store, read_snapshot
from pkgstore.snapshot import Snapshot
from pkgstore.text_json import BadJSON, loads, printable
from pkgstore.trees import list_files
from pkgstore_tui.cli.filtering import configs_of
from pkgstore_tui.cli.reading import Look, Where, named_lockfile
from pkgstore_tui.settings import NoStoreNamed


@dataclass(frozen=True, slots=True)
class ManifestSide:
    """Packages with their refs; the names come from whatever store or lockfile is at hand."""

    manifest: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LockfileSide:
    """A lockfile as it was parsed, and what it says of hashes."""

    lockfile: Lockfile
    record: LockfileRecord


@dataclass(frozen=True, slots=True)
class StoreSide:
    """A whole reading of a store."""

    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class ConfigOf:
    """A config of the store, or of a saved scan."""

    config: ConfigRecord
    look: Look


Side = ManifestSide | LockfileSide | StoreSide | ConfigOf

_KINDS = {
    ManifestSide: "a manifest",
    LockfileSide: "a lockfile",
    StoreSide: "a whole store",
    ConfigOf: "a config",
}


def kind_of(side: Side) -> str:
    """What a side is, in words."""
    return _KINDS[type(side)]


class Sides:
    """Finds what arguments stand for; reads the store only when one of them, or a name, asks for it."""

    def __init__(self, where: Where) -> None:
        self._where = where
        self._look: Look | None = None

    def look(self) -> Look:
        """The store, or the saved scan, that the options name; read once.

        Raises:
            NoStoreNamed: There is none.
        """
        if self._look is None:
            self._look = self._where.read()
        return self._look

    def names(self, *sides: Side) -> Look:
        """What tells the names of hashes: the store, if there is one, and all lockfiles at hand."""
        try:
            look = self.look()
        except NoStoreNamed:
            look = Look(Snapshot(""), self._where.lockfiles())
        known = tuple(side.record for side in sides if isinstance(side, LockfileSide))
        return Look(look.snapshot, (*look.lockfiles, *known), look.taken_at)

    def find(self, text: str) -> Side:
        """What one argument stands for.

        Raises:
            UsageError: It stands for nothing, or for several things.
            StoreError: What it names cannot be read.
        """
        kind, colon, name = text.partition(":")
        if colon and kind == "worker":
            return self._worker(name)
        if colon and kind == "app":
            return self._app(name)
        if os.path.isdir(text):
            return StoreSide(_read_store(text, self._where.apps))
        if os.path.lexists(text):
            return _file_side(text)
        return self._config(text)

    def _worker(self, name: str) -> ManifestSide:
        look = self.look()
        worker = look.snapshot.workers.get(name)
        if worker is None:
            raise InputError(f"has no worker {name}", path=look.snapshot.root, advice="look at `pkgstore workers`")
        if worker.manifest is None:
            why = worker.damage[0].why if worker.damage else "it has no manifest yet"
            raise ManifestError(f"worker {name} cannot be compared: {why}", path=look.snapshot.root)
        return ManifestSide(worker.manifest)

    def _app(self, text: str) -> ManifestSide:
        look = self.look()
        name, _, tier_text = text.rpartition(":") if text.rpartition(":")[2] in _TIERS else (text, "", "current")
        app = look.snapshot.apps.get(name)
        if app is None:
            apps = ", ".join(sorted(look.snapshot.apps)) or "none"
            raise InputError(f"has no app {name} beside it; there are: {apps}", path=look.snapshot.root)
        manifest = app.manifest(_TIERS[tier_text])
        if manifest is None:
            raise ManifestError(f"app {name} has no {tier_text} manifest that can be read", path=app.path)
        return ManifestSide(manifest)

    def _config(self, text: str) -> ConfigOf:
        look = self.look()
        package, _, ref = text.rpartition("@") if "@" in text else (text, "", "")
        source, _, config = ref.partition("/")
        found = [
            record
            for record in configs_of(look.snapshot, [package], "")
            if record.key.source_hash.startswith(source) and record.key.config_hash.startswith(config)
        ]
        if len(found) == 1:
            return ConfigOf(found[0], look)
        if found:
            some = "  ".join(f"{x.key.package}@{x.key.source_hash[:8]}/{x.key.config_hash[:8]}" for x in found[:5])
            raise click.UsageError(f"{text} stands for {len(found)} configs; say which: {some}")
        raise click.UsageError(
            f"{text} is no file, no folder, and no config of {look.snapshot.root}; "
            "write PACKAGE, PACKAGE@SOURCE/CONFIG, worker:ID, app:NAME or a path."
        )


_TIERS = {tier.value: tier for tier in (Tier.CURRENT, Tier.PREV, Tier.BUILD)}


def _read_store(path: str, apps: str) -> Snapshot:
    root = check_root(path)
    if not looks_like_store(root):
        raise InputError("is a folder, but no store", path=root, advice="name a store, a file, or a config")
    return read_snapshot(root, apps=os.path.abspath(apps or os.path.dirname(root)))


def _file_side(path: str) -> Side:
    """A saved scan, a lockfile or a manifest, whichever the file is.

    Raises:
        DiskError: It cannot be read.
        InputError: It is none of them.
    """
    try:
        data = read_bytes(path, largest=LARGEST_SCAN)
    except FileNotFoundError as cause:
        raise DiskError("read this file", cause, path) from cause
    if looks_like_scan(data):
        return StoreSide(decode_snapshot(data, path=path).snapshot)
    try:
        document = loads(data)
        if isinstance(document, dict) and isinstance(document.get("packages"), list):
            return LockfileSide(parse_lockfile(data, path), named_lockfile(path))
        return ManifestSide(decode_manifest(data))
    except BadJSON as cause:
        raise InputError(f"is no manifest, lockfile or saved scan: {cause}", path=path) from cause


def package_sides(side: ManifestSide | LockfileSide, names: Look) -> dict[str, PackageSide]:
    """The packages of a manifest or lockfile."""
    if isinstance(side, LockfileSide):
        return lockfile_sides(side.lockfile)
    return manifest_sides(side.manifest, names)


def config_side(side: ConfigOf) -> ConfigSide:
    """What there is to compare of a config; of a saved scan only the keys it was built against."""
    record = side.config
    fields = {"Version": record.version, "Built": record.built}
    if side.look.is_saved:
        return ConfigSide({name: value for name, value in fields.items() if value}, record.linking_to_keys)
    tree = side.look.path(record.key)
    try:
        found = read_description(os.path.join(tree, "DESCRIPTION")) or {}
    except StoreError:
        found = {name: value for name, value in fields.items() if value}
    shown = {printable(name): printable(value) for name, value in found.items()}
    return ConfigSide(shown, record.linking_to_keys, list_files(tree))
