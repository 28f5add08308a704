"""Find out what a config was built against: the keys whose hash is its name, so that nothing is guessed.

Where to look: what configs.json files of the same hash say, what the trash knows of the config, then each lockfile
in reach, then every store key that anything in reach has for the linked packages. Only a match counts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice, product
from math import prod
from typing import Final

from pkgstore.keys import EMPTY_CONFIG_HASH, ConfigKey, config_hash
from pkgstore.layout import Layout
from pkgstore.names import Names
from pkgstore.trash import earlier_record

MOST_TRIED: Final = 50_000
"""Combinations of keys that are tried for one config: a quarter of a second."""

Keys = Mapping[str, str]


class KeyFinder:
    """Finds the keys of configs of one store; remembers what it looked up."""

    def __init__(self, layout: Layout, names: Names) -> None:
        self._layout, self._names = layout, names
        self._known: dict[str, tuple[str, ...]] = {}

    def find(self, key: ConfigKey, links: Iterable[str]) -> Keys | None:
        """The keys that hash to a config's name; None where nothing in reach does.

        Args:
            key: The config.
            links: The names in its tree's LinkingTo. Some may have no key: the store leaves out what a lockfile
                lacks.
        """
        wanted, names = key.config_hash, sorted(set(links))
        if wanted == EMPTY_CONFIG_HASH:
            return {}
        for keys in self._candidates(key, names):
            if keys.keys() <= set(names) and config_hash(keys) == wanted:
                return dict(keys)
        return None

    def is_too_much(self, links: Iterable[str]) -> bool:
        """Whether there are more combinations than are tried."""
        return prod(len(self._choices(name)) for name in set(links)) > MOST_TRIED

    def _candidates(self, key: ConfigKey, names: list[str]) -> Iterator[Keys]:
        yield from self._recorded.get(key.config_hash, ())
        record = earlier_record(self._layout, key)
        if record is not None and record.linking_to_keys is not None:
            yield record.linking_to_keys
        yield from self._locked(names)
        yield from _combined(names, [self._choices(name) for name in names])

    @cached_property
    def _recorded(self) -> Mapping[str, tuple[Keys, ...]]:
        """What configs.json files say of each config hash, whatever source it is of."""
        found: dict[str, list[Keys]] = {}
        for config in self._names.snapshot.configs():
            said = found.setdefault(config.key.config_hash, [])
            if config.listed and config.linking_to_keys not in said:
                said.append(config.linking_to_keys)
        return {name: tuple(said) for name, said in found.items()}

    def _locked(self, names: list[str]) -> Iterator[Keys]:
        """What each lockfile would give, with and without those that it lacks."""
        for keys in self._by_lockfile:
            yield from _combined(names, [keys.get(name, (None,)) for name in names])

    @cached_property
    def _by_lockfile(self) -> tuple[Mapping[str, tuple[str, ...]], ...]:
        """The keys of each package, for each lockfile in reach."""
        found = []
        for lockfile in self._names.in_reach:
            keys: dict[str, list[str]] = {}
            for key, source in lockfile.names.items():
                keys.setdefault(source.package, []).append(key)
            found.append({package: tuple(several) for package, several in keys.items()})
        return tuple(found)

    def _choices(self, name: str) -> tuple[str | None, ...]:
        if name not in self._known:
            self._known[name] = tuple(sorted(self._names.known(name)))
        return (*self._known[name], None)


def _combined(names: list[str], choices: Sequence[tuple[str | None, ...]]) -> Iterator[Keys]:
    for keys in islice(product(*choices), MOST_TRIED):
        yield {name: key for name, key in zip(names, keys, strict=True) if key is not None}
