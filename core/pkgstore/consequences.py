"""What an eviction leads to: bytes that come free now, later or never, and what would break. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from pkgstore.accounts import Freed, Inventory
from pkgstore.keys import ConfigKey
from pkgstore.model import Tier
from pkgstore.roots import Root, Roots

_BREAKS = {
    Tier.WORKER: "its next live install breaks; what runs now keeps its files",
    Tier.CURRENT: "its next cold start is incomplete",
    Tier.PREV: "a rollback to the state before the last refresh is incomplete",
    Tier.BUILD: "a rollback to the state as first deployed is incomplete",
    Tier.PINNED: "it was pinned on purpose",
}


@dataclass(frozen=True, slots=True)
class Break:
    """What one root loses: some of its packages, sorted by name, and what that leads to, for people."""

    root: Root
    configs: tuple[ConfigKey, ...]

    @property
    def effect(self) -> str:
        """What happens to whoever needs them."""
        return _BREAKS[self.root.tier]


@dataclass(frozen=True, slots=True)
class Consequences:
    """`freed`: the bytes. `breaks`: what would break, the strongest root first."""

    freed: Freed
    breaks: tuple[Break, ...]


def consequences(keys: Iterable[ConfigKey], roots: Roots, inventory: Inventory) -> Consequences:
    """What follows from the removal of some configs.

    Args:
        keys: What is removed.
        roots: What must not be lost, those that are let go of too.
        inventory: The trees that were measured; libraries too where what comes free later is to be known.
    """
    chosen = sorted(keys)
    lost: dict[str, list[ConfigKey]] = {}
    found: dict[str, Root] = {}
    for key in chosen:
        for root in roots.holders(key):
            found[root.id] = root
            lost.setdefault(root.id, []).append(key)
    in_order = [root for root in roots.roots if root.id in found]
    return Consequences(inventory.freed(chosen), tuple(Break(root, tuple(lost[root.id])) for root in in_order))
