"""What a content check looks at: all configs or a part of them, and where an earlier check stopped."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pkgstore.errors import InputError
from pkgstore.keys import ConfigKey, to_bytes
from pkgstore.layout import Layout
from pkgstore.model import WorkerRecord
from pkgstore.operations.baselines import read_position
from pkgstore.snapshot import Snapshot

MOST_PARTS: Final = 10_000
_SUBSET: Final = re.compile(r"(\d{1,5})/(\d{1,5})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Subset:
    """One of `parts` parts of all configs: ``1/7`` on Mondays. Which part a config is in never changes."""

    number: int
    parts: int

    def has(self, key: ConfigKey) -> bool:
        """Whether a config is in this part."""
        digest = hashlib.blake2b(b"\0".join(map(to_bytes, key)), digest_size=8).digest()
        return int.from_bytes(digest, "big") % self.parts == self.number - 1

    def __str__(self) -> str:
        return f"{self.number}/{self.parts}"


def parse_subset(text: str) -> Subset:
    """``3/7`` as a subset.

    Raises:
        InputError: It is none.
    """
    match = _SUBSET.fullmatch(text)
    number, parts = (int(match.group(1)), int(match.group(2))) if match else (0, 0)
    if not 1 <= number <= parts <= MOST_PARTS:
        raise InputError(
            f"{text[:20]!r} is no part of a whole", advice="write it like 1/7, the first of seven parts"
        )
    return Subset(number, parts)


@dataclass(frozen=True, slots=True)
class VerifyPlan:
    """What a check looks at: `keys` in their order, then `workers`.

    `scope` names what may be gone on with, empty where nothing is remembered; `platform` is the only one that is
    looked at, empty for all. `passed` counts the configs that an earlier run of this check has looked at.
    """

    keys: tuple[ConfigKey, ...]
    workers: tuple[WorkerRecord, ...] = ()
    scope: str = ""
    platform: str = ""
    passed: int = 0


def plan_verify(
    snapshot: Snapshot,
    *,
    platform: str = "",
    keys: Iterable[ConfigKey] | None = None,
    subset: Subset | None = None,
    libraries: bool = False,
    after: ConfigKey | None = None,
) -> VerifyPlan:
    """What a check would look at. Pure.

    Args:
        snapshot: A reading of the store.
        platform: Only of this one; of all, if empty.
        keys: Only these; nothing is then remembered.
        subset: Only this part.
        libraries: Compare workers' libraries too.
        after: Go on behind this one, see `resume_after`.
    """
    named = None if keys is None else frozenset(keys)
    chosen = sorted(
        config.key
        for config in snapshot.configs()
        if config.has_tree
        and (not platform or config.key.platform == platform)
        and (named is None or config.key in named)
        and (subset is None or subset.has(config.key))
    )
    left = [key for key in chosen if after is None or key > after]
    workers = tuple(snapshot.workers[key] for key in sorted(snapshot.workers)) if libraries else ()
    scope = scope_of(platform, subset) if named is None else ""
    return VerifyPlan(tuple(left), workers, scope, platform, len(chosen) - len(left))


def scope_of(platform: str, subset: Subset | None) -> str:
    """What a check is of, to find where it stopped."""
    return f"{platform or '*'} {subset or '1/1'}"


def resume_after(layout: Layout, platform: str, subset: Subset | None) -> ConfigKey | None:
    """Where an earlier check of the same scope stopped; None where it came to its end, or there was none.

    Raises:
        StoreError: What tells it cannot be read.
    """
    return read_position(layout, scope_of(platform, subset))
