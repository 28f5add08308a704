"""The commands trash and restore: what evictions put away, back into the store, or gone for good."""

import time
from collections.abc import Iterator
from typing import Any, Final

import click

from pkgstore.errors import InputError
from pkgstore.journal import operations, read_journal
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout
from pkgstore.locks import LockRules
from pkgstore.operations.empty import EmptyPlan, plan_empty
from pkgstore.operations.events import CleanResult, Event, RestoreResult
from pkgstore.operations.restore import RestorePlan, last_operation, plan_restore
from pkgstore.operations.upkeep import run_empty, run_restore
from pkgstore.progress import Cancel, Progress
from pkgstore.trash import TrashFolder, TrashItem, list_items, list_trash
from pkgstore.usage import read_tree
from pkgstore_tui.cli.changing import Namer, actor, agreed, code_of
from pkgstore_tui.cli.diagnostics import ExitCode, say
from pkgstore_tui.cli.options import (
    Duration,
    found_root,
    json_option,
    lock_timeout_option,
    store_options,
    verbose_option,
    yes_option,
)
from pkgstore_tui.cli.output import print_json, print_table
from pkgstore_tui.cli.running import run_operation
from pkgstore_tui.cli.selecting import select
from pkgstore_tui.format import UNKNOWN, counted, human_age, human_bytes, result_line, safe_text, short_ref

_NAMED: Final = 20
"""How many configs are named before they are only counted."""


@click.group("trash")
def trash() -> None:
    """Show what evictions put away, or delete it for good."""


@trash.command("list", short_help="List what lies in the trash.")
@store_options
@json_option
@verbose_option
def list_command(store: str, config: str, as_json: bool, verbose: bool) -> ExitCode:
    """List the operations whose configs lie in the trash, the oldest first."""
    layout = Layout(found_root(store, config))
    folders, who = list_trash(layout), _who(layout)
    now = time.time()
    sizes = [read_tree(folder.path).own.disk for folder in folders]
    if as_json:
        rows = [_folder_json(f, size, who, now) for f, size in zip(folders, sizes, strict=True)]
        print_json({"root": layout.root, "folders": rows, "disk_bytes": sum(sizes)})
        return ExitCode.DONE
    lines = [
        (safe_text(f.name), human_age(f.age(now)), f"{len(f.items):,}", human_bytes(size), who.get(f.name, ""))
        for f, size in zip(folders, sizes, strict=True)
    ]
    print_table(("OPERATION", "AGE", "CONFIGS", "ON DISK", "BY"), lines)
    for folder in folders if verbose else ():
        for item in folder.items:
            click.echo(f"{folder.name}  {_item_text(item)}")
    say(f"{counted(len(folders), 'operation')}, {human_bytes(sum(sizes))}")
    return ExitCode.DONE


def _who(layout: Layout) -> dict[str, str]:
    try:
        return {past.operation: safe_text(past.who) for past in operations(read_journal(layout))}
    except InputError:
        return {}


def _item_text(item: TrashItem) -> str:
    problem = f": {safe_text(item.problem)}" if item.problem else ""
    name = f"{item.key.package} {item.version or UNKNOWN} ({short_ref(item.key)})"
    return f"{safe_text(name)} {safe_text(item.key.platform)}{problem}"


def _folder_json(folder: TrashFolder, size: int, who: dict[str, str], now: float) -> dict[str, Any]:
    return {
        "operation": folder.name if folder.is_operation else None,
        "path": folder.path,
        "age_seconds": folder.age(now),
        "disk_bytes": size,
        "who": who.get(folder.name) or None,
        "configs": [
            {
                "platform": item.key.platform,
                "package": item.key.package,
                "version": item.version or None,
                "ref": item.key.ref,
                "has_tree": item.has_tree,
                "reason": item.record.reason if item.record else None,
                "problem": item.problem or None,
            }
            for item in folder.items
        ],
    }


