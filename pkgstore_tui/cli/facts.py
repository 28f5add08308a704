"""Labels and values, a line each; manifests as tables. What several commands print of one thing."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from pkgstore.model import Tier
from pkgstore_tui.cli.output import print_table
from pkgstore_tui.cli.reading import Look, age
from pkgstore_tui.format import UNKNOWN, human_age, safe_text, short_hash

if TYPE_CHECKING:
    from pkgstore.drift import Drift


def print_facts(facts: Mapping[str, str]) -> None:
    """Labels and values, a line each."""
    width = max(12, *map(len, facts))
    for label, value in facts.items():
        click.echo(f"{label:<{width}}  {safe_text(value)}")


def ago(then: float | None, now: float) -> str:
    """When something happened, in words."""
    said = human_age(age(then, now))
    return said if said in {UNKNOWN, "now"} else f"{said} ago"


def print_manifest(look: Look, manifest: Mapping[str, str]) -> None:
    """The packages of a manifest with their versions, and, where any is known, where they come from."""
    rows = []
    for package, ref in sorted(manifest.items()):
        source, _, config = ref.partition("/")
        name = look.source(package, source)
        said = (safe_text(package), safe_text(name.version) or UNKNOWN, safe_text(name.remote))
        rows.append((*said, short_hash(source), short_hash(config)))
    headings = ("PACKAGE", "VERSION", "FROM", "SOURCE", "CONFIG")
    wanted = [column for column in range(len(headings)) if column != 2 or any(row[2] for row in rows)]
    print_table([headings[column] for column in wanted], [[row[column] for column in wanted] for row in rows])


def tier_name(app: str, tier: Tier) -> str:
    """An app's manifest, as diff takes it: ``shop``, ``shop:prev``."""
    return app if tier is Tier.CURRENT else f"{app}:{tier.value}"


def drift_text(drift: "Drift | None") -> str:
    """Which app a worker belongs to, as far as can be told: ``shop (best match, 3 differ)``."""
    if drift is None:
        return "no app matches"
    apps = " or ".join((tier_name(drift.app, drift.tier), *drift.others))
    verb = "differs" if drift.differing == 1 else "differ"
    how = f"{drift.differing:,} {verb}" if drift.differing else "all the same"
    return safe_text(f"{apps} (best match, {how})")


def drift_json(drift: "Drift | None") -> dict[str, Any] | None:
    """Which app a worker is most like, and how it differs from it."""
    if drift is None:
        return None
    return {
        "name": drift.app,
        "tier": drift.tier.value,
        "how": "best match",
        "same": drift.same,
        "changed": list(drift.changed),
        "missing": list(drift.missing),
        "extra": list(drift.extra),
        "others": list(drift.others),
    }
