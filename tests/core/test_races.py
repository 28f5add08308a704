"""Real processes on one store at the same time, some of them killed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from builders import PLATFORM, LibraryBuilder, StoreBuilder, config_hash, entry, source_hash, write_lockfile
from pkgstore import Store, read_lockfile
from pkgstore.layout import Layout
from pkgstore.locks import break_stale, list_locks

COUNT = 200
CONFIGS = 4


def lay_out(folder: Path, number: int) -> None:
    """A library with sf, compiled against one of a few versions of Rcpp."""
    LibraryBuilder(folder / str(number) / "lib").package("sf", "1.0", linkingto="Rcpp")
    version = f"1.{number % CONFIGS}"
    write_lockfile(folder / str(number) / "pak.lock", entry("sf"), entry("Rcpp", version))


def ingest_at_once(root: Path, folder: Path, kills: int = 0, inside: int = 0, seed: int = 0) -> int:
    """How many processes ended well."""
    for number in range(COUNT + 1):
        lay_out(folder, number)
    program = Path(__file__).with_name("ingest_many.py")
    done = subprocess.run(
        [sys.executable, program, root, folder, str(COUNT), str(kills), str(inside), str(seed)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stderr == ""
    return int(done.stdout)


def assert_whole(root: Path) -> None:
    """One tree for each config, all listed, each with its sidecar, nothing else, no lock."""
    source = root / PLATFORM / "sf" / source_hash("sf", "1.0")
    configs = {config_hash({"Rcpp": f"1.{number}"}) for number in range(CONFIGS)}
    document = json.loads((source / "configs.json").read_text())
    assert set(document["configs"]) == configs
    assert document["linkingto"] == ["Rcpp"]
    assert set(os.listdir(source)) == {"configs.json", *configs, *(f"{name}.json" for name in configs)}
    for name in configs:
        assert sorted(os.listdir(source / name)) == ["DESCRIPTION", "R", "libs"]
        assert json.loads((source / f"{name}.json").read_text())["created_at"]
    assert os.listdir(root / ".locks" / PLATFORM / "sf") == []


def test_200_processes_that_ingest_one_source_leave_one_tree_a_config(store: StoreBuilder, tmp_path: Path) -> None:
    assert ingest_at_once(store.root, tmp_path / "builds") == COUNT
    assert_whole(store.root)


@pytest.mark.parametrize("seed", range(2))
def test_the_same_while_a_third_of_them_is_killed(store: StoreBuilder, tmp_path: Path, seed: int) -> None:
    folder = tmp_path / "builds"
    well = ingest_at_once(store.root, folder, kills=COUNT // 3, inside=2 + 3 * seed, seed=seed)
    assert COUNT - COUNT // 3 <= well <= COUNT
    for lock in list_locks(Layout(str(store.root))):  # the last that was killed may have held one
        os.utime(lock.path, (0, 0))
        assert break_stale(lock.path)
    for number in range(CONFIGS):
        lay_out(folder / "again", number)
        lockfile = read_lockfile(folder / "again" / str(number) / "pak.lock")
        Store(store.root, PLATFORM).ingest_packages(lockfile, folder / "again" / str(number) / "lib")
    assert_whole(store.root)
