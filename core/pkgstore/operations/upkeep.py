"""Restore, empty and clean as every program does them: the operation of a plan, written into the journal.

One place, so that the journal says the same of an operation whoever did it.
"""

from collections.abc import Iterator

from pkgstore.journal import Actor, Journal, new_operation
from pkgstore.layout import Layout
from pkgstore.locks import LockRules
from pkgstore.operations.clean import CleanPlan, apply_clean
from pkgstore.operations.empty import EmptyPlan, apply_empty
from pkgstore.operations.events import CleanResult, Done, Event
from pkgstore.operations.recording import recorded
from pkgstore.operations.restore import RestorePlan, apply_restore
from pkgstore.progress import Cancel, Progress

_NAMED = 100
"""How many of the things that go the journal's first line names."""


def run_restore(
    layout: Layout,
    plan: RestorePlan,
    actor: Actor,
    *,
    cancel: Cancel | None = None,
    progress: Progress | None = None,
    rules: LockRules | None = None,
) -> Iterator[Event]:
    """Put back what a plan says; see `apply_restore`."""
    facts = {"operation": plan.operation, "items": len(plan.keys)}
    events = apply_restore(layout, plan, cancel=cancel, progress=progress, rules=rules)
    return recorded(Journal(layout, new_operation("restore"), actor), "restore", facts, events)


def run_empty(
    layout: Layout,
    plan: EmptyPlan,
    actor: Actor,
    *,
    cancel: Cancel | None = None,
    progress: Progress | None = None,
) -> Iterator[Event]:
    """Delete for good what a plan says; see `apply_empty`. Nothing is written where there is nothing to do."""
    if not plan.folders:
        return iter((Done(CleanResult()),))
    facts = {"folders": [folder.name for folder in plan.folders[:_NAMED]], "count": len(plan.folders)}
    events = apply_empty(layout, plan, cancel=cancel, progress=progress)
    return recorded(Journal(layout, new_operation("empty"), actor), "empty", facts, events)


def run_clean(
    layout: Layout,
    plan: CleanPlan,
    actor: Actor,
    *,
    cancel: Cancel | None = None,
    progress: Progress | None = None,
) -> Iterator[Event]:
    """Remove what a plan says; see `apply_clean`. Nothing is written where there is nothing to do."""
    if not plan.items:
        return iter((Done(CleanResult()),))
    facts = {"items": [item.id for item in plan.items[:_NAMED]], "count": len(plan.items)}
    events = apply_clean(layout, plan, cancel=cancel, progress=progress)
    return recorded(Journal(layout, new_operation("clean"), actor), "clean", facts, events)
