"""What is wrong with workers' libraries and with what apps are assembled from, by a reading. Pure.

`Libraries` remembers what it found: of a thousand workers only those are looked through again whose manifest
changed, or of whose packages the store says something else now.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pkgstore._finding import Finding, Severity, finding, some_names
from pkgstore.coldstart import Stock, stock_of
from pkgstore.explain.audit import Audit, audit_app, audit_worker
from pkgstore.findings import platform_in_use
from pkgstore.keys import SourceKey
from pkgstore.model import AppRecord, SourceRecord, Tier, WorkerRecord
from pkgstore.names import Names
from pkgstore.snapshot import Snapshot

TOLD_OF_CONFIGS: Final = frozenset({"MIXED-PLATFORM", "PARTIAL-CONFIG", "WEAK-KEY"})
"""What the rules for configs tell already, once for each of them."""

DEEP: Final = frozenset({"ABI-DEPTH"})
"""What is no fault by the store's own rules, and told only when it is asked for."""

Owner = WorkerRecord | AppRecord


@dataclass(frozen=True, slots=True)
class _Known:
    owner: Owner
    packages: frozenset[str]
    findings: tuple[Finding, ...]


class Libraries:
    """What was found in each library; one for one store, for one thread at a time."""

    def __init__(self, *, deep: bool = False) -> None:
        """Nothing was looked through yet; `deep` tells advice on builds of builds, too."""
        self._deep = deep
        self._known: dict[object, _Known] = {}
        self._sources: Mapping[SourceKey, SourceRecord] = {}
        self._platforms: tuple[str, ...] = ()

    def findings(
        self, snapshot: Snapshot, names: Names, before_each: Callable[[], object] = lambda: None
    ) -> Iterator[Finding]:
        """What is wrong with each library, the apps first.

        Args:
            snapshot: A reading of the store.
            names: What its hashes stand for.
            before_each: Called before each library that is looked through; may raise to stop.
        """
        changed, stock = self._changed(snapshot), stock_of(snapshot)
        known: dict[object, _Known] = {}
        owners: list[Owner] = [*snapshot.apps.values(), *snapshot.workers.values()]
        for owner in owners:
            found = self._known.get(owner.key)
            if found is None or found.owner is not owner or changed is None or changed & found.packages:
                before_each()
                found = self._look(stock, names, owner)
            known[owner.key] = found
            yield from found.findings
        self._known, self._sources, self._platforms = known, snapshot.sources, snapshot.platforms

    def _changed(self, snapshot: Snapshot) -> frozenset[str] | None:
        """The packages of which the store says something else than the last time; None: perhaps all of them."""
        before, now = self._sources, snapshot.sources
        if snapshot.platforms != self._platforms:
            return None
        if before is now:
            return frozenset()
        gone = {key.package for key in before if key not in now}
        return frozenset(
            gone.union(key.package for key, record in now.items() if _differs(before.get(key), record))
        )

    def _look(self, stock: Stock, names: Names, owner: Owner) -> _Known:
        found = self._audited(stock.snapshot, names, owner)
        if isinstance(owner, AppRecord):
            found = (*found, *_start(stock, owner))
            manifest = owner.manifest(Tier.CURRENT)
        else:
            manifest = owner.manifest
        return _Known(owner, frozenset(manifest or ()), found)

    def _audited(self, snapshot: Snapshot, names: Names, owner: Owner) -> tuple[Finding, ...]:
        audit: Audit
        if isinstance(owner, AppRecord):
            audit = audit_app(snapshot, names, owner, deep=True)
        else:
            audit = audit_worker(snapshot, names, owner, deep=True)
        left_out = TOLD_OF_CONFIGS if self._deep else TOLD_OF_CONFIGS | DEEP
        told = (each for each in audit.findings if each.code not in left_out)
        return tuple(each for each in told if each.code != "ABI-BLIND" or _is_there(snapshot, owner, each))


def _is_there(snapshot: Snapshot, owner: Owner, found: Finding) -> bool:
    """Whether the store has any of the packages still: a live install of what is gone just fails."""
    manifest = (owner.manifest(Tier.CURRENT) if isinstance(owner, AppRecord) else owner.manifest) or {}
    configs = (snapshot.config_of(package, manifest.get(package, "")) for package in found.packages)
    return any(config is not None and config.has_tree for config in configs)


def _differs(before: SourceRecord | None, now: SourceRecord) -> bool:
    """Whether the store says something else of a source than when it was last used."""
    if before is now:
        return False
    return before is None or _said(before) != _said(now)


def _said(record: SourceRecord) -> object:
    configs = [(c.key, c.listed, c.has_tree, c.linking_to_keys, c.built, c.version) for c in record.configs]
    return record.linkingto, record.damage, configs


def _start(stock: Stock, app: AppRecord) -> Iterator[Finding]:
    """A worker is assembled from one platform: all that a manifest names has to be in the one that is in use."""
    manifest = app.manifest(Tier.CURRENT)
    if len(stock.snapshot.platforms) < 2 or not manifest:
        return
    starts = {start.platform: start for start in stock.rehearse(manifest)}
    everywhere = set.intersection(*(set(start.missing) for start in starts.values()))
    used = platform_in_use(stock.snapshot.sources)
    lacks = [name for name in starts[used].missing if name not in everywhere]  # the others are told as gone
    if lacks:
        path = next(found.path for found in app.manifests if found.tier is Tier.CURRENT)
        message = (
            f"{app.key.name} (current): only another platform than {used}, which is in use, has {some_names(lacks)}"
        )
        yield finding("DANGLING-ROOT", app.key, path, message, Severity.WARNING, tuple(lacks))
