"""Who holds each config, looked up fast for many configs. Pure; a part of `fields`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from pkgstore.keys import AppKey, WorkerKey
from pkgstore.model import ConfigRecord
from pkgstore.query import MAYBE
from pkgstore.roots import Roots

Words = frozenset[str]


@dataclass(frozen=True, slots=True)
class Holders:
    """The names of the apps and workers that hold a config, how many roots do (None: not known), and its states.

    `states` say whether it is rooted or idle, `whole` is the same with that word.
    """

    apps: Words
    workers: Words
    count: int | None
    states: Words
    whole: Words


def _holders(apps: Iterable[str], workers: Iterable[str], count: int | None, *states: str) -> Holders:
    return Holders(frozenset(apps), frozenset(workers), count, frozenset(states), frozenset((*states, "whole")))


NOBODY: Final = _holders((), (), 0, "idle")
NOT_KNOWN: Final = _holders((MAYBE,), (MAYBE,), None, f"{MAYBE}rooted", f"{MAYBE}idle")


class Holding:
    """Who holds what, by the roots of a snapshot.

    Without roots nothing is known. Where a root file could not be read, it is not known of any config that no other
    root holds whether it is idle: that file may hold it.
    """

    def __init__(self, roots: Roots | None) -> None:
        self._roots = roots

    def of(self, config: ConfigRecord) -> Holders:
        """Who holds a config, on whatever platform: manifests carry none."""
        key = config.key
        return self._held.get((key.package, key.source_hash, key.config_hash), self._others)

    def of_all(self, configs: Iterable[ConfigRecord]) -> list[Holders]:
        """The same for many configs, in a fraction of the time."""
        find, others = self._held.get, self._others
        keys = [config.key for config in configs]
        return [find((key.package, key.source_hash, key.config_hash), others) for key in keys]

    @cached_property
    def _others(self) -> Holders:
        return NOBODY if self._roots is not None and self._roots.is_complete else NOT_KNOWN

    @cached_property
    def _held(self) -> Mapping[tuple[str, str, str], Holders]:
        """By package, source hash and config hash; the same holders are the same object."""
        if self._roots is None:
            return {}
        apps = {root.id: root.name for root in self._roots.roots if isinstance(root.key, AppKey)}
        workers = {root.id: root.name for root in self._roots.roots if isinstance(root.key, WorkerKey)}
        more = (MAYBE,) if self._others is NOT_KNOWN else ()
        known: dict[tuple[str, ...], Holders] = {}
        found: dict[tuple[str, str, str], Holders] = {}
        for (package, ref), roots in self._roots.held.items():
            ids = tuple(roots)
            if ids not in known:
                known[ids] = _holders(_names(apps, ids, more), _names(workers, ids, more), len(ids), "rooted")
            source_hash, _, config_hash = ref.partition("/")
            found[package, source_hash, config_hash] = known[ids]
        return found


def _names(known: Mapping[str, str], ids: Iterable[str], more: Iterable[str]) -> Words:
    """The names of those ids that have one, and `more`."""
    return frozenset(known[name] for name in ids if name in known).union(more)
