r"""The filter language: text to query, and rows filtered, sorted and grouped by it. Pure; knows no store.

::

    sf            the name has "sf" in it, whatever the case; * and ? are wildcards of the whole name
    !sf           … has not
    idle>30d      ages: 30d 2h 90min 1w, and durations as Go writes them
    size>=1.5G    sizes, in powers of 1024; also < <= > = and : for =
    version:1.0*  texts as a whole, with wildcards
    app:shop|map  either
    "a b"         quotes keep spaces, wildcards and signs as they are; \" and \\ stand for " and \

Several terms must all be met. Each may be negated with !. What is not known (a size that nobody has measured) meets
neither a term nor its negation.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import compress
from typing import Any, Generic, overload

from pkgstore._query_match import Breathe, Column
from pkgstore._query_order import Order, order_of, turned
from pkgstore._query_parse import STATES, parse
from pkgstore._query_terms import MAYBE, Field, Kind, Query, QueryError, Row, Term, checked_field, no_such_field
from pkgstore._query_values import parse_size as parse_size

__all__ = ["MAYBE", "STATES", "Field", "Kind", "Picked", "Query", "QueryError", "Sheet", "parse"]


class Picked(Sequence[Row]):
    """Some rows of others, in another order, without touching any of them before it is asked for."""

    def __init__(self, rows: Sequence[Row], indexes: Sequence[int]) -> None:
        """Picks rows.

        Args:
            rows: What is picked from.
            indexes: Which, in their order.
        """
        self._rows = rows
        self.indexes = indexes

    def __len__(self) -> int:
        return len(self.indexes)

    @overload
    def __getitem__(self, index: int) -> Row: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Row, ...]: ...

    def __getitem__(self, index: int | slice) -> Row | tuple[Row, ...]:
        if isinstance(index, slice):
            return tuple(map(self._rows.__getitem__, self.indexes[index]))
        return self._rows[self.indexes[index]]

    def __iter__(self) -> Iterator[Row]:
        return map(self._rows.__getitem__, self.indexes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]


class Sheet(Generic[Row]):
    """Rows and what is known of them: columns and orders are worked out when they are first asked for, and kept.

    A sheet never changes: new rows, or new sizes, make a new sheet. It may be used from any thread, two at once
    included (they may then work out the same column twice, to the same result).
    """

    def __init__(self, rows: Sequence[Row], fields: Mapping[str, Field[Row]], now: float) -> None:
        """Nothing is worked out yet.

        Args:
            rows: What is filtered and sorted.
            fields: What queries and sorts may name.
            now: The time that ages count from, in seconds since 1970.
        """
        self.rows = rows
        self.fields = fields
        self.now = now
        self._columns: dict[str, Column] = {}
        self._orders: dict[tuple[str, bool], Order[int]] = {}

    def renewed(self, fields: Mapping[str, Field[Row]], now: float, changed: Collection[str]) -> "Sheet[Row]":
        """A sheet of the same rows after something beside them changed; keeps what was worked out of the others.

        Args:
            fields: The fields as they are now.
            now: The time that ages count from.
            changed: The names of the fields whose values may be others.
        """
        new = Sheet(self.rows, fields, now)
        new._columns = {name: column.at(now) for name, column in self._columns.items() if name not in changed}
        new._orders = {key: order for key, order in self._orders.items() if key[0] not in changed}
        return new

    def select(self, query: Query) -> list[int]:
        """The indexes of the rows that meet a query, ascending.

        Raises:
            QueryError: The query names a field or state that these rows do not have.
        """
        return list(self._selected(query))

    def _selected(self, query: Query) -> Sequence[int]:
        """The same; a range for all rows."""
        for term in query.terms:
            checked_field(term, self.fields)
        found: Sequence[int] = range(len(self.rows))
        for column, term, wanted in self._planned(query):
            found = column.narrow(term, wanted, found)
        return found

    def order(self, field: str, reverse: bool = False) -> list[int]:
        """The indexes of all rows by a field; stable, and what is not known comes last, both ways.

        Raises:
            QueryError: These rows have no such field.
        """
        return self._order(field, reverse).tolist()

    def find(self, query: Query | None = None, sort: str | None = None, reverse: bool = False) -> list[int]:
        """The indexes of the rows that meet a query, sorted by a field; as `view`, without touching the rows.

        Raises:
            QueryError: These rows do not have what the query or `sort` names.
        """
        return list(self._found(query, sort, reverse))

    def _found(self, query: Query | None, sort: str | None, reverse: bool) -> Sequence[int]:
        """The same, as it is kept here: not to be changed."""
        found = range(len(self.rows)) if query is None else self._selected(query)
        if sort is None:
            return found[::-1] if reverse else found
        ordered = self._order(sort, reverse)
        return ordered if len(found) == len(ordered) else _kept(ordered, found)

    def view(self, query: Query | None = None, sort: str | None = None, reverse: bool = False) -> Picked[Row]:
        """The rows that meet a query, sorted by a field; all rows, and their own order, by default.

        Raises:
            QueryError: These rows do not have what the query or `sort` names.
        """
        return Picked(self.rows, self._found(query, sort, reverse))

    def group(self, field: str) -> dict[Any, tuple[Row, ...]]:
        """The rows of each value of a field, in the order of the values, what is not known (None) last.

        Values are those that `Field.value` gives.

        Raises:
            QueryError: These rows have no such field.
        """
        value_of = self._field(field).value
        groups: dict[Any, list[Row]] = {}
        for index in self._order(field, False):
            groups.setdefault(value_of(self.rows[index]), []).append(self.rows[index])
        return {value: tuple(rows) for value, rows in groups.items()}

    def warm(self, names: Iterable[str], *, orders: bool = False, breathe: Breathe | None = None) -> None:
        """Work out the columns of these fields now, and perhaps their orders, so that what is asked next is quick.

        Args:
            names: The fields.
            orders: Whether their orders, too.
            breathe: Called now and then; the work goes on when it returns.

        Raises:
            QueryError: These rows have no such field.
        """
        for name in names:
            self._column(name, breathe).prepare()
            if orders:
                self._order(name, False, breathe)

    def values(self, name: str) -> Sequence[Any]:
        """The values of a field, one a row; for an age, the seconds until now. Not to be changed.

        Raises:
            QueryError: These rows have no such field.
        """
        return self._column(name).values

    def _planned(self, query: Query) -> list[tuple[Column, Term, frozenset[Any]]]:
        """The terms with their columns, those first that let the fewest rows through, as far as can be told."""
        planned: list[tuple[float, Column, Term, frozenset[Any]]] = []
        for term in query.terms:
            column = self._column(term.field)
            wanted = frozenset() if column.is_number else column.matching(term)
            share = 0.5 if column.is_number else len(wanted) / (len(column.distinct) or 1)
            planned.append((share, column, term, wanted))
        return [step[1:] for step in sorted(planned, key=lambda step: step[0])]

    def _order(self, field: str, reverse: bool, breathe: Breathe | None = None) -> "Order[int]":
        found = self._orders.get((field, reverse))
        if found is None:
            column = self._column(field)
            other = self._orders.get((field, not reverse))
            found = order_of(column, reverse, breathe) if other is None else turned(column, other, reverse)
            self._orders[field, reverse] = found
        return found

    def _field(self, name: str) -> Field[Row]:
        found = self.fields.get(name)
        if found is None:
            what, advice = no_such_field(name, self.fields)
            raise QueryError(what, length=max(1, len(name)), advice=advice)
        return found

    def _column(self, name: str, breathe: Breathe | None = None) -> Column:
        found = self._columns.get(name)
        if found is None:
            found = self._columns[name] = Column(self._field(name), self.rows, self.now, breathe)
        return found


def _kept(ordered: "Order[int]", found: Iterable[int]) -> "Order[int]":
    """Those of `ordered` that are in `found`."""
    keep = bytearray(len(ordered))
    for index in found:
        keep[index] = 1
    return Order(ordered.typecode, compress(ordered, map(keep.__getitem__, ordered)))
