"""JSON hurt by what it says, not by its bytes: a value of another type, a name that is missing, a number too large.

Bytes that are changed at random seldom stay JSON; this reaches what stands behind the parser.
"""

import json
from random import Random
from typing import Any

ODD: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        1,
        -1,
        0.5,
        2**31,
        2**53,
        2**63 - 1,
        2**63,
        2**64,
        -(2**63) - 1,
        10**30,
        10**400,
        1e300,
    ),
    *("", "x", "\0", "..", "a/b", "/", "\udcff", "\ud800", "\x1b[2J\u202e", "x" * 5000),
    *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"),
    *([], {}, [[]], [None], {"": None}, {"a": {}}, [1, 2, 3]),
)
"""Values that some reader may not expect where they stand."""

DEEPER = 300
"""How deep a value is put that is put deep."""

Place = tuple[Any, Any]
"""A list or object, and the index or name of a value in it."""


def hurt(data: bytes, chance: Random) -> bytes | None:
    """Other JSON, the same but for a few values; None where the bytes are no JSON. Of lines, one is hurt."""
    if not data[:64].lstrip().startswith((b"{", b"[")):
        return None
    found = _hurt_one(data, chance)
    if found is None and b"\n" in data:
        lines = data.split(b"\n")
        place = chance.randrange(len(lines))
        one = _hurt_one(lines[place], chance)
        return None if one is None else b"\n".join([*lines[:place], one, *lines[place + 1 :]])
    return found


def _hurt_one(data: bytes, chance: Random) -> bytes | None:
    try:
        holder = [json.loads(data.decode("utf-8", "surrogateescape"))]
        for _ in range(chance.choice((1, 1, 2, 4))):
            places = _places(holder)
            parent, key = chance.choice(places)
            _WOUNDS[chance.randrange(len(_WOUNDS))](parent, key, places, chance)
            if not holder:
                return b""
        return json.dumps(holder[0], ensure_ascii=False).encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a lone surrogate, which JSON can only have as an escape
        return json.dumps(holder[0]).encode()
    except (ValueError, RecursionError):
        return None


def _places(holder: list[Any]) -> list[Place]:
    """Every value in it."""
    found: list[Place] = []
    left: list[Any] = [holder]
    while left:
        parent = left.pop()
        keys = range(len(parent)) if isinstance(parent, list) else list(parent)
        found.extend((parent, key) for key in keys)
        left.extend(parent[key] for key in keys if isinstance(parent[key], list | dict))
    return found


def _to_odd(parent: Any, key: Any, _places: list[Place], chance: Random) -> None:
    parent[key] = json.loads(json.dumps(chance.choice(ODD)))


def _to_other(parent: Any, key: Any, places: list[Place], chance: Random) -> None:
    """A value that stands elsewhere in the document; a copy, so that nothing holds itself."""
    other, place = chance.choice(places)
    if isinstance(other, list) and not 0 <= place < len(other):
        return
    value = other[place] if isinstance(other, list) else other.get(place)
    parent[key] = json.loads(json.dumps(value))


def _gone(parent: Any, key: Any, _places: list[Place], _chance: Random) -> None:
    del parent[key]


def _renamed(parent: Any, key: Any, _places: list[Place], chance: Random) -> None:
    if isinstance(parent, dict):
        parent[chance.choice((key.upper(), key.title(), key + key, "", "..", "\udcff"))] = parent.pop(key)


def _deep(parent: Any, key: Any, _places: list[Place], chance: Random) -> None:
    wrap = chance.choice((lambda value: [value], lambda value: {"a": value}))
    for _ in range(chance.choice((1, 2, DEEPER))):
        parent[key] = wrap(parent[key])


_WOUNDS = (_to_odd, _to_odd, _to_odd, _to_other, _gone, _renamed, _deep)
