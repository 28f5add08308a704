"""How changes are shown: signs that fade, and what happened in words. Knows no widget."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from pkgstore_tui.format import counted, human_age, human_time
from pkgstore_tui.session.news import YOUNG, Change, Entry
from pkgstore_tui.session.reading import Reading
from pkgstore_tui.widgets.cells import Cell, Part, Tone
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact

TONES: Final[dict[Change, Tone]] = {Change.CAME: "good", Change.WENT: "bad", Change.CHANGED: "warn"}

NAMED: Final = 20
"""How many changes the details name."""

Clock = Callable[[], float]


def tone_of(entry: Entry, now: float) -> Tone:
    """The tone of a change: its own while it is young, then grey."""
    return TONES[entry.change] if now - entry.at < YOUNG else "muted"


def sign(entry: Entry | None, clock: Clock) -> Cell:
    """A change's sign; nothing where there was none, or where it is over."""
    now = clock()
    return Part(entry.change.value, tone_of(entry, now)) if entry and entry.is_fresh(now) else ""


def sign_of_worker(entries: Sequence[Entry], clock: Clock) -> Cell:
    """That a worker came or went says more than what changed in its library, whatever that was."""
    now = clock()
    fresh = [entry for entry in entries if entry.is_fresh(now)]
    whole = next((entry for entry in fresh if not entry.package and entry.change is not Change.CHANGED), None)
    if whole is not None:
        return Part(whole.change.value, tone_of(whole, now))
    return Part(Change.CHANGED.value, "warn" if now - fresh[0].at < YOUNG else "muted") if fresh else ""


def lately(entries: Sequence[Entry], clock: Clock) -> Cell:
    """How many packages came, changed and went lately: ``+2 ~1 −1``."""
    now = clock()
    fresh = [entry for entry in entries if entry.is_fresh(now)]
    parts: list[Part] = []
    for change in (Change.CAME, Change.CHANGED, Change.WENT):
        if found := [entry for entry in fresh if entry.package and entry.change is change]:
            parts += [Part(" ")] if parts else []
            parts += [Part(f"{change.value}{len(found):,}", tone_of(found[0], now))]
    if not parts and fresh:
        words = {Change.CAME: "new", Change.WENT: "gone", Change.CHANGED: "assembled"}
        return Part(words[fresh[0].change], tone_of(fresh[0], now))
    return tuple(parts)


def versions(reading: Reading, entry: Entry) -> str:
    """The versions of a changed package: ``1.0.12 → 1.0.13``."""
    old, new = (reading.ref_version(entry.package, ref) if ref else "" for ref in (entry.old, entry.new))
    if not old or not new:
        return new or old
    return f"{old} → {new}" if old != new else f"{new}, another config"


def about_worker(entry: Entry) -> str:
    """What happened to a worker as a whole."""
    words = {Change.CAME: "appeared", Change.WENT: "gone", Change.CHANGED: "assembled"}
    unread = entry.change is Change.CHANGED and entry.count is None
    return "unreadable" if unread else words[entry.change]


def what_happened(reading: Reading, entry: Entry) -> str:
    """A change in words: ``Rcpp 1.0.12 → 1.0.13``."""
    if entry.package:
        return f"{entry.package} {versions(reading, entry)}"
    return about_worker(entry) + ("" if entry.count is None else f", {counted(entry.count, 'package')}")


def since(entry: Entry, now: float) -> str:
    """How long ago a change was."""
    age = human_age(max(0.0, now - entry.at))
    return "just now" if age == "now" else f"{age} ago"


# --- the event log ---------------------------------------------------------------------------------------------


def log_columns(reading: Reading, clock: Clock) -> Sequence[Column[Entry]]:
    """Time, sign, worker, package and its versions; signs stay, and turn grey."""
    return (
        Column("TIME", lambda entry: Part(time_of_day(entry), "muted"), 8, 2),
        Column("CHANGE", lambda entry: Part(entry.change.value, tone_of(entry, clock())), 1),
        Column("WORKER", lambda entry: entry.worker, 10, 1, grow=1, most=36),
        Column("PACKAGE", _what, 8, grow=1, most=30),
        Column(
            "VERSIONS",
            lambda entry: versions(reading, entry) if entry.package else _how_many(entry),
            12,
            grow=2,
            most=60,
        ),
    )


def _what(entry: Entry) -> Cell:
    return entry.package or Part(about_worker(entry), "muted")


def _how_many(entry: Entry) -> Cell:
    return "" if entry.count is None else Part(counted(entry.count, "package"), "muted")


def time_of_day(entry: Entry) -> str:
    """When a change was seen, in local time."""
    return human_time(entry.at)[-8:]


def log_facts(reading: Reading, entries: Sequence[Entry]) -> Iterator[Fact]:
    """The latest changes of one worker, for its details."""
    if entries:
        yield Fact("Events")
    for entry in entries[:NAMED]:
        yield Fact(time_of_day(entry), f"{entry.change.value} {what_happened(reading, entry)}", TONES[entry.change])
    if len(entries) > NAMED:
        yield Fact("", f"and {len(entries) - NAMED:,} more in the log", "muted")
