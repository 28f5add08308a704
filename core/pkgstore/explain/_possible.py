"""Which stored configs of a source could be the wanted one, where not every linked package is certain. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod

from pkgstore.explain._stored import Links, hash_of
from pkgstore.explain.bumps import Possible
from pkgstore.model import ConfigRecord, SourceRecord


@dataclass(frozen=True, slots=True)
class Wanted:
    """The config that is asked for: its hash, or, where that is not known, the stored ones that it could be.

    `refs` are those of the stored configs that it could be, `hits_with` the linked packages, with their keys, that
    would make each of them the wanted one; `always` tells that it is one of them in every case.
    """

    hash: str | None
    refs: tuple[str, ...] = ()
    hits_with: tuple[tuple[str, str], ...] = ()
    always: bool = False

    @property
    def is_certain(self) -> bool:
        """Whether it is known if the store has it."""
        return self.hash is not None or self.always or not self.refs


def wanted_of(record: SourceRecord | None, links: Links, open_links: Mapping[str, Possible]) -> Wanted:
    """What is asked for of a source.

    Args:
        record: The source as it is stored.
        links: The linked packages with their keys, as `links_of` gives them.
        open_links: Those of them whose key is not certain.
    """
    if not open_links:
        return Wanted(hash_of(links))
    fixed = {name: key for name, key in links if name not in open_links}
    found = list(_matching(record, fixed, open_links)) if record is not None else []
    most = prod(len(possible.keys) for possible in open_links.values())
    closed = not any(possible.is_open for possible in open_links.values())
    pairs = {(name, config.linking_to_keys[name]): None for config in found for name in sorted(open_links)}
    return Wanted(None, tuple(config.key.ref for config in found), tuple(pairs), closed and 0 < most == len(found))


def _matching(
    record: SourceRecord, fixed: Mapping[str, str], open_links: Mapping[str, Possible]
) -> Iterator[ConfigRecord]:
    """The whole configs that were built against all that is certain, and against something that is possible."""
    for config in record.configs:
        keys = config.linking_to_keys
        if not (config.listed and config.has_tree and keys.keys() == fixed.keys() | open_links.keys()):
            continue
        if any(keys[name] != key for name, key in fixed.items()):
            continue
        possible = all(keys[name] in each.keys for name, each in open_links.items())
        if possible and hash_of(tuple(keys.items())) == config.key.config_hash:
            yield config
