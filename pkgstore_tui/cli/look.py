"""The command locks. It opens nothing for writing and takes no lock."""

from typing import Any

import click

from pkgstore.layout import Layout
from pkgstore.locks import list_locks
from pkgstore.model import STALE_AFTER, LockRecord
from pkgstore_tui.cli.diagnostics import ExitCode, say
from pkgstore_tui.cli.options import json_option
from pkgstore_tui.cli.output import print_json, print_table
from pkgstore_tui.cli.reading import Look, Where, look_options
from pkgstore_tui.format import UNKNOWN, counted, human_age, safe_text, short_hash


@click.command("locks")
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
