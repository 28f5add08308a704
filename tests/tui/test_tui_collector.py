"""Reading a store again and again keeps nothing of what was thrown away meanwhile."""

import ctypes
import gc
import subprocess
import sys
import weakref
from collections.abc import Iterator

import pytest
from rich.segment import Segment
from scenarios import make_app, press, settled, until
from textual.strip import Strip

from builders import StoreBuilder
from pkgstore_tui.app import PkgstoreApp
from pkgstore_tui.session import collector
from pkgstore_tui.session.reader import Reader
from pkgstore_tui.widgets.mended import mend_lines


@pytest.fixture(autouse=True)
def _thawed() -> Iterator[None]:
    """Whatever the other tests of this process froze."""
    gc.unfreeze()
    yield
    gc.unfreeze()


class Knot:
    """Something that only the collector can throw away, as most of what the interface is made of."""

    def __init__(self) -> None:
        self.itself = self


def thrown_away() -> weakref.ref[Knot]:
    return weakref.ref(Knot())


def read(store: StoreBuilder, times: int, each: list[weakref.ref[Knot]]) -> None:
    """Read everything so often, with a knot before each time."""
    reader = Reader(str(store.root), on_snapshot=lambda *_: None, on_part=lambda _: None, on_trouble=lambda _: None)
    for _ in range(times):
        each.append(thrown_away())
        reader._read_everything()


def test_what_was_thrown_away_between_two_readings_goes(store: StoreBuilder) -> None:
    store.package("sf").source().config()
    knots: list[weakref.ref[Knot]] = []
    read(store, 3, knots)
    gc.collect()
    assert [knot() for knot in knots[1:]] == [None, None]


def test_so_it_does_in_a_large_store_whose_records_are_left_out(
    store: StoreBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collector, "LARGE", 1)
    store.package("sf").source().config()
    knots: list[weakref.ref[Knot]] = []
    read(store, 3, knots)
    assert [knot() for knot in knots[1:]] == [None, None]
    assert gc.get_freeze_count() > 0


def test_the_records_of_the_first_reading_are_left_out(store: StoreBuilder) -> None:
    store.package("sf").source().config()
    read(store, 1, [])
    assert gc.get_freeze_count() > 0
    assert gc.isenabled()


def test_a_small_store_that_is_read_again_adds_nothing_to_them(store: StoreBuilder) -> None:
    store.package("sf").source().config()
    read(store, 1, [])
    before = gc.get_freeze_count()
    read(store, 3, [])
    assert gc.get_freeze_count() <= before


# --- now and then -------------------------------------------------------------------------------------------------


class Clock:
    """A clock that a look takes so long on, and finds so much."""

    def __init__(self, takes: float, found: int = 0) -> None:
        self.now, self.takes, self.found, self.looks = 0.0, takes, found, 0

    def __call__(self) -> float:
        return self.now

    def collect(self) -> int:
        self.now += self.takes
        self.looks += 1
        return self.found


def looks_in(seconds: int, clock: Clock, tidying: collector.Tidying) -> int:
    """How many looks there are in so many seconds from now on."""
    before, begin = clock.looks, int(clock.now)
    for second in range(begin, begin + seconds):
        clock.now = max(clock.now, float(second))
        tidying.tidy()
    return clock.looks - before


@pytest.mark.parametrize(
    ("takes", "found", "looks"),
    [
        (0.01, 0, (8, 10)),
        (0.01, 2_000, (8, 10)),
        (0.01, 9_000, (40, 90)),
        (0.2, 9_000, (15, 22)),
        (2.0, 9_000, (2, 3)),
    ],
    ids=["nothing", "a little", "much", "much, slowly", "a look that takes long is rare"],
)
def test_looks_come_the_more_often_the_more_there_is(
    monkeypatch: pytest.MonkeyPatch, takes: float, found: int, looks: tuple[int, int]
) -> None:
    clock = Clock(takes, found)
    monkeypatch.setattr(gc, "collect", clock.collect)
    least, most = looks
    assert least <= looks_in(100, clock, collector.Tidying(clock)) <= most


def test_once_there_is_little_they_are_rare_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(0.01, 9_000)
    monkeypatch.setattr(gc, "collect", clock.collect)
    tidying = collector.Tidying(clock)
    assert looks_in(60, clock, tidying) > 20
    clock.found = 100
    assert looks_in(60, clock, tidying) < 10


