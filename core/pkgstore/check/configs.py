"""What is wrong with sources and configs by what is recorded of them: keys, and for what they were built. Pure.

Each rule looks at one source. What a library got of it is not said again here: that a config is mixed in, or has a
part of its key left out, is one finding however many workers have it.
"""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from pkgstore._finding import Finding, finding, some_names
from pkgstore.description import BASE_PACKAGES
from pkgstore.explain._advice import is_weak
from pkgstore.explain._built import Made, expected, made_for
from pkgstore.explain._stored import hash_of
from pkgstore.keys import SourceKey
from pkgstore.layout import CONFIGS_FILE
from pkgstore.model import ConfigRecord, SourceRecord
from pkgstore.names import HASH_SHOWN
from pkgstore.snapshot import Snapshot

_WEAK_IS_USUAL: Final = 0.5
"""From this share of the sources on, keys without a digest are the way of the repository, and no news."""


@dataclass(frozen=True)
class Usual:
    """What most of a store's trees and keys are like; each source is held against it.

    `made` has for each platform what its trees are for; `weak` is the share of weak keys, of all that are known.
    """

    made: Mapping[str, Made] = field(default_factory=dict)
    weak: float = 0.0

    @property
    def is_weak(self) -> bool:
        """Whether keys without a digest are nothing special here."""
        return self.weak >= _WEAK_IS_USUAL

    @classmethod
    def of(cls, snapshot: Snapshot) -> "Usual":
        """Of a reading of a store."""
        built: dict[str, Counter[str]] = {name: Counter() for name in snapshot.platforms}
        known = weak = 0
        for key, record in snapshot.sources.items():
            built[key.platform].update(config.built for config in record.configs if config.built)
            known += bool(record.version)
            weak += bool(record.version) and is_weak(key.package, record.version, key.source_hash)
        made = {
            name: expected(name, (made_for(text) for text in counts.elements())) for name, counts in built.items()
        }
        return cls(made, weak / known if known else 0.0)


def recorded_findings(root: str, record: SourceRecord, usual: Usual, *, deep: bool = False) -> Iterator[Finding]:
    """What is wrong with one source by what is recorded of it.

    Args:
        root: The store root, for paths.
        record: The source.
        usual: What most of the store is like.
        deep: Whether what is usual in this store is told all the same.
    """
    folder = os.path.join(root, *record.key)
    for config in record.configs:
        yield from _keys(folder, record, config)
        yield from _built(folder, config, usual)
    if deep or not usual.is_weak:
        yield from _weak(folder, record)


def _keys(folder: str, record: SourceRecord, config: ConfigRecord) -> Iterator[Finding]:
    if not config.listed:
        return
    keys = config.linking_to_keys
    path = os.path.join(folder, CONFIGS_FILE)
    hashed = hash_of(tuple(keys.items()))
    if hashed != config.key.config_hash:
        against = some_names(keys) or "nothing"
        message = f"its recorded keys ({against}) hash to {hashed[:HASH_SHOWN]}"
        yield finding("BAD-CONFIG-HASH", config.key, path, message)
        return
    left = sorted({name for name in record.linkingto if name not in keys} - BASE_PACKAGES)
    if left and config.has_tree:
        yield finding("PARTIAL-CONFIG", config.key, path, f"links to {some_names(left)}, which its key leaves out")


def _built(folder: str, config: ConfigRecord, usual: Usual) -> Iterator[Finding]:
    if not config.built:
        return
    wanted, made = usual.made.get(config.key.platform, Made()), made_for(config.built)
    if not made.fits(wanted):
        path = os.path.join(folder, config.key.config_hash)
        yield finding("MIXED-PLATFORM", config.key, path, f"was built for {made}, the platform is for {wanted}")


def _weak(folder: str, record: SourceRecord) -> Iterator[Finding]:
    key: SourceKey = record.key
    if record.version and is_weak(key.package, record.version, key.source_hash):
        yield finding("WEAK-KEY", key, folder, "the lockfile that it came from has no digest of its archive")
