"""A heartbeat that goes on for hours: counts, and the worst few; nothing that grows."""

import heapq
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any, Final

LIMITS: Final = (0.05, 0.1, 0.2)
"""Seconds of which it is counted how many stalls were longer."""

_KEPT: Final = 12
_LOOK_EVERY: Final = 0.02
_DEEPEST: Final = 14


class Beats:
    """Takes the place of the list of beats: `append` is called with when a beat came, and how late, in seconds."""

    def __init__(self, doing: Callable[[], str] = lambda: "") -> None:
        """Begin; `doing` says what goes on, for the worst ones."""
        self.count = 0
        self.worst = 0.0
        self.last = time.monotonic()
        self.longer = dict.fromkeys(LIMITS, 0)
        self._began, self._doing = self.last, doing
        self._worst: list[tuple[float, float, str]] = []

    def append(self, beat: tuple[float, float]) -> None:
        """One beat."""
        at, late = beat
        self.count += 1
        self.last = at
        if late <= LIMITS[0]:
            self.worst = max(self.worst, late)
            return
        self.worst = max(self.worst, late)
        for limit in LIMITS:
            self.longer[limit] += late > limit
        heapq.heappush(self._worst, (late, at - self._began, self._doing()))
        if len(self._worst) > _KEPT:
            heapq.heappop(self._worst)

    def told(self) -> Mapping[str, Any]:
        """What `json` can write: times in milliseconds."""
        return {
            "worst": self.worst * 1000,
            "longer": {f"{limit * 1000:g}": count for limit, count in self.longer.items()},
            "worst_ones": [
                f"{late * 1000:.0f} ms at {at:.1f} s: {what}"
                for late, at, what in sorted(self._worst, reverse=True)
            ],
        }


class Explainer(threading.Thread):
    """Looks where the main thread is while a beat is late; for who wants to know, since it costs a little."""

    def __init__(self, beats: Beats, after: float = 0.08) -> None:
        super().__init__(daemon=True)
        self._beats, self._after = beats, after
        self._main = threading.main_thread().ident
        self.found: list[str] = []

    def run(self) -> None:
        """Look until the process ends; each stall is told once."""
        told = 0
        while True:
            time.sleep(_LOOK_EVERY)
            late = time.monotonic() - self._beats.last
            if late > self._after and told != self._beats.count:
                told = self._beats.count
                self.found.append(self._where(late))

    def _where(self, late: float) -> str:
        frame = sys._current_frames().get(self._main or 0)
        stack = traceback.extract_stack(frame)[-_DEEPEST:] if frame else []
        return f"{late * 1000:.0f} ms: " + " < ".join(
            f"{one.name} {one.filename.rpartition('/')[2]}:{one.lineno}" for one in reversed(stack)
        )
