"""Whether a live install needs a new worker: a part of the command why. Reads; changes nothing."""

import os
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import click

from pkgstore.errors import InputError, ManifestError
from pkgstore.explain.conflict import Conflict, Forced, find_conflict
from pkgstore.layout import Layout
from pkgstore.lockfile import platform_from_lockfile, read_lockfile
from pkgstore.operations.populate import plan_populate_runtime
from pkgstore_tui.cli.diagnostics import ExitCode, say
from pkgstore_tui.cli.output import print_json, print_table
from pkgstore_tui.cli.reading import Look, Where
from pkgstore_tui.format import UNKNOWN, counted, safe_text, short_hash


def loaded_packages(text: str) -> tuple[str, ...]:
    """The names in ``dplyr,sf``; spaces around them do not matter."""
    return tuple(name for part in text.split(",") if (name := part.strip()))


def run_conflict(where: Where, worker: str, lockfile: str, loaded: Iterable[str], *, as_json: bool) -> ExitCode:
    """Say whether installing a lockfile into a live worker changes a package that is loaded there.

    Args:
        where: The store itself, no saved scan.
        worker: The worker's id.
        lockfile: The path of what it shall have.
        loaded: The packages that are loaded, by name.
        as_json: Whether one JSON document is printed.

    Returns:
        DONE where nothing loaded changes, FINDINGS where a new worker is needed or that is not known.

    Raises:
        UsageError: A saved scan was named, or no package.
        InputError: The worker, its manifest or the lockfile cannot be used.
    """
    names = tuple(loaded)
    if where.scan:
        raise click.UsageError("A saved scan has no libraries; name the store itself.")
    if not names:
        raise click.UsageError("Name the packages that are loaded: --loaded dplyr,sf.")
    look = replace(where, locks=(*where.locks, lockfile)).read(sources=False)
    found = _conflict(look, worker, lockfile, names)
    if as_json:
        print_json(_document(look, worker, lockfile, found))
    else:
        _print(look, worker, found)
    return ExitCode.DONE if found.needs_new_worker is False else ExitCode.FINDINGS


def _conflict(look: Look, worker: str, path: str, loaded: tuple[str, ...]) -> Conflict:
    layout = Layout(look.snapshot.root)
    library = layout.worker(worker)
    record = look.snapshot.workers.get(worker)
    if record is None:
        raise InputError(f"has no worker {worker}", path=layout.root, advice="look at `pkgstore workers`")
    if record.manifest is None:
        why = record.damage[0].why if record.damage else "it has no manifest yet"
        raise ManifestError(f"what worker {worker} has is not known: {why}", path=library)
    lockfile = read_lockfile(path)
    nowhere = os.devnull  # a library in which nothing can be
    platform = platform_from_lockfile(lockfile)
    plan = plan_populate_runtime(layout, platform, lockfile, nowhere, library, record.manifest)
    return find_conflict(record.manifest, lockfile, loaded, plan)


def _print(look: Look, worker: str, found: Conflict) -> None:
    if found.forced:
        rows = [_row(look, forced) for forced in found.forced]
        print_table(("LOADED", "WHAT HAPPENS", "BEFORE", "AFTER", "BECAUSE OF"), rows)
    for package, why in found.unknown:
        say(f"not known: {package}: {why}")
    said = {True: "a new worker is needed", False: "no new worker is needed", None: "it is not known"}
    kept = f"; {counted(len(found.kept), 'loaded package')} stay as they are" if len(found.kept) > 1 else ""
    kept = "; 1 loaded package stays as it is" if len(found.kept) == 1 else kept
    because = f" because of {', '.join(found.causes)}" if found.causes else ""
    say(f"worker {worker}: {said[found.needs_new_worker]}{because}{kept}")


def _row(look: Look, forced: Forced) -> tuple[str, ...]:
    before, after = (_version(look, forced.package, key) for key in (forced.before, forced.after))
    if before == after and forced.before != forced.after:
        before, after = f"{before} {short_hash(forced.before)}", f"{after} {short_hash(forced.after)}"
    because = safe_text(", ".join(forced.because))
    return safe_text(forced.package), forced.reason.value, before, after, because


def _version(look: Look, package: str, key: str) -> str:
    return safe_text(look.source(package, key).version or UNKNOWN)


def _document(look: Look, worker: str, lockfile: str, found: Conflict) -> dict[str, Any]:
    return {
        "root": look.snapshot.root,
        "worker": worker,
        "lockfile": lockfile,
        "needs_new_worker": found.needs_new_worker,
        "causes": list(found.causes),
        "forced": [_forced_json(look, forced) for forced in found.forced],
        "kept": list(found.kept),
        "not_known": [{"package": package, "why": why} for package, why in found.unknown],
        "foreign": list(found.foreign),
    }


def _forced_json(look: Look, forced: Forced) -> dict[str, Any]:
    sides = {"before": forced.before, "after": forced.after}
    named = {
        side: {"source_hash": key, "version": look.source(forced.package, key).version or None}
        for side, key in sides.items()
    }
    return {
        "package": forced.package,
        "reason": forced.reason.name.lower().replace("_", "-"),
        **named,
        "because": list(forced.because),
    }
