"""The command whatif. What it does is in `whatif_run`, which is imported when it is asked for."""

import click

from pkgstore_tui.cli.diagnostics import ExitCode
from pkgstore_tui.cli.options import json_option
from pkgstore_tui.cli.reading import Where, looking


@click.command("whatif")
@looking("The new lockfile.")
@click.option(
    "--bump",
    "bumps",
    metavar="PACKAGE[=VERSION]",
    multiple=True,
    help="Another version of a package, in each app's own pak.lock; may be given several times.",
)
@click.option("--reverse", metavar="PACKAGE", default="", help="List what links to a package, and what needs it.")
@click.option("--app", "named", metavar="APP", multiple=True, help="For this app; may be given several times.")
@click.option("--all", "every", is_flag=True, help="For every app (so it is for --bump where none is named).")
@json_option
def whatif(
    bumps: tuple[str, ...], reverse: str, named: tuple[str, ...], every: bool, where: Where, as_json: bool
) -> ExitCode:
    """Say what a new lockfile, or another version of some packages, would cost; nothing is executed.

    For each app: hits, misses, ABI hits, rebuilds, what is compiled and why, and the stored configs that nothing
    would hold any more. A version that nothing in reach knows has a store key that is not known: then everything
    that links to the package is compiled again. Counts are those of a build with an empty library; what is not
    known counts as compiled. The exit code is 1 where an app could not be judged, or something not be read.
    """
    from pkgstore_tui.cli.whatif_run import run_reverse, run_whatif

    if sum(map(bool, (where.locks, bumps, reverse))) != 1 and not (reverse and where.locks and not bumps):
        raise click.UsageError("Give one of --lock, --bump and --reverse.")
    if named and every:
        raise click.UsageError("Give --app or --all, not both.")
    if reverse:
        return run_reverse(where, reverse, named, as_json=as_json)
    return run_whatif(where, bumps, named, every=every or bool(bumps and not named), as_json=as_json)
