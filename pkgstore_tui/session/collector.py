"""What the collector of cycles looks through: never the records of a large store, but all that is thrown away."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

LARGE: Final = 20_000
"""Sources from which on a look through their records holds everything up for longer than one would notice."""

TIDY_EVERY: Final = 10.0
"""Seconds between two looks for what was thrown away, at least."""

SHARE: Final = 0.01
"""Of all time the looks take no more than this: they are short only as long as little was thrown away."""

SETTLING: Final = frozenset({1, 2, 4, 8, 16})
"""The looks after which what is there is taken to stay: views are made when they are first shown."""


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

    Left to itself the collector waits for millions of objects, since each of its looks could be a long one; then it
    has hundreds of MB to throw away, and holds everything up for a second. The first few looks leave out what they
    find in use, as readings do; what of that is thrown away later is little, and stays.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing is looked for before `tidy`; `clock` gives seconds."""
        self._clock = clock
        self._next = clock() + TIDY_EVERY
        self._looks = 0

    def tidy(self, *, is_busy: bool = False) -> bool:
        """Look, if it is time and nobody waits for anything; tells whether it was done."""
        began = self._clock()
        if is_busy or began < self._next or not gc.isenabled():
            return False
        gc.collect()
        self._looks += 1
        if self._looks in SETTLING:
            gc.freeze()
        ended = self._clock()
        self._next = ended + max(TIDY_EVERY, (ended - began) / SHARE)
        return True
