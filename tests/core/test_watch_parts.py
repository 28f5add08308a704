"""The parts of the watcher that touch no events: the chart of folders, what is known, the rounds, the looks."""

import os
from collections.abc import Iterator

import pytest

from builders import PLATFORM, StoreBuilder
from pkgstore import _watch_rounds
from pkgstore._watch_chart import Chart, Spot
from pkgstore._watch_guard import Guard
from pkgstore._watch_known import CONTAINER, Known
from pkgstore._watch_looks import REFUSED, look_at
from pkgstore._watch_rounds import HURRY, SLICE, Round, Rounds
from pkgstore.apps import ALL_APPS
from pkgstore.keys import AppKey, LocksKey, OursKey, SourceKey, WorkerKey, WorkKey
from pkgstore.layout import Layout
from pkgstore.snapshot import Key

CHART = Chart(Layout("/srv/store"), "/srv")


@pytest.mark.parametrize(
    ("folder", "spot", "key"),
    [
        ("", Spot.ROOT, None),
        (".workers", Spot.WORKERS, None),
        (".workers/w1", Spot.LIBRARY, WorkerKey("w1")),
        (".workers/w1/sf", None, None),
        (".locks", Spot.LOCKS, None),
        (".locks/4.5-x", Spot.LOCKS_OF_PLATFORM, None),
        (".locks/4.5-x/sf", Spot.LOCKS_OF_PACKAGE, LocksKey()),
        (".locks/4.5-x/sf/a1.lock", None, None),
        (".builds", Spot.WORKS, WorkKey(".builds", ".")),
        (".staging/1234", Spot.WORK, WorkKey(".staging", "1234")),
        (".staging/1234/sf", None, None),
        (".pkgstore", Spot.OURS, None),
        (".pkgstore/pins.json", Spot.OUR_FILE, OursKey("pins.json")),
        (".pkgstore/journal.jsonl", Spot.OUR_FILE, OursKey("journal.jsonl")),
        (".pkgstore/other.json", None, None),
        (".pkgstore/trash", Spot.TRASH, OursKey("trash")),
        (".pkgstore/trash/20260101T000000Z-evict-abcd", None, None),
        ("4.5-x", Spot.PLATFORM, None),
        ("4.5-x/sf", Spot.PACKAGE, None),
        ("4.5-x/.hidden", None, None),
        ("4.5-x/store-manifest.json", None, None),
        ("4.5-x/sf/a1", Spot.SOURCE, SourceKey("4.5-x", "sf", "a1")),
        ("4.5-x/sf/a1/c1", None, None),
        ("/srv", Spot.APPS, ALL_APPS),
        ("/srv/shop", Spot.TEAM, AppKey("shop")),
        ("/srv/team/shop", Spot.APP, AppKey("team/shop")),
        ("/srv/team/shop/www", None, None),
        ("/srv/.transfers", Spot.TRANSFERS, AppKey(".transfers")),
        ("/srv/.transfers/shop", Spot.APP, AppKey(".transfers/shop")),
        ("/srv/.hidden", None, None),
        ("/srv/lost+found", None, None),
        ("/srv/store", None, None),
        ("/srv/store/4.5-x", None, None),
        ("/other", None, None),
        ("/", None, None),
    ],
)
def test_what_a_folder_is_and_which_record_depends_on_it(folder: str, spot: Spot | None, key: Key | None) -> None:
    assert CHART.spot(folder) is spot
    assert CHART.key(folder, spot) == key


def test_without_apps_nothing_beside_the_store_is_on_the_chart() -> None:
    assert Chart(Layout("/srv/store")).spot("/srv") is None
    assert Chart(Layout("/srv/store")).folder(AppKey("shop")) is None


def test_a_store_among_the_folders_of_a_team() -> None:
    chart = Chart(Layout("/srv/team/store"), "/srv")
    assert chart.spot("/srv/team/store") is None
    assert chart.spot("/srv/team/shop") is Spot.APP


