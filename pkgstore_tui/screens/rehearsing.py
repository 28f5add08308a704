"""The rehearsal of cold starts: a row for each app, target and platform."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pkgstore.coldstart import ColdStart, Stock, Target, targets_of
from pkgstore.keys import AppKey
from pkgstore.model import Tier
from pkgstore.query import Field, Kind
from pkgstore.snapshot import Key
from pkgstore_tui.explanation.coldstart import UNREAD, gap_words, hazard_words, start_words, when_words
from pkgstore_tui.format import counted
from pkgstore_tui.screens.apps_packages import ref_version
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.look import Look
from pkgstore_tui.screens.rehearsed_gaps import GapsLevel, stock_now
from pkgstore_tui.widgets.cells import Cell, Part, Tone
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact

GAPS_NAMED: Final = 20
"""How many missing packages the details name."""


@dataclass(frozen=True, eq=False, slots=True)
class StartRow:
    """A start that was rehearsed; without `start`, a manifest that cannot be read. `counts`: somebody starts so."""

    target: Target
    start: ColdStart | None
    when: str = ""
    counts: bool = True

    @property
    def name(self) -> str:
        """The app."""
        return self.target.app

    @property
    def platform(self) -> str:
        """The platform; empty where there is none."""
        return self.start.platform if self.start else ""

    @property
    def lockfile(self) -> str:
        """The path of the app's pak.lock; empty where there is none."""
        return self.target.lockfile.path if self.target.lockfile else ""

    @property
    def manifest_path(self) -> str:
        """The manifest that it starts from."""
        return self.target.path

    @property
    def tone(self) -> Tone:
        """How bad it is."""
        if self.start is None:
            return "bad"
        if self.start.missing:
            return "bad" if self.counts else "muted"
        return "warn" if self.start.unlisted and self.counts else "good" if self.counts else ""


@dataclass(frozen=True)
class RehearsalLevel(Level[StartRow]):
    """Every start of one app, or of all: from what, and on which platform."""

    app: str
    reads_disk: bool = True
    rehearses = True
    problems = "state:short"
    order = "name"
    empty = "no app has a manifest to start from"

    @property
    def crumb(self) -> str:
        """What it is."""
        return f"{self.app}: cold start" if self.app else "cold start"

    def columns(self, look: Look) -> Sequence[Column[StartRow]]:  # noqa: ARG002
        """From what, where, when, and how it goes."""
        return (
            Column("APP", lambda row: row.name, 8, grow=2, most=40, field="name"),
            Column("TARGET", lambda row: row.target.tier.value, 7, 1, field="target"),
            Column("PLATFORM", lambda row: row.platform, 12, 3, grow=2, most=30, field="platform"),
            Column("WHEN", _when_cell, 7, 2, grow=1, most=13, field="when"),
            Column("MISSING", _missing_cell, 7, 4, right=True, field="missing"),
            Column("STARTS", lambda row: Part(_starts(row), row.tone), 9, grow=4, most=80),
        )

    def rows(self, look: Look) -> Sequence[StartRow]:
        """By app, then by target, what counts first."""
        stock = stock_now(look.reading, reads_disk=self.reads_disk)
        apps = look.reading.snapshot.apps
        names = [self.app] if self.app else sorted(apps, key=lambda name: (name.casefold(), name))
        chosen = (apps[name] for name in names if name in apps)
        return [row for target in targets_of(chosen) for row in _rows_of(stock, target)]

    def key(self, row: StartRow) -> object:
        """What and where."""
        return row.name, row.target.tier, row.platform

    def called(self, row: StartRow) -> str:
        """The app."""
        return row.name

    def fields(self, look: Look) -> Mapping[str, Field[StartRow]]:
        """Its columns."""
        tiers = tuple(tier.value for tier in (Tier.CURRENT, Tier.PREV, Tier.BUILD))
        return {
            **super().fields(look),
            "target": Field(Kind.TEXT, lambda row: row.target.tier.value, ", ".join(tiers), "target:prev"),
            "platform": Field(Kind.TEXT, lambda row: row.platform, "the platform", "platform:4.5"),
            "when": Field(Kind.TEXT, lambda row: row.when, "now, or after a restart", "when:restart"),
            "packages": Field(Kind.COUNT, _packages, "packages of the manifest", "packages>40"),
            "missing": Field(Kind.COUNT, _missing, "packages that are not there", "missing>0"),
            "state": Field(
                Kind.STATE, _states, "short: lacks something where it counts", "state:short", ("short", "whole")
            ),
        }

    def into(self, row: StartRow) -> "GapsLevel":
        """What it lacks."""
        return GapsLevel(row.name, row.target.tier, row.platform, self.reads_disk)

    def summary(self, rows: Sequence[StartRow]) -> str:
        """How many, and how many of those that count lack something."""
        short = sum("short" in _states(row) for row in rows)
        return counted(len(rows), "start") + (
            f" · {short:,} incomplete" if short else " · all that count are whole"
        )

    def facts(self, look: Look, row: StartRow) -> Sequence[Fact]:
        """What it lacks, by name, and what that means."""
        return tuple(_start_facts(look, row, stock_now(look.reading, reads_disk=self.reads_disk)))

    def records(self, row: StartRow) -> Sequence[Key]:
        """The app."""
        return (AppKey(row.name),)

    def platform(self, row: StartRow | None) -> str:
        """The row's."""
        return row.platform if row else ""


