"""What every column of a long table needs of its rows, made once: keys, and the configs of rows that hold several.

A part of `fields`. Rows are known by their identity, so that only sequences that never change may be given.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import accumulate, chain
from operator import attrgetter
from typing import Any, Final, NamedTuple, TypeVar

from pkgstore.keys import ConfigKey
from pkgstore.model import ConfigRecord

Row = TypeVar("Row")
Made = TypeVar("Made")

MANY: Final = 20_000
"""Shorter sequences are quickly gone through again; longer ones are tables, and not the slices of some."""

KEPT: Final = 4
"""How many tables are remembered."""

_key: Final = attrgetter("key")
_source_hash: Final = attrgetter("source_hash")


class Keys(list[ConfigKey]):
    """The keys of many configs, in the order of the rows."""

    @cached_property
    def hashes(self) -> list[str]:
        """The hash of each one's source: sooner compared than a key."""
        return list(map(_source_hash, self))


class Groups(NamedTuple):
    """The configs of all rows, one row's after another's: row `n` has those from ``ends[n]`` to ``ends[n + 1]``."""

    configs: Sequence[ConfigRecord]
    ends: Sequence[int]


class Lists:
    """Keeps them for the last few tables; any thread may ask."""

    def __init__(self) -> None:
        """Nothing is known."""
        self._keys: tuple[tuple[Sequence[Any], Keys], ...] = ()
        self._groups: tuple[tuple[Sequence[Any], Groups], ...] = ()

    def keys(self, configs: Sequence[ConfigRecord]) -> Keys:
        """The keys of some configs."""
        known = _found(self._keys, configs)
        if known is None:
            known = Keys(map(_key, configs))
            if len(known) >= MANY:
                self._keys = ((configs, known), *self._keys)[:KEPT]
        return known

    def groups(self, rows: Sequence[Row], configs_of: Callable[[Row], Iterable[ConfigRecord]]) -> Groups:
        """The configs of some rows; always the same object for the same long rows."""
        known = _found(self._groups, rows)
        if known is None:
            groups = [tuple(configs_of(row)) for row in rows]
            configs = tuple(chain.from_iterable(groups))
            known = Groups(configs, tuple(accumulate(map(len, groups), initial=0)))
            if len(configs) >= MANY:
                self._groups = ((rows, known), *self._groups)[:KEPT]
        return known


def _found(known: tuple[tuple[Sequence[Any], Made], ...], rows: Sequence[Any]) -> Made | None:
    return next((made for of, made in known if of is rows), None)
