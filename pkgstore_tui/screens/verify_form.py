"""What the dialog of a content check asks for: its fields as a wish, and as the same command line. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pkgstore.durations import parse_duration
from pkgstore.errors import InputError
from pkgstore.operations.verify import VerifyRules
from pkgstore.operations.verify_plan import Subset, parse_subset
from pkgstore.query import parse_size
from pkgstore_tui.command_lines import line
from pkgstore_tui.format import counted
from pkgstore_tui.screens.evict_form import REFS_AT_MOST, Subject, these_words

THESE, STORE = "these", "store"
"""What is looked at: what was chosen in a view, or all of the store; else the platform of that name."""

ON, ANEW = "on", "anew"
TREES, LIBRARIES = "trees", "libraries"


@dataclass(frozen=True, slots=True)
class VerifyWish:
    """What a content check is asked for; `platform` is empty for all, `resume` to go on where one stopped.

    `is_these`: just what was chosen, which has no parts and remembers no place.
    """

    is_these: bool
    platform: str = ""
    subset: Subset | None = None
    resume: bool = False
    libraries: bool = False
    rules: VerifyRules = field(default_factory=VerifyRules)


def wish_of(values: Mapping[str, str], *, record: bool) -> VerifyWish:
    """What a filled-in form asks for.

    Args:
        values: By the ids of the fields, what is filled in.
        record: Whether anything may be written.

    Raises:
        InputError: Something in it cannot be read.
    """
    scope, part, span, rate = (values.get(name, "") for name in ("scope", "part", "time", "rate"))
    rules = VerifyRules(record, seconds=parse_duration(span) if span else None, rate=_rate(rate))
    libraries = values.get("libraries") == LIBRARIES
    if scope == THESE:
        if part:
            raise InputError("what was chosen has no parts", advice="leave the part empty, or take the whole store")
        return VerifyWish(True, libraries=libraries, rules=rules)
    subset = parse_subset(part) if part else None
    platform = "" if scope == STORE else scope
    return VerifyWish(False, platform, subset, values.get("begin") != ANEW, libraries, rules)


def _rate(text: str) -> int:
    if not text:
        return 0
    found = parse_size(text.removesuffix("/s"))
    if found is None:
        raise InputError(f"{text[:40]!r} is no size", advice="write it like 50M, for 50 MiB a second")
    return int(found)


def title_of(wish: VerifyWish, subject: Subject, count: int) -> str:
    """What the job is called."""
    if wish.is_these:
        return f"verify {subject.name or counted(count, 'config')}"
    part = f", part {wish.subset}" if wish.subset else ""
    return f"verify {wish.platform or 'the whole store'}{part}"


def command_of(wish: VerifyWish, values: Mapping[str, str], subject: Subject, root: str) -> str:
    """The command line that does the same; empty where more is named than a command line would hold."""
    platforms = {key.platform for key in subject.keys}
    names = sorted({f"{key.package}@{key.ref}" for key in subject.keys}) if wish.is_these else []
    if len(names) > REFS_AT_MOST or (wish.is_these and len(platforms) > 1):
        return ""
    record = wish.rules.record
    return line(
        "verify",
        *names,
        platform=min(platforms) if wish.is_these else wish.platform,
        subset=values.get("part", ""),
        resume=wish.resume and record,
        libraries=wish.libraries,
        no_record=not record,
        throttle=values.get("rate", "").removesuffix("/s"),
        store=root,
        **{"for": values.get("time", "")},
    )


def scopes_for(subject: Subject, platforms: tuple[str, ...]) -> list[tuple[str, str]]:
    """What can be looked at, each with its words."""
    these = [(THESE, f"just {these_words(len(subject.keys))}")] if subject.keys else []
    several = [(name, name) for name in platforms] if len(platforms) > 1 else []
    return [*these, (STORE, "the whole store"), *several]


SPEED_HINT: Final = "as fast as it goes; 50M a second"
TIME_HINT: Final = "as long as it takes; 10m begins no further config then"
PART_HINT: Final = "all; 1/7 is the first of seven"
