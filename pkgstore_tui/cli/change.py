"""The commands that change a store or a library: populate, ingest, assemble, evict."""

import sys
from collections.abc import Iterator

import click

from pkgstore.errors import StoreError
from pkgstore.layout import Layout, check_platform
from pkgstore.locks import LockRules
from pkgstore.model import PopulateStats
from pkgstore.operations import tool
from pkgstore.operations.events import AssembleResult, Event, EvictResult, IngestResult
from pkgstore.operations.evict import EvictPlan, apply_evict, plan_evict
from pkgstore.progress import Cancel, Progress
from pkgstore.scan import check_root, read_snapshot
from pkgstore.sources import scan_source
from pkgstore_tui.cli.diagnostics import ExitCode, report_damage, say
from pkgstore_tui.cli.options import (
    Duration,
    chosen_platform,
    json_option,
    lock_timeout_option,
    path_option,
    verbose_option,
)
from pkgstore_tui.cli.output import print_json
from pkgstore_tui.cli.running import lock_was_busy, run_operation
from pkgstore_tui.format import UNKNOWN, counted, human_age, result_line, safe_text, short_ref


@click.command()
@path_option("--lockfile", "The pak lockfile.")
@path_option("--lib", "The build's library, filled by this.")
@path_option("--store", "The store.")
@path_option("--reference-lib", "A library whose .packages.json tells what is there already.", required=False)
@click.option("--runtime", is_flag=True, help="For a live install: carry the reference library over.")
@json_option
@verbose_option
def populate(
    lockfile: str, lib: str, store: str, reference_lib: str, runtime: bool, as_json: bool, verbose: bool
) -> ExitCode:
    """Link what the store has of a lockfile into a library."""
    inputs = tool.read_build_inputs(check_root(store), lockfile, lib, reference_lib)

    def operation(cancel: Cancel, progress: Progress) -> Iterator[Event]:
        return tool.run_populate(inputs, runtime=runtime, cancel=cancel, progress=progress)

    stats, _ = run_operation(operation, PopulateStats, verbose=verbose)
    say(f"populate: {result_line(stats)}")
    if as_json:
        print_json(
            {
                "hits": stats.hits,
                "misses": stats.misses,
                "abi_hits": stats.abi_hits,
                "abi_rebuilds": stats.abi_rebuilds,
            }
        )
    return ExitCode.DONE


@click.command()
@path_option("--lockfile", "The pak lockfile that the library was installed from.")
@path_option("--lib", "The library; its packages move into the store.")
@path_option("--store", "The store; made where it is missing.")
@path_option("--reference-lib", "A library whose .packages.json is carried over.", required=False)
@click.option("--runtime", is_flag=True, hidden=True, help="Accepted beside populate's flags; changes nothing.")
@lock_timeout_option("35m")
@json_option
@verbose_option
def ingest(
    lockfile: str,
    lib: str,
    store: str,
    reference_lib: str,
    runtime: bool,  # noqa: ARG001  (the build tool's two commands take the same flags)
    lock_timeout: float,
    as_json: bool,
    verbose: bool,
) -> ExitCode:
    """Move what was installed into a library into the store, and write the library's store-manifest.json."""
    inputs = tool.read_build_inputs(store, lockfile, lib, reference_lib)

    def operation(cancel: Cancel, progress: Progress) -> Iterator[Event]:
        rules = LockRules(timeout=lock_timeout)
        return tool.run_ingest(inputs, cancel=cancel, progress=progress, rules=rules)

    result, _ = run_operation(operation, IngestResult, verbose=verbose)
    say(f"ingest: {result_line(result)}")
    if as_json:
        print_json({"ingested": result.ingested, "repaired": result.repaired, "manifest": result.manifest})
    return ExitCode.DONE


@click.command()
@path_option("--store", "The store.")
@click.option("--platform", default="", help="Its platform folder, where it has several.")
@path_option("--manifest", "A store-manifest.json.")
@path_option("--lib", "The library to make.")
@json_option
@verbose_option
def assemble(store: str, platform: str, manifest: str, lib: str, as_json: bool, verbose: bool) -> ExitCode:
    """Make a library out of a store-manifest."""
    root = check_root(store)
    chosen = chosen_platform(root, platform)

    def operation(cancel: Cancel, progress: Progress) -> Iterator[Event]:
        return tool.run_assemble(root, chosen, manifest, lib, cancel=cancel, progress=progress)

    result, _ = run_operation(operation, AssembleResult, verbose=verbose)
    say(f"assemble: {result_line(result)}")
    if as_json:
        print_json({"missing": list(result.missing), "linked": result.linked, "kept": result.kept})
    return ExitCode.DONE


@click.command()
@path_option("--store", "The store.")
@click.option("--platform", default="", help="Its platform folder, where it has several.")
@click.option(
    "--retention",
    type=Duration(),
    required=True,
    help="Evict what was not used for this long: 720h, 30d; 0 evicts nothing.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@lock_timeout_option("1m")
@json_option
@verbose_option
def evict(
    store: str,
    platform: str,
    retention: float,
    yes: bool,
    lock_timeout: float,
    as_json: bool,
    verbose: bool,
) -> ExitCode:
    """Take configs that were not used for a while out of one platform of the store."""
    root = check_root(store)
    chosen = check_platform(chosen_platform(root, platform))
    snapshot = read_snapshot(root, platforms=[chosen], details=False)
    plan = plan_evict(snapshot, chosen, retention)
    unread = report_damage(snapshot.damage)
    if plan.items and not yes and not _agreed(Layout(root), plan):
        return ExitCode.REFUSED

    def operation(cancel: Cancel, progress: Progress) -> Iterator[Event]:
        rules = LockRules(timeout=lock_timeout)
        return apply_evict(Layout(root), plan, cancel=cancel, progress=progress, rules=rules)

    result, failures = run_operation(operation, EvictResult, verbose=verbose)
    say(f"evict: {result_line(result)}")
    if as_json:
        _print_evicted(result)
    return _evict_code(result, failures) or (ExitCode.PARTLY if unread else ExitCode.DONE)


def _print_evicted(result: EvictResult) -> None:
    print_json(
        {
            "removed": result.removed,
            "skipped": result.skipped,
            "failed": result.failed,
            "freed_bytes": result.freed,
        }
    )


def _evict_code(result: EvictResult, failures: list[StoreError]) -> ExitCode:
    if not failures:
        return ExitCode.DONE
    if not result.removed and lock_was_busy(failures):
        return ExitCode.LOCK_BUSY
    return ExitCode.PARTLY


def _agreed(layout: Layout, plan: EvictPlan) -> bool:
    """Show the plan, with versions; ask on a terminal, refuse without one."""
    for config in plan.items:
        age = human_age(plan.cutoff + plan.retention - (config.last_used or 0.0))
        source = scan_source(layout, config.key.source)
        version = source.version if source is not None and source.version else UNKNOWN
        say(f"would evict {config.key.package} {version} ({short_ref(config.key)}), last used {age} ago")
    what = counted(len(plan.items), "config")
    if not sys.stdin.isatty():
        say(f"pkgstore: {what} of {plan.platform} would be evicted; nothing was changed; give --yes to do it")
        return False
    if click.confirm(safe_text(f"Evict {what} of {plan.platform}?"), default=False, err=True):
        return True
    say("nothing was changed")
    return False
