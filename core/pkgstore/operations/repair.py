"""Repair a store: mend what can be mended without guessing, in the order in which one thing needs another.

Manifests first, since what they name must stay; then what crashes left, the small files of sources, what comes back
out of the trash, what goes into it, and empty platform folders. See `repair_planner` for the plan.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from pkgstore.errors import RootsUnread
from pkgstore.journal import Actor, Journal, new_operation
from pkgstore.layout import Layout
from pkgstore.locks import LockRules
from pkgstore.operations.clean import CleanPlan, apply_clean
from pkgstore.operations.events import (
    Done,
    Emptied,
    Event,
    Failed,
    Noticed,
    Removed,
    Repaired,
    RepairResult,
    Restored,
    Skipped,
)
from pkgstore.operations.evict import LOCK_TIMEOUT, apply_evict
from pkgstore.operations.guard import RootGuard
from pkgstore.operations.recording import recorded
from pkgstore.operations.repair_deeds import TrashPlan, do
from pkgstore.operations.repair_plan import CleanUp, FromTrash, Phase, ToTrash
from pkgstore.operations.repair_plan import Reading as Reading
from pkgstore.operations.repair_plan import RepairItem as RepairItem
from pkgstore.operations.repair_plan import RepairPlan as RepairPlan
from pkgstore.operations.repair_plan import Stays as Stays
from pkgstore.operations.repair_plan import Step as Step
from pkgstore.operations.repair_planner import plan_repair as plan_repair
from pkgstore.operations.restore import RestorePlan, apply_restore
from pkgstore.progress import Cancel, Progress

_NAMED: Final = 100
"""How many items the journal's first line names."""


def run_repair(
    layout: Layout,
    plan: RepairPlan,
    actor: Actor,
    *,
    cancel: Cancel | None = None,
    progress: Progress | None = None,
    rules: LockRules | None = None,
) -> Iterator[Event]:
    """Do what a plan says, written into the journal; see `apply_repair`. Nothing is written for an empty plan."""
    if not plan.items:
        return iter((Done(RepairResult()),))
    name = new_operation("repair")
    events = apply_repair(layout, plan, operation=name, cancel=cancel, progress=progress, rules=rules)
    return recorded(Journal(layout, name, actor), "repair", told_of(plan), events)


def told_of(plan: RepairPlan) -> Mapping[str, Any]:
    """What the journal says of a plan, in short."""
    named = [f"{', '.join(item.codes)}: {item.name}" for item in plan.items[:_NAMED]]
    return {"items": named, "count": len(plan.items), "stays": len(plan.left)}


def apply_repair(
    layout: Layout,
    plan: RepairPlan,
    *,
    operation: str,
    cancel: Cancel | None = None,
    progress: Progress | None = None,
    rules: LockRules | None = None,
) -> Iterator[Event]:
    """Do what a plan says, each item under its lock; what is not as it was planned stays as it is.

    Args:
        layout: The store's paths.
        plan: What to do.
        operation: The id under which trees go to the trash; `restore` takes it.
        cancel: Asked between items.
        progress: Counts items.
        rules: How long to wait for a lock.

    Yields:
        `Repaired`, `Emptied`, `Restored`, `Removed`, `Skipped`, `Noticed` (it stays) or `Failed` for each item,
        then `Done` with `RepairResult`.

    Raises:
        Cancelled: `cancel` was set; what was done so far is whole.
    """
    cancel, progress = cancel or Cancel(), progress or Progress()
    progress.start(len(plan.items), "repairing")
    run = _Run(layout, plan, operation, cancel, rules or LockRules(timeout=LOCK_TIMEOUT))
    for phase, group in groupby(plan.items, key=lambda item: item.phase):
        items = list(group)
        for event in run.phase(phase, items):
            run.count(event)
            yield event
            progress.step(_package(event))
    yield Done(run.result())


def _package(event: Event) -> str:
    match event:
        case Repaired() | Emptied():
            return event.what
        case Done():
            return ""
    return event.package


@dataclass(slots=True)
class _Run:
    layout: Layout
    plan: RepairPlan
    operation: str
    cancel: Cancel
    rules: LockRules
    counts: dict[type, int] = field(default_factory=dict)
    freed: int = 0

    def phase(self, phase: Phase, items: list[RepairItem]) -> Iterator[Event]:
        """All items of one phase."""
        match phase:
            case Phase.CLEAN:
                plan = CleanPlan(tuple(item.deed.item for item in items if isinstance(item.deed, CleanUp)))
                yield from _inner(apply_clean(self.layout, plan, cancel=self.cancel))
            case Phase.RESTORE:
                yield from self._restore([item.deed for item in items if isinstance(item.deed, FromTrash)])
            case Phase.TRASH:
                yield from self._trash([item.deed for item in items if isinstance(item.deed, ToTrash)])
            case _:
                for item in items:
                    self.cancel.check()
                    yield do(self.layout, item, self.rules, self.cancel)

    def _restore(self, deeds: list[FromTrash]) -> Iterator[Event]:
        groups: dict[str, list[FromTrash]] = {}
        for deed in deeds:
            groups.setdefault(deed.operation, []).append(deed)
        for operation, group in groups.items():
            plan = RestorePlan(operation, tuple(sorted(deed.key for deed in group)))
            yield from _inner(apply_restore(self.layout, plan, cancel=self.cancel, rules=self.rules))

    def _trash(self, deeds: list[ToTrash]) -> Iterator[Event]:
        guard = RootGuard(self.plan.root, self.plan.apps, {})
        plan = TrashPlan(tuple(deeds))
        events = apply_evict(
            self.layout, plan, operation=self.operation, guard=guard, cancel=self.cancel, rules=self.rules
        )
        try:
            yield from _inner(events)
        except RootsUnread as error:  # since the plan was made: then what is left stays
            yield Failed("moving to the trash", error)

    def count(self, event: Event) -> None:
        """Count what became of an item."""
        self.counts[type(event)] = self.counts.get(type(event), 0) + 1
        self.freed += event.freed if isinstance(event, Emptied) else 0

    def result(self) -> RepairResult:
        """What all of it came to."""
        of = self.counts.get
        removed = of(Removed, 0)
        return RepairResult(
            of(Repaired, 0),
            removed,
            of(Restored, 0),
            of(Emptied, 0),
            of(Skipped, 0) + of(Noticed, 0),
            of(Failed, 0),
            self.freed,
            self.operation if removed else "",
        )


def _inner(events: Iterable[Event]) -> Iterator[Event]:
    """The events of an operation inside of this one, without its end."""
    return (event for event in events if not isinstance(event, Done))
