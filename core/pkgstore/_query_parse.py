"""From the text of a query to its terms. Pure; knows no rows."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pkgstore._query_terms import (
    Field,
    Kind,
    Pattern,
    Query,
    QueryError,
    Term,
    no_such_field,
    no_such_state,
    shortened,
)
from pkgstore._query_values import parse_age, parse_count, parse_size

STATES: Final = ("orphan", "phantom", "broken", "rooted", "idle", "pinned", "whole", "starting")
"""Every state that rows of some kind have."""

_NUMBERS: Final[Mapping[Kind, tuple[str, Callable[[str], float | None]]]] = {
    Kind.AGE: ("an age such as 30d", parse_age),
    Kind.SIZE: ("a size such as 50M", parse_size),
    Kind.COUNT: ("a number such as 3", parse_count),
}


def _common(kind: Kind, *names: str, words: tuple[str, ...] = ()) -> dict[str, Field[Any]]:
    return {name: Field(kind, lambda _row: None, "", words=words) for name in names}


COMMON: Final[Mapping[str, Field[Any]]] = {
    **_common(Kind.NAME, "name"),
    **_common(Kind.AGE, "idle", "age"),
    **_common(Kind.SIZE, "size", "own"),
    **_common(Kind.COUNT, "configs", "sources", "packages", "users"),
    **_common(Kind.STATE, "state", words=STATES),
    **_common(Kind.SET, "app", "worker", "links", "built", "version", "platform", "has"),
    **_common(Kind.TEXT, "ref"),
}
"""The fields that a query may name where nobody says which there are."""

_WORD: Final = re.compile(r'\s+|((?:"(?:\\.|[^"\\])*"|[^\s"])+)|"', re.DOTALL)
_FIELD: Final = re.compile(r"([^\W\d]\w*)(>=|<=|>|<|=|:)")
_PIECE: Final = re.compile(r'"((?:\\.|[^"\\])*)"|([*?|])|[^"*?|]+', re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)


def parse(text: str, fields: Mapping[str, Field[Any]] | None = None) -> Query:
    """The query that a text stands for.

    Args:
        text: Terms with space between; empty for a query that every row meets.
        fields: The fields that the rows have; by default all that any rows of a store have.

    Raises:
        QueryError: The text is no query; `column` and `length` say where.
    """
    known = COMMON if fields is None else fields
    return Query(tuple(_term(word, known) for word in _words(text)))


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of the query; `start` counts characters from 0."""

    text: str
    start: int

    def after(self, count: int) -> "_Part":
        """The part without its first characters."""
        return _Part(self.text[count:], self.start + count)

    def error(self, what: str, advice: str = "") -> QueryError:
        """An error that points at this part, or where it should be."""
        return QueryError(what, column=self.start + 1, length=max(1, len(self.text)), advice=advice)


def _words(text: str) -> Iterator[_Part]:
    """What stands between spaces; spaces in quotes do not count."""
    for found in _WORD.finditer(text):
        if found[0] == '"':
            raise _Part(text[found.start() :], found.start()).error("the quotes that begin here do not end")
        if found[1]:
            yield _Part(found[0], found.start())


def _term(word: _Part, fields: Mapping[str, Field[Any]]) -> Term:
    negated = word.text.startswith("!")
    rest = word.after(1) if negated else word
    found = _FIELD.match(rest.text)
    if found is None:
        return _named(word, rest, negated, fields)
    name, operator, value = found[1].lower(), found[2], rest.after(found.end())
    if name not in fields:
        raise _Part(found[1], rest.start).error(*no_such_field(found[1], fields))
    column, length, field = word.start + 1, len(word.text), fields[name]
    if field.kind.is_number:
        sign = "=" if operator == ":" else operator
        return Term(name, field.kind, negated, sign, _number(name, field.kind, value), (), column, length)
    if operator in ("=", ":"):
        return Term(name, field.kind, negated, ":", 0, _patterns(name, field, value), column, length)
    at = _Part(operator, rest.start + found.end(1))
    raise at.error(f"{name} is no number: write {name}:…, not {name}{operator}…")


def _named(word: _Part, rest: _Part, negated: bool, fields: Mapping[str, Field[Any]]) -> Term:
    """A free word, which is about the name."""
    if "name" not in fields:
        raise word.error("there is no name to look for here", f"the fields are {', '.join(sorted(fields))}")
    if not rest.text:
        raise word.error("! needs a word after it, such as !sf")
    patterns = _alternatives("a name", rest)
    return Term("name", Kind.NAME, negated, ":", 0, patterns, word.start + 1, len(word.text))


def _number(name: str, kind: Kind, value: _Part) -> float:
    wanted, read = _NUMBERS[kind]
    number = read(value.text)
    if number is None:
        but = f', not "{shortened(value.text)}"' if value.text else ""
        raise value.error(f"{name} needs {wanted}{but}")
    return number


def _patterns(name: str, field: Field[Any], value: _Part) -> tuple[Pattern, ...]:
    """The alternatives of a term about text; of states, each has to be one that there is."""
    if field.kind is not Kind.STATE:
        return _alternatives(name, value)
    found = tuple(
        Pattern(tuple(piece.lower() for piece in pattern.pieces)) for pattern in _alternatives(name, value)
    )
    for pattern in found:
        if pattern.literal not in field.words:
            raise value.error(*no_such_state(name, pattern.literal or pattern.text, field.words))
    return found


def _alternatives(name: str, value: _Part) -> tuple[Pattern, ...]:
    """The patterns between the bars of a value."""
    found: list[list[str]] = [[]]
    for match in _PIECE.finditer(value.text):
        quoted, sign = match[1], match[2]
        if sign == "|":
            found.append([])
        elif sign:
            found[-1].append(sign)
        else:
            _add_literal(found[-1], match[0] if quoted is None else _ESCAPE.sub(r"\1", quoted))
    if not all(found):
        raise value.error(f"{name} needs a text" + (" on both sides of |" if len(found) > 1 else ""))
    return tuple(Pattern(tuple(pieces)) for pieces in found)


def _add_literal(pieces: list[str], literal: str) -> None:
    """Put a text at the end of a pattern, joined to the text before it."""
    if literal and pieces and pieces[-1][0] == "=":
        pieces[-1] += literal
    elif literal:
        pieces.append(f"={literal}")
