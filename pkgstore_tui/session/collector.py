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

SHARE: Final = 0.002
"""Of all time the looks take no more than this."""

YOUNG_EVERY: Final = 3.0
"""Seconds between two looks through what was made since the last one, at least."""

YOUNG_SHARE: Final = 0.005
"""Of all time these looks take no more than this."""

_ALL: Final = 2
_YOUNG: Final = 1
"""What the collector calls them: generations."""


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
    """Looks for what was thrown away before it piles up: what changes all day makes some MB of it a minute.

    Left to itself the collector waits for millions of objects, since each of its looks could be a long one; then it
    has hundreds of MB to throw away, and holds everything up for a second. Most of what is thrown away was made a
    moment before, as a dialog is: short looks through what is young find it, and leave little to the long ones.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing is looked for before `tidy`; `clock` gives seconds."""
        self._clock = clock
        self._next = clock() + TIDY_EVERY
        self._next_young = clock() + YOUNG_EVERY

    def tidy(self, *, is_busy: bool = False) -> bool:
        """Look, if it is time and nobody waits for anything; tells whether everything was looked through."""
        now = self._clock()
        if is_busy or not gc.isenabled():
            return False
        if now >= self._next:
            self._next = self._look(_ALL, TIDY_EVERY, SHARE)
            self._next_young = self._clock() + YOUNG_EVERY
            return True
        if now >= self._next_young:
            self._next_young = self._look(_YOUNG, YOUNG_EVERY, YOUNG_SHARE)
        return False

    def _look(self, generation: int, rest: float, share: float) -> float:
        """Look once; when it is time for the next one."""
        began = self._clock()
        gc.collect(generation)
        ended = self._clock()
        return ended + max(rest, (ended - began) / share)
