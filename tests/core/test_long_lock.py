"""One lock held for far more than half an hour: nobody takes it from a job that lives, anybody from one that died.

The job and whoever waits for its lock are processes of their own. The clock is simulated and shared by all; it goes
on by a minute at a time, when the job has done what it has to do by then.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from long_job import SimulatedClock

from builders import LibraryBuilder, StoreBuilder, entry, source_hash, write_lockfile
from pkgstore import locks
from pkgstore.errors import LockBusy
from pkgstore.keys import SourceKey
from pkgstore.layout import Layout
from pkgstore.locks import REFRESH_EVERY, LockRules, hold
from pkgstore.model import STALE_AFTER

HERE = Path(__file__).parent
MINUTE = 60.0
NEVER = 1e9
AT_ONCE = LockRules(timeout=0.0, retry=(0.001, 0.002))


class Process:
    """A script of this folder that answers line by line."""

    def __init__(self, script: str, *words: object) -> None:
        command = [sys.executable, str(HERE / script), *map(str, words)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def hear(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().rstrip("\n")

    def ask(self) -> str:
        assert self._process.stdin is not None
        print(file=self._process.stdin, flush=True)
        return self.hear()

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(20)

    def suspend(self) -> None:
        self._process.send_signal(signal.SIGSTOP)
        os.waitpid(self._process.pid, os.WUNTRACED)

    def wake(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


class World:
    """A store in which one lock is held, and the time."""

    def __init__(self, store: StoreBuilder, folder: Path) -> None:
        self.store, self.layout = store, Layout(str(store.root))
        self.key = SourceKey(store.platform, "big", source_hash("big", "1.0"))
        self.lock = self.layout.lock(self.key)
        self.file = folder / "clock"
        self.file.write_bytes(bytes(16))
        self.clock = SimulatedClock(str(self.file))
        self.clock.set(time.time())
        self._open: list[Process] = []

    def job(self, what: str, refresh_every: float = REFRESH_EVERY) -> Process:
        """A job of ours that has the lock, and is in the middle of its work."""
        if what == "evict":
            self.store.package("big").source().config(used="40d")
        else:
            LibraryBuilder(self.store.root.parent / "lib").package("big")
            write_lockfile(self.store.root.parent / "pak.lock", entry("big"))
        return self._started(Process("long_job.py", what, self.store.root, self.file, refresh_every), "held")

    def waiter(self) -> Process:
        """Somebody who follows the reference's rule."""
        return self._started(Process("reference_waiter.py", self.lock, self.file))

    def _started(self, process: Process, word: str = "") -> Process:
        self._open.append(process)
        assert not word or process.hear() == word
        return process

    def pass_time(self, seconds: float, *, kept: bool = True) -> None:
        """It gets so much later; the job, if it lives, does what it has to by then."""
        self.clock.set(self.clock.now() + seconds)
        deadline = time.monotonic() + 20
        while kept and self.clock.asleep_until <= self.clock.now():
            assert time.monotonic() < deadline, "the job does not keep its lock fresh"
            time.sleep(0.0005)

    @property
    def age(self) -> float:
        return self.clock.now() - os.stat(self.lock).st_mtime

    def is_stored(self) -> bool:
        return (Path(self.layout.source(self.key)) / "configs.json").exists()

    def close(self) -> None:
        for process in self._open:
            process.close()
        self.clock.close()


@pytest.fixture
def world(store: StoreBuilder, tmp_path: Path) -> Iterator[World]:
    found = World(store, tmp_path)
    yield found
    found.close()


@pytest.mark.parametrize("what", ["evict", "ingest"])
def test_a_job_keeps_its_lock_for_two_hours(world: World, what: str) -> None:
    job, waiter = world.job(what), world.waiter()
    held = os.stat(world.lock).st_ino
    ages = []
    for _ in range(120):
        assert waiter.ask() == "waiting"
        world.pass_time(MINUTE)
        ages.append(world.age)
    assert os.stat(world.lock).st_ino == held
    assert 0 < max(ages) <= REFRESH_EVERY + 1, "it was refreshed each time it was due"
    assert job.ask() == "done"
    assert world.is_stored() == (what == "ingest"), "the job came to its end"
    assert waiter.ask() == "taken"


@pytest.mark.parametrize("what", ["evict", "ingest"])
def test_a_lock_that_is_not_kept_fresh_is_taken_and_its_job_changes_nothing_more(world: World, what: str) -> None:
    """The test above can fail: this is the same job without a refresh."""
    job, waiter = world.job(what, NEVER), world.waiter()
    said = []
    for _ in range(32):
        world.pass_time(MINUTE)
        said.append(waiter.ask())
        if said[-1] != "waiting":
            break
    assert said == ["waiting"] * 29 + ["broken"] or said == ["waiting"] * 30 + ["broken"]
    assert "this lock" in job.ask()
    assert world.is_stored() == (what == "evict"), "its configs.json is as it was"
    assert waiter.ask() == "waiting", "nor did it take the other's lock away"


def test_the_lock_of_a_job_that_died_is_broken_after_half_an_hour_and_not_before(world: World) -> None:
    job, waiter = world.job("evict"), world.waiter()
    for _ in range(47):
        world.pass_time(MINUTE)
    job.kill()
    world.pass_time(STALE_AFTER - world.age - 1, kept=False)
    assert waiter.ask() == "waiting"
    world.pass_time(2, kept=False)
    assert waiter.ask() == "broken"
    assert world.is_stored(), "the job had changed nothing yet"


def test_so_do_we_with_one_that_died(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.job("evict").kill()
    monkeypatch.setattr(locks, "CLOCK", world.clock)
    world.pass_time(STALE_AFTER - world.age - 1, kept=False)
    with pytest.raises(LockBusy), hold(world.layout, world.key, rules=AT_ONCE):
        pass
    world.pass_time(2, kept=False)
    with hold(world.layout, world.key, rules=AT_ONCE) as lock:
        assert lock.is_ours()


def test_a_process_that_stood_still_for_long_notices(world: World) -> None:
    """It was stopped, say with ctrl+z: nothing kept its lock fresh, and somebody took it."""
    job, waiter = world.job("evict"), world.waiter()
    job.suspend()
    world.pass_time(STALE_AFTER + MINUTE, kept=False)
    assert waiter.ask() == "broken"
    job.wake()
    assert "this lock" in job.ask()
    assert world.is_stored()
    assert waiter.ask() == "waiting"
