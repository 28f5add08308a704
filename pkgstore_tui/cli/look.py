"""The commands that only look: ls, show, key, locks, workers. They open nothing for writing and take no lock."""

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click

from pkgstore.keys import key_input, store_key
from pkgstore.layout import Layout
from pkgstore.lockfile import duplicates_of, platform_from_lockfile, read_lockfile
from pkgstore.locks import list_locks
from pkgstore.model import STALE_AFTER, ConfigRecord, Damage, LockfileEntry, WorkerRecord
from pkgstore.progress import Cancel
from pkgstore.scan import read_snapshot
from pkgstore.snapshot import Snapshot
from pkgstore.text_json import by_bytes
from pkgstore.usage import measure_tree
from pkgstore_tui.cli.diagnostics import ExitCode, report_damage, say
from pkgstore_tui.cli.options import found_root, json_option, store_options
from pkgstore_tui.cli.output import print_json, print_table
from pkgstore_tui.format import (
    UNKNOWN,
    counted,
    human_age,
    human_bytes,
    linking_names,
    safe_text,
    short_hash,
    state_letters,
    states,
)


def _age(then: float | None, now: float) -> float | None:
    return None if then is None else max(0.0, now - then)


def _chosen(snapshot: Snapshot, packages: Iterable[str], platform: str) -> Iterator[ConfigRecord]:
    names = frozenset(packages)
    for key in sorted(snapshot.sources):
        if (not names or key.package in names) and platform in {"", key.platform}:
            yield from snapshot.sources[key].configs


def _config_json(snapshot: Snapshot, config: ConfigRecord) -> dict[str, Any]:
    key = config.key
    return {
        "platform": key.platform,
        "package": key.package,
        "version": config.version or None,
        "source_hash": key.source_hash,
        "config_hash": key.config_hash,
        "linking_to_keys": config.linking_to_keys,
        "last_used": config.last_used,
        "listed": config.listed,
        "has_tree": config.has_tree,
        "workers": list(snapshot.users.get((key.package, key.ref), ())),
    }


def _damage_json(found: Iterable[Damage]) -> list[dict[str, str]]:
    return [{"path": damage.path, "why": damage.why} for damage in found]


def _say_missing(snapshot: Snapshot, what: str, wanted: Iterable[str], found: Iterable[str]) -> ExitCode:
    """Say which of the wanted names the store lacks."""
    missing = sorted(set(wanted) - set(found))
    if missing:
        say(f"pkgstore: {snapshot.root}: has no {what}{', '.join(missing)}")
    return ExitCode.FINDINGS if missing else ExitCode.DONE


@click.command("ls", short_help="List configs, with age and what they link to.")
@click.argument("packages", nargs=-1)
@store_options
@click.option("--platform", default="", help="Only this platform.")
@json_option
def ls(packages: tuple[str, ...], store: str, config: str, platform: str, as_json: bool) -> ExitCode:
    """List the configs in the store, or those of some PACKAGES."""
    snapshot = read_snapshot(found_root(store, config))
    chosen = list(_chosen(snapshot, packages, platform))
    if as_json:
        configs = [_config_json(snapshot, config) for config in chosen]
        print_json({"root": snapshot.root, "configs": configs, "damage": _damage_json(snapshot.damage)})
    elif chosen or not packages:
        now = time.time()
        headings = ("PACKAGE", "VERSION", "SOURCE", "CONFIG", "USED", "FLAGS", "LINKING TO", "PLATFORM")
        print_table(headings, (_row(snapshot, config, now) for config in chosen))
        say(f"{counted(len(chosen), 'config')} in {snapshot.root}")
        _say_legend(chosen)
    missing = _say_missing(snapshot, "", packages, (config.key.package for config in chosen))
    return max(missing, report_damage(snapshot.damage))


def _say_legend(chosen: Iterable[ConfigRecord]) -> None:
    """What the letters mean that were shown."""
    shown = sorted({(state.letter, state.name) for config in chosen for state in states(config)})
    if shown:
        said = ", ".join(f"{letter} {name}" for letter, name in shown)
        say(f"flags: {said}; `pkgstore show PACKAGE` says more")


