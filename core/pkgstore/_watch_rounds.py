"""Work that is spread out: walks over many folders, done in slices so short that nothing waits for them."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from pkgstore.snapshot import Key

SLICE: Final = 0.01
"""Seconds that a slice takes, give or take one folder."""

HURRY: Final = 0.03
"""Seconds between two slices of what should be done soon."""

Walk = Iterator[frozenset[Key]]
"""A walk: each step looks at one folder, and gives what differs there."""


@dataclass(slots=True)
class Round:
    """A walk that begins again and again, each time `every` seconds after it ended."""

    make: Callable[[], Walk]
    every: float
    begin: float = 0.0
    walk: Walk | None = None
    is_first: bool = True

    def restart(self) -> None:
        """Begin anew, now."""
        self.walk, self.begin, self.is_first = None, 0.0, True

    def step(self, now: float) -> frozenset[Key] | None:
        """Do one step; None where there is nothing to do at the time `now`."""
        if self.walk is None:
            if now < self.begin:
                return None
            self.walk = self.make()
        found = next(self.walk, None)
        if found is None:
            self.walk, self.begin, self.is_first = None, now + self.every, False
        return found or frozenset()

    def run(self, seconds: float) -> None:
        """Go round once, for so long at most; what differs is passed over."""
        end = time.monotonic() + seconds
        while self.is_first and (now := time.monotonic()) < end:
            self.step(now)


@dataclass(slots=True)
class Rounds:
    """Errands that came up, before rounds, which take turns: a long one does not keep the others waiting."""

    rounds: tuple[Round, ...]
    errands: deque[Walk] = field(default_factory=deque)
    next_slice: float = 0.0
    turn: int = 0

    def add(self, errand: Walk) -> None:
        """Walk this soon."""
        self.errands.append(errand)
        self.next_slice = min(self.next_slice, time.monotonic() + HURRY)

    def restart(self) -> None:
        """Begin all rounds anew, in a hurry."""
        for each in self.rounds:
            each.restart()
        self.next_slice = 0.0

    def work(self, gap: float) -> frozenset[Key]:
        """Do a slice of what is due; what differs somewhere. `gap` is the time to the next if nothing is urgent."""
        found: set[Key] = set()
        end = time.monotonic() + SLICE
        while (now := time.monotonic()) < end:
            step = self._step(now)
            if step is None:
                break
            found.update(step)
        self.turn += 1
        self.next_slice = self._next(time.monotonic(), gap)
        return frozenset(found)

    def _step(self, now: float) -> frozenset[Key] | None:
        if self.errands:
            found = next(self.errands[0], None)
            if found is None:
                self.errands.popleft()
            return found or frozenset()
        for number in range(len(self.rounds)):
            each = self.rounds[(self.turn + number) % len(self.rounds)]
            if (found := each.step(now)) is not None:
                return found
        return None

    def _next(self, now: float, gap: float) -> float:
        if self.errands:
            return now + HURRY
        active = [each for each in self.rounds if each.walk is not None]
        if active:
            return now + (HURRY if any(each.is_first for each in active) else gap)
        return max(now, min((each.begin for each in self.rounds), default=float("inf")))
