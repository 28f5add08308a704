"""Whether an app would start: now, after a restart, after a rollback. No table here."""

from collections.abc import Iterator, Mapping
from typing import Final

from pkgstore.coldstart import ColdStart, Stock
from pkgstore.model import AppRecord, Tier
from pkgstore_tui.explanation.coldstart import when_words
from pkgstore_tui.format import counted
from pkgstore_tui.screens.apps_packages import ref_version
from pkgstore_tui.session.reading import Reading
from pkgstore_tui.widgets.facts import Fact

NAMED: Final = 20
"""How many missing packages the details name before they only count."""

ROLLBACKS: Final = (Tier.PREV, Tier.BUILD)


def missing_of(reading: Reading, record: AppRecord) -> tuple[str, ...]:
    """The packages of an app's current manifest that no platform has, sorted."""
    roots = reading.roots
    current = (root for root in roots.owned.get(record.key, ()) if root.tier is Tier.CURRENT)
    return tuple(package for root in current for package, _ in roots.dangling(root))


def lost_of(reading: Reading, record: AppRecord) -> Mapping[Tier, int]:
    """How many packages of each rollback target of an app no platform has; only targets that lack some."""
    targets = reading.roots.owned.get(record.key, ())
    return {
        root.tier: len(gone)
        for root in targets
        if root.tier in ROLLBACKS and (gone := reading.roots.dangling(root))
    }


def after_restart(stock: Stock, record: AppRecord) -> int:
    """How many packages an app lacks after a restart; 0 where that takes the platform in use."""
    manifest = record.manifest(Tier.CURRENT)
    if manifest is None or not stock.picked or stock.picked == stock.in_use:
        return 0
    return len(stock.rehearse(manifest, (stock.picked,))[0].missing)


def cold_start_facts(reading: Reading, record: AppRecord, stock: Stock) -> Iterator[Fact]:
    """Would a worker of the app that starts now, or after a restart, get every package; and after a rollback?"""
    manifest = record.manifest(Tier.CURRENT)
    yield Fact("Cold start")
    if manifest is None:
        yield Fact("", "there is no current manifest to start from", "muted")
        return
    starts = stock.rehearse(manifest)
    for start in sorted(starts, key=lambda start: (len(start.missing), start.platform)):
        yield _start_fact(stock, start)
    gone = missing_of(reading, record)
    for index, package in enumerate(gone[:NAMED]):
        yield Fact(
            "" if index else "missing", f"{package} {ref_version(reading, package, manifest[package])}", "bad"
        )
    if len(gone) > NAMED:
        yield Fact("", f"and {len(gone) - NAMED:,} more", "bad")
    for tier, lost in lost_of(reading, record).items():
        yield Fact(tier.value, f"rollback: {counted(lost, 'package')} missing", "warn")


def _start_fact(stock: Stock, start: ColdStart) -> Fact:
    where = start.platform or "every platform: there is none"
    when = when_words(stock, start.platform)
    said = f" ({when})" if when and len(stock.platforms) > 1 else ""
    if not start.missing:
        return Fact("", f"complete on {where}{said}", "good")
    are = "is" if len(start.missing) == 1 else "are"
    text = f"{len(start.missing):,} of {counted(start.packages, 'package')} {are} missing on {where}{said}"
    return Fact("", text, "bad" if start.platform in stock.that_count else "muted")
