"""The order of a column's rows. Pure.

What C does in one go no other thread can interrupt, so that one big sort would stop a screen for as long as it
takes: many values are sorted in chunks first, whose runs the last sort only merges.
"""

import operator
import sys
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any, Final

from pkgstore._query_match import Column

CHUNK: Final = 50_000
"""Values that are sorted in one go: 20 ms or so."""

_Value = Any


def order_of(column: Column, reverse: bool) -> list[int]:
    """The indexes of all rows by value; stable both ways, and what is not known comes last both ways.

    Texts go without regard to case, then by code point; sets by their texts, the empty one first.
    """
    values = column.values
    if column.is_number:
        known = [index for index, value in enumerate(values) if value == value]
        found = sort_in_chunks(known, values.__getitem__, reverse)
        return _with_unknown(found, [index for index, value in enumerate(values) if value != value])
    keys = None if column.is_text else _set_keys(column)
    places: dict[str, list[int]] = {key: [] for key in (_ranked_texts(column) if keys is None else _ranked(keys))}
    unknown: list[int] = []
    for index, value in enumerate(values):
        (unknown if value is None else places[value if keys is None else keys[value]]).append(index)
    groups = reversed(places.values()) if reverse else places.values()
    return _with_unknown(list(chain.from_iterable(groups)), unknown)


def _with_unknown(found: list[int], unknown: list[int]) -> list[int]:
    return found + unknown if unknown else found


def _ranked(keys: Mapping[_Value, str]) -> list[str]:
    return sort_in_chunks(list(set(keys.values())), None, False)


def _set_keys(column: Column) -> dict[_Value, str]:
    """What sorts each set: the places of its texts, as characters, since strings are compared faster than lists."""
    signs = {text: chr(min(place, sys.maxunicode)) for place, text in enumerate(_ranked_texts(column))}
    return {value: "".join(sorted([signs[text] for text in value if text in signs])) for value in column.distinct}


def _ranked_texts(column: Column) -> list[str]:
    """Every text of a column in its order: without regard to case, then by code point."""
    texts, folded = column.texts
    if all(map(operator.is_, texts, folded)):
        return sort_in_chunks(texts, None, False)
    fold = dict(zip(texts, folded, strict=True))
    by_point = texts if len(set(folded)) == len(texts) else sort_in_chunks(texts, None, False)
    return sort_in_chunks(by_point, fold.__getitem__, False)


def sort_in_chunks(items: list[Any], key: Callable[[Any], Any] | None, reverse: bool) -> list[Any]:
    """A sorted copy of `items`; stable, also in reverse."""
    if len(items) <= CHUNK:
        return sorted(items, key=key, reverse=reverse)
    runs = (sorted(items[start : start + CHUNK], key=key, reverse=reverse) for start in range(0, len(items), CHUNK))
    merged = list(chain.from_iterable(runs))
    merged.sort(key=key, reverse=reverse)
    return merged
