"""Who holds how many bytes, and what a removal would free. Pure: adds up measured trees, looks at no disk.

Four things can have a link to an inode of a config's tree: the tree itself, other configs (rare), libraries below
the store root (workers', builds'), and whatever is outside the root. The inode tells how many links there are;
where they are is known only of trees that were measured. So every answer has a part that is **not known**:
`unmeasured` trees, and links that nobody looked for. It is never guessed, and never counted as free.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from pkgstore.keys import ConfigKey, WorkerKey, WorkKey
from pkgstore.usage import NOTHING, Tree, TreeSize

LibraryKey = WorkerKey | WorkKey
"""A place below the store root, other than a config, whose trees may be hard links to configs."""

_Part = TypeVar("_Part", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Total:
    """The bytes of several trees, each inode once; `unmeasured` of the trees are not in it."""

    size: TreeSize = NOTHING
    unmeasured: int = 0

    @property
    def is_known(self) -> bool:
        """Whether every tree was measured, so that the size is the whole."""
        return not self.unmeasured


@dataclass(frozen=True, slots=True)
class Freed:
    """What the removal of some configs frees, each inode in one part only.

    `now`: all links are in what is removed. `after`: all other links are in measured libraries; frees when the last
    library of the set has gone. `kept`: another config, which stays, has a link. `outside`: it has a link that is
    nowhere below the store root: never freed from here, and a finding. `unknown`: it has links that nobody looked
    for. `unmeasured` configs are in no part.
    """

    now: TreeSize = NOTHING
    after: Mapping[frozenset[LibraryKey], TreeSize] = field(default_factory=dict)
    kept: TreeSize = NOTHING
    outside: TreeSize = NOTHING
    unknown: TreeSize = NOTHING
    unmeasured: int = 0

    @property
    def later(self) -> TreeSize:
        """What is freed when every library that holds a part of it has gone."""
        return sum(self.after.values(), NOTHING)

    def after_libraries(self, gone: Collection[LibraryKey]) -> TreeSize:
        """What is freed in all once these libraries have gone too."""
        left = frozenset(gone)
        return sum((size for libraries, size in self.after.items() if libraries <= left), self.now)


@dataclass(frozen=True, eq=False)
class Inventory:
    """Trees that were measured.

    `configs` and `libraries` have the measured trees; libraries are slow to measure, so there may be none, or a
    few. `all_configs` and `all_libraries` tell whether every one below the store root is among them: only then can
    it be known that a link is in none of them.
    """

    configs: Mapping[ConfigKey, Tree] = field(default_factory=dict)
    libraries: Mapping[LibraryKey, Tree] = field(default_factory=dict)
    all_configs: bool = False
    all_libraries: bool = False

    @cached_property
    def is_whole(self) -> bool:
        """Whether everything that may have a link below the store root was measured, and could be read."""
        return self.all_configs and self.all_libraries and not self.unread

    @cached_property
    def unread(self) -> int:
        """How many files and folders could not be looked at."""
        return sum(tree.unread for group in (self.configs, self.libraries) for tree in group.values())

    def own(self, key: ConfigKey) -> TreeSize | None:
        """What only this config's tree holds, and its removal frees at once; None where it was not measured."""
        tree = self.configs.get(key)
        return None if tree is None else tree.own

    def total(self, keys: Iterable[ConfigKey]) -> Total:
        """The bytes of some configs, an inode that several of them have counted once."""
        trees, unmeasured = self._chosen(keys)
        seen: set[int] = set()
        whole = NOTHING
        for tree in trees.values():
            whole += tree.own
            for identity, inode in tree.shared():
                if identity not in seen:
                    seen.add(identity)
                    whole += inode.size
        return Total(whole, unmeasured)

    def own_together(self, keys: Iterable[ConfigKey]) -> Total:
        """What only these configs hold together: all links of the inode are in their trees."""
        trees, unmeasured = self._chosen(keys)
        parts = _divided(trees.values(), _links_left(trees.values()), lambda _, links: links > 0)
        return Total(_own(trees.values()) + parts.get(False, NOTHING), unmeasured)

    def library_own(self, key: LibraryKey) -> TreeSize | None:
        """What is in a library and in no config: its own files, and packages that were evicted or changed.

        None where the library, or any config of the store, was not measured.
        """
        tree = self.libraries.get(key)
        if tree is None or not self.all_configs:
            return None
        theirs = dict(tree.shared())
        for config in self.configs.values():
            for identity, _ in config.shared():
                theirs.pop(identity, None)
        return sum((inode.size for inode in theirs.values()), tree.own)

    def freed(self, plan: Iterable[ConfigKey]) -> Freed:
        """What the removal of these configs frees now, later and never."""
        trees, unmeasured = self._chosen(plan)
        left = _links_left(trees.values())
        kept: set[int] = set()
        holders: dict[int, frozenset[LibraryKey]] = {}
        for key, tree in self.configs.items():
            if key not in trees:
                kept.update(_found(tree, left))
        for library, tree in self.libraries.items():
            for identity in _found(tree, left):
                holders[identity] = holders.get(identity, frozenset()) | {library}
        nowhere = "outside" if self.is_whole else "unknown"

        def part(identity: int, links: int) -> str | frozenset[LibraryKey]:
            if identity in kept:
                return "kept"
            return nowhere if links > 0 else holders.get(identity, "now")

        parts = _divided(trees.values(), left, part)
        return Freed(
            now=_own(trees.values()) + parts.get("now", NOTHING),
            after={group: size for group, size in parts.items() if isinstance(group, frozenset)},
            kept=parts.get("kept", NOTHING),
            outside=parts.get("outside", NOTHING),
            unknown=parts.get("unknown", NOTHING),
            unmeasured=unmeasured,
        )

    def linked_outside(self) -> dict[ConfigKey, TreeSize]:
        """The configs that have links outside the store root, with the bytes; empty where that cannot be known."""
        if not self.is_whole:
            return {}
        left = _links_left(self.configs.values())
        for tree in self.libraries.values():
            _found(tree, left)
        found: dict[ConfigKey, TreeSize] = {}
        for key, tree in self.configs.items():
            for identity, inode in tree.shared():
                if left[identity] > 0:
                    found[key] = found.get(key, NOTHING) + inode.size
        return found

    def _chosen(self, keys: Iterable[ConfigKey]) -> tuple[dict[ConfigKey, Tree], int]:
        """The trees of some configs, and how many of them were not measured."""
        wanted = set(keys)
        trees = {key: self.configs[key] for key in wanted if key in self.configs}
        return trees, len(wanted) - len(trees)


