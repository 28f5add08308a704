"""One immutable reading of the store. A change gives a new snapshot; nothing here touches the disk."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from pkgstore.keys import PINS, AppKey, LocksKey, OursKey, SourceKey, WorkerKey, WorkKey
from pkgstore.model import (
    AppRecord,
    ConfigRecord,
    Damage,
    LockRecord,
    PinsRecord,
    SourceRecord,
    WorkerRecord,
    WorkRecord,
)

Key = SourceKey | WorkerKey | AppKey | WorkKey | LocksKey | OursKey
Locks = tuple[LockRecord, ...]
Record = SourceRecord | WorkerRecord | AppRecord | WorkRecord | PinsRecord | Locks
"""What a key stands for."""

Changes = Mapping[Key, Record | None]
"""What was read again: a record, or None for what is gone."""


Packages = Mapping[str, Mapping[str, tuple[SourceRecord, ...]]]
"""The sources of each package, by platform and package."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What a store was seen to hold; compare with `is`, never by contents.

    `apps` are those beside the store, by their path below the folder of the apps; `work` are the folders in
    ``.builds`` and ``.staging``. Both, `locks` and `pins` are empty where nobody asked for them.
    """

    root: str
    sources: Mapping[SourceKey, SourceRecord] = field(default_factory=dict)
    workers: Mapping[str, WorkerRecord] = field(default_factory=dict)
    unlisted_damage: tuple[Damage, ...] = ()
    apps: Mapping[str, AppRecord] = field(default_factory=dict)
    work: Mapping[WorkKey, WorkRecord] = field(default_factory=dict)
    locks: Locks = ()
    pins: PinsRecord = field(default_factory=PinsRecord)

    @cached_property
    def packages(self) -> Packages:
        """The sources of each package of each platform, sorted by source hash; platforms sorted by name."""
        groups: dict[str, dict[str, list[SourceRecord]]] = {}
        for key in self.sources:
            groups.setdefault(key.platform, {}).setdefault(key.package, []).append(self.sources[key])
        return {
            platform: {package: _sorted(records) for package, records in groups[platform].items()}
            for platform in sorted(groups)
        }

    @cached_property
    def platforms(self) -> tuple[str, ...]:
        """Every platform that has a source, sorted by name."""
        return tuple(self.packages)

    @cached_property
    def damage(self) -> tuple[Damage, ...]:
        """Everything that could not be read, wherever it was."""
        found = [*self.unlisted_damage]
        for group in (self.sources, self.workers, self.apps, self.work):
            found.extend(damage for record in group.values() if record.damage for damage in record.damage)
        found.extend(self.pins.damage)
        return tuple(found)

    @cached_property
    def users(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """The workers whose manifest names a (package, ref), by that pair; manifests carry no platform."""
        found: dict[tuple[str, str], list[str]] = {}
        for name, worker in sorted(self.workers.items()):
            for pair in (worker.manifest or {}).items():
                found.setdefault(pair, []).append(name)
        return {pair: tuple(names) for pair, names in found.items()}

    def configs(self) -> Iterator[ConfigRecord]:
        """Every config, in the order of the sources."""
        for record in self.sources.values():
            yield from record.configs

    def config_of(self, package: str, ref: str) -> ConfigRecord | None:
        """The config that a manifest's ref stands for; None where no platform has it.

        Manifests carry no platform: of several that have it, the one that was used last counts.
        """
        source_hash, _, config_hash = ref.partition("/")
        best: ConfigRecord | None = None
        for platform in self.packages:
            record = self.sources.get(SourceKey(platform, package, source_hash))
            for config in record.configs if record is not None else ():
                if config.key.config_hash == config_hash and (best is None or _presence(best) < _presence(config)):
                    best = config
        return best

    def version_of(self, platform: str, package: str, source_hash: str) -> str:
        """The version that a store key stands for, empty where the store does not tell."""
        record = self.sources.get(SourceKey(platform, package, source_hash))
        return record.version if record else ""

    def with_records(self, records: Iterable[Record | Damage]) -> "Snapshot":
        """This snapshot with more, or newer, records."""
        damage: list[Damage] = []
        changes: dict[Key, Record | None] = {}
        for record in records:
            if isinstance(record, Damage):
                damage.append(record)
            elif isinstance(record, tuple):
                changes[LocksKey()] = record
            else:
                changes[record.key] = record
        return replace(self.apply(changes), unlisted_damage=(*self.unlisted_damage, *damage))

    def with_sources(self, sources: Mapping[SourceKey, SourceRecord], packages: Packages) -> "Snapshot":
        """This snapshot with these sources, and the groups that follow from them."""
        after = replace(self, sources=sources)
        after.__dict__["packages"] = packages
        return after

    def apply(self, changes: Changes) -> "Snapshot":
        """This snapshot with what was read again put in, and what is gone taken out."""
        sources = _changed(self.sources, {k: r for k, r in changes.items() if isinstance(k, SourceKey)})
        workers = _changed(self.workers, {k.worker_id: r for k, r in changes.items() if isinstance(k, WorkerKey)})
        apps = _changed(self.apps, {k.name: r for k, r in changes.items() if isinstance(k, AppKey)})
        work = _changed(self.work, {k: r for k, r in changes.items() if isinstance(k, WorkKey)})
        locks = changes.get(LocksKey(), self.locks) or ()
        assert isinstance(locks, tuple)
        pins = changes.get(PINS, self.pins) or PinsRecord()
        assert isinstance(pins, PinsRecord)
        after = replace(self, sources=sources, workers=workers, apps=apps, work=work, locks=locks, pins=pins)
        if "packages" in self.__dict__:
            touched = {(key.platform, key.package) for key in changes if isinstance(key, SourceKey)}
            after.__dict__["packages"] = _regrouped(self.packages, sources, touched, changes)
        return after


def _changed(before: Any, changes: Mapping[Any, Any]) -> Any:
    """A map with some values put in, or taken out where they are None; the same one if there are none."""
    if not changes:
        return before
    after = {**before, **changes}
    for key, record in changes.items():
        if record is None:
            del after[key]
    return after


def _sorted(records: Iterable[SourceRecord]) -> tuple[SourceRecord, ...]:
    return tuple(sorted(records, key=lambda record: record.key.source_hash))


def _presence(config: ConfigRecord) -> tuple[bool, float]:
    return config.has_tree, config.last_used or 0.0


def _regrouped(
    before: Packages, sources: Mapping[SourceKey, SourceRecord], touched: set[tuple[str, str]], changes: Changes
) -> Packages:
    """The groups after some packages changed: only those are put together again."""
    if not touched:
        return before
    after = {platform: dict(packages) for platform, packages in before.items()}
    for platform, package in touched:
        packages = after.setdefault(platform, {})
        keys = {record.key for record in packages.get(package, ())}
        keys |= {k for k in changes if isinstance(k, SourceKey) and (k.platform, k.package) == (platform, package)}
        if records := _sorted(sources[key] for key in keys if key in sources):
            packages[package] = records
        else:
            packages.pop(package, None)
    return {platform: after[platform] for platform in sorted(after) if after[platform]}
