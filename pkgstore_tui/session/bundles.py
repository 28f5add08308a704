"""Some sources that are shown as one row, and what is wrong with any of them. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from pkgstore.model import ConfigRecord, SourceRecord
from pkgstore.snapshot import Packages
from pkgstore_tui.format import state_letters


@dataclass(frozen=True, eq=False)
class SourcesRow:
    """Some sources that are shown as one row: a platform's, or a package's."""

    name: str
    sources: tuple[SourceRecord, ...]
    packages: int = 1

    @cached_property
    def configs(self) -> tuple[ConfigRecord, ...]:
        """All their configs."""
        return all_configs(self.sources)

    @cached_property
    def last_used(self) -> float | None:
        """The latest use of any."""
        return max((c.last_used for c in self.configs if c.last_used is not None), default=None)

    @cached_property
    def is_damaged(self) -> bool:
        """Whether one of them could not be read."""
        return any(source.damage for source in self.sources)

    @cached_property
    def flags(self) -> str:
        """What is wrong with any, a letter each."""
        return flags(next((source for source in self.sources if source.damage), None), self.configs)


def packages_in_order(packages: Packages, platform: str) -> tuple[SourcesRow, ...]:
    """A row for each package of a platform, by name."""
    found = packages.get(platform, {})
    return tuple(SourcesRow(name, found[name]) for name in sorted(found, key=lambda n: (n.casefold(), n)))


def all_configs(sources: Iterable[SourceRecord]) -> tuple[ConfigRecord, ...]:
    """The configs of several sources."""
    return tuple(chain.from_iterable([source.configs for source in sources]))


def flags(source: SourceRecord | None, configs: Iterable[ConfigRecord]) -> str:
    """What is wrong, a letter each: P phantom, O orphan, ! damage."""
    letters = {letter for config in configs for letter in state_letters(config)}
    found = "".join(sorted(letters, reverse=True))
    return found + ("!" if source is not None and source.damage else "")
