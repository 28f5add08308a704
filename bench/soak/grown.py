"""Where memory that stays was asked for; slows everything down, so only for who wants to know."""

import asyncio
import gc
import tracemalloc


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
