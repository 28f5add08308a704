"""The commands key and locks. They open nothing for writing and take no lock."""

from typing import Any

import click

from pkgstore.keys import key_input, store_key
from pkgstore.layout import Layout
from pkgstore.lockfile import duplicates_of, platform_from_lockfile, read_lockfile
from pkgstore.locks import list_locks
from pkgstore.model import STALE_AFTER, LockfileEntry, LockRecord
from pkgstore_tui.cli.diagnostics import ExitCode, say
from pkgstore_tui.cli.options import json_option
from pkgstore_tui.cli.output import print_json, print_table
from pkgstore_tui.cli.reading import Look, Where, look_options
from pkgstore_tui.format import UNKNOWN, counted, human_age, safe_text, short_hash


@click.command("key", short_help="Print the store keys of a lockfile.")
@click.argument("packages", nargs=-1)
@click.option("--lockfile", type=click.Path(), required=True, help="The pak lockfile.")
@click.option("--show-input", is_flag=True, help="Show what is hashed, with NUL as ␀.")
@json_option
def key(packages: tuple[str, ...], lockfile: str, show_input: bool, as_json: bool) -> ExitCode:
    """Print the store keys of a lockfile's packages, or of some PACKAGES."""
    read = read_lockfile(lockfile)
    entries = [entry for entry in read.real_entries if not packages or entry.package in packages]
    if as_json:
        keys = [_key_json(entry, show_input=show_input) for entry in entries]
        twice = list(duplicates_of(read))
        print_json({"platform": platform_from_lockfile(read), "packages": keys, "duplicates": twice})
    else:
        rows = [_key_row(entry, show_input=show_input) for entry in entries]
        print_table(("PACKAGE", "VERSION", "STORE KEY", *(("INPUT",) if show_input else ())), rows)
    missing = sorted(set(packages) - {entry.package for entry in entries})
    if missing:
        say(f"pkgstore: {lockfile}: has no {', '.join(missing)}")
    return ExitCode.FINDINGS if missing else ExitCode.DONE


def _key_row(entry: LockfileEntry, *, show_input: bool) -> tuple[str, ...]:
    shown = (safe_text("\0".join(key_input(entry))),) if show_input else ()
    return safe_text(entry.package), safe_text(entry.version), store_key(entry), *shown


def _key_json(entry: LockfileEntry, *, show_input: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"package": entry.package, "version": entry.version, "store_key": store_key(entry)}
    return {**found, "input": list(key_input(entry))} if show_input else found


@click.command("locks", short_help="List the locks that are held now.")
@look_options
@json_option
def locks(where: Where, as_json: bool) -> ExitCode:
    """List the locks that are held now: of which package, for how long, and when others may break them."""
    look = where.read(sources=False)
    found = look.snapshot.locks if look.is_saved else list_locks(Layout(look.snapshot.root))
    if as_json:
        print_json({"locks": [_lock_json(look, lock) for lock in found]})
    else:
        print_table(
            ("PACKAGE", "VERSION", "SOURCE", "AGE", "STALE", "PLATFORM"), [_lock_row(look, lock) for lock in found]
        )
        say(counted(len(found), "lock"))
    return ExitCode.DONE


def _lock_json(look: Look, lock: LockRecord) -> dict[str, Any]:
    name = look.source(lock.key.package, lock.key.source_hash)
    return {
        "platform": lock.key.platform,
        "package": lock.key.package,
        "version": name.version or None,
        "remote": name.remote or None,
        "source_hash": lock.key.source_hash,
        "path": lock.path,
        "age_seconds": lock.age(look.now),
        "stale_in_seconds": max(0.0, STALE_AFTER - lock.age(look.now)),
        "stale": lock.is_stale(look.now),
    }


def _lock_row(look: Look, lock: LockRecord) -> tuple[str, ...]:
    age = lock.age(look.now)
    name = look.source(lock.key.package, lock.key.source_hash)
    remote = f" ({name.remote})" if name.remote else ""
    return (
        safe_text(lock.key.package),
        safe_text((name.version or UNKNOWN) + remote),
        short_hash(lock.key.source_hash),
        human_age(age),
        "stale" if lock.is_stale(look.now) else f"in {human_age(STALE_AFTER - age)}",
        safe_text(lock.key.platform),
    )
