"""Numbers, ages, hashes and events as plain strings, shared by both programs. Knows neither textual nor rich.

Everything that came from outside (names, paths, errors) passes through `safe_text` before it is shown.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import humanize

from pkgstore.keys import ConfigKey
from pkgstore.model import ConfigRecord, PopulateStats
from pkgstore.operations.events import (
    AssembleResult,
    Carried,
    CleanResult,
    Done,
    Emptied,
    Event,
    EvictResult,
    Failed,
    Ingested,
    IngestResult,
    Kept,
    Linked,
    Missed,
    Noticed,
    Removed,
    Repaired,
    RepairResult,
    Restored,
    RestoreResult,
    Result,
    Skipped,
    SweepResult,
)
from pkgstore.snapshot import Snapshot

SHORT: Final = 8
"""Characters of a hash that are shown where the whole of it is not asked for."""

UNKNOWN: Final = "unknown"

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_YEAR: Final = 365 * _DAY

Namer = Callable[[ConfigKey], str]
"""Says a config's name; a program that holds a snapshot can say versions where the hash alone cannot."""


def safe_text(text: str) -> str:
    """`text` with every character that could move a cursor, hide or reorder text replaced by a visible sign.

    Control characters become their pictures (a line feed ``␊``), all else that cannot be printed ``�``.
    """
    if text.isprintable():
        return text
    return "".join(map(_safe_character, text))


def _safe_character(character: str) -> str:
    code = ord(character)
    if character.isprintable():
        return character
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return " " if character == "\xa0" else "\ufffd"


def short_hash(text: str) -> str:
    """The first eight characters of a hash (or of whatever stands where one should be)."""
    return safe_text(text[:SHORT])


def human_bytes(count: int) -> str:
    """A number of bytes for people, in powers of 1024: ``34.2 MiB``."""
    return humanize.naturalsize(count, binary=True).replace("Bytes", "B").replace("Byte", "B")


def human_age(seconds: float | None) -> str:
    """A span of time in its largest unit: ``12s`` ``5min`` ``47h`` ``40d`` ``2y``; None is unknown."""
    if seconds is None:
        return UNKNOWN
    if seconds < 1:
        return "now"
    if seconds < _MINUTE:
        return f"{seconds:.0f}s" if seconds < 59.5 else "1min"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE:.0f}min"
    if seconds < 2 * _DAY:
        return f"{seconds // _HOUR:.0f}h"
    if seconds < 2 * _YEAR:
        return f"{seconds // _DAY:.0f}d"
    return f"{seconds // _YEAR:.0f}y"


def human_time(seconds: float) -> str:
    """A time, in seconds since 1970, as a local date and time of day; unknown where no calendar has it."""
    try:
        return datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return UNKNOWN


def counted(count: int, one: str, many: str = "") -> str:
    """A number with its noun: ``1 config``, ``1,204 configs``; `many` is for nouns that do not just take an s."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def short_ref(key: ConfigKey) -> str:
    """A config's ref with both hashes shortened."""
    return f"{short_hash(key.source_hash)}/{short_hash(key.config_hash)}"


def config_name(key: ConfigKey) -> str:
    """A config by its package and short hashes, for want of a version."""
    return f"{safe_text(key.package)} {short_ref(key)}"


def result_line(result: Result) -> str:
    """What an operation came to, in one line."""
    match result:
        case PopulateStats():
            parts = [counted(result.hits, "hit"), counted(result.misses, "miss", "misses")]
            parts += [counted(result.abi_hits, "ABI hit"), counted(result.abi_rebuilds, "ABI rebuild")]
        case EvictResult(operation=""):
            parts = [f"{counted(result.removed, 'config')} removed", f"{human_bytes(result.freed)} freed"]
            parts += _not_done(result)
        case EvictResult():
            parts = [f"{counted(result.removed, 'config')} moved to the trash"]
            parts += [f"{human_bytes(result.held)} to be freed when it is emptied", *_not_done(result)]
        case RestoreResult():
            parts = [f"{counted(result.restored, 'config')} restored", *_not_done(result)]
        case CleanResult():
            parts = [f"{result.removed:,} removed", f"{human_bytes(result.freed)} freed", *_not_done(result)]
        case RepairResult():
            counts = (
                (result.repaired, "repaired"),
                (result.removed, "moved to the trash"),
                (result.restored, "restored"),
                (result.cleaned, "cleaned up"),
            )
            parts = [f"{count:,} {done}" for count, done in counts if count] or ["nothing repaired"]
            parts += _not_done(result)
        case SweepResult():
            parts = [result_line(result.evicted)]
            parts += [f"trash: {result_line(result.emptied)}"] if result.emptied != CleanResult() else []
        case IngestResult():
            parts = [f"{counted(result.ingested, 'package')} ingested"]
            parts += [f"{result.repaired:,} repaired"] if result.repaired else []
            parts += [f"{len(result.manifest):,} in the manifest"]
        case AssembleResult():
            parts = [f"{counted(result.linked, 'package')} linked"]
            parts += [f"{result.kept:,} kept"] if result.kept else []
            parts += [f"{len(result.missing):,} missing"] if result.missing else []
    return ", ".join(parts)


