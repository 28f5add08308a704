"""Names and small phrases that every form of an explanation uses. All that they return is harmless."""

from collections.abc import Sequence
from typing import Final

from pkgstore.explain.agreement import CODE, Agreement
from pkgstore.explain.nearest import Users
from pkgstore.explain.report import Explained, Report
from pkgstore.explain.verdicts import Verdict
from pkgstore.model import PopulateStats
from pkgstore_tui.format import UNKNOWN, counted, safe_text, short_hash

CLASSES: Final = {"hits": "HIT", "misses": "MISS", "abi_hits": "ABI HIT", "abi_rebuilds": "ABI REBUILD"}
"""What populate counts a verdict as, in words."""

NAMED: Final = 5
"""How many packages a sentence names before it only counts the rest."""


def class_word(verdict: Verdict) -> str:
    """``MISS``, ``HIT``, …; what is not counted needs nothing to be done."""
    return CLASSES.get(verdict.counts_as, "NOT COUNTED" if verdict is Verdict.UNSUPPORTED else "NOTHING TO DO")


def verdict_words(row: Explained) -> str:
    """The verdict, and what is true beside it: ``config-miss``, ``abi-rebuild (config-miss)``."""
    decision = row.decision
    also = ", ".join(verdict.value for verdict in decision.also)
    return f"{decision.verdict.value} ({also})" if also else decision.verdict.value


def count_words(counts: PopulateStats) -> str:
    """What populate would count, without what it counts none of: ``2 hits, 4 misses``."""
    words = (
        counted(counts.hits, "hit"),
        counted(counts.misses, "miss", "misses"),
        counted(counts.abi_hits, "ABI hit"),
        counted(counts.abi_rebuilds, "ABI rebuild"),
    )
    return ", ".join(word for word in words if not word.startswith("0 ")) or "nothing to do"


def version_of(report: Report, package: str, key: str | None) -> str:
    """What a store key stands for: ``1.0.12 CRAN``; unknown where nothing tells."""
    name = report.names.source(package, key) if key else None
    if name is None:
        return UNKNOWN
    return safe_text(f"{name.version or UNKNOWN} {name.remote}".rstrip())


def version_text(report: Report, row: Explained) -> str:
    """The version that is asked for."""
    decision = row.decision
    version = decision.entry.version
    if not version and decision.source is not None:
        name = report.names.source(decision.package, decision.source.source_hash)
        version = name.version if name else ""
    return safe_text(version) or UNKNOWN


def title_of(report: Report, row: Explained) -> str:
    """The package with its version."""
    return f"{safe_text(row.package) or UNKNOWN} {version_text(report, row)}"


def listed(names: Sequence[str]) -> str:
    """Some names, and how many more there are."""
    shown = ", ".join(safe_text(name) for name in names[:NAMED])
    return f"{shown} and {len(names) - NAMED:,} more" if len(names) > NAMED else shown


def users_words(users: Users) -> str:
    """``3 apps, 1 worker``; ``nobody that is known``."""
    groups = ((users.apps, "app"), (users.workers, "worker"), (users.others, "other"))
    said = [counted(len(names), word) for names, word in groups if names]
    return ", ".join(said) or "nobody that is known"


def agreement_words(agreement: Agreement) -> str:
    """Whether a lockfile gives its app's manifest, in a sentence."""
    app = safe_text(agreement.app)
    if agreement.agrees:
        return f"{app}: pak.lock agrees with store-manifest.json"
    if agreement.agrees is None:
        return f"{app}: not known whether pak.lock gives store-manifest.json: {safe_text(agreement.reason)}"
    parts = (
        ("of another source", agreement.sources),
        ("built against something else", agreement.configs),
        ("only in pak.lock", agreement.only_lockfile),
    )
    said = "; ".join(f"{what}: {listed(names)}" for what, names in parts if names)
    count = counted(agreement.differing, "package")
    warning = "what this lockfile explains is not what its workers have"
    return f"{CODE}: {app}: pak.lock does not give store-manifest.json, {count} ({said}): {warning}"


def config_words(report: Report, package: str, key: str) -> str:
    """A linked package as a table shows it: ``1.0.12 CRAN  a7ffc6f8``."""
    return f"{version_of(report, package, key)}  {short_hash(key)}"
