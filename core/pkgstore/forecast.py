"""What a retention would take, day by day, and which apps it would leave incomplete. Pure, over a snapshot.

A config goes when its last use is one retention ago, if nobody uses it until then: nothing can be foretold of uses
to come, so this is the worst that can happen.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from pkgstore.model import ConfigRecord
from pkgstore.roots import Root, Roots

DAY: Final = 86400.0


@dataclass(frozen=True, slots=True)
class Step:
    """What goes within one day; `day` 0 goes with the next sweep, 1 in the 24 hours after now, and so on.

    `rooted` of the configs are held by roots, which a sweep that looks at roots keeps. `broken` are the roots that
    a sweep like the reference's leaves incomplete, and that lost nothing before this day.
    """

    day: int
    configs: tuple[ConfigRecord, ...]
    rooted: int
    broken: tuple[Root, ...] = ()


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a retention takes, by day.

    `safe` is the smallest retention in seconds with which a sweep like the reference's loses nothing that a root
    holds: it has to be more than this; 0 where no root holds anything.
    """

    retention: float
    steps: tuple[Step, ...] = field(default=())
    safe: float = 0.0


def forecast(roots: Roots, platforms: Iterable[str], retention: float, *, now: float) -> Forecast:
    """What a retention takes on which day.

    Args:
        roots: The roots, with the snapshot that they are of.
        platforms: Only these.
        retention: Seconds; 0 or less takes nothing.
        now: Seconds since 1970.
    """
    chosen = frozenset(platforms)
    found = [c for c in roots.snapshot.configs() if c.key.platform in chosen and c.last_used is not None]
    ages = [now - (c.last_used or 0.0) for c in found if c.has_tree and roots.is_rooted(c.key)]
    safe = max(0.0, *ages, 0.0) if ages else 0.0
    if retention <= 0:
        return Forecast(retention, (), safe)
    days: dict[int, list[ConfigRecord]] = {}
    for config in found:
        days.setdefault(_day(config, retention, now), []).append(config)
    broken: set[str] = set()
    steps = tuple(_step(roots, day, sorted(days[day], key=lambda c: c.key), broken) for day in sorted(days))
    return Forecast(retention, steps, safe)


def _day(config: ConfigRecord, retention: float, now: float) -> int:
    left = (config.last_used or 0.0) + retention - now
    return 0 if left <= 0 else math.ceil(left / DAY)


def _step(roots: Roots, day: int, configs: list[ConfigRecord], broken: set[str]) -> Step:
    lost: dict[str, Root] = {}
    rooted = 0
    for config in configs:
        holders = roots.holders(config.key) if config.has_tree else ()
        rooted += bool(holders)
        lost.update({root.id: root for root in holders if root.id not in broken})
    broken.update(lost)
    return Step(day, tuple(configs), rooted, tuple(root for root in roots.roots if root.id in lost))
