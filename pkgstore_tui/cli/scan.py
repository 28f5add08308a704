"""The command scan: read a store whole, and save what was read, for support or to compare with later."""

import os
import time
from typing import Any

import click

from pkgstore.files import replace_file
from pkgstore.progress import Cancel, Progress
from pkgstore.scan import Wanted
from pkgstore.scan import scan as scan_store
from pkgstore.snapshot import Snapshot
from pkgstore_tui.cli.diagnostics import ExitCode, report_damage, say
from pkgstore_tui.cli.facts import print_facts
from pkgstore_tui.cli.options import json_option, store_options
from pkgstore_tui.cli.output import print_json
from pkgstore_tui.cli.reading import Where, inside
from pkgstore_tui.cli.running import follow
from pkgstore_tui.format import counted, human_bytes, human_time


@click.command("scan")
@store_options
@click.option("--apps", type=click.Path(), default="", help="The folder of the apps (else the store's parent).")
@click.option("-o", "output", type=click.Path(), default="", help="Save the scan in this file; - is stdout.")
@json_option
def scan(store: str, config: str, apps: str, output: str, as_json: bool) -> ExitCode:
    """Read a whole store, its workers and the apps beside it, and say what there is.

    With -o the scan is saved: one JSON document that the other commands open with --from. It has names, versions,
    hashes, times and paths, and no file of any package.
    """
    if output == "-" and as_json:
        raise click.UsageError("Both `-o -` and --json would print to stdout; give one of them.")
    root, apps_folder = Where(store, config, apps=apps).root()
    if output not in {"", "-"} and inside(output, root):
        raise click.UsageError("The scan would be written into the store; name a file outside it.")
    taken_at = time.time()
    snapshot = _read(root, apps_folder)
    written = _save(snapshot, taken_at, output) if output else None
    summary = _summary(snapshot, taken_at)
    if as_json:
        print_json({**summary, "file": os.path.abspath(output) if output else None, "bytes": written})
    elif output:
        where = "" if output == "-" else f" saved as {output}"
        say(f"{_counts(snapshot)}; {human_bytes(written or 0)}{where}")
    else:
        print_facts({label.replace("_", " "): _shown(value) for label, value in summary.items()})
    return report_damage(snapshot.damage)


def _read(root: str, apps: str) -> Snapshot:
    cancel, progress = Cancel(), Progress()
    records = list(follow(scan_store(root, Wanted(apps=apps), cancel=cancel, progress=progress), cancel, progress))
    cancel.check()
    return Snapshot(root).with_records(records)


def _save(snapshot: Snapshot, taken_at: float, output: str) -> int:
    from pkgstore.saved import encode_snapshot

    data = encode_snapshot(snapshot, taken_at=taken_at, tool_version=_tool_version())
    if output == "-":
        click.echo(data)
    else:
        replace_file(os.path.abspath(output), data)
    return len(data)


def _tool_version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("pkgstore-tui")
    except PackageNotFoundError:
        return ""


def _summary(snapshot: Snapshot, taken_at: float) -> dict[str, Any]:
    return {
        "root": snapshot.root,
        "taken_at": taken_at,
        "platforms": list(snapshot.platforms),
        "packages": len({(key.platform, key.package) for key in snapshot.sources}),
        "sources": len(snapshot.sources),
        "configs": sum(len(record.configs) for record in snapshot.sources.values()),
        "workers": len(snapshot.workers),
        "apps": len(snapshot.apps),
        "builds_and_staging": len(snapshot.work),
        "locks": len(snapshot.locks),
        "problems": len(snapshot.damage),
    }


def _shown(value: Any) -> str:
    match value:
        case float():
            return human_time(value)
        case list():
            return ", ".join(value) or "none"
    return str(value)


def _counts(snapshot: Snapshot) -> str:
    configs = sum(len(record.configs) for record in snapshot.sources.values())
    parts = (
        counted(configs, "config"),
        counted(len(snapshot.workers), "worker"),
        counted(len(snapshot.apps), "app"),
    )
    return ", ".join(parts)
