"""The plan's numbers are true: by the inodes of the whole disk, with files shared in every way there is."""

import os
import random
from pathlib import Path

import pytest
from cli_helpers import Runner

from builders import StoreBuilder


def disk_of(*folders: Path) -> int:
    """What all files below some folders take, each inode once; without the small files of the store itself."""
    found: dict[int, int] = {}
    for folder in folders:
        for parent, _, names in os.walk(folder):
            for name in (name for name in names if not name.endswith((".json", ".jsonl"))):
                status = os.lstat(os.path.join(parent, name))
                found[status.st_ino] = status.st_blocks * 512
    return sum(found.values())


def tangled(store: StoreBuilder, seed: int) -> None:
    """Configs that share files among each other, with workers, with a folder outside, and with themselves."""
    chance = random.Random(seed)
    trees = []
    for number in range(12):
        source = store.package(f"p{number}").source().config(used=f"{chance.randint(1, 90)}d")
        for name in range(6):
            (source.tree / f"f{name}").write_bytes(os.urandom(chance.randint(1, 20) * 1024))
        trees.append(source.tree)
    libraries = [store.worker("w1"), store.worker("w2"), store.root.parent / "outside"]
    libraries[2].mkdir()
    for number in range(40):
        tree = chance.choice(trees)
        target = chance.choice([*trees, *libraries])
        os.link(tree / f"f{chance.randint(0, 5)}", target / f"link{number}")


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("rule", [("--idle", "30d"), ("--max-freed", "150K"), ("--max-size", "400K")])
def test_what_is_said_to_come_free_comes_free(
    store: StoreBuilder, run: Runner, seed: int, rule: tuple[str, str]
) -> None:
    tangled(store, seed)
    everything = store.root.parent
    before = disk_of(everything)
    said = run("evict", *rule, "-n", "--libraries", "--json", "--store", store.root).json["freed"]

    ran = run("evict", *rule, "--yes", "--no-trash", "--json", "--store", store.root)

    assert ran.json["freed_bytes"] == said["now_bytes"] == before - disk_of(everything)


@pytest.mark.parametrize("seed", range(8))
def test_what_the_trash_is_said_to_hold_comes_free_with_it(store: StoreBuilder, run: Runner, seed: int) -> None:
    tangled(store, seed)
    said = run("evict", "--idle", "30d", "-n", "--json", "--store", store.root).json["freed"]["now_bytes"]
    ran = run("evict", "--idle", "30d", "--yes", "--json", "--store", store.root)
    assert ran.json["trash_bytes"] == said

    trees = disk_of(store.root.parent)
    records = sum(p.stat().st_blocks * 512 for p in store.root.glob(".pkgstore/trash/*/*/*/*/*.json"))
    freed = run("trash", "empty", "--yes", "--json", "--store", store.root).json["freed_bytes"]
    assert freed == said + records
    assert trees - disk_of(store.root.parent) == said


@pytest.mark.parametrize("seed", range(4))
def test_what_comes_free_later_does_when_the_workers_have_gone(store: StoreBuilder, run: Runner, seed: int) -> None:
    tangled(store, seed)
    said = run("evict", "--idle", "30d", "-n", "--libraries", "--json", "--store", store.root).json["freed"]
    run("evict", "--idle", "30d", "--yes", "--no-trash", "--store", store.root)
    for part in said["later"]:
        assert set(part["after"]) <= {"worker w1", "worker w2"}
    before = disk_of(store.root.parent)
    for name in ("w1", "w2"):
        for path in (store.root / ".workers" / name).iterdir():
            path.unlink()
    assert before - disk_of(store.root.parent) == sum(part["bytes"] for part in said["later"])
