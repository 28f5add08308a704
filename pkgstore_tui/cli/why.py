"""The command why: what becomes of a lockfile's packages, and why. What it does is in `explaining`."""

import click

from pkgstore_tui.cli.diagnostics import ExitCode
from pkgstore_tui.cli.options import json_option, path_option
from pkgstore_tui.cli.reading import Where, look_options

FORMS = ("text", "json", "markdown", "dot", "tree")


@click.command("why")
@click.argument("packages", metavar="[PACKAGE]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All packages of the lockfile (as without a PACKAGE).")
@path_option("--lockfile", "The pak lockfile.", required=False)
@click.option("--app", default="", help="An app, whose pak.lock takes the place of --lockfile.")
@path_option("--lib", "The library that would be filled (else one that has nothing).", required=False)
@path_option("--reference-lib", "A library whose .packages.json tells what is there already.", required=False)
@click.option("--runtime", is_flag=True, help="For a live install: the reference library is carried over.")
@click.option("--worker", default="", help="A worker, whose library takes the place of --reference-lib, live.")
@click.option(
    "--loaded",
    default="",
    metavar="NAMES",
    help="What is loaded there (dplyr,sf): says if it has to be a new worker.",
)
@click.option(
    "--format", "form", type=click.Choice(FORMS), default="text", show_default=True, help="What is printed."
)
@click.option("--dot", is_flag=True, help="Print what links to what, for Graphviz (as --format dot).")
@look_options
@json_option
def why(
    packages: tuple[str, ...],
    everything: bool,
    lockfile: str,
    app: str,
    lib: str,
    reference_lib: str,
    runtime: bool,
    worker: str,
    loaded: str,
    form: str,
    dot: bool,
    where: Where,
    as_json: bool,
) -> ExitCode:
    """Say what populate would do with each package of a lockfile, and why; nothing is done.

    The options are populate's, and the counts are what it would count. A PACKAGE is explained in full, with the
    stored configs or sources that come nearest; all packages are a table, with the causes counted.

    With --worker and --loaded dplyr,sf it says instead whether this live install needs a new worker, since a
    package that is loaded there would be another one, and which package forces it.

    The exit code is 0 if nothing would have to be compiled, 1 if something would, or if the app's pak.lock does not
    give its store-manifest.json, and 3 if populate would refuse the lockfile.
    """
    if loaded and not lockfile and not app and len(where.locks) == 1:
        lockfile = where.locks[0]
    _check(packages, everything, lockfile, app, where)
    if (reference_lib and worker) or (loaded and not worker):
        raise click.UsageError("Name a --worker or a --reference-lib; --loaded is about a --worker.")
    asked = {name for name, given in (("json", as_json), ("dot", dot), (form, form != "text")) if given}
    if len(asked) > 1:
        raise click.UsageError(f"Choose one of {' and '.join(sorted(asked))}.")
    from pkgstore_tui.cli.explaining import Asked, run_loaded, run_why

    libraries = Asked(lockfile, app, lib, reference_lib, runtime or bool(worker), worker)
    if loaded:
        if packages or lib or asked - {"json"}:
            raise click.UsageError("--loaded goes with --worker, a lockfile or app, and --json alone.")
        return run_loaded(where, libraries, loaded, as_json=as_json)
    return run_why(where, libraries, packages, asked.pop() if asked else form)


def _check(packages: tuple[str, ...], everything: bool, lockfile: str, app: str, where: Where) -> None:
    if bool(lockfile) == bool(app):
        raise click.UsageError("Name either a --lockfile or an --app.")
    if packages and everything:
        raise click.UsageError("Name a PACKAGE or give --all, not both.")
    if where.scan:
        raise click.UsageError("populate looks at the store itself, so that why cannot use a saved scan (--from).")
