"""The stored configs that come nearest to a wanted one, and who was built against them. Pure, over a snapshot.

Looks only at the configs of one source, so the size of the store does not matter.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pkgstore.compare import Change, Pair, pairs_of
from pkgstore.explain.decisions import Decision
from pkgstore.explain.verdicts import Verdict
from pkgstore.keys import AppKey, SourceKey, WorkerKey, to_bytes
from pkgstore.model import ConfigRecord, SourceRecord
from pkgstore.roots import Roots
from pkgstore.snapshot import Snapshot

LinkPair = Pair[str, str]
"""A linked package with both its store keys: ``before`` is wanted, ``after`` is stored."""

STATES: Mapping[Change, str] = {
    Change.SAME: "same",
    Change.CHANGED: "changed",
    Change.CAME: "missing here",
    Change.WENT: "missing there",
}
"""How the two sides of a linked package stand: here is the lockfile, there is the stored config."""


@dataclass(frozen=True, slots=True)
class Users:
    """Who was built against a config: names of apps and workers, sorted; `others` are builds and pins."""

    apps: tuple[str, ...] = ()
    workers: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NearConfig:
    """A stored config that comes near: every linked package side by side, by name, and who was built against it."""

    config: ConfigRecord
    links: tuple[LinkPair, ...]
    users: Users

    @property
    def differing(self) -> tuple[LinkPair, ...]:
        """The linked packages that are not the same on both sides."""
        return tuple(pair for pair in self.links if pair.change is not Change.SAME)

    @property
    def distance(self) -> tuple[int, int]:
        """How many linked packages differ in value, and how many names one side lacks."""
        changed = sum(pair.change is Change.CHANGED for pair in self.links)
        return changed, len(self.differing) - changed


@dataclass(frozen=True, slots=True)
class Nearest:
    """All configs that are equally near, the one used last first; `nothing` says why there is none to compare."""

    configs: tuple[NearConfig, ...] = ()
    nothing: str = ""

    @property
    def differing(self) -> tuple[LinkPair, ...]:
        """What differs from every one of them, by name; from any, where nothing differs from all."""
        found = [{pair.key: pair for pair in near.differing} for near in self.configs]
        if not found:
            return ()
        everywhere = set.intersection(*map(set, found))
        names = everywhere or set().union(*found)
        return tuple(next(pairs[name] for pairs in found if name in pairs) for name in sorted(names))


def nearest_configs(snapshot: Snapshot, roots: Roots, decision: Decision) -> Nearest:
    """The configs of the wanted source that come nearest to what a decision wanted.

    Args:
        snapshot: A reading of the store.
        roots: Those of the same reading.
        decision: What `decide` said; only of a miss or an ABI rebuild there is anything to compare.
    """
    if not decision.verdict.is_miss or decision.source is None or decision.verdict is Verdict.NOT_IN_REFERENCE:
        return Nearest()
    record = snapshot.sources.get(decision.source)
    if record is None or not record.configs:
        return Nearest(nothing="nothing to compare with: no config of this source is stored")
    if decision.resolution is None or decision.resolution.key is None:
        return Nearest(nothing="nothing to compare with: which config is wanted is not known")
    usable = [config for config in record.configs if config.has_tree and config.listed]
    if not usable:
        return Nearest(nothing=f"nothing to compare with: {_unusable(record)}")
    wanted = decision.links
    ranked = {config.key.config_hash: distance(wanted, config.linking_to_keys) for config in usable}
    least = min(ranked.values())
    near = [config for config in usable if ranked[config.key.config_hash] == least]
    near.sort(key=lambda config: (-(config.last_used or 0.0), config.key.config_hash))
    return Nearest(tuple(_near(roots, wanted, config) for config in near))


def distance(wanted: Mapping[str, str], stored: Mapping[str, str]) -> tuple[int, int]:
    """How many linked packages differ in value, and how many names one side lacks; both count, values first."""
    both = wanted.keys() & stored.keys()
    return sum(wanted[name] != stored[name] for name in both), len(wanted.keys() ^ stored.keys())


def _near(roots: Roots, wanted: Mapping[str, str], config: ConfigRecord) -> NearConfig:
    pairs = sorted(pairs_of(wanted, config.linking_to_keys), key=lambda pair: to_bytes(pair.key))
    return NearConfig(config, tuple(pairs), users_of(roots, config))


def _unusable(record: SourceRecord) -> str:
    gone = sum(config.is_phantom for config in record.configs)
    if gone == len(record.configs):
        return "every config of this source has lost its tree"
    return "of what is stored of this source nothing says what it was built against"


def users_of(roots: Roots, config: ConfigRecord) -> Users:
    """Who holds a config."""
    apps: set[str] = set()
    workers: set[str] = set()
    others: set[str] = set()
    for root in roots.holders(config.key):
        match root.key:
            case AppKey(name):
                apps.add(name)
            case WorkerKey(name):
                workers.add(name)
            case _:
                others.add(root.owner)
    return Users(*(tuple(sorted(names)) for names in (apps, workers, others)))


def records_of(snapshot: Snapshot, package: str) -> Iterator[SourceRecord]:
    """Every source of a package, on every platform, by platform and source hash."""
    for packages in snapshot.packages.values():
        yield from packages.get(package, ())


def with_tree(records: Iterable[SourceRecord]) -> Iterator[SourceRecord]:
    """Those of which something is really there."""
    return (record for record in records if any(config.has_tree for config in record.configs))


def is_stored(snapshot: Snapshot, key: SourceKey) -> bool:
    """Whether a source has a config with a tree."""
    record = snapshot.sources.get(key)
    return record is not None and any(config.has_tree for config in record.configs)
