"""The fields of rows that hold several configs: packages, sources. Pure; a part of `fields`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar

from pkgstore._field_configs import config_fields, states_help, when_all_made, when_made
from pkgstore._field_context import CONFIG_STATES, NONE, Context
from pkgstore._field_holders import Words
from pkgstore._field_lists import Lists
from pkgstore.model import ConfigRecord
from pkgstore.query import MAYBE, Field, Kind

Row = TypeVar("Row")


def bundle_fields(
    context: Context,
    configs_of: Callable[[Row], Iterable[ConfigRecord]],
    name_of: Callable[[Row], str],
    is_damaged: Callable[[Row], bool] = lambda _row: False,
    singly: Mapping[str, Field[ConfigRecord]] | None = None,
) -> dict[str, Field[Row]]:
    """The fields of rows that hold several configs: packages, sources.

    Args:
        context: What values are worked out from.
        configs_of: The configs of a row.
        name_of: Its name.
        is_damaged: Whether a row counts as broken whatever its configs say, such as a source that cannot be read.
        singly: The fields of single configs, by default `config_fields`: for whoever has their values at hand.
    """
    of_one = config_fields(context) if singly is None else singly

    def field(
        kind: Kind, one: Field[ConfigRecord], combine: Callable[[list[Any]], Any], help_text: str
    ) -> Field[Row]:
        gathered = _Gathered(context.lists, configs_of, one, combine)
        return Field(kind, gathered.of, help_text, one.example, prefix=one.prefix, column=gathered.of_all)

    def union(name: str) -> Field[Row]:
        return field(Kind.SET, of_one[name], _Union().of, of_one[name].help)

    def states(row: Row) -> Words:
        found: Words = any_state.of(row)
        return found | {"broken"} if is_damaged(row) else found

    def all_states(rows: Sequence[Row]) -> list[Words]:
        found = zip(rows, any_state.of_all(rows), strict=True)
        return [words | {"broken"} if is_damaged(row) else words for row, words in found]

    made = Field(Kind.AGE, partial(when_made, context), "", of_one["age"].example, column=when_all_made(context))
    any_state = _Gathered(context.lists, configs_of, of_one["state"], _Union().of_states)
    said = f"has {states_help(CONFIG_STATES)}"
    return {
        "name": Field(Kind.NAME, name_of, of_one["name"].help, "sf"),
        "version": union("version"),
        "configs": field(Kind.COUNT, _CONFIGS, len, "how many configs it has"),
        "sources": field(Kind.COUNT, _SOURCES, _distinct, "from how many sources"),
        "idle": field(Kind.AGE, of_one["idle"], _latest, "none used for longer than this"),
        "age": field(Kind.AGE, made, _newest, "all made longer ago than this"),
        "size": field(Kind.SIZE, of_one["size"], _total, "bytes of all its configs, once measured"),
        "own": field(Kind.SIZE, of_one["own"], _total, "the sum of what only each of them has, once measured"),
        "state": Field(Kind.STATE, states, said, of_one["state"].example, CONFIG_STATES, column=all_states),
        **{name: union(name) for name in ("app", "worker", "links", "built", "platform", "ref")},
    }


_source: Final = attrgetter("key.platform", "key.source_hash")
_CONFIGS: Final[Field[ConfigRecord]] = Field(
    Kind.COUNT, lambda _config: 1, "", "configs>1", column=lambda configs: [1] * len(configs)
)
_SOURCES: Final[Field[ConfigRecord]] = Field(
    Kind.TEXT, _source, "", "sources>1", column=lambda configs: list(map(_source, configs))
)


class _Gathered(Generic[Row]):
    """A value of rows, put together from one of each of their configs."""

    def __init__(
        self,
        lists: Lists,
        configs_of: Callable[[Row], Iterable[ConfigRecord]],
        one: Field[ConfigRecord],
        combine: Callable[[list[Any]], Any],
    ) -> None:
        self._lists = lists
        self._configs_of = configs_of
        self._one = one
        self._combine = combine

    def of(self, row: Row) -> Any:
        """The value of a row."""
        return self._combine(list(map(self._one.value, self._configs_of(row))))

    def of_all(self, rows: Sequence[Row]) -> list[Any]:
        """The values of many rows, in a fraction of the time."""
        configs, ends = self._lists.groups(rows, self._configs_of)
        values = self._one.column(configs) if self._one.column else list(map(self._one.value, configs))
        return [self._combine(values[start:end]) for start, end in pairwise(ends)]


class _Union:
    """All texts of several values; equal ones are one object, to save time and memory."""

    def __init__(self) -> None:
        self._known: dict[frozenset[Any], Words] = {}

    def of(self, values: list[Any]) -> Words:
        """What is not known of one value leaves open what more there is."""
        distinct = frozenset(values)
        found = self._known.get(distinct)
        if found is None:
            found = self._known[distinct] = NONE.union(*map(_words, distinct))
        return found

    def of_states(self, values: list[Any]) -> Words:
        """States, without the doubt about those that some config has for certain."""
        words = self.of(values)
        doubtful = {MAYBE + word for word in words}
        return words if words.isdisjoint(doubtful) else words - doubtful


def _words(value: Words | str | None) -> Words:
    if value is None:
        return frozenset({MAYBE})
    return frozenset({value}) if isinstance(value, str) else value


def _total(values: list[int | None]) -> int | None:
    """The sum, None while a part of it is not known."""
    total = 0
    for value in values:
        if value is None:
            return None
        total += value
    return total


def _distinct(values: list[Any]) -> int:
    return len(set(values))


def _newest(values: list[float | None]) -> float | None:
    """The latest time; None while one of them is not read, or where none is told."""
    times = []
    for value in values:
        if value is None:
            return None
        if value == value:
            times.append(value)
    return max(times, default=None)


def _latest(values: list[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)
