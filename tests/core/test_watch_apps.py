"""`pkgstore.watch` and what is beside the sources: apps, locks, build and staging folders."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from watch_helpers import Spy, install_spy, replace_file, touch, watched

from builders import PLATFORM, SourceBuilder, StoreBuilder
from pkgstore import _watch_lookout
from pkgstore.apps import ALL_APPS
from pkgstore.keys import AppKey, LocksKey, SourceKey, WorkerKey, WorkKey
from pkgstore.snapshot import Key
from pkgstore.watch import WatchState

LOCKS = LocksKey()


pytestmark = pytest.mark.usefixtures("exact_clocks")


@pytest.fixture
def apps(store: StoreBuilder) -> Path:
    return store.root.parent


# Apps

APP_CHANGES: dict[str, Callable[[Path], object]] = {
    "the current manifest is renamed into place": lambda app: replace_file(
        app / "store-manifest.json", '{"a": "b/c"}'
    ),
    "the current manifest is written in place": lambda app: (app / "store-manifest.json").write_text(
        '{"a": "b/c"}'
    ),
    "the manifest before comes": lambda app: (app / "store-manifest.json.prev").write_text("{}"),
    "the first manifest comes": lambda app: (app / "store-manifest.json.build").write_text("{}"),
    "the lockfile comes": lambda app: replace_file(app / "pak.lock"),
    "a manifest goes": lambda app: (app / "store-manifest.json").unlink(),
    "the app goes": shutil.rmtree,
    "the app is renamed away": lambda app: app.rename(app.with_name(".away")),
}


@pytest.mark.parametrize("change", APP_CHANGES.values(), ids=APP_CHANGES.keys())
@pytest.mark.parametrize("name", ["shop", "team/shop", ".transfers/shop"])
def test_a_change_of_an_app_is_told(
    store: StoreBuilder, apps: Path, sweep: float, name: str, change: Callable[[Path], object]
) -> None:
    (apps / name).parent.mkdir(exist_ok=True)
    app = store.app(name, {})
    with watched(store.root, apps=apps, sweep=sweep) as (ear, _):
        ear.hears(lambda: replace_file(app / "store-manifest.json", '{"sf": "x/y"}'), AppKey(name))
        assert ear.hears(lambda: change(app), AppKey(name)) == {AppKey(name)}


@pytest.mark.parametrize("name", ["shop", "team/shop", ".transfers/shop"])
def test_an_app_that_comes_is_told_and_watched(store: StoreBuilder, apps: Path, sweep: float, name: str) -> None:
    with watched(store.root, apps=apps, sweep=sweep) as (ear, _):
        for _ in range(2):
            (apps / name).parent.mkdir(exist_ok=True)
            ear.hears(lambda: store.app(name, {}), AppKey(name))
            ear.hears(lambda: replace_file(apps / name / "pak.lock"), AppKey(name))
            ear.hears(lambda: shutil.rmtree((apps / name).parent if "/" in name else apps / name), AppKey(name))


def test_an_app_renamed_into_place_with_its_files(store: StoreBuilder, apps: Path, sweep: float) -> None:
    store.app(".hidden", {})
    with watched(store.root, apps=apps, sweep=sweep) as (ear, _):
        ear.hears(lambda: (apps / ".hidden").rename(apps / "shop"), AppKey("shop"))
        ear.hears(lambda: (apps / "shop").rename(apps / "shop2"), AppKey("shop"), AppKey("shop2"))


def test_what_else_an_app_does_wakes_nobody(store: StoreBuilder, apps: Path) -> None:
    app, other = store.app("shop", {}), store.app("other", {})
    (app / "www").mkdir()
    with watched(store.root, apps=apps) as (ear, _):

        def work() -> None:
            for folder in (app, app / "www", apps):
                for number in range(100):
                    (folder / f"file{number}").write_text("")
                (folder / "library").mkdir()
                for number in range(100):
                    (folder / "library" / f"package{number}").mkdir()
                    (folder / "library" / "store-manifest.json").write_text("{}")
                shutil.rmtree(folder / "library")
            for name in os.listdir(app):
                (app / name).read_bytes() if (app / name).is_file() else None
            (store.root / "pak.lock").write_text("{}")
            replace_file(other / "pak.lock")

        told = ear.hears(work, AppKey("other"))
        assert told - {AppKey("library"), AppKey("shop/library")} == {AppKey("other")}


def test_an_app_that_is_being_written_is_told_when_it_is_written(store: StoreBuilder, apps: Path) -> None:
    app, other = store.app("shop", {}), store.app("other", {})
    with watched(store.root, apps=apps) as (ear, _), (app / "pak.lock").open("w") as file:
        file.write("{")
        file.flush()
        assert ear.hears(lambda: replace_file(other / "pak.lock"), AppKey("other")) == {AppKey("other")}
        ear.hears(file.close, AppKey("shop"))


def test_apps_are_not_watched_unless_asked_for(store: StoreBuilder) -> None:
    app = store.app("shop", {})
    with watched(store.root) as (ear, _):
        told = ear.hears(lambda: (replace_file(app / "pak.lock"), store.worker("w1", {})), *store_keys("w1"))
        assert told == set(store_keys("w1"))


def store_keys(*workers: str) -> list[Key]:
    from pkgstore.keys import WorkerKey

    return [WorkerKey(name) for name in workers]


def test_the_folder_of_the_apps_may_come_go_and_turn_into_a_file(
    store: StoreBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apps = tmp_path / "elsewhere"
    with watched(store.root, apps=apps, sweep=0.02) as (ear, watcher):
        for _ in range(2):
            apps.mkdir()
            (apps / "shop").mkdir()
            ear.hears(lambda: replace_file(apps / "shop" / "pak.lock"), AppKey("shop"))
            ear.hears(lambda: (shutil.rmtree(apps), apps.write_text("a file")), AppKey("shop"))
            apps.unlink()
        assert watcher.state == WatchState()


def test_a_folder_of_apps_that_may_not_be_listed(
    store: StoreBuilder, apps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.app("shop", {})
    genuine, closed = os.scandir, {str(apps)}

    def scandir(path: str) -> object:
        if str(path) in closed:
            raise PermissionError(13, "Permission denied", path)
        return genuine(path)

    with watched(store.root, apps=apps, sweep=0.02) as (ear, _):
        ear.hears(lambda: monkeypatch.setattr(os, "scandir", scandir), ALL_APPS)
        ear.hears(closed.clear, ALL_APPS)
        ear.hears(lambda: closed.add(str(store.root / ".builds")))
        (store.root / ".builds").mkdir()
        ear.hears(closed.clear)


def test_an_app_that_may_not_be_searched(store: StoreBuilder, apps: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = store.app("shop", {})
    genuine, closed = os.access, set[str]()
    monkeypatch.setattr(os, "access", lambda path, mode: str(path) not in closed and genuine(path, mode))
    with watched(store.root, apps=apps, sweep=0.02) as (ear, _):
        ear.hears(lambda: closed.add(str(app)), AppKey("shop"))
        ear.hears(closed.clear, AppKey("shop"))


# Locks


@pytest.fixture
def sf(store: StoreBuilder) -> SourceBuilder:
    return store.package("sf").source("1.0").config()


def key_of(source: SourceBuilder) -> SourceKey:
    return SourceKey(PLATFORM, source.package.name, source.key)


def test_a_lock_is_told_when_taken_refreshed_and_released_and_then_its_source_too(
    store: StoreBuilder, sf: SourceBuilder, sweep: float
) -> None:
    lock = store.root / ".locks" / PLATFORM / "sf" / f"{sf.key}.lock"
    with watched(store.root, sweep=sweep) as (ear, _):
        for _ in range(2):
            assert ear.hears(lambda: sf.locked(), LOCKS) == {LOCKS}
            assert ear.hears(lambda: touch(lock), LOCKS) == {LOCKS}
            assert ear.hears(lock.rmdir, LOCKS, key_of(sf)) == {LOCKS, key_of(sf)}
        ear.hears(lambda: (sf.locked(), shutil.rmtree(store.root / ".locks")), LOCKS)
        ear.hears(lambda: sf.locked(), LOCKS)
        ear.hears(lambda: shutil.rmtree(store.root / ".locks"), LOCKS, key_of(sf))


def test_a_lock_that_was_there_before_is_told_when_released(
    store: StoreBuilder, sf: SourceBuilder, sweep: float
) -> None:
    lock = sf.locked()
    with watched(store.root, sweep=sweep) as (ear, _):
        assert ear.hears(lock.rmdir, LOCKS, key_of(sf)) == {LOCKS, key_of(sf)}


def test_a_lock_that_comes_and_goes_in_a_moment(store: StoreBuilder, sf: SourceBuilder) -> None:
    sf.locked().rmdir()
    with watched(store.root) as (ear, _):
        ear.hears(lambda: (store.root / ".locks" / PLATFORM / "sf" / f"{sf.key}.lock").mkdir(), LOCKS)
        ear.hears((store.root / ".locks" / PLATFORM / "sf" / f"{sf.key}.lock").rmdir, LOCKS, key_of(sf))
        other = store.root / ".locks" / PLATFORM / "sf" / "b2.lock"
        ear.hears(lambda: (other.mkdir(), other.rmdir()), LOCKS, SourceKey(PLATFORM, "sf", "b2"))


def test_what_is_no_lock_among_locks(store: StoreBuilder, sf: SourceBuilder) -> None:
    sf.locked()
    with watched(store.root) as (ear, _):
        odd = store.root / ".locks" / PLATFORM / "sf" / ".lock"
        assert ear.hears(lambda: (odd.mkdir(), odd.rmdir()), LOCKS) == {LOCKS}


# Builds and staging folders


@pytest.mark.parametrize("top", [".builds", ".staging"])
def test_builds_and_staging_folders(store: StoreBuilder, sweep: float, top: str) -> None:
    key, folder = WorkKey(top, "1234"), store.root / top / "1234"
    with watched(store.root, sweep=sweep) as (ear, _):
        for _ in range(2):
            assert ear.hears(lambda: folder.mkdir(parents=True), key) == {key}
            for name in ("store-manifest.json", ".packages.json", "pak.lock"):
                assert ear.hears(lambda name=name: replace_file(folder / name), key) == {key}
                assert ear.hears(lambda name=name: (folder / name).write_text("{ }"), key) == {key}
                assert ear.hears((folder / name).unlink, key) == {key}
            assert ear.hears(lambda: shutil.rmtree(store.root / top), key) == {key}


def test_a_library_being_linked_into_a_build_is_not_heard(store: StoreBuilder) -> None:
    folder = store.root / ".builds" / "1234"
    folder.mkdir(parents=True)
    store.worker("w0")
    with watched(store.root) as (ear, _):

        def link() -> None:
            for number in range(300):
                (folder / f"package{number}" / "R").mkdir(parents=True)
                (folder / f"package{number}" / "DESCRIPTION").write_text("")
            store.worker("w1", {})

        assert ear.hears(link, *store_keys("w1")) == set(store_keys("w1"))


def test_a_folder_of_builds_that_may_not_be_listed(store: StoreBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    (store.root / ".builds" / "1234").mkdir(parents=True)
    genuine, closed = os.scandir, {str(store.root / ".builds")}

    def scandir(path: str) -> object:
        if str(path) in closed:
            raise PermissionError(13, "Permission denied", path)
        return genuine(path)

    with watched(store.root, sweep=0.02) as (ear, _):
        ear.hears(lambda: monkeypatch.setattr(os, "scandir", scandir), WorkKey(".builds", "."))
        ear.hears(closed.clear, WorkKey(".builds", "."))


# Everything


def test_after_an_overflow_apps_locks_and_work_are_looked_at(
    store: StoreBuilder, apps: Path, sf: SourceBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_spy(monkeypatch)
    app, lock = store.app("shop", {}), sf.locked()
    store.app(".hidden", {})
    with watched(store.root, apps=apps) as (ear, _):
        Spy.last.deaf = True
        replace_file(app / "pak.lock")
        lock.rmdir()
        (store.root / ".builds" / "1234").mkdir(parents=True)
        (apps / ".hidden").rename(apps / "moved")
        keys = [AppKey("shop"), AppKey("moved"), LOCKS, key_of(sf), WorkKey(".builds", "1234")]
        ear.hears(Spy.last.overflow, *keys)
        ear.hears(lambda: replace_file(store.root / ".builds" / "1234" / "pak.lock"), keys[-1])


def test_a_start_does_not_wait_for_many_locks_and_apps(
    store: StoreBuilder, apps: Path, sf: SourceBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_watch_lookout, "START_AT_MOST", 0.0)
    app, lock = store.app("shop", {}), sf.locked()
    with watched(store.root, apps=apps) as (ear, _):
        ear.hears(lambda: replace_file(app / "pak.lock"), AppKey("shop"))
        ear.hears(lambda: replace_file(app / "pak.lock"), AppKey("shop"))
        ear.hears(lambda: touch(lock), LOCKS)
        ear.hears(lock.rmdir, LOCKS, key_of(sf))


def test_a_folder_that_becomes_a_link_to_itself_takes_no_other_one_with_it(
    store: StoreBuilder, sf: SourceBuilder, sweep: float
) -> None:
    """Nobody can tell what such a link leads to; it is as if the folder were gone."""
    sf.locked()
    store.worker("w1", {})
    away, locks, workers = store.root / ".away", store.root / ".locks", store.root / ".workers"
    with watched(store.root, sweep=sweep) as (ear, _):
        ear.hears(lambda: (workers.rename(away), workers.symlink_to(workers)), WorkerKey("w1"))
        assert LOCKS not in ear.told
        ear.hears(lambda: (workers.unlink(), away.rename(workers)), WorkerKey("w1"))
        ear.hears(lambda: (locks.rename(away), locks.symlink_to(locks)), LOCKS)
