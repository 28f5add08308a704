"""Take configs that were not used for a while out of the store (spec: EvictStale).

The order for each source hash: lock, look again, configs.json without the entries, trees renamed away, sidecars
removed, unlock; only then is anything deleted. A crash at any point leaves no half tree that counts as present.
"""

import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from pkgstore import files
from pkgstore.errors import Cancelled, StoreError
from pkgstore.keys import ConfigKey, SourceKey
from pkgstore.layout import Layout
from pkgstore.locks import LockRules, hold
from pkgstore.model import ConfigRecord
from pkgstore.operations.events import Done, Event, EvictResult, Failed, Removed, Skipped, Why
from pkgstore.operations.meta import forget_configs
from pkgstore.progress import Cancel, Progress
from pkgstore.snapshot import Snapshot

LOCK_TIMEOUT: Final = 60.0
"""Seconds that an eviction waits for one lock; a source in use is no candidate for long."""

LEFT_OVER_AFTER: Final = 1800.0
"""Seconds after which trash of another eviction counts as left by a crash."""


@dataclass(frozen=True, slots=True)
class EvictPlan:
    """What an eviction would remove: configs whose last use is at or before `cutoff` (seconds since 1970)."""

    platform: str
    retention: float
    cutoff: float
    items: tuple[ConfigRecord, ...]


def plan_evict(snapshot: Snapshot, platform: str, retention: float, *, now: float | None = None) -> EvictPlan:
    """What a sweep of one platform would remove. Pure.

    Args:
        snapshot: A reading of the store.
        platform: The platform; the reference sweeps only the one in use.
        retention: Seconds that a config is kept after its last use; 0 or less evicts nothing.
        now: Seconds since 1970.
    """
    cutoff = (time.time() if now is None else now) - retention
    if retention <= 0:
        return EvictPlan(platform, retention, cutoff, ())
    stale = [
        config
        for key, record in snapshot.sources.items()
        if key.platform == platform
        for config in record.configs
        if config.last_used is not None and config.last_used <= cutoff
    ]
    return EvictPlan(platform, retention, cutoff, tuple(sorted(stale, key=lambda config: config.key)))


def apply_evict(
    layout: Layout,
    plan: EvictPlan,
    *,
    cancel: Cancel | None = None,
    progress: Progress | None = None,
    rules: LockRules | None = None,
) -> Iterator[Event]:
    """Do what a plan says, and never more; what was used meanwhile stays.

    Yields:
        `Removed` or `Skipped` for each config, `Failed` for a source that could not be changed, then `Done` with
        `EvictResult`.

    Raises:
        Cancelled: `cancel` was set; what was done so far is whole.
    """
    cancel, progress = cancel or Cancel(), progress or Progress()
    progress.start(len(plan.items), "evicting")
    sweep = _Sweep(layout, plan.cutoff, _new_trash(layout), rules or LockRules(timeout=LOCK_TIMEOUT), cancel)
    removed = skipped = failed = freed = 0
    try:
        for source, group in groupby(plan.items, key=lambda config: config.key.source):
            cancel.check()
            keys = [config.key for config in group]
            for event in sweep.source(source, keys):
                removed += isinstance(event, Removed)
                skipped += isinstance(event, Skipped)
                failed += isinstance(event, Failed)
                freed += event.freed if isinstance(event, Removed) else 0
                yield event
            progress.step(source.package, len(keys))
    finally:
        _empty_trash(layout, sweep.trash)
    yield Done(EvictResult(removed, skipped, failed, freed))


@dataclass(frozen=True, slots=True)
class _Sweep:
    layout: Layout
    cutoff: float
    trash: str
    rules: LockRules
    cancel: Cancel

    def source(self, source: SourceKey, keys: list[ConfigKey]) -> list[Event]:
        """One source hash; an error in it is an event, and what was taken out before it counts."""
        events: list[Event] = []
        taken: list[ConfigKey] = []
        try:
            with hold(self.layout, source, rules=self.rules, cancel=self.cancel) as lock:
                stale = [key for key in keys if self._look_again(key, events)]
                lock.check()
                self._take_out(source, stale, taken)
        except Cancelled:
            raise
        except StoreError as error:
            events.append(Failed(source.package, error))
        return [*events, *(Removed(key, self._delete(key)) for key in taken)]

    def _look_again(self, key: ConfigKey, events: list[Event]) -> bool:
        try:
            used = os.lstat(self.layout.sidecar(key)).st_mtime
        except OSError:
            events.append(Skipped(key, Why.GONE_MEANWHILE))
            return False
        if used > self.cutoff:
            events.append(Skipped(key, Why.USED_MEANWHILE))
        return used <= self.cutoff

    def _take_out(self, source: SourceKey, stale: list[ConfigKey], taken: list[ConfigKey]) -> None:
        if not stale:
            return
        forget_configs(self.layout, source, [key.config_hash for key in stale])
        for key in stale:
            files.set_aside(self.layout.config(key), self._aside(key))
            files.remove_file(self.layout.sidecar(key))
            taken.append(key)
        if files.remove_empty_folder(self.layout.source(source)):
            files.remove_empty_folder(self.layout.package(source.platform, source.package))

    def _aside(self, key: ConfigKey) -> str:
        return os.path.join(self.trash, key.platform, key.package, key.source_hash, key.config_hash)

    def _delete(self, key: ConfigKey) -> int:
        """Bytes freed; a tree that cannot be deleted now stays in the trash, out of everybody's way."""
        try:
            return files.remove_tree(self._aside(key))
        except StoreError:
            return 0


def _new_trash(layout: Layout) -> str:
    """A folder name of this operation's own; those that a crash left are emptied on the way."""
    try:
        with os.scandir(layout.trash) as entries:
            old = [entry.path for entry in entries if time.time() - entry.stat().st_mtime > LEFT_OVER_AFTER]
    except OSError:
        old = []
    for path in old:
        _empty_trash(layout, path)
    return os.path.join(layout.trash, f"evict-{secrets.token_hex(6)}")


def _empty_trash(layout: Layout, trash: str) -> None:
    try:
        files.remove_tree(trash)
        if files.remove_empty_folder(layout.trash):
            files.remove_empty_folder(os.path.dirname(layout.trash))
    except StoreError:  # it is out of the store already, and the next eviction tries again
        return
