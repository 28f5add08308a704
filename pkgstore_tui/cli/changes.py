"""Packages that came, went or changed, as text and as JSON."""

from collections.abc import Iterable
from typing import Any

from pkgstore.compare import Change, PackageChange, PackageSide
from pkgstore_tui.format import UNKNOWN, safe_text, short_hash


def verb_of(change: PackageChange) -> str:
    """``came``, ``went``, ``changed``, or ``rebuilt`` where the source is the same."""
    return "rebuilt" if change.is_rebuild else change.change.value


def side_text(side: PackageSide | None) -> str:
    """One side of a package: its version, where it comes from, and its hashes shortened."""
    if side is None:
        return ""
    name = side.name
    version = (name.version if name else "") or UNKNOWN
    remote = f" ({name.remote})" if name and name.remote else ""
    return safe_text(f"{version}{remote} ") + _ref(side)


def _ref(side: PackageSide) -> str:
    source = short_hash(side.source_hash)
    return f"{source}/{short_hash(side.config_hash)}" if side.config_hash else source


def change_text(change: PackageChange) -> str:
    """A change in one line: ``changed sf 1.0-16 7d865e95/b5bb9d80 → 1.0-17 0c9e1f22/b5bb9d80``."""
    sides = " → ".join(filter(None, (side_text(change.before), side_text(change.after))))
    return f"{verb_of(change)} {safe_text(change.package)} {sides}"


def changes_json(changes: Iterable[PackageChange]) -> list[dict[str, Any]]:
    """Each change with both its sides, None where that side lacks the package."""
    return [
        {
            "package": change.package,
            "change": verb_of(change),
            "before": _side_json(change.before),
            "after": _side_json(change.after),
        }
        for change in changes
    ]


def _side_json(side: PackageSide | None) -> dict[str, Any] | None:
    if side is None:
        return None
    return {
        "version": side.version or None,
        "remote": (side.name.remote if side.name else "") or None,
        "source_hash": side.source_hash or None,
        "config_hash": side.config_hash or None,
    }


def counts_text(changes: Iterable[PackageChange], same: int) -> str:
    """How many came, went and changed."""
    counts = dict.fromkeys((Change.CAME, Change.WENT, Change.CHANGED), 0)
    for found in changes:
        counts[found.change] += 1
    return ", ".join(f"{count:,} {change.value}" for change, count in counts.items()) + f", {same:,} the same"
