"""The command pin: keep a config, or an app's manifest, whatever an eviction says."""

import time
from collections.abc import Mapping
from typing import Any, Final

import click

from pkgstore.errors import InputError, StoreError
from pkgstore.journal import Journal, new_operation
from pkgstore.layout import Layout
from pkgstore.model import Pin, Tier
from pkgstore.operations.pinning import add_pin, remove_pins
from pkgstore.pins import read_pins
from pkgstore.scan import check_root, read_snapshot
from pkgstore_tui.cli.changing import Namer, actor
from pkgstore_tui.cli.diagnostics import ExitCode, say
from pkgstore_tui.cli.options import Duration, json_option, path_option, store_options
from pkgstore_tui.cli.output import print_json, print_table
from pkgstore_tui.cli.selecting import select
from pkgstore_tui.format import counted, human_age, human_time, safe_text
from pkgstore_tui.settings import find_store

_TIERS: Final = {tier.value: tier for tier in (Tier.CURRENT, Tier.PREV, Tier.BUILD)}


@click.command("pin")
@click.argument("words", nargs=-1, metavar="[list|REF|ID]...")
@store_options
@path_option("--apps", "The folder of the apps (else the store's parent).", required=False)
@click.option("--app", default="", help="Keep what a manifest of this app names now.")
@click.option(
    "--tier", type=click.Choice(list(_TIERS)), default="prev", show_default=True, help="Which manifest of it."
)
@click.option("--reason", default="", help="Why, for the others.")
@click.option("--for", "span", type=Duration(), help="For how long: 30d; for ever, if not given.")
@click.option("--remove", is_flag=True, help="Keep it no more: the IDs of pins, or the REFs they keep.")
@json_option
def pin(
    words: tuple[str, ...],
    store: str,
    config: str,
    apps: str,
    app: str,
    tier: str,
    reason: str,
    span: float | None,
    remove: bool,
    as_json: bool,
) -> ExitCode:
    """Keep configs (REFs) or what an app's manifest names (--app) from eviction; `pin list` shows all pins.

    A pin of an app keeps what the manifest names now, also when the app is refreshed afterwards.
    """
    place = find_store(store, config=config, apps=apps)
    layout = Layout(check_root(place.root))
    if words in {(), ("list",)} and not app and not remove:
        return _list(layout, as_json=as_json)
    if remove:
        return _remove(layout, words, as_json=as_json)
    if not reason.strip():
        raise click.UsageError("Say why with --reason; others have to know whether it is still needed.")
    if bool(app) == bool(words):
        raise click.UsageError("Name REFs, or an --app.")
    what, manifest = _app(layout, place.apps, app, tier) if app else _configs(layout, words)
    now = time.time()
    wanted = Pin("", what, reason, actor().user, now, manifest, None if span is None else now + span)
    made = add_pin(layout, wanted)
    code = _note(layout, "pin", {"id": made.id, "what": what, "reason": reason, "packages": len(manifest)})
    say(f"pinned {made.what}: {counted(len(manifest), 'config')}, pin {made.id}")
    if as_json:
        print_json({"pin": _json(made, now)})
    return code


def _configs(layout: Layout, words: tuple[str, ...]) -> tuple[str, Mapping[str, str]]:
    snapshot = read_snapshot(layout.root, details=False)
    keys = select(words, [found.key for found in snapshot.configs() if found.has_tree])
    manifest: dict[str, str] = {}
    for key in keys:
        if manifest.setdefault(key.package, key.ref) != key.ref:
            raise click.UsageError(
                safe_text(f"A pin keeps one config of a package; pin those of {key.package} singly.")
            )
    namer = Namer(layout)
    names = sorted({f"{key.package} {namer.version(key)}" for key in keys})
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else ""), manifest


def _app(layout: Layout, apps: str, name: str, tier: str) -> tuple[str, Mapping[str, str]]:
    record = read_snapshot(layout.root, platforms=(), apps=apps).apps.get(name)
    manifest = record.manifest(_TIERS[tier]) if record is not None else None
    if not manifest:
        advice = "pkgstore roots lists apps and their manifests"
        raise InputError(f"the app {name!r} has no {tier} manifest that could be pinned", path=apps, advice=advice)
    return f"{name} ({tier})", manifest


def _remove(layout: Layout, words: tuple[str, ...], *, as_json: bool) -> ExitCode:
    if not words:
        raise click.UsageError("Name the pins that are to go; pkgstore pin list shows them.")
    pins = read_pins(layout)
    wanted: set[str] = set()
    for word in words:
        found = {pin.id for pin in pins if word == pin.id or word in pin.manifest.values()}
        if not found:
            raise click.UsageError(safe_text(f"There is no pin {word!r}."))
        wanted |= found
    gone = remove_pins(layout, frozenset(wanted))
    code = ExitCode.DONE
    for pin in gone:
        code = max(code, _note(layout, "unpin", {"id": pin.id, "what": pin.what, "reason": pin.reason}))
        say(f"unpinned {pin.what}, pin {pin.id}")
    if as_json:
        print_json({"removed": [pin.id for pin in gone]})
    return code


def _note(layout: Layout, kind: str, facts: Mapping[str, Any]) -> ExitCode:
    """Write a change that is done at once into the journal; it is done, whether that can be written or not."""
    try:
        journal = Journal(layout, new_operation(kind), actor())
        journal.begin(kind, facts)
        journal.end("done", {})
    except StoreError as error:
        say(f"failed journal: {error}")
        return ExitCode.PARTLY
    return ExitCode.DONE


def _list(layout: Layout, *, as_json: bool) -> ExitCode:
    pins, now = read_pins(layout), time.time()
    if as_json:
        print_json({"root": layout.root, "pins": [_json(pin, now) for pin in pins]})
        return ExitCode.DONE
    rows = [
        (
            pin.id,
            safe_text(pin.what),
            f"{len(pin.manifest):,}",
            human_age(now - pin.at),
            _until(pin, now),
            safe_text(pin.by),
            safe_text(pin.reason),
        )
        for pin in pins
    ]
    print_table(("PIN", "WHAT", "CONFIGS", "AGE", "UNTIL", "BY", "REASON"), rows)
    say(counted(len(pins), "pin"))
    return ExitCode.DONE


def _until(pin: Pin, now: float) -> str:
    if pin.until is None:
        return "for ever"
    return "over" if pin.is_over(now) else human_time(pin.until)


def _json(pin: Pin, now: float) -> dict[str, Any]:
    return {
        "id": pin.id,
        "what": pin.what,
        "reason": pin.reason,
        "by": pin.by,
        "at": pin.at,
        "until": pin.until,
        "over": pin.is_over(now),
        "manifest": dict(pin.manifest),
    }
