"""Take configs whose contents were changed out of the store, into the trash: the next build makes them anew.

It is an eviction by another rule: neither age nor roots keep what is not what it should be. `restore` puts it back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout
from pkgstore.operations.events import Why
from pkgstore.operations.evict import Expected
from pkgstore.operations.eviction import seen
from pkgstore.operations.verify_events import Outcome, Verified

_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class QuarantineItem:
    """One config that is to go: the tree of that inode, and why."""

    key: ConfigKey
    inode: int
    reason: str


@dataclass(frozen=True, slots=True)
class QuarantinePlan:
    """What is to go, by key; `apply_evict` does it."""

    items: tuple[QuarantineItem, ...]

    @property
    def expected(self) -> Sequence[Expected]:
        """What is to be removed, each only where it is the tree that was checked."""
        return [Expected(item.key, partial(_another, item), item.reason) for item in self.items]


def plan_quarantine(found: Iterable[Verified]) -> QuarantinePlan:
    """What would go of what a check found: what was changed, and nothing else. Pure."""
    items = [
        QuarantineItem(event.key, event.inode, _reason(event))
        for event in found
        if event.outcome is Outcome.CHANGED and event.inode
    ]
    return QuarantinePlan(tuple(sorted(items, key=lambda item: item.key)))


def _reason(event: Verified) -> str:
    paths = [change.path or "its top folder" for change in event.changes] or [event.note]
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return f"quarantined: its contents were changed: {', '.join(paths[:_NAMED])}{more}"


def _another(item: QuarantineItem, layout: Layout) -> Why | None:
    """Why an item is not what was checked; that it was used since does not save it."""
    inode = seen(layout, item.key)[1]
    if not inode:
        return Why.GONE_MEANWHILE
    return Why.REPLACED_MEANWHILE if inode != item.inode else None
