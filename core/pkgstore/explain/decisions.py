"""What a build with an empty library would find in the store, package by package. Reads; never writes.

It asks the very functions that populate asks, so its counts are populate's counts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from pkgstore.errors import DiskError, InvalidName, LockfileError, StoreError, UnsupportedRemoteType
from pkgstore.keys import SourceKey, store_key
from pkgstore.layout import Layout, check_platform
from pkgstore.lockfile import parse_lockfile, platform_from_lockfile, validate_lockfile
from pkgstore.model import Lockfile, LockfileEntry
from pkgstore.progress import Cancel
from pkgstore.reading import read_bytes
from pkgstore.resolve import LockIndex, Resolution, resolve


class Verdict(Enum):
    """What becomes of an entry; the value is its name for people."""

    META_ENTRY = "meta-entry"
    UNSUPPORTED = "unsupported-source"
    IN_LIBRARY = "in-library"
    PHANTOM = "phantom"
    CONFIG_MISS = "config-miss"
    SOURCE_MISS = "source-miss"
    HIT = "hit"

    @property
    def is_miss(self) -> bool:
        """Whether the package has to be compiled."""
        return self in {Verdict.PHANTOM, Verdict.CONFIG_MISS, Verdict.SOURCE_MISS}


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one entry of a lockfile, `index` being its place.

    `source` is what it asks for, None where it has no store key; `resolution` is what the store said, where it was
    asked, and `links` the store keys that the lockfile gives for what it links to; `reason` is what else is to be
    said, often nothing.
    """

    index: int
    entry: LockfileEntry
    verdict: Verdict
    source: SourceKey | None = None
    resolution: Resolution | None = None
    links: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A lockfile as it was read; `refused` is why the reference would not take it, empty where it would."""

    lockfile: Lockfile
    platform: str
    refused: str = ""


def read_question(path: str) -> Question:
    """Read a lockfile also where the reference would refuse it, so that one can see why.

    Raises:
        DiskError: It is missing or cannot be read.
        LockfileError: It is no lockfile, or names no platform.
        InvalidName: Its platform may not reach the disk.
    """
    try:
        lockfile = parse_lockfile(read_bytes(path), path)
    except FileNotFoundError as cause:
        raise DiskError("read this lockfile", cause, path) from cause
    if not lockfile.packages:
        raise LockfileError("this lockfile has no packages", path=path, advice="choose another one")
    platform = check_platform(platform_from_lockfile(lockfile), where=path)
    try:
        validate_lockfile(lockfile)
    except LockfileError as error:
        return Question(lockfile, platform, error.reason)
    return Question(lockfile, platform)


def decide(layout: Layout, question: Question, *, cancel: Cancel | None = None) -> Iterator[Decision]:
    """What becomes of each entry, in the lockfile's order.

    Args:
        layout: The store's paths.
        question: What is asked.
        cancel: Asked between entries; when set, the decisions just end.
    """
    index = LockIndex.of(question.lockfile)
    filled: set[str] = set()
    for place, entry in enumerate(question.lockfile.packages):
        if cancel is not None and cancel.is_set():
            return
        decision = _decide(layout, question.platform, index, place, entry)
        if decision.verdict is Verdict.HIT and entry.package in filled:
            again = "an entry before it gives this package already"
            decision = Decision(place, entry, Verdict.IN_LIBRARY, decision.source, reason=again)
        elif decision.verdict is Verdict.HIT:
            filled.add(entry.package)
        yield decision


def _decide(layout: Layout, platform: str, index: LockIndex, place: int, entry: LockfileEntry) -> Decision:
    if entry.is_meta:
        return Decision(place, entry, Verdict.META_ENTRY)
    try:
        source = SourceKey(platform, entry.package, store_key(entry))
        layout.source(source)  # a name that may not reach the disk is no package
        found = resolve(layout, source, index)
    except (UnsupportedRemoteType, InvalidName) as error:
        return Decision(place, entry, Verdict.UNSUPPORTED, reason=error.reason)
    links = index.linking_keys(found.meta.linkingto or ()) if found.meta else {}
    return Decision(place, entry, _verdict(found), source, found, links, _reason(found.problem))


def _verdict(found: Resolution) -> Verdict:
    if found.meta is None:
        return Verdict.SOURCE_MISS if found.problem is None else Verdict.CONFIG_MISS
    if not found.listed:
        return Verdict.CONFIG_MISS
    return Verdict.HIT if found.has_tree else Verdict.PHANTOM


def _reason(problem: StoreError | None) -> str:
    return "" if problem is None else f"configs.json {problem.reason}"
