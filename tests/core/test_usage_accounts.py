"""Who holds how many bytes: counted by inode on real trees with links within, to libraries and to the outside."""

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from builders import PLATFORM, StoreBuilder
from intercept import before
from pkgstore.accounts import Freed, Inventory, LibraryKey, Total
from pkgstore.keys import ConfigKey, WorkerKey, WorkKey
from pkgstore.layout import Layout
from pkgstore.progress import Cancel, Progress
from pkgstore.usage import NOTHING, Tree, TreeSize, read_tree, read_trees, tree_paths

BLOCK = 4096
A, B, C = (ConfigKey(PLATFORM, name, "s", "c") for name in ("a", "b", "c"))
W1, W2 = WorkerKey("w1"), WorkerKey("w2")
BUILD = WorkKey(".builds", "one")


class Disk:
    """A store of a few trees, with files of a chosen number of blocks."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.layout = Layout(str(root))

    def path(self, key: ConfigKey | LibraryKey) -> Path:
        return Path(tree_paths(self.layout, [key])[key])

    def file(self, key: ConfigKey | LibraryKey, name: str, blocks: int = 1) -> Path:
        path = self.path(key) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * (BLOCK * blocks))
        return path

    def link(self, path: Path, key: ConfigKey | LibraryKey, name: str) -> Path:
        new = self.path(key) / name
        new.parent.mkdir(parents=True, exist_ok=True)
        os.link(path, new)
        return new

    def inventory(
        self, configs: Iterable[ConfigKey], libraries: Iterable[LibraryKey] = (), *, whole: bool = False
    ) -> Inventory:
        trees = dict(read_trees(tree_paths(self.layout, configs)))
        others = dict(read_trees(tree_paths(self.layout, libraries)))
        return Inventory(trees, others, all_configs=whole, all_libraries=whole)  # type: ignore[arg-type]


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path / "store")


def blocks(count: int, files: int = 1) -> TreeSize:
    return TreeSize(BLOCK * count, BLOCK * count, files)


# --- one tree --------------------------------------------------------------------------------------------


def test_a_tree_without_links_is_all_its_own(disk: Disk) -> None:
    disk.file(A, "R/code", 2)
    disk.file(A, "DESCRIPTION")
    tree = read_tree(str(disk.path(A)))
    assert tree == Tree(blocks(3, 2), blocks(3, 2), disk.path(A).stat().st_dev)
    assert list(tree.shared()) == []


def test_a_link_within_the_tree_is_its_own_and_counted_once(disk: Disk) -> None:
    disk.link(disk.file(A, "R/code", 2), A, "R/again")
    tree = read_tree(str(disk.path(A)))
    assert (tree.size, tree.own) == (blocks(2), blocks(2))


def test_a_file_linked_from_elsewhere_is_not_its_own(disk: Disk) -> None:
    code = disk.file(A, "R/code", 2)
    disk.link(code, A, "R/again")
    disk.link(code, W1, "a/R/code")
    disk.file(A, "DESCRIPTION")
    tree = read_tree(str(disk.path(A)))
    assert (tree.size, tree.own) == (blocks(3, 2), blocks(1))
    [(identity, inode)] = tree.shared()
    status = code.stat()
    assert identity == status.st_dev << 64 | status.st_ino
    assert inode == (status.st_ino, 3, 2, 2 * BLOCK, 2 * BLOCK)


def test_what_cannot_be_read_is_counted_as_such(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    disk.file(A, "DESCRIPTION")
    disk.file(A, "R/code")

    def refuse(path: str) -> None:
        if path.endswith("/R"):
            raise PermissionError(13, "Permission denied")

    before(monkeypatch, refuse, "scandir")
    tree = read_tree(str(disk.path(A)))
    assert (tree.size, tree.unread) == (blocks(1), 1)


def test_what_is_gone_is_nothing_and_no_failure(disk: Disk) -> None:
    assert read_tree(str(disk.path(A))) == Tree()


def test_many_trees_count_progress_and_stop_when_asked(disk: Disk) -> None:
    for key in (A, B, C):
        disk.file(key, "DESCRIPTION")
    progress, cancel = Progress(), Cancel()
    found = []
    for key, tree in read_trees(tree_paths(disk.layout, [A, B, C]), progress=progress, cancel=cancel):
        found.append((key, tree.size))
        if key == B:
            cancel.set()
    assert found == [(A, blocks(1)), (B, blocks(1))]
    assert (progress.done, progress.total) == (2, 3)


def test_a_name_that_may_not_reach_the_disk_has_no_path(disk: Disk) -> None:
    bad = [ConfigKey(PLATFORM, "..", "s", "c"), WorkerKey("a/b"), WorkKey(".builds", "..")]
    assert list(tree_paths(disk.layout, [*bad, A])) == [A]


# --- sums ------------------------------------------------------------------------------------------------


def test_a_file_that_two_configs_share_counts_once(disk: Disk) -> None:
    disk.link(disk.file(A, "shared", 4), B, "shared")
    disk.file(B, "alone")
    inventory = disk.inventory([A, B])
    assert inventory.total([A, B]) == Total(blocks(5, 2))
    assert inventory.total([A]) == Total(blocks(4))
    assert (inventory.own(A), inventory.own(B)) == (NOTHING, blocks(1))
    assert inventory.own_together([A, B]) == Total(blocks(5, 2))


def test_what_was_not_measured_is_said(disk: Disk) -> None:
    disk.file(A, "DESCRIPTION")
    inventory = disk.inventory([A])
    assert inventory.own(B) is None
    assert inventory.total([A, B]) == Total(blocks(1), unmeasured=1)
    assert not inventory.total([A, B]).is_known
    assert inventory.freed([A, B]) == Freed(now=blocks(1), unmeasured=1)
    assert inventory.library_own(W1) is None


def test_a_library_owns_what_is_in_no_config(disk: Disk) -> None:
    disk.link(disk.file(A, "DESCRIPTION"), W1, "a/DESCRIPTION")
    disk.file(W1, ".packages.json", 2)
    disk.link(disk.file(W1, "gone/DESCRIPTION", 8), W2, "gone/DESCRIPTION")  # its config was evicted
    assert disk.inventory([A], [W1], whole=True).library_own(W1) == blocks(10, 2)
    assert disk.inventory([A], [W1]).library_own(W1) is None, "another config may hold it"


# --- what a plan frees -----------------------------------------------------------------------------------


def test_frees_now_what_only_the_plan_holds(disk: Disk) -> None:
    disk.link(disk.file(A, "shared", 4), B, "shared")
    disk.file(A, "alone")
    disk.file(C, "stays")
    assert disk.inventory([A, B, C]).freed([A, B]) == Freed(now=blocks(5, 2))


def test_keeps_what_another_config_has(disk: Disk) -> None:
    disk.link(disk.file(A, "shared", 4), B, "shared")
    disk.file(A, "alone")
    assert disk.inventory([A, B]).freed([A]) == Freed(now=blocks(1), kept=blocks(4))


def test_frees_the_rest_when_the_last_worker_ends(disk: Disk) -> None:
    both = disk.file(A, "both", 2)
    disk.link(both, W1, "a/both")
    disk.link(both, W2, "a/both")
    disk.link(disk.file(A, "one", 4), W1, "a/one")
    disk.file(A, "now", 8)
    freed = disk.inventory([A], [W1, W2]).freed([A])
    assert freed.now == blocks(8)
    assert freed.after == {frozenset({W1, W2}): blocks(2), frozenset({W1}): blocks(4)}
    assert freed.later == blocks(6, 2)
    assert freed.after_libraries([W1]) == blocks(12, 2)
    assert freed.after_libraries([W1, W2]) == blocks(14, 3)
    assert freed.after_libraries([]) == freed.now


def test_a_build_s_library_holds_links_as_a_worker_s_does(disk: Disk) -> None:
    disk.link(disk.file(A, "one"), BUILD, "lib/a/one")
    assert disk.inventory([A], [BUILD]).freed([A]) == Freed(after={frozenset({BUILD}): blocks(1)})


def test_a_link_that_nobody_looked_for_is_not_known(disk: Disk) -> None:
    disk.link(disk.file(A, "one"), W1, "a/one")
    assert disk.inventory([A]).freed([A]) == Freed(unknown=blocks(1))
    assert disk.inventory([A]).linked_outside() == {}


def test_a_link_outside_the_root_never_frees_and_is_a_finding(disk: Disk, tmp_path: Path) -> None:
    out = disk.file(A, "out", 4)
    disk.link(out, W1, "a/out")
    os.link(out, tmp_path / "outside")
    disk.file(A, "now")
    assert disk.inventory([A], [W1], whole=True).freed([A]) == Freed(now=blocks(1), outside=blocks(4))
    assert disk.inventory([A], [W1], whole=True).linked_outside() == {A: blocks(4)}
    assert disk.inventory([A], [W1]).freed([A]) == Freed(now=blocks(1), unknown=blocks(4))


def test_no_link_is_outside_where_all_are_found(disk: Disk) -> None:
    shared = disk.file(A, "shared")
    disk.link(shared, B, "shared")
    disk.link(shared, W1, "a/shared")
    assert disk.inventory([A, B], [W1], whole=True).linked_outside() == {}


def test_a_tree_that_could_not_be_read_leaves_links_unknown(disk: Disk) -> None:
    disk.link(disk.file(A, "one"), W1, "a/one")
    trees = dict(read_trees({A: str(disk.path(A))}))
    inventory = Inventory(trees, {W1: Tree(unread=1)}, all_configs=True, all_libraries=True)
    assert not inventory.is_whole
    assert inventory.freed([A]) == Freed(unknown=blocks(1))


def test_the_parts_of_a_plan_are_all_of_its_bytes(disk: Disk, tmp_path: Path) -> None:
    disk.file(A, "now")
    disk.link(disk.file(A, "kept", 2), B, "kept")
    disk.link(disk.file(A, "later", 3), W1, "a/later")
    os.link(disk.file(A, "out", 4), tmp_path / "outside")
    inventory = disk.inventory([A, B], [W1], whole=True)
    freed = inventory.freed([A])
    parts = (freed.now, freed.later, freed.kept, freed.outside, freed.unknown)
    assert sum(parts, NOTHING) == inventory.total([A]).size == blocks(10, 4)


def test_measuring_changes_no_time(disk: Disk) -> None:
    path = disk.file(A, "one")
    os.utime(disk.path(A), (1, 2))
    before = (path.stat(), disk.path(A).stat())
    list(read_trees(tree_paths(disk.layout, [A])))
    assert [s.st_mtime_ns for s in before] == [path.stat().st_mtime_ns, disk.path(A).stat().st_mtime_ns]


def test_real_trees_of_a_store(tmp_path: Path) -> None:
    store = StoreBuilder(tmp_path / "store")
    source = store.package("sf").source().config({"Rcpp": "1.0"})
    files = [path for path in source.tree.rglob("*") if path.is_file()]
    size = read_tree(str(source.tree)).size
    assert size.apparent == sum(path.stat().st_size for path in files)
    assert size.disk == sum(path.stat().st_blocks * 512 for path in files)
    assert size.files == len(files) == 3
