"""The command diff. What it does is in `differences`, which is imported when it is asked for."""

import click

from pkgstore_tui.cli.diagnostics import ExitCode
from pkgstore_tui.cli.options import json_option
from pkgstore_tui.cli.reading import Where, look_options


@click.command("diff")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@look_options
@json_option
def diff(before: str, after: str, where: Where, as_json: bool) -> ExitCode:
    """Say what came, went and changed from A to B; the exit code is 1 if they differ, 0 if not.

    \b
    A and B are two of one kind, each one of
      PACKAGE                  a config, where the store has only one
      PACKAGE@SOURCE/CONFIG    a config; the beginnings of the hashes will do
      worker:ID                what a worker has
      app:NAME                 what an app is assembled from; app:NAME:prev, app:NAME:build
      FILE                     a manifest, a lockfile, or a saved scan
      FOLDER                   a whole store
    """  # noqa: D301  (click's mark for text that is not wrapped)
    from pkgstore_tui.cli.differences import run_diff

    return run_diff(before, after, where, as_json=as_json)
