"""The group of all commands, and the one place where whatever happens becomes an exit code."""

import sys
from collections.abc import Sequence

import click

from pkgstore.errors import StoreError
from pkgstore_tui.cli import change, look
from pkgstore_tui.cli.clean import clean
from pkgstore_tui.cli.df import df
from pkgstore_tui.cli.diagnostics import EXIT_CODE_MEANINGS, ExitCode, complain, go_silent, say
from pkgstore_tui.cli.diff import diff
from pkgstore_tui.cli.evict import evict
from pkgstore_tui.cli.forecast import forecast
from pkgstore_tui.cli.ls import ls
from pkgstore_tui.cli.pin import pin
from pkgstore_tui.cli.roots import roots
from pkgstore_tui.cli.scan import scan
from pkgstore_tui.cli.show import show
from pkgstore_tui.cli.sweep import sweep
from pkgstore_tui.cli.trash import restore, trash
from pkgstore_tui.cli.workers import workers

_CODES = "\n".join(f"  {code:>3}  {meaning}" for code, meaning in EXIT_CODE_MEANINGS.items())


class _ReaderGone(Exception):
    """Whoever read our output went away; click itself would end the process with a 1."""


class _Commands(click.Group):
    def invoke(self, ctx: click.Context) -> object:
        """Run a command; a broken pipe reaches `main`."""
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError as error:
            raise _ReaderGone from error
        return code


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=f"\b\nExit codes:\n{_CODES}",
)
@click.version_option(package_name="pkgstore-tui", prog_name="pkgstore")
def commands() -> None:
    """Look into a content-addressed store of R packages, and change it safely."""


for command in (
    change.populate,
    change.ingest,
    change.assemble,
    evict,
    trash,
    restore,
    pin,
    forecast,
    sweep,
    clean,
    ls,
    df,
    show,
    look.key,
    look.locks,
    workers,
    diff,
    scan,
    roots,
):
    commands.add_command(command)


def _misused(error: click.ClickException) -> ExitCode:
    """Say how a command is used, and what was wrong with this use of it."""
    if isinstance(error, click.UsageError) and error.ctx is not None:
        say(error.ctx.get_usage())
        say(f"Try '{error.ctx.command_path} --help' for help.")
    say(f"Error: {error.format_message()}")
    for line in getattr(error, "lines", ()):
        say(line)
    return ExitCode.USAGE


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: The command line without the program's name; the process's own by default.

    Returns:
        The exit code.
    """
    given = tuple(sys.argv[1:] if arguments is None else arguments)
    try:
        code = commands.main(args=list(given), prog_name="pkgstore", standalone_mode=False, obj=given)
    except click.ClickException as error:
        return int(_misused(error))
    except (click.Abort, KeyboardInterrupt):
        say("pkgstore: cancelled")
        return int(ExitCode.CANCELLED)
    except _ReaderGone:
        go_silent(sys.stdout)
        return int(ExitCode.DONE)
    except StoreError as error:
        return int(complain(error))
    except OSError as error:
        return int(complain(StoreError(f"the system said: {error}", advice="look at the path and try again")))
    return int(code or ExitCode.DONE)
