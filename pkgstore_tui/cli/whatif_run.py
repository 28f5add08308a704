"""What whatif does: asks what each app would find, and prints it as text or JSON."""

from collections.abc import Iterable

import click

from pkgstore.errors import StoreError
from pkgstore.explain.bumps import Bump, possible_keys
from pkgstore.explain.moves import moves, read_app_lockfile
from pkgstore.explain.reverse import reverse
from pkgstore.explain.whatif import what_if
from pkgstore.lockfile import read_lockfile
from pkgstore.model import AppRecord, Lockfile
from pkgstore_tui.cli.diagnostics import ExitCode, report_damage, say
from pkgstore_tui.cli.output import print_json
from pkgstore_tui.cli.reading import Look, Where, say_missing
from pkgstore_tui.cli.reverse import print_reverse, reverse_json
from pkgstore_tui.cli.whatif_asked import Asked
from pkgstore_tui.cli.whatif_json import whatif_json
from pkgstore_tui.cli.whatif_text import print_whatif


def run_whatif(
    where: Where, bumps: tuple[str, ...], named: tuple[str, ...], *, every: bool, as_json: bool
) -> ExitCode:
    """Ask, and print what came out.

    Args:
        where: The store; its lockfile is the new one, where there are no bumps.
        bumps: As they were typed.
        named: The apps.
        every: Whether every app is asked about.
        as_json: Whether one JSON document is printed.

    Raises:
        UsageError: A bump cannot be read, or there are several lockfiles.
        StoreError: The store or the lockfile cannot be read.
    """
    wanted = tuple(_bump(text) for text in bumps)
    if len({bump.package for bump in wanted}) < len(wanted):
        raise click.UsageError("One package has two versions in --bump.")
    if len(where.locks) > 1:
        raise click.UsageError("There is one new lockfile; give --lock once.")
    lockfile = read_lockfile(where.locks[0]) if where.locks else None
    look = where.read()
    asked = _asked(look, lockfile, wanted, named, every=every)
    if as_json:
        print_json(whatif_json(asked))
    else:
        print_whatif(asked)
    missing = say_missing(look.snapshot.root, "app ", set(named) - look.snapshot.apps.keys())
    return max(missing, _unsaid(asked), _report(look))


def _bump(text: str) -> Bump:
    package, equals, version = text.partition("=")
    package, version = package.strip(), version.strip()
    if not package or (equals and not version):
        raise click.UsageError(f"{text!r} is no bump; write PACKAGE or PACKAGE=VERSION.")
    return Bump(package, version)


def _asked(
    look: Look, lockfile: Lockfile | None, bumps: Iterable[Bump], named: tuple[str, ...], *, every: bool
) -> Asked:
    apps = [app for name, app in sorted(look.snapshot.apps.items()) if every or name in named]
    possible = tuple(possible_keys(look.names, bump) for bump in bumps)
    read = _not_in_a_scan if look.is_saved else read_app_lockfile
    found = tuple(moves(look.roots, apps, lockfile, possible, read=read))
    alone = what_if(look.snapshot, lockfile) if lockfile is not None and not (named or every) else None
    return Asked(look, lockfile.path if lockfile is not None else "", possible, found, alone)


def _not_in_a_scan(_app: AppRecord) -> Lockfile:
    raise StoreError("a saved scan does not have all of its pak.lock")


def _unsaid(asked: Asked) -> ExitCode:
    """Whether an app could not be judged, or no lockfile has what was to be changed."""
    known = {package for answer in asked.answers for package in answer.packages}
    lacking = [each.bump.package for each in asked.bumps if each.bump.package not in known]
    for package in lacking:
        say(f"pkgstore: no lockfile here has {package}")
    unknown = any(move.answer is None for move in asked.moves)
    return ExitCode.FINDINGS if unknown or lacking else ExitCode.DONE


def _report(look: Look) -> ExitCode:
    code = report_damage(dict.fromkeys((*look.roots.damage, *look.snapshot.damage)))
    if not look.roots.is_complete:
        say("pkgstore: not every root could be read; what nobody seems to hold may be needed all the same")
    return code


def run_reverse(where: Where, package: str, named: tuple[str, ...], *, as_json: bool) -> ExitCode:
    """List everything that links to a package.

    Args:
        where: The store; its lockfiles are in reach too.
        package: Its name.
        named: Only these apps' lockfiles; those of all apps and builds where there are none.
        as_json: Whether one JSON document is printed.
    """
    look = where.read()
    lockfiles, refused = _lockfiles(look, where, named)
    found = reverse(look.snapshot, package, lockfiles)
    if as_json:
        print_json(reverse_json(look, found, refused))
    else:
        print_reverse(look, found, refused)
    missing = say_missing(look.snapshot.root, "app ", set(named) - look.snapshot.apps.keys())
    return max(missing, ExitCode.FINDINGS if refused else ExitCode.DONE, report_damage(look.snapshot.damage))


def _lockfiles(
    look: Look, where: Where, named: tuple[str, ...]
) -> tuple[list[tuple[str, Lockfile]], list[tuple[str, str]]]:
    """Every lockfile in reach by what it is called, and those that cannot be used, with the reason."""
    paths = [(app.key.name, app.lockfile.path) for app in look.snapshot.apps.values() if app.lockfile]
    if named:
        paths = [(name, path) for name, path in paths if name in named]
    else:
        paths += [
            (f"build {key.name}", work.lockfile.path) for key, work in look.snapshot.work.items() if work.lockfile
        ]
    paths = sorted(paths) + [(path, path) for path in where.locks]
    found: list[tuple[str, Lockfile]] = []
    refused: list[tuple[str, str]] = []
    for name, path in paths:
        try:
            found.append((name, _read(look, name, path)))
        except StoreError as error:
            refused.append((name, error.reason))
    return found, refused


def _read(look: Look, name: str, path: str) -> Lockfile:
    """A lockfile; one that is beside a store is not at hand where the store is a saved scan."""
    if look.is_saved and name != path:
        raise StoreError("a saved scan does not have all of its pak.lock")
    return read_lockfile(path)
