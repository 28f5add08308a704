"""What a snapshot has of a source, asked as `pkgstore.resolve` asks the disk. Pure; a part of `explain`."""

from collections.abc import Mapping
from enum import Enum
from functools import lru_cache

from pkgstore.keys import EMPTY_CONFIG_HASH, config_hash
from pkgstore.layout import CONFIGS_FILE
from pkgstore.model import ConfigRecord, SourceRecord

Links = tuple[tuple[str, str], ...]
"""The linked packages that a key is made of, by name: (name, store key)."""


class Lack(Enum):
    """Why the store does not have what is wanted; the value is its name for people, as in the why view."""

    NONE = "hit"
    SOURCE = "source-miss"
    CONFIG = "config-miss"
    PHANTOM = "phantom"
    UNREADABLE = "unreadable"

    @property
    def meaning(self) -> str:
        """What that says of the store."""
        return _MEANINGS[self]


_MEANINGS = {
    Lack.NONE: "stored",
    Lack.SOURCE: "the store does not have this source",
    Lack.CONFIG: "the store has this source, but not built against these packages",
    Lack.PHANTOM: "configs.json lists it, but its tree is gone",
    Lack.UNREADABLE: "configs.json cannot be read, so that every build misses it",
}


def lack_of(record: SourceRecord | None, wanted: str) -> Lack:
    """Why a config is no hit, or that it is one: listed in configs.json, and its tree there."""
    if record is None:
        return Lack.SOURCE
    config = config_of(record, wanted)
    if config is not None and config.listed:
        return Lack.NONE if config.has_tree else Lack.PHANTOM
    if is_unreadable(record):
        return Lack.UNREADABLE
    return Lack.CONFIG if any(config.listed for config in record.configs) else Lack.SOURCE


def config_of(record: SourceRecord, wanted: str) -> ConfigRecord | None:
    """A source's config of that hash."""
    for config in record.configs:
        if config.key.config_hash == wanted:
            return config
    return None


def is_unreadable(record: SourceRecord) -> bool:
    """Whether a source's configs.json is there and cannot be used."""
    return any(item.path.endswith(CONFIGS_FILE) for item in record.damage)


def tells_links(record: SourceRecord | None) -> bool:
    """Whether configs.json tells what a source links to; where it is missing or unreadable nothing does."""
    return record is not None and bool(record.linkingto or any(config.listed for config in record.configs))


def links_of(names: tuple[str, ...], keys: Mapping[str, str | None]) -> Links:
    """The linked packages that have a key, as `LockIndex.linking_keys` finds them."""
    found = ((name, keys.get(name)) for name in names)
    return tuple((name, key) for name, key in found if key is not None)


@lru_cache(maxsize=65_536)
def _hash(links: Links) -> str:
    return config_hash(dict(links))


def hash_of(links: Links) -> str:
    """The config hash of linked packages; hundreds of apps ask for the same few thousands."""
    return _hash(links) if links else EMPTY_CONFIG_HASH
