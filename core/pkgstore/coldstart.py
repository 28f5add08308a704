"""Would a worker that is assembled from a manifest now get every package? Pure, over a snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass

from pkgstore.keys import SourceKey
from pkgstore.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class ColdStart:
    """What one platform has of a manifest: how many packages it names, and those that have no tree, sorted."""

    platform: str
    packages: int
    missing: tuple[str, ...]


def missing_on(snapshot: Snapshot, platform: str, manifest: Mapping[str, str]) -> tuple[str, ...]:
    """The packages of a manifest whose tree a platform lacks, sorted; a malformed ref has none anywhere."""
    return tuple(sorted(name for name, ref in manifest.items() if not _has(snapshot, platform, name, ref)))


def rehearse(snapshot: Snapshot, manifest: Mapping[str, str]) -> tuple[ColdStart, ...]:
    """Rehearse a cold start on every platform, the one that lacks least first.

    Args:
        snapshot: A reading of the store.
        manifest: Package to ref, as a store-manifest has it.
    """
    found = [
        ColdStart(platform, len(manifest), missing_on(snapshot, platform, manifest))
        for platform in snapshot.platforms
    ]
    return tuple(sorted(found, key=lambda start: (len(start.missing), start.platform)))


def _has(snapshot: Snapshot, platform: str, package: str, ref: str) -> bool:
    source_hash, _, config_hash = ref.partition("/")
    record = snapshot.sources.get(SourceKey(platform, package, source_hash))
    return record is not None and any(c.has_tree and c.key.config_hash == config_hash for c in record.configs)