def _rows_of(stock: Stock, target: Target) -> Iterator[StartRow]:
    if target.manifest is None:
        yield StartRow(target, None)
        return
    counting = stock.that_count
    for start in sorted(stock.rehearse(target.manifest), key=lambda start: _place(stock, start.platform)):
        yield StartRow(target, start, when_words(stock, start.platform), start.platform in counting)


def _place(stock: Stock, platform: str) -> tuple[bool, bool, str]:
    """Where one starts now comes first, then where one starts after a restart."""
    return platform != stock.in_use, platform != stock.picked, platform


def _starts(row: StartRow) -> str:
    return UNREAD if row.start is None else start_words(row.start)


def _when_cell(row: StartRow) -> Cell:
    return Part(row.when, "accent")


def _packages(row: StartRow) -> int | None:
    return row.start.packages if row.start else None


def _missing(row: StartRow) -> int | None:
    return len(row.start.missing) if row.start else None


def _missing_cell(row: StartRow) -> Cell:
    missing = _missing(row)
    return Part(f"{missing:,}", row.tone) if missing else Part("–", "muted")


def _states(row: StartRow) -> frozenset[str]:
    if row.start is None or (row.counts and row.start.missing):
        return frozenset({"short"})
    return frozenset({"whole"}) if not row.start.missing else frozenset()


def _start_facts(look: Look, row: StartRow, stock: Stock) -> Iterator[Fact]:
    yield Fact(row.target.owner)
    yield Fact("manifest", row.target.path)
    if row.start is None:
        yield Fact("", UNREAD, "bad")
        return
    start = row.start
    yield Fact("platform", start.platform or "the store has none yet")
    yield Fact("started", row.when or "neither now nor after a restart", "" if row.when else "muted")
    yield Fact("starts", _starts(row), row.tone)
    yield Fact("to compile", counted(len(start.to_compile), "package"), "warn" if start.to_compile else "muted")
    gaps = list(stock.gaps(row.target, start))
    for gap in gaps[:GAPS_NAMED]:
        yield Fact(
            "", f"{gap.package} {ref_version(look.reading, gap.package, gap.ref)}: {gap_words(gap)}", row.tone
        )
    if len(gaps) > GAPS_NAMED:
        yield Fact("", f"and {len(gaps) - GAPS_NAMED:,} more; enter lists them", "muted")
    if hazard := hazard_words(stock):
        yield Fact("restart", hazard, "warn")
