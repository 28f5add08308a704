"""DESCRIPTION files (DCF), read exactly as the reference reads them, since LinkingTo decides the config hash."""

import os
from collections.abc import Mapping
from typing import Final

from pkgstore.errors import DiskError
from pkgstore.reading import read_bytes
from pkgstore.text_json import printable

BASE_PACKAGES: Final = frozenset(
    {
        *("base", "compiler", "datasets", "graphics", "grDevices", "grid", "methods", "parallel", "splines"),
        *("stats", "stats4", "tcltk", "tools", "utils"),
    }
)
"""What comes with R itself: no lockfile has it, and no key needs it. Recommended packages, such as Matrix, are not
among them."""

LARGEST_DESCRIPTION: Final = 4 * 1024 * 1024
"""Bytes: the longest of CRAN has a few tens of thousands."""

# Unicode White_Space. str.strip() without an argument would also take U+001C to U+001F.
WHITE_SPACE: Final = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)


def parse_dcf_text(data: bytes) -> dict[str, str]:
    """The fields of a DCF text; bytes that are no UTF-8 stand as lone surrogates (spec: DESCRIPTION).

    Later fields of a name win; a continuation adds one space and its trimmed text.
    """
    fields: dict[str, str] = {}
    key: str | None = None
    value = ""
    for line in data.decode("utf-8", "surrogateescape").split("\n"):
        if line.startswith((" ", "\t")):
            value += " " + line.strip(WHITE_SPACE)
            continue
        name, colon, rest = line.partition(":")
        if not colon or not name:
            continue
        if key is not None:
            fields[key] = value.strip(WHITE_SPACE)
        key, value = name.strip(WHITE_SPACE), rest.strip(WHITE_SPACE)
    if key is not None:
        fields[key] = value.strip(WHITE_SPACE)
    return fields


def read_description(path: str | os.PathLike[str]) -> dict[str, str] | None:
    """The fields of a DESCRIPTION file as `parse_dcf_text` gives them; None where there is no such file.

    Raises:
        DiskError: It is there and cannot be read.
        InputError: It is no regular file, or far too large.
    """
    try:
        return parse_dcf_text(read_bytes(path, largest=LARGEST_DESCRIPTION))
    except FileNotFoundError:
        return None


def parse_dcf(path: str | os.PathLike[str]) -> dict[str, str]:
    """Read a DESCRIPTION into a map; bytes that are no UTF-8 become U+FFFD (API: ParseDCF).

    Raises:
        DiskError: It is missing or cannot be read.
        InputError: It is no regular file, or far too large.
    """
    try:
        fields = parse_dcf_text(read_bytes(path, largest=LARGEST_DESCRIPTION))
    except FileNotFoundError as cause:
        raise DiskError("read this file", cause, path) from cause
    return {printable(key): printable(value) for key, value in fields.items()}


def package_list(value: str) -> tuple[str, ...]:
    """The names in a list such as ``Rcpp (>= 1.0), BH``, in their order (spec: DESCRIPTION)."""
    names = (item.split("(", 1)[0].strip(WHITE_SPACE) for item in value.split(","))
    return tuple(name for name in names if name)


def is_compiled(fields: Mapping[str, str]) -> bool:
    """Whether NeedsCompilation is yes, in any case (spec: IngestPackages)."""
    return fields.get("NeedsCompilation", "").lower() == "yes"
