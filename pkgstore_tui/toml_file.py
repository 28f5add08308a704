"""TOML that somebody wrote, read with limits: no document stops the program or holds it up, however it nests."""

import re
import tomllib
from typing import Any, Final

LARGEST: Final = 1 << 20
"""Bytes of a TOML file that are read at most."""

MOST_PARTS: Final = 100
"""Parts of one dotted key; `tomllib` takes time by their square."""

DEEPEST: Final = 50
"""Tables and lists in each other."""

_QUOTED: Final = re.compile(r'"(?:\\.|[^"\\\n])*"?|\'[^\'\n]*\'?')
_BETWEEN_KEYS: Final = re.compile(r"[^\w.\- \t]+")


class NoTOML(ValueError):
    """The text is no TOML that can be used; the words say why."""


def parse_toml(data: bytes) -> dict[str, Any]:
    """The document in a TOML file.

    Raises:
        NoTOML: It is no TOML, no UTF-8, deeper than `DEEPEST`, or has a key of more than `MOST_PARTS` parts.
    """
    try:
        text = data.decode()
        if _has_endless_key(text):
            raise NoTOML(f"a key has more than {MOST_PARTS} parts")
        document = tomllib.loads(text)
    except RecursionError:
        raise NoTOML("it is nested too deeply") from None
    except (
        ValueError
    ) as cause:  # TOMLDecodeError and UnicodeDecodeError are; so is what numbers of 5,000 digits give
        raise NoTOML(str(cause)) from cause
    if _is_deep(document):
        raise NoTOML("it is nested too deeply")
    return document


def _has_endless_key(text: str) -> bool:
    """Whether a line has a dotted key of very many parts."""
    for piece in _BETWEEN_KEYS.split(_QUOTED.sub("q", text)):
        if piece.count(".") < MOST_PARTS:
            continue
        parts = 0
        for part in piece.split("."):
            parts = parts + 1 if part.strip() else 0
            if parts > MOST_PARTS:
                return True
    return False


def _is_deep(document: dict[str, Any]) -> bool:
    level: list[Any] = [document]
    for _ in range(DEEPEST):
        level = [inner for value in level for inner in _members(value)]
        if not level:
            return False
    return True


def _members(value: Any) -> list[Any]:
    """The tables and lists directly in a table or list."""
    members = value.values() if isinstance(value, dict) else value
    return [member for member in members if isinstance(member, dict | list)]
