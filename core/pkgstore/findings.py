"""What is wrong with a store as far as reading alone can tell (spec: What the inspector must reveal). Pure.

Nothing is verified here: no file of a tree is opened, no digest computed. `pkgstore.check` has the rest.
"""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Final

from pkgstore._finding import CODES as CODES
from pkgstore._finding import Code as Code
from pkgstore._finding import Finding as Finding
from pkgstore._finding import Severity as Severity
from pkgstore._finding import Subject as Subject
from pkgstore._finding import finding as _finding
from pkgstore._finding import some_names as some_names
from pkgstore.keys import PINS, LocksKey, SourceKey, WorkerKey, WorkKey
from pkgstore.layout import BUILDS, CONFIGS_FILE, PACKAGE_MANIFEST, SIDECAR_SUFFIX, Layout
from pkgstore.model import AppRecord, ConfigRecord, Damage, SourceRecord, Tier, WorkerRecord, WorkRecord
from pkgstore.roots import Roots
from pkgstore.snapshot import Snapshot

LEFT_OVER_AFTER: Final = 24 * 3600.0
"""Seconds without a change after which a build or staging folder, or half a library, counts as left by a crash."""


def findings_of(snapshot: Snapshot, roots: Roots, now: float) -> Iterator[Finding]:
    """Everything that is wrong, kind by kind.

    Args:
        snapshot: A reading of the store.
        roots: Those of the same reading.
        now: Seconds since 1970.
    """
    yield from source_findings(snapshot, at_work(snapshot, now))
    yield from other_findings(snapshot, roots, now)


_SEVERITY: Final = {severity: place for place, severity in enumerate(Severity)}


def worst_first(found: Finding) -> tuple[int, str, str, str]:
    """Sorts findings: by severity, by code, by path."""
    return _SEVERITY[found.severity], found.code, found.path, found.message


def at_work(snapshot: Snapshot, now: float) -> frozenset[SourceKey]:
    """The sources that somebody has locked and is at work on: what is half done there need not be wrong."""
    return frozenset(lock.key for lock in snapshot.locks if not lock.is_stale(now))


def source_findings(snapshot: Snapshot, busy: Collection[SourceKey] = ()) -> Iterator[Finding]:
    """What is wrong with platforms, sources and configs: the long part, which needs neither roots nor clock.

    Args:
        snapshot: A reading of the store.
        busy: The sources that somebody is `at_work` on.
    """
    for record in snapshot.sources.values():
        yield from record_findings(snapshot.root, record, busy=record.key in busy)
    yield from platform_findings(snapshot)


def record_findings(root: str, record: SourceRecord, *, busy: bool = False) -> Iterator[Finding]:
    """What is wrong with one source; arguments as of `source_findings`."""
    for item in record.damage:
        yield _damage(item, record.key, "BAD-META" if item.path.endswith(SIDECAR_SUFFIX) else "DAMAGE")
    for config in record.configs:
        for each in _config_findings(root, record, config):
            yield _unfinished(each) if busy else each


def _unfinished(found: Finding) -> Finding:
    """The same as advice: an ingest or an eviction that has the lock leaves this for a moment."""
    return replace(found, severity=Severity.ADVICE, message=f"{found.message}; it is locked, somebody is at work")


def other_findings(snapshot: Snapshot, roots: Roots, now: float) -> Iterator[Finding]:
    """What is wrong with apps, workers, locks, builds and staging folders."""
    records: Iterable[WorkerRecord | AppRecord | WorkRecord] = chain(
        snapshot.workers.values(), snapshot.apps.values(), snapshot.work.values()
    )
    seen: set[str] = set()
    for item, subject in chain(
        ((item, record.key) for record in records for item in record.damage),
        ((item, PINS) for item in snapshot.pins.damage),
        ((item, "") for item in chain(snapshot.unlisted_damage, roots.damage)),
    ):
        if item.path not in seen:
            yield _damage(item, subject)
            seen.add(item.path)
    yield from _dangling(roots)
    yield from _left_over(snapshot, now)


