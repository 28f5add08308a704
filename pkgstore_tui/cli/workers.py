"""The command workers: who has what, which app that is like, and what changes."""

from typing import TYPE_CHECKING, Any

import click

from pkgstore.model import WorkerRecord
from pkgstore.text_json import by_bytes
from pkgstore_tui.cli.diagnostics import ExitCode, report_damage, say
from pkgstore_tui.cli.facts import drift_json, drift_text, print_manifest
from pkgstore_tui.cli.options import json_option
from pkgstore_tui.cli.output import print_json, print_table
from pkgstore_tui.cli.reading import Look, Where, age, look_options, say_missing
from pkgstore_tui.format import UNKNOWN, counted, human_age, safe_text

if TYPE_CHECKING:
    from pkgstore.drift import Drift


@click.command("workers")
@click.argument("worker_ids", nargs=-1)
@look_options
@click.option("--watch", is_flag=True, help="Say what changes, a line each, until ctrl+c (exit code 130).")
@json_option
def workers(worker_ids: tuple[str, ...], where: Where, watch: bool, as_json: bool) -> ExitCode:
    """List the workers' libraries, or what some WORKER_IDS have.

    APP is the app whose manifest a worker is most like: no worker says for which app it was made.
    """
    if watch:
        from pkgstore_tui.cli.watching import watch_workers

        return watch_workers(where, worker_ids, as_json=as_json)
    from pkgstore.drift import Matcher

    look = where.read(sources=False)
    found = look.snapshot.workers
    chosen = [worker for name, worker in sorted(found.items()) if not worker_ids or name in worker_ids]
    matcher = Matcher(look.snapshot.apps.values())
    if as_json:
        print_json({"workers": [_worker_json(worker, matcher.best(worker.manifest)) for worker in chosen]})
    elif worker_ids:
        _print_manifests(look, chosen)
    else:
        rows = [_row(look, worker, matcher.best(worker.manifest)) for worker in chosen]
        print_table(("WORKER", "PACKAGES", "CHANGED", "APP", "PROBLEM"), rows)
        say(counted(len(chosen), "worker"))
    missing = say_missing(look.snapshot.root, "worker ", set(worker_ids) - set(found))
    return max(missing, report_damage(damage for worker in chosen for damage in worker.damage))


def _print_manifests(look: Look, chosen: list[WorkerRecord]) -> None:
    for worker in chosen:
        if worker.manifest is not None:
            print_manifest(look, worker.manifest)
        elif not worker.damage:
            say(f"{worker.key.worker_id}: has no manifest yet; perhaps it is being made")


def _row(look: Look, worker: WorkerRecord, drift: "Drift | None") -> tuple[str, ...]:
    manifest = worker.manifest
    packages = UNKNOWN if manifest is None else f"{len(manifest):,}"
    app = UNKNOWN if manifest is None else drift_text(drift)
    problem = "its manifest cannot be used" if worker.damage else "no manifest yet" if manifest is None else ""
    changed = human_age(age(worker.changed, look.now))
    return safe_text(worker.key.worker_id), packages, changed, app, problem


def _worker_json(worker: WorkerRecord, drift: "Drift | None") -> dict[str, Any]:
    return {
        "worker_id": worker.key.worker_id,
        "changed": worker.changed,
        "packages": None if worker.manifest is None else by_bytes(worker.manifest),
        "app": drift_json(drift),
        "problems": [damage.why for damage in worker.damage],
    }
