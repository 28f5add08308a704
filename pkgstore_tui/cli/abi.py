"""The command abi: was each package of a library built against what the library has. Reads metadata; runs no R."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from pkgstore.keys import WorkerKey
from pkgstore.model import Damage
from pkgstore_tui.cli.diagnostics import ExitCode, report_damage, say
from pkgstore_tui.cli.options import json_option
from pkgstore_tui.cli.output import print_json, print_table
from pkgstore_tui.cli.reading import Look, Where, damage_json, look_options, say_missing
from pkgstore_tui.format import counted, safe_text

if TYPE_CHECKING:
    from pkgstore.explain.audit import Audit
    from pkgstore.findings import Finding


@click.command("abi")
@look_options
@click.option("--app", "apps_named", metavar="APP", multiple=True, help="What this app is assembled from.")
@click.option("--worker", "workers_named", metavar="ID", multiple=True, help="What this worker has.")
@click.option("--all", "every", is_flag=True, help="Every app and worker; so it is where none is named.")
@click.option("--deep", is_flag=True, help="Give advice too: what is no fault by the store's own rules.")
@json_option
def abi(
    apps_named: tuple[str, ...],
    workers_named: tuple[str, ...],
    every: bool,
    deep: bool,
    where: Where,
    as_json: bool,
) -> ExitCode:
    """Check whether each package of a library was built against the packages that the library has.

    It reads what the store recorded, and runs no R. What nothing tells is listed as not known. The exit code is 1
    where there is an error or a warning, or something could not be read; advice is no reason for it.
    """
    named = bool(apps_named or workers_named)
    if named and every:
        raise click.UsageError("Give --all, or name apps and workers, not both.")
    look = where.read()
    audits = list(
        _audits(look, None if not named else (frozenset(apps_named), frozenset(workers_named)), deep=deep)
    )
    damage = _damage(look, audits, whole=not named)
    if as_json:
        print_json(_document(look, audits, damage))
    else:
        _print(audits)
    missing = say_missing(look.snapshot.root, "app ", set(apps_named) - look.snapshot.apps.keys())
    missing = max(
        missing, say_missing(look.snapshot.root, "worker ", set(workers_named) - look.snapshot.workers.keys())
    )
    unsound = any(audit.is_sound is False for audit in audits)
    return max(missing, ExitCode.FINDINGS if unsound else ExitCode.DONE, report_damage(damage))


def _audits(look: Look, named: tuple[frozenset[str], frozenset[str]] | None, *, deep: bool) -> "Iterator[Audit]":
    from pkgstore.explain.audit import audit_app, audit_worker

    snapshot = look.snapshot
    for name, app in sorted(snapshot.apps.items()):
        if named is None or name in named[0]:
            yield audit_app(snapshot, look.names, app, deep=deep)
    for name, worker in sorted(snapshot.workers.items()):
        if named is None or name in named[1]:
            yield audit_worker(snapshot, look.names, worker, deep=deep)


def _damage(look: Look, audits: "Sequence[Audit]", *, whole: bool) -> list[Damage]:
    """What could not be read: of the whole store, or of the libraries that were named."""
    if whole:
        return list(dict.fromkeys((*look.roots.damage, *look.snapshot.damage)))
    owners = {audit.key for audit in audits}
    found = [item for app in look.snapshot.apps.values() if app.key in owners for item in app.damage]
    return found + [item for each in look.snapshot.workers.values() if each.key in owners for item in each.damage]


# --- text ------------------------------------------------------------------------------------------------


def _print(audits: "Sequence[Audit]") -> None:
    findings = [finding for audit in audits for finding in audit.findings]
    if findings:
        print_table(("SEVERITY", "CODE", "LIBRARY", "WHAT"), [_row(finding) for finding in findings])
    unknown = list(_unknown_rows(audits))
    if unknown:
        if findings:
            click.echo()
        print_table(("NOT KNOWN", "PACKAGE", "WHY"), unknown)
    packages = counted(sum(audit.packages for audit in audits), "package")
    say(f"{counted(len(audits), 'library', 'libraries')}, {packages}: {_counts(findings, audits)}")


def _row(finding: "Finding") -> tuple[str, ...]:
    owner = _owner(finding.subject)
    return finding.severity.value, finding.code, safe_text(owner), safe_text(finding.message)


def _owner(key: object) -> str:
    """Whose library it is: ``worker w1``, ``app shop``."""
    return f"worker {key.worker_id}" if isinstance(key, WorkerKey) else f"app {getattr(key, 'name', '')}"


def _unknown_rows(audits: "Sequence[Audit]") -> Iterator[tuple[str, ...]]:
    for audit in audits:
        owner = safe_text(_owner(audit.key))
        if audit.problem:
            yield owner, "all", safe_text(audit.problem)
        yield from ((owner, safe_text(package), safe_text(why)) for package, why in audit.unknown)


def _counts(findings: "Sequence[Finding]", audits: "Sequence[Audit]") -> str:
    from pkgstore.findings import Severity

    counts = {severity: sum(each.severity is severity for each in findings) for severity in Severity}
    said = [counted(counts[severity], severity.value) for severity in (Severity.ERROR, Severity.WARNING)]
    said += [f"{counts[Severity.ADVICE]:,} advice"] if counts[Severity.ADVICE] else []
    unknown = sum(len(audit.unknown) for audit in audits)
    said += [f"{unknown:,} not known"] if unknown else []
    return ", ".join(said)


# --- JSON ------------------------------------------------------------------------------------------------


def _document(look: Look, audits: "Sequence[Audit]", damage: list[Damage]) -> dict[str, Any]:
    return {
        "root": look.snapshot.root,
        "libraries": [_library_json(audit) for audit in audits],
        "findings": [_finding_json(finding) for audit in audits for finding in audit.findings],
        "damage": damage_json(damage),
    }


def _whose(key: object) -> dict[str, str]:
    if isinstance(key, WorkerKey):
        return {"kind": "worker", "name": key.worker_id}
    return {"kind": "app", "name": getattr(key, "name", "")}


def _library_json(audit: "Audit") -> dict[str, Any]:
    return {
        **_whose(audit.key),
        "path": audit.path,
        "packages": audit.packages,
        "sound": audit.is_sound,
        "problem": audit.problem or None,
        "not_known": [{"package": package, "why": why} for package, why in audit.unknown],
    }


def _finding_json(finding: "Finding") -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        **_whose(finding.subject),
        "path": finding.path,
        "message": finding.message,
        "packages": list(finding.packages),
        "meaning": finding.meaning,
    }
