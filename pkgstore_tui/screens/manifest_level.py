"""The second level of the workers view: what one worker has, what came or went lately, and what its app has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from pkgstore.keys import WorkerKey
from pkgstore.model import ConfigRecord, Tier
from pkgstore.query import Field, Kind
from pkgstore.snapshot import Key
from pkgstore_tui.format import UNKNOWN, counted, short_hash
from pkgstore_tui.screens.config_rows import config_facts
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.look import Look
from pkgstore_tui.screens.worker_drift import Beside, Drifts
from pkgstore_tui.screens.worker_marks import sign, since, tone_of, what_happened
from pkgstore_tui.session.news import Change, Entry
from pkgstore_tui.session.reading import Reading
from pkgstore_tui.widgets.cells import Cell, Part
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact

STATES: Final = ("broken", "drift", "lately", "whole")
"""The states of a worker's package: not in the store; not as the app has it; changed lately; none of that."""


@dataclass(frozen=True, eq=False, slots=True)
class PackageRow:
    """A package of a worker; one that went a moment ago, or that only the app has, has an empty ref.

    `config` is what the ref stands for in the store, `beside` the app that the worker is held against.
    """

    package: str
    ref: str
    config: ConfigRecord | None = None
    entry: Entry | None = None
    beside: Beside | None = None

    @property
    def instead(self) -> str | None:
        """The ref that the app has if it differs, empty where it lacks the package; None where nothing differs."""
        theirs = self.beside.theirs.get(self.package, "") if self.beside else self.ref
        return theirs if theirs != self.ref else None

    @property
    def is_missing(self) -> bool:
        """Whether the worker names it, and no platform has a tree of it."""
        return bool(self.ref) and not (self.config is not None and self.config.has_tree)


@dataclass(frozen=True)
class ManifestLevel(Level[PackageRow]):
    """What one worker has."""

    can_go = True
    worker: str
    drifts: Drifts = field(default_factory=Drifts, compare=False, repr=False)
    empty = "this worker is gone, or has no packages yet"
    goes_deeper = False
    problems = "state:broken"
    order = "name"

    @property
    def crumb(self) -> str:
        """The worker."""
        return self.worker

    def columns(self, look: Look) -> Sequence[Column[PackageRow]]:
        """What an admin asks of a worker's package."""
        clock, reading = look.clock, look.reading
        return (
            Column("", lambda row: sign(row.entry, clock), 1),
            Column("PACKAGE", _package_cell, 12, grow=2, most=30, field="name"),
            Column("VERSION", partial(_version_cell, reading), 9, 1, grow=1, most=20, field="version"),
            Column("LATELY", partial(_lately_cell, look), 16, 3, grow=2, most=30),
            Column("APP HAS", partial(_instead_cell, reading), 9, 4, grow=1, most=24),
            Column("LAST USED", partial(_last_used, look), 9, 5, right=True, field="idle"),
            Column("CONFIG", _config_cell, 8, 6),
            Column("PROBLEM", _missing_cell, 10, 2),
        )

    def rows(self, look: Look) -> Sequence[PackageRow]:
        """Its packages by name; those that went lately stay for a moment, those that only its app has always."""
        snapshot = look.reading.snapshot
        record = snapshot.workers.get(self.worker)
        if record is None:
            return []
        found = self.drifts.one(snapshot.apps, record)
        beside = found if found and found.is_close else None
        mine, theirs = record.manifest or {}, beside.theirs if beside else {}
        fresh = look.reading.news.fresh_packages(self.worker, look.clock())
        went = {name for name, entry in fresh.items() if entry.change is Change.WENT}
        rows = []
        for name in mine.keys() | theirs.keys() | went:
            ref = mine.get(name, "")
            rows.append(PackageRow(name, ref, snapshot.config_of(name, ref), fresh.get(name), beside))
        return sorted(rows, key=lambda row: (row.package.casefold(), row.package))

    def basis(self, look: Look) -> object:
        """The moment: marks fade, and what went a while ago goes."""
        return look

    def key(self, row: PackageRow) -> object:
        """Its name."""
        return row.package

    def fields(self, look: Look) -> Mapping[str, Field[PackageRow]]:
        """What can be asked of a worker's package."""
        reading = look.reading
        states = "broken (not in the store), drift (not as the app has it), lately (changed), whole"
        return {
            **super().fields(look),
            "version": Field(Kind.TEXT, partial(_version_text, reading), "its version", "version:1.0*"),
            "idle": Field(Kind.AGE, _used, "time since its config was last used", "idle>30d"),
            "state": Field(Kind.STATE, partial(_states, look), states, "state:drift", STATES),
        }

    def configs(self, row: PackageRow) -> Sequence[ConfigRecord]:
        """The config that the manifest names."""
        return (row.config,) if row.config is not None else ()

    def summary(self, rows: Sequence[PackageRow]) -> str:
        """How many there are, and how many are not as the app has them."""
        differing = sum(row.instead is not None for row in rows)
        more = f" · {differing:,} differ" if differing else ""
        return counted(sum(bool(row.ref) for row in rows), "package") + more

    def facts(self, look: Look, row: PackageRow) -> Sequence[Fact]:
        """What happened to it, what the app has, and the config that the manifest names."""
        entry, now = row.entry, look.clock()
        first = config_facts(look, row.config)[:1] if row.config else (Fact(_title(look.reading, row)),)
        rest = config_facts(look, row.config)[1:] if row.config else _hash_facts(row)
        happened = (
            Fact("lately", f"{what_happened(look.reading, entry)}, {since(entry, now)}", tone_of(entry, now))
            if entry and entry.is_fresh(now)
            else None
        )
        beside = row.beside if row.instead is not None else None
        drift = Fact("drift", has_instead(look.reading, beside, row.package), "warn") if beside else None
        return (*first, *(fact for fact in (happened, drift) if fact), *rest)

    def records(self, row: PackageRow) -> Sequence[Key]:  # noqa: ARG002
        """The worker; a manifest is read whole."""
        return (WorkerKey(self.worker),)


