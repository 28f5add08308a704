"""The sizes of trees, measured one after another in a thread: what is in sight first, each tree once."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import compress, count
from operator import attrgetter
from typing import Final, TypeVar

from pkgstore.errors import StoreError
from pkgstore.fields import Keys
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout
from pkgstore.progress import Cancel
from pkgstore.usage import Tree, TreeSize, read_tree
from pkgstore_tui.session.backlog import Backlog
from pkgstore_tui.session.foreground import Foreground

TELL_EVERY: Final = 0.1
"""Seconds between two words that there are more."""

MANY: Final = 1_000
TELL_MANY_EVERY: Final = 1.0
"""The same while so many are waiting: each word has a table drawn again."""

FEW: Final = 5_000
FEW_OF: Final = 10
"""So many that are known, or such a part of those that are asked for, are found by their sources."""

_source_hash: Final = attrgetter("source_hash")

Value = TypeVar("Value")

Measure = Callable[[Layout, ConfigKey, Cancel], Tree | TreeSize]
"""How a tree is measured; a plain size leaves unknown what only the tree holds."""


def measure_config(layout: Layout, key: ConfigKey, cancel: Cancel) -> Tree:
    """The size of one config's tree; nothing where its name may not reach the disk."""
    try:
        return read_tree(layout.config(key), cancel=cancel)
    except StoreError:
        return Tree()


def known_of(known: Mapping[ConfigKey, Value], keys: Keys) -> list[Value | None]:
    """What is known of many configs; another thread may add to `known` meanwhile.

    A key is long to look up, a source is not: while little is known, only the keys of its sources are looked up.
    """
    if len(known) > max(FEW, len(keys) // FEW_OF):
        return list(map(known.get, keys))
    found: list[Value | None] = [None] * len(keys)
    if not known:
        return found
    sources = set(map(_source_hash, list(known)))
    for index in compress(count(), map(sources.__contains__, keys.hashes)):
        found[index] = known.get(keys[index])
    return found


class SizeBook:
    """Sizes that are known, and a thread that measures what is wanted."""

    reads_disk = True
    """Whether the store is on this machine's disk."""

    def __init__(
        self,
        layout: Layout,
        on_more: Callable[[], None],
        measure: Measure = measure_config,
        foreground: Foreground | None = None,
    ) -> None:
        """Nothing is known, and no thread runs before something is wanted.

        Args:
            layout: The store's paths.
            on_more: Called in the thread, now and then, when more is known.
            measure: How a tree is measured.
            foreground: What goes before measuring.
        """
        self._layout = layout
        self._on_more = on_more
        self._measure = measure
        self._known: dict[ConfigKey, TreeSize] = {}
        self._apparent: dict[ConfigKey, int] = {}
        self._own: dict[ConfigKey, int] = {}
        self._wanted: list[ConfigKey] = []
        self._later = Backlog()
        self._foreground = foreground or Foreground()
        self._changed = threading.Condition()
        self._cancel = Cancel()
        self._thread: threading.Thread | None = None

    def get(self, key: ConfigKey) -> TreeSize | None:
        """A tree's size, None while it is not known."""
        return self._known.get(key)

    def own(self, key: ConfigKey) -> int | None:
        """The bytes that only this tree holds, as its files say; None while they are not known."""
        return self._own.get(key)

    def all_apparent(self, keys: Keys) -> list[int | None]:
        """The bytes of many trees, each None while it is not known."""
        return known_of(self._apparent, keys)

    def all_own(self, keys: Keys) -> list[int | None]:
        """The bytes that only each of many trees holds."""
        return known_of(self._own, keys)

    def total(self, keys: Iterable[ConfigKey]) -> int | None:
        """The bytes of several trees, None while one of them is not known."""
        total = 0
        for key in keys:
            size = self._known.get(key)
            if size is None:
                return None
            total += size.apparent
        return total

    @property
    def waiting(self) -> int:
        """How many trees are still to be measured, as far as is known; never 0 while there may be some."""
        return len(self._wanted) + len(self._later) or int(bool(self._later))

    def want(self, keys: Sequence[ConfigKey]) -> None:
        """Measure these, in this order, instead of what was wanted before."""
        with self._changed:
            self._wanted = [key for key in reversed(keys) if key not in self._known]
            self._start()

    def later(self, keys: Iterable[ConfigKey]) -> None:
        """Measure these too, whenever nothing is wanted; they are asked for in the thread."""
        with self._changed:
            self._later.add(keys)
            self._start()

    def _start(self) -> None:
        if (self._wanted or self._later) and self._thread is None and not self._cancel.is_set():
            self._thread = threading.Thread(target=self._run, name="sizes", daemon=True)
            self._thread.start()
        self._changed.notify()

    def forget(self, keys: Iterable[ConfigKey]) -> None:
        """Measure these again when they are wanted."""
        with self._changed:
            for key in keys:
                for known in (self._known, self._apparent, self._own):
                    known.pop(key, None)

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._cancel.set()
        with self._changed:
            self._wanted = []
            self._later.clear()
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _next(self) -> list[ConfigKey] | None:
        """The next tree to measure, once there is one, or none though there may be more; None at the end."""
        self._foreground.give_way()
        with self._changed:
            while not self.waiting and not self._cancel.is_set():
                self._changed.wait()
            if self._cancel.is_set():
                return None
            if self._wanted:
                return [self._wanted.pop()]
            return [] if self._later.gather() else self._later.take(1, self._known)

    def _run(self) -> None:
        told, untold = 0.0, 0
        while (keys := self._next()) is not None:
            for key in keys:
                self._keep(key, self._measure(self._layout, key, self._cancel))
            untold += len(keys)
            pause = TELL_EVERY if self.waiting < MANY else TELL_MANY_EVERY
            if untold and (not self.waiting or time.monotonic() - told >= pause):
                told, untold = time.monotonic(), 0
                self._on_more()

    def _keep(self, key: ConfigKey, found: Tree | TreeSize) -> None:
        if self._cancel.is_set():  # then it is not whole
            return
        if isinstance(found, Tree):
            self._own[key] = found.own.apparent
        size = found.size if isinstance(found, Tree) else found
        self._known[key], self._apparent[key] = size, size.apparent


class NoSizes(SizeBook):
    """Knows no size and measures nothing: for a saved scan, whose trees are elsewhere."""

    reads_disk = False

    def want(self, keys: Sequence[ConfigKey]) -> None:
        """Nothing."""

    def later(self, keys: Iterable[ConfigKey]) -> None:
        """Nothing."""
