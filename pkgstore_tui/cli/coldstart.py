"""The command coldstart: would each app start with all its packages, now and after a restart. Changes nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import click

from pkgstore.coldstart import ColdStart, Gap, Rehearsal, Stock, stock_of, targets_of
from pkgstore.findings import platform_in_use
from pkgstore.layout import check_platform
from pkgstore.scan import platform_folders
from pkgstore_tui.cli.diagnostics import ExitCode, report_damage, say
from pkgstore_tui.cli.options import json_option
from pkgstore_tui.cli.output import print_json, print_table
from pkgstore_tui.cli.reading import Look, Where, damage_json, look_options, say_missing
from pkgstore_tui.explanation.coldstart import UNREAD, gap_words, hazard_words, start_words, when_words
from pkgstore_tui.format import UNKNOWN, counted, safe_text, short_hash

NOBODY = "nobody"


@dataclass(frozen=True)
class _Told:
    """What is told: every rehearsal, and the platforms whose gaps are told one by one."""

    look: Look
    stock: Stock
    rehearsals: tuple[Rehearsal, ...]
    that_count: tuple[str, ...]

    def counting(self) -> Iterator[tuple[Rehearsal, ColdStart]]:
        """Each start that counts."""
        for rehearsal in self.rehearsals:
            yield from ((rehearsal, start) for start in rehearsal.starts if start.platform in self.that_count)

    @property
    def falls_short(self) -> bool:
        """Whether something is missing on a platform that counts."""
        return any(start.missing for _, start in self.counting())

    def version(self, gap: Gap) -> str:
        """The version that a gap would fill; empty where nothing tells."""
        return self.look.source(gap.package, gap.ref.partition("/")[0]).version


@click.command("coldstart")
@click.argument("apps_named", metavar="[APP]...", nargs=-1)
@look_options
@click.option("--platform", default="", help="Only on this platform, and all that is missing there.")
@json_option
def coldstart(apps_named: tuple[str, ...], where: Where, platform: str, as_json: bool) -> ExitCode:
    """Rehearse a cold start: would each APP (else all), and each of its rollback targets, get every package?

    Every platform is tried. What counts, and is told package by package, is the platform in use now and the one
    that the server picks after a restart (the first folder by name); the exit code is 1 where something is missing
    there.
    """
    look = where.read()
    told = _told(look, apps_named, platform)
    if as_json:
        print_json(_document(told))
    else:
        _print(told)
    lacking = say_missing(look.snapshot.root, "app ", set(apps_named) - look.snapshot.apps.keys())
    short = ExitCode.FINDINGS if told.falls_short else ExitCode.DONE
    return max(lacking, short, report_damage(dict.fromkeys(look.snapshot.damage)))


def _told(look: Look, apps_named: tuple[str, ...], platform: str) -> _Told:
    snapshot = look.snapshot
    folders = () if look.is_saved else platform_folders(snapshot.root)
    stock = stock_of(snapshot, in_use=platform_in_use(snapshot.sources), folders=folders)
    if platform and check_platform(platform) not in stock.platforms:
        has = ", ".join(filter(None, stock.platforms)) or "none yet"
        raise click.UsageError(safe_text(f"The store has no platform {platform}; it has {has}."))
    chosen = (record for name, record in sorted(snapshot.apps.items()) if not apps_named or name in apps_named)
    wanted = (platform,) if platform else ()
    return _Told(look, stock, tuple(stock.rehearsals(targets_of(chosen), wanted)), wanted or stock.that_count)


# --- text ------------------------------------------------------------------------------------------------


def _print(told: _Told) -> None:
    rows = [row for rehearsal in told.rehearsals for row in _rows(told.stock, rehearsal)]
    if rows:
        print_table(("APP", "TARGET", "PLATFORM", "WHEN", "PACKAGES", "MISSING", "STARTS"), rows)
    gaps = list(_gap_rows(told))
    if gaps:
        click.echo()
        print_table(("MISSING", "CONFIG", "PLATFORM", "ASKED FOR BY", "IN PAK.LOCK OF", "WHY"), gaps)
    short = [start for _, start in told.counting() if start.missing]
    what = counted(len(told.rehearsals), "target")
    say(f"{what}: {counted(len(short), 'start')} incomplete" if short else f"{what}: every start is complete")
    if hazard := hazard_words(told.stock):
        say(hazard)


def _rows(stock: Stock, rehearsal: Rehearsal) -> Iterator[tuple[str, ...]]:
    target = rehearsal.target
    named = safe_text(target.app), target.tier.value
    if target.manifest is None:
        yield (*named, "", "", "", "", UNREAD)
    for start in rehearsal.starts:
        numbers = f"{start.packages:,}", f"{len(start.missing):,}"
        yield (*named, safe_text(start.platform), when_words(stock, start.platform), *numbers, start_words(start))


def _gap_rows(told: _Told) -> Iterator[tuple[str, ...]]:
    """What is missing where, once for all who ask for it."""
    asked: dict[tuple[str, str, str], list[tuple[Rehearsal, Gap]]] = {}
    for rehearsal, start in told.counting():
        for gap in told.stock.gaps(rehearsal.target, start):
            asked.setdefault((start.platform, gap.package, gap.ref), []).append((rehearsal, gap))
    for (platform, package, ref), found in sorted(asked.items()):
        gap = found[0][1]
        yield (
            safe_text(f"{package} {told.version(gap) or UNKNOWN}"),
            short_hash(ref.partition("/")[2]),
            safe_text(platform),
            _first_of(rehearsal.target.owner for rehearsal, _ in found),
            _first_of(rehearsal.target.app for rehearsal, gap in found if gap.is_locked),
            gap_words(gap),
        )


def _first_of(names: Iterable[str]) -> str:
    found = list(dict.fromkeys(names))
    return safe_text(found[0]) + (f" and {len(found) - 1:,} more" if found[1:] else "") if found else NOBODY


# --- JSON ------------------------------------------------------------------------------------------------


def _document(told: _Told) -> dict[str, Any]:
    stock = told.stock
    return {
        "root": told.look.snapshot.root,
        "in_use": stock.in_use or None,
        "after_restart": stock.picked or None,
        "platforms": [name for name in stock.platforms if name],
        "whole": not told.falls_short,
        "targets": [_target_json(told, rehearsal) for rehearsal in told.rehearsals],
        "damage": damage_json(dict.fromkeys(told.look.snapshot.damage)),
    }


def _target_json(told: _Told, rehearsal: Rehearsal) -> dict[str, Any]:
    target = rehearsal.target
    return {
        "app": target.app,
        "tier": target.tier.value,
        "path": target.path,
        "packages": None if target.manifest is None else len(target.manifest),
        "starts": [_start_json(told, rehearsal, start) for start in rehearsal.starts],
    }


def _start_json(told: _Told, rehearsal: Rehearsal, start: ColdStart) -> dict[str, Any]:
    """One start; its gaps one by one only where it counts: a dead platform lacks everything."""
    counts = start.platform in told.that_count
    gaps = [_gap_json(told, gap) for gap in told.stock.gaps(rehearsal.target, start)] if counts else None
    return {
        "platform": start.platform or None,
        "in_use": bool(start.platform) and start.platform == told.stock.in_use,
        "after_restart": bool(start.platform) and start.platform == told.stock.picked,
        "whole": not start.missing,
        "missing": len(start.missing),
        "unlisted": len(start.unlisted),
        "gaps": gaps,
    }


def _gap_json(told: _Told, gap: Gap) -> dict[str, Any]:
    source_hash, _, config_hash = gap.ref.partition("/")
    name = told.look.source(gap.package, source_hash)
    return {
        "package": gap.package,
        "version": name.version or None,
        "remote": name.remote or None,
        "source_hash": source_hash,
        "config_hash": config_hash,
        "why": gap.lack.name.lower().replace("_", "-"),
        "meaning": gap.lack.value,
        "in_lockfile": gap.is_locked,
        "elsewhere": list(gap.elsewhere),
    }
