"""Take out what a content check found changed: show what follows, ask, move it to the trash."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pkgstore.accounts import Inventory
from pkgstore.consequences import consequences
from pkgstore.journal import new_operation
from pkgstore.layout import Layout
from pkgstore.locks import LockRules
from pkgstore.operations.events import Event, EvictResult
from pkgstore.operations.evict import apply_evict
from pkgstore.operations.quarantine import QuarantinePlan, plan_quarantine
from pkgstore.progress import Cancel, Progress
from pkgstore_tui.cli.changing import agreed, code_of, run_recorded
from pkgstore_tui.cli.diagnostics import ExitCode, report_damage, say
from pkgstore_tui.cli.verify_report import Report
from pkgstore_tui.format import counted, result_line
from pkgstore_tui.verify_words import broken_text, keepers_text

_KIND: Final = "quarantine"


@dataclass(frozen=True, slots=True)
class Taken:
    """What a quarantine came to; `code` is 0 where all of it was done."""

    result: EvictResult
    code: ExitCode = ExitCode.DONE

    @property
    def json(self) -> dict[str, Any]:
        """The same for JSON."""
        return {
            "removed": self.result.removed,
            "skipped": self.result.skipped,
            "failed": self.result.failed,
            "operation": self.result.operation or None,
        }


def quarantine_found(report: Report, lock_timeout: float, *, yes: bool) -> Taken:
    """Take out what was changed, once somebody agreed."""
    plan = plan_quarantine(report.configs)
    if not plan.items:
        say("there is nothing to take out")
        return Taken(EvictResult())
    for text in _plan_lines(report, plan):
        say(text)
    what = counted(len(plan.items), "changed config")
    if not yes and not agreed(f"Move {what} to the trash?", f"{what} would be moved to the trash"):
        return Taken(EvictResult(), ExitCode.REFUSED)
    return _run(report, plan, lock_timeout)


def _plan_lines(report: Report, plan: QuarantinePlan) -> Iterator[str]:
    for item in plan.items:
        yield f"would take out {report.namer(item.key)}: the next build that needs it makes it anew"
    for found in consequences([item.key for item in plan.items], report.roots, Inventory()).breaks:
        yield f"until then, {broken_text(found)}"
    if keep := keepers_text(report.configs):
        yield f"these have the changed files until they are made anew: {keep}"
    report_damage(report.roots.damage)


def _run(report: Report, plan: QuarantinePlan, lock_timeout: float) -> Taken:
    layout = Layout(report.root)
    name = new_operation(_KIND)

    def operation(cancel: Cancel, progress: Progress) -> Iterator[Event]:
        rules = LockRules(timeout=lock_timeout)
        return apply_evict(layout, plan, operation=name, cancel=cancel, progress=progress, rules=rules)

    facts = {"items": len(plan.items), "trash": True}
    result, failures = run_recorded(
        layout, _KIND, facts, operation, EvictResult, name=name, verbose=True, namer=report.namer
    )
    say(f"quarantine: {result_line(result)}")
    if result.removed:
        say(f"put it back with: pkgstore restore {result.operation}")
    return Taken(result, code_of(result.removed, failures))
