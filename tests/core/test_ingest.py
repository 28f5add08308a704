"""Ingesting: what moves, what is repaired, what is carried, and what is refused before anything moves."""

import errno
import json
import os
import shutil
import time
from pathlib import Path

import pytest

from builders import (
    PLATFORM,
    LibraryBuilder,
    StoreBuilder,
    config_hash,
    entry,
    github,
    ref,
    source_hash,
    write_lockfile,
)
from pkgstore import Cancel, Store, files, read_lockfile
from pkgstore.errors import (
    Cancelled,
    DiskError,
    InputError,
    InvalidName,
    LockBusy,
    MalformedRef,
    UnsupportedRemoteType,
)
from pkgstore.layout import Layout
from pkgstore.locks import LockRules
from pkgstore.model import Lockfile, LockfileEntry
from pkgstore.operations.events import Carried, Event, Ingested, Kept, Why
from pkgstore.operations.ingest import apply_ingest, plan_ingest


@pytest.fixture
def library(tmp_path: Path) -> LibraryBuilder:
    return LibraryBuilder(tmp_path / "lib")


def ingest(
    store: StoreBuilder, library: LibraryBuilder, *entries: dict[str, object], **options: object
) -> dict[str, str]:
    lockfile = read_lockfile(write_lockfile(library.path.parent / "pak.lock", *entries))
    return Store(store.root, PLATFORM).ingest_packages(lockfile, library.path, **options)


def config_path(store: StoreBuilder, package: str, version: str, links: dict[str, str] | None = None) -> Path:
    return store.root / PLATFORM / package / source_hash(package, version) / config_hash(links or {})


def test_a_tree_moves_into_the_store_with_its_metadata(store: StoreBuilder, library: LibraryBuilder) -> None:
    library.package("sf", "1.0", linkingto="Rcpp (>= 1.0), methods").package("Rcpp", "1.1")
    manifest = ingest(store, library, entry("sf"), entry("Rcpp", "1.1"))
    assert manifest == {"sf": ref("sf", "1.0", {"Rcpp": "1.1"}), "Rcpp": ref("Rcpp", "1.1")}
    tree = config_path(store, "sf", "1.0", {"Rcpp": "1.1"})
    assert (tree / "DESCRIPTION").exists()
    assert os.listdir(library.path) == []
    rcpp = source_hash("Rcpp", "1.1")
    assert (tree.parent / "configs.json").read_text() == (
        '{\n  "source_compiled": true,\n  "linkingto": [\n    "Rcpp",\n    "methods"\n  ],\n  "configs": {\n'
        f'    "{tree.name}": {{\n      "Rcpp": "{rcpp}"\n    }}\n  }}\n}}'
    )
    assert time.time() - (tree.parent / f"{tree.name}.json").stat().st_mtime < 60


def test_a_tree_without_description_is_an_empty_config_with_nulls(
    store: StoreBuilder, library: LibraryBuilder
) -> None:
    (library.path / "odd").mkdir()
    ingest(store, library, entry("odd"))
    document = json.loads((config_path(store, "odd", "1.0").parent / "configs.json").read_text())
    assert document == {"source_compiled": False, "linkingto": None, "configs": {config_hash({}): None}}


def test_what_is_stored_already_stays_in_the_library(store: StoreBuilder, library: LibraryBuilder) -> None:
    stored = store.package("sf").source().config(used="40d")
    library.package("sf")
    seen: list[Event] = []
    ingest(store, library, entry("sf"), on_event=seen.append)
    assert seen[0] == Kept("sf", Why.ALREADY_STORED)
    assert (library.path / "sf").is_dir()
    assert time.time() - stored.sidecar.stat().st_mtime > 86400


def test_a_tree_that_was_to_be_listed_again_and_is_evicted_meanwhile(
    store: StoreBuilder, library: LibraryBuilder
) -> None:
    source = store.package("sf").source().config(listed=False, sidecar=False)
    library.package("sf")
    layout = Layout(str(store.root))
    lockfile = read_lockfile(write_lockfile(library.path.parent / "pak.lock", entry("sf")))
    plan = plan_ingest(layout, PLATFORM, lockfile, str(library.path))
    shutil.rmtree(source.tree.parent)
    event = next(apply_ingest(layout, plan))
    assert isinstance(event, Ingested)
    assert not event.repaired, "it moved the build's own tree in"
    assert (source.tree / "DESCRIPTION").exists()
    assert source.sidecar.exists()


