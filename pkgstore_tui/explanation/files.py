"""An explanation as the content of a file: Markdown, text, JSON, DOT or CSV."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from pkgstore.explain.linking import graph_of, part_of
from pkgstore.explain.report import Explained, Report
from pkgstore.text_json import cleaned, harmless_json, printable
from pkgstore_tui.explanation.document import document
from pkgstore_tui.explanation.graphs import dot_lines
from pkgstore_tui.explanation.markdown import markdown_lines
from pkgstore_tui.explanation.text import HEADINGS, aligned, cause_lines, first_lines, package_lines, table_rows
from pkgstore_tui.table_file import SCHEMA_VERSION, encode_table

FORMATS: Final[Mapping[str, str]] = {
    "md": "Markdown for an issue report",
    "txt": "text",
    "json": "JSON, all that is known",
    "csv": "CSV, a row a package",
    "dot": "a graph of LinkingTo for Graphviz",
}
"""By the ending of a file's name, what is written."""


def encode(report: Report, rows: Sequence[Explained], format: str, *, whole: bool) -> bytes:
    """A file's content.

    Args:
        report: The explanation.
        rows: The packages that it is about, in their order.
        format: One of `FORMATS`.
        whole: Whether all packages are meant: Markdown and text are then a table, else each package in full.
    """
    match format:
        case "json":
            return _json(document(report, rows))
        case "csv":
            return encode_table(HEADINGS, table_rows(report, rows), "csv")
        case "dot":
            names = () if whole else tuple(row.package for row in rows)
            lines: Iterable[str] = dot_lines(report, part_of(graph_of(report), names))
        case "md":
            lines = markdown_lines(report, rows, whole=whole)
        case _:
            lines = _text_lines(report, rows, whole=whole)
    return "".join(f"{printable(line)}\n" for line in lines).encode()


def _text_lines(report: Report, rows: Sequence[Explained], *, whole: bool) -> Iterator[str]:
    yield from first_lines(report)
    if whole:
        yield from aligned([HEADINGS, *table_rows(report)])
        yield ""
        yield from cause_lines(report)
        return
    for number, row in enumerate(rows):
        if number:
            yield ""
        yield from package_lines(report, row)


def _json(found: Mapping[str, Any]) -> bytes:
    whole = cleaned({"schema_version": SCHEMA_VERSION, **found})
    return harmless_json(orjson.dumps(whole, option=orjson.OPT_INDENT_2)) + b"\n"
