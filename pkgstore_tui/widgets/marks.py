"""Which rows are marked, by key, so that marks survive a refresh, a filter and a sort. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, eq=False, slots=True)
class Marks:
    """Marked keys, and perhaps a range that was begun.

    `anchor` is the key of the row where the range began, `anchor_at` where that row is now: None where no range
    is open, or where its first row is not shown.
    """

    keys: frozenset[object] = frozenset()
    anchor: object = None
    anchor_at: int | None = None

    def __bool__(self) -> bool:
        """Whether anything is marked."""
        return bool(self.keys)

    def has(self, key: object) -> bool:
        """Whether a row is marked."""
        return key in self.keys

    @property
    def is_range_open(self) -> bool:
        """Whether a range was begun and not ended."""
        return self.anchor is not None

    def in_range(self, index: int, cursor: int) -> bool:
        """Whether a row is in the open range, which ends at the cursor."""
        span = self.span(cursor)
        return span is not None and index in span

    def span(self, cursor: int) -> range | None:
        """The rows of the open range; None where none is open."""
        if self.anchor_at is None:
            return None
        return range(min(self.anchor_at, cursor), max(self.anchor_at, cursor) + 1)

    def toggled(self, key: object) -> "Marks":
        """With one row marked, or no more."""
        return replace(self, keys=self.keys - {key} if key in self.keys else self.keys | {key})

    def with_keys(self, keys: Iterable[object]) -> "Marks":
        """With more rows marked, and no range open."""
        return Marks(self.keys.union(keys))

    def begun(self, key: object, at: int) -> "Marks":
        """With a range that begins at a row."""
        return Marks(self.keys, key, at)

    def without_range(self) -> "Marks":
        """With no range open."""
        return Marks(self.keys)

    def kept(self, keys: Iterable[object], anchor_at: int | None) -> "Marks":
        """Only those of the keys that are there still, with the range's beginning where it is now."""
        return Marks(self.keys.intersection(keys), None if anchor_at is None else self.anchor, anchor_at)


NO_MARKS: Final = Marks()
"""Nothing is marked."""
