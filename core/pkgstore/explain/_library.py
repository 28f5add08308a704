"""A library beside what the store has of each of its packages. Pure; a part of `audit`."""

from collections.abc import Mapping
from dataclasses import dataclass

from pkgstore.errors import StoreError
from pkgstore.explain._stored import config_of, hash_of, is_unreadable, tells_links
from pkgstore.findings import platform_in_use
from pkgstore.keys import EMPTY_CONFIG_HASH, AppKey, ConfigKey, WorkerKey
from pkgstore.layout import check_ref
from pkgstore.model import ConfigRecord, SourceRecord
from pkgstore.snapshot import Snapshot

Owner = WorkerKey | AppKey
"""Whose a library is."""

Refs = Mapping[str, tuple[str, str]]
"""Source hash and config hash of each package."""


@dataclass(frozen=True, slots=True)
class Item:
    """A package of a library: its key on the library's platform, and what the store has of it.

    `recorded` is what it was built against; None where that is not recorded, or the record is not what was hashed.
    """

    key: ConfigKey
    record: SourceRecord | None
    config: ConfigRecord | None
    recorded: Mapping[str, str] | None

    @property
    def package(self) -> str:
        """Its name."""
        return self.key.package

    @property
    def links_to_nothing(self) -> bool:
        """Whether its key says that it was built against nothing."""
        return self.key.config_hash == EMPTY_CONFIG_HASH

    @property
    def why_untold(self) -> str:
        """Why nothing is recorded."""
        if self.record is None:
            return "the store has nothing of its source left, so that nothing tells what it was built against"
        if is_unreadable(self.record):
            return "its configs.json cannot be read"
        if self.config is None or not self.config.listed:
            return "its configs.json does not have this build any more"
        return "what its configs.json records of it is not what was hashed"


@dataclass(frozen=True)
class Library:
    """What is in a library: `key` is whose it is, `path` the manifest that says so.

    `sources` has the store key of each package, `malformed` what of the manifest names no config, and why.
    """

    key: Owner
    path: str
    platform: str
    items: tuple[Item, ...]
    sources: Mapping[str, str]
    malformed: Mapping[str, str]

    @classmethod
    def of(cls, snapshot: Snapshot, key: Owner, path: str, manifest: Mapping[str, str]) -> "Library":
        """A library by its manifest; no name of it has to be a good one."""
        refs: dict[str, tuple[str, str]] = {}
        malformed: dict[str, str] = {}
        for package, ref in sorted(manifest.items()):
            try:
                refs[package] = check_ref(package, ref)
            except StoreError as error:
                malformed[package] = error.what
        platform = _platform_of(snapshot, refs)
        items = tuple(_item(snapshot, ConfigKey(platform, package, *ref)) for package, ref in refs.items())
        return cls(key, path, platform, items, {package: ref[0] for package, ref in refs.items()}, malformed)

    def is_as_built(self, item: Item) -> bool:
        """Whether a config of which nothing is recorded is all the same known to fit the library."""
        if item.links_to_nothing:
            return True
        if item.record is None or not tells_links(item.record):
            return False
        links = tuple((name, self.sources[name]) for name in item.record.linkingto if name in self.sources)
        return hash_of(links) == item.key.config_hash


def _item(snapshot: Snapshot, key: ConfigKey) -> Item:
    record = snapshot.sources.get(key.source)
    config = config_of(record, key.config_hash) if record is not None else None
    return Item(key, record, config, _recorded(config))


def _recorded(config: ConfigRecord | None) -> Mapping[str, str] | None:
    if config is None or not config.listed:
        return None
    keys = config.linking_to_keys
    return keys if hash_of(tuple(keys.items())) == config.key.config_hash else None


def _platform_of(snapshot: Snapshot, refs: Refs) -> str:
    """The platform that has most of a library, as a manifest names none; where several have, the one in use."""
    if len(snapshot.platforms) < 2:
        return next(iter(snapshot.platforms), "")
    counts = {platform: _count(snapshot, platform, refs) for platform in snapshot.platforms}
    best = [platform for platform, count in counts.items() if count == max(counts.values())]
    used = platform_in_use(snapshot.sources) if len(best) > 1 else ""
    return used if used in best else best[0]


def _count(snapshot: Snapshot, platform: str, refs: Refs) -> int:
    """How many of a library's configs a platform has."""
    items = (_item(snapshot, ConfigKey(platform, package, *ref)) for package, ref in refs.items())
    return sum(item.config is not None for item in items)
