"""What a query is made of: kinds of fields, patterns, terms, the query itself and its error. Pure."""

import fnmatch
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as fact
from enum import Enum
from functools import cached_property
from typing import Any, Final, Generic, TypeVar

from pkgstore._query_values import age_text, size_text
from pkgstore.errors import InputError

Row = TypeVar("Row")

MAYBE: Final = "\0"
"""Alone in a set: it may have more than is known. Before a state: nobody knows whether it holds. No name has it."""


class QueryError(InputError):
    """A filter that cannot be understood; `column` (from 1) and `length` say which characters of it are wrong."""

    def __init__(self, what: str, *, column: int = 1, length: int = 1, advice: str = "") -> None:
        self.column = column
        self.length = length
        super().__init__(what, advice=advice)


class Kind(Enum):
    """What a field's values are, and so what may stand after its name; the value is its name for people."""

    NAME = "name"
    """A text that a word matches anywhere, or as a whole where it has wildcards."""
    TEXT = "text"
    """A text, or None; matched as a whole."""
    SIZE = "size"
    """Bytes, or None."""
    AGE = "age"
    """A moment in seconds since 1970, or None; a query speaks of the seconds since then."""
    COUNT = "count"
    """A whole number, or None."""
    STATE = "state"
    """A frozenset of words out of a fixed list; ``MAYBE + word`` where it is not known."""
    SET = "set"
    """A frozenset of texts, any of which may match, or None; with `MAYBE` where there may be more."""

    @property
    def is_number(self) -> bool:
        """Whether values are compared as numbers."""
        return self in (Kind.SIZE, Kind.AGE, Kind.COUNT)


@dataclass(frozen=True, slots=True)
class Field(Generic[Row]):
    """One thing that rows can be filtered, sorted and grouped by.

    `value` gives a row's value, of the type that `Kind` tells. `help` is one line for people and `example` a term
    to show. `words` are the states there are. With `prefix` the beginning of a text is enough (ids and hashes).
    `column` gives the values of many rows at once, where that is quicker than one by one.
    """

    kind: Kind
    value: Callable[[Row], Any]
    help: str
    example: str = ""
    words: tuple[str, ...] = ()
    prefix: bool = False
    column: Callable[[Sequence[Row]], list[Any]] | None = None


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text with wildcards: `pieces` are ``*``, ``?``, or ``=`` with the literal text after it."""

    pieces: tuple[str, ...]

    @property
    def literal(self) -> str | None:
        """The text, if there is no wildcard in it."""
        return self.pieces[0][1:] if len(self.pieces) == 1 and self.pieces[0][0] == "=" else None

    @property
    def text(self) -> str:
        """The pattern as it is written in a query, with quotes where they are needed."""
        return "".join(_piece_text(piece) for piece in self.pieces)

    def expression(self) -> re.Pattern[str]:
        """The regular expression that a case-folded text has to match as a whole; never slow on long texts."""
        globs = (_glob_text(piece[1:].casefold()) if piece[0] == "=" else piece for piece in self.pieces)
        return re.compile(fnmatch.translate("".join(globs)))


_SPECIAL: Final = re.compile(r'[\s"|*?\\!:=<>]')
_GLOB: Final = re.compile(r"[\[*?]")


def _piece_text(piece: str) -> str:
    literal = piece[1:]
    if piece[0] != "=" or not _SPECIAL.search(literal):
        return literal if piece[0] == "=" else piece
    return '"' + literal.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _glob_text(literal: str) -> str:
    return _GLOB.sub(lambda found: f"[{found[0]}]", literal)


@dataclass(frozen=True, slots=True)
class Term:
    """One condition; `column` and `length` say where it stood and do not count when queries are compared.

    Numbers have `operator` and `number` (seconds for an age, bytes for a size), the other kinds `patterns`, any of
    which has to match.
    """

    field: str
    kind: Kind = fact(compare=False)
    negated: bool = False
    operator: str = ":"
    number: float = 0
    patterns: tuple[Pattern, ...] = ()
    column: int = fact(default=1, compare=False)
    length: int = fact(default=1, compare=False)

    @property
    def text(self) -> str:
        """The term in its normal form."""
        sign = "!" if self.negated else ""
        if self.kind.is_number:
            return f"{sign}{self.field}{self.operator}{_number_text(self.kind, self.number)}"
        wanted = "|".join(pattern.text for pattern in self.patterns)
        return f"{sign}{wanted}" if self.field == "name" else f"{sign}{self.field}:{wanted}"

    def error(self, what: str, advice: str = "") -> QueryError:
        """An error that points at this term."""
        return QueryError(what, column=self.column, length=self.length, advice=advice)


def _number_text(kind: Kind, number: float) -> str:
    if kind is Kind.AGE:
        return age_text(number)
    return size_text(number) if kind is Kind.SIZE else str(number)


@dataclass(frozen=True)
class Query:
    """Conditions that a row has to meet, all of them; none is met by every row."""

    terms: tuple[Term, ...] = ()

    @cached_property
    def text(self) -> str:
        """The query in its normal form, which parses to the same query."""
        return " ".join(term.text for term in self.terms)


_WORDY: Final = frozenset({Kind.TEXT, Kind.SET})
"""Kinds that take the same terms."""


def checked_field(term: Term, fields: Mapping[str, Field[Row]]) -> Field[Row]:
    """The field that a term is about.

    Raises:
        QueryError: These rows have no such field, it is of another kind, or it has no such state.
    """
    found = fields.get(term.field)
    if found is None:
        raise term.error(*no_such_field(term.field, fields))
    if found.kind is not term.kind and not _WORDY.issuperset((found.kind, term.kind)):
        raise term.error(f"{term.field} is a {found.kind.value} here, not a {term.kind.value}")
    for pattern in term.patterns if found.kind is Kind.STATE else ():
        if pattern.literal not in found.words:
            raise term.error(*no_such_state(term.field, pattern.literal or pattern.text, found.words))
    return found


def no_such_field(name: str, fields: Mapping[str, Any]) -> tuple[str, str]:
    """What is wrong, and what to do, where a query names a field that rows of this kind do not have."""
    return f'there is no field "{shortened(name)}" here', f"the fields are {', '.join(sorted(fields))}"


def no_such_state(name: str, word: str, words: tuple[str, ...]) -> tuple[str, str]:
    """What is wrong, and what to do, where a query names a state that rows of this kind do not have."""
    return f'there is no {name} "{shortened(word)}"', f"there are {', '.join(words)}"


def shortened(text: str) -> str:
    """The beginning of a long text."""
    return text if len(text) <= 40 else f"{text[:39]}…"
