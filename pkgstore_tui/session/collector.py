"""What the collector of cycles looks through: never the records of a large store, but all that is thrown away."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

LARGE: Final = 20_000
"""Sources from which on a look through their records holds everything up for longer than one would notice."""


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
