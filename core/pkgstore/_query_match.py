"""Which values of a column meet a term. Pure.

Three-valued: what is not known meets neither a term nor its negation. Numbers that are not known are NaN, of which
every comparison is false; texts that are not known are None; sets say with `MAYBE` that they may have more.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from itertools import chain
from math import nan
from typing import Any, Final

from pkgstore._query_terms import MAYBE, Field, Kind, Pattern, Row, Term

OPPOSITE: Final = {">": "<=", "<": ">=", ">=": "<", "<=": ">", "=": "≠"}
"""What a negated comparison asks; unlike Python's ``not``, it is false for NaN."""

SLICE: Final = 10_000
"""Rows that are worked out in one go where somebody else may want the processor."""

Breathe = Callable[[], None]
"""Called between two slices of long work: it returns when the work may go on."""

Pairs = Iterable[tuple[int, Any]]
"""The indexes of rows, each with its value."""

_Compare = Callable[[Pairs, float], list[int]]
_COMPARE: Final[Mapping[str, _Compare]] = {  # written out, since a call for every row would take twice the time
    ">": lambda pairs, limit: [index for index, value in pairs if value > limit],
    "<": lambda pairs, limit: [index for index, value in pairs if value < limit],
    ">=": lambda pairs, limit: [index for index, value in pairs if value >= limit],
    "<=": lambda pairs, limit: [index for index, value in pairs if value <= limit],
    "=": lambda pairs, limit: [index for index, value in pairs if value == limit],
    "≠": lambda pairs, limit: [index for index, value in pairs if value < limit or value > limit],
}


class Column:
    """One field of all rows, worked out.

    Numbers, and the places of texts, are kept as C keeps them: a list of so many objects takes five times as much.
    """

    def __init__(self, field: Field[Row], rows: Sequence[Row], now: float, breathe: Breathe | None = None) -> None:
        self.kind = field.kind
        self.prefix = field.prefix
        self.is_number = field.kind.is_number
        self.is_text = field.kind in (Kind.NAME, Kind.TEXT)
        parts = _parts(field, rows, breathe)
        self._told: Sequence[Any] = _numbers(parts) if self.is_number else list(chain.from_iterable(parts))
        self._now = now
        self._ages: array[float] | None = None
        self.ranks: array[int] | None = None
        self._distinct: list[Any] | None = None
        self._texts: tuple[list[str], list[str]] | None = None

    @property
    def values(self) -> Sequence[Any]:
        """The values as they are compared: for an age, seconds until now."""
        if self.kind is not Kind.AGE:
            return self._told
        if self._ages is None:
            self._ages = array("d", map(float(self._now).__sub__, self._told))
        return self._ages

    def at(self, now: float) -> "Column":
        """The same at another time: ages go on, all else is as it was, the order of ages included."""
        if self.kind is not Kind.AGE or now == self._now:
            return self
        later = copy(self)
        later._now, later._ages = now, None
        return later

    @property
    def distinct(self) -> list[Any]:
        """Every value once, None left out; of text and sets only."""
        if self._distinct is None:
            self._distinct = [value for value in dict.fromkeys(self.values) if value is not None]
        return self._distinct

    @property
    def texts(self) -> tuple[list[str], list[str]]:
        """Every text once (for sets, those in any of them), and the same with their case folded."""
        if self._texts is None:
            texts = self.distinct if self.is_text else list(members(self.distinct))
            self._texts = texts, [_folded(text) for text in texts]
        return self._texts

    def prepare(self) -> None:
        """Work out what queries will ask for."""
        if not self.is_number:
            assert self.texts

    def narrow(self, term: Term, wanted: frozenset[Any], indexes: Sequence[int]) -> list[int]:
        """Those of `indexes` whose values meet a term; `wanted` is what `matching` says of it.

        A range stands for all rows.
        """
        pairs = self._pairs(indexes)
        if not self.is_number:
            return [index for index, value in pairs if value in wanted]
        sign = OPPOSITE[term.operator] if term.negated else term.operator
        return _COMPARE[sign](pairs, term.number)

    def _pairs(self, indexes: Sequence[int]) -> Pairs:
        if isinstance(indexes, range):  # all rows
            return enumerate(self.values)
        return zip(indexes, map(self.values.__getitem__, indexes), strict=True)

    def matching(self, term: Term) -> frozenset[Any]:
        """The distinct values that meet a term about text, its negation applied."""
        texts: set[str] = set()
        for pattern in term.patterns:
            texts |= self._matched(pattern)
        if self.is_text:
            return frozenset(self.distinct) - texts if term.negated else frozenset(texts)
        if not term.negated:
            return frozenset(value for value in self.distinct if not texts.isdisjoint(value))
        doubt = {MAYBE} if self.kind is Kind.SET else {MAYBE + text for text in texts | _literals(term)}
        return frozenset(value for value in self.distinct if texts.isdisjoint(value) and doubt.isdisjoint(value))

    def _matched(self, pattern: Pattern) -> set[str]:
        """The texts that a pattern matches, without regard to case."""
        pairs = zip(*self.texts, strict=True)
        literal = pattern.literal
        if literal is None:
            matches = pattern.expression().match
            return {text for text, folded in pairs if matches(folded)}
        sought = literal.casefold()
        if self.kind is Kind.NAME:
            return {text for text, folded in pairs if sought in folded}
        if self.prefix:
            return {text for text, folded in pairs if folded.startswith(sought)}
        return {text for text, folded in pairs if folded == sought}


def _numbers(parts: Iterable[Sequence[Any]]) -> "array[float]":
    """Numbers, NaN for what is not known; sizes are exact up to eight thousand tebibytes."""
    numbers = array("d")
    for part in parts:
        unknown = part.count(None)
        if unknown == len(part):
            numbers.extend(array("d", [nan]) * unknown)
        else:
            numbers.extend([nan if value is None else value for value in part] if unknown else part)
    return numbers


def _parts(field: Field[Row], rows: Sequence[Row], breathe: Breathe | None) -> Iterator[Sequence[Any]]:
    """A field of all rows, as the field gives it."""
    work: Callable[[Sequence[Row]], Sequence[Any]] = field.column or (lambda part: list(map(field.value, part)))
    return map(work, slices(rows, breathe))


def slices(items: Sequence[Any], breathe: Breathe | None, size: int = 0) -> Iterator[Sequence[Any]]:
    """All items at once, or, where somebody else may want the processor, some after others."""
    if breathe is None:
        yield items
        return
    size = size or SLICE
    for start in range(0, len(items), size):
        breathe()
        yield items[start : start + size]


def _folded(text: str) -> str:
    """The text with its case folded; the very same object where that changes nothing, to save memory."""
    folded = text.casefold()
    return text if folded == text else folded


def members(sets: Iterable[frozenset[str]]) -> set[str]:
    """Every text in any set, without what only says that it is not known."""
    found: set[str] = set()
    for value in sets:
        found |= value
    return {text for text in found if not text.startswith(MAYBE)}


def _literals(term: Term) -> set[str]:
    return {pattern.literal for pattern in term.patterns if pattern.literal is not None}
