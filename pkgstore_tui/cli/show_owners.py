"""What show says of a worker and of an app."""

from collections.abc import Mapping
from typing import Any

import click

from pkgstore.compare import Change, PackagesDifference, compare_manifests
from pkgstore.drift import Drift, Matcher
from pkgstore.model import AppRecord, ManifestRecord, Tier, WorkerRecord
from pkgstore.text_json import by_bytes
from pkgstore_tui.cli.diagnostics import ExitCode, report_damage
from pkgstore_tui.cli.facts import ago, drift_json, drift_text, print_facts, print_manifest, tier_name
from pkgstore_tui.cli.output import print_json
from pkgstore_tui.cli.reading import Look, say_missing
from pkgstore_tui.format import UNKNOWN, counted, human_time


def _refs_json(look: Look, manifest: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for package, ref in by_bytes(manifest).items():
        name = look.source(package, ref.partition("/")[0])
        found[package] = {"ref": ref, "version": name.version or None, "remote": name.remote or None}
    return found


# --- a worker --------------------------------------------------------------------------------------------


def show_worker(look: Look, worker_id: str, *, as_json: bool) -> ExitCode:
    """Show a worker, its app by best match, and what it has."""
    worker = look.snapshot.workers.get(worker_id)
    if worker is None:
        return say_missing(look.snapshot.root, "worker ", [worker_id])
    drift = Matcher(look.snapshot.apps.values()).best(worker.manifest)
    if as_json:
        print_json({"root": look.snapshot.root, **_worker_json(look, worker, drift)})
    else:
        print_facts(_worker_facts(look, worker, drift))
        if worker.manifest:
            click.echo()
            print_manifest(look, worker.manifest)
    return report_damage(worker.damage)


def _worker_json(look: Look, worker: WorkerRecord, drift: Drift | None) -> dict[str, Any]:
    return {
        "worker_id": worker.key.worker_id,
        "changed": worker.changed,
        "packages": None if worker.manifest is None else _refs_json(look, worker.manifest),
        "app": drift_json(drift),
        "dangling": _dangling(look, worker.manifest),
        "problems": [damage.why for damage in worker.damage],
    }


def _dangling(look: Look, manifest: Mapping[str, str] | None) -> list[str]:
    """The packages of a manifest that no platform has a tree of."""
    return sorted(package for package, ref in (manifest or {}).items() if (package, ref) in look.roots.lacking)


def _worker_facts(look: Look, worker: WorkerRecord, drift: Drift | None) -> dict[str, str]:
    facts = {
        "worker": worker.key.worker_id,
        "packages": UNKNOWN if worker.manifest is None else f"{len(worker.manifest):,}",
        "changed": f"{human_time(worker.changed)}, {ago(worker.changed, look.now)}",
        "app": drift_text(drift),
    }
    for label, names in (
        (("changed", drift.changed), ("missing", drift.missing), ("extra", drift.extra)) if drift else ()
    ):
        if names:
            facts[f"- {label}"] = ", ".join(names)
    if dangling := _dangling(look, worker.manifest):
        facts["not stored"] = ", ".join(dangling)
    return facts


# --- an app ----------------------------------------------------------------------------------------------


def show_app(look: Look, name: str, *, as_json: bool) -> ExitCode:
    """Show an app: its manifests, what a rollback would change, its lockfile and its workers."""
    app = look.snapshot.apps.get(name)
    if app is None:
        return say_missing(look.snapshot.root, "app beside it called ", [name])
    matcher = Matcher(look.snapshot.apps.values())
    best = {worker_id: matcher.best(worker.manifest) for worker_id, worker in look.snapshot.workers.items()}
    workers = sorted(worker_id for worker_id, drift in best.items() if drift is not None and drift.app == name)
    if as_json:
        print_json({"root": look.snapshot.root, **_app_json(look, app, workers)})
    else:
        print_facts(_app_facts(look, app, workers))
        if current := app.manifest(Tier.CURRENT):
            click.echo()
            print_manifest(look, current)
    return report_damage(app.damage)


def _app_json(look: Look, app: AppRecord, workers: list[str]) -> dict[str, Any]:
    lockfile = app.lockfile
    return {
        "app": app.key.name,
        "path": app.path,
        "manifests": [
            {
                "tier": found.tier.value,
                "path": found.path,
                "changed": found.changed,
                "packages": None if found.manifest is None else _refs_json(look, found.manifest),
                "dangling": _dangling(look, found.manifest),
            }
            for found in app.manifests
        ],
        "lockfile": lockfile
        and {
            "path": lockfile.path,
            "changed": lockfile.changed,
            "platform": lockfile.platform or None,
            "packages": len(lockfile.names),
            "refused": lockfile.refused or None,
        },
        "workers": {"how": "best match", "worker_ids": workers},
        "problems": [damage.why for damage in app.damage],
    }


def _app_facts(look: Look, app: AppRecord, workers: list[str]) -> dict[str, str]:
    facts = {"app": app.key.name, "path": app.path}
    for found in app.manifests:
        facts[found.tier.value] = _manifest_text(look, app, found)
    facts["lockfile"] = _lockfile_text(look, app)
    facts["workers"] = f"{', '.join(workers)} (best match)" if workers else "none"
    return facts


def _manifest_text(look: Look, app: AppRecord, found: ManifestRecord) -> str:
    if found.manifest is None:
        return "cannot be read"
    said = [counted(len(found.manifest), "package"), ago(found.changed, look.now)]
    current = app.manifest(Tier.CURRENT)
    if found.tier is not Tier.CURRENT and current is not None:
        said.append(f"against current: {difference_text(compare_manifests(current, found.manifest))}")
        if current != found.manifest:
            said[-1] += f" (pkgstore diff app:{app.key.name} app:{tier_name(app.key.name, found.tier)})"
    if dangling := _dangling(look, found.manifest):
        said.append(f"not stored: {', '.join(dangling)}")
    return "; ".join(said)


def difference_text(found: PackagesDifference) -> str:
    """How many packages came, went and changed."""
    parts = [
        f"{len(of):,} {change.value}"
        for change in (Change.CAME, Change.WENT, Change.CHANGED)
        if (of := found.of(change))
    ]
    return ", ".join([*parts, f"{found.same:,} the same"]) if parts else "the same"


def _lockfile_text(look: Look, app: AppRecord) -> str:
    if app.lockfile is None:
        return "none"
    said = (
        f"{app.lockfile.path}; {ago(app.lockfile.changed, look.now)}; {counted(len(app.lockfile.names), 'package')}"
    )
    return f"{said}; refused: {app.lockfile.refused}" if app.lockfile.refused else said