# --- where links are -------------------------------------------------------------------------------------


def _own(trees: Iterable[Tree]) -> TreeSize:
    """The bytes that are in one of the trees alone."""
    return sum((tree.own for tree in trees), NOTHING)


def _links_left(trees: Iterable[Tree]) -> dict[int, int]:
    """Of each inode that has a link outside its tree: how many links are in none of these trees."""
    left: dict[int, int] = {}
    for tree in trees:
        for identity, inode in tree.shared():
            left[identity] = left.get(identity, inode.links) - inode.here
    return left


def _found(tree: Tree, left: dict[int, int]) -> list[int]:
    """Take the links in another tree off those that are left; gives the inodes it has."""
    found = []
    for identity, inode in tree.shared():
        if identity in left:
            left[identity] -= inode.here
            found.append(identity)
    return found


def _divided(
    trees: Iterable[Tree], left: Mapping[int, int], part: Callable[[int, int], _Part]
) -> dict[_Part, TreeSize]:
    """The bytes of the inodes that have links outside their trees, each once, in the parts that `part` names.

    `part` is given the inode's identity, and how many of its links were found nowhere.
    """
    parts: dict[_Part, TreeSize] = {}
    seen: set[int] = set()
    for tree in trees:
        for identity, inode in tree.shared():
            if identity not in seen:
                seen.add(identity)
                name = part(identity, left[identity])
                parts[name] = parts.get(name, NOTHING) + inode.size
    return parts
