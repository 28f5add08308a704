"""Reading a store again and again keeps nothing of what was thrown away meanwhile."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from builders import StoreBuilder
from pkgstore_tui.session import collector
from pkgstore_tui.session.reader import Reader


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
