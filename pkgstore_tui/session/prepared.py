"""The big tables, worked out as far as can be while the store is opened: nobody waits for it then.

In a store of hundreds of thousands of configs, who holds each of them, or which was used last, takes as long to
find out as one may wait for an answer; so the first question would get its answer late. What is known of all
configs is worked out once, and what is known of packages is put together from that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pkgstore.fields import Context, Holding, Lists, bundle_fields, config_fields
from pkgstore.keys import ConfigKey
from pkgstore.model import ConfigRecord
from pkgstore.names import Names
from pkgstore.query import Field, Sheet
from pkgstore.roots import Roots
from pkgstore.snapshot import Packages, Snapshot
from pkgstore_tui.session.bundles import SourcesRow, packages_in_order

_SETS: Final = ("version", "state", "app", "worker", "links", "built", "platform")
"""What the packages have of all that their configs have."""

_COLUMNS: Final = (*_SETS, "name", "idle")
"""What follows from the store as it was read; sizes and ages come in while one looks, refs are too many to keep."""

_ORDERS: Final = ("name", "version", "idle")
_BY_HOLDERS: Final = frozenset({"state", "users", "app", "worker"})

_ANY_TIME: Final = 0.0
"""What ages count from: whoever takes a sheet counts them from the present, which leaves their order as it is."""


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A sheet of the configs of each platform (of all where that is empty), and one of its packages."""

    configs: Mapping[str, Sheet[ConfigRecord]]
    packages: Mapping[str, Sheet[SourcesRow]]

    def with_other_holders(self) -> "Prepared":
        """The same after something changed that is no config: what follows from the configs alone."""
        return Prepared(_with_other_holders(self.configs), _with_other_holders(self.packages))


def configs_in_order(packages: Packages, platform: str = "") -> tuple[ConfigRecord, ...]:
    """Every config of one platform, or of all, by package."""
    wanted = packages if not platform else {platform: packages.get(platform, {})}
    found = [(name.casefold(), name, sources) for group in wanted.values() for name, sources in group.items()]
    found.sort(key=lambda item: item[:2])
    return tuple(config for _, _, sources in found for source in sources for config in source.configs)


def fields_of_packages(
    context: Context, singly: Mapping[str, Field[ConfigRecord]] | None = None
) -> dict[str, Field[SourcesRow]]:
    """What packages can be filtered and sorted by; `singly` as `bundle_fields` has it."""
    return bundle_fields(context, _configs_of, lambda row: row.name, lambda row: row.is_damaged, singly)


def prepare(snapshot: Snapshot, roots: Roots, names: Names, holding: Holding, lists: Lists) -> Prepared:
    """Work out what may be asked of all configs and of the packages.

    Args:
        snapshot: The store.
        roots: Of that snapshot.
        names: Of that snapshot.
        holding: Of these roots.
        lists: What the tables of that snapshot share.
    """
    context = Context(snapshot, roots, names, _unknown, _unknown, held=holding, lists=lists)
    fields = config_fields(context)
    configs: dict[str, Sheet[ConfigRecord]] = {}
    packages: dict[str, Sheet[SourcesRow]] = {}
    for platform in snapshot.platforms:
        rows = packages_in_order(snapshot.packages, platform)
        configs[platform] = _configs(lists.groups(rows, _configs_of).configs, fields)
        packages[platform] = _packages(rows, context, configs[platform])
    if len(configs) == 1:
        configs[""] = next(iter(configs.values()))
    else:
        configs[""] = _configs(configs_in_order(snapshot.packages), fields)
    return Prepared(configs, packages)


def _configs(rows: Sequence[ConfigRecord], fields: Mapping[str, Field[ConfigRecord]]) -> Sheet[ConfigRecord]:
    sheet = Sheet(rows, fields, _ANY_TIME)
    sheet.warm((*_COLUMNS, "users"))
    sheet.warm((*_ORDERS, "users", "platform"), orders=True, breathe=_breathe)
    return sheet


def _packages(rows: Sequence[SourcesRow], context: Context, configs: Sheet[ConfigRecord]) -> Sheet[SourcesRow]:
    """The packages of the very configs whose sheet is given."""
    singly = {
        name: _at_hand(configs, name, field) if name in _SETS else field for name, field in configs.fields.items()
    }
    sheet = Sheet(rows, fields_of_packages(context, singly), _ANY_TIME)
    sheet.warm((*_COLUMNS, "configs", "sources"))
    sheet.warm((*_ORDERS, "configs"), orders=True)
    return sheet


def _at_hand(sheet: Sheet[ConfigRecord], name: str, field: Field[ConfigRecord]) -> Field[ConfigRecord]:
    """A field whose values for the rows of a sheet are looked up there."""
    work = field.column or (lambda configs: list(map(field.value, configs)))

    def column(configs: Sequence[ConfigRecord]) -> Any:
        return sheet.values(name) if configs is sheet.rows else work(configs)

    return replace(field, column=column)


def _with_other_holders(sheets: Mapping[str, Sheet[Any]]) -> dict[str, Sheet[Any]]:
    """Sheets without what depends on who holds what; what was one stays one."""
    new = {id(sheet): sheet.renewed(sheet.fields, _ANY_TIME, _BY_HOLDERS) for sheet in sheets.values()}
    return {platform: new[id(sheet)] for platform, sheet in sheets.items()}


def _configs_of(row: SourcesRow) -> tuple[ConfigRecord, ...]:
    return row.configs


def _breathe() -> None:
    """Each call is a moment at which other threads may go on: what is sorted in one go stops them all."""


def _unknown(_key: ConfigKey) -> int | None:
    """Nobody has measured anything."""
    return None
