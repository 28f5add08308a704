"""The lower levels of the packages view: the sources of a package, and the configs of a source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from pkgstore.fields import bundle_fields
from pkgstore.keys import ConfigKey, SourceKey
from pkgstore.model import ConfigRecord, SourceRecord
from pkgstore.query import Field
from pkgstore.snapshot import Key
from pkgstore_tui.format import UNKNOWN, counted, short_hash
from pkgstore_tui.screens.config_rows import PROBLEMS, ConfigRowsLevel, built_against
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.look import Look, latest, problem_facts
from pkgstore_tui.session.bundles import all_configs
from pkgstore_tui.widgets.cells import Cell, Part
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact


@dataclass(frozen=True)
class SourcesLevel(Level[SourceRecord]):
    """The sources of one package."""

    can_go = True
    of: str
    package: str
    empty = "this package is not in the store any more"
    problems = PROBLEMS
    has_ages = True
    order = "idle"

    @property
    def crumb(self) -> str:
        """The package."""
        return self.package

    def columns(self, look: Look) -> Sequence[Column[SourceRecord]]:
        """What an admin asks of a source."""
        return (
            Column("VERSION", partial(_source_version, look), 9, grow=1, most=20, field="version"),
            Column("SOURCE", lambda row: Part(short_hash(row.key.source_hash), "muted"), 8, 1, field="ref"),
            Column("CONFIGS", lambda row: f"{len(row.configs):,}", 7, 6, right=True, field="configs"),
            Column("SIZE", lambda row: look.size(row.configs), 10, 3, right=True, field="size"),
            Column("OWN", lambda row: look.own(row.configs), 10, 8, right=True, field="own"),
            Column("LAST USED", lambda row: look.age(row.last_used), 9, 1, right=True, field="idle"),
            Column("LINKS TO", lambda row: look.links(latest(row.configs)), 11, 5, grow=3, most=60),
            Column("FROM", lambda row: Part(row.remote, "muted"), 16, 9, grow=1, most=40),
            Column("USED BY", lambda row: look.users(row.configs), 7, 2, right=True),
            Column("FLAGS", lambda row: look.flags(row, row.configs), 5),
        )

    def rows(self, look: Look) -> Sequence[SourceRecord]:
        """A row a source, the one used last first."""
        found = look.reading.index.by_package.get(self.of, {}).get(self.package, ())
        return sorted(found, key=lambda record: (-(record.last_used or 0.0), record.key.source_hash))

    def key(self, row: SourceRecord) -> object:
        """Its key."""
        return row.key

    def called(self, row: SourceRecord) -> str:
        """The package and version."""
        return f"{row.key.package} {row.version}"

    def fields(self, look: Look) -> Mapping[str, Field[SourceRecord]]:
        """Those of what holds several configs."""
        return bundle_fields(look.context(), lambda row: row.configs, self.called, lambda row: bool(row.damage))

    def into(self, row: SourceRecord) -> "ConfigsLevel":
        """Its configs."""
        return ConfigsLevel(row.key, row.version)

    def summary(self, rows: Sequence[SourceRecord]) -> str:
        """How many."""
        return f"{counted(len(rows), 'source')} · {counted(len(all_configs(rows)), 'config')}"

    def facts(self, look: Look, row: SourceRecord) -> Sequence[Fact]:
        """What the source is, with its full hash."""
        return (
            Fact(f"{row.key.package} {row.version or UNKNOWN}"),
            *look.detail_facts(latest(row.configs)),
            Fact("from", row.remote or UNKNOWN, "" if row.remote else "muted"),
            Fact("source hash", row.key.source_hash),
            Fact("platform", row.key.platform),
            Fact("compiled", "yes" if row.source_compiled else "no"),
            Fact("LinkingTo", ", ".join(row.linkingto) or "nothing"),
            Fact("configs", f"{len(row.configs):,}"),
            look.size_fact(row.configs),
            look.own_fact(row.configs),
            look.when_fact("last used", row.last_used),
            *look.users_facts(row.configs),
            *problem_facts(row.configs, row.damage),
        )

    def configs(self, row: SourceRecord) -> Sequence[ConfigRecord]:
        """Its configs."""
        return row.configs

    def trees(self, row: SourceRecord) -> Sequence[ConfigKey]:
        """Its configs'."""
        return [config.key for config in row.configs if config.has_tree]

    def records(self, row: SourceRecord) -> Sequence[Key]:
        """Itself."""
        return (row.key,)

    @property
    def on_platform(self) -> str:
        """The platform."""
        return self.of


@dataclass(frozen=True)
class ConfigsLevel(ConfigRowsLevel):
    """The configs of one source."""

    source: SourceKey
    version: str
    empty = "this source is not in the store any more"
    order = "idle"

    @property
    def crumb(self) -> str:
        """The version, and the hash that tells it from others."""
        return f"{self.version or UNKNOWN} ({short_hash(self.source.source_hash)})"

    def columns(self, look: Look) -> Sequence[Column[ConfigRecord]]:
        """What an admin asks of a config."""
        return (
            Column("CONFIG", lambda row: short_hash(row.key.config_hash), 8, field="ref"),
            Column("BUILT AGAINST", partial(built_against, look), 16, grow=3, most=60),
            Column("SIZE", lambda row: look.size([row]), 10, 3, right=True, field="size"),
            Column("OWN", lambda row: look.own([row]), 10, 7, right=True, field="own"),
            Column("LAST USED", lambda row: look.age(row.last_used), 9, 1, right=True, field="idle"),
            Column("CREATED", look.created, 7, 6, right=True, field="age"),
            Column("USED BY", lambda row: look.users([row]), 7, 2, right=True, field="users"),
            Column("FLAGS", lambda row: look.flags(self._record(look), [row]), 5),
        )

    def _record(self, look: Look) -> SourceRecord | None:
        return look.reading.snapshot.sources.get(self.source)

    def rows(self, look: Look) -> Sequence[ConfigRecord]:
        """A row a config, the one used last first."""
        record = self._record(look)
        found = record.configs if record else ()
        return sorted(found, key=lambda config: (-(config.last_used or 0.0), config.key.config_hash))

    def called(self, row: ConfigRecord) -> str:
        """The package, version and config."""
        return f"{row.key.package} {row.version or UNKNOWN} {short_hash(row.key.config_hash)}"

    @property
    def on_platform(self) -> str:
        """The platform."""
        return self.source.platform


def _source_version(look: Look, row: SourceRecord) -> Cell:
    version = look.reading.version(row.key)
    return Part(version, "muted") if version == UNKNOWN else version
