"""What one rehearsed start lacks, package by package: why, and whether a build brings it back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from pkgstore.coldstart import Gap, Stock, Target, stock_of, targets_of
from pkgstore.keys import AppKey, ConfigKey
from pkgstore.model import ConfigRecord, Tier
from pkgstore.query import Field, Kind
from pkgstore.scan import platform_folders
from pkgstore.snapshot import Key
from pkgstore_tui.explanation.coldstart import WHOLE, gap_words, locked_sentence, locked_words
from pkgstore_tui.format import UNKNOWN, short_hash
from pkgstore_tui.screens.apps_packages import ref_version
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.look import Look
from pkgstore_tui.session.reading import Reading
from pkgstore_tui.widgets.cells import Cell, Part
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact


def stock_now(reading: Reading, *, reads_disk: bool) -> Stock:
    """What each platform has; for a thread, where the disk may be asked for platform folders that hold nothing."""
    folders = platform_folders(reading.snapshot.root) if reads_disk else ()
    return stock_of(reading.snapshot, in_use=reading.index.platform_in_use, folders=folders)


@dataclass(frozen=True, eq=False, slots=True)
class GapRow:
    """A package that a start lacks; `lockfile` is the path of the app's."""

    gap: Gap
    lockfile: str
    config: ConfigRecord | None

    @property
    def package(self) -> str:
        """Its name."""
        return self.gap.package

    @property
    def ref(self) -> str:
        """The ref that the manifest has."""
        return self.gap.ref


@dataclass(frozen=True)
class GapsLevel(Level[GapRow]):
    """What one start lacks, package by package."""

    app: str
    tier: Tier
    on: str
    reads_disk: bool = True
    rehearses = True
    goes_deeper = False
    empty = f"nothing is missing: it starts {WHOLE}"
    order = "name"

    @property
    def crumb(self) -> str:
        """Which start."""
        return f"{self.app} ({self.tier.value}) on {self.on or 'no platform'}"

    def columns(self, look: Look) -> Sequence[Column[GapRow]]:
        """What, why, and whether a build brings it back."""
        reading = look.reading
        return (
            Column("PACKAGE", lambda row: row.package, 12, grow=2, most=30, field="name"),
            Column("VERSION", partial(_version_cell, reading), 9, 1, grow=1, most=20, field="version"),
            Column("CONFIG", lambda row: Part(short_hash(row.ref.partition("/")[2]), "muted"), 8, 5),
            Column("REBUILT", lambda row: locked_words(row.gap), 11, 3),
            Column("WHY", lambda row: Part(gap_words(row.gap), "warn"), 20, grow=3, most=80),
        )

    def rows(self, look: Look) -> Sequence[GapRow]:
        """By name."""
        stock = stock_now(look.reading, reads_disk=self.reads_disk)
        record = look.reading.snapshot.apps.get(self.app)
        targets = [] if record is None else [t for t in targets_of((record,)) if t.tier is self.tier]
        return [row for target in targets for row in self._gaps(look.reading, stock, target)]

    def _gaps(self, reading: Reading, stock: Stock, target: Target) -> Iterator[GapRow]:
        lockfile = target.lockfile.path if target.lockfile else ""
        for start in stock.rehearse(target.manifest or {}, (self.on,) if self.on in stock.platforms else ()):
            for gap in stock.gaps(target, start):
                yield GapRow(gap, lockfile, reading.snapshot.config_of(gap.package, gap.ref))

    def key(self, row: GapRow) -> object:
        """Its name."""
        return row.package

    def fields(self, look: Look) -> Mapping[str, Field[GapRow]]:
        """Name and version."""
        reading = look.reading
        version = partial(_version, reading)
        return {**super().fields(look), "version": Field(Kind.TEXT, version, "its version", "version:1.0*")}

    def summary(self, rows: Sequence[GapRow]) -> str:
        """How many."""
        return f"{len(rows):,} missing"

    def facts(self, look: Look, row: GapRow) -> Sequence[Fact]:
        """Why, and what follows."""
        source, _, config = row.ref.partition("/")
        return (
            Fact(f"{row.package} {_version(look.reading, row)}"),
            Fact("why", gap_words(row.gap), "warn"),
            Fact("rebuilt", locked_sentence(row.gap)),
            Fact("source hash", source),
            Fact("config hash", config or UNKNOWN),
        )

    def records(self, row: GapRow) -> Sequence[Key]:  # noqa: ARG002
        """The app."""
        return (AppKey(self.app),)

    def configs(self, row: GapRow) -> Sequence[ConfigRecord]:
        """The config, where another platform has it."""
        return (row.config,) if row.config else ()

    def trees(self, row: GapRow) -> Sequence[ConfigKey]:  # noqa: ARG002
        """None: nothing is measured of what is not there."""
        return ()

    @property
    def on_platform(self) -> str:
        """The platform that it is about."""
        return self.on


def _version(reading: Reading, row: GapRow) -> str:
    return ref_version(reading, row.package, row.ref)


def _version_cell(reading: Reading, row: GapRow) -> Cell:
    version = _version(reading, row)
    return Part(version, "muted" if version == UNKNOWN else "")
