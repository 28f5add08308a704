"""The terminal interface's command line: `pkgstore-tui [STORE]`."""

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

import click

from pkgstore.errors import StoreError
from pkgstore.scan import check_root, read_snapshot
from pkgstore.snapshot import Snapshot
from pkgstore_tui.format import counted, safe_text
from pkgstore_tui.settings import NoStoreNamed, Place, find_store

USAGE: Final = 2
UNREADABLE: Final = 3

SWITCH: Final = 0.001
"""Seconds after which a thread that reads gives way, so that keys are answered while a big store is read."""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("store", default="", type=click.Path())
@click.option("--config", default="", metavar="FILE", help="The server's TOML, which says where its store is.")
@click.option("--apps", default="", metavar="DIR", help="The folder of the apps (default: the store's parent).")
@click.option("--platform", default="", help="The platform to begin with.")
@click.option("--demo", is_flag=True, help="Open a lively example store in a temporary folder.")
@click.option("--write", is_flag=True, help="Begin unlocked: the keys that change the store work at once.")
@click.option("--read-only", is_flag=True, help="Begin locked, and never unlock.")
@click.version_option(package_name="pkgstore-tui")
def command(store: str, config: str, apps: str, platform: str, demo: bool, write: bool, read_only: bool) -> int:
    """Look into a package store, and change it safely.

    STORE is the store's folder, the one that holds the platform folders. Without it: --config, then PKGSTORE_ROOT,
    then the present folder.
    """
    if write and read_only:
        raise click.UsageError("--write and --read-only exclude each other.")
    if demo and (store or config):
        raise click.UsageError("--demo makes a store of its own; leave STORE and --config out.")
    with ExitStack() as stack:
        place = _demo(stack) if demo else find_store(store, config=config, apps=apps)
        check_root(place.root)
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            click.echo("\n".join(overview(read_snapshot(place.root))))
            return 0
        shown = "example store" if demo else _shown(place.root)
        return _open(place, platform, shown, write=write, read_only=read_only)


def _demo(stack: ExitStack) -> Place:
    from pkgstore_tui.demo import Demo

    return stack.enter_context(Demo()).place


def _open(place: Place, platform: str, shown: str, *, write: bool, read_only: bool) -> int:
    from pkgstore_tui.app import PkgstoreApp
    from pkgstore_tui.session import Options, Session

    options = Options(platform=platform, write=write, read_only=read_only, shown=shown)
    sys.setswitchinterval(SWITCH)
    app = PkgstoreApp(Session(place, options))
    app.run()
    if app.fault is not None:
        return _report(app.fault)
    return 0


def _shown(root: str) -> str:
    """A path as people write it, with ``~`` for their home."""
    home = os.path.expanduser("~")
    return safe_text("~" + root[len(home) :] if root.startswith(home + os.sep) else root)


def overview(snapshot: Snapshot) -> Iterator[str]:
    """A store in a few plain lines, for where there is no terminal."""
    yield safe_text(snapshot.root)
    for platform in snapshot.platforms:
        sources = [record for key, record in snapshot.sources.items() if key.platform == platform]
        packages = len({record.key.package for record in sources})
        configs = sum(len(record.configs) for record in sources)
        yield (
            f"  {safe_text(platform)}: {counted(packages, 'package')}, {counted(len(sources), 'source')}, "
            f"{counted(configs, 'config')}"
        )
    yield f"  {counted(len(snapshot.workers), 'worker')}"
    for damage in snapshot.damage:
        why = damage.why if damage.why.startswith(damage.path) else f"{damage.path}: {damage.why}"
        yield f"  problem: {safe_text(why)}"


def _report(error: BaseException) -> int:
    """One line about what went wrong; the traceback only for those who ask for it."""
    if os.environ.get("PKGSTORE_DEBUG"):
        traceback.print_exception(error)
    if isinstance(error, StoreError):
        click.echo(f"pkgstore-tui: {safe_text(str(error))}", err=True)
        return USAGE if isinstance(error, NoStoreNamed) else UNREADABLE
    text = safe_text(f"{type(error).__name__}: {error}")
    click.echo(
        f"pkgstore-tui: an unexpected fault, please report it (PKGSTORE_DEBUG=1 tells more): {text}", err=True
    )
    return UNREADABLE


def main(arguments: list[str] | None = None) -> int:
    """Run the interface.

    Args:
        arguments: The command line; the process's own by default.

    Returns:
        The exit code: 0 done, 2 wrong usage, 3 a store or file that cannot be used.
    """
    try:
        result = command.main(arguments, prog_name="pkgstore-tui", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return 130
    except Exception as error:
        return _report(error)
    return int(result or 0)


if __name__ == "__main__":
    raise SystemExit(main())
