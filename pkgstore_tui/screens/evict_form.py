"""What the eviction dialog asks for: its fields as a wish for the library, and as the same command line. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pkgstore.durations import parse_duration
from pkgstore.errors import InputError
from pkgstore.keys import ConfigKey
from pkgstore.operations.eviction import EvictRule
from pkgstore.operations.planned import EvictWish
from pkgstore.query import parse_size
from pkgstore_tui.command_lines import line
from pkgstore_tui.format import counted

THESE, IDLE, FREE, SIZE = "these", "idle", "free", "size"
"""The rules: just what was chosen, what was not used for a while, to free bytes, down to a size."""

DEFAULT_RETENTION: Final = "30d"
REFS_AT_MOST: Final = 12
"""More refs than these make no command line that anybody would paste."""

PLAN_FILE: Final = "evict-plan.json"


@dataclass(frozen=True, slots=True)
class Subject:
    """What was chosen in a view: what it is called, its configs, and the root that is let go of for it."""

    name: str = ""
    keys: frozenset[ConfigKey] = frozenset()
    dropped: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """What is filled in. `platform` is empty for all of them; `dropped` names roots, with spaces between."""

    rule: str
    idle: str = ""
    amount: str = ""
    platform: str = ""
    dropped: str = ""
    ignore_roots: bool = False

    @property
    def lacks(self) -> str:
        """The field that has to be filled in; empty where all is said."""
        if self.rule == IDLE and not self.idle:
            return "unused for"
        return "bytes" if self.rule in (FREE, SIZE) and not self.amount else ""

    @property
    def cutoff(self) -> float | None:
        """The age in seconds from which on something goes; None where age does not matter, or is not readable."""
        if self.rule == THESE or not self.idle:
            return None
        try:
            seconds = parse_duration(self.idle)
        except InputError:
            return None
        return seconds if seconds > 0 else None

    @property
    def keeps_all(self) -> bool:
        """Whether it is the retention that means *for ever*."""
        return self.rule == IDLE and parse_duration(self.idle) <= 0


def wish_of(form: Form, subject: Subject, platforms: Sequence[str]) -> EvictWish:
    """What a form asks for.

    Args:
        form: What is filled in.
        subject: What was chosen before.
        platforms: All there are.

    Raises:
        InputError: Something in it cannot be read.
    """
    dropped = tuple(form.dropped.split())
    if form.rule == THESE:
        there = tuple(sorted({key.platform for key in subject.keys}))
        return EvictWish(EvictRule(keys=subject.keys), there, dropped, form.ignore_roots)
    idle = parse_duration(form.idle) if form.idle else None
    amount = _amount(form.amount) if form.rule in (FREE, SIZE) else None
    rule = EvictRule(idle)
    rule = replace(rule, free=amount) if form.rule == FREE else replace(rule, size=amount)
    chosen = (form.platform,) if form.platform else tuple(platforms)
    return EvictWish(rule, chosen, dropped, form.ignore_roots)


def _amount(text: str) -> int:
    found = parse_size(text)
    if found is None:
        raise InputError(f"{text[:40]!r} is no size", advice="write it like 10G, 500M or 1.5T")
    return int(found)


def command_of(form: Form, subject: Subject, root: str, there: Collection[ConfigKey]) -> str:
    """The command line that plans the same.

    Args:
        form: What is filled in.
        subject: What was chosen before.
        root: The store.
        there: Every config of the store that has one of the chosen refs.
    """
    common = {"drop_root": form.dropped.split(), "ignore_roots": form.ignore_roots, "store": root}
    if form.rule == THESE:
        return _line_of_refs(subject.keys, frozenset(there), common)
    where: dict[str, str | bool] = {"platform": form.platform} if form.platform else {"all_platforms": True}
    match form.rule:
        case "idle":
            what = {"retention": form.idle}
        case "free":
            what = {"max_freed": form.amount, "idle": form.idle}
        case _:
            what = {"max_size": form.amount, "idle": form.idle}
    return line("evict", **where, **what, **common)  # type: ignore[arg-type]


def _line_of_refs(keys: frozenset[ConfigKey], there: frozenset[ConfigKey], common: dict[str, object]) -> str:
    """Refs, if a command line can say just these; else the plan that can be written to a file."""
    platforms = {key.platform for key in keys}
    names = sorted({f"{key.package}@{key.ref}" for key in keys})
    if len(names) > REFS_AT_MOST or (len(platforms) > 1 and there != keys):
        return line("evict", run=PLAN_FILE, store=str(common["store"]))
    where: dict[str, object] = {"platform": min(platforms)} if len(platforms) == 1 else {"all_platforms": True}
    return line("evict", *names, **where, **common)  # type: ignore[arg-type]


def rules_for(subject: Subject) -> list[tuple[str, str]]:
    """The rules that can be chosen, each with its words."""
    these = [(THESE, f"just {these_words(len(subject.keys))}")] if subject.keys else []
    return [*these, (IDLE, "not used for"), (FREE, "to free"), (SIZE, "down to")]


def these_words(count: int) -> str:
    """How many were chosen, in words."""
    return "this one" if count == 1 else f"these {counted(count, 'config')}"
