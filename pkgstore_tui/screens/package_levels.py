"""The upper levels of the packages view: platforms, and the packages of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from pkgstore.keys import ConfigKey
from pkgstore.model import ConfigRecord, SourceRecord
from pkgstore.query import Field, Sheet
from pkgstore.snapshot import Key
from pkgstore_tui.format import UNKNOWN, counted
from pkgstore_tui.screens.config_rows import PROBLEMS
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.look import Look, latest, letters_cell, problem_facts
from pkgstore_tui.screens.source_levels import SourcesLevel
from pkgstore_tui.session.bundles import SourcesRow, packages_in_order
from pkgstore_tui.session.prepared import fields_of_packages
from pkgstore_tui.widgets.cells import Cell, Part
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact


def _versions(sources: Sequence[SourceRecord]) -> Cell:
    """Each version once, the one used last first."""
    by_use = sorted(sources, key=lambda source: source.last_used or 0.0, reverse=True)
    names = list(dict.fromkeys(source.version or UNKNOWN for source in by_use))
    return Part(UNKNOWN, "muted") if names == [UNKNOWN] else ", ".join(names)


class SourcesRowsLevel(Level[SourcesRow]):
    """A level whose rows are several sources each."""

    can_go = True
    problems = PROBLEMS
    has_ages = True
    order = "name"

    def basis(self, look: Look) -> object:
        """The sources alone."""
        return look.reading.snapshot.packages

    def called(self, row: SourcesRow) -> str:
        """Its name."""
        return row.name

    def fields(self, look: Look) -> Mapping[str, Field[SourcesRow]]:
        """Those of what holds several configs."""
        return fields_of_packages(look.context())

    def key(self, row: SourcesRow) -> object:
        """Its name."""
        return row.name

    def configs(self, row: SourcesRow) -> Sequence[ConfigRecord]:
        """All that it holds."""
        return row.configs

    def trees(self, row: SourcesRow) -> Sequence[ConfigKey]:
        """All that it holds."""
        return [config.key for config in row.configs if config.has_tree]

    def records(self, row: SourcesRow) -> Sequence[Key]:
        """Everything below."""
        return [source.key for source in row.sources]


class PlatformsLevel(SourcesRowsLevel):
    """Every platform of the store."""

    crumb = ""
    empty = "no packages in this store yet"

    def columns(self, look: Look) -> Sequence[Column[SourcesRow]]:
        """Name, and how much is below."""
        return (
            Column("PLATFORM", lambda row: row.name, 24, grow=3, most=44, field="name"),
            Column("PACKAGES", lambda row: f"{row.packages:,}", 8, 2, right=True),
            Column("SOURCES", lambda row: f"{len(row.sources):,}", 7, 4, right=True, field="sources"),
            Column("CONFIGS", lambda row: f"{len(row.configs):,}", 7, 3, right=True, field="configs"),
            Column("SIZE", lambda row: look.total(row.name), 10, 1, right=True, field="size"),
            Column("LAST USED", lambda row: look.age(row.last_used), 9, 1, right=True, field="idle"),
            Column("FLAGS", lambda row: letters_cell(row.flags), 5),
        )

    def rows(self, look: Look) -> Sequence[SourcesRow]:
        """A row a platform, with all worked out that its cells show: it may have very many configs."""
        rows = [
            SourcesRow(platform, tuple(chain.from_iterable(packages.values())), len(packages))
            for platform, packages in sorted(look.reading.index.by_package.items())
        ]
        for row in rows:
            _ = row.configs, row.last_used, row.flags
        return rows

    def prepare(self, look: Look, rows: Sequence[SourcesRow]) -> None:
        """Sum up their sizes."""
        for row in rows:
            look.totals[row.name] = look.sizes.total(config.key for config in row.configs if config.has_tree)

    def into(self, row: SourcesRow) -> "PackagesLevel":
        """Its packages."""
        return PackagesLevel(row.name)

    def summary(self, rows: Sequence[SourcesRow]) -> str:
        """How many."""
        return counted(len(rows), "platform")

    def facts(self, look: Look, row: SourcesRow) -> Sequence[Fact]:
        """Counts and bytes."""
        return (
            Fact(row.name),
            Fact("packages", f"{row.packages:,}"),
            Fact("sources", f"{len(row.sources):,}"),
            Fact("configs", f"{len(row.configs):,}"),
            look.size_fact(row.configs),
            look.when_fact("last used", row.last_used),
            *problem_facts(row.configs, [item for source in row.sources for item in source.damage]),
        )

    def platform(self, row: SourcesRow | None) -> str:
        """Its name."""
        return row.name if row else ""


@dataclass(frozen=True)
class PackagesLevel(SourcesRowsLevel):
    """The packages of one platform."""

    of: str
    empty = "no packages on this platform"

    @property
    def crumb(self) -> str:
        """The platform."""
        return self.of

    def columns(self, look: Look) -> Sequence[Column[SourcesRow]]:
        """What an admin asks of a package."""
        return (
            Column("PACKAGE", lambda row: row.name, 13, grow=1, most=24, field="name"),
            Column("VERSION", lambda row: _versions(row.sources), 9, 1, grow=1, most=18, field="version"),
            Column("CONFIGS", lambda row: f"{len(row.configs):,}", 7, 6, right=True, field="configs"),
            Column("SIZE", lambda row: look.size(row.configs), 10, 3, right=True, field="size"),
            Column("OWN", lambda row: look.own(row.configs), 10, 8, right=True, field="own"),
            Column("LAST USED", lambda row: look.age(row.last_used), 9, 1, right=True, field="idle"),
            Column("LINKS TO", lambda row: look.links(latest(row.configs)), 11, 5, grow=4, most=60),
            Column("USED BY", lambda row: look.users(row.configs), 7, 4, right=True),
            Column("FLAGS", lambda row: look.with_pin(row.configs, letters_cell(row.flags)), 5),
        )

    def rows(self, look: Look) -> Sequence[SourcesRow]:
        """A row a package."""
        return packages_in_order(look.reading.index.by_package, self.of)

    def sheet(self, look: Look) -> Sheet[SourcesRow]:
        """The one that was worked out while the store was opened, if nothing changed since."""
        prepared = look.reading.prepared
        found = prepared.packages.get(self.of) if prepared is not None else None
        return super().sheet(look) if found is None else found.renewed(self.fields(look), look.clock(), ())

    def into(self, row: SourcesRow) -> "SourcesLevel":
        """Its sources."""
        return SourcesLevel(self.of, row.name)

    def summary(self, rows: Sequence[SourcesRow]) -> str:
        """How many."""
        return f"{counted(len(rows), 'package')} · {counted(sum(len(row.configs) for row in rows), 'config')}"

    def facts(self, look: Look, row: SourcesRow) -> Sequence[Fact]:
        """What the package is, who uses it, what is wrong."""
        sources = [
            Fact("source" if not index else "", f"{source.version or UNKNOWN}  {source.key.source_hash}")
            for index, source in enumerate(row.sources)
        ]
        return (
            Fact(row.name),
            Fact("platform", self.of),
            *look.detail_facts(latest(row.configs)),
            *sources,
            Fact("configs", f"{len(row.configs):,}"),
            look.links_fact(latest(row.configs)),
            look.size_fact(row.configs),
            look.own_fact(row.configs),
            look.when_fact("last used", row.last_used),
            *look.users_facts(row.configs),
            *problem_facts(row.configs, [item for source in row.sources for item in source.damage]),
        )

    @property
    def on_platform(self) -> str:
        """The platform."""
        return self.of