def _damage(item: Damage, subject: Subject, code: str = "DAMAGE") -> Finding:
    is_manifest = isinstance(subject, WorkerKey) and os.path.basename(item.path) == PACKAGE_MANIFEST
    return _finding(code, subject, item.path, item.why, mendable=is_manifest or code != "DAMAGE")


# --- configs and platforms ---------------------------------------------------------------------------------------


def _config_findings(root: str, record: SourceRecord, config: ConfigRecord) -> Iterator[Finding]:
    if config.has_tree and config.listed and config.last_used is not None:
        return
    key = config.key
    folder = os.path.join(root, key.platform, key.package, key.source_hash)
    tree = os.path.join(folder, key.config_hash)
    if config.is_phantom:
        yield _finding("PHANTOM", key, os.path.join(folder, CONFIGS_FILE), "listed, but its tree is gone")
    if config.is_orphan_tree:
        unusable = {os.path.basename(item.path) for item in record.damage}  # that nobody could read it is said once
        why = [] if config.listed or CONFIGS_FILE in unusable else ["not in configs.json"]
        if config.last_used is None and key.config_hash + SIDECAR_SUFFIX not in unusable:
            why.append("without sidecar")
        if why:
            yield _finding("ORPHAN-TREE", key, tree, " and ".join(why))
    if config.is_orphan_sidecar:
        yield _finding("ORPHAN-SIDECAR", key, f"{tree}.json", "its tree is gone")


def platform_in_use(sources: Mapping[SourceKey, SourceRecord]) -> str:
    """The platform that was used last; empty where there is none."""
    newest = max(sources.values(), key=lambda record: record.last_used or 0.0, default=None)
    return newest.key.platform if newest else ""


def platform_findings(snapshot: Snapshot) -> Iterator[Finding]:
    """What is wrong with the platforms: those that are not in use, and what a restart would take for it."""
    platforms = [name for name in snapshot.platforms if "-" in name]
    if len(platforms) < 2:
        return
    used = platform_in_use(snapshot.sources)
    if platforms[0] != used:
        path = os.path.join(snapshot.root, platforms[0])
        yield _finding(
            "RESTART-HAZARD", platforms[0], path, f"first by name, while {used} is in use", mendable=False
        )
    for name in platforms:
        if name != used:
            yield _finding("DEAD-PLATFORM", name, os.path.join(snapshot.root, name), f"{used} is in use")


# --- roots --------------------------------------------------------------------------------------------------------


def _dangling(roots: Roots) -> Iterator[Finding]:
    for root in roots.roots:
        if isinstance(root.key, WorkKey):  # a build in progress names what it is still to ingest
            continue
        gone = [package for package, _ in roots.dangling(root)]
        if not gone:
            continue
        message = f"{root.owner}: {some_names(gone)} not in the store"
        if root.tier is Tier.WORKER:
            yield _finding("BROKEN-INSTALL", root.key or "", root.path, message, packages=tuple(gone))
        else:
            severity = Severity.ERROR if root.tier is Tier.CURRENT else Severity.WARNING
            yield _finding("DANGLING-ROOT", root.key or "", root.path, message, severity, tuple(gone))


# --- what is left over --------------------------------------------------------------------------------------------


def _left_over(snapshot: Snapshot, now: float) -> Iterator[Finding]:
    for lock in snapshot.locks:
        if lock.is_stale(now):
            yield _finding("STALE-LOCK", LocksKey(), lock.path, f"{lock.key.package}, {_span(lock.age(now))} old")
    for work in snapshot.work.values():
        age = now - work.changed
        if age > LEFT_OVER_AFTER:
            code = "STALE-BUILD" if work.key.folder == BUILDS else "STALE-STAGING"
            yield _finding(code, work.key, work.path, f"unchanged for {_span(age)}")
    for worker in snapshot.workers.values():  # assembly writes the manifest last
        age = now - worker.changed
        if worker.manifest is None and not worker.damage and age > LEFT_OVER_AFTER:
            path = Layout(snapshot.root).worker(worker.key.worker_id)
            yield _finding("ORPHAN-WORKER", worker.key, path, f"no manifest, unchanged for {_span(age)}")


def _span(seconds: float) -> str:
    for size, unit in ((86400.0, "d"), (3600.0, "h")):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds // 60:.0f} min"
