"""Who waits for an answer goes first: work in the background stands still for a moment after each key.

All threads share one interpreter, so that a thread that works through a big store makes everything else half as
quick. So it does while the loop draws something large: five threads that read a little each would make a tenth of a
second half a one. The first reading of a store never stands still.
"""

import asyncio
import selectors
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from pkgstore.progress import Cancel

CALM: Final = 0.06
"""Seconds after a key in which its answer is begun, and after an answer in which it is drawn."""

AT_MOST: Final = 0.1
"""Seconds that background work stands still in one go: it gets on while keys are held down, too."""

SOON: Final = 0.03
"""The same for what works out what may be asked for next."""

LATE: Final = 0.02
"""Seconds for which the loop is at work in one go before the background stands still."""

NEVER: Final = float("inf")


class Foreground:
    """Told of keys, of answers that are worked out, and of the loop; asked by the threads of the background."""

    def __init__(self) -> None:
        """Nobody waits for anything."""
        self._calm_at = 0.0
        self._answers = 0
        self._at_work_since = NEVER
        self._standing = 0
        self._changed = threading.Condition()

    def touched(self) -> None:
        """A key was pressed, or the mouse was used."""
        self._calm_at = time.monotonic() + CALM

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Somebody waits for what is worked out in the block, and for its drawing."""
        with self._changed:
            self._answers += 1
        try:
            yield
        finally:
            with self._changed:
                self._answers -= 1
                self.touched()
                self._changed.notify_all()

    @property
    def is_busy(self) -> bool:
        """Whether somebody waits just now."""
        return self._answers > 0 or time.monotonic() < self._calm_at

    @property
    def is_late(self) -> bool:
        """Whether the loop is at work for longer than one should notice."""
        return time.monotonic() - self._at_work_since > LATE

    def loop_works(self) -> None:
        """The loop begins with what there is to do."""
        self._at_work_since = time.monotonic()

    def loop_rests(self) -> None:
        """The loop has done that."""
        self._at_work_since = NEVER
        if self._standing:
            with self._changed:
                self._changed.notify_all()

    def give_way(self, at_most: float | None = None) -> None:
        """Stand still while somebody or the loop waits; called in the background, between two small pieces of work.

        Args:
            at_most: Seconds; by default `AT_MOST`.
        """
        self._stand_still(AT_MOST if at_most is None else at_most, self._left)

    def step_aside(self) -> None:
        """The same for what must get on while keys are pressed all the time: stands still for the loop only."""
        self._stand_still(AT_MOST, self._left_of_lateness)

    def _stand_still(self, at_most: float, left: Callable[[float, float], float]) -> None:
        now = time.monotonic()
        end = now + at_most
        if left(now, end) <= 0:
            return
        with self._changed:
            self._standing += 1
            try:
                while (wait := left(time.monotonic(), end)) > 0:
                    self._changed.wait(wait)
            finally:
                self._standing -= 1

    def _left(self, now: float, end: float) -> float:
        """Seconds until somebody has to be looked after no more, as far as is known now."""
        calm_at = min(end, end if self._answers else self._calm_at) - now
        return max(calm_at, self._left_of_lateness(now, end))

    def _left_of_lateness(self, now: float, end: float) -> float:
        return end - now if self.is_late else 0.0


class Considerate(Cancel):
    """A flag for work in the background: whoever asks it between two pieces of work also steps aside."""

    def __init__(self, foreground: Foreground) -> None:
        """It is not set."""
        super().__init__()
        self._foreground = foreground

    def is_set(self) -> bool:
        """Whether a stop was asked for."""
        if not super().is_set():
            self._foreground.step_aside()
        return super().is_set()

    def check(self) -> None:
        """Raise `Cancelled` if a stop was asked for."""
        self.is_set()
        super().check()


class _Selector(selectors.DefaultSelector):
    """Waits for the loop, and so knows when it is at work."""

    def __init__(self, foreground: Foreground) -> None:
        super().__init__()
        self._foreground = foreground

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait until there is something to do."""
        self._foreground.loop_rests()
        try:
            return super().select(timeout)
        finally:
            self._foreground.loop_works()


def loop_for(foreground: Foreground) -> asyncio.AbstractEventLoop:
    """A loop that tells when it is at work, and when it rests."""
    return asyncio.SelectorEventLoop(_Selector(foreground))
