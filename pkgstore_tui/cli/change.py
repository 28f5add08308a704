"""The commands of the server's build tool, and assembly: populate, ingest, assemble."""

from collections.abc import Iterator

import click

from pkgstore.locks import LockRules
from pkgstore.model import PopulateStats
from pkgstore.operations import tool
from pkgstore.operations.events import AssembleResult, Event, IngestResult
from pkgstore.progress import Cancel, Progress
from pkgstore.scan import check_root
from pkgstore_tui.cli.changing import run_recorded
from pkgstore_tui.cli.diagnostics import ExitCode, say
from pkgstore_tui.cli.options import chosen_platform, json_option, lock_timeout_option, path_option, verbose_option
from pkgstore_tui.cli.output import print_json
from pkgstore_tui.cli.running import run_operation
from pkgstore_tui.format import result_line


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
@click.option("--no-digests", is_flag=True, help="Read no file of it: the first `pkgstore verify` does that.")
@lock_timeout_option("35m")
@json_option
@verbose_option
def ingest(
    lockfile: str,
    lib: str,
    store: str,
    reference_lib: str,
    runtime: bool,  # noqa: ARG001  (the build tool's two commands take the same flags)
    no_digests: bool,
    lock_timeout: float,
    as_json: bool,
    verbose: bool,
) -> ExitCode:
    """Move what was installed into a library into the store, and write the library's store-manifest.json.

    Every file of what is moved is read once, so that `pkgstore verify` can tell what was changed since.
    """
    inputs = tool.read_build_inputs(store, lockfile, lib, reference_lib)

    def operation(cancel: Cancel, progress: Progress) -> Iterator[Event]:
        rules = LockRules(timeout=lock_timeout)
        return tool.run_ingest(inputs, cancel=cancel, progress=progress, rules=rules, digests=not no_digests)

    result, _ = run_recorded(
        inputs.layout, "ingest", inputs.facts, operation, IngestResult, verbose=verbose, late=True
    )
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
