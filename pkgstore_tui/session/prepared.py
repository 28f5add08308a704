"""The table of all configs, worked out as far as can be while the store is opened: nobody waits for it then.

In a store of hundreds of thousands of configs, who holds each of them, or which was used last, takes as long to
find out as one may wait for an answer; so the first question would get its answer late.
"""

from dataclasses import dataclass
from typing import Final

from pkgstore.fields import Context, Holding, config_fields
from pkgstore.keys import ConfigKey
from pkgstore.model import ConfigRecord
from pkgstore.names import Names
from pkgstore.query import Sheet
from pkgstore.roots import Roots
from pkgstore.snapshot import Packages, Snapshot

_COLUMNS: Final = ("name", "state", "users", "app", "worker", "links")
"""What takes longest of what follows from the store as it was read; sizes and ages come in while one looks."""

_ORDERS: Final = ("idle",)
_BY_HOLDERS: Final = frozenset({"state", "users", "app", "worker"})

_ANY_TIME: Final = 0.0
"""What ages count from: whoever takes the sheet counts them from the present, which leaves their order as it is."""


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A sheet of all configs, and the platforms that it is the table of; empty for all of them."""

    sheet: Sheet[ConfigRecord]
    platforms: tuple[str, ...]

    def with_other_holders(self) -> "Prepared":
        """The same after something changed that is no config: what follows from the configs alone."""
        return Prepared(self.sheet.renewed(self.sheet.fields, _ANY_TIME, _BY_HOLDERS), self.platforms)


def configs_in_order(packages: Packages, platform: str = "") -> tuple[ConfigRecord, ...]:
    """Every config of one platform, or of all, by package."""
    wanted = packages if not platform else {platform: packages.get(platform, {})}
    found = [(name.casefold(), name, sources) for group in wanted.values() for name, sources in group.items()]
    found.sort(key=lambda item: item[:2])
    return tuple(config for _, _, sources in found for source in sources for config in source.configs)


def prepare(snapshot: Snapshot, roots: Roots, names: Names, holding: Holding) -> Prepared:
    """Work out what is asked first of all configs.

    Args:
        snapshot: The store.
        roots: Of that snapshot.
        names: Of that snapshot.
        holding: Of these roots.
    """
    context = Context(snapshot, roots, names, _unknown, _unknown, held=holding)
    sheet = Sheet(configs_in_order(snapshot.packages), config_fields(context), _ANY_TIME)
    sheet.warm(_COLUMNS)
    sheet.warm(_ORDERS, orders=True)
    return Prepared(sheet, ("", *snapshot.platforms) if len(snapshot.platforms) == 1 else ("",))


def _unknown(_key: ConfigKey) -> int | None:
    """Nobody has measured anything."""
    return None
