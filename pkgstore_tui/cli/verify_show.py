"""What a content check found, as text: each config with its files, each library, and what to do about it."""

from collections.abc import Iterable, Iterator
from typing import Final

import click

from pkgstore.keys import ConfigKey, WorkerKey
from pkgstore.operations.verify_events import LibraryVerified, LinkChange, Outcome, Verified, VerifyResult
from pkgstore.sharing import LibraryKey
from pkgstore.tree_changes import Change, FileChange
from pkgstore_tui.cli.verify_report import Report
from pkgstore_tui.command_lines import line
from pkgstore_tui.format import counted, human_bytes, human_time, safe_text, short_hash

_FILES: Final = 10
"""Files of one config or package that are shown before the rest is counted; -v shows more."""

_OWNERS: Final = 5
_WORDS: Final = {
    Outcome.FINE: "fine",
    Outcome.CHANGED: "CHANGED",
    Outcome.UNREAD: "UNREAD",
    Outcome.DAMAGED: "DAMAGED",
    Outcome.RECORDED: "no baseline until now",
    Outcome.UNKNOWN: "no baseline",
    Outcome.GONE: "gone meanwhile",
}


def print_lines(lines: Iterable[str]) -> None:
    """Lines for people on stdout, made harmless."""
    for text in lines:
        click.echo(safe_text(text))


# --- configs ---------------------------------------------------------------------------------------------


def config_lines(report: Report, event: Verified) -> Iterator[str]:
    """One config: what it came to, its files, who has them, and who is served them."""
    note = f": {event.note}" if event.note else ""
    yield f"{_WORDS[event.outcome]}  {report.namer(event.key)}{note}"
    yield from _file_lines(event, most=len(event.changes) if report.verbose else _FILES)
    if event.outcome is Outcome.CHANGED:
        holders = [root.owner for root in report.roots.holders(event.key)]
        yield f"  served to {_some(holders)}" if holders else "  nobody needs it"


def _file_lines(event: Verified, *, most: int) -> Iterator[str]:
    shown = event.changes[:most]
    width = min(40, max((len(_path(change)) for change in shown), default=0))
    for change in shown:
        yield f"  {_path(change):<{width}}  {_what(event, change)}"
    if len(event.changes) > most:
        yield f"  and {counted(len(event.changes) - most, 'more file')}; -v shows them"


def _path(change: FileChange) -> str:
    return safe_text(change.path) or "."


def _what(event: Verified, change: FileChange) -> str:
    parts = [", ".join(_word(each, change) for each in change.changes)]
    since = change.since(event.made)
    if since is not None and change.is_proof:
        parts.append(f"since {human_time(since)}")
    if change.found is not None and change.found.inode:
        parts.append(f"inode {change.found.inode}")
    if owners := event.sharers.get(change.path, ()):
        parts.append(f"shared with {_some([library_name(key) for key in owners])}")
    if elsewhere := event.elsewhere.get(change.path, 0):
        parts.append(f"{counted(elsewhere, 'link')} elsewhere")
    return "; ".join(parts)


def _word(each: Change, change: FileChange) -> str:
    before, found = change.before, change.found
    if each is Change.UNREAD and found is not None and found.problem:
        return found.problem
    if each is Change.SIZE and before is not None and found is not None:
        return f"size {before.size:,} → {found.content.size:,}"
    if each is Change.MODE and before is not None and found is not None:
        return f"mode {before.mode & 0o7777:o} → {found.content.mode & 0o7777:o}"
    if each is Change.TARGET and before is not None and found is not None:
        return f"link {before.target} → {found.content.target}"
    return each.value


def library_name(key: LibraryKey) -> str:
    """Whose library it is, for people: ``worker w1``, ``build 3f2a``."""
    if isinstance(key, WorkerKey):
        return f"worker {key.worker_id}"
    return f"{key.folder.lstrip('.').removesuffix('s')} {key.name}"


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _OWNERS:,} more" if len(names) > _OWNERS else ""
    return ", ".join(names[:_OWNERS]) + more


# --- libraries -------------------------------------------------------------------------------------------


def library_lines(report: Report, event: LibraryVerified) -> Iterator[str]:
    """One worker's library: the packages that are not the store's."""
    name = library_name(event.key)
    if event.problem:
        yield f"UNREAD  {name}: {event.problem}"
        return
    drifted = any(drift.is_finding for drift in event.drifts)
    word = "DRIFT" if drifted else "UNREAD" if event.drifts else "fine"
    yield f"{word}  {name}, {counted(event.packages, 'package')}"
    for drift in event.drifts:
        files = drift.files if report.verbose else drift.files[:_FILES]
        for path, change in files:
            yield f"  {drift.package}{'/' if path else ''}{path}  {_link_word(change, drift.ref)}"
        if more := len(drift.files) + drift.more - len(files):
            yield f"  {drift.package}: {counted(more, 'more file')}"


def _link_word(change: LinkChange, ref: str) -> str:
    return f"{change.value} ({short_hash(ref)})" if change is LinkChange.NOT_STORED else change.value


# --- all of it -------------------------------------------------------------------------------------------


def result_text(result: VerifyResult) -> str:
    """What a check came to, in one line."""
    parts = [f"{counted(result.configs, 'config')} looked at, {human_bytes(result.bytes)} read"]
    for outcome, said in (
        (Outcome.FINE, "fine"),
        (Outcome.CHANGED, "changed"),
        (Outcome.DAMAGED, "with a damaged baseline"),
        (Outcome.UNREAD, "could not be read"),
        (Outcome.RECORDED, "had no baseline until now"),
        (Outcome.UNKNOWN, "without a baseline"),
        (Outcome.GONE, "gone meanwhile"),
    ):
        if (count := result.count(outcome)) or outcome is Outcome.FINE:
            parts.append(f"{count:,} {said}")
    parts += [f"{result.left:,} left for later"] if result.left else []
    if result.libraries:
        parts.append(f"{counted(result.libraries, 'library', 'libraries')}, {result.drifted:,} with drift")
    parts += [f"{result.unread:,} not comparable"] if result.unread else []
    return ", ".join(parts)


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