@trash.command("empty", short_help="Delete what lies in the trash.")
@click.argument("names", nargs=-1, metavar="[OPERATION]...")
@store_options
@click.option("--older", type=Duration(), default="0", help="Only what was evicted this long ago: 7d.")
@yes_option
@json_option
@verbose_option
def empty(
    names: tuple[str, ...], store: str, config: str, older: float, yes: bool, as_json: bool, verbose: bool
) -> ExitCode:
    """Delete what lies in the trash for good, or what some OPERATIONs put there; it cannot be put back then."""
    layout = Layout(found_root(store, config))
    plan = plan_empty(layout, older=older, names=names)
    if plan.folders and not yes:
        for line in _empty_lines(plan):
            say(line)
        what = counted(len(plan.folders), "operation")
        if not agreed(f"Delete {what} from the trash for good?", f"{what} would be deleted from the trash"):
            return ExitCode.REFUSED
    by = actor()
    result, failures = run_operation(
        lambda cancel, progress: run_empty(layout, plan, by, cancel=cancel, progress=progress),
        CleanResult,
        verbose=verbose,
    )
    say(f"trash: {result_line(result)}")
    if as_json:
        print_json({"removed": result.removed, "failed": result.failed, "freed_bytes": result.freed})
    return code_of(result.removed, failures)


def _empty_lines(plan: EmptyPlan) -> Iterator[str]:
    now = time.time()
    for folder in plan.folders:
        size = human_bytes(read_tree(folder.path).own.disk)
        packages = sorted({item.key.package for item in folder.items})
        names = ", ".join(packages[:5]) + (" …" if len(packages) > 5 else "")
        what = f"{counted(len(folder.items), 'config')} ({names}), " if folder.items else ""
        yield safe_text(f"would delete {folder.name}: {what}{size}, {_begun(folder.age(now))}")


def _begun(age: float) -> str:
    said = human_age(age)
    return "just now" if said == "now" else f"{said} ago"


@click.command("restore")
@click.argument("operation")
@click.argument("words", nargs=-1, metavar="[REF]...")
@store_options
@yes_option
@lock_timeout_option("1m")
@json_option
@verbose_option
def restore(
    operation: str,
    words: tuple[str, ...],
    store: str,
    config: str,
    yes: bool,
    lock_timeout: float,
    as_json: bool,
    verbose: bool,
) -> ExitCode:
    """Put back what an OPERATION put into the trash, or only some REFs of it.

    `pkgstore trash list` shows the operations; `last` is the latest. Each config comes back with the time of its
    last use; what the store has again meanwhile is left as it is.
    """
    layout = Layout(found_root(store, config))
    plan = plan_restore(layout, last_operation(layout) if operation == "last" else operation)
    if words:
        chosen: list[ConfigKey] = select(words, plan.keys, where=plan.operation)
        plan = plan_restore(layout, plan.operation, chosen)
    namer = Namer(layout)
    namer.know((item.key, item.version) for item in list_items(layout, plan.operation))
    if plan.keys and not yes and not _agreed_to_restore(plan, namer):
        return ExitCode.REFUSED

    by, rules = actor(), LockRules(timeout=lock_timeout)

    def run(cancel: Cancel, progress: Progress) -> Iterator[Event]:
        return run_restore(layout, plan, by, cancel=cancel, progress=progress, rules=rules)

    result, failures = run_operation(run, RestoreResult, verbose=verbose or not as_json, namer=namer)
    say(f"restore: {result_line(result)}")
    if as_json:
        print_json(
            {
                "operation": plan.operation,
                "restored": result.restored,
                "skipped": result.skipped,
                "failed": result.failed,
            }
        )
    code = code_of(result.restored, failures)
    return code or (ExitCode.PARTLY if result.skipped else ExitCode.DONE)


def _agreed_to_restore(plan: RestorePlan, namer: Namer) -> bool:
    for key in plan.keys[:_NAMED]:
        say(f"would put back {namer(key)}")
    if len(plan.keys) > _NAMED:
        say(f"and {len(plan.keys) - _NAMED:,} more")
    what = counted(len(plan.keys), "config")
    return agreed(f"Put back {what} of {plan.operation}?", f"{what} of {plan.operation} would be put back")