@pytest.mark.parametrize(
    ("key", "folder"),
    [
        (WorkerKey("w1"), ".workers/w1"),
        (SourceKey("4.5-x", "sf", "a1"), "4.5-x/sf/a1"),
        (WorkKey(".builds", "1234"), ".builds/1234"),
        (AppKey("team/shop"), "/srv/team/shop"),
        (OursKey("pins.json"), ".pkgstore/pins.json"),
        (OursKey("trash"), ".pkgstore/trash"),
        (OursKey("other"), None),
        (OursKey("../shop"), None),
        (LocksKey(), None),
        (ALL_APPS, None),
        (WorkKey(".builds", "."), None),
        (WorkerKey(".."), None),
        (SourceKey("..", "sf", "a1"), None),
        (SourceKey("4.5-x", ".sf", "a1"), None),
        (SourceKey("4.5-x", "sf", "a/1"), None),
        (AppKey("../shop"), None),
        (AppKey(""), None),
    ],
)
def test_the_folder_of_a_record(key: Key, folder: str | None) -> None:
    assert CHART.folder(key) == folder


@pytest.mark.parametrize(
    ("name", "source"), [("a1.lock", "a1"), (".lock", None), ("a1", None), ("a1.lock.stale", None)]
)
def test_the_source_of_a_lock(name: str, source: str | None) -> None:
    found = CHART.locked(".locks/4.5-x/sf", name)
    assert found == (SourceKey("4.5-x", "sf", source) if source else None)


def test_names_that_are_no_utf8_on_the_chart() -> None:
    name = os.fsdecode(b"w\xff\n\x1b[")
    assert CHART.key(f".workers/{name}", Spot.LIBRARY) == WorkerKey(name)
    assert CHART.folder(WorkerKey(name)) == f".workers/{name}"


# What is known


def test_a_folder_is_forgotten_with_all_that_is_in_it() -> None:
    known = Known()
    for folder in ("p/a/1", "p/a/2", "p/b/1", "/srv/shop"):
        known.note(folder, folder)
    known.note("p/a/1", "newer")
    assert known.get("p/a/1") == "newer"
    assert known.get("p/a") == CONTAINER
    assert known.get("p/a/3") is None
    assert sorted(known.names("")) == ["p"]
    assert sorted(known.names("p")) == ["a", "b"]
    assert dict(known.drop("p/a")) == {"p/a": CONTAINER, "p/a/1": "newer", "p/a/2": "p/a/2"}
    assert known.get("p/a/1") is None
    assert known.names("p") == ["b"]
    assert list(known.drop("p/a")) == []
    assert known.get("/srv/shop") == "/srv/shop"
    assert known.names("/") == ["srv"]


# Rounds


