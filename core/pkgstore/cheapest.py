"""What the removal of one config after another frees, and how few of them are enough. Pure, over measured trees.

An inode that several configs share is freed with the last of them, and only if nothing else has a link.
"""

from collections.abc import Iterable, Sequence

from pkgstore.accounts import Inventory
from pkgstore.keys import ConfigKey
from pkgstore.usage import Tree


class _Removal:
    """The links that are left while one tree after another is taken away."""

    def __init__(self) -> None:
        self._left: dict[int, int] = {}

    def take(self, tree: Tree) -> int:
        """Bytes that this removal frees."""
        freed = tree.own.disk
        for identity, inode in tree.shared():
            left = self._left.get(identity, inode.links) - inode.here
            self._left[identity] = left
            freed += inode.disk if left <= 0 else 0
        return freed

    def gains_by(self, tree: Tree) -> bool:
        """Whether anything of a tree that was taken is free now."""
        return tree.own.disk > 0 or any(self._left.get(identity, 1) <= 0 for identity, _ in tree.shared())


def marginal(inventory: Inventory, keys: Iterable[ConfigKey]) -> dict[ConfigKey, int]:
    """What each removal frees now, in this order; configs that were not measured are left out."""
    removal = _Removal()
    return {key: removal.take(tree) for key in keys if (tree := inventory.configs.get(key)) is not None}


def cheapest(inventory: Inventory, keys: Sequence[ConfigKey], wanted: int) -> tuple[dict[ConfigKey, int], bool]:
    """As few configs as are enough to free so many bytes, the first ones of `keys` first.

    A removal that frees nothing, neither alone nor with the others, is a loss without a gain, and is left out.

    Args:
        inventory: The measured trees.
        keys: What may go, the cheapest loss first.
        wanted: Bytes.

    Returns:
        What each chosen config frees, and whether all of it is enough.
    """
    useful = _useful(inventory, keys)
    removal = _Removal()
    taken: dict[ConfigKey, int] = {}
    total = 0
    for key in useful:
        if total >= wanted:
            break
        taken[key] = removal.take(inventory.configs[key])
        total += taken[key]
    chosen = {key: freed for key, freed in taken.items() if removal.gains_by(inventory.configs[key])}
    return chosen, total >= wanted


def _useful(inventory: Inventory, keys: Sequence[ConfigKey]) -> list[ConfigKey]:
    """The configs whose removal frees something if all of them go."""
    removal = _Removal()
    measured = [key for key in keys if key in inventory.configs]
    for key in measured:
        removal.take(inventory.configs[key])
    return [key for key in measured if removal.gains_by(inventory.configs[key])]
