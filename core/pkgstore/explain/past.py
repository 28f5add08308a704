"""What is known to have been in the store: refs that manifests name, or that a journal says were evicted. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pkgstore._root import Pair
from pkgstore.roots import Roots

Evicted = Mapping[Pair, str]
"""Why a (package, ref) is known to have been in the store, by that pair, as words that follow "evicted: ":
``app shop (rollback: .prev) names it``, ``evicted 3d ago by an operation of the journal``."""


@dataclass(frozen=True, eq=False)
class Past:
    """What was in the store; `refs` is an `Evicted`, from whatever source: manifests, a journal, or both."""

    refs: Evicted = field(default_factory=dict)

    @cached_property
    def sources(self) -> Mapping[Pair, tuple[tuple[str, str], ...]]:
        """The (config hash, why) of each (package, source hash)."""
        found: dict[Pair, list[tuple[str, str]]] = {}
        for (package, ref), why in sorted(self.refs.items()):
            source, _, config = ref.partition("/")
            found.setdefault((package, source), []).append((config, why))
        return {key: tuple(items) for key, items in found.items()}


def past_of(roots: Roots, journal: Evicted | None = None) -> Past:
    """What the manifests in reach name and no platform has, and what a journal tells.

    Args:
        roots: Those of a snapshot; the strongest root that names a ref is its reason.
        journal: Refs that a journal of evictions names; its words go before those of the manifests.
    """
    named = {pair: f"{_first(roots, pair)} names it" for pair in roots.lacking}
    return Past({**named, **(journal or {})})


def _first(roots: Roots, pair: Pair) -> str:
    holders = roots.holders_of(*pair)
    return holders[0].owner if holders else "a manifest"
