"""What links to a package, as text and as JSON: a part of the command whatif."""

from collections.abc import Sequence
from typing import Any

import click

from pkgstore.explain.reverse import Built, Lack, Linker, Need, Reverse
from pkgstore.findings import some_names
from pkgstore_tui.cli.diagnostics import say
from pkgstore_tui.cli.output import print_table
from pkgstore_tui.cli.reading import Look, damage_json
from pkgstore_tui.format import UNKNOWN, counted, safe_text, short_hash

Refused = Sequence[tuple[str, str]]
"""Lockfiles that cannot be used, by what they are called, with the reason."""


def print_reverse(look: Look, found: Reverse, refused: Refused) -> None:
    """Print what is stored, then what lockfiles need."""
    if found.linkers:
        rows = [
            _built_row(look, found.package, linker, built) for linker in found.linkers for built in linker.built
        ]
        print_table(("STORED", "CONFIG", f"BUILT AGAINST {safe_text(found.package)}", "HELD BY", "PLATFORM"), rows)
    if found.needs:
        if found.linkers:
            click.echo()
        rows = [_need_row(look, found.package, need) for need in found.needs]
        print_table(("NEEDED", "CONFIG", f"AGAINST {safe_text(found.package)}", "IN THE STORE", "BY"), rows)
    for name, packages in found.untold:
        say(f"not known: {name}: what {some_names(packages)} link to, as they are not stored")
    for name, why in refused:
        say(f"not known: {name}: {why}")
    sources, missing = len(found.linkers), sum(need.lack is not Lack.NONE for need in found.needs)
    said = f"{counted(sources, 'stored source')} {'links' if sources == 1 else 'link'} to {found.package}"
    say(f"{said}; {counted(len(found.needs), 'config')} needed, {missing:,} of them not stored")


def _built_row(look: Look, package: str, linker: Linker, built: Built) -> tuple[str, ...]:
    key = built.config.key
    holders = dict.fromkeys(root.name for root in look.roots.holders(key))
    return (
        safe_text(look.names.text(linker.record.key)),
        short_hash(key.config_hash) + ("" if built.config.has_tree else " (no tree)"),
        _against(look, package, built.against),
        safe_text(some_names(holders)) if holders else "nobody",
        safe_text(key.platform),
    )


def _need_row(look: Look, package: str, need: Need) -> tuple[str, ...]:
    return (
        safe_text(look.names.text(need.source)),
        short_hash(need.config_hash),
        _against(look, package, need.against),
        "yes" if need.lack is Lack.NONE else f"no: {need.lack.value}",
        safe_text(need.lockfile),
    )


def _against(look: Look, package: str, key: str | None) -> str:
    if key is None:
        return "left out of the key"
    return f"{safe_text(look.source(package, key).version) or UNKNOWN} {short_hash(key)}"


# --- JSON ------------------------------------------------------------------------------------------------


def reverse_json(look: Look, found: Reverse, refused: Refused) -> dict[str, Any]:
    """Everything that links to a package, hashes in full."""
    return {
        "root": look.snapshot.root,
        "package": found.package,
        "stored": [_linker_json(look, found.package, linker) for linker in found.linkers],
        "needed": [_need_json(look, found.package, need) for need in found.needs],
        "not_known": [{"lockfile": name, "packages": list(packages)} for name, packages in found.untold],
        "refused": [{"lockfile": name, "why": why} for name, why in refused],
        "damage": damage_json(look.snapshot.damage),
    }


def _linker_json(look: Look, package: str, linker: Linker) -> dict[str, Any]:
    key = linker.record.key
    name = look.source(key.package, key.source_hash)
    return {
        "platform": key.platform,
        "package": key.package,
        "version": name.version or None,
        "remote": name.remote or None,
        "source_hash": key.source_hash,
        "configs": [
            {
                "config_hash": built.config.key.config_hash,
                "against": _against_json(look, package, built.against),
                "listed": built.config.listed,
                "has_tree": built.config.has_tree,
                "held_by": [root.owner for root in look.roots.holders(built.config.key)],
            }
            for built in linker.built
        ],
    }


def _need_json(look: Look, package: str, need: Need) -> dict[str, Any]:
    return {
        "lockfile": need.lockfile,
        "platform": need.source.platform,
        "package": need.source.package,
        "version": need.version or None,
        "source_hash": need.source.source_hash,
        "config_hash": need.config_hash,
        "against": _against_json(look, package, need.against),
        "store": need.lack.value,
    }


def _against_json(look: Look, package: str, key: str | None) -> dict[str, Any] | None:
    return None if key is None else {"source_hash": key, "version": look.source(package, key).version or None}
