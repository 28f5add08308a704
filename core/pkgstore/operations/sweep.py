"""One sweep: evict what nobody needs and nobody used for the retention, then empty old trash. For every program.

Plans and journals as an eviction and an emptying of the trash do: two operations, each with lines of its own.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pkgstore.journal import Actor, Journal, new_operation
from pkgstore.layout import Layout
from pkgstore.model import Damage
from pkgstore.operations.empty import plan_empty
from pkgstore.operations.events import CleanResult, Done, Event, EvictResult, SweepResult
from pkgstore.operations.eviction import EvictionPlan, EvictRule
from pkgstore.operations.planned import EvictWish, Planned, eviction_events, needed, plan_wish, told_of
from pkgstore.operations.recording import recorded
from pkgstore.operations.upkeep import run_empty
from pkgstore.progress import Cancel, Progress
from pkgstore.scan import read_snapshot
from pkgstore.snapshot import Snapshot
from pkgstore.trash import KEEP


@dataclass(frozen=True, slots=True)
class SweepRule:
    """How a store is swept; `retention` and `keep_trash` are in seconds.

    `ignore_roots` takes what is needed too, as the server's own sweep does; without `trash` all is deleted at once.
    """

    platforms: tuple[str, ...]
    retention: float
    keep_trash: float = KEEP
    ignore_roots: bool = False
    trash: bool = True


def read_with_roots(root: str, apps: str, platforms: Iterable[str]) -> tuple[Snapshot, tuple[Damage, ...]]:
    """The configs of some platforms beside all roots, and what of the configs could not be read."""
    found = read_snapshot(root, platforms=tuple(platforms), details=False)
    beside = read_snapshot(root, platforms=(), apps=apps)
    return replace(beside, sources=found.sources), found.damage


def plan_sweep(root: str, apps: str, rule: SweepRule, *, now: float | None = None) -> Planned:
    """What a sweep would evict now; old trash is looked for later. Changes nothing.

    Args:
        root: The store root.
        apps: The folder of the apps.
        rule: How it is swept; a retention of 0 or less evicts nothing.
        now: Seconds since 1970.

    Raises:
        RootsUnread: A root cannot be read.
        StoreError: The store cannot be read.
    """
    present = time.time() if now is None else now
    snapshot, damage = read_with_roots(root, apps, rule.platforms)
    roots, idle = needed(snapshot, ignore_roots=rule.ignore_roots), EvictRule(rule.retention)
    if rule.retention <= 0:
        return Planned(root, apps, EvictionPlan(idle, rule.platforms, ()), roots, damage=damage, now=present)
    wish = EvictWish(idle, rule.platforms, ignore_roots=rule.ignore_roots)
    return plan_wish(snapshot, roots, wish, apps=apps, now=present, damage=damage)


def run_sweep(
    planned: Planned,
    rule: SweepRule,
    actor: Actor,
    *,
    cancel: Cancel | None = None,
    progress: Progress | None = None,
    lock_timeout: float | None = None,
) -> Iterator[Event]:
    """Do what was planned, then delete the trash that is old by now.

    Yields:
        What the eviction and the emptying give, then `Done` with `SweepResult`.

    Raises:
        Cancelled: `cancel` was set; what was done so far is whole.
        StoreError: A root cannot be read by now, or the trash cannot be listed.
    """
    layout, cancel, progress = Layout(planned.root), cancel or Cancel(), progress or Progress()
    evicted, emptied = EvictResult(), CleanResult()
    for event in _evict(layout, planned, rule, actor, cancel, progress, lock_timeout):
        if isinstance(event, Done) and isinstance(event.result, EvictResult):
            evicted = event.result
        else:
            yield event
    cancel.check()
    old = plan_empty(layout, older=rule.keep_trash, items=False)
    for event in run_empty(layout, old, actor, cancel=cancel, progress=progress):
        if isinstance(event, Done) and isinstance(event.result, CleanResult):
            emptied = event.result
        else:
            yield event
    yield Done(SweepResult(evicted, emptied, len(planned.plan.kept)))


def _evict(
    layout: Layout,
    planned: Planned,
    rule: SweepRule,
    actor: Actor,
    cancel: Cancel,
    progress: Progress,
    lock_timeout: float | None,
) -> Iterator[Event]:
    """Nothing is written where there is nothing to do."""
    if not planned.plan.items:
        return
    name = new_operation("sweep")
    into = name if rule.trash else ""
    events = eviction_events(planned, into, cancel=cancel, progress=progress, lock_timeout=lock_timeout)
    facts = told_of(planned, trash=rule.trash)
    yield from recorded(Journal(layout, name, actor), "sweep", facts, events)
