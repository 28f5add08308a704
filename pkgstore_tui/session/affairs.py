"""What was done to the store and can be undone: the journal in short, and what lies in the trash.

Read in threads, by whoever shows it. The journal may have hundreds of thousands of lines: only operations are kept,
and it is read again only when it has changed, and not all the time while it changes.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pkgstore.errors import StoreError
from pkgstore.journal import Line, Past, operations, read_journal
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout
from pkgstore.trash import list_keys, list_trash

REST: Final = 5.0
"""How many times as long as it takes to read the journal nobody reads it again."""


@dataclass(frozen=True, eq=False, slots=True)
class Deed:
    """One operation of the past, in short; times are in seconds since 1970.

    `counts` is how many items came to what; `planned` how many there were, None where nothing tells. `outcome` is
    empty where it was cut short, or still runs.
    """

    operation: str
    what: str
    began: float
    ended: float | None = None
    who: str = ""
    command: str = ""
    outcome: str = ""
    why: str = ""
    planned: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def evicts(self) -> bool:
        """Whether it put something into the trash."""
        return self.counts.get("trashed", 0) > 0


@dataclass(frozen=True, eq=False, slots=True)
class Trashed:
    """A folder of the trash; `began` is in seconds since 1970, `deed` what the journal says of it."""

    name: str
    path: str
    began: float
    is_operation: bool = True
    keys: tuple[ConfigKey, ...] = ()
    deed: Deed | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Affairs:
    """The operations of the journal, newest first, and the folders of the trash, oldest first.

    `passed_over` counts lines that could not be read, `is_cut` tells whether older ones were left out, `trouble`
    says what could not be read at all.
    """

    deeds: tuple[Deed, ...] = ()
    trash: tuple[Trashed, ...] = ()
    passed_over: int = 0
    is_cut: bool = False
    trouble: tuple[str, ...] = ()

    def deed(self, operation: str) -> Deed | None:
        """What the journal says of an operation."""
        return next((deed for deed in self.deeds if deed.operation == operation), None)


@dataclass(frozen=True, eq=False, slots=True)
class _Journal:
    deeds: tuple[Deed, ...] = ()
    passed_over: int = 0
    is_cut: bool = False
    trouble: str = ""
    state: object = None


class AffairsBook:
    """Reads the journal and the trash."""

    def __init__(self, layout: Layout, ticks: Callable[[], float] = time.monotonic) -> None:
        """Nothing is read yet.

        Args:
            layout: The store's paths.
            ticks: Seconds on a clock that nobody sets.
        """
        self._layout, self._ticks = layout, ticks
        self._guard = threading.Lock()
        self._journal = _Journal()
        self._not_before = 0.0
        self.is_behind = False
        """Whether the journal has changed since, and is too large to be read again at once."""

    def read(self) -> Affairs:
        """All of it as it is now; called in threads."""
        with self._guard:
            journal = self._read_journal()
        by_name = {deed.operation: deed for deed in journal.deeds}
        trouble = [journal.trouble] if journal.trouble else []
        try:
            folders = list_trash(self._layout, items=False)
        except StoreError as error:
            folders = ()
            trouble.append(str(error))
        trash = tuple(
            Trashed(
                folder.name,
                folder.path,
                folder.began,
                folder.is_operation,
                tuple(list_keys(self._layout, folder.name)) if folder.is_operation else (),
                by_name.get(folder.name),
            )
            for folder in folders
        )
        return Affairs(journal.deeds, trash, journal.passed_over, journal.is_cut, tuple(trouble))

    def _read_journal(self) -> _Journal:
        state = self._state()
        self.is_behind = state != self._journal.state and self._ticks() < self._not_before
        if state == self._journal.state or self.is_behind:
            return self._journal
        began = self._ticks()
        try:
            history = read_journal(self._layout)
            deeds = tuple(sorted(map(_deed, operations(history)), key=lambda deed: deed.began, reverse=True))
            self._journal = _Journal(deeds, history.passed_over, history.is_cut, state=state)
        except StoreError as error:
            self._journal = _Journal(trouble=str(error), state=state)
        ended = self._ticks()
        self._not_before = ended + REST * (ended - began)
        return self._journal

    def _state(self) -> object:
        try:
            status = os.lstat(self._layout.journal)
        except OSError as error:
            return error.errno
        return status.st_ino, status.st_size, status.st_mtime_ns


class NoAffairs(AffairsBook):
    """Of a saved scan: it says nothing of them."""

    def read(self) -> Affairs:
        """Nothing."""
        return Affairs()


def _deed(past: Past) -> Deed:
    planned = next((n for name in ("items", "count") if type(n := past.plan.get(name)) is int), None)
    counts = Counter(line.text("result") for line in past.items if line.text("result"))
    return Deed(
        past.operation,
        past.what,
        past.began,
        past.ended,
        past.who,
        past.command,
        past.outcome,
        past.why,
        planned,
        dict(counts),
    )


def lines_of(layout: Layout, operation: str) -> tuple[Line, ...]:
    """What the journal says of each item of one operation, in its order.

    Raises:
        StoreError: The journal cannot be read.
    """
    return tuple(
        line for line in read_journal(layout).lines if line.operation == operation and line.event == "item"
    )
