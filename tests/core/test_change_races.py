"""Changes of a store that meet each other, and the reference's way of reading trees, in processes of their own."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from evicting import evict_to_trash, restore

from builders import PLATFORM, LibraryBuilder, StoreBuilder, entry, write_lockfile
from kill_points import assert_harmless, assert_whole_tree
from pkgstore import Store, read_lockfile
from pkgstore.errors import LockBusy
from pkgstore.layout import Layout
from pkgstore.locks import LockRules, list_locks
from pkgstore.operations.events import Done, EvictResult, Failed
from pkgstore.operations.evict import apply_evict, plan_evict
from pkgstore.scan import read_snapshot
from pkgstore.trash import list_trash

QUICK = LockRules(timeout=60.0, retry=(0.001, 0.005))


def at_once(*actions: Callable[[], object]) -> list[int]:
    """Do several things in a process each, as nearly at the same moment as can be; their exit codes."""
    gate_out, gate_in = os.pipe()
    children = []
    for action in actions:
        child = os.fork()
        if child == 0:
            code = 99
            try:
                os.close(gate_in)
                os.read(gate_out, 1)
                action()
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    os.close(gate_in)
    os.close(gate_out)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def big_tree(tree: Path) -> int:
    """A tree of many files, so that reading it takes a while; how many it has."""
    for folder in range(12):
        (tree / f"d{folder}").mkdir()
        for number in range(25):
            (tree / f"d{folder}" / f"f{number}").write_text("x")
    return sum(1 for path in tree.rglob("*") if path.is_file())


def copy_against_eviction(world: Path, operation: str, delay: float) -> str:
    """``cp -al`` as the reference's assembly does it, while the tree is evicted: whole, or an error."""
    store = StoreBuilder(world / "store")
    source = store.package("sf").source().config(used="40d")
    count = big_tree(source.tree)
    layout, target = Layout(str(store.root)), world / "copy"
    plan = plan_evict(read_snapshot(str(store.root)), PLATFORM, 30 * 86400.0, now=store.now)
    copying = subprocess.Popen(["cp", "-al", source.tree, target], stderr=subprocess.DEVNULL)
    time.sleep(delay)  # not waiting for a fact: spreads the trials over the time that cp takes
    done = list(apply_evict(layout, plan, operation=operation))[-1]
    assert done.result.removed == 1
    got = sum(1 for path in target.rglob("*") if path.is_file()) if copying.wait(60) == 0 else -1
    assert got in {-1, count}, f"{got} of {count} files, and exit code 0"
    return "error" if got < 0 else "whole"


def trials(tmp_path: Path, count: int) -> set[str]:
    ended = set()
    for number in range(count):
        world = tmp_path / f"{number}"
        operation = "20261126T191500-evict-3f2a" if number % 2 else ""
        ended.add(copy_against_eviction(world, operation, (number % 20) * 0.0004))
    return ended


def test_a_copy_of_the_very_tree_is_whole_or_an_error(tmp_path: Path) -> None:
    assert trials(tmp_path, 20)


@pytest.mark.campaign
def test_300_copies_of_the_very_tree_are_whole_or_an_error(tmp_path: Path) -> None:
    assert trials(tmp_path, 300) == {"whole", "error"}


def test_two_sweepers_at_once_take_each_config_once(store: StoreBuilder) -> None:
    for number in range(30):
        store.package(f"p{number}").source().config({"Rcpp": "2"}, used="40d").config({"Rcpp": "1"}, used="50d")
    names = [f"20261126T19150{number}-sweep-000{number}" for number in range(3)]
    assert at_once(*(lambda name=name: evict_to_trash(store, name) for name in names)) == [0] * 3
    assert list(read_snapshot(str(store.root)).configs()) == []
    kept = [item.key for folder in list_trash(Layout(str(store.root))) for item in folder.items if item.has_tree]
    assert len(kept) == len(set(kept)) == 60
    for name in {folder.name for folder in list_trash(Layout(str(store.root)))}:
        restore(store, operation=name)
    assert (
        sum(c.listed and c.has_tree and bool(c.last_used) for c in read_snapshot(str(store.root)).configs()) == 60
    )
    assert_harmless(store.root)


@pytest.mark.parametrize("round_", range(6))
def test_an_ingest_of_the_very_config_that_is_evicted(store: StoreBuilder, tmp_path: Path, round_: int) -> None:
    store.package("sf").source().config(used="40d")
    library = LibraryBuilder(tmp_path / "lib").package("sf").path
    lockfile = read_lockfile(write_lockfile(tmp_path / "pak.lock", entry("sf")))

    def ingest() -> None:
        Store(store.root, PLATFORM).ingest_packages(lockfile, library)

    def evict() -> None:
        layout = Layout(str(store.root))
        plan = plan_evict(read_snapshot(layout.root), PLATFORM, 30 * 86400.0, now=store.now)
        list(apply_evict(layout, plan, operation="20261126T191500-evict-3f2a", rules=QUICK))

    assert at_once(*((ingest, evict) if round_ % 2 else (evict, ingest))) == [0, 0]
    assert_harmless(store.root)
    trees = [path.parent for path in store.root.glob(f"{PLATFORM}/sf/*/*/DESCRIPTION")]
    trees += [path.parent for path in (store.root / ".pkgstore").rglob("DESCRIPTION")]
    assert trees
    for tree in trees:
        assert_whole_tree(tree, "sf")
    in_store = list(read_snapshot(str(store.root)).configs())
    assert all(config.listed and config.has_tree and config.last_used for config in in_store)
    assert list_locks(Layout(str(store.root))) == []


def test_emptying_while_restoring_is_one_or_the_other(store: StoreBuilder) -> None:
    from pkgstore.operations.empty import apply_empty, plan_empty

    for number in range(20):
        store.package(f"p{number}").source().config(used="40d")
    evict_to_trash(store)
    layout = Layout(str(store.root))
    codes = at_once(lambda: restore(store), lambda: list(apply_empty(layout, plan_empty(layout))))
    assert codes[1] == 0
    assert_harmless(store.root)
    assert all(c.listed and c.has_tree for c in read_snapshot(str(store.root)).configs())


def test_a_lock_of_the_references_kind_is_waited_for_and_never_removed(store: StoreBuilder) -> None:
    source = store.package("sf").source().config(used="40d")
    lock = source.locked("20m")
    inode = os.stat(lock).st_ino
    plan = plan_evict(read_snapshot(str(store.root)), PLATFORM, 30 * 86400.0, now=store.now)
    failed, done = apply_evict(Layout(str(store.root)), plan, rules=LockRules(timeout=0.05, retry=(0.01, 0.02)))
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, LockBusy)
    assert done == Done(EvictResult(failed=1))
    assert os.stat(lock).st_ino == inode
    assert source.tree.is_dir()
