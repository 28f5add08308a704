"""Who holds each config, looked up fast for many configs. Pure; a part of `fields`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any, Final

from pkgstore.keys import AppKey, WorkerKey
from pkgstore.model import ConfigRecord
from pkgstore.query import MAYBE
from pkgstore.roots import Roots

Words = frozenset[str]

States = tuple[Words, Words]
"""The states of a config with a fault, and of one without."""


def _states(*words: str) -> States:
    return frozenset(words), frozenset({*words, "whole"})


_ROOTED: Final = _states("rooted")
_PINNED: Final = _states("rooted", "pinned")
_ROOTED_AND_MAYBE_PINNED: Final = _states("rooted", f"{MAYBE}pinned")
_IDLE: Final = _states("idle")
_UNSURE: Final = _states(f"{MAYBE}rooted", f"{MAYBE}idle")
_UNSURE_OF_PINS: Final = _states(f"{MAYBE}rooted", f"{MAYBE}idle", f"{MAYBE}pinned")


class Holders:
    """The apps and workers that hold a config, how many roots do (None: not known), and its states.

    `states` say whether it is rooted, pinned or idle, `whole` is the same with that word. The names of apps and
    workers are worked out when they are first asked for: a store has many groups of holders, and most are only
    counted.
    """

    __slots__ = ("_apps", "_ids", "_owners", "_workers", "count", "states", "whole")

    def __init__(self, ids: tuple[str, ...], owners: "_Owners", count: int | None, states: States) -> None:
        self._ids = ids
        self._owners = owners
        self._apps: Words | None = None
        self._workers: Words | None = None
        self.count = count
        self.states, self.whole = states

    @property
    def apps(self) -> Words:
        """The names of the apps."""
        if self._apps is None:
            self._apps = self._owners.named(self._owners.apps, self._ids)
        return self._apps

    @property
    def workers(self) -> Words:
        """The ids of the workers."""
        if self._workers is None:
            self._workers = self._owners.named(self._owners.workers, self._ids)
        return self._workers


class _Owners:
    """The names that belong to the ids of roots; `more` is said of every config."""

    def __init__(self, roots: Roots | None, *more: str) -> None:
        all_roots = roots.roots if roots is not None else ()
        self.apps = {root.id: root.name for root in all_roots if isinstance(root.key, AppKey)}
        self.workers = {root.id: root.name for root in all_roots if isinstance(root.key, WorkerKey)}
        self._more = frozenset(more)
        self._known: dict[Words, Words] = {}

    def named(self, names: Mapping[str, str], ids: Iterable[str]) -> Words:
        """The names of those ids that have one, and what is said of all; equal sets are one object."""
        found = self._more.union([names[name] for name in ids if name in names])
        return self._known.setdefault(found, found)


Names = Callable[[Holders], Words]
_apps: Final[Names] = attrgetter("apps")
_workers: Final[Names] = attrgetter("workers")
_known_apps: Final = attrgetter("_apps")
_known_workers: Final = attrgetter("_workers")


def _all_named(holders: list[Holders], named: Names, known: Callable[[Holders], Words | None]) -> list[Words]:
    """The names of many holders: those known already without a call of Python's own for each."""
    found: list[Any] = list(map(known, holders))
    return list(map(named, holders)) if None in found else found


_NOTHING: Final[Mapping[tuple[str, str], Holders]] = {}
NOBODY: Final = Holders((), _Owners(None), 0, _IDLE)
UNREAD: Final = Holders((), _Owners(None, MAYBE), None, _UNSURE)
NOT_KNOWN: Final = Holders((), _Owners(None, MAYBE), None, _UNSURE_OF_PINS)


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
        return self._held.get(key.source_hash, _NOTHING).get((key.package, key.config_hash), self._others)

    def of_all(self, configs: Sequence[ConfigRecord]) -> list[Holders]:
        """The same for many configs, in a fraction of the time."""
        try:
            return list(map(self._by_id.__getitem__, map(id, configs)))
        except KeyError:  # one that the roots' snapshot does not have
            return list(map(self.of, configs))

    def all_apps(self, configs: Sequence[ConfigRecord]) -> list[Words]:
        """The apps of each of many configs."""
        return _all_named(self.of_all(configs), _apps, _known_apps)

    def all_workers(self, configs: Sequence[ConfigRecord]) -> list[Words]:
        """The workers of each of many configs."""
        return _all_named(self.of_all(configs), _workers, _known_workers)

    def prepare(self) -> None:
        """Work out now what is asked first, which takes a while in a big store."""
        for held in self._held.values():
            for holders in held.values():
                assert holders.apps is not None
                assert holders.workers is not None
        assert self._by_id is not None

    @cached_property
    def _by_id(self) -> Mapping[int, Holders]:
        """By the identity of each config's record: the snapshot keeps them all, so no other record can have it."""
        found: dict[int, Holders] = {}
        others = self._others
        for record in self._roots.snapshot.sources.values() if self._roots is not None else ():
            held = self._held.get(record.key.source_hash)
            for config in record.configs:
                pair = record.key.package, config.key.config_hash
                found[id(config)] = others if held is None else held.get(pair, others)
        return found

    @cached_property
    def _others(self) -> Holders:
        if self._roots is None or self._roots.snapshot.pins.damage:
            return NOT_KNOWN
        return NOBODY if self._roots.is_complete else UNREAD

    def _states_of(self, ids: Iterable[str]) -> States:
        """The states of what these roots hold: whether a pin is among them, which nobody knows without the file."""
        if self._roots is not None and self._roots.snapshot.pins.damage:
            return _ROOTED_AND_MAYBE_PINNED
        return _ROOTED if self._pins.isdisjoint(ids) else _PINNED

    @cached_property
    def _pins(self) -> frozenset[str]:
        """The ids of the pins."""
        pins = self._roots.owned.get(None, ()) if self._roots is not None else ()
        return frozenset(root.id for root in pins)

    @cached_property
    def _held(self) -> Mapping[str, Mapping[tuple[str, str], Holders]]:
        """By source hash, then by package and config hash; the same holders are the same object."""
        owners = _Owners(self._roots, *((MAYBE,) if self._others is not NOBODY else ()))
        known: dict[tuple[str, ...], Holders] = {}
        found: dict[str, dict[tuple[str, str], Holders]] = {}
        for (package, ref), roots in self._roots.held.items() if self._roots is not None else ():
            ids = tuple(roots)
            holders = known.get(ids)
            if holders is None:
                holders = known[ids] = Holders(ids, owners, len(ids), self._states_of(ids))
            source_hash, _, config_hash = ref.partition("/")
            held = found.get(source_hash)
            if held is None:
                held = found[source_hash] = {}
            held[package, config_hash] = holders
        return found
