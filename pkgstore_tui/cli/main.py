"""The group of all commands, and the one place where whatever happens becomes an exit code."""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

import click

from pkgstore.errors import StoreError
from pkgstore_tui.cli.diagnostics import EXIT_CODE_MEANINGS, ExitCode, complain, go_silent, say

COMMANDS: Final = {
    "abi": ("abi", "Check what libraries were built against."),
    "assemble": ("change", "Make a library out of a store-manifest."),
    "check": ("check", "Say what is wrong with a store."),
    "clean": ("clean", "Clean up what crashes left: locks, builds, folders."),
    "coldstart": ("coldstart", "Rehearse the start of every app and rollback target."),
    "df": ("df", "Show how big the store is, and who needs it."),
    "diff": ("diff", "Say what differs between two things."),
    "evict": ("evict", "Take configs out of the store, into the trash."),
    "forecast": ("forecast", "Say what a retention would take, day by day."),
    "ingest": ("change", "Move a built library into the store."),
    "key": ("key", "Print the store keys of a lockfile."),
    "locks": ("look", "List the locks that are held now."),
    "ls": ("ls", "List configs, with age and what they link to."),
    "pin": ("pin", "Keep configs from eviction, or list what is kept."),
    "populate": ("change", "Fill a library from the store."),
    "repair": ("repair", "Mend what check finds, where that needs no guessing."),
    "restore": ("trash", "Put back what an eviction put away."),
    "roots": ("roots", "List what holds configs, and what of it the store lacks."),
    "scan": ("scan", "Read a whole store and save what was read."),
    "show": ("show", "Show all there is of a package, config, worker or app."),
    "sweep": ("sweep", "Evict what nobody needs, in the background or once."),
    "trash": ("trash", "Show or empty what evictions put away."),
    "verify": ("verify", "Check the contents of configs against what they were."),
    "whatif": ("whatif", "Say what a new lockfile or another version would cost."),
    "why": ("why", "Say what populate would do with each package, and why."),
    "workers": ("workers", "List the workers and what they have, or watch them."),
}
"""Each command's module in this package, and what it does: known without loading it."""

_CODES = "\n".join(f"  {code:>3}  {meaning}" for code, meaning in EXIT_CODE_MEANINGS.items())


def load(name: str) -> click.Command:
    """A command of `COMMANDS`."""
    module, help_text = COMMANDS[name]
    command: click.Command = getattr(import_module(f"{__package__}.{module}"), name)
    command.short_help = help_text
    return command


class _ReaderGone(Exception):
    """Whoever read our output went away; click itself would end the process with a 1."""


class _Commands(click.Group):
    """The commands; each is loaded when it is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Their names."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """One of them."""
        return load(cmd_name) if cmd_name in COMMANDS else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list of all, without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in sorted(COMMANDS)])

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
