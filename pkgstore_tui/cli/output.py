"""What goes to stdout: aligned text, or one JSON document with its schema_version."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import click
import orjson

from pkgstore.text_json import cleaned, harmless_json

SCHEMA_VERSION: Final = 1


def print_json(document: Mapping[str, Any]) -> None:
    """One document, its schema_version first."""
    whole = {"schema_version": SCHEMA_VERSION, **document}
    click.echo(harmless_json(orjson.dumps(cleaned(whole), option=orjson.OPT_INDENT_2)).decode())


def print_json_line(event: Mapping[str, Any]) -> None:
    """One event of long work in one line, its schema_version first; it is not kept back."""
    whole = {"schema_version": SCHEMA_VERSION, **event}
    click.echo(harmless_json(orjson.dumps(cleaned(whole))).decode())


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Left-aligned columns, two spaces apart, headings first; cells have to be safe to show."""
    lines = [headings, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