def _not_done(result: EvictResult | RestoreResult | CleanResult | RepairResult) -> list[str]:
    """How many items were skipped or failed, if any."""
    skipped = [f"{result.skipped:,} skipped"] if result.skipped else []
    return [*skipped, f"{result.failed:,} failed"] if result.failed else skipped


_HOW: Final = {
    "hit": "from the store",
    "abi-hit": "from the store, for the changed packages it links to",
    "carried": "from the reference library",
    "assembled": "from the store",
}


def _linked(event: Linked, name: Namer) -> str:
    of = name(event.key) if event.key else safe_text(event.package)
    return f"linked {of} {_HOW[event.how]}"


def event_line(event: Event, name: Namer = config_name) -> str:
    """One event as one line of plain, harmless text.

    Args:
        event: What an operation said.
        name: How a config is called.
    """
    match event:
        case Linked():
            return _linked(event, name)
        case Ingested():
            return f"{'repaired' if event.repaired else 'ingested'} {name(event.key)}"
        case Removed(operation=""):
            return f"removed {name(event.key)}, freed {human_bytes(event.freed)}"
        case Removed():
            return f"moved {name(event.key)} to the trash, {human_bytes(event.held)}"
        case Restored():
            return f"{'completed' if event.repaired else 'restored'} {name(event.key)}"
        case Emptied():
            return f"removed {safe_text(event.what)}, freed {human_bytes(event.freed)}"
        case Repaired():
            return safe_text(f"repaired {event.what}: {event.text}")
        case Skipped():
            return f"skipped {name(event.key)}: {event.why.value}"
        case Done():
            return f"done: {result_line(event.result)}"
    return _named_line(event)


def _named_line(event: Kept | Missed | Carried | Failed | Noticed) -> str:
    package = safe_text(event.package)
    match event:
        case Kept():
            return f"kept {package}: {event.why.value}"
        case Missed():
            return f"missing {package}: {event.why.value}"
        case Carried():
            return f"carried {package} over from the reference manifest"
        case Failed():
            return f"failed {package}: {safe_text(str(event.error))}"
        case Noticed():
            return safe_text(f"note {event.package}: {event.text}" if event.package else f"note: {event.text}")


@dataclass(frozen=True, slots=True)
class State:
    """Something that is wrong with a config: its letter in tables, and what it means."""

    letter: str
    name: str
    meaning: str


PHANTOM: Final = State("P", "phantom", "configs.json lists it, but its tree is gone")
UNLISTED: Final = State("O", "orphan", "configs.json does not list the tree, so no build finds it")
NO_SIDECAR: Final = State("O", "orphan", "the tree has no sidecar, so it is never evicted")
ORPHAN_SIDECAR: Final = State("O", "orphan", "the sidecar has no tree")


def states(config: ConfigRecord) -> Iterator[State]:
    """What is wrong with a config, worst first."""
    if config.is_phantom:
        yield PHANTOM
    if config.has_tree and not config.listed:
        yield UNLISTED
    elif config.is_orphan_tree:
        yield NO_SIDECAR
    if config.is_orphan_sidecar:
        yield ORPHAN_SIDECAR


def state_letters(config: ConfigRecord) -> str:
    """What is wrong with a config, a letter each; empty where it is whole."""
    return "".join(dict.fromkeys(state.letter for state in states(config)))


def linking_names(snapshot: Snapshot, config: ConfigRecord) -> str:
    """What a config was built against, by name and version where the store tells it: ``Rcpp 1.0.12, BH 1.84.0``."""
    shown = []
    for package, key in sorted(config.linking_to_keys.items()):
        version = snapshot.version_of(config.key.platform, package, key) or short_hash(key)
        shown.append(safe_text(f"{package} {version}"))
    return ", ".join(shown)
