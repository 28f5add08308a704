"""What is known around the rows: versions, states, sizes. Pure; a part of `fields`."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import Final

from pkgstore._field_holders import Holders, Holding, Words
from pkgstore._field_lists import Keys, Lists
from pkgstore.keys import ConfigKey
from pkgstore.model import ConfigRecord, SourceRecord, WorkerRecord
from pkgstore.names import Names
from pkgstore.query import MAYBE
from pkgstore.roots import Roots
from pkgstore.snapshot import Snapshot

Measure = Callable[[ConfigKey], int | None]
MeasureAll = Callable[[Keys], list[int | None]]
DateAll = Callable[[Keys], list[float | None]]

CONFIG_STATES: Final = ("orphan", "phantom", "broken", "rooted", "idle", "pinned", "whole")
"""The states of a config: a tree without sidecar or unlisted, or a sidecar without its tree; listed without a tree;
that, or with damage; held by a root; held by none; held by a pin; with tree, sidecar, entry in configs.json and no
damage."""

WORKER_STATES: Final = ("broken", "starting", "whole")
"""The states of a worker: with damage, or naming what the store lacks; without a manifest so far; neither."""

_told_version: Final = attrgetter("version")
NONE: Final[Words] = frozenset()
_BUILT: Final = re.compile(r"R (\d+\.\d+)(\.\S+?)?(?:;|\s|$)")


def _unread(_key: ConfigKey) -> None:
    """Nobody has read when a config was made."""


@dataclass(frozen=True)
class Context:
    """What values are worked out from.

    `roots` and `names` are None while nobody has worked them out. `size` gives the bytes of a config's tree, `own`
    those that go with it; None while they are not measured. `created` gives the time when a config was made, in
    seconds since 1970: None while its sidecar is not read, NaN where that does not tell. `sizes`, `owns` and
    `dates` give the same of many, where that is quicker. `held` is who holds what, where that is known; `lists`
    keeps what columns have in common.
    """

    snapshot: Snapshot
    roots: Roots | None
    names: Names | None
    size: Measure
    own: Measure
    created: Callable[[ConfigKey], float | None] = _unread
    held: Holding | None = None
    sizes: MeasureAll | None = None
    owns: MeasureAll | None = None
    dates: DateAll | None = None
    lists: Lists = field(default_factory=Lists)

    @cached_property
    def holding(self) -> Holding:
        """Who holds what."""
        return self.held or Holding(self.roots)

    @cached_property
    def damaged(self) -> Mapping[tuple[str, str, str], Words]:
        """The sources that have damage, each with the names in its folder that it is about (empty: the folder)."""
        return {
            (key.platform, key.package, key.source_hash): _damaged_names(record)
            for key, record in self.snapshot.sources.items()
            if record.damage
        }

    @cached_property
    def versions(self) -> dict[tuple[str, str], str | None]:
        """What `version` has found for sources whose trees do not tell, by package and source hash."""
        return {}

    def version(self, config: ConfigRecord) -> str | None:
        """A config's version by its own tree, or else by whatever tells it; None if nothing does."""
        if config.version or self.names is None:
            return config.version or None
        pair = config.key.package, config.key.source_hash
        if pair not in self.versions:
            name = self.names.source(*pair)
            self.versions[pair] = (name.version or None) if name else None
        return self.versions[pair]

    def all_versions(self, configs: Sequence[ConfigRecord]) -> list[str | None]:
        """The same of many configs."""
        told = list(map(_told_version, configs))
        if all(told):
            return told
        return [version or self.version(config) for version, config in zip(told, configs, strict=True)]

    def is_damaged(self, config: ConfigRecord) -> bool:
        """Whether damage is known of a config, or of its source as a whole."""
        key = config.key
        about = self.damaged.get((key.platform, key.package, key.source_hash), NONE)
        return not about.isdisjoint(("", "configs.json", key.config_hash, f"{key.config_hash}.json"))

    def states(self, config: ConfigRecord) -> Words:
        """The states of a config, of `CONFIG_STATES`."""
        return self._states_held(config, self.holding.of(config))

    def all_states(self, configs: Sequence[ConfigRecord]) -> list[Words]:
        """The states of many configs, in a fraction of the time."""
        held = self.holding.of_all(configs)
        if self.damaged:
            return [self._states_held(config, holders) for config, holders in zip(configs, held, strict=True)]
        return [
            holders.whole
            if config.has_tree and config.listed and config.last_used is not None
            else _faulty(config, False, holders)
            for config, holders in zip(configs, held, strict=True)
        ]

    def _states_held(self, config: ConfigRecord, holders: Holders) -> Words:
        damaged = bool(self.damaged) and self.is_damaged(config)
        if config.has_tree and config.listed and config.last_used is not None and not damaged:
            return holders.whole
        return _faulty(config, damaged, holders)

    def worker_states(self, worker: WorkerRecord) -> Words:
        """The states of a worker, of `WORKER_STATES`; without roots nobody knows what the store lacks."""
        if worker.damage:
            return frozenset({"broken"})
        if worker.manifest is None:
            return frozenset({"starting"})
        if self.roots is None:
            return frozenset({f"{MAYBE}broken", f"{MAYBE}whole"})
        lacks = not worker.manifest.items().isdisjoint(self.roots.lacking)  # goes through the shorter of both
        return frozenset({"broken" if lacks else "whole"})


def _damaged_names(record: SourceRecord) -> Words:
    within = f"/{record.key.source_hash}/"
    tails = (damage.path.partition(within)[2] for damage in record.damage)
    return frozenset(tail.partition("/")[0] for tail in tails)


def _faulty(config: ConfigRecord, damaged: bool, holders: Holders) -> Words:
    orphan = {"orphan"} if config.is_orphan_tree or config.is_orphan_sidecar else set()
    phantom = {"phantom"} if config.is_phantom else set()
    broken = {"broken"} if damaged or config.is_phantom else set()
    return holders.states | orphan | phantom | broken


@lru_cache(maxsize=1000)
def r_versions(built: str) -> Words | None:
    """The R that a DESCRIPTION's ``Built`` names, in full and without its last part; None where it names none."""
    found = _BUILT.match(built)
    return frozenset({found[1], found[1] + (found[2] or "")}) if found else None
