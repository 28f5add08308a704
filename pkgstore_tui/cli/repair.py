"""The command repair: show what would be mended and what stays, ask, mend it."""

import click

from pkgstore.errors import DiskError
from pkgstore.layout import Layout
from pkgstore.lockfiles import read_lockfile_record
from pkgstore.locks import LockRules
from pkgstore.model import LockfileRecord
from pkgstore.operations.events import RepairResult
from pkgstore.operations.repair import RepairPlan, run_repair
from pkgstore.scan import check_root
from pkgstore_tui.cli.changing import Namer, actor, agreed, code_of
from pkgstore_tui.cli.check import Codes
from pkgstore_tui.cli.diagnostics import ExitCode, say
from pkgstore_tui.cli.options import (
    json_option,
    lock_timeout_option,
    path_option,
    store_options,
    verbose_option,
    yes_option,
)
from pkgstore_tui.cli.output import print_json
from pkgstore_tui.cli.repair_plan import Planned, Wish, make_plan
from pkgstore_tui.cli.repair_show import plan_json, plan_lines, result_json, stays_matter
from pkgstore_tui.cli.running import run_operation
from pkgstore_tui.format import counted, result_line
from pkgstore_tui.settings import find_store


@click.command("repair")
@store_options
@path_option("--apps", "The folder of the apps (else the store's parent).", required=False)
@click.option("--only", "codes", type=Codes(), metavar="CODE,…", help="Mend only what has one of these codes.")
@click.option(
    "--lock",
    "lockfiles",
    type=click.Path(),
    multiple=True,
    help="A lockfile that may tell what was built against what; may be given again.",
)
@path_option("--from", "Mend only findings that stand in what `check --json` printed.", required=False)
@click.option("--dry-run", "--plan", "-n", "dry_run", is_flag=True, help="Show the plan; change nothing.")
@yes_option
@lock_timeout_option("1m")
@json_option
@verbose_option
def repair(
    store: str,
    config: str,
    apps: str,
    codes: frozenset[str] | None,
    lockfiles: tuple[str, ...],
    dry_run: bool,
    yes: bool,
    lock_timeout: float,
    as_json: bool,
    verbose: bool,
    **files: str,
) -> ExitCode:
    """Mend what check finds, where that needs no guessing; say what stays, and why.

    configs.json and sidecars are written by what the trees say, keys only where they hash to the name of their
    config. What somebody needs comes back out of the trash; a tree that is not what it should be, and that nobody
    needs, goes into it: `pkgstore restore` puts it back. Apps' files and packages in workers' libraries are never
    changed. A second run has nothing to do.

    The exit code is 1 where an error or a warning stays that is not mended.
    """
    place = find_store(store, config=config, apps=apps)
    root = check_root(place.root)
    wish = Wish(codes, tuple(map(named_lockfile, lockfiles)), files["from"])
    planned = make_plan(root, place.apps, wish)
    if dry_run:
        return _show(planned, as_json=as_json, verbose=verbose)
    return repair_planned(planned, lock_timeout, yes=yes, as_json=as_json, verbose=verbose)


def named_lockfile(path: str) -> LockfileRecord:
    """A lockfile that was named by hand, as much of it as can be read.

    Raises:
        DiskError: It cannot be read at all.
    """
    record = read_lockfile_record(path)
    if record is None:
        cause = FileNotFoundError(2, "No such file or directory")
        raise DiskError("read this lockfile", cause, path)
    if record.refused:
        say(f"pkgstore: {path}: {record.refused}")
    return record


def _show(planned: Planned, *, as_json: bool, verbose: bool) -> ExitCode:
    if as_json:
        print_json(plan_json(planned))
    else:
        for line in plan_lines(planned, verbose=verbose):
            say(line)
    say(f"repair: {_counts(planned.plan)}; nothing was changed")
    return ExitCode.FINDINGS if stays_matter(planned) else ExitCode.DONE


def _counts(plan: RepairPlan) -> str:
    return f"{counted(len(plan.items), 'thing')} would be mended, {counted(len(plan.left), 'finding')} would stay"


def repair_planned(
    planned: Planned, lock_timeout: float, *, yes: bool, as_json: bool = False, verbose: bool = False
) -> ExitCode:
    """Show a plan, ask, do it, and say what it came to."""
    plan = planned.plan
    if not as_json or (plan.items and not yes):
        for line in plan_lines(planned, verbose=verbose):
            say(line)
    if plan.items and not yes:
        what = counted(len(plan.items), "thing")
        if not agreed(f"Mend {what}?", f"{what} would be mended"):
            return ExitCode.REFUSED
    layout, by = Layout(plan.root), actor()
    namer = Namer(layout)
    namer.know(planned.versions)
    rules = LockRules(timeout=lock_timeout)
    result, failures = run_operation(
        lambda cancel, progress: run_repair(layout, plan, by, cancel=cancel, progress=progress, rules=rules),
        RepairResult,
        verbose=True,
        namer=namer,
    )
    say(f"repair: {result_line(result)}")
    if result.operation:
        say(f"put back what is in the trash with: pkgstore restore {result.operation}")
    if as_json:
        print_json(result_json(planned, result))
    stays = ExitCode.FINDINGS if stays_matter(planned) or result.skipped else ExitCode.DONE
    return code_of(result.done, failures) or stays
