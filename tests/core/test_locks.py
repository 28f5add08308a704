"""The reference's mkdir locks: taken, waited for, kept fresh, broken only when left by a crash."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from builders import StoreBuilder
from intercept import before
from pkgstore import files, locks
from pkgstore.errors import Cancelled, DiskError, LockBusy
from pkgstore.keys import SourceKey
from pkgstore.layout import Layout
from pkgstore.locks import LockRules, acquire, break_stale, hold, list_locks
from pkgstore.progress import Cancel

QUICK = LockRules(timeout=30.0, retry=(0.001, 0.002))
AT_ONCE = LockRules(timeout=0.0, retry=(0.001, 0.002))


@pytest.fixture
def layout(store: StoreBuilder) -> Layout:
    return Layout(str(store.root))


@pytest.fixture
def key(store: StoreBuilder) -> SourceKey:
    return SourceKey(store.platform, "sf", "a" * 64)


def make_lock(path: str, age: float) -> int:
    """Somebody else's lock; gives its inode."""
    os.makedirs(path)
    os.utime(path, (time.time() - age,) * 2)
    return os.stat(path).st_ino


def test_a_lock_is_a_folder_while_it_is_held(layout: Layout, key: SourceKey) -> None:
    with hold(layout, key) as lock:
        assert os.path.isdir(layout.lock(key))
        assert os.listdir(layout.lock(key)) == []
        assert lock.is_ours()
        lock.check()
    assert not os.path.exists(layout.lock(key))


def test_it_is_released_when_the_work_fails(layout: Layout, key: SourceKey) -> None:
    with pytest.raises(ZeroDivisionError), hold(layout, key):
        raise ZeroDivisionError
    assert not os.path.exists(layout.lock(key))


def test_a_second_one_waits_for_the_first(layout: Layout, key: SourceKey) -> None:
    waiting, got = threading.Event(), threading.Event()

    def second() -> None:
        waiting.set()
        with hold(layout, key, rules=QUICK):
            got.set()

    with hold(layout, key):
        thread = threading.Thread(target=second)
        thread.start()
        assert waiting.wait(10)
        assert not got.wait(0.05)
    assert got.wait(10)
    thread.join(10)


def test_waiting_has_a_limit_that_tells_who_and_when(layout: Layout, key: SourceKey) -> None:
    make_lock(layout.lock(key), age=600)
    with pytest.raises(LockBusy) as caught:
        acquire(layout, key, rules=AT_ONCE)
    assert caught.value.path == layout.lock(key)
    assert 600 <= caught.value.age < 660
    assert "has held this lock for 10 min" in str(caught.value)
    assert "may be broken in 20 min" in str(caught.value)
    assert os.path.isdir(layout.lock(key))


def test_waiting_can_be_cancelled(layout: Layout, key: SourceKey) -> None:
    make_lock(layout.lock(key), age=0)
    cancel = Cancel()
    timer = threading.Timer(0.01, cancel.set)
    timer.start()
    with pytest.raises(Cancelled):
        acquire(layout, key, rules=LockRules(retry=(5, 5)), cancel=cancel)
    timer.join()
    assert os.path.isdir(layout.lock(key))


def test_a_lock_left_by_a_crash_is_broken(layout: Layout, key: SourceKey) -> None:
    make_lock(layout.lock(key), age=1801)
    with hold(layout, key, rules=AT_ONCE) as lock:
        assert lock.is_ours()
    assert os.listdir(os.path.dirname(layout.lock(key))) == []


def test_a_lock_just_inside_the_limit_is_not(layout: Layout, key: SourceKey) -> None:
    make_lock(layout.lock(key), age=1790)
    with pytest.raises(LockBusy):
        acquire(layout, key, rules=AT_ONCE)


def test_a_file_in_place_of_a_stale_lock_is_broken_too(layout: Layout, key: SourceKey) -> None:
    path = Path(layout.lock(key))
    path.parent.mkdir(parents=True)
    path.write_text("x")
    os.utime(path, (0, 0))
    with hold(layout, key, rules=AT_ONCE):
        assert path.is_dir()