def test_what_is_in_use_at_first_is_left_out_of_later_looks_and_what_comes_later_is_not() -> None:
    clock = Clock(0.0)
    tidying = collector.Tidying(clock)
    frozen = []
    for _ in range(40):
        clock.now += collector.LATEST + 1
        knot = thrown_away()
        assert tidying.tidy()
        assert knot() is None
        frozen.append(gc.get_freeze_count())
    assert 0 < frozen[0] <= frozen[14]
    assert len(set(frozen[15:])) == 1, "later it only looks"


def test_whoever_waits_for_an_answer_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(0.01)
    monkeypatch.setattr(gc, "collect", clock.collect)
    tidying = collector.Tidying(clock)
    clock.now = 60.0
    assert not tidying.tidy(is_busy=True)
    assert tidying.tidy()
    assert not tidying.tidy()


def test_nothing_is_looked_for_while_a_store_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(0.01)
    monkeypatch.setattr(gc, "collect", clock.collect)
    tidying = collector.Tidying(clock)
    clock.now = 60.0
    with collector.collector_at_rest(lambda: 0):
        assert not tidying.tidy()
    assert tidying.tidy()


@pytest.fixture
def tidying_app(lively: StoreBuilder, monkeypatch: pytest.MonkeyPatch) -> PkgstoreApp:
    """The interface, which looks for what was thrown away all the time, and through everything."""
    monkeypatch.setattr(collector, "SOONEST", 0.0)
    monkeypatch.setattr(collector, "LATEST", 0.0)
    monkeypatch.setattr(collector, "SHARE", 1.0)
    monkeypatch.setattr(collector, "SETTLING", ())
    monkeypatch.setattr("pkgstore_tui.app.TIDY_LOOK", 0.01)
    app = make_app(lively.root)
    app.tidying = collector.Tidying()
    return app


async def test_the_interface_tidies_up_while_it_is_open(tidying_app: PkgstoreApp) -> None:
    async with tidying_app.run_test() as pilot:
        await settled(pilot)
        knot = thrown_away()
        await until(pilot, lambda: knot() is None, "it is thrown away")


async def test_what_a_closed_dialog_drew_is_thrown_away(tidying_app: PkgstoreApp) -> None:
    async with tidying_app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "question_mark")
        drawn = [weakref.ref(widget._styles_cache) for widget in (pilot.app.screen, *pilot.app.screen.query("*"))]
        await press(pilot, "escape")
        await until(pilot, lambda: not any(kept() for kept in drawn), "none of its lines is kept")


async def test_lines_that_are_not_shown_any_more_need_no_collector(lively: StoreBuilder) -> None:
    app = make_app(lively.root)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "4", "2", "j", "k")
        gc.collect()
        gc.disable()
        try:
            for _ in range(10):
                app.screen.table.refresh()
                await pilot.pause()
            gc.set_debug(gc.DEBUG_SAVEALL)
            gc.collect()
            left = [one for one in gc.garbage if isinstance(one, Strip)]
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
            gc.enable()
    assert left == []


def test_lines_are_cut_as_before() -> None:
    mend_lines()
    line = Strip([Segment("abc"), Segment("defg")])
    for width in (0, 3, 7, 11):
        assert line.adjust_cell_length(width).text == "abcdefg"[:width].ljust(width)
        assert line.crop_extend(0, width, None).text == "abcdefg"[:width].ljust(width)
        assert line.crop_extend(2, width, None).text == "abcdefg".ljust(width)[2:width]
    for cuts, parts in (([7], ["abcdefg"]), ([2, 7], ["ab", "cdefg"]), ([2, 5, 9], ["ab", "cde"]), ([9], [])):
        assert [part.text for part in line.divide(cuts)] == parts


# --- the C library ------------------------------------------------------------------------------------------------

HEAPS = """
import ctypes, threading
from pkgstore_tui.session.collector import keep_memory_small
{first}
kept = []
threads = [threading.Thread(target=lambda: kept.append(bytearray(50_000))) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
libc.malloc_info(0, ctypes.c_void_p(libc.fdopen(1, b"w")))
libc.fflush(None)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="no glibc")
@pytest.mark.parametrize(("first", "is_one"), [("", False), ("keep_memory_small()", True)], ids=["before", "after"])
def test_all_threads_share_one_heap(first: str, is_one: bool) -> None:
    told = subprocess.run(
        [sys.executable, "-c", HEAPS.format(first=first)], capture_output=True, text=True, check=True
    )
    assert (told.stdout.count("<heap nr=") == 1) is is_one
