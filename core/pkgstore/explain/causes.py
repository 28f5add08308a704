"""Why many packages are compiled at once: what they have in common, and the changed packages at the root. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pkgstore.explain.decisions import Decision
from pkgstore.explain.near_sources import NearestSources
from pkgstore.explain.nearest import LinkPair, Nearest
from pkgstore.explain.verdicts import Verdict

Cause = tuple[str, str]
"""A reason that packages may share: ``("links", "Rcpp")``, ``("source", "COMMIT")``, ``("verdict", "phantom")``."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A changed package at the root of rebuilds: `packages` are those that are compiled since it changed, sorted.

    `wanted` is its store key in the lockfile, None where that lacks it; `stored` are the keys that the nearest
    configs have, sorted: more than one where they were built against different ones.
    """

    package: str
    wanted: str | None
    stored: tuple[str, ...]
    packages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shared:
    """How many of the other packages that are compiled share a reason with one."""

    same: int
    others: int


def causes_of(decision: Decision, near: Nearest, sources: NearestSources) -> frozenset[Cause]:
    """What a package is compiled for; nothing where it is not."""
    if not decision.verdict.is_miss:
        return frozenset()
    if decision.changed:
        return frozenset(("links", name) for name in decision.changed)
    if decision.verdict in {Verdict.PHANTOM, Verdict.UNLISTED, Verdict.NOT_IN_REFERENCE, Verdict.EVICTED}:
        return frozenset({("verdict", decision.verdict.value)})
    if near.differing:
        return frozenset(("links", pair.key) for pair in near.differing)
    if sources.sources:
        return frozenset(("source", source.difference.name) for source in sources.sources)
    return frozenset({("verdict", decision.verdict.value)})


def shared_of(causes: Sequence[frozenset[Cause]]) -> list[Shared]:
    """For each package, how many others that are compiled have a cause in common with it; in the same order."""
    compiled = sum(map(bool, causes))
    members: dict[Cause, set[int]] = {}
    for place, found in enumerate(causes):
        for cause in found:
            members.setdefault(cause, set()).add(place)
    known: dict[frozenset[Cause], int] = {}
    result = []
    for found in causes:
        if found not in known:
            known[found] = len(set().union(*(members[cause] for cause in found))) if found else 0
        result.append(Shared(known[found] - 1, compiled - 1) if found else Shared(0, compiled))
    return result


def counted_verdicts(decisions: Iterable[Decision]) -> list[tuple[Verdict, int]]:
    """How often each verdict was given: of what is compiled the most frequent first, then of the rest."""
    counts = Counter(decision.verdict for decision in decisions)
    order = {verdict: place for place, verdict in enumerate(Verdict)}
    return sorted(counts.items(), key=lambda item: (not item[0].is_miss, -item[1], order[item[0]]))


def cascade_of(rows: Iterable[tuple[Decision, Nearest]], keys: Mapping[str, str | None]) -> list[Changed]:
    """The changed packages at the root of the rebuilds, those that cause most first.

    Args:
        rows: Each decision, with what was nearest.
        keys: The store key that the lockfile has for a name (`LockIndex.first_keys`).
    """
    compiled: dict[str, set[str]] = {}
    stored: dict[str, set[str]] = {}
    for decision, near in rows:
        if not decision.verdict.is_miss:
            continue
        pairs = {pair.key: pair for pair in near.differing}
        for name in _roots_of(decision, near.differing):
            compiled.setdefault(name, set()).add(decision.package)
            pair = pairs.get(name)
            stored.setdefault(name, set()).update([pair.after] if pair is not None and pair.after else [])
    found = [
        Changed(name, keys.get(name), tuple(sorted(stored[name])), tuple(sorted(packages)))
        for name, packages in compiled.items()
    ]
    return sorted(found, key=lambda changed: (-len(changed.packages), changed.package))


def _roots_of(decision: Decision, differing: Sequence[LinkPair]) -> Iterable[str]:
    """The linked packages that are the reason: at run time what changed, else what the nearest config tells."""
    if decision.changed:
        return decision.changed
    if decision.verdict in {Verdict.CONFIG_MISS, Verdict.PARTIAL_KEY}:
        return [pair.key for pair in differing]
    return ()
