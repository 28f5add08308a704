"""Which app a worker belongs to, by best match, and how far it has moved away from that app's manifest. Pure.

A worker's library does not say which app it was made for: what is told here is the likeliest, no fact.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Final, NamedTuple

from pkgstore._bit_sums import at_least, highest, places_of, sum_at, sums_of
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


class _Candidate(NamedTuple):
    app: str
    tier: Tier
    manifest: Mapping[str, str]


class Matcher:
    """Finds the best match of many workers among the same apps; a thousand workers take a second or less.

    Each manifest of an app has a bit. Each (package, ref) has the number of the manifests that name it, and adding
    those up tells at once how much each manifest has in common with a worker's.
    """

    def __init__(self, apps: Iterable[AppRecord]) -> None:
        self._candidates = [
            _Candidate(app.key.name, found.tier, found.manifest)
            for app in apps
            for found in app.manifests
            if found.manifest
        ]
        self._masks: dict[tuple[str, str], int] = {}
        for place, found in enumerate(self._candidates):
            for pair in found.manifest.items():
                self._masks[pair] = self._masks.get(pair, 0) | 1 << place

    def best(self, manifest: Mapping[str, str] | None) -> Drift | None:
        """The manifest that is most like this one; None where none shares a ref with it."""
        alike = self._likeliest(manifest or {})
        if manifest is None or not alike:
            return None
        first = min(alike, key=_by_tier)
        return _drift(manifest, first, tuple(sorted({found.app for found in alike} - {first.app})))

    def _likeliest(self, manifest: Mapping[str, str]) -> list[_Candidate]:
        """The manifests that share the largest part of both with this one; none where none shares anything."""
        masks, known = self._masks, self._candidates
        digits = sums_of(masks[pair] for pair in manifest.items() if pair in masks)
        if not digits:
            return []

        def share(place: int) -> float:
            same = sum_at(digits, place)
            return same / (len(manifest) + len(known[place].manifest) - same)

        least = max(map(share, places_of(highest(digits))))  # so much of this one at least has the best in common
        shares = {place: share(place) for place in places_of(at_least(digits, ceil(least * len(manifest)) - 1))}
        top = max(shares.values())
        return [known[place] for place, found in shares.items() if found == top]


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
