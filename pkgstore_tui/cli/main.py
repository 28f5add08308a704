"""The group of all commands, and the one place where whatever happens becomes an exit code."""

import os
import sys
from collections.abc import Sequence

import click

from pkgstore.errors import StoreError
from pkgstore_tui.cli import change, look
from pkgstore_tui.cli.diagnostics import EXIT_CODE_MEANINGS, ExitCode, complain, say

_CODES = "\n".join(f"  {code:>3}  {meaning}" for code, meaning in EXIT_CODE_MEANINGS.items())


@click.group(
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
    change.evict,
    look.ls,
    look.show,
    look.key,
    look.locks,
    look.workers,
):
    commands.add_command(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: The command line without the program's name; the process's own by default.

    Returns:
        The exit code.
    """
    try:
        code = commands.main(
            args=None if arguments is None else list(arguments), prog_name="pkgstore", standalone_mode=False
        )
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return int(ExitCode.USAGE)
    except (click.Abort, KeyboardInterrupt):
        say("pkgstore: cancelled")
        return int(ExitCode.CANCELLED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitCode.DONE)
    except StoreError as error:
        return int(complain(error))
    except OSError as error:
        return int(complain(StoreError(f"the system said: {error}", advice="look at the path and try again")))
    return int(code or ExitCode.DONE)
