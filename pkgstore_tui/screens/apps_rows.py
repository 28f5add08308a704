"""What an app's manifests and lockfile say, package by package, and how they differ. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from pkgstore.drift import Matcher
from pkgstore.model import AppRecord, LockfileRecord, Tier, WorkerRecord

TIERS: Final = (Tier.CURRENT, Tier.PREV, Tier.BUILD)
"""The manifests that an app can have."""


class Differs(Enum):
    """How one manifest's entry differs from the current one's; the value is for people."""

    SAME = "same"
    NEITHER = "in neither"
    VERSION = "another version"
    SOURCE = "another source"
    CONFIG = "another config"
    CAME = "came since"
    WENT = "went since"
    UNKNOWN = "there is no such file"


def differs(now: str, other: str | None, version_of: Callable[[str], str]) -> Differs:
    """How an entry of another manifest differs from the current one.

    Args:
        now: The current ref, empty where the manifest lacks the package.
        other: The other's ref (or only its source hash), empty likewise, None where there is no other.
        version_of: The version that a ref stands for.
    """
    if other is None:
        return Differs.UNKNOWN
    if not now or not other:
        return Differs.NEITHER if now == other else Differs.CAME if now else Differs.WENT
    if now == other or ("/" not in other and now.partition("/")[0] == other):
        return Differs.SAME
    if version_of(now) != version_of(other):
        return Differs.VERSION
    return Differs.CONFIG if now.partition("/")[0] == other.partition("/")[0] else Differs.SOURCE


@dataclass(frozen=True, slots=True)
class AppPackage:
    """A package of an app: its ref in each manifest and its store key in the lockfile.

    An empty one is not in that file, None says that there is no such file. `lockfile` is that file's path.
    """

    package: str
    current: str | None
    prev: str | None
    build: str | None
    lock: str | None
    lockfile: str = ""

    @property
    def others(self) -> tuple[str | None, ...]:
        """What the other files have of it: prev, build, lockfile."""
        return self.prev, self.build, self.lock

    @property
    def ref(self) -> str:
        """The current ref; empty where there is none."""
        return self.current or ""


def lock_keys(lockfile: LockfileRecord) -> dict[str, str]:
    """The store key of each package that a lockfile names; of several the first in it."""
    found: dict[str, str] = {}
    for key, name in lockfile.names.items():
        found.setdefault(name.package, key)
    return found


def app_packages(record: AppRecord) -> Iterator[AppPackage]:
    """Every package that one of an app's files names, by name."""
    current, prev, build = (record.manifest(tier) for tier in TIERS)
    lock = lock_keys(record.lockfile) if record.lockfile else None
    files = [manifest for manifest in (current, prev, build, lock) if manifest is not None]
    for package in sorted({name for names in files for name in names}, key=lambda name: (name.casefold(), name)):
        path = record.lockfile.path if record.lockfile else ""
        yield AppPackage(
            package,
            _entry(current, package),
            _entry(prev, package),
            _entry(build, package),
            _entry(lock, package),
            path,
        )


def _entry(manifest: Mapping[str, str] | None, package: str) -> str | None:
    return None if manifest is None else manifest.get(package, "")


# --- which app a worker belongs to ---------------------------------------------------------------------------


class Fits:
    """Says of each worker which app it fits best; remembers it for as long as neither changes."""

    def __init__(self) -> None:
        self._apps: object = None
        self._matcher = Matcher(())
        self._found: dict[str, tuple[WorkerRecord, str]] = {}

    def workers_of(
        self, apps: Mapping[str, AppRecord], workers: Mapping[str, WorkerRecord]
    ) -> Mapping[str, tuple[str, ...]]:
        """The workers that fit each app best, by the app's name."""
        if apps is not self._apps:
            self._apps, self._matcher, self._found = apps, Matcher(apps.values()), {}
        found: dict[str, list[str]] = {}
        self._found = {name: self._match(name, record) for name, record in workers.items()}
        for name, (_, app) in self._found.items():
            if app:
                found.setdefault(app, []).append(name)
        return {app: tuple(sorted(names)) for app, names in found.items()}

    def _match(self, name: str, record: WorkerRecord) -> tuple[WorkerRecord, str]:
        known = self._found.get(name)
        if known is not None and known[0] is record:
            return known
        drift = self._matcher.best(record.manifest)
        return record, drift.app if drift else ""
