"""The lower levels of the packages view: the sources of a package, and the configs of a source."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from pkgstore.keys import ConfigKey, SourceKey
from pkgstore.model import ConfigRecord, SourceRecord
from pkgstore.snapshot import Key
from pkgstore_tui.format import UNKNOWN, counted, short_hash
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.look import Look, all_configs, flags_cell, latest, problem_facts
from pkgstore_tui.widgets.cells import Cell, Part
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact


@dataclass(frozen=True)
class SourcesLevel(Level[SourceRecord]):
    """The sources of one package."""

    of: str
    package: str
    empty = "this package is not in the store any more"

    @property
    def crumb(self) -> str:
        """The package."""
        return self.package

    def columns(self, look: Look) -> Sequence[Column[SourceRecord]]:
        """What an admin asks of a source."""
        return (
            Column("VERSION", lambda row: row.version or Part(UNKNOWN, "muted"), 9, grow=1, most=20),
            Column("SOURCE", lambda row: Part(short_hash(row.key.source_hash), "muted"), 8, 1),
            Column("CONFIGS", lambda row: f"{len(row.configs):,}", 7, 6, right=True),
            Column("SIZE", lambda row: look.size(row.configs), 10, 3, right=True),
            Column("LAST USED", lambda row: look.age(row.last_used), 9, 1, right=True),
            Column("LINKS TO", lambda row: look.links(latest(row.configs)), 11, 5, grow=3, most=60),
            Column("USERS", lambda row: look.users(row.configs), 5, 2, right=True),
            Column("FLAGS", lambda row: flags_cell(row, row.configs), 5),
        )

    def rows(self, look: Look) -> Sequence[SourceRecord]:
        """A row a source, the one used last first."""
        found = look.reading.index.by_package.get(self.of, {}).get(self.package, ())
        return sorted(found, key=lambda record: (-(record.last_used or 0.0), record.key.source_hash))

    def key(self, row: SourceRecord) -> object:
        """Its key."""
        return row.key

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
            Fact("source hash", row.key.source_hash),
            Fact("platform", row.key.platform),
            Fact("compiled", "yes" if row.source_compiled else "no"),
            Fact("LinkingTo", ", ".join(row.linkingto) or "nothing"),
            Fact("configs", f"{len(row.configs):,}"),
            look.size_fact(row.configs),
            look.when_fact("last used", row.last_used),
            *look.users_facts(row.configs),
            *problem_facts(row.configs, row.damage),
        )

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
class ConfigsLevel(Level[ConfigRecord]):
    """The configs of one source."""

    source: SourceKey
    version: str
    empty = "this source is not in the store any more"
    goes_deeper = False

    @property
    def crumb(self) -> str:
        """The version, and the hash that tells it from others."""
        return f"{self.version or UNKNOWN} ({short_hash(self.source.source_hash)})"

    def columns(self, look: Look) -> Sequence[Column[ConfigRecord]]:
        """What an admin asks of a config."""
        return (
            Column("CONFIG", lambda row: short_hash(row.key.config_hash), 8),
            Column("BUILT AGAINST", partial(_built_against, look), 16, grow=3, most=60),
            Column("SIZE", lambda row: look.size([row]), 10, 3, right=True),
            Column("LAST USED", lambda row: look.age(row.last_used), 9, 1, right=True),
            Column("USERS", lambda row: look.users([row]), 5, 2, right=True),
            Column("FLAGS", lambda row: flags_cell(self._record(look), [row]), 5),
        )

    def _record(self, look: Look) -> SourceRecord | None:
        return look.reading.snapshot.sources.get(self.source)

    def rows(self, look: Look) -> Sequence[ConfigRecord]:
        """A row a config, the one used last first."""
        record = self._record(look)
        found = record.configs if record else ()
        return sorted(found, key=lambda config: (-(config.last_used or 0.0), config.key.config_hash))

    def key(self, row: ConfigRecord) -> object:
        """Its key."""
        return row.key

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
        """The platform."""
        return self.source.platform


def _built_against(look: Look, row: ConfigRecord) -> Cell:
    return look.links(row) if row.linking_to_keys else Part("nothing", "muted")


def config_facts(look: Look, row: ConfigRecord) -> tuple[Fact, ...]:
    """All that is known of one config, hashes in full."""
    record = look.reading.snapshot.sources.get(row.key.source)
    links = [
        Fact(package, f"{version}  {key}", "muted" if version == UNKNOWN else "")
        for package, version, key in look.reading.links(row)
    ]
    return (
        Fact(f"{row.key.package} {row.version or UNKNOWN}"),
        Fact("source hash", row.key.source_hash),
        Fact("config hash", row.key.config_hash),
        Fact("platform", row.key.platform),
        Fact("built", row.built or UNKNOWN, "" if row.built else "muted"),
        look.size_fact([row]),
        look.when_fact("last used", row.last_used),
        *look.users_facts([row]),
        *([Fact("Built against"), *links] if links else []),
        *problem_facts([row], record.damage if record else ()),
    )
