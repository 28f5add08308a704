"""As few removals as are enough, also where several configs hold the same files."""

import os
from pathlib import Path

import pytest

from builders import StoreBuilder
from pkgstore.accounts import Inventory
from pkgstore.cheapest import cheapest, marginal
from pkgstore.keys import ConfigKey
from pkgstore.usage import read_tree

KIB = 1024


class Trees:
    """Configs by name, in the order in which they may go."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys: list[ConfigKey] = []

    def add(self, name: str, *, own: int = 0, shared: tuple[str, ...] = ()) -> None:
        tree = self.folder / name
        tree.mkdir()
        if own:
            (tree / "own").write_bytes(b"x" * own * KIB)
        for other in shared:
            pool = self.folder / f"pool-{other}"
            if not pool.exists():
                pool.write_bytes(b"x" * 64 * KIB)
            os.link(pool, tree / other)
        self.keys.append(ConfigKey("4.5-x", name, "s", "c"))

    def inventory(self, *, outside: tuple[str, ...] = ()) -> Inventory:
        """What was measured; pools that are not `outside` are linked from configs alone."""
        for pool in self.folder.glob("pool-*"):
            if pool.name.removeprefix("pool-") not in outside:
                pool.unlink()
        return Inventory({key: read_tree(str(self.folder / key.package)) for key in self.keys})

    def chosen(self, wanted: int, *, outside: tuple[str, ...] = ()) -> tuple[list[str], bool]:
        taken, enough = cheapest(self.inventory(outside=outside), self.keys, wanted * KIB)
        return [key.package for key in taken], enough


@pytest.fixture
def trees(store: StoreBuilder) -> Trees:
    return Trees(store.root)


def test_the_first_that_are_enough(trees: Trees) -> None:
    for name in "abc":
        trees.add(name, own=64)
    assert trees.chosen(1) == (["a"], True)
    assert trees.chosen(64) == (["a"], True)
    assert trees.chosen(65) == (["a", "b"], True)
    assert trees.chosen(1000) == (["a", "b", "c"], False)
    assert trees.chosen(0) == ([], True)


def test_what_only_two_of_them_hold_comes_free_with_the_second(trees: Trees) -> None:
    trees.add("a", shared=("p",))
    trees.add("b", shared=("p",))
    assert trees.chosen(10) == (["a", "b"], True)
    assert list(marginal(trees.inventory(), trees.keys).values()) == [0, 64 * KIB]


def test_what_is_held_elsewhere_too_is_a_loss_without_gain(trees: Trees) -> None:
    trees.add("a", shared=("p",))
    trees.add("b", own=64)
    assert trees.chosen(10, outside=("p",)) == (["b"], True)


def test_the_first_half_of_a_pair_is_left_out_when_the_second_is_not_needed(trees: Trees) -> None:
    trees.add("a", shared=("p",))
    trees.add("b", own=64)
    trees.add("c", shared=("p",))
    assert trees.chosen(10) == (["b"], True)
    assert trees.chosen(100) == (["a", "b", "c"], True)


def test_what_was_not_measured_is_never_taken(trees: Trees) -> None:
    trees.add("a", own=64)
    unknown = ConfigKey("4.5-x", "unknown", "s", "c")
    taken, enough = cheapest(trees.inventory(), [unknown, *trees.keys], 10 * KIB)
    assert ([key.package for key in taken], enough) == (["a"], True)
