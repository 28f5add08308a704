"""Findings as rows for machines: one row for each config, or other thing, that a finding is about. Pure.

A finding about a manifest may be about many packages; whoever reads the rows wants each of them by its hashes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pkgstore._finding import Finding, Severity
from pkgstore.check.run import Checked
from pkgstore.keys import AppKey, ConfigKey, LocksKey, OursKey, SourceKey, WorkerKey
from pkgstore.layout import Layout
from pkgstore.names import HASH_SHOWN, Names
from pkgstore.roots import Root
from pkgstore.snapshot import Key

ABOUT_FIRST: Final = frozenset({"ABI-MISMATCH", "ABI-DEPTH", "DRIFT"})
"""Codes whose findings are about the first of their packages; the others are what it does not fit."""

GONE: Final = frozenset({"DANGLING-ROOT", "BROKEN-INSTALL"})

EVICTABLE: Final = frozenset(
    {"ORPHAN-TREE", "ORPHAN-SIDECAR", "BAD-CONFIG-HASH", "WRONG-PACKAGE", "MIXED-PLATFORM"}
)
"""Codes whose findings are about a config that is better gone where nobody needs it; a build makes it anew."""


@dataclass(frozen=True, slots=True)
class Row:
    """One finding about one thing; a part that it has not is None, and so is `repair` where none is known."""

    code: str
    severity: Severity
    platform: str | None
    package: str | None
    source_hash: str | None
    config_hash: str | None
    path: str
    message: str
    repair: str | None


def rows(checked: Checked, finding: Finding) -> Iterator[Row]:
    """The rows of one finding.

    Args:
        checked: What was checked.
        finding: What was found in it.
    """
    packages = finding.packages[:1] if finding.code in ABOUT_FIRST else finding.packages
    if finding.code == "LOCK-DISAGREES" or not packages:
        yield _row(checked, finding, *_parts(checked, finding))
        return
    for package in packages:
        root = _root(checked, finding, package)
        source, _, config = (root.manifest[package] if root else "").partition("/")
        found = checked.snapshot.config_of(package, f"{source}/{config}")
        said = finding.message
        if finding.code in GONE and len(packages) > 1:
            said = (
                f"{root.owner if root else finding.path}: {checked.names.text_of(package, source)} not in the store"
            )
        row = _row(checked, finding, found.key.platform if found else "", package, source, config, said=said)
        yield row


def _row(
    checked: Checked,
    finding: Finding,
    platform: str = "",
    package: str = "",
    source_hash: str = "",
    config_hash: str = "",
    *,
    said: str = "",
) -> Row:
    message = f"{said_text(checked.names, finding, said)}; {finding.meaning}"
    return Row(
        finding.code,
        finding.severity,
        platform or None,
        package or None,
        source_hash or None,
        config_hash or None,
        finding.path,
        message,
        finding.repair or None,
    )


def _parts(checked: Checked, finding: Finding) -> tuple[str, str, str, str]:
    """Platform, package and hashes that a finding is about; empty where it is about none."""
    match finding.subject:
        case ConfigKey() | SourceKey() as key:
            return key.platform, key.package, key.source_hash, getattr(key, "config_hash", "")
        case LocksKey():
            place = Layout(checked.snapshot.root).place(finding.path)
            return place.platform, place.package, place.source_hash, ""
        case str() as platform:
            return platform, "", "", ""
    return "", "", "", ""


def _root(checked: Checked, finding: Finding, package: str) -> Root | None:
    """The manifest that a finding about a library is about."""
    key = finding.subject
    if isinstance(key, WorkerKey | AppKey):
        owned = checked.roots.owned.get(key, ())
    else:
        owned = checked.roots.owned.get(None, ())
    having = [root for root in owned if package in root.manifest]
    return next((root for root in having if root.path == finding.path), having[0] if having else None)


def said_text(names: Names, finding: Finding, said: str = "") -> str:
    """What a finding is about, and what is so there (or `said`); as hostile as its parts."""
    said = said or finding.message
    return said if finding.code in GONE else f"{about_text(names, finding)}: {said}"


def platform_of(root: str, finding: Finding) -> str:
    """The platform that a finding is about; empty where it is about none."""
    subject = finding.subject
    if isinstance(subject, LocksKey):
        return Layout(root).place(finding.path).platform
    return subject if isinstance(subject, str) else getattr(subject, "platform", "")


def about_text(names: Names, finding: Finding) -> str:
    """What a finding is about, by name; its path where it is about nothing that has one. Hostile as its parts."""
    subject = finding.subject
    if isinstance(subject, str):
        return f"platform {subject}" if subject else finding.path
    return named(names, subject)


def named(names: Names, subject: Key | ConfigKey) -> str:
    """What a key stands for; as hostile as its parts."""
    match subject:
        case ConfigKey() as key:
            return f"{names.text(key)} {key.config_hash[:HASH_SHOWN]}"
        case SourceKey() as key:
            return names.text(key)
        case WorkerKey(name):
            return f"worker {name}"
        case AppKey(name):
            return f"app {name}"
        case LocksKey():
            return "lock"
        case OursKey(name):
            return name
    return f"{subject.folder}/{subject.name}"
