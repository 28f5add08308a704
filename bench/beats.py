"""A heartbeat that goes on for hours: counts, and the worst few; nothing that grows."""

import heapq
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

LIMITS: Final = (0.05, 0.1, 0.2)
"""Seconds of which it is counted how many stalls were longer."""

_KEPT: Final = 12
_LOOK_EVERY: Final = 0.02
_OWN: Final = 7
_WAITING: Final = frozenset({"wait", "get", "select", "_worker", "read_events", "poll", "join"})
"""Functions in which a thread waits."""


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
    """Looks what all threads do while a beat is late; for who wants to know, since it costs a little."""

    def __init__(self, beats: Beats, after: float = 0.15) -> None:
        """Look at stalls of at least so many seconds."""
        super().__init__(name="explainer", daemon=True)
        self._beats, self._after = beats, after
        self._main = threading.main_thread().ident
        self._seen: Counter[str] = Counter()
        self._told: list[tuple[float, str]] = []

    @property
    def found(self) -> list[str]:
        """What was going on in each of the longest stalls, with how often it was seen in one."""
        return [text for _, text in sorted(self._told, reverse=True)[:_KEPT]]

    def run(self) -> None:
        """Look until the process ends."""
        count, late = self._beats.count, 0.0
        while True:
            time.sleep(_LOOK_EVERY)
            if self._beats.count != count:
                if late > self._after:
                    seen = "; ".join(f"{times} × {what}" for what, times in self._seen.most_common(12))
                    self._told.append((late, f"{late * 1000:.0f} ms: {seen}"))
                count = self._beats.count
                self._seen.clear()
            late = time.monotonic() - self._beats.last
            if late > _LOOK_EVERY:
                self._seen.update(self._doing())

    def _doing(self) -> Iterator[str]:
        names = {thread.ident: thread.name for thread in threading.enumerate()}
        for ident, frame in sys._current_frames().items():
            stack = traceback.extract_stack(frame)
            if ident == threading.get_ident() or stack[-1].name in _WAITING:
                continue
            depth = _OWN if ident == self._main else 3
            way = [one for one in stack if "asyncio" not in one.filename][-depth:]
            name = "" if ident == self._main else f"[{names.get(ident, '?')}] "
            yield name + " > ".join(f"{one.name} {one.filename.rpartition('/')[2]}" for one in way)
