"""The command pin: keep a config, or an app's manifest, whatever an eviction says."""

import time
from collections.abc import Iterable, Sequence
from typing import Any, Final

import click

from pkgstore.durations import parse_end
from pkgstore.errors import InputError
from pkgstore.layout import Layout
from pkgstore.model import Pin, Tier
from pkgstore.operations.pinning import Pinning, end_pins, make_pins, pin_of_manifest, pins_for
from pkgstore.pins import read_pins
from pkgstore.scan import check_root, read_snapshot
from pkgstore_tui.cli.changing import Namer, actor, agreed
from pkgstore_tui.cli.diagnostics import ExitCode, say
from pkgstore_tui.cli.options import Duration, json_option, path_option, store_options, yes_option
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
@click.option("--until", default="", help="Until when: 2027-03-31 (that day is in it), or as --for.")
@click.option("--remove", is_flag=True, help="Keep it no more: the IDs of pins, or the REFs they keep.")
@yes_option
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
    until: str,
    remove: bool,
    yes: bool,
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
        return _remove(layout, words, yes=yes, as_json=as_json)
    if not reason.strip():
        raise click.UsageError("Say why with --reason; others have to know whether it is still needed.")
    if bool(app) == bool(words):
        raise click.UsageError("Name REFs, or an --app.")
    if span is not None and until:
        raise click.UsageError("Give either --for or --until.")
    now = time.time()
    end = parse_end(until, now) if until else None if span is None else now + span
    wish = Pin("", "", reason, actor().user, now, {}, end)
    wanted = (_app(layout, place.apps, app, tier, wish),) if app else _configs(layout, words, wish)
    if not yes and not _asked(wanted, now):
        return ExitCode.REFUSED
    made = make_pins(layout, wanted, actor())
    for each in made.pins:
        say(f"pinned {each.what}: {counted(len(each.manifest), 'config')}, pin {each.id}")
    if as_json:
        rows = [_json(each, now) for each in made.pins]
        print_json({"pin": rows[0], "pins": rows})
    return _code(made)


def _configs(layout: Layout, words: tuple[str, ...], wish: Pin) -> tuple[Pin, ...]:
    snapshot = read_snapshot(layout.root, details=False)
    keys = select(words, [found.key for found in snapshot.configs() if found.has_tree])
    namer = Namer(layout)
    return pins_for([(key, namer.version(key)) for key in keys], wish)


def _app(layout: Layout, apps: str, name: str, tier: str, wish: Pin) -> Pin:
    record = read_snapshot(layout.root, platforms=(), apps=apps).apps.get(name)
    manifest = record.manifest(_TIERS[tier]) if record is not None else None
    if not manifest:
        advice = "pkgstore roots lists apps and their manifests"
        raise InputError(f"the app {name!r} has no {tier} manifest that could be pinned", path=apps, advice=advice)
    return pin_of_manifest(name, tier, manifest, wish)


def _asked(wanted: Sequence[Pin], now: float) -> bool:
    for each in wanted:
        say(f"would pin {each.what}: {counted(len(each.manifest), 'config')}, {_until(each, now)} ({each.reason})")
    what = counted(sum(len(each.manifest) for each in wanted), "config")
    return agreed(f"Pin {what}?", f"{what} would be pinned")


def _remove(layout: Layout, words: tuple[str, ...], *, yes: bool, as_json: bool) -> ExitCode:
    if not words:
        raise click.UsageError("Name the pins that are to go; pkgstore pin list shows them.")
    wanted = _named(read_pins(layout), words)
    if not yes:
        for each in wanted:
            say(f"would unpin {each.what}, pin {each.id} ({each.reason})")
        what = counted(len(wanted), "pin")
        if not agreed(f"Remove {what}?", f"{what} would be removed"):
            return ExitCode.REFUSED
    gone = end_pins(layout, {each.id for each in wanted}, actor())
    for each in gone.pins:
        say(f"unpinned {each.what}, pin {each.id}")
    if as_json:
        print_json({"removed": [each.id for each in gone.pins]})
    return _code(gone)


def _named(pins: Iterable[Pin], words: tuple[str, ...]) -> list[Pin]:
    found: dict[str, Pin] = {}
    for word in words:
        matches = {pin.id: pin for pin in pins if word == pin.id or word in pin.manifest.values()}
        if not matches:
            raise click.UsageError(safe_text(f"There is no pin {word!r}."))
        found |= matches
    return list(found.values())


def _code(done: Pinning) -> ExitCode:
    """What was done is done, whether the journal tells of it or not."""
    if done.unnoted is None:
        return ExitCode.DONE
    say(f"failed journal: {done.unnoted}")
    return ExitCode.PARTLY


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
    return "over" if pin.is_over(now) else f"until {human_time(pin.until)}"


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