def test_an_orphan_tree_is_listed_again(store: StoreBuilder, library: LibraryBuilder) -> None:
    source = store.package("sf").source().config(listed=False, sidecar=False)
    library.package("sf")
    seen: list[Event] = []
    ingest(store, library, entry("sf"), on_event=seen.append)
    assert isinstance(seen[0], Ingested)
    assert seen[0].repaired
    assert source.last in json.loads(source.configs_json.read_text())["configs"]
    assert source.sidecar.exists()


def test_a_phantom_is_filled_again(store: StoreBuilder, library: LibraryBuilder) -> None:
    source = store.package("sf").source().config(tree=False)
    library.package("sf")
    ingest(store, library, entry("sf"))
    assert (source.tree / "DESCRIPTION").exists()


def test_another_config_keeps_what_configs_json_says_of_the_source(
    store: StoreBuilder, library: LibraryBuilder
) -> None:
    source = store.package("sf").source().config({"Rcpp": "1.0"})
    first = source.last
    library.package("sf", "1.0", linkingto="Rcpp")
    ingest(store, library, entry("sf"), entry("Rcpp", "2.0"))
    document = json.loads(source.configs_json.read_text())
    assert set(document["configs"]) == {first, config_hash({"Rcpp": "2.0"})}
    assert document["linkingto"] == ["Rcpp"]


def test_an_unreadable_configs_json_is_written_anew(store: StoreBuilder, library: LibraryBuilder) -> None:
    source = store.package("sf").source().config()
    source.configs_json.write_text("<<<<<<< mine")
    library.package("sf")
    ingest(store, library, entry("sf"))
    assert list(json.loads(source.configs_json.read_text())["configs"]) == [source.last]


def test_the_first_entry_of_a_linked_name_decides_even_a_meta_one(
    store: StoreBuilder, library: LibraryBuilder
) -> None:
    library.package("sf", "1.0", linkingto="Rcpp")
    meta = entry("Rcpp", "1.0", type="installed", metadata={"RemoteType": "installed"})
    manifest = ingest(store, library, meta, entry("Rcpp", "2.0"), entry("sf"))
    assert manifest["sf"] == ref("sf", "1.0")


def test_refs_of_the_reference_manifest_are_carried(store: StoreBuilder, library: LibraryBuilder) -> None:
    library.package("sf")
    refs = {"sf": ref("sf", "1.0"), "s2": ref("s2", "1.0"), "old": ref("old", "9")}
    seen: list[Event] = []
    manifest = ingest(store, library, entry("sf"), entry("s2", "2.0"), ref_manifest=refs, on_event=seen.append)
    assert manifest == refs
    assert seen[:3] == [
        Kept("sf", Why.REUSED_REF),
        Carried("s2", refs["s2"]),
        Carried("old", refs["old"]),
    ]
    assert (library.path / "sf").is_dir()


def test_a_package_twice_moves_once_and_the_second_finds_no_folder(
    store: StoreBuilder, library: LibraryBuilder
) -> None:
    library.package("sf", "1.0")
    manifest = ingest(store, library, entry("sf", "1.0"), entry("sf", "2.0"))
    assert manifest == {"sf": ref("sf", "1.0")}
    assert not config_path(store, "sf", "2.0").exists()


def test_meta_entries_are_passed_over(store: StoreBuilder, library: LibraryBuilder) -> None:
    library.package("sf")
    meta = entry("deps::../..", type="deps", metadata={"RemoteType": "deps"})
    assert set(ingest(store, library, meta, entry("sf"))) == {"sf"}


def test_packages_from_git_have_their_commit_as_identity(store: StoreBuilder, library: LibraryBuilder) -> None:
    library.package("sf")
    one = ingest(store, library, github("sf", "abc", "pkg"))
    library.package("sf")
    two = ingest(store, library, github("sf", "abd", "pkg"))
    assert one != two


def test_a_symbolic_link_in_the_library_is_refused_before_anything_moves(
    store: StoreBuilder, library: LibraryBuilder, tmp_path: Path
) -> None:
    library.package("a")
    LibraryBuilder(tmp_path / "cache").package("sf")
    (library.path / "sf").symlink_to(tmp_path / "cache" / "sf")
    with pytest.raises(InputError, match="is a symbolic link; a store holds real trees") as caught:
        ingest(store, library, entry("a"), entry("sf"))
    assert caught.value.path == str(library.path / "sf")
    assert sorted(os.listdir(library.path)) == ["a", "sf"]
    assert os.listdir(store.root) == []


