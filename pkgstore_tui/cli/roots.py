"""The command roots: who holds which configs, and what of it the store lacks. Opens nothing for writing."""

from collections.abc import Iterator
from typing import Any

import click

from pkgstore.model import ConfigRecord, Damage
from pkgstore.names import Names
from pkgstore.roots import Root, Roots
from pkgstore.snapshot import Snapshot
from pkgstore_tui.cli.diagnostics import ExitCode, report_damage, say
from pkgstore_tui.cli.options import json_option
from pkgstore_tui.cli.output import print_json, print_table
from pkgstore_tui.cli.reading import Look, Where, age, damage_json, look_options, say_missing
from pkgstore_tui.format import counted, human_age, safe_text, short_hash

NOBODY = "nobody"
Lack = tuple[Root, str, str]
"""A root with a package and its ref that no platform has a tree of."""


@click.command("roots")
@click.argument("packages", nargs=-1)
@look_options
@json_option
def roots(packages: tuple[str, ...], where: Where, as_json: bool) -> ExitCode:
    """List what holds configs (workers, apps, rollback targets, builds, pins), or who holds those of PACKAGES."""
    look = where.read()
    lacks = list(_lacks(look.roots, frozenset(packages)))
    configs = list(_configs(look.snapshot, packages))
    if as_json:
        print_json(_document(look, packages, configs, lacks))
    else:
        _print(look, packages, configs, lacks)
    known = {config.key.package for config in configs} | {package for _, package, _ in lacks}
    missing = say_missing(look.snapshot.root, "", set(packages) - known)
    return max(missing, ExitCode.FINDINGS if lacks else ExitCode.DONE, _report(look))


def _lacks(roots: Roots, packages: frozenset[str]) -> Iterator[Lack]:
    for root in roots.roots:
        for package, ref in roots.dangling(root):
            if not packages or package in packages:
                yield root, package, ref


def _configs(snapshot: Snapshot, packages: tuple[str, ...]) -> Iterator[ConfigRecord]:
    wanted = frozenset(packages)
    for key in sorted(key for key in snapshot.sources if key.package in wanted):
        yield from snapshot.sources[key].configs


def _damage(look: Look) -> dict[Damage, None]:
    """What could not be read, each once."""
    return dict.fromkeys((*look.roots.damage, *look.snapshot.damage))


def _report(look: Look) -> ExitCode:
    """Say what could not be read, and what follows for those who want to remove something."""
    code = report_damage(_damage(look))
    if not look.roots.is_complete:
        say("pkgstore: not every root could be read; what nobody seems to hold may be needed all the same")
    return code


# --- text ------------------------------------------------------------------------------------------------


def _print(look: Look, packages: tuple[str, ...], configs: list[ConfigRecord], lacks: list[Lack]) -> None:
    if packages:
        _print_holders(look.roots, look.names, configs)
    else:
        _print_roots(look)
    if lacks:
        if configs or not packages:
            click.echo()
        _print_lacks(look.names, lacks)


def _print_roots(look: Look) -> None:
    rows = [
        (
            root.tier.value,
            safe_text(root.owner),
            f"{len(root.manifest):,}",
            f"{len(look.roots.dangling(root)):,}",
            human_age(age(root.changed, look.now)),
        )
        for root in look.roots.roots
    ]
    print_table(("TIER", "OWNER", "PACKAGES", "DANGLING", "CHANGED"), rows)
    say(counted(len(rows), "root"))


def _print_holders(roots: Roots, names: Names, configs: list[ConfigRecord]) -> None:
    rows: list[tuple[str, ...]] = []
    for config in configs:
        key = config.key
        shown = safe_text(names.text(key)), short_hash(key.config_hash), safe_text(key.platform)
        holders = [safe_text(root.owner) for root in roots.holders(key)] or [NOBODY]
        rows.extend((*shown, "" if config.has_tree else "no tree", owner) for owner in holders)
    if rows:
        print_table(("PACKAGE", "CONFIG", "PLATFORM", "STATE", "HELD BY"), rows)


def _print_lacks(names: Names, lacks: list[Lack]) -> None:
    rows = []
    for root, package, ref in lacks:
        source, _, config = ref.partition("/")
        rows.append((safe_text(names.text_of(package, source)), short_hash(config), safe_text(root.owner)))
    print_table(("DANGLING", "CONFIG", "ASKED FOR BY"), rows)
    say(f"{counted(len(lacks), 'dangling ref')}: the store has no tree for them, so that a start would lack them")


# --- JSON ------------------------------------------------------------------------------------------------


def _document(
    look: Look, packages: tuple[str, ...], configs: list[ConfigRecord], lacks: list[Lack]
) -> dict[str, Any]:
    by_root: dict[str, list[dict[str, Any]]] = {}
    for root, package, ref in lacks:
        by_root.setdefault(root.id, []).append(_named(look.names, package, *_parts(ref)))
    document: dict[str, Any] = {
        "root": look.snapshot.root,
        "complete": look.roots.is_complete,
        "roots": [_root_json(root, by_root.get(root.id, [])) for root in look.roots.roots],
        "damage": damage_json(_damage(look)),
    }
    if packages:
        document["configs"] = [_config_json(look.roots, look.names, config) for config in configs]
    return document


def _parts(ref: str) -> tuple[str, str]:
    source, _, config = ref.partition("/")
    return source, config


def _named(names: Names, package: str, source_hash: str, config_hash: str) -> dict[str, Any]:
    name = names.source(package, source_hash)
    return {
        "package": package,
        "version": (name.version if name else "") or None,
        "remote": (name.remote if name else "") or None,
        "source_hash": source_hash,
        "config_hash": config_hash,
    }


def _root_json(root: Root, dangling: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "tier": root.tier.value,
        "owner": root.owner,
        "name": root.name,
        "path": root.path,
        "changed": root.changed,
        "packages": len(root.manifest),
        "dangling": dangling,
    }


def _config_json(roots: Roots, names: Names, config: ConfigRecord) -> dict[str, Any]:
    key = config.key
    named = _named(names, key.package, key.source_hash, key.config_hash)
    holders = [{"tier": root.tier.value, "owner": root.owner} for root in roots.holders(key)]
    return {"platform": key.platform, **named, "has_tree": config.has_tree, "held_by": holders}