# --- the app ----------------------------------------------------------------------------------------------------


def app_cell(beside: Beside | None) -> Cell:
    """The app that fits best; with a question mark where it is a guess."""
    if beside is None:
        return Part("–", "muted")
    return beside.app if beside.is_sure else Part(f"{beside.app}?", "muted")


def app_facts(beside: Beside | None, is_compared: bool) -> Sequence[Fact]:
    """The app that fits best, said as what it is: a guess by what the manifests have in common."""
    if beside is None:
        return (Fact("fits app", "none has anything of it" if is_compared else "…", "muted"),)
    match = beside.match
    alike = f"{match.same:,} of {counted(len(beside.mine), 'package')} as in its {match.tier.value} manifest"
    facts = [Fact("fits app", f"{beside.app}, by best match: {alike}", "" if beside.is_sure else "muted")]
    facts += [Fact("", f"just as well: {', '.join(match.others)}", "muted")] if match.others else []
    against = "" if beside.tier is Tier.CURRENT else f", against its {beside.tier.value} manifest"
    differing = len(beside.differing)
    drift = f"{counted(differing, 'package')} not as the app has it now" if differing else "none"
    return (*facts, Fact("drift", drift + against, "warn" if differing else "good"))


def has_instead(reading: Reading, beside: Beside, package: str) -> str:
    """What the app has instead, in words: ``shop has 1.0.13``."""
    ref = beside.theirs.get(package, "")
    return f"{beside.app} has {_instead(reading, package, beside.mine.get(package, ''), ref)}"


def _instead(reading: Reading, package: str, mine: str, theirs: str) -> str:
    if not theirs:
        return "none"
    new = reading.ref_version(package, theirs)
    if not mine or reading.ref_version(package, mine) != new or new == UNKNOWN:
        return new
    alike = mine.partition("/")[0] == theirs.partition("/")[0]
    return f"{new}, another {'config' if alike else 'source'}"


# --- cells --------------------------------------------------------------------------------------------------------


def _package_cell(row: PackageRow) -> Cell:
    return Part(row.package, "" if row.ref else "muted")


def _version_text(reading: Reading, row: PackageRow) -> str | None:
    if not row.ref:
        return None
    return (row.config.version if row.config else "") or reading.ref_version(row.package, row.ref)


def _version_cell(reading: Reading, row: PackageRow) -> Cell:
    version = _version_text(reading, row)
    if version is not None:
        return Part(version, "muted" if version == UNKNOWN else "")
    went = row.entry.old if row.entry else ""
    return Part(reading.ref_version(row.package, went) if went else "–", "muted")


def _lately_cell(look: Look, row: PackageRow) -> Cell:
    entry, now = row.entry, look.clock()
    if entry is None or not entry.is_fresh(now):
        return ""
    if entry.change is Change.CHANGED:
        old, new = (look.reading.ref_version(row.package, ref) for ref in (entry.old, entry.new))
        text = f"was {old}" if old != new else "other config"
    else:
        text = "new" if entry.change is Change.CAME else "gone"
    return Part(f"{text} · {max(0.0, now - entry.at):.0f}s", tone_of(entry, now))


def _instead_cell(reading: Reading, row: PackageRow) -> Cell:
    if row.instead is None:
        return ""
    return Part(_instead(reading, row.package, row.ref, row.instead), "warn")


def _used(row: PackageRow) -> float | None:
    return row.config.last_used if row.config else None


def _last_used(look: Look, row: PackageRow) -> Cell:
    return look.age(row.config.last_used) if row.config else ""


def _config_cell(row: PackageRow) -> Cell:
    return Part(short_hash(row.ref.partition("/")[2]), "muted")


def _missing_cell(row: PackageRow) -> Cell:
    if row.is_missing:
        return Part("not stored", "bad")
    return "" if row.ref or row.instead is None else Part("not here", "muted")


def _states(look: Look, row: PackageRow) -> frozenset[str]:
    found = {"broken"} if row.is_missing else set[str]()
    found |= {"drift"} if row.instead is not None else set[str]()
    found |= {"lately"} if row.entry is not None and row.entry.is_fresh(look.clock()) else set[str]()
    return frozenset(found or {"whole"})


def _title(reading: Reading, row: PackageRow) -> str:
    return f"{row.package} {_version_text(reading, row) or ''}".strip()


def _hash_facts(row: PackageRow) -> tuple[Fact, ...]:
    if not row.ref:
        return (Fact("state", "this worker does not have it", "muted"),)
    source, _, config = row.ref.partition("/")
    return (
        Fact("source hash", source or UNKNOWN),
        Fact("config hash", config or UNKNOWN),
        Fact("problem", "the manifest names it, but it is not in the store", "bad"),
    )
