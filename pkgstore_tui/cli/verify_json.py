"""What a content check found, as one JSON document."""

import stat
from collections.abc import Iterable
from typing import Any, Final

from pkgstore.keys import ConfigKey
from pkgstore.operations.verify_events import LibraryVerified, Outcome, Verified
from pkgstore.sharing import LibraryKey
from pkgstore.tree_changes import FileChange
from pkgstore_tui.cli.verify_quarantine import Taken
from pkgstore_tui.cli.verify_report import Report
from pkgstore_tui.format import UNKNOWN
from pkgstore_tui.verify_words import library_name

_CODE: Final = "DRIFT"
"""What `pkgstore check` calls both kinds of change."""

MOST_FILES: Final = 1000
"""Files of one config; the rest is counted."""


def document(report: Report, taken: Taken | None) -> dict[str, Any]:
    """All of it; configs that are fine or had no baseline are counted only, unless everything is wanted."""
    result = report.result
    found = {
        "root": report.root,
        "complete": not result.left,
        "counts": {outcome.name.lower(): result.count(outcome) for outcome in Outcome},
        "looked_at_before": report.plan.passed,
        "left": result.left,
        "files": result.files,
        "bytes": result.bytes,
        "baselines_removed": result.tidied,
        "not_recorded": None if report.failure is None else str(report.failure),
        "configs": [_config_json(report, event) for event in report.configs],
        "libraries": {"looked_at": result.libraries, "found": [_library_json(event) for event in report.libraries]},
    }
    return found if taken is None else {**found, "quarantine": taken.json}


def _config_json(report: Report, event: Verified) -> dict[str, Any]:
    version = report.namer.version(event.key)
    holders = report.roots.holders(event.key) if event.outcome is Outcome.CHANGED else ()
    return {
        **_named(event.key),
        "version": None if version == UNKNOWN else version,
        "outcome": event.outcome.name.lower(),
        "code": _CODE if event.outcome is Outcome.CHANGED else None,
        "note": event.note or None,
        "baseline_made": event.made,
        "recorded": event.recorded,
        "md5_file": event.has_md5,
        "files": [_file_json(event, change) for change in event.changes[:MOST_FILES]],
        "more_files": max(0, len(event.changes) - MOST_FILES),
        "served_to": [{"tier": root.tier.value, "owner": root.owner, "path": root.path} for root in holders],
    }


def _named(key: ConfigKey) -> dict[str, Any]:
    return {"platform": key.platform, "package": key.package, "ref": key.ref}


def _file_json(event: Verified, change: FileChange) -> dict[str, Any]:
    found, before = change.found, change.before
    return {
        "path": change.path or ".",
        "changes": [each.name.lower() for each in change.changes],
        "problem": (found.problem or None) if found else None,
        "since": change.since(event.made),
        "inode": found.inode if found else None,
        "size": found.content.size if found and stat.S_ISREG(found.content.mode) else None,
        "size_before": before.size if before and before.is_file else None,
        "shared_with": _libraries(event.sharers.get(change.path, ())),
        "links_elsewhere": event.elsewhere.get(change.path, 0),
    }


def _libraries(keys: Iterable[LibraryKey]) -> list[str]:
    return [library_name(key) for key in keys]


def _library_json(event: LibraryVerified) -> dict[str, Any]:
    return {
        "worker": event.key.worker_id,
        "code": _CODE if any(drift.is_finding for drift in event.drifts) else None,
        "packages": event.packages,
        "problem": event.problem or None,
        "drift": [
            {
                "package": drift.package,
                "ref": drift.ref,
                "files": [{"path": path or ".", "change": change.name.lower()} for path, change in drift.files],
                "more_files": drift.more,
            }
            for drift in event.drifts
        ],
    }
