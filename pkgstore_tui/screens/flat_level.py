"""All configs in one table: of a platform, or of the whole store."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from pkgstore.model import ConfigRecord
from pkgstore.query import Sheet
from pkgstore_tui.format import UNKNOWN, short_hash
from pkgstore_tui.screens.config_rows import ConfigRowsLevel, built_against
from pkgstore_tui.screens.look import Look
from pkgstore_tui.session.prepared import configs_in_order
from pkgstore_tui.widgets.cells import Cell, Part
from pkgstore_tui.widgets.columns import Column


@dataclass(frozen=True)
class AllConfigsLevel(ConfigRowsLevel):
    """Every config of one platform; of all where that is empty."""

    of: str = ""
    crumb = "all configs"
    empty = "no configs here"
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
            Column("CREATED", look.created, 7, 8, right=True, field="age"),
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
        return configs_in_order(look.reading.index.by_package, self.of)

    def sheet(self, look: Look) -> Sheet[ConfigRecord]:
        """The one that was worked out while the store was opened, if nothing changed since."""
        prepared = look.reading.prepared
        found = prepared.configs.get(self.of) if prepared is not None else None
        return super().sheet(look) if found is None else found.renewed(self.fields(look), look.clock(), ())

    def called(self, row: ConfigRecord) -> str:
        """The package and version."""
        return f"{row.key.package} {row.version or UNKNOWN}"

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
    return look.flags(look.reading.snapshot.sources.get(row.key.source), [row])
