"""What follows from a snapshot and is slow to work out: sources by package, configs by ref, users of a ref. Pure.

A change of a few workers leaves the index of sources as it is, and touches only their own refs in that of users.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from pkgstore.keys import SourceKey
from pkgstore.model import ConfigRecord, SourceRecord, WorkerRecord

Pair = tuple[str, str]
"""A package and a ref."""


def _order(key: SourceKey) -> tuple[str, str, str]:
    return key.platform, key.package, key.source_hash


def _presence(config: ConfigRecord) -> tuple[bool, float]:
    return config.has_tree, config.last_used or 0.0


@dataclass(frozen=True, eq=False)
class SourceIndex:
    """What follows from the sources alone."""

    sources: Mapping[SourceKey, SourceRecord]

    def warm(self) -> "SourceIndex":
        """This index with everything worked out; for the thread that made it."""
        _ = self.by_package, self.by_ref, self.platform_in_use
        return self

    @cached_property
    def by_package(self) -> Mapping[str, Mapping[str, tuple[SourceRecord, ...]]]:
        """The sources of each package of each platform, in the order of their names."""
        groups: dict[str, dict[str, list[SourceRecord]]] = {}
        for key in sorted(self.sources, key=_order):
            groups.setdefault(key.platform, {}).setdefault(key.package, []).append(self.sources[key])
        return {
            platform: {package: tuple(records) for package, records in packages.items()}
            for platform, packages in groups.items()
        }

    @cached_property
    def by_ref(self) -> Mapping[Pair, ConfigRecord]:
        """A config for each package and ref; manifests carry no platform: of several the one used last counts."""
        found: dict[Pair, ConfigRecord] = {}
        for record in self.sources.values():
            for config in record.configs:
                pair = (config.key.package, config.key.ref)
                if pair not in found or _presence(found[pair]) < _presence(config):
                    found[pair] = config
        return found

    @cached_property
    def platform_in_use(self) -> str:
        """The platform that was used last; empty where there is none."""
        newest = max(self.sources.values(), key=lambda source: source.last_used or 0.0, default=None)
        return newest.key.platform if newest else ""


@dataclass(frozen=True, eq=False)
class UserIndex:
    """The workers whose manifests name a package and ref."""

    users: Mapping[Pair, frozenset[str]]

    @classmethod
    def of(cls, workers: Mapping[str, WorkerRecord]) -> "UserIndex":
        """The index of all workers."""
        found: dict[Pair, set[str]] = {}
        for name, worker in workers.items():
            for pair in (worker.manifest or {}).items():
                found.setdefault(pair, set()).add(name)
        return cls({pair: frozenset(names) for pair, names in found.items()})

    def after(
        self, before: Mapping[str, WorkerRecord], now: Mapping[str, WorkerRecord], names: Iterable[str]
    ) -> "UserIndex":
        """The index after some workers changed."""
        users = dict(self.users)
        for name in names:
            old, new = _pairs(before.get(name)), _pairs(now.get(name))
            for pair in old - new:
                left = users[pair] - {name}
                if left:
                    users[pair] = left
                else:
                    del users[pair]
            for pair in new - old:
                users[pair] = users.get(pair, frozenset()) | {name}
        return UserIndex(users)


def _pairs(worker: WorkerRecord | None) -> set[Pair]:
    return set(worker.manifest.items()) if worker is not None and worker.manifest else set()
