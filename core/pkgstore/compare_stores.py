"""What differs between two readings of a store. Pure: knows no files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from pkgstore.compare import Change, Pair, differing, pairs_of
from pkgstore.keys import ConfigKey, WorkKey, to_bytes
from pkgstore.model import AppRecord, ConfigRecord, WorkerRecord, WorkRecord
from pkgstore.snapshot import Snapshot

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class SnapshotDifference:
    """What differs between two readings of a store, sorted by key.

    That a config was merely used again is no change: `used` counts those.
    """

    configs: tuple[Pair[ConfigKey, ConfigRecord], ...] = ()
    workers: tuple[Pair[str, WorkerRecord], ...] = ()
    apps: tuple[Pair[str, AppRecord], ...] = ()
    work: tuple[Pair[WorkKey, WorkRecord], ...] = ()
    used: int = 0

    def __bool__(self) -> bool:
        return bool(self.configs or self.workers or self.apps or self.work)


def compare_snapshots(before: Snapshot, after: Snapshot) -> SnapshotDifference:
    """Which configs, workers, apps, builds and staging folders came, went or changed; times do not count."""
    old = {config.key: config for config in _changed_configs(before, after)}
    new = {config.key: config for config in _changed_configs(after, before)}
    configs = pairs_of(old, new, _same_config)
    used = sum(pair.change is Change.SAME for pair in configs)
    return SnapshotDifference(
        configs=tuple(sorted(differing(configs), key=lambda pair: pair.key)),
        workers=_by_key(before.workers, after.workers, _same_worker),
        apps=_by_key(before.apps, after.apps, _same_app),
        work=tuple(sorted(differing(pairs_of(before.work, after.work, _same_work)), key=lambda pair: pair.key)),
        used=used,
    )


def _changed_configs(one: Snapshot, other: Snapshot) -> list[ConfigRecord]:
    """The configs of the sources that are not the very same in the other; nearly all are, after a rescan."""
    found: list[ConfigRecord] = []
    for key, record in one.sources.items():
        twin = other.sources.get(key)
        if twin is record:
            continue
        known = {config.key: config for config in twin.configs} if twin else {}
        found += [config for config in record.configs if known.get(config.key) != config]
    return found


def _same_config(before: ConfigRecord, after: ConfigRecord) -> bool:
    return replace(before, last_used=after.last_used) == after and (before.last_used is None) == (
        after.last_used is None
    )


def _by_key(
    before: Mapping[str, _Value], after: Mapping[str, _Value], same: Callable[[_Value, _Value], bool]
) -> tuple[Pair[str, _Value], ...]:
    pairs = differing(pairs_of(before, after, same))
    return tuple(sorted(pairs, key=lambda pair: to_bytes(pair.key)))


def _same_worker(before: WorkerRecord, after: WorkerRecord) -> bool:
    return before is after or (before.manifest, before.damage) == (after.manifest, after.damage)


def _same_app(before: AppRecord, after: AppRecord) -> bool:
    return before is after or _app_facts(before) == _app_facts(after)


def _app_facts(app: AppRecord) -> tuple[object, ...]:
    names = app.lockfile and (app.lockfile.names, app.lockfile.refused)
    return tuple((found.tier, found.manifest) for found in app.manifests), names, app.damage


def _same_work(before: WorkRecord, after: WorkRecord) -> bool:
    return before is after or (before.manifest, before.damage) == (after.manifest, after.damage)
