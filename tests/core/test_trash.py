"""The trash: what an eviction puts there, what comes back out of it, and what never does."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from evicting import OPERATION, evict_to_trash, restore

from builders import PLATFORM, StoreBuilder, write_tree
from pkgstore import Store
from pkgstore.errors import DiskError, InputError, InvalidName, LockBusy
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout
from pkgstore.locks import LockRules
from pkgstore.operations.empty import apply_empty, plan_empty
from pkgstore.operations.events import (
    CleanResult,
    Done,
    Emptied,
    EvictResult,
    Failed,
    Removed,
    Restored,
    RestoreResult,
    Skipped,
    Why,
)
from pkgstore.operations.restore import last_operation, plan_restore, why_not
from pkgstore.scan import read_snapshot
from pkgstore.trash import decode_record, encode_record, list_trash, read_record

Facts = dict[str, tuple[object, ...]]


@pytest.fixture
def layout(store: StoreBuilder) -> Layout:
    return Layout(str(store.root))


def state(root: Path) -> Facts:
    """Everything of the platforms, with bytes, modes, inodes of files and the mtimes of sidecars."""
    found: Facts = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if name.startswith("."):
            continue
        status = path.lstat()
        body = path.read_bytes() if path.is_file() else None
        is_tree_file = "/" in name and path.is_file() and not name.endswith("configs.json")
        mtime = status.st_mtime_ns if is_tree_file else 0
        found[name] = (oct(status.st_mode), body, mtime)
    return found


@pytest.fixture
def lively(store: StoreBuilder) -> StoreBuilder:
    """A source with one config that stays and one that goes, and a package that goes whole."""
    store.package("sf").source().config({"Rcpp": "1"}, used="1d").config({"Rcpp": "2"}, used="40d")
    store.package("s2").source().config(used="50d")
    return store


def test_restore_gives_back_just_what_was_there(lively: StoreBuilder, layout: Layout) -> None:
    before = state(lively.root)
    gone = evict_to_trash(lively)
    assert [type(event) for event in gone] == [Removed, Removed, Done]
    assert len(state(lively.root)) < len(before)

    events = restore(lively)

    assert events[-1] == Done(RestoreResult(restored=2))
    assert state(lively.root) == before
    assert not os.path.lexists(layout.trash)
    assert not list(lively.root.glob(".locks/*/*/*"))


def test_the_inode_of_each_file_is_the_same_after_the_way_through_the_trash(lively: StoreBuilder) -> None:
    tree = next((lively.root / PLATFORM / "s2").glob("*/*/DESCRIPTION"))
    inode = tree.stat().st_ino
    evict_to_trash(lively)
    restore(lively)
    assert tree.stat().st_ino == inode


def test_the_result_says_what_the_trash_holds(store: StoreBuilder) -> None:
    source = store.package("sf").source().config({"Rcpp": "1"}, used="40d")
    os.link(source.tree / "DESCRIPTION", store.worker("w1") / "DESCRIPTION")
    own = sum(p.stat().st_blocks * 512 for p in source.tree.rglob("*") if p.is_file() and p.stat().st_nlink == 1)
    removed, done = evict_to_trash(store)
    assert isinstance(removed, Removed)
    assert (removed.operation, removed.freed, removed.held) == (OPERATION, 0, own)
    assert done == Done(EvictResult(removed=1, operation=OPERATION, held=own))


def test_an_orphan_sidecar_leaves_the_store_and_does_not_come_back(store: StoreBuilder) -> None:
    store.package("sf").source().config(used="40d", tree=False, listed=False)
    evict_to_trash(store)
    (skipped, done) = restore(store)
    assert isinstance(skipped, Skipped)
    assert skipped.why is Why.NO_TREE
    assert done == Done(RestoreResult(skipped=1))


def test_one_config_of_many_can_be_put_back(lively: StoreBuilder, layout: Layout) -> None:
    evict_to_trash(lively)
    (s2,) = [item.key for item in list_trash(layout)[0].items if item.key.package == "s2"]
    assert restore(lively, s2)[-1] == Done(RestoreResult(restored=1))
    assert [item.key.package for item in list_trash(layout)[0].items] == ["sf"]


def test_a_slot_that_was_filled_again_is_left_alone(lively: StoreBuilder, layout: Layout) -> None:
    evict_to_trash(lively)
    built = lively.package("s2").source().config(used="0s")
    (built.tree / "new").write_text("built anew")
    before = state(lively.root / PLATFORM / "s2")

    events = restore(lively)

    assert [event.why for event in events if isinstance(event, Skipped)] == [Why.SLOT_FILLED]
    assert events[-1] == Done(RestoreResult(restored=1, skipped=1))
    assert state(lively.root / PLATFORM / "s2") == before
    assert [item.key.package for item in list_trash(layout)[0].items] == ["s2"]


def test_what_configs_json_said_of_others_meanwhile_stays(store: StoreBuilder) -> None:
    source = store.package("sf").source().config({"Rcpp": "2"}, used="40d")
    evict_to_trash(store)
    source.path.mkdir(parents=True)
    source.config({"Rcpp": "3"}, used="0s")
    restore(store)
    listed = json.loads(source.configs_json.read_text())["configs"]
    assert len(listed) == 2
    assert all(config.listed and config.has_tree for config in read_snapshot(str(store.root)).configs())


def test_an_eviction_cut_short_before_the_tree_was_moved_still_knows_what_configs_json_said(
    store: StoreBuilder, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = store.package("sf").source().config({"Rcpp": "2"}, used="40d")
    before = state(store.root)

    def crash(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("pkgstore.files.set_aside", crash)
        with pytest.raises(KeyboardInterrupt):
            evict_to_trash(store)
    assert not source.configs_json.exists()
    later = "20261126T191501-evict-0001"
    evict_to_trash(store, later)
    assert restore(store, operation=later)[-1] == Done(RestoreResult(restored=1))
    assert state(store.root) == before


@pytest.mark.parametrize("step", ["publish", "list"])
def test_a_restore_cut_short_is_finished_by_the_next(
    lively: StoreBuilder, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before = state(lively.root)
    evict_to_trash(lively)

    def crash(*_: object, **__: object) -> bool:
        raise KeyboardInterrupt

    target = (
        "pkgstore.files.publish_tree" if step == "publish" else "pkgstore.operations.restore.write_store_configs"
    )
    with monkeypatch.context() as patched:
        patched.setattr(target, crash)
        with pytest.raises(KeyboardInterrupt):
            restore(lively)
    events = restore(lively)
    assert events[-1] == Done(RestoreResult(restored=2))
    assert any(isinstance(event, Restored) and event.repaired for event in events) == (step == "list")
    assert state(lively.root) == before


def test_a_fault_puts_nothing_half_back(
    lively: StoreBuilder, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    evict_to_trash(lively)
    before = state(lively.root)

    def refuse(source: str, target: str) -> bool:
        raise DiskError("move this folder to", OSError(18, ""), source, target)

    with monkeypatch.context() as patched:
        patched.setattr("pkgstore.files.publish_tree", refuse)
        events = restore(lively)
    assert [type(event) for event in events] == [Failed, Failed, Done]
    assert {name for name in state(lively.root) if name.endswith(".json")} == {
        name for name in before if name.endswith(".json")
    }
    assert restore(lively)[-1] == Done(RestoreResult(restored=2))


def test_a_lock_that_others_hold_fails_that_config_only(lively: StoreBuilder) -> None:
    evict_to_trash(lively)
    lock = lively.package("s2").source().locked()
    events = restore(lively, rules=LockRules(timeout=0.0))
    (failed,) = [event for event in events if isinstance(event, Failed)]
    assert isinstance(failed.error, LockBusy)
    assert events[-1] == Done(RestoreResult(restored=1, failed=1))
    assert lock.is_dir()


def test_what_is_not_in_the_trash_is_an_error_or_is_skipped(lively: StoreBuilder, layout: Layout) -> None:
    with pytest.raises(InputError, match="the trash has nothing of this operation"):
        plan_restore(layout, OPERATION)
    with pytest.raises(InvalidName):
        plan_restore(layout, "../../etc")
    evict_to_trash(lively)
    other = ConfigKey(PLATFORM, "never", "a" * 64, "b" * 64)
    assert restore(lively, other) == [Skipped(other, Why.NOT_IN_TRASH), Done(RestoreResult(skipped=1))]


@pytest.mark.parametrize(
    "record",
    ["", "{", "[]", "null", '{"sidecar": "§"}', '{"inode": "x"}', '{"mtime_ns": "x", "sidecar": ""}', "{}"],
)
def test_a_broken_record_stops_nothing_else(lively: StoreBuilder, layout: Layout, record: str) -> None:
    evict_to_trash(lively)
    key = next(item.key for item in list_trash(layout)[0].items if item.key.package == "s2")
    Path(layout.trash_record(OPERATION, key)).write_text(record)
    events = restore(lively)
    done = events[-1]
    assert isinstance(done, Done)
    assert done.result == RestoreResult(restored=1, failed=1)
    assert next(item.problem for item in list_trash(layout)[0].items)


def test_hostile_names_in_the_trash_reach_nothing(lively: StoreBuilder, layout: Layout) -> None:
    evict_to_trash(lively)
    top = Path(layout.trash_of(OPERATION))
    (top / PLATFORM / ".hidden" / "x" / "y").mkdir(parents=True)
    (top / ".dot" / "p" / "s" / "c").mkdir(parents=True)
    os.symlink("/", top / PLATFORM / "link")
    assert {item.key.package for item in list_trash(layout)[0].items} == {"s2", "sf"}


def test_a_record_says_the_same_after_writing_and_reading(lively: StoreBuilder, layout: Layout) -> None:
    evict_to_trash(lively)
    for item in list_trash(layout)[0].items:
        record = read_record(layout, OPERATION, item.key)
        assert record is not None
        assert record.listed
        assert decode_record(encode_record(record)) == record


# --- emptying --------------------------------------------------------------------------------------------


def empty(store: StoreBuilder, older: float = 0.0) -> list[object]:
    layout = Layout(str(store.root))
    return list(apply_empty(layout, plan_empty(layout, older=older)))


def test_emptying_frees_what_was_said(lively: StoreBuilder, layout: Layout) -> None:
    held = evict_to_trash(lively)[-1]
    assert isinstance(held, Done)
    assert isinstance(held.result, EvictResult)
    records = sum(p.stat().st_blocks * 512 for p in Path(layout.trash).rglob("*.json"))
    emptied, done = empty(lively)
    assert emptied == Emptied(OPERATION, held.result.held + records)
    assert done == Done(CleanResult(removed=1, freed=held.result.held + records))
    assert not os.path.lexists(layout.trash)


def test_only_what_is_old_goes(lively: StoreBuilder, layout: Layout) -> None:
    old, new = "20200101T000000-evict-0001", "29990101T000000-evict-0001"
    evict_to_trash(lively, old)
    lively.package("s3").source().config(used="40d")
    evict_to_trash(lively, new)
    empty(lively, older=7 * 86400.0)
    assert [folder.name for folder in list_trash(layout)] == [new]


def test_only_what_is_named_goes(lively: StoreBuilder, layout: Layout) -> None:
    first, second = "20261101T000000-evict-0001", "20261102T000000-evict-0001"
    evict_to_trash(lively, first)
    lively.package("s3").source().config(used="40d")
    evict_to_trash(lively, second)
    assert [folder.name for folder in plan_empty(layout, names=[second]).folders] == [second]
    assert plan_empty(layout, names=[first], older=1).folders[0].name == first
    for missing in ("20261103T000000-evict-0001", ".."):
        with pytest.raises(InputError):
            plan_empty(layout, names=[first, missing])


def test_what_would_not_be_put_back_is_known_before(lively: StoreBuilder, layout: Layout) -> None:
    lively.package("ghost").source().config(used="40d", tree=False, listed=False)
    evict_to_trash(lively)
    assert last_operation(layout) == OPERATION
    lively.package("s2").source().config(used="0s")
    items = list_trash(layout)[0].items
    said = {item.key: why_not(layout, item) for item in items}
    assert {key.package: why for key, why in said.items()} == {
        "ghost": Why.NO_TREE,
        "s2": Why.SLOT_FILLED,
        "sf": None,
    }
    done = {event.key: getattr(event, "why", None) for event in restore(lively) if not isinstance(event, Done)}
    assert done == said, "and that is what happens then"
    assert [why_not(layout, replace(item, record=None)) for item in items if item.key.package == "s2"] == [
        Why.NO_RECORD
    ]


def test_the_last_operation_of_an_empty_trash(layout: Layout) -> None:
    with pytest.raises(InputError, match="the trash is empty"):
        last_operation(layout)


def test_from_what_is_being_emptied_nothing_is_restored(
    lively: StoreBuilder, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    evict_to_trash(lively)

    def crash(_: str) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("pkgstore.files.remove_tree", crash)
        with pytest.raises(KeyboardInterrupt):
            empty(lively)
    with pytest.raises(InputError):
        plan_restore(layout, OPERATION)
    (left,) = list_trash(layout)
    assert not left.is_operation
    empty(lively, older=1e9)  # what is being emptied is done for, whatever its age
    assert list_trash(layout) == ()


def test_a_deleting_eviction_leaves_the_trash_of_others_to_be_restored(lively: StoreBuilder) -> None:
    evict_to_trash(lively)
    os.utime(lively.root / ".pkgstore" / "trash" / OPERATION, (0, 0))
    lively.package("s3").source().config(used="40d")
    assert Store(lively.root, PLATFORM).evict_stale(30 * 86400.0) == 1
    assert restore(lively)[-1] == Done(RestoreResult(restored=2))


def test_one_folder_that_cannot_be_removed_does_not_keep_the_others(
    lively: StoreBuilder, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = "20200101T000000-evict-0001", "20200101T000000-evict-0002"
    evict_to_trash(lively, first)
    write_tree(Path(layout.trash_of(second)) / PLATFORM / "x" / "y" / "z", "x", "1")
    real = os.rename

    def rename(source: str, target: str, **folders: int | None) -> None:
        if first in source:
            raise PermissionError(13, "")
        real(source, target, **folders)

    monkeypatch.setattr(os, "rename", rename)
    failed, emptied, done = empty(lively)
    assert isinstance(failed, Failed)
    assert isinstance(emptied, Emptied)
    assert isinstance(done, Done)
    assert [folder.name for folder in list_trash(layout)] == [first]
    assert restore(lively, operation=first)[-1] == Done(RestoreResult(restored=2))
