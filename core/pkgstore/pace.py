"""Hold reading back, so that a check in the background leaves the disk to others."""

import time
from collections.abc import Callable

from pkgstore.progress import Cancel


class Pace:
    """Holds reading back to so many bytes a second."""

    def __init__(
        self, rate: int = 0, *, clock: Callable[[], float] = time.monotonic, cancel: Cancel | None = None
    ) -> None:
        """Nothing was read yet.

        Args:
            rate: Bytes a second; 0 for as fast as it goes.
            clock: Seconds that pass.
            cancel: Ends a wait.
        """
        self._rate, self._clock, self._cancel = rate, clock, cancel or Cancel()
        self._began: float | None = None
        self.bytes = 0

    def spent(self, count: int) -> None:
        """Note that `count` bytes were read; waits until that many may have been.

        A stretch in which less was read than allowed gives no right to read more later.
        """
        self.bytes += count
        if not self._rate or not count:
            return
        now = self._clock()
        due = max(now, self._began or now)
        self._began = due + count / self._rate
        if self._began > now:
            self._cancel.wait(self._began - now)
