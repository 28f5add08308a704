"""`pkgstore.watch` and the sources: what is told of them by events, within a budget, and without events.

What changes after the start is told in any case, by an event or by the first look: so a test changes a source once
to know that it is watched, and then again, where only an event can tell it.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from watch_helpers import (
    Spy,
    cap_watches,
    install_spy,
    refuse_events,
    replace_file,
    source_key,
    touch,
    watched,
)

from builders import PLATFORM, SourceBuilder, StoreBuilder, source_hash
from pkgstore import _watch_guard, _watch_lookout
from pkgstore.keys import SourceKey, WorkerKey
from pkgstore.watch import WatchState


@pytest.fixture
def sf(store: StoreBuilder) -> SourceBuilder:
    return store.package("sf").source("1.0").config()


def sources(store: StoreBuilder, count: int) -> list[SourceBuilder]:
    return [store.package(f"p{number:03}").source().config() for number in range(count)]


# What is told by events alone

CHANGES: dict[str, Callable[[SourceBuilder], object]] = {
    "a sidecar is touched": lambda source: touch(source.sidecar),
    "a sidecar is written in place": lambda source: source.sidecar.write_text("{}"),
    "a sidecar is deleted": lambda source: source.sidecar.unlink(),
    "configs.json is renamed into place": lambda source: replace_file(source.configs_json),
    "configs.json is written in place": lambda source: source.configs_json.write_text("{}"),
    "a config comes": lambda source: source.config({"Rcpp": "1.0"}),
    "a tree goes": lambda source: shutil.rmtree(source.tree),
    "a tree is renamed away": lambda source: source.tree.rename(source.store.root / ".gone"),
    "the source goes": lambda source: shutil.rmtree(source.path),
    "the package goes": lambda source: shutil.rmtree(source.path.parent),
    "the platform goes": lambda source: shutil.rmtree(source.path.parent.parent),
    "the package is renamed away": lambda source: source.path.parent.rename(source.store.root / ".gone"),
    "another source takes its place": lambda source: (
        source.path.rename(source.store.root / ".gone"),
        source.path.write_text("a file"),
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_of_a_source_is_told_by_an_event(
    store: StoreBuilder, sf: SourceBuilder, change: Callable[[SourceBuilder], object]
) -> None:
    other = store.package("other").source().config()
    with watched(store.root) as (ear, watcher):
        ear.hears(lambda: touch(sf.sidecar), source_key(sf.path))
        told = ear.hears(lambda: change(sf), source_key(sf.path))
        assert told <= {source_key(sf.path), source_key(other.path)}
        assert watcher.state == WatchState()


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_of_a_source_is_told_without_events(
    store: StoreBuilder,
    sf: SourceBuilder,
    change: Callable[[SourceBuilder], object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refuse_events(monkeypatch)
    with watched(store.root, sweep=0.02) as (ear, watcher):
        ear.hears(lambda: touch(sf.sidecar), source_key(sf.path))
        ear.hears(lambda: change(sf), source_key(sf.path))
        assert watcher.state.mode == "polling"


@pytest.mark.parametrize("events", [True, False])
def test_new_sources_packages_and_platforms(
    store: StoreBuilder, events: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not events:
        refuse_events(monkeypatch)
    with watched(store.root, sweep=3600.0 if events else 0.02) as (ear, _):
        for package in (store.package("sf"), store.on("4.6-aarch64").package("sf")):
            for version in ("1.0", "2.0"):
                key = SourceKey(package.store.platform, "sf", source_hash("sf", version))
                made: list[SourceBuilder] = []
                ear.hears(lambda made=made, p=package, v=version: made.append(p.source(v).config()), key)
                ear.hears(lambda made=made: touch(made[0].sidecar), key)


@pytest.mark.parametrize("events", [True, False])
def test_what_is_renamed_into_place_is_told_with_all_that_is_in_it(
    tmp_path: Path, store: StoreBuilder, events: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not events:
        refuse_events(monkeypatch)
    elsewhere = StoreBuilder(tmp_path / "elsewhere")
    package = [elsewhere.package("sf").source(version).config() for version in ("1.0", "2.0")]
    platform = [elsewhere.on("4.6-aarch64").package(name).source().config() for name in ("a", "b")]
    store.package("here").source().config()
    with watched(store.root, sweep=3600.0 if events else 0.02) as (ear, _):
        for moved, made in ((f"{PLATFORM}/sf", package), ("4.6-aarch64", platform)):
            keys = [source_key(source.path) for source in made]
            ear.hears(lambda moved=moved: (elsewhere.root / moved).rename(store.root / moved), *keys)
            for source, key in zip(made, keys, strict=True):
                sidecar = store.root / source.sidecar.relative_to(elsewhere.root)
                ear.hears(lambda sidecar=sidecar: touch(sidecar), key)


def test_a_renamed_package_is_told_under_both_names_and_watched_under_the_new_one(
    store: StoreBuilder, sf: SourceBuilder
) -> None:
    with watched(store.root) as (ear, _):
        ear.hears(lambda: touch(sf.sidecar), source_key(sf.path))
        new = sf.path.parent.with_name("new")
        old_key, new_key = source_key(sf.path), SourceKey(PLATFORM, "new", sf.key)
        ear.hears(lambda: sf.path.parent.rename(new), old_key, new_key)
        told = ear.hears(lambda: touch(new / sf.key / sf.sidecar.name), new_key)
        assert told == {new_key}


def test_reading_and_what_happens_in_a_tree_wake_nobody(store: StoreBuilder, sf: SourceBuilder) -> None:
    marker = store.package("marker").source().config()
    with watched(store.root) as (ear, _):
        ear.hears(lambda: (touch(sf.sidecar), touch(marker.sidecar)), source_key(sf.path), source_key(marker.path))
        ear.hears(lambda: touch(marker.sidecar), source_key(marker.path))  # what was told of sf twice is through

        def read_and_write_below() -> None:
            for folder, _, files in os.walk(store.root):
                for name in files:
                    (Path(folder) / name).read_bytes()
            for number in range(300):
                (sf.tree / f"file{number}").write_text("")
                (sf.tree / f"file{number}").unlink()
            (store.root / ".pkgstore").mkdir()
            (store.root / ".pkgstore" / "digests").mkdir()
            (sf.path.parent / "file").write_text("no source")
            touch(marker.sidecar)

        assert ear.hears(read_and_write_below, source_key(marker.path)) == {source_key(marker.path)}


def test_a_sidecar_that_is_being_made_is_told_once_it_is_written(store: StoreBuilder, sf: SourceBuilder) -> None:
    with watched(store.root) as (ear, _):
        ear.hears(lambda: touch(sf.sidecar), source_key(sf.path))
        marker = store.package("marker").source()
        ear.hears(lambda: marker.config(), source_key(marker.path))
        with (sf.path / "fresh.json").open("w") as file:
            file.write("{")
            file.flush()
            told = ear.hears(lambda: touch(marker.sidecar), source_key(marker.path))
            assert told == {source_key(marker.path)}
        ear.wait(lambda: source_key(sf.path) in ear.batches[-1])


# From the start on


def test_a_change_right_after_the_start_is_told(store: StoreBuilder) -> None:
    made = sources(store, 200)
    for source in made:
        os.utime(source.sidecar, (1.0, 1.0))
    with watched(store.root) as (ear, _):
        ear.hears(lambda: [touch(source.sidecar) for source in made], *(source_key(source.path) for source in made))


def test_what_went_before_it_was_looked_at_is_told_where_others_knew_it(store: StoreBuilder) -> None:
    made = sources(store, 3)
    gone = SourceKey(PLATFORM, "gone", "a1")
    with watched(store.root) as (ear, watcher):
        known = [source_key(source.path) for source in made]
        told = ear.hears(lambda: watcher.expect([*known, gone, SourceKey(PLATFORM, "../x", "a1")]), gone)
        assert SourceKey(PLATFORM, "../x", "a1") not in told
        ear.hears(lambda: shutil.rmtree(made[0].path), known[0])


def test_a_root_that_is_deleted_and_made_again(store: StoreBuilder, sf: SourceBuilder) -> None:
    with watched(store.root, sweep=0.02) as (ear, watcher):
        ear.hears(lambda: touch(sf.sidecar), source_key(sf.path))
        ear.hears(lambda: shutil.rmtree(store.root), source_key(sf.path))
        ear.hears(lambda: StoreBuilder(store.root).package("sf").source("1.0").config(), source_key(sf.path))
        for _ in range(3):
            ear.hears(lambda: touch(sf.sidecar), source_key(sf.path))
        assert watcher.state == WatchState()


# The budget


def small_budget(monkeypatch: pytest.MonkeyPatch, folders: int) -> None:
    monkeypatch.setattr(_watch_lookout, "budget", lambda: folders)


NOTE = "Only {} folders are watched; other sources are looked at every few minutes."


def test_beyond_the_budget_only_what_is_in_sight_is_told_at_once(
    store: StoreBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = sources(store, 30)
    store.worker("w1", {})
    small_budget(
        monkeypatch, 13
    )  # the root, the workers, one library, the platform; then four packages and sources
    with watched(store.root) as (ear, watcher):
        ear.wait(lambda: ear.states[-1] == WatchState("events", "", NOTE.format(13)))
        keys = [source_key(source.path) for source in made]
        ear.hears(lambda: watcher.attend([*keys[-5:], SourceKey("..", "sf", "a1")]))
        touched = [lambda source=source: touch(source.sidecar) for source in made]
        marker = [WorkerKey("w2")]
        ear.hears(lambda: store.worker("w2", {}), *marker)
        ear.hears(lambda: [each() for each in touched[-5:]], *keys[-5:])
        told = ear.hears(
            lambda: [*(each() for each in touched), store.worker("w3", {})], WorkerKey("w3"), *keys[-5:]
        )
        assert set(keys) - told  # what is neither within the budget nor in sight
        assert len(Watches.of(watcher)) <= 13 + 5 + 2


class Watches:
    @staticmethod
    def of(watcher: object) -> list[str]:
        guard = watcher._watch.lookout._guard  # type: ignore[attr-defined]
        return list(guard._events._watches)


def test_beyond_the_budget_rounds_find_what_changed(store: StoreBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    made = sources(store, 30)
    small_budget(monkeypatch, 5)
    with watched(store.root, sweep=0.05) as (ear, watcher):
        for source in made:
            ear.hears(lambda source=source: touch(source.sidecar), source_key(source.path))
        ear.hears(lambda: shutil.rmtree(made[-1].path.parent), source_key(made[-1].path))
        assert watcher.state == WatchState("events", "", NOTE.format(5))


def test_the_note_goes_when_there_is_room_again(store: StoreBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    made = sources(store, 10)
    small_budget(monkeypatch, 12)
    with watched(store.root, sweep=0.02) as (ear, _):
        ear.wait(lambda: ear.states[-1].note == NOTE.format(12))
        for source in made[3:]:
            shutil.rmtree(source.path.parent)
        ear.wait(lambda: ear.states[-1] == WatchState())
        ear.hears(lambda: touch(made[0].sidecar), source_key(made[0].path))


def test_what_was_in_sight_longest_ago_makes_room(store: StoreBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    made = sources(store, 6)
    small_budget(monkeypatch, 0)
    monkeypatch.setattr(_watch_guard, "IN_SIGHT_AT_MOST", 2)
    with watched(store.root) as (ear, watcher):
        for source in made:
            watcher.attend([source_key(source.path)])
            ear.hears(lambda source=source: touch(source.sidecar), source_key(source.path))
            ear.hears(lambda source=source: touch(source.sidecar), source_key(source.path))
        seen = [folder for folder in Watches.of(watcher) if folder.count("/") == 2]
        assert seen == [f"{PLATFORM}/{source.package.name}/{source.key}" for source in made[-2:]]


def test_a_system_with_few_watches_gives_them_to_workers_first(
    store: StoreBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = sources(store, 10)
    store.worker("w0", {})
    there = cap_watches(monkeypatch, 14)
    with watched(store.root) as (ear, watcher):
        ear.wait(lambda: ear.states[-1].note)
        for number in range(1, 9):
            key = WorkerKey(f"w{number}")
            ear.hears(lambda key=key: store.worker(key.worker_id, {}), key)
            ear.hears(lambda key=key: replace_file(store.root / ".workers" / key.worker_id / ".packages.json"), key)
        assert len(there) <= 14
        assert watcher.state.mode == "events"
        watcher.attend([source_key(made[-1].path)])
        ear.hears(lambda: touch(made[-1].sidecar), source_key(made[-1].path))


def test_half_of_what_the_system_allows_is_the_budget(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    limit = tmp_path / "max_user_watches"
    monkeypatch.setattr(_watch_guard, "_LIMIT", str(limit))
    assert _watch_guard.budget() == 16_384
    for text, budget in (("8192\n", 4096), ("192536\n", 16_384), ("what?", 16_384)):
        limit.write_text(text)
        assert _watch_guard.budget() == budget


# What events did not tell


def test_what_is_in_sight_is_looked_at_in_every_sweep_without_events(
    store: StoreBuilder, sf: SourceBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_events(monkeypatch)
    monkeypatch.setattr(_watch_lookout.Lookout, "_walk_sources", lambda self: iter(()))
    with watched(store.root, sweep=0.02) as (ear, watcher):
        watcher.attend([source_key(sf.path)])
        for _ in range(3):
            ear.hears(lambda: touch(sf.sidecar), source_key(sf.path))


def test_after_an_overflow_every_source_is_looked_at(store: StoreBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    install_spy(monkeypatch)
    made = sources(store, 3)
    keys = [source_key(source.path) for source in made]
    with watched(store.root) as (ear, watcher):
        ear.hears(lambda: [touch(source.sidecar) for source in made], *keys)
        Spy.last.deaf = True
        touch(made[0].sidecar)
        shutil.rmtree(made[1].path.parent)
        new = store.package("new").source().config()
        ear.hears(Spy.last.overflow, *keys[:2], source_key(new.path))
        ear.hears(lambda: touch(new.sidecar), source_key(new.path))
        assert watcher.state == WatchState()


def test_rounds_find_what_events_did_not_tell(store: StoreBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    install_spy(monkeypatch)
    made = sources(store, 3)
    keys = [source_key(source.path) for source in made]
    with watched(store.root, sweep=0.05) as (ear, _):
        ear.hears(lambda: [touch(source.sidecar) for source in made], *keys)
        Spy.last.deaf = True
        for source, key in zip(made, keys, strict=True):
            ear.hears(lambda source=source: touch(source.sidecar), key)
            ear.hears(lambda source=source: shutil.rmtree(source.path), key)


def test_folders_that_may_not_be_listed_are_told_when_they_may(
    store: StoreBuilder, sf: SourceBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_events(monkeypatch)
    genuine, closed = os.scandir, {str(sf.path.parent)}

    def scandir(path: str) -> object:
        if str(path) in closed:
            raise PermissionError(13, "Permission denied", path)
        return genuine(path)

    with watched(store.root, sweep=0.02) as (ear, _):
        ear.hears(lambda: touch(sf.sidecar), source_key(sf.path))
        monkeypatch.setattr(os, "scandir", scandir)
        new = store.package("sf").source("2.0").config()
        told = ear.hears(lambda: touch(sf.sidecar), source_key(sf.path))  # what was known is still looked at
        assert told == {source_key(sf.path)}
        ear.hears(closed.clear, source_key(new.path))
        ear.hears(lambda: closed.add(str(sf.path)), source_key(sf.path))
        ear.hears(closed.clear, source_key(sf.path))


def test_rounds_go_on_while_somebody_is_busy_all_the_time(
    store: StoreBuilder, sf: SourceBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_events(monkeypatch)
    with watched(store.root, sweep=0.05, is_busy=lambda: True) as (ear, _):
        ear.hears(lambda: touch(sf.sidecar), source_key(sf.path))
        ear.hears(lambda: touch(sf.sidecar), source_key(sf.path))
