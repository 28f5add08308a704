"""Evicting: what goes, what stays, and in which order."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from builders import PLATFORM, StoreBuilder, config_hash, seconds
from pkgstore import Store, files
from pkgstore.errors import Cancelled, DiskError, LockBusy, MetaError
from pkgstore.layout import Layout
from pkgstore.locks import LockRules
from pkgstore.operations.events import Done, Event, EvictResult, Failed, Removed, Skipped, Why
from pkgstore.operations.evict import EvictPlan, apply_evict, plan_evict
from pkgstore.progress import Cancel, Progress
from pkgstore.scan import read_snapshot


def planned(store: StoreBuilder, retention: str = "30d", platform: str = PLATFORM) -> EvictPlan:
    return plan_evict(read_snapshot(str(store.root)), platform, seconds(retention), now=store.now)


def evict(store: StoreBuilder, plan: EvictPlan | None = None, **options: object) -> list[Event]:
    return list(apply_evict(Layout(str(store.root)), plan or planned(store), **options))


def result_of(events: list[Event]) -> EvictResult:
    assert isinstance(events[-1], Done)
    assert isinstance(events[-1].result, EvictResult)
    return events[-1].result


def test_what_was_not_used_for_the_retention_goes_and_the_rest_stays(store: StoreBuilder) -> None:
    source = store.package("sf").source().config({"Rcpp": "1.0"}, used="40d").config(used="29d")
    old = config_hash({"Rcpp": "1.0"})
    events = evict(store)
    assert result_of(events).removed == 1
    assert not (source.path / old).exists()
    assert not (source.path / f"{old}.json").exists()
    assert list(json.loads(source.configs_json.read_text())["configs"]) == [source.last]
    assert source.tree.is_dir()


def test_the_cut_off_itself_is_stale(store: StoreBuilder) -> None:
    source = store.package("sf").source().config(used="30d")
    used = os.stat(source.sidecar).st_mtime
    snapshot = read_snapshot(str(store.root))
    assert len(plan_evict(snapshot, PLATFORM, 100.0, now=used + 100.0).items) == 1
    assert len(plan_evict(snapshot, PLATFORM, 100.0, now=used + 99.999).items) == 0


def test_empty_folders_go_with_the_last_config(store: StoreBuilder) -> None:
    store.package("sf").source().config(used="40d")
    evict(store)
    assert os.listdir(store.root / PLATFORM) == []


def test_the_package_stays_while_another_source_is_there(store: StoreBuilder) -> None:
    store.package("sf").source("1.0").config(used="40d")
    kept = store.package("sf").source("2.0").config(used="1d")
    evict(store)
    assert os.listdir(store.root / PLATFORM / "sf") == [kept.key]


def test_only_the_platform_that_was_named_is_swept(store: StoreBuilder) -> None:
    store.package("sf").source().config(used="40d")
    other = store.on("4.4-x86_64-pc-linux-gnu").package("sf").source().config(used="400d")
    evict(store)
    assert other.tree.is_dir()


@pytest.mark.parametrize("retention", [0.0, -1.0])
def test_no_retention_evicts_nothing(store: StoreBuilder, retention: float) -> None:
    store.package("sf").source().config(used="4000d")
    assert plan_evict(read_snapshot(str(store.root)), PLATFORM, retention).items == ()
    assert Store(store.root, PLATFORM).evict_stale(retention) == 0


def test_a_stale_sidecar_without_its_tree_counts_as_removed(store: StoreBuilder) -> None:
    source = store.package("sf").source().config(used="40d", tree=False, listed=False)
    assert result_of(evict(store)).removed == 1
    assert not source.path.exists()


def test_a_tree_without_sidecar_is_never_swept(store: StoreBuilder) -> None:
    source = store.package("sf").source().config(sidecar=False)
    assert result_of(evict(store)).removed == 0
    assert source.tree.is_dir()


def test_a_phantom_beside_it_stays_listed(store: StoreBuilder) -> None:
    source = store.package("sf").source().config({"Rcpp": "1"}, tree=False, sidecar=False)
    phantom = source.last
    source.config(used="40d")
    evict(store)
    assert list(json.loads(source.configs_json.read_text())["configs"]) == [phantom]


def test_what_is_used_between_plan_and_run_stays(store: StoreBuilder) -> None:
    source = store.package("sf").source().config(used="40d")
    plan = planned(store)
    os.utime(source.sidecar)
    events = evict(store, plan)
    assert events == [
        Skipped(plan.items[0].key, Why.USED_MEANWHILE),
        Done(EvictResult(removed=0, skipped=1)),
    ]
    assert source.tree.is_dir()
    assert source.last in source.configs_json.read_text()


def test_what_is_gone_between_plan_and_run_is_skipped(store: StoreBuilder) -> None:
    source = store.package("sf").source().config(used="40d")
    plan = planned(store)
    source.sidecar.unlink()
    assert evict(store, plan)[0] == Skipped(plan.items[0].key, Why.GONE_MEANWHILE)


def test_it_waits_for_a_lock_and_goes_on_with_the_next_source(store: StoreBuilder) -> None:
    busy = store.package("s2").source().config(used="40d")
    lock = busy.locked()
    store.package("sf").source().config(used="40d")
    failed, removed, done = evict(store, rules=LockRules(timeout=0.0))
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, LockBusy)
    assert isinstance(removed, Removed)
    assert done == Done(EvictResult(removed=1, failed=1, freed=removed.freed))
    assert busy.tree.is_dir()
    assert lock.is_dir()


def test_a_lock_left_by_a_crash_is_broken(store: StoreBuilder) -> None:
    store.package("sf").source().config(used="40d").locked(age="31m")
    assert result_of(evict(store, rules=LockRules(timeout=0.0))).removed == 1


def test_a_source_whose_configs_json_cannot_be_read_is_left_alone(store: StoreBuilder) -> None:
    source = store.package("sf").source().config(used="40d")
    source.configs_json.write_text("{")
    failed = evict(store)[0]
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, MetaError)
    assert str(source.configs_json) in str(failed.error)
    assert source.tree.is_dir()
    assert source.sidecar.exists()


def test_a_fault_half_way_counts_what_was_done_and_the_next_sweep_does_the_rest(
    store: StoreBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = store.package("sf").source().config({"Rcpp": "1"}, used="40d").config({"Rcpp": "2"}, used="40d")
    real, calls = files.set_aside, []

    def refuse(path: str, target: str) -> bool:
        calls.append(path)
        if len(calls) > 1:
            raise DiskError("move this out of the way, to", OSError(28, "full"), path, target)
        return real(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(files, "set_aside", refuse)
        failed, removed, done = evict(store)
    assert isinstance(failed, Failed)
    assert isinstance(removed, Removed)
    assert done == Done(EvictResult(removed=1, failed=1, freed=removed.freed))
    assert [os.path.isdir(path) for path in calls] == [False, True]
    assert result_of(evict(store)).removed == 1
    assert not source.path.exists()


def test_freed_bytes_are_those_that_no_worker_shares(store: StoreBuilder) -> None:
    source = store.package("sf").source().config({"Rcpp": "1"}, used="40d")
    shared = source.tree / "DESCRIPTION"
    worker = store.worker("w1") / "DESCRIPTION"
    os.link(shared, worker)
    expected = sum(p.stat().st_blocks * 512 for p in source.tree.rglob("*") if p.is_file() and p != shared)
    assert result_of(evict(store)).freed == expected > 0
    assert worker.read_text().startswith("Package: sf")


def test_nothing_of_ours_is_left_at_the_root(store: StoreBuilder) -> None:
    store.package("sf").source().config(used="40d")
    evict(store)
    assert sorted(os.listdir(store.root)) == sorted([".locks", PLATFORM])


def test_trash_that_a_crash_left_is_emptied_and_fresh_trash_of_others_is_not(store: StoreBuilder) -> None:
    trash = store.root / ".pkgstore" / "trash"
    (trash / "evict-old" / "tree").mkdir(parents=True)
    (trash / "evict-new" / "tree").mkdir(parents=True)
    os.utime(trash / "evict-old", (0, 0))
    store.package("sf").source().config(used="40d")
    evict(store)
    assert os.listdir(trash) == ["evict-new"]


def test_it_can_be_cancelled_between_two_sources(store: StoreBuilder) -> None:
    for name in ("a", "b", "c"):
        store.package(name).source().config(used="40d")
    cancel = Cancel()
    events = apply_evict(Layout(str(store.root)), planned(store), cancel=cancel)
    assert isinstance(next(events), Removed)
    cancel.set()
    with pytest.raises(Cancelled):
        next(events)
    assert sorted(os.listdir(store.root / PLATFORM)) == ["b", "c"]
    assert not (store.root / ".pkgstore").exists()


def test_progress_counts_configs(store: StoreBuilder) -> None:
    store.package("a").source().config(used="40d").config({"b": "1"}, used="40d")
    progress = Progress()
    evict(store, progress=progress)
    assert (progress.done, progress.total, progress.fraction) == (2, 2, 1.0)


def record_calls(monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]) -> list[tuple[str, str]]:
    calls: list[tuple[str, str]] = []

    def wrap(name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(path: str, *rest: object, **options: object) -> object:
            calls.append((name, os.path.basename(path)))
            return real(path, *rest, **options)

        return call

    for name in names:
        monkeypatch.setattr(files, name, wrap(name, getattr(files, name)))
    return calls


def test_the_order_leaves_no_half_tree_at_any_point(store: StoreBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    source = store.package("sf").source().config({"Rcpp": "1"}, used="1d").config(used="40d")
    old = source.last
    calls = record_calls(
        monkeypatch,
        ("take_folder", "replace_file", "set_aside", "remove_file", "remove_empty_folder", "remove_tree"),
    )
    evict(store)
    lock = f"{source.key}.lock"
    in_order = [
        ("take_folder", lock),
        ("replace_file", "configs.json"),
        ("set_aside", old),
        ("remove_file", f"{old}.json"),
        ("remove_empty_folder", source.key),
        ("remove_empty_folder", lock),
        ("remove_tree", old),
    ]
    assert calls[: len(in_order)] == in_order


def test_evict_stale_needs_a_store(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="there is no store here"):
        Store(tmp_path / "no", PLATFORM).evict_stale(1.0)


def test_evict_stale_tells_of_failures(store: StoreBuilder) -> None:
    source = store.package("sf").source().config(used="40d")
    source.configs_json.write_text("{")
    store.package("s2").source().config(used="40d")
    seen: list[Event] = []
    assert Store(store.root, PLATFORM).evict_stale(seconds("30d"), on_event=seen.append) == 1
    assert [type(event) for event in seen] == [Removed, Failed, Done]
