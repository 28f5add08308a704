"""The command evict: plan by age, bytes or name, show what follows, ask, and move it to the trash."""

import errno
from collections.abc import Iterator
from typing import Any, Final

import click

from pkgstore.errors import DiskError, StoreError
from pkgstore.journal import new_operation
from pkgstore.layout import Layout
from pkgstore.operations.events import Event, EvictResult
from pkgstore.operations.plan_file import write_plan
from pkgstore.operations.planned import Planned, eviction_events, told_of
from pkgstore.progress import Cancel, Progress
from pkgstore.scan import check_root
from pkgstore_tui.cli.changing import Namer, agreed, code_of, run_recorded
from pkgstore_tui.cli.diagnostics import ExitCode, report_damage, say
from pkgstore_tui.cli.evict_plan import Wish, make_plan, measured
from pkgstore_tui.cli.evict_show import plan_json, plan_lines, with_versions
from pkgstore_tui.cli.options import (
    Duration,
    Size,
    json_option,
    lock_timeout_option,
    path_option,
    store_options,
    verbose_option,
    yes_option,
)
from pkgstore_tui.cli.output import print_json
from pkgstore_tui.format import counted, result_line
from pkgstore_tui.settings import find_store

_FULL: Final = {errno.ENOSPC, errno.EDQUOT}


@click.command()
@click.argument("words", nargs=-1, metavar="[REF]...")
@store_options
@path_option("--apps", "The folder of the apps (else the store's parent).", required=False)
@click.option("--platform", default="", help="Its platform folder, where it has several.")
@click.option("--all-platforms", is_flag=True, help="Every platform, also those that are not in use.")
@click.option("--retention", type=Duration(), help="What was not used for this long: 720h, 30d; 0 evicts nothing.")
@click.option("--idle", type=Duration(), help="The same, also to narrow --max-freed and --max-size.")
@click.option("--max-freed", type=Size(), help="No more than frees so many bytes, the cheapest loss first: 10G.")
@click.option("--max-size", type=Size(), help="Until all trees take no more than this: 50G.")
@path_option("--from", "A file with a ref a line, or what `check --json` printed.", required=False)
@click.option(
    "--plan", "plan_file", type=click.Path(), default="", help="Write the plan to a file; change nothing."
)
@path_option("--run", "Do just what stands in such a file.", required=False)
@click.option("--dry-run", "-n", is_flag=True, help="Show the plan; change nothing.")
@click.option("--drop-root", "dropped", multiple=True, metavar="TIER:APP", help="Let go of one root: build:shop.")
@click.option("--ignore-roots", is_flag=True, help="Take what is needed too, as the server's own sweep does.")
@click.option(
    "--no-trash", is_flag=True, help="Delete at once: the bytes come free now, and nothing can be undone."
)
@click.option(
    "--libraries", is_flag=True, help="Measure all trees and libraries: what comes free when, what never (slow)."
)
@yes_option
@lock_timeout_option("1m")
@json_option
@verbose_option
def evict(
    words: tuple[str, ...],
    store: str,
    config: str,
    apps: str,
    plan_file: str,
    dry_run: bool,
    no_trash: bool,
    yes: bool,
    lock_timeout: float,
    as_json: bool,
    verbose: bool,
    **wishes: Any,
) -> ExitCode:
    """Take configs out of one platform of the store: those that REFs name, or that an option chooses.

    A REF is [PACKAGE@]SOURCE[/CONFIG]; hashes may be shortened. What a worker, an app's manifest or rollback
    target, a build or a pin needs is kept, and said. What goes lies in the trash until that is emptied; until then
    `pkgstore restore` puts it back.
    """
    wish = Wish(words, from_file=wishes.pop("from"), run_file=wishes.pop("run"), **wishes)
    wish.check()
    place = find_store(store, config=config, apps=apps)
    root = check_root(place.root)
    planned = make_plan(root, place.apps, wish)
    unread = report_damage(planned.damage)
    if not planned.plan.enough:
        say("pkgstore: all that nobody needs does not come to that many bytes")
    short = ExitCode.DONE if planned.plan.enough and not unread else ExitCode.FINDINGS
    if plan_file or dry_run:
        return max(short, _show(measured(planned, wish), plan_file, no_trash, as_json=as_json, verbose=verbose))
    if planned.plan.items and not yes and not _asked(measured(planned, wish), no_trash, verbose=verbose):
        return ExitCode.REFUSED
    result, failures = run_eviction(planned, no_trash, lock_timeout, verbose=verbose)
    if not no_trash and any(isinstance(error, DiskError) and error.errno in _FULL for error in failures):
        say("pkgstore: the trash needs a little room for its notes; --no-trash needs less room, but has no undo")
    _tell(planned, result, as_json=as_json)
    return code_of(result.removed, failures) or (ExitCode.PARTLY if short else ExitCode.DONE)


def _show(planned: Planned, plan_file: str, no_trash: bool, *, as_json: bool, verbose: bool) -> ExitCode:
    if plan_file:
        write_plan(plan_file, planned.root, with_versions(planned).plan)
    if as_json:
        print_json(plan_json(planned))
    else:
        for line in plan_lines(planned, trash=not no_trash, verbose=verbose):
            say(line)
    what = counted(len(planned.plan.items), "config")
    where = f"; the plan is in {plan_file}" if plan_file else ""
    say(f"evict: {what} would be evicted{where}; nothing was changed")
    return ExitCode.DONE


def _asked(planned: Planned, no_trash: bool, *, verbose: bool) -> bool:
    for line in plan_lines(planned, trash=not no_trash, verbose=verbose):
        say(line)
    of = ", ".join(planned.plan.platforms)
    what = counted(len(planned.plan.items), "config")
    return agreed(f"Evict {what} of {of}?", f"{what} of {of} would be evicted")


def run_eviction(
    planned: Planned, no_trash: bool, lock_timeout: float, *, verbose: bool
) -> tuple[EvictResult, list[StoreError]]:
    """Do what was planned, and write it into the journal."""
    plan = planned.plan
    if not plan.items:
        return EvictResult(), []
    layout = Layout(planned.root)
    name = new_operation("evict")

    def operation(cancel: Cancel, progress: Progress) -> Iterator[Event]:
        into = "" if no_trash else name
        return eviction_events(planned, into, cancel=cancel, progress=progress, lock_timeout=lock_timeout)

    namer = Namer(layout)
    for item in plan.items if verbose else ():
        namer.version(item.key)  # of what will be gone when it is named
    facts = told_of(planned, trash=not no_trash)
    return run_recorded(layout, "evict", facts, operation, EvictResult, name=name, verbose=verbose, namer=namer)


def _tell(planned: Planned, result: EvictResult, *, as_json: bool) -> None:
    if planned.plan.kept:
        say(f"kept {counted(len(planned.plan.kept), 'config')} that somebody needs; --dry-run says who")
    say(f"evict: {result_line(result)}")
    if result.operation and result.removed:
        say(f"put it back with: pkgstore restore {result.operation}; free the bytes with: pkgstore trash empty")
    if as_json:
        print_json(
            {
                "removed": result.removed,
                "skipped": result.skipped,
                "failed": result.failed,
                "freed_bytes": result.freed,
                "trash_bytes": result.held,
                "operation": result.operation or None,
                "kept": len(planned.plan.kept),
            }
        )
