"""Gather keys, and tell when which of them should be delivered. Pure: times come from the caller."""

from collections import OrderedDict
from collections.abc import Iterable

from pkgstore.snapshot import Key

NEVER = float("inf")


class Batch:
    """Keys that each wait until nothing happened to it for `quiet` seconds, or it has waited for `longest`.

    One key that never rests does not hold up another. Those that are nearly due go along with one that is, and
    there are never more than one delivery in `quiet` seconds: so a key waits for twice as long at most.
    """

    def __init__(self, quiet: float, longest: float) -> None:
        """It is empty."""
        self._quiet = quiet
        self._longest = longest
        self._first: OrderedDict[Key, float] = OrderedDict()
        self._last: OrderedDict[Key, float] = OrderedDict()
        self._taken = -NEVER

    def add(self, keys: Iterable[Key], now: float) -> None:
        """Something happened to `keys` at the time `now`."""
        for key in keys:
            self._first.setdefault(key, now)
            self._last[key] = now
            self._last.move_to_end(key)

    @property
    def due(self) -> float:
        """When the next delivery is; never, while it is empty."""
        if not self._first:
            return NEVER
        quiet = next(iter(self._last.values())) + self._quiet
        longest = next(iter(self._first.values())) + self._longest
        return max(min(quiet, longest), self._taken + self._quiet)

    def take(self, now: float) -> frozenset[Key]:
        """What is to be delivered at the time `now`; it is no longer in here then."""
        taken: set[Key] = set()
        for times, wait in ((self._last, self._quiet / 2), (self._first, self._longest)):
            while times and next(iter(times.values())) <= now - wait:
                key, _ = times.popitem(last=False)
                taken.add(key)
        for key in taken:
            self._first.pop(key, None)
            self._last.pop(key, None)
        self._taken = now
        return frozenset(taken)