@pytest.mark.parametrize("name", ["../evil", "..", ".hidden", "a\0b"])
def test_a_package_name_that_may_not_reach_the_disk_is_named(
    store: StoreBuilder, library: LibraryBuilder, name: str
) -> None:
    library.package("a")
    with pytest.raises(InvalidName) as caught:
        ingest(store, library, entry("a"), entry(name))
    assert repr(name) in str(caught.value)
    assert "pak.lock" in str(caught.value)
    assert os.listdir(library.path) == ["a"]
    assert os.listdir(store.root) == []


@pytest.mark.parametrize("platform", ["", "..", "a/b", ".locks", "x\0"])
def test_a_platform_that_may_not_reach_the_disk_is_named(
    store: StoreBuilder, library: LibraryBuilder, platform: str
) -> None:
    lockfile = read_lockfile(write_lockfile(library.path.parent / "pak.lock", entry("a")))
    with pytest.raises(InvalidName, match="platform"):
        Store(store.root, platform).ingest_packages(lockfile, library.path)


def test_a_bad_reference_manifest_is_refused_before_anything_moves(
    store: StoreBuilder, library: LibraryBuilder
) -> None:
    library.package("a")
    with pytest.raises(MalformedRef, match="of package b"):
        ingest(store, library, entry("a"), ref_manifest={"b": "noslash"})
    assert os.listdir(library.path) == ["a"]


def test_a_lockfile_that_was_not_validated_is_refused(store: StoreBuilder, library: LibraryBuilder) -> None:
    lockfile = Lockfile(1, packages=(LockfileEntry("a", "1", "url"),))
    with pytest.raises(UnsupportedRemoteType, match="'url'"):
        Store(store.root, PLATFORM).ingest_packages(lockfile, library.path)


def test_another_file_system_is_a_clear_error_and_moves_nothing(
    store: StoreBuilder, library: LibraryBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> bool:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    library.package("sf")
    monkeypatch.setattr(files, "rename_with", refuse)
    with pytest.raises(DiskError, match="put the library on the store's file system") as caught:
        ingest(store, library, entry("sf"))
    assert str(library.path / "sf") in str(caught.value)
    assert (library.path / "sf" / "DESCRIPTION").exists()
    assert os.listdir(Path(Layout(str(store.root)).locks) / PLATFORM / "sf") == []


def test_a_busy_lock_ends_it_and_what_was_done_stays(store: StoreBuilder, library: LibraryBuilder) -> None:
    library.package("a").package("b")
    lock = store.package("b").source().locked()
    lockfile = read_lockfile(write_lockfile(library.path.parent / "pak.lock", entry("a"), entry("b")))
    layout = Layout(str(store.root))
    plan = plan_ingest(layout, PLATFORM, lockfile, str(library.path))
    assert (plan.moves, plan.repairs) == (2, 0)
    with pytest.raises(LockBusy):
        list(apply_ingest(layout, plan, rules=LockRules(timeout=0.0)))
    assert config_path(store, "a", "1.0").is_dir()
    assert os.listdir(library.path) == ["b"]
    assert lock.is_dir()


def test_it_can_be_cancelled_between_two_packages(store: StoreBuilder, library: LibraryBuilder) -> None:
    library.package("a").package("b")
    cancel = Cancel()
    with pytest.raises(Cancelled):
        ingest(store, library, entry("a"), entry("b"), cancel=cancel, on_event=lambda _: cancel.set())
    assert os.listdir(library.path) == ["b"]


def test_a_config_that_others_ingest_meanwhile_is_only_written_down_again(
    store: StoreBuilder, library: LibraryBuilder
) -> None:
    library.package("sf")
    lockfile = read_lockfile(write_lockfile(library.path.parent / "pak.lock", entry("sf")))
    layout = Layout(str(store.root))
    plan = plan_ingest(layout, PLATFORM, lockfile, str(library.path))
    theirs = store.package("sf").source().config()
    inode = theirs.tree.stat().st_ino
    event = next(apply_ingest(layout, plan))
    assert isinstance(event, Ingested)
    assert event.repaired
    assert theirs.tree.stat().st_ino == inode
    assert (library.path / "sf").is_dir()
