"""The command clean: break stale locks, remove builds, staging folders and libraries that crashes left."""

import os
import time
from collections.abc import Sequence
from typing import Any, Final

import click

from pkgstore.layout import Layout
from pkgstore.operations.clean import CleanPlan, Left, LeftOver, left_overs, plan_clean
from pkgstore.operations.events import CleanResult
from pkgstore.operations.upkeep import run_clean
from pkgstore.usage import read_tree
from pkgstore_tui.cli.changing import actor, agreed, code_of
from pkgstore_tui.cli.diagnostics import ExitCode, say
from pkgstore_tui.cli.options import found_root, json_option, store_options, verbose_option, yes_option
from pkgstore_tui.cli.output import print_json
from pkgstore_tui.cli.running import run_operation
from pkgstore_tui.format import counted, human_age, human_bytes, result_line, safe_text

_KINDS: Final = {f"{kind.value}s" if kind is not Left.STAGING else kind.value: kind for kind in Left}


@click.command("clean")
@click.argument("names", nargs=-1, metavar="[KIND:NAME]...")
@store_options
@click.option("--only", "kinds", type=click.Choice(list(_KINDS)), multiple=True, help="Only this kind.")
@click.option("--dry-run", "-n", is_flag=True, help="Show what would go; change nothing.")
@yes_option
@json_option
@verbose_option
def clean(
    names: tuple[str, ...],
    store: str,
    config: str,
    kinds: tuple[str, ...],
    dry_run: bool,
    yes: bool,
    as_json: bool,
    verbose: bool,
) -> ExitCode:
    """Remove what crashes left, all of it or what is named.

    These are locks that nobody refreshed for 30 minutes, and builds, staging folders and libraries without a
    manifest in which nothing changed for 24 hours.

    A worker's library with its manifest goes only when it is named (worker:ID), and not within 24 hours of a
    change: nothing in the store tells whether the worker still runs.
    """
    layout = Layout(found_root(store, config))
    now = time.time()
    there = left_overs(layout, now=now)
    _check(names, there, now)
    plan = plan_clean(there, names=names, kinds=[_KINDS[kind] for kind in kinds], now=now)
    if dry_run:
        return _show(plan, now, as_json=as_json)
    if plan.items and not yes:
        _show(plan, now)
        what = counted(len(plan.items), "thing")
        if not agreed(f"Remove {what} for good?", f"{what} would be removed"):
            return ExitCode.REFUSED
    by = actor()
    result, failures = run_operation(
        lambda cancel, progress: run_clean(layout, plan, by, cancel=cancel, progress=progress),
        CleanResult,
        verbose=verbose,
    )
    say(f"clean: {result_line(result)}")
    if as_json:
        print_json(
            {
                "removed": result.removed,
                "skipped": result.skipped,
                "failed": result.failed,
                "freed_bytes": result.freed,
            }
        )
    return code_of(result.removed, failures)


def _check(names: Sequence[str], there: Sequence[LeftOver], now: float) -> None:
    known = {item.id: item for item in there}
    for name in names:
        if name not in known:
            raise click.UsageError(safe_text(f"There is no {name!r}; --dry-run lists what may go."))
        item = known[name]
        if not item.is_stale(now):
            age = now - item.changed
            left = human_age(item.stale_after - age)
            raise click.UsageError(safe_text(f"{name} changed {human_age(age)} ago; wait {left}."))


def _show(plan: CleanPlan, now: float, *, as_json: bool = False) -> ExitCode:
    sizes = {item.path: 0 if item.kind is Left.LOCK else read_tree(item.path).own.disk for item in plan.items}
    if as_json:
        print_json({"items": [_json(item, sizes[item.path], now) for item in plan.items]})
        return ExitCode.DONE
    for item in plan.items:
        size = f", {human_bytes(sizes[item.path])}" if sizes[item.path] else ""
        say(f"would remove {item.id}: unchanged for {human_age(now - item.changed)}{size}")
    say(f"clean: {counted(len(plan.items), 'thing')} would be removed; nothing was changed")
    return ExitCode.DONE


def _json(item: LeftOver, size: int, now: float) -> dict[str, Any]:
    return {
        "id": item.id,
        "kind": item.kind.value,
        "path": os.fspath(item.path),
        "age_seconds": now - item.changed,
        "disk_bytes": size,
    }
