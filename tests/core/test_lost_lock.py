"""A lock that was taken away in the middle of the work: whoever lost it notices before the next change."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from evicting import evict_to_trash, restore

from builders import LibraryBuilder, StoreBuilder, config_hash, entry, write_lockfile
from pkgstore import Store, files, read_lockfile
from pkgstore.errors import LockBusy
from pkgstore.locks import list_locks
from pkgstore.operations.events import Failed


@pytest.fixture
def stolen_in(store: StoreBuilder, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """From now on somebody takes every lock while this function of `files` works."""

    def arrange(name: str) -> None:
        real = getattr(files, name)

        def call(*given: object, **more: object) -> object:
            done = real(*given, **more)
            for lock in list_locks(Store(store.root).layout):
                os.rmdir(lock.path)
                os.mkdir(lock.path)
            return done

        monkeypatch.setattr(files, name, call)

    return arrange


def test_an_eviction_takes_no_further_config(store: StoreBuilder, stolen_in: Callable[[str], None]) -> None:
    source = store.package("sf").source().config({"Rcpp": "1"}, "40d").config({"Rcpp": "2"}, "40d")
    stolen_in("set_aside")
    assert [type(event.error) for event in evict_to_trash(store) if isinstance(event, Failed)] == [LockBusy]
    trees = [(source.path / config_hash({"Rcpp": version})).is_dir() for version in "12"]
    assert sorted(trees) == [False, True], "one had gone before; the other may be somebody else's matter by now"


def test_a_restore_writes_no_configs_json_and_can_be_run_again(
    store: StoreBuilder, stolen_in: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = store.package("sf").source().config(used="40d")
    evict_to_trash(store)
    stolen_in("publish_tree")
    assert [type(event.error) for event in restore(store) if isinstance(event, Failed)] == [LockBusy]
    assert not source.configs_json.exists()
    monkeypatch.undo()
    for lock in list_locks(Store(store.root).layout):
        os.rmdir(lock.path)
    assert not [event for event in restore(store) if isinstance(event, Failed)]
    assert source.configs_json.exists()
    assert source.tree.is_dir()


def test_an_ingest_writes_no_configs_json_and_the_next_one_does(
    store: StoreBuilder,
    tmp_path: Path,
    stolen_in: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    library = LibraryBuilder(tmp_path / "lib").package("sf")
    lockfile = read_lockfile(write_lockfile(tmp_path / "pak.lock", entry("sf")))
    stolen_in("publish_tree")
    with pytest.raises(LockBusy):
        Store(store.root, store.platform).ingest_packages(lockfile, library.path)
    source = store.package("sf").source()
    assert os.listdir(source.path) == [config_hash({})]
    monkeypatch.undo()
    for lock in list_locks(Store(store.root).layout):
        os.rmdir(lock.path)
    library.package("sf")
    Store(store.root, store.platform).ingest_packages(lockfile, library.path)
    assert source.configs_json.exists()
