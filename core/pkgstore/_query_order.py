"""The order of a column's rows. Pure.

What C does in one go no other thread can interrupt, so that one big sort would stop a screen for as long as it
takes: many values are sorted in chunks first, whose runs the last sort only merges.
"""

import operator
import sys
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, compress, count, islice, repeat
from math import isnan
from typing import Any, Final

from pkgstore._query_match import Breathe, Column, slices

CHUNK: Final = 50_000
"""Values that are sorted in one go in the background: 10 ms or so."""

AT_ONCE: Final = 200_000
"""The same where somebody waits for just that: 40 ms, and a fifth of it is spared by not merging."""

SETS: Final = 2_000
"""Sets whose texts are put in order in one go in the background: 5 ms or so."""

_Value = Any

Order = array
"""Indexes of rows, kept as C keeps them: a list of so many numbers takes five times the memory."""

_INDEX: Final = "I"


def order_of(column: Column, reverse: bool, breathe: Breathe | None = None) -> "Order[int]":
    """The indexes of all rows by value; stable both ways, and what is not known comes last both ways.

    Texts go without regard to case, then by code point; sets by their texts, the empty one first.

    Args:
        column: What is sorted by.
        reverse: Whether the result goes down.
        breathe: Called now and then.
    """
    if column.is_number:
        return _numbers_in_order(column.values, reverse, breathe)
    ranks = ranks_of(column, breathe)
    if _is_ascending(ranks) and not reverse:
        return array(_INDEX, range(len(ranks)))
    groups: list[list[int]] = []
    unknown: list[int] = []
    for part in slices(range(len(ranks)), breathe):
        for index in part:
            rank = ranks[index]
            if rank >= len(groups):
                groups.extend([] for _ in range(rank + 1 - len(groups)))
            (unknown if rank < 0 else groups[rank]).append(index)
    return _with_unknown(chain.from_iterable(reversed(groups) if reverse else groups), unknown)


def _numbers_in_order(values: Sequence[float], reverse: bool, breathe: Breathe | None) -> "Order[int]":
    keys = list(values)  # for this moment: sorting looks at each many times
    if not isnan(sum(keys)):
        return array(_INDEX, sort_in_chunks(range(len(keys)), keys.__getitem__, reverse, breathe))
    known = list(compress(count(), map(operator.eq, keys, keys)))  # NaN is not even what it is itself
    if not known:
        return array(_INDEX, range(len(keys)))
    found = sort_in_chunks(known, keys.__getitem__, reverse, breathe)
    return _with_unknown(found, compress(count(), map(operator.ne, keys, keys)))


def _is_ascending(ranks: Sequence[int]) -> bool:
    """Whether the rows are in their order already, nothing unknown among them: tables come sorted by something."""
    return (not ranks or ranks[0] >= 0) and all(map(operator.le, ranks, islice(ranks, 1, None)))


def turned(column: Column, order: "Order[int]", reverse: bool) -> "Order[int]":
    """The order the other way round from one that is known: what is sorted already is sorted again at once.

    Args:
        column: What is sorted by.
        order: By `order_of`, the other way.
        reverse: Whether the result goes down.
    """
    keys = column.values if column.is_number else ranks_of(column)
    unknown = sum(map(operator.ne, keys, keys)) if column.is_number else keys.count(-1)
    known = order[: len(order) - unknown]
    return _with_unknown(sorted(known, key=keys.__getitem__, reverse=reverse), order[len(known) :])


def ranks_of(column: Column, breathe: Breathe | None = None) -> "array[int]":
    """The place of each row's text or set among all that there are; -1 where it is not known. Worked out once."""
    if column.ranks is None:
        keys = None if column.is_text else _set_keys(column, breathe)
        ranked = _ranked_texts(column) if keys is None else _ranked(keys)
        places = {key: place for place, key in enumerate(ranked)}
        by_value = places if keys is None else {value: places[key] for value, key in keys.items()}
        column.ranks = array("i", map(by_value.get, column.values, repeat(-1)))
    return column.ranks


def _with_unknown(found: Iterable[int], unknown: Iterable[int]) -> "Order[int]":
    return array(_INDEX, chain(found, unknown))


def _ranked(keys: Mapping[_Value, str]) -> list[str]:
    return sort_in_chunks(list(set(keys.values())), None, False)


def _set_keys(column: Column, breathe: Breathe | None) -> dict[_Value, str]:
    """What sorts each set: the places of its texts, as characters, since strings are compared faster than lists."""
    signs = {text: chr(min(place, sys.maxunicode)) for place, text in enumerate(_ranked_texts(column))}
    return {
        value: "".join(sorted([signs[text] for text in value if text in signs]))
        for part in slices(column.distinct, breathe, SETS)
        for value in part
    }


def _ranked_texts(column: Column) -> list[str]:
    """Every text of a column in its order: without regard to case, then by code point."""
    texts, folded = column.texts
    if all(map(operator.is_, texts, folded)):
        return sort_in_chunks(texts, None, False)
    fold = dict(zip(texts, folded, strict=True))
    by_point = texts if len(set(folded)) == len(texts) else sort_in_chunks(texts, None, False)
    return sort_in_chunks(by_point, fold.__getitem__, False)


def sort_in_chunks(
    items: Sequence[Any], key: Callable[[Any], Any] | None, reverse: bool, breathe: Breathe | None = None
) -> list[Any]:
    """The sorted `items`; stable, also in reverse. `breathe` is called between chunks."""
    size = AT_ONCE if breathe is None else CHUNK
    if len(items) <= size:
        return sorted(items, key=key, reverse=reverse)
    merged: list[Any] = []
    for start in range(0, len(items), size):
        if breathe is not None:
            breathe()
        merged += sorted(items[start : start + size], key=key, reverse=reverse)
    merged.sort(key=key, reverse=reverse)
    return merged
