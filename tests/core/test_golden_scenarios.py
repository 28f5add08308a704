"""Recorded operations of the reference, replayed in process: every file, mode, link and result compared."""

import gzip
import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from pkgstore import (
    PopulateStats,
    Store,
    read_lockfile,
    read_package_manifest,
    read_store_manifest,
    write_store_manifest,
)
from pkgstore.durations import parse_duration
from pkgstore.errors import MalformedRef, StoreError
from pkgstore.operations import tool
from pkgstore.operations.events import AssembleResult, Done, Event, IngestResult, Missed, Noticed, Why

Node = dict[str, Any] | None
Way = Callable[[Path, Mapping[str, Any]], Any]

DATA = Path(__file__).parents[1] / "data" / "scenarios.json.gz"
SCENARIOS: dict[str, dict[str, Any]] = {s["name"]: s for s in json.loads(gzip.decompress(DATA.read_bytes()))}
FAILED = {name for name, s in SCENARIOS.items() if isinstance(s["result"], dict) and "error" in s["result"]}
CREATED = re.compile(r'"created_at": "20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)"')
FRESH = 300
"""Seconds: a sidecar younger than this was written or touched by the operation."""


# --- a recorded disk, laid out and looked at -------------------------------------------------------------


def lay(root: Path, recorded: Mapping[str, Any]) -> None:
    """Make the recorded files, links and ages."""
    for name, node in recorded["tree"].items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if node is None:
            path.mkdir(exist_ok=True)
        elif "symlink" in node:
            path.symlink_to(node["symlink"])
        else:
            path.write_bytes(node["text"].encode())
            path.chmod(int(node["mode"], 8))
    for first, *others in recorded["links"]:
        for other in others:
            (root / other).unlink()
            (root / other).hardlink_to(root / first)
    now = time.time()
    for name, node in recorded["tree"].items():
        if node and "age" in node:
            os.utime(root / name, (now - node["age"],) * 2)


def plain(name: str, node: Node) -> Node:
    """What of a recorded file has to be the same."""
    if node is None or "symlink" in node:
        return node
    fresh = node["age"] < FRESH if "age" in node else None
    return {"text": CREATED.sub("CREATED", node["text"]), "mode": node["mode"], "fresh": fresh}


def look(root: Path) -> dict[str, Node]:
    """Everything below a folder, as it was recorded."""
    tree: dict[str, Node] = {}
    for path in root.rglob("*"):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            tree[name] = {"symlink": os.readlink(path)}
        elif path.is_dir():
            tree[name] = None
        else:
            status = path.stat()
            tree[name] = {"text": path.read_bytes().decode(), "mode": oct(status.st_mode & 0o777)}
            if name.startswith("store/") and name.endswith(".json"):
                tree[name]["age"] = time.time() - status.st_mtime  # type: ignore[index]
    return tree


def linked(root: Path) -> list[list[str]]:
    """The groups of names that are one file."""
    inodes: dict[int, list[str]] = {}
    for path in root.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.stat().st_nlink > 1:
            inodes.setdefault(path.stat().st_ino, []).append(path.relative_to(root).as_posix())
    return sorted(sorted(group) for group in inodes.values() if len(group) > 1)


def contract(tree: Mapping[str, Node]) -> dict[str, Node]:
    """Without the folders of helpers, which each side has its own of."""
    return {name: plain(name, node) for name, node in tree.items() if not name.startswith("store/.")}


# --- two ways to run an operation ------------------------------------------------------------------------


def through_store(work: Path, scenario: Mapping[str, Any]) -> Any:
    """By the methods of `Store`."""
    op, platform = scenario["op"], scenario["args"]["platform"]
    store = Store(work / "store", platform)
    if op == "evict":
        return store.evict_stale(parse_duration(scenario["args"]["retention"]))
    if op == "assemble":
        return list(store.assemble_library(work / "lib", read_store_manifest(work / "manifest.json")))
    lockfile, refs = read_lockfile(work / "pak.lock"), None
    if (work / "ref" / ".packages.json").exists():
        refs = read_package_manifest(work / "ref")
    if op == "ingest":
        manifest = store.ingest_packages(lockfile, work / "lib", refs)
        write_store_manifest(work / "lib", manifest)
        return manifest
    if op == "populate-runtime" and refs is not None:
        return store.populate_runtime(lockfile, work / "lib", work / "ref", refs)
    return store.populate_build(lockfile, work / "lib", refs)


def through_tool(work: Path, scenario: Mapping[str, Any]) -> Any:
    """As the command line does; evictions are the store's own."""
    op, platform = scenario["op"], scenario["args"]["platform"]
    if op == "evict":
        return through_store(work, scenario)
    if op == "assemble":
        events = tool.run_assemble(str(work / "store"), platform, str(work / "manifest.json"), str(work / "lib"))
        return list(result(events, AssembleResult).missing)
    inputs = build_inputs(work)
    assert inputs.platform == platform
    if op == "ingest":
        return result(tool.run_ingest(inputs), IngestResult).manifest
    return result(tool.run_populate(inputs, runtime=op == "populate-runtime"), PopulateStats)


