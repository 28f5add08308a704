"""Targets: files that people hand to the programs: plans, saved scans, findings, sides of a comparison."""

import contextlib
import io
from collections.abc import Callable

import click

from fuzz import scratch
from fuzz.attempt import Broken, Target, holds, surely
from pkgstore.keys import ConfigKey
from pkgstore.names import Names
from pkgstore.operations.plan_file import plan_bytes, read_plan
from pkgstore.roots import roots_of
from pkgstore.saved import decode_snapshot, encode_snapshot, read_saved
from pkgstore_tui.cli.selecting import chosen_in
from pkgstore_tui.cli.sides import _file_side
from pkgstore_tui.text_file import open_text

ROOT = "/srv/shiny/.pkg-store"
"""A store that is not there: plans name their store, and the corpus is the same everywhere."""

KEYS = (
    ConfigKey("4.5-x86_64-pc-linux-gnu", "sf", "5" * 64, "e" * 64),
    ConfigKey("4.5-x86_64-pc-linux-gnu", "cpp11", "6" * 64, "e" * 64),
)


def plan(data: bytes) -> None:
    """An eviction plan: the same configs when it is written again, each of them once."""
    found = read_plan(scratch.file(data, "plan.json"), ROOT)
    keys = [item.key for item in found.items]
    holds(len(set(keys)) == len(keys), "a config stands in a plan twice")
    path = scratch.file(plan_bytes(ROOT, found, now=0.0), "again.json")
    again = surely(read_plan, path, ROOT)
    holds([_kept(item) for item in again.items] == [_kept(item) for item in found.items], "a plan changes")


def _kept(item: object) -> object:
    return item.key, item.reason, item.mtime_ns, item.inode, item.disk, item.known


def saved_scan(data: bytes) -> None:
    """A saved scan: the same bytes when it is saved again, and everything in it can be asked for."""
    found = read_saved(scratch.file(data, "scan.json"))
    written = encode_snapshot(found.snapshot, taken_at=found.taken_at, tool_version=found.tool_version)
    again = surely(decode_snapshot, written)
    second = encode_snapshot(again.snapshot, taken_at=again.taken_at, tool_version=again.tool_version)
    holds(second == written, "a scan changes when it is saved again")
    _asked(found.snapshot)


def _asked(snapshot: object) -> None:
    names = Names.of(snapshot)
    for config in snapshot.configs():
        names.source(config.key.package, config.key.source_hash)
    roots_of(snapshot)
    assert (snapshot.platforms, snapshot.users, snapshot.damage) is not None


def chosen(data: bytes) -> None:
    """What `evict --from` takes: nothing but what is in the store, each once."""
    with contextlib.redirect_stderr(io.StringIO()):
        found = chosen_in(scratch.file(data, "findings.json"), KEYS, {KEYS[0].platform})
    holds(set(found) <= set(KEYS), "something is chosen that is not in the store")


def side(data: bytes) -> None:
    """One side of `diff`: a lockfile, a manifest or a saved scan, whichever it is."""
    _file_side(scratch.file(data, "side.json"))


def looked_at(data: bytes) -> None:
    """Any file in the viewer: it never fails, and what is laid out is as many lines as it says."""
    _never_fails(open_text, scratch.file(data, "shown"))


def _never_fails(call: Callable[..., object], *arguments: object) -> None:
    try:
        call(*arguments)
    except click.ClickException as error:
        raise Broken(f"{call.__name__} says how the command line is used") from error


TARGETS = (
    Target("plan", "plans of evictions", (plan,)),
    Target("saved-scan", "saved scans", (saved_scan,)),
    Target(
        "given-files",
        "what `evict --from` takes (`check --json`, refs), the sides of `diff`, any file in the viewer",
        (chosen, side, looked_at),
        allowed=(click.UsageError,),  # a line that stands for nothing is said as a wrong use of the command line
    ),
)
