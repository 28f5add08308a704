"""Assembling a worker's library: whole packages or none, safe against evictions."""

import json
import os
import shutil
import threading
import time
from pathlib import Path

import pytest

from builders import PLATFORM, StoreBuilder, ref, write_tree
from pkgstore import Cancel, Store, files
from pkgstore.errors import Cancelled, InputError, InvalidName, MalformedRef
from pkgstore.layout import Layout
from pkgstore.operations import linking
from pkgstore.operations.assemble import plan_assemble
from pkgstore.operations.events import Event, Kept, Linked, Missed, Why
from pkgstore.operations.tool import plan_tool_assemble


def assemble(store: StoreBuilder, library: Path, manifest: dict[str, str], **options: object) -> tuple[str, ...]:
    return Store(store.root, PLATFORM).assemble_library(library, manifest, **options)


def test_packages_are_linked_touched_and_written_down(store: StoreBuilder) -> None:
    source = store.package("sf").source("1.0").config(used="40d")
    library = store.root / ".workers" / "w1"
    assert assemble(store, library, {"sf": source.ref}) == ()
    assert (library / "sf" / "DESCRIPTION").samefile(source.tree / "DESCRIPTION")
    assert time.time() - source.sidecar.stat().st_mtime < 60
    assert json.loads((library / ".packages.json").read_text()) == {"sf": source.ref}


