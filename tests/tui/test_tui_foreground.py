"""Who waits for an answer goes first, and the background gets on all the same."""

import asyncio
import threading

import pytest

from pkgstore.errors import Cancelled
from pkgstore_tui.session import foreground
from pkgstore_tui.session.foreground import AT_MOST, CALM, LATE, SOON, Considerate, Foreground, loop_for


class Clock:
    """The module's time, which goes on while somebody waits for it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(foreground, "time", clock)
    return clock


@pytest.fixture
def front(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Foreground:
    front = Foreground()
    monkeypatch.setattr(front._changed, "wait", clock.wait)
    return front


def test_nobody_waits(front: Foreground, clock: Clock):
    front.give_way()
    assert not front.is_busy
    assert clock.waits == []


def test_the_background_stands_still_for_a_moment_after_a_key(front: Foreground, clock: Clock):
    front.touched()
    assert front.is_busy
    front.give_way()
    assert clock.waits == [pytest.approx(CALM)]
    assert not front.is_busy


def test_it_gets_on_while_an_answer_takes_long(front: Foreground, clock: Clock):
    with front.answering():
        front.give_way()
        front.give_way()
        assert clock.waits == [pytest.approx(AT_MOST)] * 2


def test_an_answer_is_drawn_before_the_background_goes_on(front: Foreground, clock: Clock):
    with front.answering():
        clock.now += 1.0
    front.give_way()
    assert clock.waits == [pytest.approx(CALM)]


def test_what_is_wanted_soon_stands_still_for_less(front: Foreground, clock: Clock):
    front.touched()
    front.give_way(SOON)
    assert clock.waits == [pytest.approx(SOON)]
    assert front.is_busy


def test_the_end_of_an_answer_wakes_who_stands_still(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(foreground, "AT_MOST", 60.0)
    monkeypatch.setattr(foreground, "CALM", 0.0)
    front, waits = Foreground(), threading.Event()
    genuine = front._changed.wait

    def wait(seconds: float) -> bool:
        waits.set()
        return genuine(seconds)

    monkeypatch.setattr(front._changed, "wait", wait)
    background = threading.Thread(target=front.give_way)
    with front.answering():
        background.start()
        assert waits.wait(20)
    background.join(20)
    assert not background.is_alive()


# --- the loop -----------------------------------------------------------------------------------------------------


def test_the_background_stands_still_while_the_loop_is_late(front: Foreground, clock: Clock):
    front.loop_works()
    front.give_way()
    assert clock.waits == [], "a moment's work is none to wait for"
    clock.now += LATE + 0.01
    assert front.is_late
    assert not front.is_busy, "nobody waits for an answer"
    front.give_way()
    front.step_aside()
    assert clock.waits == [pytest.approx(AT_MOST)] * 2, "and gets on all the same"
    front.loop_rests()
    front.give_way()
    front.step_aside()
    assert len(clock.waits) == 2


def test_what_must_get_on_stands_still_for_no_key(front: Foreground, clock: Clock):
    front.touched()
    with front.answering():
        front.step_aside()
    assert clock.waits == []


def test_a_loop_that_rests_wakes_who_stands_still():
    front, began, done = Foreground(), threading.Event(), threading.Event()

    def background() -> None:
        began.set()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(foreground, "AT_MOST", 60.0)
            front.give_way()
        done.set()

    async def work_for_long() -> None:
        while not front.is_late:  # at work, without a pause
            continue
        thread.start()
        began.wait(30)
        while not front._standing:
            continue

    thread = threading.Thread(target=background)
    with asyncio.Runner(loop_factory=lambda: loop_for(front)) as runner:
        runner.run(work_for_long())
        assert done.wait(30)
    thread.join(30)
    assert not front.is_late


def test_whoever_asks_whether_to_stop_steps_aside(front: Foreground, clock: Clock):
    cancel = Considerate(front)
    front.loop_works()
    clock.now += LATE + 0.01
    cancel.check()
    assert clock.waits == [pytest.approx(AT_MOST)]
    cancel.set()
    assert cancel.is_set()
    with pytest.raises(Cancelled):
        cancel.check()
    assert len(clock.waits) == 1, "who is to stop stands still no more"
