"""Which app a worker belongs to, by best match, and how far it has moved away from that app's manifest. Pure.

A worker's library does not say which app it was made for: what is told here is the likeliest, no fact.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Final

from pkgstore.model import AppRecord, Tier, WorkerRecord

_ORDER: Final = {tier: place for place, tier in enumerate(Tier)}


@dataclass(frozen=True, slots=True)
class Drift:
    """A worker beside the manifest it is most like; all names are sorted.

    `changed` have another ref, `missing` are in the manifest only, `extra` in the worker only. `others` are apps
    with a manifest that is just as like.
    """

    app: str
    tier: Tier
    same: int
    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def differing(self) -> int:
        """How many packages are not as the manifest has them."""
        return len(self.changed) + len(self.missing) + len(self.extra)


@dataclass(frozen=True, slots=True)
class _Candidate:
    app: str
    tier: Tier
    manifest: Mapping[str, str]
    bits: int
    size: int


class Matcher:
    """Finds the best match of many workers among the same apps; a thousand workers take a second or less.

    Each (package, ref) of the apps has a bit, so that what two manifests share is counted in one step.
    """

    def __init__(self, apps: Iterable[AppRecord]) -> None:
        self._bits: dict[tuple[str, str], int] = defaultdict(count().__next__)
        self._candidates = [
            _Candidate(app.key.name, found.tier, found.manifest, self._bits_of(found.manifest), len(found.manifest))
            for app in apps
            for found in app.manifests
            if found.manifest
        ]
        self._known = dict(self._bits)

    def _bits_of(self, manifest: Mapping[str, str]) -> int:
        return _number(self._bits[pair] for pair in manifest.items())

    def best(self, manifest: Mapping[str, str] | None) -> Drift | None:
        """The manifest that is most like this one; None where none shares a ref with it."""
        if not manifest:
            return None
        known = self._known
        mine = _number(known[pair] for pair in manifest.items() if pair in known)
        scored = [
            (same / (len(manifest) + found.size - same), found)
            for found in self._candidates
            if (same := (found.bits & mine).bit_count())
        ]
        if not scored:
            return None
        top = max(score for score, _ in scored)
        alike = sorted((found for score, found in scored if score == top), key=_by_tier)
        others = sorted({found.app for found in alike} - {alike[0].app})
        return _drift(manifest, alike[0], tuple(others))


def _number(places: Iterable[int]) -> int:
    """The number that has these bits."""
    found = list(places)
    if not found:
        return 0
    row = bytearray(max(found) // 8 + 1)
    for place in found:
        row[place // 8] |= 1 << place % 8
    return int.from_bytes(row, "little")


def _by_tier(found: _Candidate) -> tuple[int, str]:
    return _ORDER[found.tier], found.app


def _drift(manifest: Mapping[str, str], found: _Candidate, others: tuple[str, ...]) -> Drift:
    both = manifest.keys() & found.manifest.keys()
    changed = {package for package in both if manifest[package] != found.manifest[package]}
    return Drift(
        app=found.app,
        tier=found.tier,
        same=len(both) - len(changed),
        changed=tuple(sorted(changed)),
        missing=tuple(sorted(found.manifest.keys() - both)),
        extra=tuple(sorted(manifest.keys() - both)),
        others=others,
    )


def best_app(worker: WorkerRecord, apps: Iterable[AppRecord]) -> Drift | None:
    """The app's manifest that one worker is most like; for many workers use a `Matcher`."""
    return Matcher(apps).best(worker.manifest)