class Clock:
    """A time that only a step moves on."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(_watch_rounds, "time", clock)
    return clock


def steps(clock: Clock, name: str, count: int, log: list[str]) -> Iterator[frozenset[Key]]:
    for number in range(count):
        clock.now += 0.0024
        log.append(f"{name}{number}")
        yield frozenset({WorkerKey(f"{name}{number}")})


def test_a_slice_is_short_and_the_first_round_goes_on_soon(clock: Clock) -> None:
    log: list[str] = []
    rounds = Rounds((Round(lambda: steps(clock, "s", 12, log), every=3.0),))
    assert rounds.work(gap=0.5) == {WorkerKey(f"s{number}") for number in range(5)}
    assert rounds.next_slice == pytest.approx(clock.now + HURRY)
    rounds.work(gap=0.5)
    rounds.work(gap=0.5)
    assert len(log) == 12
    assert rounds.next_slice == pytest.approx(clock.now + 3.0)
    assert rounds.work(gap=0.5) == frozenset()
    clock.now += 3.0
    rounds.work(gap=0.5)
    assert len(log) == 17
    assert rounds.next_slice == pytest.approx(clock.now + 0.5)  # no hurry any more
    rounds.restart()
    assert rounds.next_slice == 0.0
    rounds.work(gap=0.5)
    assert log[-5:] == [f"s{number}" for number in range(5)]
    assert rounds.next_slice == pytest.approx(clock.now + HURRY)


def test_errands_come_before_rounds_and_rounds_take_turns(clock: Clock) -> None:
    log: list[str] = []
    side = Round(lambda: steps(clock, "side", 2, log), every=3.0)
    rounds = Rounds((side, Round(lambda: steps(clock, "s", 9, log), every=3.0)))
    rounds.work(gap=0.5)
    assert log == ["side0", "side1", "s0", "s1", "s2"]
    rounds.next_slice = clock.now + 60
    rounds.add(steps(clock, "errand", 7, log))
    assert rounds.next_slice == pytest.approx(clock.now + HURRY)
    for _ in range(3):
        rounds.work(gap=0.5)
    assert log[5:] == [*(f"errand{number}" for number in range(7)), *(f"s{number}" for number in range(3, 9))]


def test_rounds_that_are_long_take_turns(clock: Clock) -> None:
    log: list[str] = []
    rounds = Rounds(tuple(Round(lambda name=name: steps(clock, name, 99, log), every=3.0) for name in "ab"))
    for _ in range(4):
        rounds.work(gap=0.5)
    assert "".join(step[0] for step in log) == "aaaaabbbbbaaaaabbbbb"


def test_a_first_round_ends_when_its_time_is_over(clock: Clock) -> None:
    log: list[str] = []
    side = Round(lambda: steps(clock, "s", 100, log), every=3.0)
    side.run(SLICE)
    assert len(log) == 5
    side.run(3600.0)
    assert len(log) == 100
    side.run(3600.0)
    assert len(log) == 100


def test_no_rounds_at_all(clock: Clock) -> None:
    assert Rounds(()).work(gap=0.5) == frozenset()


# Looks


def look(store: StoreBuilder, folder: str, spot: Spot) -> object:
    found = look_at(Chart(Layout(str(store.root)), str(store.root.parent)), folder, spot)
    return found.mark if found else None


def test_what_is_no_folder_has_no_look(store: StoreBuilder) -> None:
    source = store.package("sf").source("1.0").config()
    (source.path.parent / "link").symlink_to(source.path)
    for name in ("file", "link", "missing"):
        (source.path.parent / "file").write_text("")
        assert look(store, f"{PLATFORM}/sf/{name}", Spot.SOURCE) is None
    for spot in (Spot.LOCKS_OF_PACKAGE, Spot.WORK, Spot.LIBRARY):
        for name in ("file", "missing"):
            assert look(store, f"{PLATFORM}/sf/{name}", spot) is None
    assert look(store, f"{store.root}/{PLATFORM}/sf/missing", Spot.APP) is None
    assert look(store, f"{store.root}/{PLATFORM}/sf", Spot.APP) is None


def test_what_cannot_be_looked_at_is_refused_not_gone(store: StoreBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    source = store.package("sf").source("1.0").config()
    source.locked()
    (store.root / ".builds" / "1").mkdir(parents=True)

    def refuse(path: object, **_: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", refuse)
    assert look(store, f"{PLATFORM}/sf/{source.key}", Spot.SOURCE) == REFUSED
    assert look(store, f".locks/{PLATFORM}/sf", Spot.LOCKS_OF_PACKAGE) == REFUSED
    monkeypatch.setattr(os, "stat", refuse)
    assert look(store, ".builds/1", Spot.WORK) == REFUSED


# The budget


class Folders:
    """Takes down what is watched."""

    def __init__(self) -> None:
        self.armed: dict[str, None] = {}

    def arm(self, folder: str, _: object) -> bool:
        if folder.endswith("closed"):
            return False
        self.armed[folder] = None
        return True

    def disarm(self, folder: str) -> None:
        self.armed.pop(folder, None)

    def __len__(self) -> int:
        return len(self.armed)


def test_locks_take_a_part_of_the_budget_only() -> None:
    folders = Folders()
    guard = Guard(folders, 8)  # type: ignore[arg-type]
    assert [guard.arm(f".locks/p/{n}", Spot.LOCKS_OF_PACKAGE) for n in range(4)] == [True, True, False, False]
    assert [guard.arm(f"p/sf/{n}", Spot.SOURCE) for n in range(8)] == [True] * 6 + [False] * 2
    assert guard.arm(".workers/w1", Spot.LIBRARY)
    assert len(folders) == 9
    assert guard.arm("p/sf/0", Spot.SOURCE)
    guard.disarm(".locks/p/0")
    guard.disarm("p/sf/0")
    assert guard.arm(".locks/p/3", Spot.LOCKS_OF_PACKAGE)
    assert not guard.arm(".locks/p/2", Spot.LOCKS_OF_PACKAGE)


def test_what_cannot_be_watched_takes_no_room() -> None:
    guard = Guard(Folders(), 8)  # type: ignore[arg-type]
    assert all(guard.arm(f".locks/p/{n}closed", Spot.LOCKS_OF_PACKAGE) for n in range(20))
