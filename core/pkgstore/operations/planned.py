"""One way from a wish to a plan, to what follows from it, and to the events that do it: both programs go it.

What is read and measured for it comes from the caller, who knows how to show progress and when to stop. Knows no
command line and no screen.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from pkgstore.accounts import Inventory
from pkgstore.cheapest import marginal
from pkgstore.consequences import Consequences, consequences
from pkgstore.errors import InputError
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout
from pkgstore.locks import LockRules
from pkgstore.model import Damage
from pkgstore.operations.events import Event
from pkgstore.operations.evict import Guard, apply_evict
from pkgstore.operations.eviction import EvictionPlan, EvictRule, pin_down, plan_eviction
from pkgstore.operations.guard import RootGuard, checked
from pkgstore.operations.plan_file import read_plan
from pkgstore.progress import Cancel, Progress
from pkgstore.roots import Root, Roots, roots_of
from pkgstore.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class EvictWish:
    """What somebody wants to go.

    `dropped` names roots that are let go of, ``TIER:APP`` each; `ignore_roots` takes what is needed too.
    """

    rule: EvictRule
    platforms: tuple[str, ...]
    dropped: tuple[str, ...] = ()
    ignore_roots: bool = False


@dataclass(frozen=True)
class Planned:
    """A plan, what follows from it, and what it was made of.

    `damage` is what of the configs could not be read; `now` is in seconds since 1970.
    """

    root: str
    apps: str
    plan: EvictionPlan
    roots: Roots
    inventory: Inventory = field(default_factory=Inventory)
    damage: tuple[Damage, ...] = ()
    now: float = 0.0

    @cached_property
    def consequences(self) -> Consequences:
        """What follows."""
        return consequences([item.key for item in self.plan.items], self.roots, self.inventory)

    @property
    def guard(self) -> Guard | None:
        """What keeps configs that somebody needs by the time they would go."""
        return None if self.plan.ignores_roots else RootGuard(self.root, self.apps, self.plan.known)

    @property
    def trees(self) -> list[ConfigKey]:
        """What has to be measured for the consequences."""
        return [item.key for item in self.plan.items if item.config.has_tree]


def needed(snapshot: Snapshot, *, ignore_roots: bool = False) -> Roots:
    """What must not be lost, the pins that have not ended by now too.

    Args:
        snapshot: A reading of the store, with its apps, work folders and pins.
        ignore_roots: Whether it only serves to say who needed what; then it may be incomplete.

    Raises:
        RootsUnread: A root cannot be read, and is not ignored.
    """
    roots = roots_of(snapshot)
    return roots if ignore_roots else checked(roots)


def named_roots(names: Iterable[str], roots: Roots) -> list[Root]:
    """The roots that are called ``TIER:APP`` (a pin: ``pinned:ID``).

    Raises:
        InputError: There is none of that name.
    """
    found: list[Root] = []
    for name in names:
        tier, _, owner = name.partition(":")
        matches = [root for root in roots.roots if root.tier.value == tier and _is_called(root, owner)]
        if not matches:
            there = ", ".join(f"{root.tier.value}:{root.name}" for root in roots.roots[:10]) or "none"
            raise InputError(f"There is no root {name!r}; there are {there}.")
        found.extend(matches)
    return found


def _is_called(root: Root, owner: str) -> bool:
    return owner == root.name or (root.key is None and root.owner.startswith(f"pin {owner}:"))


def plan_wish(
    snapshot: Snapshot,
    roots: Roots,
    wish: EvictWish,
    *,
    apps: str,
    now: float,
    inventory: Inventory | None = None,
    damage: tuple[Damage, ...] = (),
    pin: bool = True,
) -> Planned:
    """Plan what is wished for, and look what each item is now. Changes nothing.

    Args:
        snapshot: A reading of the store.
        roots: As `needed` gives them.
        wish: What is to go.
        apps: The folder of the apps, for the guard.
        now: Seconds since 1970.
        inventory: Every tree of every platform, where the rule needs sizes.
        damage: What could not be read of the snapshot.
        pin: Whether to look at the items at once; else `pinned` has to, before the plan is done or written.

    Raises:
        InputError: A root that was named is not there.
    """
    sizes = inventory or Inventory()
    plan = plan_eviction(
        snapshot,
        roots,
        wish.rule,
        wish.platforms,
        now=now,
        inventory=sizes,
        dropped=named_roots(wish.dropped, roots),
        ignore_roots=wish.ignore_roots,
    )
    planned = Planned(snapshot.root, apps, plan, roots, sizes, damage, now)
    return pinned(planned) if pin else planned


def pinned(planned: Planned) -> Planned:
    """The same with what each item is now on the disk; what was used since the store was read will be skipped."""
    return replace(planned, plan=pin_down(Layout(planned.root), planned.plan))


def plan_from_file(path: str, snapshot: Snapshot, *, apps: str, now: float) -> Planned:
    """A plan as it was written to a file.

    Raises:
        StoreError: It cannot be read, is no plan for this store, or a root cannot be read.
    """
    return Planned(snapshot.root, apps, read_plan(path, snapshot.root), needed(snapshot), now=now)


def with_sizes(planned: Planned, inventory: Inventory) -> Planned:
    """The same with measured trees: each item says what its removal frees after those before it."""
    if not inventory.configs:
        return replace(planned, inventory=inventory)
    sizes = marginal(inventory, [item.key for item in planned.plan.items])
    items = tuple(replace(item, disk=sizes.get(item.key, item.disk)) for item in planned.plan.items)
    return replace(planned, plan=replace(planned.plan, items=items), inventory=inventory)


# --- doing it --------------------------------------------------------------------------------------------


def eviction_events(
    planned: Planned, operation: str, *, cancel: Cancel, progress: Progress, lock_timeout: float | None = None
) -> Iterator[Event]:
    """Do what was planned, what is needed by then left out; see `apply_evict`.

    Args:
        planned: The plan.
        operation: The id under which everything goes to the trash; empty to delete it at once.
        cancel: Asked between sources.
        progress: Counts configs.
        lock_timeout: Seconds to wait for one lock; None for as long as an eviction waits by itself.
    """
    rules = None if lock_timeout is None else LockRules(timeout=lock_timeout)
    return apply_evict(
        Layout(planned.root),
        planned.plan,
        operation=operation,
        guard=planned.guard,
        cancel=cancel,
        progress=progress,
        rules=rules,
    )


def told_of(planned: Planned, *, trash: bool) -> Mapping[str, Any]:
    """What the journal says of a plan, in short."""
    plan = planned.plan
    return {
        "platforms": plan.platforms,
        "items": len(plan.items),
        "kept": len(plan.kept),
        "ignores_roots": plan.ignores_roots,
        "let_go_of": [root.owner for root in plan.dropped],
        "trash": trash,
    }
