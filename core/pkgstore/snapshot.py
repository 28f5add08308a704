"""One immutable reading of the store. A change gives a new snapshot; nothing here touches the disk."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from pkgstore.keys import SourceKey, WorkerKey
from pkgstore.model import ConfigRecord, Damage, SourceRecord, WorkerRecord

Key = SourceKey | WorkerKey
Changes = Mapping[Key, SourceRecord | WorkerRecord | None]
"""What was read again: a record, or None for what is gone."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What a store was seen to hold; compare with `is`, never by contents."""

    root: str
    sources: Mapping[SourceKey, SourceRecord] = field(default_factory=dict)
    workers: Mapping[str, WorkerRecord] = field(default_factory=dict)
    unlisted_damage: tuple[Damage, ...] = ()

    @cached_property
    def platforms(self) -> tuple[str, ...]:
        """Every platform that has a source, sorted by name."""
        return tuple(sorted({key.platform for key in self.sources}))

    @cached_property
    def damage(self) -> tuple[Damage, ...]:
        """Everything that could not be read, wherever it was."""
        found = [*self.unlisted_damage]
        found.extend(damage for record in self.sources.values() for damage in record.damage)
        found.extend(damage for worker in self.workers.values() for damage in worker.damage)
        return tuple(found)

    @cached_property
    def by_package(self) -> Mapping[tuple[str, str], tuple[SourceRecord, ...]]:
        """The sources of each (platform, package), sorted by platform, package, source hash."""
        groups: dict[tuple[str, str], list[SourceRecord]] = {}
        for key in sorted(self.sources):
            groups.setdefault((key.platform, key.package), []).append(self.sources[key])
        return {pair: tuple(records) for pair, records in groups.items()}

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

    def version_of(self, platform: str, package: str, source_hash: str) -> str:
        """The version that a store key stands for, empty where the store does not tell."""
        record = self.sources.get(SourceKey(platform, package, source_hash))
        return record.version if record else ""

    def with_records(self, records: Iterable[SourceRecord | WorkerRecord | Damage]) -> "Snapshot":
        """This snapshot with more, or newer, records."""
        sources, workers, damage = dict(self.sources), dict(self.workers), list(self.unlisted_damage)
        for record in records:
            if isinstance(record, SourceRecord):
                sources[record.key] = record
            elif isinstance(record, WorkerRecord):
                workers[record.key.worker_id] = record
            else:
                damage.append(record)
        return replace(self, sources=sources, workers=workers, unlisted_damage=tuple(damage))

    def apply(self, changes: Changes) -> "Snapshot":
        """This snapshot with what was read again put in, and what is gone taken out."""
        sources, workers = dict(self.sources), dict(self.workers)
        for key, record in changes.items():
            if isinstance(key, SourceKey):
                sources.pop(key, None)
            else:
                workers.pop(key.worker_id, None)
            if isinstance(record, SourceRecord):
                sources[record.key] = record
            elif isinstance(record, WorkerRecord):
                workers[record.key.worker_id] = record
        return replace(self, sources=sources, workers=workers)
