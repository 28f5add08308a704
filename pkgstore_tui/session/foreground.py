"""Who waits for an answer goes first: work in the background stands still for a moment after each key.

All threads share one interpreter, so that a thread that works through a big store makes everything else half as
quick. What reads the store itself never stands still.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

CALM: Final = 0.06
"""Seconds after a key in which its answer is begun, and after an answer in which it is drawn."""

AT_MOST: Final = 0.1
"""Seconds that background work stands still in one go: it gets on while keys are held down, too."""

SOON: Final = 0.03
"""The same for what works out what may be asked for next."""


class Foreground:
    """Told of keys and of answers that are being worked out; asked by the threads of the background."""

    def __init__(self) -> None:
        """Nobody waits for anything."""
        self._calm_at = 0.0
        self._answers = 0
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

    def give_way(self, at_most: float | None = None) -> None:
        """Stand still while somebody waits; called in the background, between two small pieces of work.

        Args:
            at_most: Seconds; by default `AT_MOST`.
        """
        if not self.is_busy:
            return
        end = time.monotonic() + (AT_MOST if at_most is None else at_most)
        with self._changed:
            while (wait := self._left(time.monotonic(), end)) > 0:
                self._changed.wait(wait)

    def _left(self, now: float, end: float) -> float:
        """Seconds until somebody has to be looked after no more, as far as is known now."""
        return min(end, end if self._answers else self._calm_at) - now
