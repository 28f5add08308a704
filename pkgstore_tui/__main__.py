"""The terminal interface's command line: `pkgstore-tui [STORE]`."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Final

import click

from pkgstore.errors import StoreError
from pkgstore.saved import SavedScan, read_saved
from pkgstore.scan import check_root, read_snapshot
from pkgstore.snapshot import Snapshot
from pkgstore_tui.faults import FAULT, fault_line
from pkgstore_tui.format import counted, human_time, safe_text
from pkgstore_tui.settings import NoStoreNamed, Place, find_store
from pkgstore_tui.user_settings import MOST_NAMED, cache_path, example, read_user_settings, settings_path

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
@click.option("--from", "scan", default="", metavar="FILE", help="Open a scan that `pkgstore scan -o` saved.")
@click.option("--ascii", is_flag=True, help="Draw signs and frames in plain ASCII.")
@click.option("--no-clipboard", is_flag=True, help="Show what is copied instead of sending it to the terminal.")
@click.option("--print-settings", is_flag=True, help="Print an example of the settings file, and do nothing else.")
@click.version_option(package_name="pkgstore-tui")
def command(
    store: str,
    config: str,
    apps: str,
    platform: str,
    demo: bool,
    write: bool,
    read_only: bool,
    scan: str,
    ascii: bool,
    no_clipboard: bool,
    print_settings: bool,
) -> int:
    """Look into a package store, and change it safely.

    STORE is the store's folder, the one that holds the platform folders. Without it: --config, then PKGSTORE_ROOT,
    then the present folder.
    """
    if print_settings:
        click.echo(_example())
        return 0
    if write and read_only:
        raise click.UsageError("--write and --read-only exclude each other.")
    if demo and (store or config):
        raise click.UsageError("--demo makes a store of its own; leave STORE and --config out.")
    if scan and (store or config or demo or write):
        raise click.UsageError("--from opens a saved scan, read-only; leave STORE and the other options out.")
    wishes = _Wishes(platform, write, read_only, ascii, no_clipboard)
    if scan:
        return _saved(scan, wishes)
    with ExitStack() as stack:
        place = _demo(stack) if demo else find_store(store, config=config, apps=apps)
        check_root(place.root)
        if not _on_a_terminal():
            click.echo("\n".join(overview(read_snapshot(place.root))))
            return 0
        return _open(place, "example store" if demo else _shown(place.root), wishes)


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What the command line says of how a store is opened and shown."""

    platform: str
    write: bool
    read_only: bool
    ascii: bool
    no_clipboard: bool


def _on_a_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _example() -> str:
    """An example of the settings file."""
    from pkgstore_tui.commands import COMMANDS
    from pkgstore_tui.personal import THEME_NAMES

    keys = {command.id: (command.keys, command.help) for command in COMMANDS if command.keys}
    return example(settings_path(), THEME_NAMES[:MOST_NAMED], keys)


def _saved(path: str, wishes: _Wishes) -> int:
    """Open a saved scan."""
    found = read_saved(path)
    if not _on_a_terminal():
        click.echo("\n".join(overview(found.snapshot)))
        return 0
    root = found.snapshot.root
    shown = f"{safe_text(root)}, taken {human_time(found.taken_at)}"
    return _open(Place(root, os.path.dirname(root)), shown, wishes, found)


def _demo(stack: ExitStack) -> Place:
    from pkgstore_tui.demo import Demo

    return stack.enter_context(Demo()).place


def _open(place: Place, shown: str, wishes: _Wishes, saved: SavedScan | None = None) -> int:
    from pkgstore_tui.app import PkgstoreApp
    from pkgstore_tui.personal import THEME_NAMES
    from pkgstore_tui.session import Options, Session
    from pkgstore_tui.session.collector import keep_memory_small

    settings = read_user_settings(settings_path(), themes=THEME_NAMES)
    settings = replace(
        settings,
        ascii=True if wishes.ascii else settings.ascii,
        clipboard="show" if wishes.no_clipboard else settings.clipboard,
    )
    place = replace(place, retention=place.retention or settings.retention)
    options = Options(
        platform=wishes.platform,
        write=wishes.write,
        read_only=wishes.read_only,
        shown=shown,
        hidden=settings.hidden,
        cache="" if saved else cache_path(place.root),
        saved=saved,
    )
    sys.setswitchinterval(SWITCH)
    keep_memory_small()
    app = PkgstoreApp(Session(place, options), settings)
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
    """One line about what went wrong; where nobody foresaw it, with the file that has the details."""
    if isinstance(error, StoreError):
        click.echo(f"pkgstore-tui: {safe_text(str(error))}", err=True)
        return USAGE if isinstance(error, NoStoreNamed) else UNREADABLE
    click.echo(fault_line(error, "pkgstore-tui", sys.argv[1:]), err=True)
    return FAULT


def main(arguments: list[str] | None = None) -> int:
    """Run the interface.

    Args:
        arguments: The command line; the process's own by default.

    Returns:
        The exit code: 0 done, 2 wrong usage, 3 a store or file that cannot be used, 70 a fault of the
        program itself.
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