def build_inputs(work: Path) -> tool.BuildInputs:
    """What the build tool reads; the reference library is given where it was recorded."""
    ref = str(work / "ref") if (work / "ref").exists() else ""
    return tool.read_build_inputs(*(str(work / part) for part in ("store", "pak.lock", "lib")), ref)


def result(events: Iterator[Event], kind: type[Any]) -> Any:
    *_, last = events
    assert isinstance(last, Done)
    assert isinstance(last.result, kind)
    return last.result


ways = pytest.mark.parametrize("way", [through_store, through_tool], ids=["store", "tool"])


# --- the scenarios ---------------------------------------------------------------------------------------


def test_the_file_holds_what_was_recorded() -> None:
    assert (len(SCENARIOS), len(FAILED)) == (120, 5)


@ways
@pytest.mark.parametrize("name", sorted(SCENARIOS.keys() - FAILED))
def test_same_as_the_reference(name: str, way: Way, tmp_path: Path) -> None:
    scenario = SCENARIOS[name]
    lay(tmp_path, scenario["before"])
    assert expected(scenario) == way(tmp_path, scenario)
    found = look(tmp_path)
    assert contract(found) == contract(scenario["after"]["tree"])
    assert linked(tmp_path) == scenario["after"]["links"]
    assert leftovers(found) == []


def expected(scenario: Mapping[str, Any]) -> Any:
    value = scenario["result"]
    if scenario["op"].startswith("populate"):
        return PopulateStats(value["Hits"], value["Misses"], value["ABIHits"], value["ABIRebuilds"])
    return sorted(value or []) if scenario["op"] == "assemble" else value


def leftovers(tree: Mapping[str, Node]) -> list[str]:
    """Locks, trash and temporary files that should be gone."""
    names = [name for name in tree if name != "pak.lock"]
    return [name for name in names if name.endswith((".lock", ".tmp", ".stale")) or "/.pkgstore" in name]


# --- where the reference failed and ours goes on ---------------------------------------------------------

PHANTOMS = {
    # scenario: what ours counts; the package whose tree is gone; what is linked
    "populate-20261123-16": (PopulateStats(5, 1), "s2", {"BH", "cpp11", "later", "sf", "jsonlite"}),
    "populate-20261123-45": (PopulateStats(0, 1), "cpp11", set()),
    "populate-20261123-46": (PopulateStats(0, 1), "jsonlite", set()),
    "populate-20261123-76": (PopulateStats(2, 1), "R6", {"blockr", "sf"}),
}
MALFORMED = "assemble-20261123-26"


def test_every_recorded_failure_is_looked_at() -> None:
    assert PHANTOMS.keys() | {MALFORMED} == FAILED


@ways
@pytest.mark.parametrize("name", PHANTOMS)
def test_a_phantom_is_a_miss_and_the_rest_goes_on(name: str, way: Way, tmp_path: Path) -> None:
    scenario = SCENARIOS[name]
    stats, _, packages = PHANTOMS[name]
    lay(tmp_path, scenario["before"])
    before = look(tmp_path)
    assert way(tmp_path, scenario) == stats
    after = look(tmp_path)
    new = {path.split("/")[1] for path in after.keys() - before.keys()}
    assert new == packages
    for path in tmp_path.joinpath("lib").rglob("*"):
        if path.is_file() and not path.is_symlink() and path.relative_to(tmp_path).parts[1] in packages:
            assert path.stat().st_nlink > 1, f"{path} is a copy"
    touched = {path.split("/")[2] for path in before if is_fresh(after[path]) and not is_fresh(before[path])}
    assert touched <= packages
    assert without_ages(before) == without_ages({path: after[path] for path in before})
    assert leftovers(after) == []


def is_fresh(node: Node) -> bool:
    return node is not None and node.get("age", FRESH) < FRESH


def without_ages(tree: Mapping[str, Node]) -> dict[str, Node]:
    return {name: node and {k: v for k, v in node.items() if k != "age"} for name, node in tree.items()}


@pytest.mark.parametrize("name", PHANTOMS)
def test_a_phantom_is_reported_by_name(name: str, tmp_path: Path) -> None:
    lay(tmp_path, SCENARIOS[name]["before"])
    events = list(tool.run_populate(build_inputs(tmp_path)))
    package = PHANTOMS[name][1]
    assert [event for event in events if isinstance(event, Missed)] == [Missed(package, Why.PHANTOM)]
    noticed = [event for event in events if isinstance(event, Noticed) and event.package]
    assert [event.package for event in noticed] == [package]
    assert re.fullmatch(
        r"configs\.json lists config [0-9a-f]{8}, but its tree is gone \(PHANTOM\)", noticed[0].text
    )


@ways
def test_a_malformed_ref_is_found_before_anything_is_linked(way: Way, tmp_path: Path) -> None:
    lay(tmp_path, SCENARIOS[MALFORMED]["before"])
    before = look(tmp_path)
    with pytest.raises(MalformedRef) as caught:
        way(tmp_path, SCENARIOS[MALFORMED])
    assert isinstance(caught.value, StoreError)
    assert (caught.value.package, caught.value.ref) == ("broken", "noslash")
    after = look(tmp_path)
    assert without_ages(after) == without_ages(before)
    assert [is_fresh(after[name]) for name in before] == [is_fresh(before[name]) for name in before]
