"""The command ls: a table of configs, filtered and sorted as the terminal interface does it."""

from collections.abc import Sequence
from typing import Any

import click

from pkgstore.model import ConfigRecord
from pkgstore_tui.cli.diagnostics import ExitCode, report_damage, say
from pkgstore_tui.cli.filtering import chosen_configs
from pkgstore_tui.cli.options import json_option
from pkgstore_tui.cli.output import print_json, print_table
from pkgstore_tui.cli.reading import Look, Where, age, damage_json, look_options, say_missing
from pkgstore_tui.format import (
    UNKNOWN,
    counted,
    human_age,
    human_bytes,
    safe_text,
    short_hash,
    state_letters,
    states,
)


@click.command("ls")
@click.argument("words", nargs=-1, metavar="[FILTER]...")
@look_options
@click.option("--platform", default="", help="Only this platform.")
@click.option(
    "--sort", default="", metavar="FIELD", help="Sort by a field of the filter language: name, idle, age, size."
)
@click.option("--reverse", is_flag=True, help="Turn the order round.")
@click.option("--size", "with_size", is_flag=True, help="Also show sizes; reads every tree that is listed.")
@json_option
def ls(
    words: tuple[str, ...], where: Where, platform: str, sort: str, reverse: bool, with_size: bool, as_json: bool
) -> ExitCode:
    """List the configs in the store, or those that a FILTER lets through.

    A filter is names of packages, parts of names, or terms such as 'idle>30d' 'age<2h' 'size>50M' state:orphan
    app:shop links:Rcpp version:1.0* !word; all of them have to be met.
    """
    look = where.read()
    chosen, missing = chosen_configs(look, words, platform=platform, sort=sort, reverse=reverse)
    if as_json:
        configs = [config_json(look, config, with_size=with_size) for config in chosen]
        root = look.snapshot.root
        print_json({"root": root, "configs": configs, "damage": damage_json(look.snapshot.damage)})
    elif chosen or not missing:
        _print(look, chosen, with_size=with_size)
    code = say_missing(look.snapshot.root, "", missing)
    return max(code, report_damage(look.snapshot.damage))


def config_json(look: Look, config: ConfigRecord, *, with_size: bool = False) -> dict[str, Any]:
    """A config as ls and show give it."""
    key = config.key
    name = look.source(key.package, key.source_hash)
    size = look.size(key) if with_size else None
    own = look.own(key) if with_size else None
    sizes = {
        "bytes": size and size.apparent,
        "disk_bytes": size and size.disk,
        "own_disk_bytes": own and own.disk,
    }
    return {
        "platform": key.platform,
        "package": key.package,
        "version": config.version or name.version or None,
        "remote": name.remote or None,
        "source_hash": key.source_hash,
        "config_hash": key.config_hash,
        "linking_to_keys": config.linking_to_keys,
        "last_used": config.last_used,
        "listed": config.listed,
        "has_tree": config.has_tree,
        "pinned": _is_pinned(look, config),
        "workers": list(look.snapshot.users.get((key.package, key.ref), ())),
        **(sizes if with_size else {}),
    }


def _print(look: Look, chosen: Sequence[ConfigRecord], *, with_size: bool) -> None:
    columns = {"PACKAGE": [safe_text(config.key.package) for config in chosen]}
    columns["VERSION"] = [_version(look, config) for config in chosen]
    remotes = [safe_text(look.source(config.key.package, config.key.source_hash).remote) for config in chosen]
    if any(remotes):
        columns["FROM"] = remotes
    columns["SOURCE"] = [short_hash(config.key.source_hash) for config in chosen]
    columns["CONFIG"] = [short_hash(config.key.config_hash) for config in chosen]
    if with_size:
        columns["SIZE"] = [_size(look, config) for config in chosen]
    columns["USED"] = [human_age(age(config.last_used, look.now)) for config in chosen]
    columns["FLAGS"] = ["K" * _is_pinned(look, config) + state_letters(config) for config in chosen]
    columns["LINKING TO"] = [look.linking(config) for config in chosen]
    columns["PLATFORM"] = [safe_text(config.key.platform) for config in chosen]
    print_table(tuple(columns), list(zip(*columns.values(), strict=True)))
    say(f"{counted(len(chosen), 'config')} in {look.snapshot.root}")
    _say_legend(look, chosen)


def _is_pinned(look: Look, config: ConfigRecord) -> bool:
    return (config.key.package, config.key.ref) in look.pinned


def _version(look: Look, config: ConfigRecord) -> str:
    known = config.version or look.source(config.key.package, config.key.source_hash).version
    return safe_text(known) or UNKNOWN


def _size(look: Look, config: ConfigRecord) -> str:
    size = look.size(config.key) if config.has_tree else None
    return UNKNOWN if size is None else human_bytes(size.apparent)


def _say_legend(look: Look, chosen: Sequence[ConfigRecord]) -> None:
    """What the letters mean that were shown."""
    shown = sorted({(state.letter, state.name) for config in chosen for state in states(config)})
    if any(_is_pinned(look, config) for config in chosen):
        shown.insert(0, ("K", "kept by a pin"))
    if shown:
        said = ", ".join(f"{letter} {name}" for letter, name in shown)
        say(f"flags: {said}; `pkgstore show PACKAGE` says more")
