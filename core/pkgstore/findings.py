"""What is wrong with a store as far as reading alone can tell (spec: What the inspector must reveal). Pure.

Nothing is verified here: no file of a tree is opened, no digest computed.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import chain
from typing import Final

from pkgstore.keys import PINS, ConfigKey, LocksKey, SourceKey, WorkKey
from pkgstore.layout import BUILDS, CONFIGS_FILE
from pkgstore.model import AppRecord, ConfigRecord, Damage, SourceRecord, Tier, WorkerRecord, WorkRecord
from pkgstore.roots import Roots
from pkgstore.snapshot import Key, Snapshot

LEFT_OVER_AFTER: Final = 24 * 3600.0
"""Seconds without a change after which a build or staging folder counts as left by a crash."""

NAMED: Final = 3
"""How many packages a message names before it only counts the rest."""


class Severity(Enum):
    """How much a finding matters, the worst first; the value is its name for people."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"

    @property
    def letter(self) -> str:
        """Its sign in tables."""
        return self.value[0].upper()


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of finding: its name, how much it matters at most, and what it means in one sentence."""

    name: str
    severity: Severity
    meaning: str


_E, _W, _A = Severity.ERROR, Severity.WARNING, Severity.ADVICE

CODES: Final[Mapping[str, Code]] = {
    code.name: code
    for code in (
        Code("DAMAGE", _E, "could not be read, or is not what its name says, so nobody knows what is in it"),
        Code("BAD-META", _E, "configs.json cannot be used: every build misses this source without a word"),
        Code(
            "PHANTOM",
            _E,
            "configs.json lists a config whose tree is gone: a build may compile everything anew",
        ),
        Code("DANGLING-ROOT", _E, "a manifest names configs that are gone: a worker would start incomplete"),
        Code("BROKEN-INSTALL", _E, "a worker has packages that the store has lost: its next live install fails"),
        Code(
            "ABI-MISMATCH",
            _E,
            "built against another source of a package it links to than the library has: crashes",
        ),
        Code(
            "ABI-BLIND", _W, "no configs.json is left, so that a live install skips the check of what it links to"
        ),
        Code(
            "PARTIAL-CONFIG", _W, "its key leaves out a package it links to: a false hit, or the same build twice"
        ),
        Code("MIXED-PLATFORM", _W, "one library has trees that were built for several R versions or machines"),
        Code("LOCK-DISAGREES", _W, "pak.lock does not give the store-manifest: explanations from it would mislead"),
        Code("RESTART-HAZARD", _W, "after a restart it takes the first platform by name, not the one in use"),
        Code("ORPHAN-TREE", _W, "a tree without sidecar is never swept, one that is not listed is never found"),
        Code("ORPHAN-SIDECAR", _W, "a sidecar without its tree counts as evictable and frees nothing"),
        Code("STALE-LOCK", _W, "a lock left by a crash: builds of this source wait until it is broken"),
        Code("STALE-BUILD", _W, "a build folder left by a crash: the server never removes it"),
        Code("STALE-STAGING", _W, "a staging folder left by a crash: it only takes space"),
        Code("ABI-DEPTH", _A, "built before a package it links to was built again: the key is only one level deep"),
        Code("WEAK-KEY", _A, "its key is name and version only: the same version built anew is a stale hit"),
        Code("DEAD-PLATFORM", _A, "a platform that is no longer in use: the server never sweeps it"),
    )
}
"""Every code there is, the worst first."""

Subject = Key | ConfigKey | str
"""What a finding is about: a key, or a platform's name; empty where it is about none of them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `message` says what is so here; `path` is where to look, if there is one place.

    `packages` are those of a library that it is about; empty where it is about no library.
    """

    code: str
    severity: Severity
    subject: Subject
    path: str
    message: str
    packages: tuple[str, ...] = ()

    @property
    def meaning(self) -> str:
        """What its code means."""
        return CODES[self.code].meaning


def findings_of(snapshot: Snapshot, roots: Roots, now: float) -> Iterator[Finding]:
    """Everything that is wrong, kind by kind.

    Args:
        snapshot: A reading of the store.
        roots: Those of the same reading.
        now: Seconds since 1970.
    """
    yield from source_findings(snapshot)
    yield from other_findings(snapshot, roots, now)


def source_findings(snapshot: Snapshot) -> Iterator[Finding]:
    """What is wrong with platforms, sources and configs: the long part, which needs neither roots nor clock."""
    for record in snapshot.sources.values():
        for item in record.damage:
            code = "BAD-META" if os.path.basename(item.path) == CONFIGS_FILE else "DAMAGE"
            yield _damage(item, record.key, code)
        for config in record.configs:
            yield from _config_findings(snapshot.root, record, config)
    yield from _platform_findings(snapshot)


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
    return _finding(code, subject, item.path, item.why)


def _finding(code: str, subject: Subject, path: str, message: str, severity: Severity | None = None) -> Finding:
    return Finding(code, severity or CODES[code].severity, subject, path, message)


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
        why = [] if config.listed else ["not in configs.json"]
        why += ["without sidecar"] if config.last_used is None else []
        unusable = any(os.path.basename(item.path) == CONFIGS_FILE for item in record.damage)
        if config.last_used is None or not unusable:  # that nobody could read the list is said once
            yield _finding("ORPHAN-TREE", key, tree, " and ".join(why))
    if config.is_orphan_sidecar:
        yield _finding("ORPHAN-SIDECAR", key, f"{tree}.json", "its tree is gone")


def platform_in_use(sources: Mapping[SourceKey, SourceRecord]) -> str:
    """The platform that was used last; empty where there is none."""
    newest = max(sources.values(), key=lambda record: record.last_used or 0.0, default=None)
    return newest.key.platform if newest else ""


def _platform_findings(snapshot: Snapshot) -> Iterator[Finding]:
    platforms = [name for name in snapshot.platforms if "-" in name]
    if len(platforms) < 2:
        return
    used = platform_in_use(snapshot.sources)
    if platforms[0] != used:
        path = os.path.join(snapshot.root, platforms[0])
        yield _finding("RESTART-HAZARD", platforms[0], path, f"first by name, while {used} is in use")
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
            yield _finding("BROKEN-INSTALL", root.key or "", root.path, message)
        else:
            severity = _E if root.tier is Tier.CURRENT else _W
            yield _finding("DANGLING-ROOT", root.key or "", root.path, message, severity)


def some_names(packages: Iterable[str]) -> str:
    """Some packages in one line: the first few by name, and how many more there are."""
    names = sorted(packages)
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


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


def _span(seconds: float) -> str:
    for size, unit in ((86400.0, "d"), (3600.0, "h")):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds // 60:.0f} min"
