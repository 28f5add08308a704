"""How much a store holds, by platform, package, app or worker: counts, bytes, who needs them. Pure.

Bytes are of trees that were measured, each inode once within a row, so rows do not add up to the total where they
share files. An app's or worker's own part is what no other root holds: what nobody would need if it went, which is
not yet what would be free (`pkgstore.accounts.Freed` tells that).
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from pkgstore.accounts import Inventory, Total
from pkgstore.keys import AppKey, ConfigKey, WorkerKey
from pkgstore.model import ConfigRecord, SourceRecord
from pkgstore.roots import Roots
from pkgstore.snapshot import Snapshot
from pkgstore.usage import TreeSize

Owner = Hashable
"""What owns roots: an app's, worker's or build's key; the words of a pin."""

_Group = TypeVar("_Group", str, tuple[str, str])
_OwnerKey = TypeVar("_OwnerKey", AppKey, WorkerKey)


@dataclass(frozen=True, slots=True)
class Part:
    """Some configs, and the bytes of those that have a tree."""

    configs: int
    total: Total


@dataclass(frozen=True, slots=True)
class Contents:
    """What a platform, a package or the whole store holds.

    `whole` are all configs, also those without a tree. `own` is what is in no other place: the rest of the bytes is
    shared, with workers' libraries as a rule. `rooted` are held by a root. `idle` are held by none: None where a
    root file could not be read, so that nobody knows. `orphan` are trees without sidecar or entry in configs.json,
    and sidecars without tree; each of them is rooted or idle as well.
    """

    packages: int
    sources: int
    whole: Part
    own: Total
    rooted: Part
    idle: Part | None
    orphan: Part

    @property
    def shared(self) -> TreeSize:
        """What has links outside these configs' trees."""
        return self.whole.total.size - self.own.size


@dataclass(frozen=True, slots=True)
class Holding:
    """What an app or a worker holds; `only` are the configs that no other root holds.

    `only` is None where a root file could not be read. `library` are the bytes in a worker's library that are in no
    config; None where they were not measured.
    """

    held: Part
    only: Part | None
    library: TreeSize | None = None


class Summary:
    """The sums of one reading of a store."""

    def __init__(self, snapshot: Snapshot, roots: Roots, inventory: Inventory) -> None:
        self._snapshot = snapshot
        self._roots = roots
        self._inventory = inventory

    def total(self) -> Contents:
        """The whole store."""
        return self._contents(list(self._snapshot.sources.values()))

    def by_platform(self) -> dict[str, Contents]:
        """Each platform."""
        return self._by(lambda record: record.key.platform)

    def by_package(self) -> dict[tuple[str, str], Contents]:
        """Each package of each platform: (platform, package)."""
        return self._by(lambda record: (record.key.platform, record.key.package))

    def by_app(self) -> dict[str, Holding]:
        """Each app, by its name."""
        keys = [record.key for record in self._snapshot.apps.values()]
        return {key.name: holding for key, holding in self._holdings(keys).items()}

    def by_worker(self) -> dict[str, Holding]:
        """Each worker, by its id."""
        keys = [record.key for record in self._snapshot.workers.values()]
        return {key.worker_id: holding for key, holding in self._holdings(keys).items()}

    def _by(self, group_of: Callable[[SourceRecord], _Group]) -> dict[_Group, Contents]:
        groups: dict[_Group, list[SourceRecord]] = {}
        for record in self._snapshot.sources.values():
            groups.setdefault(group_of(record), []).append(record)
        return {name: self._contents(groups[name]) for name in sorted(groups)}

    def _contents(self, sources: list[SourceRecord]) -> Contents:
        configs = [config for record in sources for config in record.configs]
        rooted = [config for config in configs if self._roots.is_rooted(config.key)]
        idle = [config for config in configs if not self._roots.is_rooted(config.key)]
        return Contents(
            packages=len({(record.key.platform, record.key.package) for record in sources}),
            sources=len(sources),
            whole=self._part(configs),
            own=self._inventory.own_together(_with_tree(configs)),
            rooted=self._part(rooted),
            idle=self._part(idle) if self._roots.is_complete else None,
            orphan=self._part([c for c in configs if c.is_orphan_tree or c.is_orphan_sidecar]),
        )

    def _part(self, configs: list[ConfigRecord]) -> Part:
        return Part(len(configs), self._inventory.total(_with_tree(configs)))

    def _holdings(self, owners: Iterable[_OwnerKey]) -> dict[_OwnerKey, Holding]:
        held, only = owned_configs(self._snapshot, self._roots)
        return {
            owner: Holding(
                self._part(held.get(owner, [])),
                self._part(only.get(owner, [])) if self._roots.is_complete else None,
                self._inventory.library_own(owner) if isinstance(owner, WorkerKey) else None,
            )
            for owner in sorted(owners)
        }


def owned_configs(
    snapshot: Snapshot, roots: Roots
) -> tuple[Mapping[Owner, list[ConfigRecord]], Mapping[Owner, list[ConfigRecord]]]:
    """The configs that each owner of roots holds, and those that only it holds."""
    held: dict[Owner, list[ConfigRecord]] = {}
    only: dict[Owner, list[ConfigRecord]] = {}
    for config in snapshot.configs():
        if roots.is_rooted(config.key):
            owners = {root.key or root.owner for root in roots.holders(config.key)}
            for owner in owners:
                held.setdefault(owner, []).append(config)
            if len(owners) == 1:
                only.setdefault(owner, []).append(config)
    return held, only


def _with_tree(configs: Iterable[ConfigRecord]) -> list[ConfigKey]:
    return [config.key for config in configs if config.has_tree]
