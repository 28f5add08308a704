"""An explanation as Markdown, to be pasted into an issue report. Nothing from outside is taken for markup."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from pkgstore.explain.report import Explained, Report
from pkgstore_tui.explanation.text import HEADINGS, cause_lines, first_lines, package_lines, table_rows
from pkgstore_tui.explanation.words import class_word, title_of, verdict_words
from pkgstore_tui.format import safe_text

_SIGNS: Final = re.compile(r"([\\`*_{}\[\]<>#|!~@&])")


def escaped(text: str) -> str:
    """Harmless text in which nothing is a sign of Markdown."""
    return _SIGNS.sub(r"\\\1", text)


def markdown_lines(report: Report, rows: Sequence[Explained], *, whole: bool) -> Iterator[str]:
    """A report about some rows in full, or (`whole`) about all of them as a table."""
    lockfile = safe_text(report.question.lockfile.path)
    yield f"# Why: {escaped(lockfile)}"
    yield ""
    yield f"Platform folder: {escaped(safe_text(report.question.platform))}"
    for line in first_lines(report):
        yield ""
        yield f"**{escaped(line)}**"
    yield ""
    if whole:
        yield from _table(report)
        yield ""
    else:
        for row in rows:
            yield f"## {escaped(title_of(report, row))}: {class_word(row.decision.verdict)}, {verdict_words(row)}"
            yield ""
            yield from _block(package_lines(report, row))
            yield ""
    yield from (f"* {escaped(line)}" for line in cause_lines(report))


def _table(report: Report) -> Iterator[str]:
    yield "| " + " | ".join(heading.capitalize() for heading in HEADINGS) + " |"
    yield "| --- | --- | --- | --- |"
    for row in table_rows(report):
        yield "| " + " | ".join(map(escaped, row)) + " |"


def _block(lines: Iterable[str]) -> Iterator[str]:
    """Lines as they are, in a fence that none of them can end."""
    found = list(lines)
    longest = max((len(ticks) for line in found for ticks in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"{fence}text"
    yield from found
    yield fence