def _row(snapshot: Snapshot, config: ConfigRecord, now: float) -> tuple[str, ...]:
    key = config.key
    return (
        safe_text(key.package),
        safe_text(config.version) or "unknown",
        short_hash(key.source_hash),
        short_hash(key.config_hash),
        human_age(_age(config.last_used, now)),
        state_letters(config),
        linking_names(snapshot, config),
        safe_text(key.platform),
    )


@click.command("show", short_help="Show all there is of a package or config.")
@click.argument("package")
@click.argument("ref", default="")
@store_options
@click.option("--platform", default="", help="Only this platform.")
@json_option
def show(package: str, ref: str, store: str, config: str, platform: str, as_json: bool) -> ExitCode:
    """Show all there is of a PACKAGE, or of one config: REF is the beginning of SOURCE, or SOURCE/CONFIG."""
    snapshot = read_snapshot(found_root(store, config))
    source, _, config_hash = ref.partition("/")
    chosen = [
        config
        for config in _chosen(snapshot, [package], platform)
        if config.key.source_hash.startswith(source) and config.key.config_hash.startswith(config_hash)
    ]
    damage = [item for key in dict.fromkeys(c.key.source for c in chosen) for item in snapshot.sources[key].damage]
    if as_json:
        configs = [_shown_json(snapshot, config) for config in chosen]
        print_json({"root": snapshot.root, "configs": configs, "damage": _damage_json(damage)})
    else:
        _print_facts(snapshot, chosen)
    if not chosen:
        say(f"pkgstore: {snapshot.root}: has no {package} {ref}".rstrip())
        return ExitCode.FINDINGS
    return report_damage(damage)


def _shown_json(snapshot: Snapshot, config: ConfigRecord) -> dict[str, Any]:
    path = Layout(snapshot.root).config(config.key)
    size = measure_tree(path, cancel=Cancel())
    extra = {"path": path, "built": config.built or None, "bytes": size.apparent, "disk_bytes": size.disk}
    return {**_config_json(snapshot, config), **extra, "files": size.files}


def _print_facts(snapshot: Snapshot, chosen: list[ConfigRecord]) -> None:
    layout, now = Layout(snapshot.root), time.time()
    for number, config in enumerate(chosen):
        users = snapshot.users.get((config.key.package, config.key.ref), ())
        facts = {
            "package": f"{config.key.package} {config.version or '(version unknown)'}",
            "platform": config.key.platform,
            "source hash": config.key.source_hash,
            "config hash": config.key.config_hash,
            "path": layout.config(config.key),
            "built": config.built or "unknown",
            "linking to": linking_names(snapshot, config) or "nothing",
            "size": _size(layout, config),
            "last used": _ago(config, now),
            "state": "; ".join(f"{state.name}: {state.meaning}" for state in states(config)) or "whole",
            "workers": ", ".join(users) or "none",
        }
        click.echo("" if number else None, nl=bool(number))
        for label, value in facts.items():
            click.echo(f"{label:<12}  {safe_text(value)}")


def _size(layout: Layout, config: ConfigRecord) -> str:
    if not config.has_tree:
        return "no tree"
    size = measure_tree(layout.config(config.key))
    return f"{human_bytes(size.apparent)}, {human_bytes(size.disk)} on disk, {counted(size.files, 'file')}"


def _ago(config: ConfigRecord, now: float) -> str:
    """When a config was last used, in words."""
    age = human_age(_age(config.last_used, now))
    return age if age in {UNKNOWN, "now"} else f"{age} ago"


@click.command("key", short_help="Print the store keys of a lockfile.")
@click.argument("packages", nargs=-1)
@click.option("--lockfile", type=click.Path(), required=True, help="The pak lockfile.")
@click.option("--show-input", is_flag=True, help="Show what is hashed, with NUL as ␀.")
@json_option
def key(packages: tuple[str, ...], lockfile: str, show_input: bool, as_json: bool) -> ExitCode:
    """Print the store keys of a lockfile's packages, or of some PACKAGES."""
    read = read_lockfile(lockfile)
    entries = [entry for entry in read.real_entries if not packages or entry.package in packages]
    if as_json:
        keys = [_key_json(entry, show_input=show_input) for entry in entries]
        twice = list(duplicates_of(read))
        print_json({"platform": platform_from_lockfile(read), "packages": keys, "duplicates": twice})
    else:
        rows = [_key_row(entry, show_input=show_input) for entry in entries]
        print_table(("PACKAGE", "VERSION", "STORE KEY", *(("INPUT",) if show_input else ())), rows)
    missing = sorted(set(packages) - {entry.package for entry in entries})
    if missing:
        say(f"pkgstore: {lockfile}: has no {', '.join(missing)}")
    return ExitCode.FINDINGS if missing else ExitCode.DONE


