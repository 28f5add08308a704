"""JSON as the reference reads and writes it: texts in, values out, and back. Pure; knows no files.

Reading follows Go's rules where they differ from Python's: bytes that are no UTF-8 and lone surrogates
become U+FFFD, field names match without regard to case, `null` is "not given". Writing gives the very bytes
of the reference (spec: JSON files).
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NoReturn, TypeVar

import orjson

from pkgstore.keys import to_bytes

_Value = TypeVar("_Value")

_INVALID: Final = re.compile("[\ud800-\udfff]")
_ESCAPED: Final = {
    ord("<"): "\\u003c",
    ord(">"): "\\u003e",
    ord("&"): "\\u0026",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}
_BEYOND_ASCII: Final = re.compile(r"[^\n\x20-\x7e]")
_MERGE_MARK: Final = re.compile(rb"^(<<<<<<<|=======|>>>>>>>)", re.MULTILINE)


class BadJSON(ValueError):
    """The text is no JSON, or a value has another type than asked for; its words say which and where."""


def printable(text: str) -> str:
    """`text` with everything that is no valid UTF-8 replaced by U+FFFD, byte by byte."""
    return _INVALID.sub("\ufffd", text)


def cleaned(value: Any) -> Any:
    """The same value with what is no valid UTF-8 (names from the disk) replaced, since JSON cannot hold it."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {printable(str(key)): cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(item) for item in value]
    return value


def harmless_json(data: bytes) -> bytes:
    """The same JSON document, with escapes for each character that could move a cursor, hide or turn text round.

    Args:
        data: A document as UTF-8; what cannot be printed is nowhere but in its strings, line ends apart.
    """
    if data.isascii() and b"\x7f" not in data:  # JSON itself has escapes for what is below a space
        return data
    return _BEYOND_ASCII.sub(_as_escape, data.decode()).encode()


def _as_escape(found: re.Match[str]) -> str:
    sign = found.group()
    return sign if sign.isprintable() else json.dumps(sign)[1:-1].replace("\x7f", "\\u007f")


def loads(data: bytes) -> Any:
    """Parse a JSON text as the reference would.

    Raises:
        BadJSON: With the reason, and line and column where they are known.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as strict:
        if _MERGE_MARK.search(data):
            raise BadJSON("has merge-conflict marks; resolve the conflict first") from strict
        try:
            return _loads_leniently(data)
        except (ValueError, RecursionError):
            raise BadJSON(f"is no JSON: {strict}" if data.strip() else "is empty") from strict


def _loads_leniently(data: bytes) -> Any:
    """What orjson refuses and the reference takes: invalid UTF-8 and lone surrogates in strings."""
    text = printable(data.decode("utf-8", "surrogateescape"))
    return _mend(json.loads(text, parse_constant=_refuse_constant))


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _mend(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list):
        return [_mend(item) for item in value]
    if isinstance(value, dict):
        return {printable(key): _mend(item) for key, item in value.items()}
    return value


_TYPE_NAMES: Final[dict[type, str]] = {
    str: "a string",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
}


def type_name(value: object) -> str:
    """JSON's word for the type of a parsed value, with its article."""
    return _TYPE_NAMES.get(type(value), "null")


_LARGEST: Final = 2**63
"""What the reference's whole numbers end before."""


class Fields:
    """An object's fields, found without regard to case and checked for their type.

    `where` names the object in errors, as in ``packages[3]``.
    """

    def __init__(self, value: object, names: tuple[str, ...], where: str = "") -> None:
        self._where = where
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise BadJSON(f"{where or 'the document'} is {type_name(value)}, not an object")
        wanted = {name.lower(): name for name in names}
        self._values: dict[str, object] = {}
        for key, item in value.items():
            name = wanted.get(key.lower())
            if name is not None and item is not None:
                self._values[name] = item

    def _typed(self, name: str, kind: type, word: str) -> Any:
        value = self._values.get(name)
        if value is None:
            return None
        if type(value) is not kind:
            raise BadJSON(f"{self._full(name)} is {type_name(value)}, not {word}")
        return value

    def _full(self, name: str) -> str:
        return f"{self._where}.{name}" if self._where else name

    def text(self, name: str) -> str:
        """A string; empty where it is missing or null."""
        return self._typed(name, str, "a string") or ""

    def integer(self, name: str) -> int:
        """A whole number of 64 bits, without fraction or exponent; 0 where it is missing or null."""
        found: int = self._typed(name, int, "a whole number") or 0
        if not -_LARGEST <= found < _LARGEST:
            raise BadJSON(f"{self._full(name)} is too large a number")
        return found

    def boolean(self, name: str) -> bool:
        """True or false; false where it is missing or null."""
        return self._typed(name, bool, "true or false") or False

    def items(self, name: str) -> list[Any] | None:
        """A list; None where it is missing or null."""
        return self._typed(name, list, "a list")  # type: ignore[no-any-return]

    def mapping(self, name: str) -> dict[str, Any] | None:
        """An object; None where it is missing or null."""
        return self._typed(name, dict, "an object")  # type: ignore[no-any-return]


def string_map(value: object, where: str = "") -> dict[str, str]:
    """A map of strings; null gives an empty one.

    Raises:
        BadJSON: It is something else; names the key that is wrong.
    """
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadJSON(f"{where or 'the document'} is {type_name(value)}, not an object")
    for key, item in value.items():
        if item is not None and not isinstance(item, str):
            raise BadJSON(f"{where + '.' if where else ''}{key} is {type_name(item)}, not a string")
    return {key: item or "" for key, item in value.items()}


def string_list(value: list[Any] | None, where: str) -> tuple[str, ...] | None:
    """A list of strings as a tuple; None stays None.

    Raises:
        BadJSON: An item is no string; names its place.
    """
    if value is None:
        return None
    for index, item in enumerate(value):
        if item is not None and not isinstance(item, str):
            raise BadJSON(f"{where}[{index}] is {type_name(item)}, not a string")
    return tuple(item or "" for item in value)


def _quoted(text: str) -> str:
    return orjson.dumps(printable(text)).decode().translate(_ESCAPED)


def _lines(value: object, indent: str) -> Iterator[str]:
    inner = indent + "  "
    if isinstance(value, Mapping) and value:
        yield "{\n"
        for index, (key, item) in enumerate(value.items()):
            yield ",\n" if index else ""
            yield f"{inner}{_quoted(key)}: "
            yield from _lines(item, inner)
        yield f"\n{indent}}}"
    elif isinstance(value, list | tuple) and value:
        yield "[\n"
        for index, item in enumerate(value):
            yield ",\n" if index else ""
            yield inner
            yield from _lines(item, inner)
        yield f"\n{indent}]"
    else:
        yield _scalar(value)


def _scalar(value: object) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, list | tuple):
        return "[]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    raise TypeError(f"not a value of the store's files: {value!r}")


def dumps(value: object) -> bytes:
    """The reference's bytes for a value of maps, lists, strings, booleans and None.

    Keys are written in the order they have: use `by_bytes` for maps that the reference sorts.
    """
    return "".join(_lines(value, "")).encode()


def by_bytes(mapping: Mapping[str, _Value]) -> dict[str, _Value]:
    """The same map with its keys in byte order, as the reference writes maps."""
    return {key: mapping[key] for key in sorted(mapping, key=to_bytes)}
