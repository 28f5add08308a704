"""What differs between two readings of a store, as text and as JSON."""

from collections.abc import Iterator, Mapping
from typing import Any

from pkgstore.compare import Change, PackagesDifference, Pair, compare_manifests
from pkgstore.compare_stores import SnapshotDifference
from pkgstore.keys import ConfigKey
from pkgstore.model import AppRecord, ConfigRecord, Tier, WorkerRecord
from pkgstore_tui.cli.changes import change_text, changes_json
from pkgstore_tui.cli.diagnostics import say
from pkgstore_tui.cli.facts import tier_name
from pkgstore_tui.cli.output import print_table
from pkgstore_tui.cli.reading import Look
from pkgstore_tui.format import UNKNOWN, counted, safe_text, short_ref, states

_SHOWN = 10
"""Packages of one worker or app that are shown; JSON has all."""


def stores_json(found: SnapshotDifference, names: Look) -> dict[str, Any]:
    """All that differs."""
    return {
        "used_again": found.used,
        "configs": [_config_json(pair) for pair in found.configs],
        "workers": [
            {"worker_id": pair.key, "change": pair.change.value, "changes": _packages_json(_of_worker(pair, names))}
            for pair in found.workers
        ],
        "apps": [
            {
                "app": pair.key,
                "change": pair.change.value,
                "manifests": {
                    tier.value: _packages_json(difference)
                    for tier, difference in _of_app(pair, names)
                    if difference
                },
            }
            for pair in found.apps
        ],
        "work": [
            {"folder": pair.key.folder, "name": pair.key.name, "change": pair.change.value} for pair in found.work
        ],
    }


def _config_json(pair: Pair[ConfigKey, ConfigRecord]) -> dict[str, Any]:
    key = pair.key

    def side(config: ConfigRecord | None) -> dict[str, Any] | None:
        if config is None:
            return None
        return {
            "version": config.version or None,
            "listed": config.listed,
            "has_tree": config.has_tree,
            "last_used": config.last_used,
            "problems": [state.name for state in states(config)],
        }

    return {
        "change": pair.change.value,
        "platform": key.platform,
        "package": key.package,
        "source_hash": key.source_hash,
        "config_hash": key.config_hash,
        "before": side(pair.before),
        "after": side(pair.after),
    }


def _packages_json(found: PackagesDifference) -> list[dict[str, Any]]:
    return changes_json(found.changes)


def _of_worker(pair: Pair[str, WorkerRecord], names: Look) -> PackagesDifference:
    old, new = (side.manifest if side else None for side in (pair.before, pair.after))
    return compare_manifests(old or {}, new or {}, names)


def _of_app(pair: Pair[str, AppRecord], names: Look) -> Iterator[tuple[Tier, PackagesDifference]]:
    def of(app: AppRecord | None, tier: Tier) -> Mapping[str, str]:
        return (app.manifest(tier) if app else None) or {}

    for tier in (Tier.CURRENT, Tier.PREV, Tier.BUILD):
        yield tier, compare_manifests(of(pair.before, tier), of(pair.after, tier), names)


# --- as text ---------------------------------------------------------------------------------------------


def print_stores(found: SnapshotDifference, names: Look) -> None:
    """A table of all that differs; the packages of a worker or app below it."""
    rows = [_config_row(pair) for pair in found.configs]
    for worker in found.workers:
        rows += _rows("worker", worker, [("", _of_worker(worker, names))])
    for app in found.apps:
        tiers = [(tier_name("", tier), difference) for tier, difference in _of_app(app, names)]
        rows += _rows("app", app, tiers)
    rows += [
        ("folder", pair.change.value, safe_text(f"{pair.key.folder}/{pair.key.name}"), "") for pair in found.work
    ]
    if rows:
        print_table(("WHAT", "CHANGE", "NAME", "DETAILS"), rows)
    groups = ((found.configs, "config"), (found.workers, "worker"), (found.apps, "app"), (found.work, "folder"))
    counts = ", ".join(counted(len(group), name) for group, name in groups if group)
    used = f"; {counted(found.used, 'config')} used again" if found.used else ""
    say((f"{counts} not the same" if counts else "no difference") + used)


def _config_row(pair: Pair[ConfigKey, ConfigRecord]) -> tuple[str, ...]:
    config = pair.after or pair.before
    assert config is not None
    said = [short_ref(pair.key)]
    if pair.change is Change.CHANGED and pair.before is not None:
        said += [f"{_state(pair.before)} → {_state(config)}"]
    name = f"{safe_text(pair.key.package)} {safe_text(config.version) or UNKNOWN}"
    return "config", pair.change.value, name, "  ".join(said)


def _state(config: ConfigRecord) -> str:
    return ", ".join(state.name for state in states(config)) or "whole"


def _rows(
    what: str, pair: Pair[str, Any], parts: list[tuple[str, PackagesDifference]]
) -> Iterator[tuple[str, ...]]:
    name = safe_text(pair.key)
    yield what, pair.change.value, name, ""
    if pair.change is not Change.CHANGED:
        return
    for suffix, difference in parts:
        for change in difference.changes[:_SHOWN]:
            yield "", "", f"{name}{suffix}", change_text(change)
        if (more := len(difference.changes) - _SHOWN) > 0:
            yield "", "", f"{name}{suffix}", f"and {more:,} more"
