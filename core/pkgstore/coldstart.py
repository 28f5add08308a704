"""Would a worker that is assembled from a manifest now get every package, and on which platform? Pure.

Rehearses without touching anything: what an app is started from now, and what it can be rolled back to, against
every platform folder, the one in use and the one that the reference picks after a restart among them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from pkgstore._root import Pair, problem
from pkgstore.keys import SourceKey
from pkgstore.model import AppRecord, ConfigRecord, LockfileRecord, Tier
from pkgstore.snapshot import Snapshot


class Lack(Enum):
    """Why a package is not there, or will not stay so; the value is for people."""

    MALFORMED = "its ref names no config, so that the whole assembly fails"
    PHANTOM = "configs.json lists it, but its tree is gone"
    OTHER_PLATFORM = "stored under another platform only"
    OTHER_BUILD = "stored, but built against other packages"
    GONE = "nothing of this source is stored"
    UNLISTED = "starts, but configs.json lacks it, so that the next build compiles it again"


@dataclass(frozen=True, slots=True)
class Target:
    """What an app's workers are started from, or would be after a rollback.

    `manifest` is None where it cannot be read; `lockfile` is the app's, None where there is none.
    """

    app: str
    tier: Tier
    path: str
    manifest: Mapping[str, str] | None
    lockfile: LockfileRecord | None = None

    @property
    def owner(self) -> str:
        """Whose it is and which, for people: ``shop (prev)``."""
        return f"{self.app} ({self.tier.value})"


@dataclass(frozen=True, slots=True)
class ColdStart:
    """What one platform has of a manifest; `platform` is empty where the store has none yet.

    `missing` have no tree, so that a worker starts without them; `unlisted` have one that no build finds. Sorted.
    """

    platform: str
    packages: int
    missing: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()

    @property
    def to_compile(self) -> tuple[str, ...]:
        """What the next build has to compile before all is there again."""
        return tuple(sorted({*self.missing, *self.unlisted}))


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """One target on every platform, in the order of their names; none where its manifest cannot be read."""

    target: Target
    starts: tuple[ColdStart, ...] = ()

    def on(self, platform: str) -> ColdStart | None:
        """How it starts on a platform; None where it was not rehearsed there."""
        return next((start for start in self.starts if start.platform == platform), None)


@dataclass(frozen=True, slots=True)
class Gap:
    """A package that a start lacks, or will lack, and why.

    `is_locked` tells whether the app's pak.lock names this very source, so that its next build compiles it; None
    where there is no lockfile that could tell. `elsewhere` are the platforms that have it.
    """

    package: str
    ref: str
    lack: Lack
    is_locked: bool | None = None
    elsewhere: tuple[str, ...] = ()


_MISSING, _UNLISTED, _THERE = "missing", "unlisted", ""


@dataclass(frozen=True, eq=False)
class Stock:
    """What each platform has, for many rehearsals; looks up each (package, ref) once. Make it with `stock_of`.

    `platforms` are sorted; one without a name stands for a store that has none. `picked` is the one that the
    reference takes after a restart, `in_use` the one that it builds for now; either may be empty.
    """

    snapshot: Snapshot
    platforms: tuple[str, ...]
    picked: str
    in_use: str
    _known: dict[str, dict[Pair, str]] = field(default_factory=dict)

    @property
    def that_count(self) -> tuple[str, ...]:
        """The platforms that somebody starts on: now, or after a restart; all, where neither is known."""
        found = tuple(name for name in self.platforms if name and name in (self.picked, self.in_use))
        return found or self.platforms

    def rehearse(self, manifest: Mapping[str, str], platforms: Iterable[str] = ()) -> tuple[ColdStart, ...]:
        """Rehearse a manifest on some platforms; on all, where none is named."""
        return tuple(self._start(name, manifest) for name in platforms or self.platforms)

    def _start(self, platform: str, manifest: Mapping[str, str]) -> ColdStart:
        known = self._known.setdefault(platform, {})
        missing: list[str] = []
        unlisted: list[str] = []
        for pair in manifest.items():
            state = known.get(pair)
            if state is None:
                state = known[pair] = self._state(platform, *pair)
            if state:
                (missing if state == _MISSING else unlisted).append(pair[0])
        return ColdStart(platform, len(manifest), tuple(sorted(missing)), tuple(sorted(unlisted)))

    def _state(self, platform: str, package: str, ref: str) -> str:
        config = self._config(platform, package, ref)
        if config is None or not config.has_tree:
            return _MISSING
        return _THERE if config.listed else _UNLISTED

    def _config(self, platform: str, package: str, ref: str) -> ConfigRecord | None:
        source_hash, _, config_hash = ref.partition("/")
        record = self.snapshot.sources.get(SourceKey(platform, package, source_hash))
        configs = record.configs if record is not None else ()
        return next((config for config in configs if config.key.config_hash == config_hash), None)

    def rehearsals(self, targets: Iterable[Target], platforms: Iterable[str] = ()) -> Iterator[Rehearsal]:
        """Rehearse targets on some platforms; on all, where none is named."""
        wanted = tuple(platforms)
        for target in targets:
            starts = () if target.manifest is None else self.rehearse(target.manifest, wanted)
            yield Rehearsal(target, starts)

    def gaps(self, target: Target, start: ColdStart) -> Iterator[Gap]:
        """Every package that a start lacks, or that the next build compiles again, by name, and why."""
        manifest = target.manifest or {}
        locked = target.lockfile.names if target.lockfile else None
        missing = frozenset(start.missing)
        for package in start.to_compile:
            ref = manifest[package]
            is_locked = None if locked is None else ref.partition("/")[0] in locked
            elsewhere = tuple(n for n in self.platforms if n != start.platform and self._has(n, package, ref))
            lack = self._lack(start.platform, package, ref) if package in missing else Lack.UNLISTED
            if lack in (Lack.GONE, Lack.OTHER_BUILD) and elsewhere:
                lack = Lack.OTHER_PLATFORM
            yield Gap(package, ref, lack, is_locked, elsewhere)

    def _has(self, platform: str, package: str, ref: str) -> bool:
        return self._state(platform, package, ref) != _MISSING

    def _lack(self, platform: str, package: str, ref: str) -> Lack:
        if problem(package, ref):
            return Lack.MALFORMED
        config = self._config(platform, package, ref)
        if config is not None and config.listed:
            return Lack.PHANTOM
        record = self.snapshot.sources.get(SourceKey(platform, package, ref.partition("/")[0]))
        is_built = record is not None and any(config.has_tree for config in record.configs)
        return Lack.OTHER_BUILD if is_built else Lack.GONE


def restart_platform(folders: Iterable[str]) -> str:
    """The platform that the reference picks after a restart: the first by name that has a ``-`` and no leading dot.

    Args:
        folders: The names of the folders in the store root, in any order.

    Returns:
        Its name; empty where there is none (API: RecoverPlatform).
    """
    return min((name for name in folders if "-" in name and not name.startswith(".")), default="")


def stock_of(snapshot: Snapshot, *, in_use: str = "", folders: Iterable[str] = ()) -> Stock:
    """What each platform has.

    Args:
        snapshot: A reading of the store, with its apps.
        in_use: The platform that is built for now.
        folders: The platform folders on the disk: one that holds nothing is picked after a restart all the same.
    """
    named = (name for name in folders if "-" in name)
    platforms = tuple(sorted({*snapshot.platforms, *named})) or ("",)
    return Stock(snapshot, platforms, restart_platform(platforms), in_use)


def targets_of(apps: Iterable[AppRecord]) -> Iterator[Target]:
    """What each app can be started from: its current manifest, and its rollback targets, in the order of tiers."""
    for app in apps:
        for found in app.manifests:
            yield Target(app.key.name, found.tier, found.path, found.manifest, app.lockfile)
