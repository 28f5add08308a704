"""What a content check found, as text: each config with its files, each library, and what to do about it."""

from collections.abc import Iterable, Iterator
from typing import Final

import click

from pkgstore.keys import ConfigKey
from pkgstore.operations.verify_events import LibraryVerified, Outcome, Verified
from pkgstore_tui.cli.verify_report import Report
from pkgstore_tui.command_lines import line
from pkgstore_tui.format import counted, safe_text
from pkgstore_tui.verify_words import config_line, drift_lines, file_text, library_line, path_text, served_text

_FILES: Final = 10
"""Files of one config or package that are shown before the rest is counted; -v shows more."""


def print_lines(lines: Iterable[str]) -> None:
    """Lines for people on stdout, made harmless."""
    for text in lines:
        click.echo(safe_text(text))


def config_lines(report: Report, event: Verified) -> Iterator[str]:
    """One config: what it came to, its files, who has them, and who is served them."""
    yield config_line(event, report.namer)
    yield from _file_lines(event, most=len(event.changes) if report.verbose else _FILES)
    if event.outcome is Outcome.CHANGED:
        yield f"  {served_text([root.owner for root in report.roots.holders(event.key)])}"


def _file_lines(event: Verified, *, most: int) -> Iterator[str]:
    shown = event.changes[:most]
    width = min(40, max((len(path_text(change)) for change in shown), default=0))
    for change in shown:
        yield f"  {path_text(change):<{width}}  {file_text(event, change)}"
    if len(event.changes) > most:
        yield f"  and {counted(len(event.changes) - most, 'more file')}; -v shows them"


def library_lines(report: Report, event: LibraryVerified) -> Iterator[str]:
    """One worker's library: the packages that are not the store's."""
    yield library_line(event)
    for text in drift_lines(event, None if report.verbose else _FILES):
        yield f"  {text}"


def advice_lines(report: Report) -> Iterator[str]:
    """What to do about what was changed."""
    changed = [event.key for event in report.configs if event.outcome is Outcome.CHANGED and event.inode]
    for item in report.roots.damage if changed else ():
        yield f"pkgstore: who is served it is not known in full: {item.path}: {item.why}"
    if len(changed) == 1:
        yield f"take it out, so that the next build makes it anew: {_quarantine(changed[0], report.root)}"
    elif changed:
        everything = f"{line('verify', store=report.root)} --quarantine"
        yield f"take them out, so that the next build makes them anew: {everything}"


def _quarantine(key: ConfigKey, root: str) -> str:
    named = line("verify", f"{key.package}@{key.ref}", platform=key.platform, store=root)
    return f"{named} --quarantine"
