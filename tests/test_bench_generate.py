"""The maker of stores: as many of everything as asked for, valid by the library's own reading, equal by seed."""

import os
from collections import Counter
from pathlib import Path

import pytest

from bench.generate import Generated, Size, generate, main
from pkgstore.codec import encode_store_configs, read_store_configs, read_store_manifest
from pkgstore.keys import config_hash, store_key
from pkgstore.layout import Layout
from pkgstore.lockfile import platform_from_lockfile, read_lockfile
from pkgstore.model import ConfigRecord
from pkgstore.scan import read_snapshot
from pkgstore.snapshot import Snapshot

NOW = 1_800_000_000.0
DAY = 86_400.0


def made(folder: Path, size: Size | None = None, seed: int = 1) -> tuple[Generated, Snapshot]:
    store = generate(str(folder / ".pkg-store"), size or Size(), seed, now=NOW)
    return store, read_snapshot(store.root)


def refs(snapshot: Snapshot) -> set[tuple[str, str]]:
    return {(config.key.package, config.key.ref) for config in snapshot.configs() if config.has_tree}


def test_makes_as_many_as_asked_for(tmp_path: Path) -> None:
    size = Size(packages=30, sources=80, configs=170, workers=4, worker_packages=12, apps=3)
    store, snapshot = made(tmp_path, size)
    assert len({key.package for key in snapshot.sources}) == 30
    assert len(snapshot.sources) == 80
    assert len(list(snapshot.configs())) == 170
    assert [len(worker.manifest or {}) for worker in snapshot.workers.values()] == [12] * 4
    assert sorted(os.listdir(store.apps_folder)) == [".pkg-store", "app-0001", "app-0002", "app-0003"]


def test_the_library_finds_nothing_wrong(tmp_path: Path) -> None:
    store, snapshot = made(tmp_path)
    assert snapshot.damage == ()
    assert [config for config in snapshot.configs() if config.is_phantom or config.is_orphan_tree] == []
    assert all(config_hash(config.linking_to_keys) == config.key.config_hash for config in snapshot.configs())
    layout = Layout(store.root)
    for key in snapshot.sources:
        path = Path(layout.configs(key))
        assert path.read_bytes() == encode_store_configs(read_store_configs(path))


def test_trees_are_what_their_configs_say(tmp_path: Path) -> None:
    _, snapshot = made(tmp_path)
    linked = {config.key.package: config for config in snapshot.configs() if config.linking_to_keys}
    assert linked, "some packages link to others"
    for config in snapshot.configs():
        assert config.version
        assert config.built.startswith("R 4.5.2; x86_64-pc-linux-gnu" if config.linking_to_keys else "R 4.5.2; ;")
    sources = {(key.package, key.source_hash) for key in snapshot.sources}
    assert {pair for config in linked.values() for pair in config.linking_to_keys.items()} <= sources


def test_a_tree_has_the_files_of_a_package(tmp_path: Path) -> None:
    store, snapshot = made(tmp_path)
    key = next(snapshot.configs()).key
    tree = Path(Layout(store.root).config(key))
    found = {str(path.relative_to(tree)) for path in tree.rglob("*") if path.is_file()}
    assert found == {"DESCRIPTION", "NAMESPACE", f"R/{key.package}.rdb", "Meta/package.rds"}


def test_last_uses_are_spread_over_400_days(tmp_path: Path) -> None:
    _, snapshot = made(tmp_path)
    ages = [(NOW - (config.last_used or 0)) / DAY for config in snapshot.configs()]
    assert 0 <= min(ages) < 10
    assert 300 < max(ages) <= 400


def test_every_manifest_names_what_is_there(tmp_path: Path) -> None:
    store, snapshot = made(tmp_path)
    there = refs(snapshot)
    for worker in snapshot.workers.values():
        assert set((worker.manifest or {}).items()) <= there
    for name in ("", ".prev", ".build"):
        manifest = read_store_manifest(Path(store.apps_folder) / "app-0001" / f"store-manifest.json{name}")
        assert manifest
        assert set(manifest.items()) <= there


def test_a_lockfile_gives_its_app_s_manifest(tmp_path: Path) -> None:
    store, snapshot = made(tmp_path)
    app = Path(store.apps_folder) / "app-0001"
    lockfile = read_lockfile(app / "pak.lock")
    keys = {entry.package: store_key(entry) for entry in lockfile.real_entries}
    manifest = read_store_manifest(app / "store-manifest.json")
    assert {name: ref.split("/")[0] for name, ref in manifest.items()} == keys
    assert snapshot.platforms == (platform_from_lockfile(lockfile),)
    records = {(c.key.package, c.key.ref): c for c in snapshot.configs()}
    for pair in manifest.items():  # built against what the app itself has
        assert records[pair].linking_to_keys.items() <= keys.items()


def everything(folder: Path) -> dict[str, tuple[bytes, float]]:
    """Every file's bytes, and the mtime where it means something."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime if path.suffix == ".json" else 0)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "configs.json"
    }


def test_equal_seeds_give_equal_stores(tmp_path: Path) -> None:
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        (tmp_path / name).mkdir()
        made(tmp_path / name, seed=seed)
    assert everything(tmp_path / "a") == everything(tmp_path / "b")
    assert everything(tmp_path / "a") != everything(tmp_path / "c")


def test_linked_workers_share_their_files_with_the_store(tmp_path: Path) -> None:
    store, snapshot = made(tmp_path, Size(linked_workers=1))
    first, second = list(store.shape.workers)[:2]
    library = Path(Layout(store.root).worker(first))
    package, ref = next(iter((snapshot.workers[first].manifest or {}).items()))
    theirs = (library / package / "DESCRIPTION").stat().st_ino
    ours = (Path(store.root) / snapshot.platforms[0] / package / ref / "DESCRIPTION").stat().st_ino
    assert theirs == ours
    assert list((Path(Layout(store.root).worker(second))).glob("*/*")) == []


def kind(config: ConfigRecord) -> str:
    if config.is_phantom:
        return "phantom"
    if config.is_orphan_sidecar:
        return "orphan-sidecar"
    if config.is_orphan_tree:
        return "unlisted" if config.last_used is not None else "no-sidecar"
    return "whole"


def test_damage_is_sprinkled_in_turn(tmp_path: Path) -> None:
    _, snapshot = made(tmp_path, Size(damage=8))
    kinds = Counter(kind(config) for config in snapshot.configs())
    assert kinds == {"whole": 92, "phantom": 2, "no-sidecar": 2, "unlisted": 2, "orphan-sidecar": 2}


def test_a_second_process_makes_the_same_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    made(tmp_path / "a")
    monkeypatch.setattr("bench.generate._FORK_ABOVE", 0)
    made(tmp_path / "b")
    assert everything(tmp_path / "a") == everything(tmp_path / "b")


def test_numbers_that_no_store_can_have_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="sources >= packages"):
        generate(str(tmp_path / "store"), Size(packages=5, sources=4, configs=9))
    assert main([str(tmp_path / "store"), "--packages", "2", "--sources", "2", "--configs", "50"]) == 3
    assert "2 sources have at most 2 configs" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_command_line_makes_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / ".pkg-store"
    assert main([str(root), "--packages", "10", "--sources", "20", "--configs", "30", "--apps", "1"]) == 0
    assert len(list(read_snapshot(str(root)).configs())) == 30
    assert "configs=30" in capsys.readouterr().err
    assert main([str(root)]) == 3, "never into a store that is there"
