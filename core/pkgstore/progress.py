"""Progress that may be looked at, and a cancel flag that is asked between items."""

import time
from collections.abc import Callable
from typing import Final

from pkgstore.errors import Cancelled

_LOOK_EVERY: Final = 0.05
"""Seconds: how late a cancelled wait may end."""


class Cancel:
    """A flag that one side sets and the other asks; safe between threads, and to be set by a signal handler.

    A plain attribute, since a handler that runs while its own thread is inside a lock's code may take no lock.
    """

    def __init__(self) -> None:
        self._set = False

    def set(self) -> None:
        """Ask for a stop at the next place where nothing is half done."""
        self._set = True

    def is_set(self) -> bool:
        """Whether a stop was asked for."""
        return self._set

    def check(self) -> None:
        """Raise `Cancelled` if a stop was asked for."""
        if self._set:
            raise Cancelled

    def wait(self, seconds: float) -> bool:
        """Sleep for `seconds`, less if a stop is asked for; tells whether it was."""
        end = time.monotonic() + seconds
        while not self._set and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _LOOK_EVERY))
        return self._set


class Progress:
    """How far an operation is; written by one thread, read by any.

    `total` is None until it is known. `bytes` is how many were read, where that is what takes the time. `began` is
    when its stretch was begun, on the monotonic clock.
    """

    def __init__(self, ticks: Callable[[], float] = time.monotonic) -> None:
        """Nothing is begun.

        Args:
            ticks: Seconds on a clock that nobody sets.
        """
        self._ticks = ticks
        self.began: float | None = None
        self.done = 0
        self.total: int | None = None
        self.doing = ""
        self.bytes = 0

    def start(self, total: int, doing: str = "") -> None:
        """Begin a stretch of `total` items."""
        self.done, self.total, self.doing = 0, total, doing
        self.began = self._ticks()

    def step(self, doing: str = "", count: int = 1) -> None:
        """Note that `count` more items are done, and what comes now."""
        self.done += count
        self.doing = doing

    @property
    def fraction(self) -> float | None:
        """From 0 to 1; None while the total is unknown."""
        if not self.total:
            return None if self.total is None else 1.0
        return min(1.0, self.done / self.total)