def test_the_sidecar_is_touched_before_anything_is_linked(
    store: StoreBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = store.package("sf").source("1.0").config(used="40d")
    ages: list[float] = []
    real = files.link_tree

    def late(*paths: str, **options: object) -> int | None:
        ages.append(time.time() - source.sidecar.stat().st_mtime)
        return real(*paths, **options)

    monkeypatch.setattr(files, "link_tree", late)
    assemble(store, store.root.parent / "lib", {"sf": source.ref})
    assert ages[0] < 60


def test_what_the_store_lacks_is_missing_and_still_in_the_manifest(store: StoreBuilder, tmp_path: Path) -> None:
    source = store.package("sf").source("1.0").config()
    manifest = {"sf": source.ref, "gone": ref("gone", "1.0"), "also": ref("also", "2.0")}
    assert assemble(store, tmp_path / "lib", manifest) == ("also", "gone")
    assert json.loads((tmp_path / "lib" / ".packages.json").read_text()) == manifest
    assert sorted(os.listdir(tmp_path / "lib")) == [".packages.json", "sf"]


def test_an_empty_manifest_makes_an_empty_library(store: StoreBuilder, tmp_path: Path) -> None:
    assert assemble(store, tmp_path / "lib", {}) == ()
    assert (tmp_path / "lib" / ".packages.json").read_text() == "{}"


def test_into_a_library_same_refs_stay_and_others_are_replaced(store: StoreBuilder, tmp_path: Path) -> None:
    sf, s2 = store.package("sf").source("1.0").config(), store.package("s2").source("1.0").config()
    library = tmp_path / "lib"
    assemble(store, library, {"sf": sf.ref, "s2": s2.ref})
    (library / "sf" / "mark").write_text("kept")
    newer = store.package("s2").source("2.0").config()
    seen: list[Event] = []
    assemble(store, library, {"sf": sf.ref, "s2": newer.ref}, on_event=seen.append)
    assert (library / "sf" / "mark").exists()
    assert (library / "s2" / "DESCRIPTION").samefile(newer.tree / "DESCRIPTION")
    assert not (library / "s2" / "s2").exists()
    assert [type(event) for event in seen[:2]] == [Linked, Kept]
    assert sorted(os.listdir(library)) == [".packages.json", "s2", "sf"]


def test_a_package_without_a_manifest_to_tell_its_ref_is_replaced(store: StoreBuilder, tmp_path: Path) -> None:
    source = store.package("sf").source("1.0").config()
    write_tree(tmp_path / "lib" / "sf", "sf", "0.1")
    (tmp_path / "lib" / ".packages.json").write_text("{broken")
    assemble(store, tmp_path / "lib", {"sf": source.ref})
    assert (tmp_path / "lib" / "sf" / "DESCRIPTION").samefile(source.tree / "DESCRIPTION")


def test_a_package_that_cannot_be_replaced_stays(store: StoreBuilder, tmp_path: Path) -> None:
    write_tree(tmp_path / "lib" / "sf", "sf", "0.1")
    assert assemble(store, tmp_path / "lib", {"sf": ref("sf", "1.0")}) == ("sf",)
    assert "0.1" in (tmp_path / "lib" / "sf" / "DESCRIPTION").read_text()


@pytest.mark.parametrize("bad", ["noslash", "/x", "x/", ""])
def test_a_malformed_ref_is_found_before_anything_is_linked(store: StoreBuilder, tmp_path: Path, bad: str) -> None:
    source = store.package("a").source("1.0").config()
    with pytest.raises(MalformedRef, match="broken"):
        assemble(store, tmp_path / "lib", {"a": source.ref, "broken": bad})
    assert not (tmp_path / "lib").exists()


@pytest.mark.parametrize(
    ("package", "value"),
    [
        ("..", "a/b"),
        ("", "a/b"),
        ("x/y", "a/b"),
        ("x\0y", "a/b"),
        (".packages.json", "a/b"),
        ("store-manifest.json", "a/b"),
        ("sf", "../b"),
        ("sf", "a/.."),
        ("sf", "a/b/c"),
        ("sf", "a\0/b"),
    ],
)
def test_a_name_that_may_not_reach_the_disk_is_named(
    store: StoreBuilder, tmp_path: Path, package: str, value: str
) -> None:
    source = store.package("a").source("1.0").config()
    with pytest.raises(InvalidName):
        assemble(store, tmp_path / "lib", {"a": source.ref, package: value})
    assert not (tmp_path / "lib").exists()


def test_a_config_that_goes_between_plan_and_link_is_missing(
    store: StoreBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = store.package("sf").source("1.0").config()
    real = files.touch

    def late(path: str) -> bool:
        shutil.rmtree(source.tree)
        return real(path)

    monkeypatch.setattr(files, "touch", late)
    seen: list[Event] = []
    assert assemble(store, tmp_path / "lib", {"sf": source.ref}, on_event=seen.append) == ("sf",)
    assert seen[0] == Missed("sf", Why.NOT_STORED, source.ref)
    assert os.listdir(tmp_path / "lib") == [".packages.json"]


def test_a_tree_that_was_being_deleted_while_it_was_read_is_not_used(
    store: StoreBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reference deletes in place under the source's lock: we read half of it, then it is gone."""
    source = store.package("sf").source("1.0").config()
    lock = source.locked()
    (source.tree / "DESCRIPTION").unlink()
    asked = threading.Event()
    real = linking._is_held

    def held(path: str) -> bool:
        asked.set()
        return real(path)

    monkeypatch.setattr(linking, "_is_held", held)

    def reference_goes_on() -> None:
        assert asked.wait(10)
        shutil.rmtree(source.tree)
        lock.rmdir()

    thread = threading.Thread(target=reference_goes_on)
    thread.start()
    assert assemble(store, tmp_path / "lib", {"sf": source.ref}) == ("sf",)
    thread.join(10)
    assert os.listdir(tmp_path / "lib") == [".packages.json"]


def test_a_tree_that_was_exchanged_while_it_was_read_is_not_used(
    store: StoreBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = store.package("sf").source("1.0").config()
    real = linking._is_held

    def swapped(path: str) -> bool:
        if source.tree.exists():
            source.tree.rename(tmp_path / "evicted")
            source.tree.mkdir()
        return real(path)

    monkeypatch.setattr(linking, "_is_held", swapped)
    assert assemble(store, tmp_path / "lib", {"sf": source.ref}) == ("sf",)


def test_a_stale_lock_is_not_waited_for(store: StoreBuilder, tmp_path: Path) -> None:
    source = store.package("sf").source("1.0").config()
    source.locked(age="31m")
    assert assemble(store, tmp_path / "lib", {"sf": source.ref}) == ()


def test_a_lock_held_for_long_is_waited_for_only_so_long(
    store: StoreBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = store.package("sf").source("1.0").config()
    source.locked()
    monkeypatch.setattr(linking, "EVICTION_TAKES", 0.05)
    assert assemble(store, tmp_path / "lib", {"sf": source.ref}) == ()
    assert (tmp_path / "lib" / "sf" / "DESCRIPTION").exists()


def test_waiting_for_a_lock_can_be_cancelled(
    store: StoreBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = store.package("sf").source("1.0").config()
    source.locked()
    cancel = Cancel()
    monkeypatch.setattr(linking, "_is_held", lambda _: cancel.set() or True)
    with pytest.raises(Cancelled):
        assemble(store, tmp_path / "lib", {"sf": source.ref}, cancel=cancel)
    assert os.listdir(tmp_path / "lib") == []


def test_a_sidecar_that_may_not_be_touched_stops_nothing(
    store: StoreBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = store.package("sf").source("1.0").config(used="40d")
    real = os.utime

    def refuse(path: object, *rest: object, **options: object) -> None:
        if path == str(source.sidecar):
            raise PermissionError(13, "Permission denied")
        real(path, *rest, **options)

    monkeypatch.setattr(os, "utime", refuse)
    assert assemble(store, tmp_path / "lib", {"sf": source.ref}) == ()


def test_a_library_has_no_place_inside_the_store(store: StoreBuilder, tmp_path: Path) -> None:
    manifest = tmp_path / "m.json"
    manifest.write_text("{}")
    for inside in ("", PLATFORM, f"{PLATFORM}/sf", ".locks", ".pkgstore/x", ".workers"):
        with pytest.raises(InputError, match="no place for a library"):
            plan_tool_assemble(str(store.root), PLATFORM, str(manifest), str(store.root / inside))
    for fine in (".workers/w1", ".builds/1/lib", ".staging/1", "../lib"):
        plan_tool_assemble(str(store.root), PLATFORM, str(manifest), str(store.root / fine))


def test_a_plan_changes_nothing_and_tells_what_is_missing(store: StoreBuilder, tmp_path: Path) -> None:
    source = store.package("sf").source("1.0").config(used="40d")
    before = source.sidecar.stat().st_mtime_ns
    layout = Layout(str(store.root))
    plan = plan_assemble(layout, PLATFORM, str(tmp_path / "lib"), {"sf": source.ref, "no": "a/b"})
    assert plan.missing == ("no",)
    assert not (tmp_path / "lib").exists()
    assert source.sidecar.stat().st_mtime_ns == before
