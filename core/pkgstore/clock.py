"""The clock that locks go by: what ages count from, how long there is to wait, and what "now" is on the disk."""

import threading
import time

from pkgstore import files


class Clock:
    """The system's clock. A test that has no half hour to spare puts another one in the place of `locks.CLOCK`."""

    def now(self) -> float:
        """Seconds since 1970, as in mtimes."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some time, never set back."""
        return time.monotonic()

    def wait(self, condition: threading.Condition, seconds: float) -> None:
        """Let go of a condition until it is notified, or so long."""
        condition.wait(seconds)

    def stamp(self, descriptor: int) -> None:
        """Set the mtime of an open folder to now.

        Raises:
            DiskError: The disk refused.
        """
        files.touch(descriptor)
