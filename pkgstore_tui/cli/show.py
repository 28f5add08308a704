"""The command show: all there is of a package's configs, of a worker, or of an app."""

from collections.abc import Iterator
from typing import Any

import click

from pkgstore.codec import read_config_meta
from pkgstore.errors import StoreError
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout
from pkgstore.model import ConfigRecord
from pkgstore_tui.cli.diagnostics import ExitCode, report_damage, say
from pkgstore_tui.cli.facts import ago, print_facts
from pkgstore_tui.cli.filtering import configs_of
from pkgstore_tui.cli.ls import config_json
from pkgstore_tui.cli.options import json_option
from pkgstore_tui.cli.output import print_json
from pkgstore_tui.cli.reading import Look, Where, damage_json, look_options
from pkgstore_tui.format import (
    UNKNOWN,
    counted,
    human_bytes,
    states,
)


@click.command("show")
@click.argument("what", metavar="PACKAGE|worker:ID|app:NAME")
@click.argument("ref", default="")
@look_options
@click.option("--platform", default="", help="Only this platform.")
@json_option
def show(what: str, ref: str, where: Where, platform: str, as_json: bool) -> ExitCode:
    """Show all there is of a PACKAGE, of one config, of a worker or of an app.

    REF, after a package, is the beginning of SOURCE, or of SOURCE/CONFIG.
    """
    look = where.read()
    kind, colon, name = what.partition(":")
    if colon and kind == "worker":
        from pkgstore_tui.cli.show_owners import show_worker

        return show_worker(look, name, as_json=as_json)
    if colon and kind == "app":
        from pkgstore_tui.cli.show_owners import show_app

        return show_app(look, name, as_json=as_json)
    return _show_package(look, what, ref, platform, as_json=as_json)


def _show_package(look: Look, package: str, ref: str, platform: str, *, as_json: bool) -> ExitCode:
    snapshot = look.snapshot
    source, _, config_hash = ref.partition("/")
    chosen = [
        config
        for config in configs_of(snapshot, [package], platform)
        if config.key.source_hash.startswith(source) and config.key.config_hash.startswith(config_hash)
    ]
    damage = [item for key in dict.fromkeys(c.key.source for c in chosen) for item in snapshot.sources[key].damage]
    if as_json:
        configs = [_shown_json(look, config) for config in chosen]
        print_json({"root": snapshot.root, "configs": configs, "damage": damage_json(damage)})
    else:
        _print_all(look, chosen)
    if not chosen:
        say(f"pkgstore: {snapshot.root}: has no {package} {ref}".rstrip())
        return ExitCode.FINDINGS
    return report_damage(damage)


def _shown_json(look: Look, config: ConfigRecord) -> dict[str, Any]:
    size = look.size(config.key)
    extra = {
        "path": look.path(config.key),
        "built": config.built or None,
        "bytes": size and size.apparent,
        "disk_bytes": size and size.disk,
        "files": size and size.files,
        "created_at": _created(look, config.key),
        "held_by": [
            {"tier": root.tier.value, "owner": root.owner, "path": root.path}
            for root in look.roots.holders(config.key)
        ],
    }
    return {**config_json(look, config), **extra}


def _print_all(look: Look, chosen: list[ConfigRecord]) -> None:
    for number, config in enumerate(chosen):
        click.echo("" if number else None, nl=bool(number))
        print_facts(_facts(look, config))


def _facts(look: Look, config: ConfigRecord) -> dict[str, str]:
    key = config.key
    name = look.source(key.package, key.source_hash)
    users = look.snapshot.users.get((key.package, key.ref), ())
    return {
        "package": f"{key.package} {config.version or name.version or '(version unknown)'}",
        "from": name.remote or UNKNOWN,
        "platform": key.platform,
        "source hash": key.source_hash,
        "config hash": key.config_hash,
        "path": look.path(key),
        "built": config.built or UNKNOWN,
        "linking to": look.linking(config) or "nothing",
        "size": _size(look, config),
        "created": _created(look, key) or UNKNOWN,
        "last used": ago(config.last_used, look.now),
        "state": "; ".join(f"{state.name}: {state.meaning}" for state in states(config)) or "whole",
        "workers": ", ".join(users) or "none",
        "held by": "; ".join(_holders(look, key)) or "nothing",
    }


def _holders(look: Look, key: ConfigKey) -> Iterator[str]:
    """Who holds a config and why, the strongest first."""
    for root in look.roots.holders(key):
        yield root.owner
    if not look.roots.is_complete:
        yield "perhaps others: not every manifest, or pin, could be read"


def _created(look: Look, key: ConfigKey) -> str | None:
    """What the sidecar says; None where it says nothing, or is not at hand."""
    if look.is_saved:
        return None
    try:
        return read_config_meta(Layout(look.snapshot.root).sidecar(key)).created_at.isoformat()
    except StoreError:
        return None


def _size(look: Look, config: ConfigRecord) -> str:
    if not config.has_tree:
        return "no tree"
    size = look.size(config.key)
    if size is None:
        return f"{UNKNOWN}: a saved scan has none"
    return f"{human_bytes(size.apparent)}, {human_bytes(size.disk)} on disk, {counted(size.files, 'file')}"
