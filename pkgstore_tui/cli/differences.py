"""What diff does: compares two configs, manifests, lockfiles, workers, apps or stores, and prints what differs."""

from typing import Any

import click

from pkgstore.compare import (
    Change,
    ConfigDifference,
    PackagesDifference,
    compare_configs,
    compare_lockfiles,
    compare_packages,
)
from pkgstore.compare_stores import compare_snapshots
from pkgstore_tui.cli.changes import changes_json, counts_text, side_text, verb_of
from pkgstore_tui.cli.diagnostics import ExitCode, say
from pkgstore_tui.cli.diff_stores import print_stores, stores_json
from pkgstore_tui.cli.output import print_json, print_table
from pkgstore_tui.cli.reading import Look, Where
from pkgstore_tui.cli.sides import (
    ConfigOf,
    LockfileSide,
    ManifestSide,
    Side,
    Sides,
    StoreSide,
    config_side,
    kind_of,
    package_sides,
)
from pkgstore_tui.format import human_bytes, safe_text, short_hash

_SIGNS = {Change.SAME: "=", Change.CHANGED: "!", Change.CAME: "+", Change.WENT: "-"}


def run_diff(before: str, after: str, where: Where, *, as_json: bool) -> ExitCode:
    """Compare what two arguments stand for, and print how they differ.

    Raises:
        UsageError: One of them stands for nothing, or they are not of one kind.
        StoreError: What one of them names cannot be read.
    """
    sides = Sides(where)
    old, new = sides.find(before), sides.find(after)
    head = {"before": before, "after": after}
    match old, new:
        case ConfigOf(), ConfigOf():
            return _configs(head, old, new, as_json=as_json)
        case StoreSide(), StoreSide():
            names = Look(new.snapshot, where.lockfiles())
            found = compare_snapshots(old.snapshot, new.snapshot)
            if as_json:
                print_json({"kind": "store", **head, "differ": bool(found), **stores_json(found, names)})
            else:
                print_stores(found, names)
            return ExitCode.FINDINGS if found else ExitCode.DONE
        case ((ManifestSide() | LockfileSide()), (ManifestSide() | LockfileSide())):
            return _packages(head, _compared(sides, old, new), as_json=as_json)
    raise click.UsageError(_unlike(before, old, after, new))


def _unlike(before: str, old: Side, after: str, new: Side) -> str:
    return f"{before} is {kind_of(old)} and {after} is {kind_of(new)}: they cannot be compared."


# --- packages --------------------------------------------------------------------------------------------


def _compared(
    sides: Sides, old: ManifestSide | LockfileSide, new: ManifestSide | LockfileSide
) -> PackagesDifference:
    if isinstance(old, LockfileSide) and isinstance(new, LockfileSide):
        return compare_lockfiles(old.lockfile, new.lockfile)
    names = sides.names(old, new)
    return compare_packages(package_sides(old, names), package_sides(new, names))


def _packages(head: dict[str, str], found: PackagesDifference, *, as_json: bool) -> ExitCode:
    if as_json:
        settings = [{"name": x.key, "before": x.before, "after": x.after} for x in found.settings]
        rows = {"same": found.same, "changes": changes_json(found.changes), "settings": settings}
        print_json({"kind": "packages", **head, "differ": bool(found), **rows})
    else:
        _print_packages(found)
    return ExitCode.FINDINGS if found else ExitCode.DONE


def _print_packages(found: PackagesDifference) -> None:
    if found.changes:
        rows = [
            (verb_of(change), safe_text(change.package), side_text(change.before), side_text(change.after))
            for change in found.changes
        ]
        print_table(("CHANGE", "PACKAGE", "BEFORE", "AFTER"), rows)
    for pair in found.settings:
        click.echo(safe_text(f"{pair.key}: {pair.before or 'nothing'} → {pair.after or 'nothing'}"))
    say(counts_text(found.changes, found.same))


# --- configs ---------------------------------------------------------------------------------------------


def _configs(head: dict[str, str], old: ConfigOf, new: ConfigOf, *, as_json: bool) -> ExitCode:
    found = compare_configs(config_side(old), config_side(new))
    if as_json:
        print_json({"kind": "config", **head, "differ": bool(found), **_config_json(found)})
    else:
        _print_config(found, old, new)
    if old.look.is_saved:
        say("pkgstore: a saved scan has no files: only versions and linked packages were compared")
    return ExitCode.FINDINGS if found else ExitCode.DONE


def _config_json(found: ConfigDifference) -> dict[str, Any]:
    def texts(pairs: Any) -> list[dict[str, Any]]:
        return [
            {"name": pair.key, "change": pair.change.value, "before": pair.before, "after": pair.after}
            for pair in pairs
        ]

    def entry(file: Any) -> dict[str, Any] | None:
        return file and {"size": file.size, "mode": oct(file.mode), "target": file.target or None}

    files = [
        {"path": pair.key, "change": pair.change.value, "before": entry(pair.before), "after": entry(pair.after)}
        for pair in found.files
    ]
    return {"fields": texts(found.fields), "links": texts(found.links), "files": files}


def _print_config(found: ConfigDifference, old: ConfigOf, new: ConfigOf) -> None:
    def linked(side: ConfigOf, package: str, key: str | None) -> str:
        if key is None:
            return "not linked"
        return safe_text(side.look.source(package, key).version or "unknown") + f" {short_hash(key)}"

    rows = [("description", "!", pair.key, pair.before, pair.after) for pair in found.fields]
    shown = [(kind, sign, safe_text(key), *map(_value, (a, b))) for kind, sign, key, a, b in rows]
    shown += [
        ("links to", _SIGNS[p.change], safe_text(p.key), linked(old, p.key, p.before), linked(new, p.key, p.after))
        for p in found.links
    ]
    shown += [
        ("file", _SIGNS[pair.change], safe_text(pair.key), _file(pair.before), _file(pair.after))
        for pair in found.files
    ]
    if shown:
        print_table(("WHAT", "", "NAME", "BEFORE", "AFTER"), shown)
    files, fields = len(found.files), len(found.fields)
    links = sum(pair.change is not Change.SAME for pair in found.links)
    say(f"{fields:,} fields, {links:,} linked packages and {files:,} files differ" if found else "no difference")


_LONGEST = 40


def _value(text: str | None) -> str:
    shown = safe_text(text if text is not None else "not there")
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"


def _file(file: Any) -> str:
    if file is None:
        return "not there"
    if file.is_folder:
        return "folder"
    return safe_text(f"link to {file.target}") if file.target else human_bytes(file.size)
