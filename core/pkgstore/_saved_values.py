"""Values of a saved scan's JSON document, each checked for its type. Raises `BadJSON`, which says what is wrong."""

from collections.abc import Sequence
from typing import Any, Final

from pkgstore.text_json import BadJSON, type_name

INT: Final = frozenset({int})
TIMES: Final[frozenset[type]] = frozenset({int, float, type(None)})
_NUMBERS: Final = frozenset({int, float})
_LARGEST_CODE: Final = 0x10FFFF


def a_text(value: object, where: str) -> str:
    """`value`, if it is a string."""
    if type(value) is not str:
        raise BadJSON(f"{where} is {type_name(value)}, not a string")
    return value


def a_list(value: object, where: str, length: int | None = None) -> list[Any]:
    """`value`, if it is a list (of that length)."""
    if type(value) is not list:
        raise BadJSON(f"{where} is {type_name(value)}, not a list")
    if length is not None and len(value) != length:
        raise BadJSON(f"{where} has {len(value)} items, not {length}")
    return value


def an_object(value: object, where: str) -> dict[str, Any]:
    """`value`, if it is an object."""
    if type(value) is not dict:
        raise BadJSON(f"{where} is {type_name(value)}, not an object")
    return value


def a_number(value: object, where: str) -> float:
    """`value`, if it is a number that a time can be."""
    if type(value) not in _NUMBERS:
        raise BadJSON(f"{where} is {type_name(value)}, not a number")
    return float(value)  # type: ignore[arg-type]


def check_types(column: Sequence[object], allowed: frozenset[type], where: str) -> None:
    """Raise `BadJSON` where a value of a column is of another type."""
    for odd in set(map(type, column)) - allowed:
        place = next(place for place, value in enumerate(column) if type(value) is odd)
        raise BadJSON(f"{where}[{place}] is {type_name(column[place])}")


def check_range(column: Sequence[int], first: int, end: int, where: str) -> None:
    """Raise `BadJSON` where a number of a column is below `first`, or `end` or more."""
    if column and not first <= min(column) <= max(column) < end:
        place = next(place for place, value in enumerate(column) if not first <= value < end)
        raise BadJSON(f"{where}[{place}] is {column[place]}, which names nothing")


def saved_text(value: object, place: int) -> str:
    """A text, or the one that a list of code points stands for."""
    if type(value) is str:
        return value
    codes = a_list(value, f"texts[{place}]")
    check_types(codes, INT, f"texts[{place}]")
    check_range(codes, 0, _LARGEST_CODE + 1, f"texts[{place}]")
    return "".join(map(chr, codes))