def swap_before_rename(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """Another process breaks the stale lock and takes it, between our look and our rename."""
    real = files.set_aside

    def late(source: str, target: str) -> bool:
        os.rmdir(path)
        os.mkdir(path)
        return real(source, target)

    monkeypatch.setattr(locks.files, "set_aside", late)


def test_a_fresh_lock_is_never_stolen_while_a_stale_one_is_broken(
    layout: Layout, key: SourceKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_lock(layout.lock(key), age=4000)
    swap_before_rename(monkeypatch, layout.lock(key))
    assert not break_stale(layout.lock(key))
    assert os.path.isdir(layout.lock(key))
    assert time.time() - os.stat(layout.lock(key)).st_mtime < 60
    assert os.listdir(os.path.dirname(layout.lock(key))) == [f"{key.source_hash}.lock"]


def test_only_one_of_ours_at_a_time_breaks(layout: Layout, key: SourceKey, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes second leaves it alone, and goes on waiting."""
    make_lock(layout.lock(key), age=4000)
    inside, go_on = threading.Event(), threading.Event()
    real = files.set_aside
    renamed: list[str] = []

    def slow(source: str, target: str) -> bool:
        renamed.append(source)
        inside.set()
        assert go_on.wait(10)
        done = real(source, target)
        os.mkdir(source)  # somebody takes it at once
        return done

    monkeypatch.setattr(locks.files, "set_aside", slow)
    outcomes: list[bool] = []
    threads = [threading.Thread(target=lambda: outcomes.append(break_stale(layout.lock(key)))) for _ in range(2)]
    threads[0].start()
    assert inside.wait(10)
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert sorted(outcomes) == [False, True]
    assert len(renamed) == 1
    assert os.path.isdir(layout.lock(key))


def test_whoever_meets_that_fresh_lock_goes_on_waiting(
    layout: Layout, key: SourceKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_lock(layout.lock(key), age=4000)
    swap_before_rename(monkeypatch, layout.lock(key))
    with pytest.raises(LockBusy):
        acquire(layout, key, rules=AT_ONCE)
    assert os.path.isdir(layout.lock(key))


def test_breaking_a_lock_that_is_gone_is_fine(layout: Layout, key: SourceKey) -> None:
    os.makedirs(os.path.dirname(layout.lock(key)))
    assert break_stale(layout.lock(key))


def test_only_our_own_lock_is_released(layout: Layout, key: SourceKey) -> None:
    lock = acquire(layout, key)
    os.rmdir(lock.path)
    theirs = make_lock(lock.path, age=0)
    assert theirs != 0
    assert not lock.is_ours()
    with pytest.raises(LockBusy):
        lock.check()
    lock.release()
    assert os.stat(lock.path).st_ino == theirs


def test_an_inode_number_used_again_is_not_taken_for_ours(layout: Layout, key: SourceKey) -> None:
    lock = acquire(layout, key)
    for _ in range(50):
        os.rmdir(lock.path)
        os.mkdir(lock.path)
        assert not lock.is_ours()
    lock.release()
    assert os.path.isdir(lock.path)


def test_releasing_twice_is_fine(layout: Layout, key: SourceKey) -> None:
    lock = acquire(layout, key)
    lock.release()
    lock.release()
    lock.refresh()
    assert not lock.is_ours()


def test_a_lock_held_long_is_kept_fresh(layout: Layout, key: SourceKey) -> None:
    rules = LockRules(refresh_every=0.01)
    with hold(layout, key, rules=rules) as lock:
        os.utime(lock.path, (1, 1))
        deadline = time.monotonic() + 10
        while os.stat(lock.path).st_mtime < 2:
            assert time.monotonic() < deadline
            os.stat(lock.path)


def test_several_locks_are_kept_fresh_at_once(layout: Layout, store: StoreBuilder) -> None:
    rules = LockRules(refresh_every=0.01)
    keys = [SourceKey(store.platform, name, "a" * 64) for name in ("sf", "s2")]
    with hold(layout, keys[0], rules=LockRules(refresh_every=3600)), hold(layout, keys[1], rules=rules) as lock:
        os.utime(lock.path, (1, 1))
        deadline = time.monotonic() + 10
        while os.stat(lock.path).st_mtime < 2:
            assert time.monotonic() < deadline


def test_a_forked_process_keeps_its_own_locks_fresh(store: StoreBuilder, layout: Layout) -> None:
    program = (
        "import os, sys, time\n"
        "from pkgstore.keys import SourceKey\n"
        "from pkgstore.layout import Layout\n"
        "from pkgstore.locks import LockRules, hold\n"
        "layout = Layout(sys.argv[1])\n"
        "keys = [SourceKey('p', name, 'a') for name in ('one', 'two')]\n"
        "rules = LockRules(refresh_every=0.01)\n"
        "with hold(layout, keys[0], rules=rules):\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        with hold(layout, keys[1], rules=rules) as lock:\n"
        "            os.utime(lock.path, (1, 1))\n"
        "            end = time.monotonic() + 10\n"
        "            while os.stat(lock.path).st_mtime < 2 and time.monotonic() < end:\n"
        "                pass\n"
        "            fresh = os.stat(lock.path).st_mtime > 2\n"
        "        os._exit(0 if fresh else 1)\n"
        "    print(os.waitpid(child, 0)[1])\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, layout.root], capture_output=True, text=True, check=True, timeout=60
    )
    assert ended.stdout == "0\n"


def test_nobody_who_follows_the_rule_can_steal_a_lock_that_is_kept_fresh(layout: Layout, key: SourceKey) -> None:
    with hold(layout, key, rules=LockRules(refresh_every=0.005)) as lock:
        os.utime(lock.path, (1, 1))
        deadline = time.monotonic() + 10
        while os.stat(lock.path).st_mtime < 2:
            assert time.monotonic() < deadline
        with pytest.raises(LockBusy):
            acquire(layout, key, rules=AT_ONCE)
        assert lock.is_ours()


def test_a_refresh_that_the_disk_refuses_does_not_end_the_keeper(
    layout: Layout, key: SourceKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = threading.Event()

    def refuse(_: object) -> bool:
        tried.set()
        raise DiskError("touch", OSError(30, "read-only"), "x")

    monkeypatch.setattr(locks.files, "touch", refuse)
    with hold(layout, key, rules=LockRules(refresh_every=0.001)):
        assert tried.wait(10)
    assert not os.path.exists(layout.lock(key))


def test_locks_are_listed_with_their_age(store: StoreBuilder, layout: Layout) -> None:
    old = store.package("sf").source().locked(age="40m")
    store.package("s2").source().locked(age="1m")
    (store.root / ".locks" / "stray").mkdir()
    found = list_locks(layout)
    assert [record.key.package for record in found] == ["s2", "sf"]
    assert [record.is_stale() for record in found] == [False, True]
    assert found[1].path == str(old)
    assert 2400 <= found[1].age() < 2460


def test_a_store_without_locks_has_none(layout: Layout) -> None:
    assert list_locks(layout) == []


def test_locks_that_cannot_be_listed_are_an_error(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    os.makedirs(layout.locks)

    def refuse(_: object) -> object:
        raise PermissionError(13, "Permission denied", layout.locks)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(DiskError, match="list the locks"):
        list_locks(layout)


def test_a_lock_that_cannot_be_looked_at_is_an_error(
    layout: Layout, key: SourceKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_lock(layout.lock(key), age=0)

    def refuse(path: str) -> None:
        if path == layout.lock(key):
            raise PermissionError(13, "Permission denied")

    before(monkeypatch, refuse, "stat")
    with pytest.raises(DiskError, match="look at this lock"):
        acquire(layout, key, rules=AT_ONCE)
