"""Keys that something is to be found out about, some time: there may be many, so they are taken over in slices."""

from collections import deque
from collections.abc import Container, Iterable, Iterator
from itertools import islice
from typing import Final

from pkgstore.keys import ConfigKey

SLICE: Final = 2_000
"""Keys that are taken over in one go: a millisecond or so."""


class Backlog:
    """What is to come, and what of it was taken over already. Needs a lock where several threads use it."""

    def __init__(self) -> None:
        """Nothing is to come."""
        self._coming: deque[Iterator[ConfigKey]] = deque()
        self._keys: list[ConfigKey] = []

    def add(self, keys: Iterable[ConfigKey]) -> None:
        """These, too; nothing is asked of them now."""
        self._coming.append(iter(keys))

    def gather(self) -> bool:
        """Take over some more; False where nothing more comes."""
        if not self._coming:
            return False
        some = list(islice(self._coming[0], SLICE))
        self._keys += some
        if len(some) < SLICE:
            self._coming.popleft()
        return True

    def take(self, most: int, known: Container[ConfigKey]) -> list[ConfigKey]:
        """The last ones, without those that are known; perhaps none, though there are more."""
        found: list[ConfigKey] = []
        for _ in range(min(SLICE, len(self._keys))):
            if len(found) == most:
                break
            if (key := self._keys.pop()) not in known:
                found.append(key)
        return found

    def clear(self) -> None:
        """Nothing any more."""
        self._coming.clear()
        self._keys.clear()

    def __len__(self) -> int:
        """How many were taken over."""
        return len(self._keys)

    def __bool__(self) -> bool:
        """Whether there are any, or may be."""
        return bool(self._keys or self._coming)
