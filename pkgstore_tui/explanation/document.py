"""An explanation as data for JSON. Hashes are whole, and nothing is made harmless here: the printer does that."""

from collections.abc import Iterable
from typing import Any

from pkgstore.explain.agreement import Agreement
from pkgstore.explain.near_sources import NearSource
from pkgstore.explain.nearest import STATES, NearConfig
from pkgstore.explain.report import Explained, Report
from pkgstore_tui.explanation.sentences import sentence
from pkgstore_tui.explanation.text import unknown_lines


def document(report: Report, rows: Iterable[Explained]) -> dict[str, Any]:
    """The whole report, with some of its rows in full; the counts are always those of all."""
    counts, question = report.counts, report.question
    return {
        "lockfile": question.lockfile.path,
        "platform": question.platform,
        "runtime": question.is_runtime,
        "refused": question.refused or None,
        "agreement": _agreement(report.agreement),
        "packages": [row_json(report, row) for row in rows],
        "counts": {
            "hits": counts.hits,
            "misses": counts.misses,
            "abi_hits": counts.abi_hits,
            "abi_rebuilds": counts.abi_rebuilds,
        },
        "verdicts": {verdict.value: count for verdict, count in report.verdicts},
        "cascade": [
            {
                "package": changed.package,
                **_source(report, changed.package, changed.wanted),
                "stored": [_source(report, changed.package, key) for key in changed.stored],
                "packages": list(changed.packages),
            }
            for changed in report.cascade
        ],
        "notices": [notice.text for notice in question.notices],
    }


def _agreement(agreement: Agreement | None) -> dict[str, Any] | None:
    if agreement is None:
        return None
    return {
        "app": agreement.app,
        "agrees": agreement.agrees,
        "reason": agreement.reason or None,
        "other_source": list(agreement.sources),
        "other_config": list(agreement.configs),
        "only_lockfile": list(agreement.only_lockfile),
        "only_manifest": list(agreement.only_manifest),
        "not_known": list(agreement.unknown),
    }


def _source(report: Report, package: str, key: str | None) -> dict[str, Any]:
    name = report.names.source(package, key) if key else None
    return {
        "source_hash": key,
        "version": (name.version if name else "") or None,
        "remote": (name.remote if name else "") or None,
    }


def row_json(report: Report, row: Explained) -> dict[str, Any]:
    """Everything about one package."""
    decision = row.decision
    named = _source(report, decision.package, decision.source.source_hash if decision.source else None)
    return {
        "package": decision.package,
        "verdict": decision.verdict.value,
        "counts_as": decision.verdict.counts_as or None,
        "also": [verdict.value for verdict in decision.also],
        "sentence": sentence(report, row),
        "reason": decision.reason or None,
        "in_lockfile": decision.index >= 0,
        **named,
        "version": decision.entry.version or named["version"],
        "config_hash": decision.wanted.config_hash if decision.wanted else None,
        "stored": decision.is_stored,
        "links": [{"package": name, **_source(report, name, key)} for name, key in sorted(decision.links.items())],
        "left_out": dict(decision.left_out),
        "changed": list(decision.changed),
        "other_platforms": list(decision.elsewhere),
        "nearest_configs": [_near_json(report, near) for near in row.near.configs],
        "nearest_sources": [_near_source_json(near) for near in row.sources.sources],
        "nothing_to_compare": row.near.nothing or row.sources.nothing or None,
        "same_reason": {"packages": row.shared.same, "of": row.shared.others} if decision.verdict.is_miss else None,
        "not_known": list(unknown_lines(report, row)),
    }


def _near_json(report: Report, near: NearConfig) -> dict[str, Any]:
    return {
        "config_hash": near.config.key.config_hash,
        "distance": list(near.distance),
        "links": [
            {
                "package": pair.key,
                "state": STATES[pair.change],
                "wanted": _source(report, pair.key, pair.before) if pair.before else None,
                "stored": _source(report, pair.key, pair.after) if pair.after else None,
            }
            for pair in near.links
        ],
        "built_against": {
            "apps": list(near.users.apps),
            "workers": list(near.users.workers),
            "others": list(near.users.others),
            "complete": report.roots.is_complete,
        },
    }


def _near_source_json(near: NearSource) -> dict[str, Any]:
    key = near.record.key
    return {
        "platform": key.platform,
        "source_hash": key.source_hash,
        "version": near.version or None,
        "remote": near.remote or None,
        "difference": near.difference.name.lower(),
        "sentence": near.difference.value,
    }
