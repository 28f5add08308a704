"""`pkgstore.watch`: what is told, that nothing is lost, and how it gets by without events.

No test sleeps: each waits for a fact, with a deadline that only a failure reaches. Where events have to do it
alone the sweep is an hour away; where the sweep has to, there are no events.
"""

import errno
import logging
import os
import shutil
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from watch_helpers import limit_watches, refuse_events
from watchdog.observers import inotify_c

from pkgstore import _watch_disk, _watch_lookout
from pkgstore._watch_disk import NO_MANIFEST, Signature, look, mount_type, network_type, sweep
from pkgstore._watch_events import ENTRIES, Died, FolderEvents, Heard, Hint, Overflow, files
from pkgstore._watch_lookout import Lookout
from pkgstore.keys import SourceKey, WorkerKey
from pkgstore.layout import Layout
from pkgstore.snapshot import Key
from pkgstore.watch import Batch, StoreWatcher, WatchState

DEADLINE = 60.0
NEVER = 3600.0


class Listener:
    """A consumer that behaves as it should: it reads again each key that it is told."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.changed = threading.Condition()
        self.batches: list[frozenset[Key]] = []
        self.read: dict[str, str] = {}
        self.states: list[WatchState] = []

    def on_changes(self, keys: frozenset[Key]) -> None:
        found = {key.worker_id: manifest(self.root, key.worker_id) for key in keys if isinstance(key, WorkerKey)}
        with self.changed:
            self.batches.append(keys)
            for name, text in found.items():
                if text is None:
                    self.read.pop(name, None)
                else:
                    self.read[name] = text
            self.changed.notify_all()

    def on_state(self, state: WatchState) -> None:
        with self.changed:
            self.states.append(state)
            self.changed.notify_all()

    def wait(self, fact: Callable[[], object]) -> None:
        with self.changed:
            assert self.changed.wait_for(fact, DEADLINE), (self.batches, self.states)

    def wait_for_key(self, worker: str, after: int = 0) -> None:
        self.wait(lambda: any(WorkerKey(worker) in batch for batch in self.batches[after:]))

    def wait_for_read(self, expected: dict[str, str]) -> None:
        self.wait(lambda: self.read == expected)

    def wait_for_disk(self) -> None:
        self.wait(lambda: self.read == on_disk(self.root))


def manifest(root: Path, worker: str) -> str | None:
    try:
        return (root / ".workers" / worker / ".packages.json").read_text()
    except OSError:
        return None


def on_disk(root: Path) -> dict[str, str]:
    found = {name: manifest(root, name) for name in os.listdir(root / ".workers")}
    return {name: text for name, text in found.items() if text is not None}


def library(root: Path, worker: str, text: str = "{}") -> Path:
    folder = root / ".workers" / worker
    folder.mkdir(parents=True)
    (folder / ".packages.json").write_text(text)
    return folder


def replace_file(path: Path, text: str) -> None:
    fresh = path.with_name(path.name + ".tmp")
    fresh.write_text(text)
    fresh.rename(path)


def replace_manifest(folder: Path, text: str) -> None:
    replace_file(folder / ".packages.json", text)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    store = tmp_path / "store"
    (store / ".workers").mkdir(parents=True)
    return store


@pytest.fixture
def listener(root: Path) -> Listener:
    return Listener(root)


@contextmanager
def watching(
    listener: Listener, *, quiet: float = 0.01, longest: float = 0.05, sweep: float = NEVER
) -> Iterator[StoreWatcher]:
    """A watcher that is running and has told its first state; leaves no thread behind."""
    before = set(threading.enumerate())
    times = {"quiet": quiet, "longest": longest, "sweep": sweep}
    with StoreWatcher(listener.root, listener.on_changes, listener.on_state, **times) as watcher:
        listener.wait(lambda: listener.states)
        yield watcher
    assert set(threading.enumerate()) <= before


@pytest.fixture
def no_events(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_events(monkeypatch)


class Spy(FolderEvents):
    """The events of the watcher under test, to be disturbed."""

    last: "Spy"
    deaf = False

    def __init__(self, root: str, hear: Callable[[Hint], None]) -> None:
        super().__init__(root, lambda hint: None if self.deaf and not isinstance(hint, Overflow) else hear(hint))
        Spy.last = self


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> type[Spy]:
    monkeypatch.setattr(_watch_lookout, "FolderEvents", Spy)
    return Spy


# What is told


def test_a_worker_that_appears(root: Path, listener: Listener) -> None:
    with watching(listener):
        library(root, "w1", "one")
        listener.wait_for_disk()
        assert listener.read == {"w1": "one"}


def test_a_whole_library_renamed_in_is_told_and_watched(root: Path, listener: Listener, tmp_path: Path) -> None:
    folder = library(tmp_path / "elsewhere", "w1", "one")
    with watching(listener):
        folder = folder.rename(root / ".workers" / "w1")
        listener.wait_for_read({"w1": "one"})
        replace_manifest(folder, "two")
        listener.wait_for_read({"w1": "two"})


def test_a_worker_that_vanishes(root: Path, listener: Listener) -> None:
    folder = library(root, "w1")
    with watching(listener):
        shutil.rmtree(folder)
        listener.wait_for_key("w1")
        listener.wait_for_disk()


def test_a_worker_renamed_away_is_told_and_no_longer_watched(
    root: Path, listener: Listener, tmp_path: Path
) -> None:
    folder = library(root, "w1")
    with watching(listener):
        folder = folder.rename(tmp_path / "away")
        listener.wait_for_key("w1")
        seen = len(listener.batches)
        replace_manifest(folder, "unheard")
        library(root, "w2")
        listener.wait_for_key("w2", after=seen)
        assert not any(WorkerKey("w1") in batch for batch in listener.batches[seen:])


def test_a_renamed_worker_is_watched_under_its_new_name(root: Path, listener: Listener) -> None:
    folder = library(root, "old", "one")
    with watching(listener):
        folder = folder.rename(root / ".workers" / "new")
        listener.wait_for_key("old")
        listener.wait_for_key("new")
        replace_manifest(folder, "two")
        listener.wait_for_read({"new": "two"})


@pytest.mark.parametrize("write", [Path.write_text, replace_file])
def test_a_manifest_written_in_place_or_by_rename(
    root: Path, listener: Listener, write: Callable[[Path, str], object]
) -> None:
    folder = library(root, "w1", "one")
    with watching(listener):
        for text in ("two", "three"):
            write(folder / ".packages.json", text)
            listener.wait_for_read({"w1": text})


def test_a_manifest_that_is_deleted(root: Path, listener: Listener) -> None:
    folder = library(root, "w1")
    with watching(listener):
        (folder / ".packages.json").unlink()
        listener.wait_for_key("w1")


def test_other_names_and_what_is_no_folder_are_not_told(root: Path, listener: Listener) -> None:
    folder = library(root, "w1")
    with watching(listener):
        (root / ".workers" / "file").write_text("")
        (root / ".workers" / "link").symlink_to(folder)
        (root / "4.5-x86_64").mkdir()
        (folder / "sf").mkdir()
        (folder / "sf" / "DESCRIPTION").write_text("")
        (folder / "other.json").write_text("")
        (folder / "sf").rename(folder / "terra")
        library(root, "last")
        listener.wait_for_key("last")
        assert {key for batch in listener.batches for key in batch} == {WorkerKey("last")}


def test_reading_wakes_nobody(root: Path, listener: Listener) -> None:
    folder = library(root, "w1")
    with watching(listener):
        for _ in range(20):
            os.listdir(folder)
            (folder / ".packages.json").read_text()
        library(root, "w2")
        listener.wait_for_key("w2")
        assert not any(WorkerKey("w1") in batch for batch in listener.batches)


def test_names_that_are_no_utf8(root: Path, listener: Listener) -> None:
    name = os.fsdecode(b"w\xff")
    with watching(listener):
        library(root, name)
        listener.wait_for_key(name)


# The shape of the store


def test_workers_folder_deleted_and_made_again(root: Path, listener: Listener) -> None:
    library(root, "w1", "one")
    with watching(listener):
        for text in ("two", "three"):
            shutil.rmtree(root / ".workers")
            listener.wait_for_key("w1")
            folder = library(root, "w1", text)
            listener.wait_for_read({"w1": text})
            replace_manifest(folder, text + "!")
            listener.wait_for_read({"w1": text + "!"})


def test_workers_folder_renamed_away_and_back(root: Path, listener: Listener, tmp_path: Path) -> None:
    folder = library(root, "w1", "one")
    with watching(listener):
        away = (root / ".workers").rename(tmp_path / "away")
        listener.wait_for_key("w1")
        seen = len(listener.batches)
        away.rename(root / ".workers")
        listener.wait_for_key("w1", after=seen)
        replace_manifest(folder, "two")
        listener.wait_for_disk()


def test_workers_folder_that_comes_later(root: Path, listener: Listener) -> None:
    (root / ".workers").rmdir()
    with watching(listener):
        library(root, "w1")
        listener.wait_for_key("w1")
        listener.wait_for_disk()


def test_a_root_that_is_deleted_and_made_again_is_found_by_the_sweep(root: Path, listener: Listener) -> None:
    library(root, "w1")
    with watching(listener, sweep=0.02):
        shutil.rmtree(root)
        listener.wait_for_key("w1")
        folder = library(root, "w2", "one")
        listener.wait_for_read({"w2": "one"})
        replace_manifest(folder, "two")
        listener.wait_for_disk()


# Nothing is lost


def churn(root: Path, workers: int) -> None:
    """Make, write, rename, delete and make again, without a pause; in the end a third of them is gone."""
    for number in range(workers):
        folder = library(root, f"w{number}", "one")
        (folder / ".packages.json").write_text(f"in place {number}")
        replace_manifest(folder, f"renamed {number}")
        if number % 3 == 0:
            shutil.rmtree(folder)
        if number % 6 == 0:
            folder = library(root, f"w{number}", f"again {number}")
        if number % 6 == 1:
            folder.rename(root / ".workers" / f"moved{number}")
        if number % 6 == 2:
            shutil.rmtree(root / ".workers" / f"moved{number - 1}")
            replace_manifest(root / ".workers" / f"w{number - 2}", f"late {number}")


def test_200_workers_churned_by_events_alone(root: Path, listener: Listener) -> None:
    with watching(listener):
        churn(root, 200)
        listener.wait_for_disk()
        assert len(listener.read) == 134


def test_200_workers_churned_by_polling_alone(root: Path, listener: Listener, no_events: None) -> None:
    with watching(listener, sweep=0.02):
        churn(root, 200)
        listener.wait_for_disk()


def test_a_change_right_after_the_start_is_told(root: Path, listener: Listener) -> None:
    folder = library(root, "w1", "one")
    for text in map(str, range(10)):
        watcher = StoreWatcher(root, listener.on_changes, quiet=0.005, sweep=NEVER)
        watcher.start()
        (folder / ".packages.json").write_text(text)
        listener.wait_for_read({"w1": text})
        watcher.stop()


def test_a_typical_delay_is_well_under_a_quarter_of_a_second(root: Path, listener: Listener) -> None:
    folder = library(root, "w1")
    delays = []
    with watching(listener, quiet=0.1, longest=0.5):
        for number in range(5):
            began = time.monotonic()
            replace_manifest(folder, str(number))
            listener.wait_for_read({"w1": str(number)})
            delays.append(time.monotonic() - began)
    assert min(delays) < 0.25


def test_a_storm_below_a_library_costs_one_or_two_batches(root: Path, listener: Listener) -> None:
    with watching(listener, quiet=0.2, longest=NEVER):
        folder = library(root, "w1", "")
        for number in range(300):
            (folder / f"package{number}" / "R").mkdir(parents=True)
            (folder / f"package{number}" / "DESCRIPTION").write_text("")
        replace_manifest(folder, "{}")
        listener.wait_for_read({"w1": "{}"})
    assert {key for batch in listener.batches for key in batch} == {WorkerKey("w1")}


def test_after_an_overflow_everything_is_looked_at(root: Path, listener: Listener, spy: type[Spy]) -> None:
    for name in ("changed", "replaced", "gone"):
        library(root, name, "one")
    with watching(listener):
        spy.last.deaf = True
        replace_manifest(root / ".workers" / "changed", "two")
        shutil.rmtree(root / ".workers" / "replaced")
        shutil.rmtree(root / ".workers" / "gone")
        library(root, "replaced", "two")
        library(root, "new", "two")
        spy.last.deaf = False
        spy.last._reader.handle_event(
            inotify_c.InotifyEvent(inotify_c.WatchDescriptor(-1), inotify_c.InotifyConstants.IN_Q_OVERFLOW, 0, b"")
        )
        listener.wait_for_disk()
        for name in ("replaced", "new"):
            replace_manifest(root / ".workers" / name, "three")
        listener.wait_for_disk()
        assert listener.states == [WatchState()]


def test_the_sweep_finds_what_events_did_not_tell(root: Path, listener: Listener, spy: type[Spy]) -> None:
    folder = library(root, "w1", "one")
    with watching(listener, sweep=0.02):
        spy.last.deaf = True
        replace_manifest(folder, "two")
        library(root, "w2", "two")
        listener.wait_for_disk()


def test_watchdog_never_warns(root: Path, listener: Listener) -> None:
    with warnings.catch_warnings(record=True) as caught, watching(listener, sweep=0.005):
        churn(root, 40)
        listener.wait_for_disk()
    assert not caught


# Without events


def test_polling_when_there_is_no_inotify(root: Path, listener: Listener, no_events: None) -> None:
    folder = library(root, "w1", "one")
    with watching(listener, sweep=0.02) as watcher:
        assert listener.states == [watcher.state]
        assert watcher.state == WatchState("polling", "The system gives no events: inotify instance limit reached.")
        replace_manifest(folder, "two")
        library(root, "w2", "two")
        listener.wait_for_disk()
        shutil.rmtree(root / ".workers")
        (root / ".workers").mkdir()
        listener.wait(lambda: not listener.read)


def test_polling_when_the_limit_of_watches_is_reached_at_the_start(
    root: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    library(root, "w1")
    limit_watches(monkeypatch, 2)
    with watching(listener, sweep=0.02) as watcher:
        assert watcher.state.mode == "polling"
        assert watcher.state.why == "The system allows no more watches: inotify watch limit reached."
        library(root, "w2")
        listener.wait_for_key("w2")


def test_polling_when_the_limit_of_watches_is_reached_later(
    root: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit_watches(monkeypatch, 3)
    with watching(listener, sweep=0.02):
        for number in range(4):
            library(root, f"w{number}")
        listener.wait_for_disk()
        listener.wait(lambda: [state.mode for state in listener.states] == ["events", "polling"])


def test_polling_on_a_network_file_system(root: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_watch_lookout, "network_type", lambda path: "nfs4" if ".workers" in path else "")
    with watching(listener, sweep=0.02) as watcher:
        assert watcher.state.mode == "polling"
        assert "(nfs4)" in watcher.state.why
        library(root, "w1")
        listener.wait_for_disk()


def test_polling_when_the_reading_thread_dies(
    root: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: inotify_c.InotifyFD, event: inotify_c.InotifyEvent) -> None:
        raise RuntimeError("broken")

    folder = library(root, "w1", "one")
    monkeypatch.setattr(inotify_c.InotifyFD, "handle_event", fail)
    with watching(listener, sweep=0.02) as watcher:
        replace_manifest(folder, "two")
        listener.wait(lambda: len(listener.states) == 2)
        assert watcher.state == WatchState("polling", "The events broke off: broken.")
        replace_manifest(folder, "three")
        listener.wait_for_disk()


def test_a_folder_that_may_not_be_watched_is_left_to_the_sweep(
    root: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = library(root, "w1", "one")
    limit_watches(monkeypatch, 2, errno.EACCES)
    with watching(listener, sweep=0.02) as watcher:
        replace_manifest(folder, "two")
        listener.wait_for_disk()
        assert watcher.state == WatchState()


def test_sweeps_keep_their_distance(root: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    times: list[float] = []

    def note(layout: Layout) -> dict[str, Signature]:
        with listener.changed:
            times.append(time.monotonic())
            listener.changed.notify_all()
        return {}

    monkeypatch.setattr(_watch_lookout, "sweep", note)
    with watching(listener, sweep=0.02):
        listener.wait(lambda: len(times) >= 5)
    assert all(after - before >= 0.02 for before, after in pairwise(times))


# Start and stop


def test_stop_may_be_called_at_any_time_and_leaves_nothing(root: Path, listener: Listener) -> None:
    watcher = StoreWatcher(root, listener.on_changes)
    watcher.stop()
    threads, files = set(threading.enumerate()), len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        watcher.start()
        watcher.start()
        assert len(threading.enumerate()) == len(threads) + 2
        watcher.stop()
        watcher.stop()
    assert set(threading.enumerate()) == threads
    assert len(os.listdir("/proc/self/fd")) == files
    assert watcher.state == WatchState()


def test_many_workers_cost_two_threads(root: Path, listener: Listener) -> None:
    for number in range(300):
        (root / ".workers" / f"w{number}").mkdir()
    before = threading.active_count()
    with watching(listener):
        assert threading.active_count() == before + 2


def test_a_callback_may_stop_the_watcher(root: Path, listener: Listener) -> None:
    def stop(keys: frozenset[Key]) -> None:
        listener.on_changes(keys)
        watcher.stop()

    before = set(threading.enumerate())
    watcher = StoreWatcher(root, stop, quiet=0.01, sweep=NEVER)
    watcher.start()
    threads = set(threading.enumerate()) - before
    library(root, "w1")
    listener.wait(lambda: listener.batches)
    for thread in threads:
        thread.join(DEADLINE)
    assert set(threading.enumerate()) <= before


def test_what_a_callback_raises_is_reported_and_the_watching_goes_on(
    root: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[str] = []

    def report(args: threading.ExceptHookArgs) -> None:
        with listener.changed:
            reported.append(str(args.exc_value))
            listener.changed.notify_all()

    def fail_once(keys: frozenset[Key]) -> None:
        if not reported:
            raise ValueError("once")
        listener.on_changes(keys)

    monkeypatch.setattr(threading, "excepthook", report)
    with StoreWatcher(root, fail_once, quiet=0.01, sweep=NEVER):
        library(root, "first")
        listener.wait(lambda: reported)
        library(root, "last")
        listener.wait_for_key("last")
    assert reported == ["once"]


# The parts


def test_a_key_is_due_after_its_own_quiet_and_never_later_than_longest() -> None:
    batch = Batch(quiet=0.1, longest=0.5)
    a, b = WorkerKey("a"), WorkerKey("b")
    assert batch.due == float("inf")
    batch.add([a], 10.0)
    assert batch.due == pytest.approx(10.1)
    batch.add([b], 10.06)
    assert batch.due == pytest.approx(10.1)
    batch.add([a], 10.09)
    assert batch.due == pytest.approx(10.16)
    assert batch.take(10.16) == {a, b}
    assert batch.due == float("inf")


def test_a_key_that_rests_is_not_held_up_by_one_that_never_does() -> None:
    batch = Batch(quiet=0.1, longest=0.5)
    restless, quiet = WorkerKey("restless"), WorkerKey("quiet")
    batch.add([quiet], 10.0)
    for tick in range(11):
        batch.add([restless], 10.0 + tick / 100)
    assert batch.due == pytest.approx(10.1)
    assert batch.take(10.101) == {quiet}
    batch.add([restless], 10.45)
    assert batch.due == pytest.approx(10.5)
    assert batch.take(10.501) == {restless}


def test_deliveries_keep_their_distance() -> None:
    batch = Batch(quiet=0.1, longest=0.5)
    batch.add([WorkerKey("a")], 10.0)
    assert batch.take(10.101) == {WorkerKey("a")}
    batch.add([WorkerKey("b")], 10.06)
    assert batch.due == pytest.approx(10.201)


def test_looking_at_libraries(root: Path) -> None:
    layout = Layout(str(root))
    folder = library(root, "w1")
    (root / ".workers" / "empty").mkdir()
    (root / ".workers" / "link").symlink_to(folder)
    seen = sweep(layout)
    assert seen.keys() == {"w1", "empty"}
    assert seen["empty"] is NO_MANIFEST
    assert seen["w1"].size == 2
    assert look(layout, "link") is None
    assert look(layout, "missing") is None
    assert look(layout, "empty") == NO_MANIFEST


def test_a_signature_settles_by_age(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = Layout(str(root))
    changed = os.stat(library(root, "w1") / ".packages.json").st_ctime_ns
    monkeypatch.setattr(time, "time_ns", lambda: changed + 1)
    young = look(layout, "w1")
    monkeypatch.setattr(time, "time_ns", lambda: changed + _watch_disk.SETTLED_AFTER + 1)
    old = look(layout, "w1")
    assert young is not None
    assert old is not None
    assert not young.settled
    assert old == young._replace(settled=True)


MOUNTS = r"""
22 27 0:21 / /proc rw - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 27 0:30 / /srv rw - nfs4 server:/srv rw
31 30 0:31 / /srv/with\040space rw - fuse.sshfs me@there:/ rw
32 27 0:32 / /over rw - nfs server:/over rw
33 27 8:1 / /over rw - xfs /dev/sda1 rw
no such line
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/home/store", "ext4"),
        ("/srv", "nfs4"),
        ("/srv/store", "nfs4"),
        ("/srvother", "ext4"),
        ("/srv/with space/store", "fuse.sshfs"),
        ("/over/store", "xfs"),
    ],
)
def test_the_type_of_the_file_system_at_a_path(path: str, kind: str) -> None:
    assert mount_type(MOUNTS, path) == kind


