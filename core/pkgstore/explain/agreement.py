"""Whether an app's lockfile gives the store-manifest beside it (LOCK-DISAGREES). Pure, over a snapshot.

A rollback restores only the manifest, so that an explanation by the lockfile would mislead: this is said first.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pkgstore.keys import SourceKey, config_hash
from pkgstore.model import AppRecord, Lockfile, Tier
from pkgstore.resolve import LockIndex, key_or_none
from pkgstore.snapshot import Snapshot

CODE = "LOCK-DISAGREES"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Whether a lockfile gives a manifest: `agrees` is None where that is not known, and `reason` then says why.

    `sources` are the packages that the manifest has of another source, `configs` those that were built against
    something else, `only_lockfile` those that the manifest lacks: all of them mean that they disagree. What is
    `only_manifest` may be carried over from an earlier build, which is no disagreement. `unknown` are those of
    which nothing tells what they would be built against. Each sorted.
    """

    app: str
    agrees: bool | None
    sources: tuple[str, ...] = ()
    configs: tuple[str, ...] = ()
    only_lockfile: tuple[str, ...] = ()
    only_manifest: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    reason: str = ""

    @property
    def differing(self) -> int:
        """How many packages disagree."""
        return len(self.sources) + len(self.configs) + len(self.only_lockfile)


def app_of(snapshot: Snapshot, path: str) -> AppRecord | None:
    """The app with a store-manifest whose pak.lock a path is; None where it is nobody's."""
    wanted = os.path.realpath(path)
    for app in snapshot.apps.values():
        if app.manifests and app.lockfile is not None and os.path.realpath(app.lockfile.path) == wanted:
            return app
    return None


def agreement_of(snapshot: Snapshot, app: AppRecord, lockfile: Lockfile, platform: str) -> Agreement:
    """Whether an app's lockfile gives its present store-manifest.

    Args:
        snapshot: A reading of the store.
        app: The app.
        lockfile: Its pak.lock.
        platform: The platform folder that the lockfile names.
    """
    name = app.key.name
    manifest = app.manifest(Tier.CURRENT)
    if manifest is None:
        there = any(found.tier is Tier.CURRENT for found in app.manifests)
        return Agreement(name, None, reason="it cannot be read" if there else "the app has none")
    wanted = {entry.package: key_or_none(entry) for entry in lockfile.real_entries}  # the last entry is ingested
    both = sorted(wanted.keys() & manifest.keys())
    sources = tuple(package for package in both if manifest[package].partition("/")[0] != wanted[package])
    others = {package: manifest[package] for package in both if package not in sources}
    fits = dict(_fits(snapshot, platform, LockIndex.of(lockfile), others))
    configs = tuple(package for package, fit in fits.items() if fit is False)
    unknown = tuple(package for package, fit in fits.items() if fit is None)
    only = tuple(sorted(wanted.keys() - manifest.keys())), tuple(sorted(manifest.keys() - wanted.keys()))
    agrees = False if sources or configs or only[0] else None if unknown else True
    reason = "what they link to is recorded nowhere in the store" if agrees is None else ""
    return Agreement(name, agrees, sources, configs, *only, unknown, reason)


def agreement_in_sources(app: AppRecord) -> Agreement:
    """Whether an app's pak.lock names the sources that its store-manifest has, by what a reading took from both.

    Looks at no file, and not at what anything was built against, so that all apps are compared at once. Of a
    package that stands in the lockfile twice either source will do.
    """
    name, manifest, lockfile = app.key.name, app.manifest(Tier.CURRENT), app.lockfile
    if lockfile is None:
        return Agreement(name, None, reason="it has no pak.lock")
    if lockfile.refused:
        return Agreement(name, None, reason=f"its pak.lock cannot be used: {lockfile.refused}")
    if manifest is None:
        return Agreement(name, None, reason="it has no store-manifest.json that can be read")
    locked: dict[str, set[str]] = {}
    for key, found in lockfile.names.items():
        locked.setdefault(found.package, set()).add(key)
    both = sorted(manifest.keys() & locked.keys())
    sources = tuple(package for package in both if manifest[package].partition("/")[0] not in locked[package])
    only = tuple(sorted(locked.keys() - manifest.keys())), tuple(sorted(manifest.keys() - locked.keys()))
    return Agreement(name, not (sources or only[0]), sources, (), *only)


def _fits(
    snapshot: Snapshot, platform: str, index: LockIndex, manifest: Mapping[str, str]
) -> Iterator[tuple[str, bool | None]]:
    """Whether each package was built against what the lockfile has; None where nothing tells what it links to."""
    for package, ref in manifest.items():
        source, _, config = ref.partition("/")
        record = snapshot.sources.get(SourceKey(platform, package, source))
        if record is None or not any(found.listed for found in record.configs):
            yield package, None
        else:
            yield package, config_hash(index.linking_keys(record.linkingto)) == config
