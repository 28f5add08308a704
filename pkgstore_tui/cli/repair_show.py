"""A repair's plan as text and as JSON: what is mended, from what to what, and what stays, why, and what to do."""

from collections.abc import Iterator
from typing import Any, Final

from pkgstore.check.report import about_text
from pkgstore.findings import Severity
from pkgstore.keys import named_parts
from pkgstore.operations.events import RepairResult
from pkgstore.operations.repair import RepairItem, Stays
from pkgstore_tui.cli.repair_plan import Planned
from pkgstore_tui.format import counted

_SHOWN: Final = 20
"""How many of what is mended, and of what stays for one reason, are named before the rest is counted."""


def stays_matter(planned: Planned) -> bool:
    """Whether an error or a warning stays."""
    return any(stays.finding.severity is not Severity.ADVICE for stays in planned.plan.left)


def plan_lines(planned: Planned, *, verbose: bool = False) -> Iterator[str]:
    """The plan for people, a line each."""
    items = planned.plan.items
    shown = items if verbose else items[:_SHOWN]
    for item in shown:
        yield f"would mend {item.name} ({', '.join(item.codes)})"
        for step in item.steps:
            yield f"  {step.before}: {step.after}"
            if verbose:
                yield f"    {step.path}"
    if len(items) > len(shown):
        yield f"would mend {counted(len(items) - len(shown), 'more thing')}; -v names all"
    yield from _left_lines(planned, verbose=verbose)


def _left_lines(planned: Planned, *, verbose: bool) -> Iterator[str]:
    groups: dict[tuple[str, str, str], list[Stays]] = {}
    for stays in planned.plan.left:
        groups.setdefault((stays.finding.code, stays.why, stays.advice), []).append(stays)
    for (code, why, advice), left in groups.items():
        yield f"{code} stays: {why}" + (f" ({advice})" if advice else "")
        for stays in left if verbose else left[:_SHOWN]:
            yield f"  {stays_name(planned, stays)}: {stays.finding.message}"
            if verbose:
                yield f"    {stays.finding.path}"
        if len(left) > _SHOWN and not verbose:
            yield f"  and {len(left) - _SHOWN:,} more; -v names all"


def stays_name(planned: Planned, stays: Stays) -> str:
    """What it is about that stays."""
    return stays.name or about_text(planned.checked.names, stays.finding)


# --- JSON ------------------------------------------------------------------------------------------------


def plan_json(planned: Planned) -> dict[str, Any]:
    """The plan as one document."""
    return {
        "root": planned.plan.root,
        "items": [_item_json(item) for item in planned.plan.items],
        "stays": [_left_json(planned, stays) for stays in planned.plan.left],
    }


def _item_json(item: RepairItem) -> dict[str, Any]:
    return {
        "codes": list(item.codes),
        "phase": item.phase.name.lower(),
        "name": item.name,
        "subject": named_parts(item.subject),
        "path": item.path,
        "steps": [{"path": step.path, "before": step.before, "after": step.after} for step in item.steps],
    }


def _left_json(planned: Planned, stays: Stays) -> dict[str, Any]:
    finding = stays.finding
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "name": stays_name(planned, stays),
        "path": finding.path,
        "message": finding.message,
        "why": stays.why,
        "advice": stays.advice or None,
    }


def result_json(planned: Planned, result: RepairResult) -> dict[str, Any]:
    """The plan, and what it came to."""
    counts = ("repaired", "removed", "restored", "cleaned", "skipped", "failed")
    return {
        **plan_json(planned),
        **{name: getattr(result, name) for name in counts},
        "freed_bytes": result.freed,
        "operation": result.operation or None,
    }
