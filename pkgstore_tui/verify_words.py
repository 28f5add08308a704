"""What a content check found, in words that both programs say. Pure; knows neither textual nor rich.

Everything that came from outside is harmless text here.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from pkgstore.consequences import Break
from pkgstore.keys import ConfigKey, WorkerKey
from pkgstore.operations.verify_events import (
    LibraryVerified,
    LinkChange,
    NotRecorded,
    Outcome,
    OutOfTime,
    Verified,
    VerifyDone,
    VerifyEvent,
    VerifyResult,
)
from pkgstore.sharing import LibraryKey
from pkgstore.tree_changes import Change, FileChange
from pkgstore_tui.format import Namer, config_name, counted, human_bytes, human_time, safe_text, short_hash

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
_QUIET: Final = frozenset({Outcome.FINE, Outcome.RECORDED, Outcome.UNKNOWN, Outcome.GONE})


def is_worth_saying(event: VerifyEvent) -> bool:
    """Whether an event is one that somebody has to see, or one of many."""
    match event:
        case Verified():
            return event.outcome not in _QUIET
        case LibraryVerified():
            return bool(event.drifts or event.problem)
    return True


# --- configs ---------------------------------------------------------------------------------------------


def config_line(event: Verified, name: Callable[[ConfigKey], str] = config_name) -> str:
    """One config, and what it came to."""
    note = f": {safe_text(event.note)}" if event.note else ""
    return f"{_WORDS[event.outcome]}  {name(event.key)}{note}"


def path_text(change: FileChange) -> str:
    """A file's path in its tree; a dot for the tree's own folder."""
    return safe_text(change.path) or "."


def change_text(change: FileChange) -> str:
    """What became of a file: ``size 15 → 31``."""
    return safe_text(", ".join(_word(each, change) for each in change.changes))


def since_text(event: Verified, change: FileChange) -> str:
    """Since when a file is not what it was, as far as it tells; empty where nothing does."""
    since = change.since(event.made)
    return human_time(since) if since is not None and change.is_proof else ""


def sharers_text(event: Verified, change: FileChange) -> str:
    """Which libraries have a link to that very file, and how many links nobody found; empty for none."""
    owners, elsewhere = event.sharers.get(change.path, ()), event.elsewhere.get(change.path, 0)
    parts = [some(map(library_name, owners))] if owners else []
    return ", ".join([*parts, f"{counted(elsewhere, 'link')} elsewhere"] if elsewhere else parts)


def file_text(event: Verified, change: FileChange) -> str:
    """All there is to say of one file, in one line."""
    parts = [change_text(change)]
    if since := since_text(event, change):
        parts.append(f"since {since}")
    if change.found is not None and change.found.inode:
        parts.append(f"inode {change.found.inode}")
    if owners := event.sharers.get(change.path, ()):
        parts.append(f"shared with {some(map(library_name, owners))}")
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


def served_text(owners: Sequence[str]) -> str:
    """Who is served a config."""
    return f"served to {some(owners)}" if owners else "nobody needs it"


# --- libraries -------------------------------------------------------------------------------------------


def library_name(key: LibraryKey) -> str:
    """Whose library it is, for people: ``worker w1``, ``build 3f2a``."""
    if isinstance(key, WorkerKey):
        return safe_text(f"worker {key.worker_id}")
    return safe_text(f"{key.folder.lstrip('.').removesuffix('s')} {key.name}")


def some(names: Iterable[str]) -> str:
    """The first few names, and how many more there are."""
    listed = list(names)
    more = f" and {len(listed) - _OWNERS:,} more" if len(listed) > _OWNERS else ""
    return safe_text(", ".join(listed[:_OWNERS])) + more


def library_line(event: LibraryVerified) -> str:
    """One worker's library, and what it came to."""
    name = library_name(event.key)
    if event.problem:
        return f"UNREAD  {name}: {safe_text(event.problem)}"
    drifted = any(drift.is_finding for drift in event.drifts)
    word = "DRIFT" if drifted else "UNREAD" if event.drifts else "fine"
    return f"{word}  {name}, {counted(event.packages, 'package')}"


def drift_lines(event: LibraryVerified, most: int | None = None) -> Iterator[str]:
    """The files of a library that are not the store's; of each package `most` of them."""
    for drift in event.drifts:
        files = drift.files[:most]
        for path, change in files:
            yield safe_text(f"{drift.package}{'/' if path else ''}{path}  {_link_word(change, drift.ref)}")
        if more := len(drift.files) + drift.more - len(files):
            yield f"{safe_text(drift.package)}: {counted(more, 'more file')}"


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
        (Outcome.RECORDED, "with a new baseline"),
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


def goes_on_text(passed: int) -> str:
    """That a check does not begin at the beginning."""
    return f"goes on behind {counted(passed, 'config')} that an earlier run looked at"


def time_is_up_text(event: OutOfTime, *, libraries: bool, goes_on: str) -> str:
    """That there was no time for the rest; `goes_on` is what looks at that, `libraries` if any were wanted."""
    also = ", and no library was looked at" if libraries else ""
    return f"the time is up: {counted(event.left, 'config')} left{also}; {goes_on} goes on there"


def not_recorded_text(event: NotRecorded) -> str:
    """That neither baselines nor the place to go on from can be written."""
    return safe_text(f"nothing can be written down: {event.error}")


def event_text(event: VerifyEvent, name: Namer = config_name) -> str:
    """One event as one line of plain, harmless text."""
    match event:
        case Verified():
            return config_line(event, name)
        case LibraryVerified():
            return library_line(event)
        case NotRecorded():
            return not_recorded_text(event)
        case OutOfTime():
            return f"the time is up: {counted(event.left, 'config')} left"
        case VerifyDone():
            return f"verify: {result_text(event.result)}"


# --- taking out what was changed ---------------------------------------------------------------------------


def broken_text(found: Break) -> str:
    """Who is without a package until the next build makes it anew."""
    packages = ", ".join(key.package for key in found.configs)
    return safe_text(f"{found.root.owner}: {found.effect}: {packages}")


def keepers_text(events: Iterable[Verified]) -> str:
    """Which libraries keep the changed files, all of them by name; empty for none."""
    return ", ".join(sorted({library_name(key) for e in events for keys in e.sharers.values() for key in keys}))
