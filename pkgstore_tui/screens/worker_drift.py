"""How far each worker is from the app it fits best: worked out a few at a time, and kept. Knows no widget.

A library does not say which app it was made for. The app is the one with the manifest that is most like the
worker's, be that its current one or one to go back to; what differs is told against the current one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from pkgstore.drift import Drift, Matcher
from pkgstore.model import AppRecord, Tier, WorkerRecord

AT_ONCE: Final = 50
"""How many workers are looked at before their rows are shown: some hundredths of a second."""

FEW: Final = 20
"""More apps than these take a while to prepare; workers are shown before that."""

Manifest = Mapping[str, str]
Apps = Mapping[str, AppRecord]
Workers = Mapping[str, WorkerRecord]


@dataclass(frozen=True)
class Beside:
    """A worker's manifest beside that of the app it fits best; `tier` is the app's manifest it is held against.

    `match` is the manifest of the app (perhaps an older one) that is most like the worker's.
    """

    mine: Manifest
    theirs: Manifest
    tier: Tier
    match: Drift

    @property
    def app(self) -> str:
        """The app."""
        return self.match.app

    @property
    def is_close(self) -> bool:
        """Whether most of the packages are alike; if not, it is no more than the best guess there is."""
        return 2 * self.match.same > len(self.mine)

    @property
    def is_sure(self) -> bool:
        """Whether it is close, and no other app fits as well."""
        return self.is_close and not self.match.others

    @cached_property
    def differing(self) -> tuple[str, ...]:
        """The packages that are not as the app has them, by name."""
        found = {package for package, _ in self.mine.items() ^ self.theirs.items()}
        return tuple(sorted(found, key=lambda name: (name.casefold(), name)))


class Drifts:
    """What every worker is like. Only one thread at a time may ask."""

    def __init__(self) -> None:
        """Nothing is known."""
        self._apps: Apps = {}
        self._finder = _Finder(())
        self._age = 0
        self._has_begun = False
        self._found: dict[str, tuple[WorkerRecord, int, Beside | None]] = {}

    def look(self, apps: Apps, workers: Workers, most: int = AT_ONCE) -> bool:
        """Work out what is not known, of at most so many workers; those that changed come first.

        Returns:
            Whether all is known now.
        """
        if not self._has_begun and len(apps) > FEW:
            self._has_begun = True
            return False
        self._use(apps)
        self._found = {name: known for name, known in self._found.items() if name in workers}
        waiting = [name for name, record in workers.items() if not self._is_known(name, record)]
        waiting.sort(key=lambda name: not self._has_changed(name, workers[name]))
        for name in waiting[:most]:
            self._found[name] = workers[name], self._age, self._finder.beside(workers[name].manifest)
        return len(waiting) <= most

    def one(self, apps: Apps, record: WorkerRecord) -> Beside | None:
        """What one worker is held against, worked out now if need be."""
        self._use(apps)
        name = record.key.worker_id
        if not self._is_known(name, record):
            self._found[name] = record, self._age, self._finder.beside(record.manifest)
        return self._found[name][2]

    def of(self, worker: str) -> tuple[bool, Beside | None]:
        """Whether a worker was looked at, and what was found: nothing where no app has any of its packages."""
        known = self._found.get(worker)
        return (False, None) if known is None else (True, known[2])

    def _use(self, apps: Apps) -> None:
        if apps is self._apps:
            return
        if _manifests(apps) != _manifests(self._apps):
            self._finder = _Finder(apps.values())
            self._age += 1
        self._apps = apps

    def _is_known(self, worker: str, record: WorkerRecord) -> bool:
        known = self._found.get(worker)
        return known is not None and known[0] is record and known[1] == self._age

    def _has_changed(self, worker: str, record: WorkerRecord) -> bool:
        known = self._found.get(worker)
        return known is not None and known[0] is not record


def _manifests(apps: Apps) -> dict[str, list[tuple[Tier, Manifest | None]]]:
    return {name: [(found.tier, found.manifest) for found in app.manifests] for name, app in apps.items()}


class _Finder:
    """Finds the app that fits a worker, and what the worker is held against."""

    def __init__(self, apps: Iterable[AppRecord]) -> None:
        self._apps = {app.key.name: app for app in apps}
        self._matcher = Matcher(self._apps.values())

    def beside(self, manifest: Manifest | None) -> Beside | None:
        """The app that fits a manifest best; None where none has anything of it."""
        match = self._matcher.best(manifest)
        if manifest is None or match is None:
            return None
        app = self._apps[match.app]
        current = app.manifest(Tier.CURRENT)
        tier = match.tier if current is None else Tier.CURRENT
        return Beside(manifest, current if current is not None else app.manifest(tier) or {}, tier, match)
