"""What all levels have in common whose rows are single configs, and what there is to say about one."""

from collections.abc import Mapping, Sequence
from typing import Final

from pkgstore.fields import config_fields
from pkgstore.keys import ConfigKey
from pkgstore.model import ConfigRecord
from pkgstore.query import Field
from pkgstore.snapshot import Key
from pkgstore_tui.format import UNKNOWN, counted
from pkgstore_tui.screens.files_level import FilesLevel
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.look import Look, problem_facts
from pkgstore_tui.widgets.cells import Cell, Part
from pkgstore_tui.widgets.facts import Fact

PROBLEMS: Final = "state:broken|orphan|phantom"
"""The filter that leaves the configs, and what holds configs, with problems."""


class ConfigRowsLevel(Level[ConfigRecord]):
    """A level whose rows are configs; which, and what is shown of them, others say."""

    can_go = True
    problems = PROBLEMS
    has_ages = True

    def key(self, row: ConfigRecord) -> object:
        """Its key."""
        return row.key

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


def built_against(look: Look, row: ConfigRecord) -> Cell:
    """What a config links to; nothing is said as such."""
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
        *look.detail_facts(row),
        *([Fact("from", record.remote)] if record and record.remote else []),
        Fact("source hash", row.key.source_hash),
        Fact("config hash", row.key.config_hash),
        Fact("platform", row.key.platform),
        Fact("built", row.built or UNKNOWN, "" if row.built else "muted"),
        look.size_fact([row]),
        look.own_fact([row]),
        look.when_fact("last used", row.last_used),
        *look.users_facts([row]),
        *([Fact("Built against"), *links] if links else []),
        *problem_facts([row], record.damage if record else ()),
    )
