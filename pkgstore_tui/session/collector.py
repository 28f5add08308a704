"""How memory is kept small: what the collector of cycles looks through, and where the C library puts things.

The collector never looks through the records of a large store, but at all that is thrown away.
"""

import ctypes
import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

COLLECT: Final = (50_000, 20, 100)
"""How seldom the collector looks for cycles: filters make many short-lived objects, and none of them has one."""

MMAP_THRESHOLD: Final = -3, 128 * 1024
"""glibc: blocks of so many bytes are given back to the system as soon as they are free, now and later."""

ARENA_MAX: Final = -8, 1
"""glibc: one heap for all threads, of which only one runs at a time; else each keeps what the others could use."""

LARGE: Final = 20_000
"""Sources from which on a look through their records holds everything up for longer than one would notice."""

SOONEST: Final = 1.0
"""Seconds between two looks for what was thrown away, at least."""

LATEST: Final = 10.0
"""Seconds after which a look is due, even where there was little to throw away."""

PILE: Final = 5_000
"""Objects that one look should find at most: some hundredths of a second, then; a dialog leaves as many."""

SHARE: Final = 0.05
"""Of all time the looks take no more than this."""

SETTLING: Final = (10.0, 20.0, 40.0, 80.0, 160.0)
"""Seconds after which what is there is taken to stay: views are made when they are first shown."""


def keep_memory_small() -> None:
    """What has to be said once, before there are threads; where there is no glibc, only Python's part of it."""
    gc.set_threshold(*COLLECT)
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        for option, value in (MMAP_THRESHOLD, ARENA_MAX):
            mallopt(option, value)


@contextmanager
def collector_at_rest(sources: Callable[[], int]) -> Iterator[None]:
    """Do not look for cycles while a store is read, nor ever again in what the first reading made.

    Records have none; a look through millions of them would hold every thread up for half a second, time and again.
    But whatever is there when records are left out is left out with them, for good, also what was thrown away and
    waits to be found. So this is done once, and again only after a look around, and for large stores.

    Args:
        sources: How many there are; asked before and after.
    """
    is_first = gc.get_freeze_count() == 0
    if not is_first and sources() >= LARGE:
        gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if is_first or sources() >= LARGE:
            gc.freeze()
        gc.enable()


class Tidying:
    """Looks for what was thrown away before it piles up: closed dialogs, and views that were styled anew.

    Left to itself the collector waits for millions of objects, since each of its looks could be a long one; then
    it has hundreds of MB to throw away, and holds everything up for a second. How long a look takes depends most on
    how much it finds: so looks come the more often, the more there is. The first few leave out what they find in
    use, as readings do; what of that is thrown away later is little, and stays.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing is looked for before `tidy`; `clock` gives seconds."""
        self._clock = clock
        self._began = clock()
        self._rest = LATEST
        self._next = self._began + self._rest
        self._settled = 0

    def tidy(self, *, is_busy: bool = False) -> bool:
        """Look, if it is time and nobody waits for anything; tells whether it was done."""
        began = self._clock()
        if is_busy or began < self._next or not gc.isenabled():
            return False
        found = gc.collect()
        self._settle(began - self._began)
        ended = self._clock()
        self._rest = _rest_after(found, self._rest)
        self._next = ended + max(self._rest, (ended - began) / SHARE)
        return True

    def _settle(self, age: float) -> None:
        due = sum(age >= seconds for seconds in SETTLING)
        if due > self._settled:
            self._settled = due
            gc.freeze()


def _rest_after(found: int, rest: float) -> float:
    """How many seconds to wait after a look that found so much, and came after such a rest."""
    if found > PILE:
        return max(SOONEST, rest / 2)
    return min(LATEST, rest * 2) if found < PILE / 4 else rest
