"""What differs between manifests, lockfiles, configs and readings of a store."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import LibraryBuilder, StoreBuilder, entry, github, ref, source_hash, write_lockfile
from pkgstore.compare import (
    Change,
    ConfigSide,
    PackageSide,
    Pair,
    compare_configs,
    compare_lockfiles,
    compare_manifests,
    compare_packages,
    lockfile_sides,
    manifest_sides,
    pairs_of,
)
from pkgstore.compare_stores import compare_snapshots
from pkgstore.errors import Cancelled
from pkgstore.keys import AppKey, ConfigKey
from pkgstore.lockfile import read_lockfile
from pkgstore.model import Lockfile, LockfileEntry, SourceName
from pkgstore.names import Names
from pkgstore.progress import Cancel
from pkgstore.scan import read_snapshot
from pkgstore.trees import FileEntry, list_files

texts = st.dictionaries(st.sampled_from("abcde"), st.sampled_from("xyz"))


@given(texts, texts)
def test_pairs_tell_all_of_both_sides(before: dict[str, str], after: dict[str, str]) -> None:
    pairs = pairs_of(before, after)

    assert {pair.key: pair.before for pair in pairs if pair.change is not Change.CAME} == before
    assert {pair.key: pair.after for pair in pairs if pair.change is not Change.WENT} == after
    assert len({pair.key for pair in pairs}) == len(pairs)
    for pair in pairs:
        assert (pair.before == pair.after) == (pair.change is Change.SAME)


# --- manifests -------------------------------------------------------------------------------------------


def test_manifests_with_versions(store: StoreBuilder) -> None:
    for package, version in (("sf", "1"), ("sf", "2"), ("Rcpp", "1"), ("old", "3")):
        store.package(package).source(version).config()
    names = Names.of(read_snapshot(str(store.root)))
    before = {"sf": ref("sf", "1"), "Rcpp": ref("Rcpp", "1"), "old": ref("old", "3"), "s2": ref("s2", "1")}
    after = {
        "sf": ref("sf", "2"),
        "Rcpp": ref("Rcpp", "1", {"BH": "1"}),
        "s2": ref("s2", "1"),
        "terra": ref("terra", "9"),
    }

    found = compare_manifests(before, after, names)

    def versions(side: PackageSide | None) -> str | None:
        return side and side.version

    assert [(x.package, x.change.value, versions(x.before), versions(x.after)) for x in found.changes] == [
        ("Rcpp", "changed", "1", "1"),
        ("old", "went", "3", None),
        ("sf", "changed", "1", "2"),
        ("terra", "came", None, ""),
    ]
    assert [x.package for x in found.changes if x.is_rebuild] == ["Rcpp"]
    assert found.same == 1
    assert [x.package for x in found.of(Change.WENT)] == ["old"]
    assert found
    assert not compare_manifests(before, before, names)


@pytest.mark.parametrize("other", ["other", "odd/", "odd/c", "/odd"])
def test_a_ref_without_two_parts_is_compared_too(other: str) -> None:
    (change,) = compare_manifests({"sf": "odd"}, {"sf": other}).changes

    assert (change.change, change.before) == (Change.CHANGED, PackageSide("odd"))


# --- lockfiles -------------------------------------------------------------------------------------------


def test_lockfiles(tmp_path: Path) -> None:
    before = read_lockfile(
        write_lockfile(tmp_path / "a", entry("sf", "1"), entry("s2", "1"), github("mine", "a" * 40), entry("gone"))
    )
    after = read_lockfile(
        write_lockfile(tmp_path / "b", entry("sf", "2"), entry("s2", "1"), github("mine", "b" * 40), entry("new"))
    )

    found = compare_lockfiles(before, replace(after, r_version="R version 4.6.0"))

    assert [(x.package, x.change.value) for x in found.changes] == [
        ("gone", "went"),
        ("mine", "changed"),
        ("new", "came"),
        ("sf", "changed"),
    ]
    assert found.same == 1
    mine = found.changes[1]
    assert (mine.before, mine.after) != (None, None)
    assert mine.before is not None
    assert mine.before.name == SourceName("mine", "1.0", "github@aaaaaaaa")
    assert found.settings == (Pair("r_version", "R version 4.5.2 (2025-10-31)", "R version 4.6.0", Change.CHANGED),)


def test_of_a_package_that_stands_twice_the_first_entry_counts() -> None:
    twice = Lockfile(packages=(LockfileEntry("sf", "1", "standard"), LockfileEntry("sf", "2", "standard")))
    once = Lockfile(packages=(LockfileEntry("sf", "1", "standard"),))

    assert not compare_lockfiles(twice, once)


def test_entries_without_a_store_key_are_compared_by_what_they_are_called() -> None:
    one = Lockfile(packages=(LockfileEntry("sf", "1", "url"),))
    other = Lockfile(packages=(LockfileEntry("sf", "2", "url"),))

    assert not compare_lockfiles(one, one)
    assert [x.change for x in compare_lockfiles(one, other).changes] == [Change.CHANGED]


def test_a_lockfile_beside_a_manifest_tells_only_of_sources() -> None:
    locked = lockfile_sides(
        Lockfile(packages=(LockfileEntry("sf", "1", "standard"), LockfileEntry("s2", "2", "standard")))
    )
    manifest = manifest_sides({"sf": ref("sf", "1", {"Rcpp": "1"}), "s2": ref("s2", "1")})

    found = compare_packages(locked, manifest)

    assert [(x.package, x.change) for x in found.changes] == [("s2", Change.CHANGED)]
    assert found.same == 1


# --- configs ---------------------------------------------------------------------------------------------


def test_configs_side_by_side() -> None:
    folder, file = FileEntry(0, 0o40755), FileEntry(5, 0o100644)
    before = ConfigSide(
        {"Version": "1", "Title": "A", "Author": "x"},
        {"Rcpp": "k1", "BH": "b1", "s2": "s"},
        {"R": folder, "R/a": file, "R/b": file, "R/c": file},
    )
    after = ConfigSide(
        {"Version": "2", "Title": "A", "URL": "u"},
        {"Rcpp": "k2", "s2": "s", "wk": "w"},
        {"R": folder, "R/a": file, "R/b": FileEntry(6, 0o100644), "libs": folder},
    )

    found = compare_configs(before, after)

    assert [(pair.key, pair.change.value) for pair in found.fields] == [
        ("Author", "went"),
        ("URL", "came"),
        ("Version", "changed"),
    ]
    assert [(pair.key, pair.change.value, pair.before, pair.after) for pair in found.links] == [
        ("BH", "went", "b1", None),
        ("Rcpp", "changed", "k1", "k2"),
        ("s2", "same", "s", "s"),
        ("wk", "came", None, "w"),
    ]
    assert [(pair.key, pair.change.value) for pair in found.files] == [
        ("R/b", "changed"),
        ("R/c", "went"),
        ("libs", "came"),
    ]
    assert found
    assert not compare_configs(before, before)


@pytest.mark.parametrize(
    "other",
    [FileEntry(6, 0o100644), FileEntry(5, 0o100755), FileEntry(5, 0o120777, "a"), FileEntry(0, 0o40755)],
    ids=["size", "permissions", "link", "folder"],
)
def test_a_file_differs_by_size_mode_and_target(other: FileEntry) -> None:
    sides = [ConfigSide(files={"x": entry}) for entry in (FileEntry(5, 0o100644), other)]

    assert [pair.change for pair in compare_configs(*sides).files] == [Change.CHANGED]


# --- trees -----------------------------------------------------------------------------------------------


def test_files_of_a_tree(tmp_path: Path) -> None:
    LibraryBuilder(tmp_path).package("sf")
    tree = tmp_path / "sf"
    (tree / "link").symlink_to("R")
    (tree / "dangling").symlink_to("/nowhere\udcff")

    found = list_files(str(tree))

    assert list(found) == ["DESCRIPTION", "R", "R/sf.rdb", "dangling", "link"]
    assert found["R"].is_folder
    assert found["R"].size == 0
    assert found["R/sf.rdb"].size == (tree / "R/sf.rdb").stat().st_size
    assert (found["link"].target, found["dangling"].target) == ("R", "/nowhere\udcff")
    assert not found["link"].is_folder


def test_no_link_is_followed_and_nothing_is_no_error(tmp_path: Path) -> None:
    LibraryBuilder(tmp_path).package("sf")
    (tmp_path / "link").symlink_to("sf")

    assert list_files(str(tmp_path / "link")) == {}
    assert list_files(str(tmp_path / "no")) == {}
    assert list_files(str(tmp_path / "sf" / "DESCRIPTION")) == {}


def test_names_of_any_bytes(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"a\xff\n")).write_text("x")

    assert list(list_files(str(tmp_path))) == ["a\udcff\n"]


def test_half_a_listing_is_not_given(tmp_path: Path) -> None:
    cancel = Cancel()
    cancel.set()

    with pytest.raises(Cancelled):
        list_files(str(tmp_path), cancel=cancel)


# --- readings of a store ---------------------------------------------------------------------------------


def test_two_readings_of_a_store(store: StoreBuilder) -> None:
    apps = str(store.root.parent)
    kept = store.package("kept").source("1").config(used="2d")
    used = store.package("used").source("1").config(used="2d")
    broken = store.package("broken").source("1").config(used="2d")
    gone = store.package("gone").source("1").config(used="2d")
    store.worker("w1", {"kept": kept.ref})
    store.worker("w2", {"kept": kept.ref})
    store.worker("w3", {"kept": kept.ref})
    store.app("shop", {"kept": kept.ref})
    store.app("maps", {"kept": kept.ref})
    before = read_snapshot(str(store.root), apps=apps)

    os.utime(used.sidecar)
    broken.configs_json.unlink()
    gone.tree.rename(store.root.parent / "elsewhere")
    gone.sidecar.unlink()
    gone.configs_json.unlink()
    store.package("new").source("1").config()
    store.worker("w1", {"kept": kept.ref, "new": ref("new", "1")})
    store.worker("w2", {"kept": kept.ref})  # written again, the same
    store.worker("w4", {})
    (store.root / ".workers/w3/.packages.json").unlink()
    store.app("shop", {"new": ref("new", "1")})
    (store.root / ".builds/b1").mkdir(parents=True)
    found = compare_snapshots(before, read_snapshot(str(store.root), apps=apps))

    def changes(pairs: tuple[Pair[str, object], ...]) -> dict[str, str]:
        return {pair.key: pair.change.value for pair in pairs}

    assert {pair.key.package: pair.change.value for pair in found.configs} == {
        "broken": "changed",
        "gone": "went",
        "new": "came",
    }
    assert found.used == 1
    assert changes(found.workers) == {"w1": "changed", "w3": "changed", "w4": "came"}  # type: ignore[arg-type]
    assert changes(found.apps) == {"shop": "changed"}  # type: ignore[arg-type]
    assert [pair.change.value for pair in found.work] == ["came"]
    assert found


def test_being_used_again_is_no_difference(store: StoreBuilder) -> None:
    source = store.package("sf").source("1").config(used="2d")
    before = read_snapshot(str(store.root))
    os.utime(source.sidecar)

    found = compare_snapshots(before, read_snapshot(str(store.root)))

    assert (bool(found), found.used) == (False, 1)
    assert compare_snapshots(before, before).used == 0


def test_a_sidecar_that_came_is_a_difference(store: StoreBuilder) -> None:
    source = store.package("sf").source("1").config(sidecar=False)
    before = read_snapshot(str(store.root))
    source.sidecar.write_text("{}")

    found = compare_snapshots(before, read_snapshot(str(store.root)))

    key = ConfigKey(store.platform, "sf", source_hash("sf", "1"), source.last)
    assert [(pair.key, pair.change) for pair in found.configs] == [(key, Change.CHANGED)]


def test_an_apps_lockfile_counts_its_times_do_not(store: StoreBuilder) -> None:
    app = store.app("shop", {})
    apps = str(store.root.parent)
    lockfile = write_lockfile(app / "pak.lock", entry("sf", "1"))
    first = read_snapshot(str(store.root), apps=apps)
    os.utime(lockfile, (1, 1))
    os.utime(app / "store-manifest.json", (1, 1))
    second = read_snapshot(str(store.root), apps=apps)
    write_lockfile(lockfile, entry("sf", "2"))
    third = read_snapshot(str(store.root), apps=apps)

    assert not compare_snapshots(first, second)
    assert [pair.key for pair in compare_snapshots(second, third).apps] == [AppKey("shop").name]
