"""A table as CSV or JSON, for other programs. Pure: gives bytes, writes none."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import orjson

from pkgstore.text_json import harmless_json, printable
from pkgstore_tui.format import safe_text

SCHEMA_VERSION: Final = 1
FORMATS: Final = ("csv", "json")

_FORMULA: Final = ("=", "+", "-", "@")
"""What a spreadsheet takes for the beginning of a formula."""


def encode_table(
    titles: Sequence[str], rows: Iterable[Sequence[str]], format: str, about: Mapping[str, str] | None = None
) -> bytes:
    """A table as a file's content.

    Args:
        titles: The name of each column.
        rows: A text for each column of each row.
        format: ``csv`` (RFC 4180, UTF-8) or ``json`` (one document with its schema_version, a line each row).
        about: What else the JSON document says; CSV has no place for it.
    """
    return _as_csv(titles, rows) if format == "csv" else _as_json(titles, rows, about or {})


def harmless_cell(text: str) -> str:
    """A text that no spreadsheet runs: what looks like a formula gets a quote before it.

    A dash alone, or a number with its sign, is no formula.
    """
    text = printable(safe_text(text))
    if not text.startswith(_FORMULA) or text in _FORMULA or _is_number(text):
        return text
    return "'" + text


def _is_number(text: str) -> bool:
    return text[0] in "+-" and text[1:].replace(".", "", 1).isdecimal() and text.isascii()


def _as_csv(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([harmless_cell(title) for title in titles])
    writer.writerows([harmless_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def _as_json(titles: Sequence[str], rows: Iterable[Sequence[str]], about: Mapping[str, str]) -> bytes:
    names = [title.lower().replace(" ", "_") for title in titles]
    head = {"schema_version": SCHEMA_VERSION, **{name: printable(value) for name, value in about.items()}}
    found = (
        harmless_json(orjson.dumps({name: printable(cell) for name, cell in zip(names, row, strict=True)}))
        for row in rows
    )
    return harmless_json(orjson.dumps(head))[:-1] + b',"rows":[\n' + b",\n".join(found) + b"\n]}\n"