def _key_row(entry: LockfileEntry, *, show_input: bool) -> tuple[str, ...]:
    shown = (safe_text("\0".join(key_input(entry))),) if show_input else ()
    return safe_text(entry.package), safe_text(entry.version), store_key(entry), *shown


def _key_json(entry: LockfileEntry, *, show_input: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"package": entry.package, "version": entry.version, "store_key": store_key(entry)}
    return {**found, "input": list(key_input(entry))} if show_input else found


@click.command("locks", short_help="List the locks that are held now.")
@store_options
@json_option
def locks(store: str, config: str, as_json: bool) -> ExitCode:
    """List the locks that are held now, with their age."""
    found = list_locks(Layout(found_root(store, config)))
    if as_json:
        print_json(
            {
                "locks": [
                    {
                        "platform": lock.key.platform,
                        "package": lock.key.package,
                        "source_hash": lock.key.source_hash,
                        "path": lock.path,
                        "age_seconds": lock.age(),
                        "stale": lock.is_stale(),
                    }
                    for lock in found
                ]
            }
        )
        return ExitCode.DONE
    rows = [
        (
            safe_text(lock.key.package),
            short_hash(lock.key.source_hash),
            human_age(lock.age()),
            "stale" if lock.is_stale() else f"in {human_age(STALE_AFTER - lock.age())}",
            safe_text(lock.key.platform),
        )
        for lock in found
    ]
    print_table(("PACKAGE", "SOURCE", "AGE", "STALE", "PLATFORM"), rows)
    say(counted(len(found), "lock"))
    return ExitCode.DONE


@click.command("workers", short_help="List the workers and what they have.")
@click.argument("worker_ids", nargs=-1)
@store_options
@json_option
def workers(worker_ids: tuple[str, ...], store: str, config: str, as_json: bool) -> ExitCode:
    """List the workers' libraries, or what some WORKER_IDS have."""
    snapshot = read_snapshot(found_root(store, config))
    chosen = [worker for name, worker in sorted(snapshot.workers.items()) if not worker_ids or name in worker_ids]
    if as_json:
        print_json({"workers": [_worker_json(worker) for worker in chosen]})
    elif worker_ids:
        for worker in chosen:
            if worker.manifest is not None:
                _print_manifest(snapshot, worker.manifest)
            elif not worker.damage:
                say(f"{worker.key.worker_id}: has no manifest yet; perhaps it is being made")
    else:
        now = time.time()
        rows = [_worker_row(worker, now) for worker in chosen]
        print_table(("WORKER", "PACKAGES", "CHANGED", "PROBLEM"), rows)
        say(counted(len(chosen), "worker"))
    missing = _say_missing(snapshot, "worker ", worker_ids, snapshot.workers)
    return max(missing, report_damage(damage for worker in chosen for damage in worker.damage))


def _worker_row(worker: WorkerRecord, now: float) -> tuple[str, ...]:
    packages = "unknown" if worker.manifest is None else f"{len(worker.manifest):,}"
    problem = (
        "its manifest cannot be used" if worker.damage else "no manifest yet" if worker.manifest is None else ""
    )
    return safe_text(worker.key.worker_id), packages, human_age(_age(worker.changed, now)), problem


def _worker_json(worker: WorkerRecord) -> dict[str, Any]:
    return {
        "worker_id": worker.key.worker_id,
        "changed": worker.changed,
        "packages": None if worker.manifest is None else by_bytes(worker.manifest),
        "problems": [damage.why for damage in worker.damage],
    }


def _print_manifest(snapshot: Snapshot, manifest: Mapping[str, str]) -> None:
    rows = []
    for package, ref in sorted(manifest.items()):
        source, _, config = ref.partition("/")
        versions = {snapshot.version_of(platform, package, source) for platform in snapshot.platforms} - {""}
        version = safe_text(", ".join(sorted(versions))) or "unknown"
        rows.append((safe_text(package), version, short_hash(source), short_hash(config)))
    print_table(("PACKAGE", "VERSION", "SOURCE", "CONFIG"), rows)
