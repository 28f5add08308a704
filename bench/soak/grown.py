"""Where memory that stays was asked for; slows everything down, so only for who wants to know."""

import asyncio
import ctypes
import gc
import os
import sys
import time
import tracemalloc
from collections import Counter

from bench.soak.figures import resident


class Grown:
    """Where memory that stays was asked for, since two and a half minutes after the beginning."""

    def __init__(self) -> None:
        self._before: tracemalloc.Snapshot | None = None
        self._size = 0
        asyncio.get_running_loop().call_later(150, self._begin)

    def _begin(self) -> None:
        gc.collect()
        self._before, self._size = tracemalloc.take_snapshot(), tracemalloc.get_traced_memory()[0]

    def told(self) -> list[str]:
        """The places that grew most."""
        if self._before is None:
            return []
        gc.collect()
        size = tracemalloc.get_traced_memory()[0]
        found = tracemalloc.take_snapshot().compare_to(self._before, "traceback")[:25]
        whole = f"{(size - self._size) / 1024:.0f} KiB more, of {size / 1024:.0f} KiB in all"
        return [whole, *(f"{one.size_diff / 1024:.0f} KiB in {one.count_diff}: {_way(one)}" for one in found)]


def _way(grown: tracemalloc.StatisticDiff) -> str:
    return " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in reversed(grown.traceback))


class Looks:
    """How often the collector of cycles looked through everything, and how long that took."""

    def __init__(self) -> None:
        self._began = 0.0
        self._took: list[float] = []
        gc.callbacks.append(self._called)

    def _called(self, phase: str, info: dict[str, int]) -> None:
        if info["generation"] == 2:
            if phase == "start":
                self._began = time.monotonic()
            else:
                self._took.append(time.monotonic() - self._began)

    def told(self) -> str:
        """In one line."""
        worst = max(self._took, default=0.0) * 1000
        return f"{len(self._took)} looks of the collector took {sum(self._took):.1f} s, the longest {worst:.0f} ms"


class Objects:
    """How many objects of which kind there are, each minute, and what memory the C library holds free."""

    EVERY = 60.0

    def __init__(self) -> None:
        self._before: Counter[str] = Counter()
        self._told: list[str] = []
        asyncio.get_running_loop().call_later(self.EVERY, self._look)

    def _look(self) -> None:
        asyncio.get_running_loop().call_later(self.EVERY, self._look)
        held = resident(os.getpid())
        began = time.monotonic()
        found = gc.collect()
        took = time.monotonic() - began
        collected = resident(os.getpid())
        ctypes.CDLL(None).malloc_trim(0)
        trimmed = resident(os.getpid())
        now = _counted()
        more = ", ".join(
            f"{name} {count:+,} ({now[name]:,})" for name, count in (now - self._before).most_common(20)
        )
        self._told.append(
            f"{held:.1f} MB; {found:,} thrown away in {took:.2f} s: {collected:.1f} MB; "
            f"trimmed: {trimmed:.1f} MB; {more}"
        )
        self._before = now

    def told(self) -> list[str]:
        """One line for each minute."""
        return self._told


def _counted() -> Counter[str]:
    """Other threads must not run meanwhile: the interpreter minds that a tuple which one of them makes is held."""
    gc.unfreeze()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(60)
    try:
        kinds = Counter(map(type, gc.get_objects()))
    finally:
        sys.setswitchinterval(interval)
    named: Counter[str] = Counter()
    for kind, count in kinds.items():
        named[f"{kind.__module__}.{kind.__qualname__}"] += count
    return named