def test_no_type_where_the_table_has_none() -> None:
    assert mount_type("", "/srv") == ""


@pytest.mark.parametrize(
    ("kind", "found"), [("nfs", "nfs"), ("fuse.sshfs", "fuse.sshfs"), ("9p", "9p"), ("fuseblk", ""), ("ext4", "")]
)
def test_which_types_are_networks(kind: str, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_watch_disk, "mount_type", lambda table, path: kind)
    assert network_type("/srv") == found


def test_unknown_mounts_count_as_local(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr("builtins.open", refuse)
    assert network_type("/srv") == ""


@pytest.fixture
def hints() -> list[Hint]:
    return []


@pytest.fixture
def events(root: Path, hints: list[Hint]) -> Iterator[FolderEvents]:
    made = FolderEvents(str(root), hints.append)
    yield made
    made.close()


def test_a_folder_in_place_of_another_gets_its_own_watch(root: Path, events: FolderEvents) -> None:
    assert events.arm(".workers", ENTRIES)
    first = next(iter(events._folders))
    (root / ".workers").rename(root / "moved")
    (root / ".workers").mkdir()
    assert events.arm(".workers", ENTRIES)
    assert events.folder(first) is None
    assert events.arm("moved", ENTRIES)
    assert sorted(events._watches) == [".workers", "moved"]
    assert len(events) == 2
    events.disarm("moved")
    assert list(events._watches) == [".workers"]
    events.disarm("never armed")


def test_a_moved_folder_keeps_its_watch_under_the_new_name(root: Path, events: FolderEvents) -> None:
    events.arm(".workers", ENTRIES)
    (watch,) = events._folders
    (root / ".workers").rename(root / "moved")
    assert events.arm("moved", ENTRIES)
    assert events.folder(watch) == "moved"
    events.disarm(".workers")
    assert events.folder(watch) == "moved"


def test_what_is_no_folder_is_not_watched(root: Path, events: FolderEvents) -> None:
    (root / "file").write_text("")
    (root / "link").symlink_to(root / ".workers")
    assert not events.arm("file", files("a"))
    assert not events.arm("link", files("a"))
    assert not events.arm("missing", ENTRIES)


def test_a_library_under_the_limit_of_watches_ends_the_events(
    root: Path, monkeypatch: pytest.MonkeyPatch, spy: type[Spy]
) -> None:
    hints: list[Hint] = []
    lookout = Lookout(Layout(str(root)), hints.append)
    spy.last.deaf = True
    (root / ".workers" / "w1").mkdir()
    (workers,) = (watch for watch, found in spy.last._folders.items() if found[0] == ".workers")
    limit_watches(monkeypatch, 0)
    assert lookout.take_in(Heard(workers, "w1", is_folder=True)) == {WorkerKey("w1")}
    assert lookout.state.mode == "polling"
    assert lookout.take_in(Heard(workers, "w2", is_folder=True)) == frozenset()
    lookout.close()


def test_hints_of_watches_that_were_ended_are_passed_over(root: Path) -> None:
    lookout = Lookout(Layout(str(root)), lambda hint: None)
    assert lookout.take_in(Heard(10_000, "w1", is_folder=True)) == frozenset()
    assert lookout.take_in(Overflow()) == frozenset()
    assert lookout.take_in(Died("gone")) == frozenset()
    assert lookout.state == WatchState("polling", "The events broke off: gone.")
    lookout.settle([SourceKey("p", "sf", "a1")])
    lookout.close()


def test_watchdog_prints_nothing_by_itself() -> None:
    assert logging.getLogger("watchdog").handlers
