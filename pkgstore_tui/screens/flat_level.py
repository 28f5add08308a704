"""All configs in one table: of a platform, or of the whole store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pkgstore.fields import config_fields
from pkgstore.keys import ConfigKey
from pkgstore.model import ConfigRecord
from pkgstore.query import Field
from pkgstore.snapshot import Key
from pkgstore_tui.format import UNKNOWN, counted, short_hash
from pkgstore_tui.screens.files_level import FilesLevel
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.look import Look, flags_cell
from pkgstore_tui.screens.source_levels import PROBLEMS, built_against, config_facts
from pkgstore_tui.widgets.cells import Cell, Part
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact


@dataclass(frozen=True)
class AllConfigsLevel(Level[ConfigRecord]):
    """Every config of one platform; of all where that is empty."""

    of: str = ""
    crumb = "all configs"
    empty = "no configs here"
    problems = PROBLEMS
    order = "name"

    def columns(self, look: Look) -> Sequence[Column[ConfigRecord]]:
        """What an admin asks of a config, wherever it stands."""
        columns = [
            Column[ConfigRecord]("PACKAGE", lambda row: row.key.package, 13, grow=1, most=24, field="name"),
            Column("VERSION", partial(_version, look), 9, 1, grow=1, most=16, field="version"),
            Column("CONFIG", lambda row: Part(short_hash(row.key.config_hash), "muted"), 8, 7),
            Column("SIZE", lambda row: look.size([row]), 10, 3, right=True, field="size"),
            Column("OWN", lambda row: look.own([row]), 10, 9, right=True, field="own"),
            Column("LAST USED", lambda row: look.age(row.last_used), 9, 1, right=True, field="idle"),
            Column("CREATED", look.created, 7, 8, right=True),
            Column("USED BY", lambda row: look.users([row]), 7, 2, right=True, field="users"),
            Column("BUILT AGAINST", partial(built_against, look), 13, 6, grow=4, most=60),
            Column("FLAGS", partial(_flags, look), 5),
        ]
        if not self.of:
            columns.insert(
                -1, Column("PLATFORM", lambda row: row.key.platform, 12, 4, grow=2, most=30, field="platform")
            )
        return columns

    def basis(self, look: Look) -> object:
        """The sources alone."""
        return look.reading.snapshot.packages

    def rows(self, look: Look) -> Sequence[ConfigRecord]:
        """A row a config, by package."""
        platforms: Mapping[str, Mapping[str, Any]] = look.reading.index.by_package
        wanted = platforms if not self.of else {self.of: platforms.get(self.of, {})}
        found = [
            (name.casefold(), name, sources) for packages in wanted.values() for name, sources in packages.items()
        ]
        found.sort(key=lambda item: item[:2])
        return [config for _, _, sources in found for source in sources for config in source.configs]

    def key(self, row: ConfigRecord) -> object:
        """Its key."""
        return row.key

    def called(self, row: ConfigRecord) -> str:
        """The package and version."""
        return f"{row.key.package} {row.version or UNKNOWN}"

    def fields(self, look: Look) -> Mapping[str, Field[ConfigRecord]]:
        """Those of configs."""
        return config_fields(look.context())

    def into(self, row: ConfigRecord) -> FilesLevel:
        """Its files."""
        return FilesLevel(row.key)

    def configs(self, row: ConfigRecord) -> Sequence[ConfigRecord]:
        """Itself."""
        return (row,)

    def looked_at(self, rows: Sequence[ConfigRecord]) -> Sequence[ConfigKey]:
        """Their sidecars tell when they were made."""
        return [row.key for row in rows]

    def summary(self, rows: Sequence[ConfigRecord]) -> str:
        """How many."""
        return counted(len(rows), "config")

    def facts(self, look: Look, row: ConfigRecord) -> Sequence[Fact]:
        """What the config is, with its full hashes."""
        return config_facts(look, row)

    def trees(self, row: ConfigRecord) -> Sequence[ConfigKey]:
        """Its own."""
        return (row.key,) if row.has_tree else ()

    def records(self, row: ConfigRecord) -> Sequence[Key]:
        """Its source."""
        return (row.key.source,)

    @property
    def on_platform(self) -> str:
        """The platform, where it is one."""
        return self.of

    def platform(self, row: ConfigRecord | None) -> str:
        """The row's."""
        return row.key.platform if row else self.of


def _version(look: Look, row: ConfigRecord) -> Cell:
    version = row.version or look.reading.version(row.key.source)
    return Part(version, "muted") if version == UNKNOWN else version


def _flags(look: Look, row: ConfigRecord) -> Cell:
    return flags_cell(look.reading.snapshot.sources.get(row.key.source), [row])
