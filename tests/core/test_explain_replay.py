"""The verdicts, counted, are what populate counts, and populate links just the packages that they name.

On every recorded scenario, and on random stores, lockfiles and libraries.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_golden_scenarios import FAILED, PHANTOMS, SCENARIOS, build_inputs, expected, lay, result

from builders import PLATFORM, StoreBuilder, config_hash, entry, source_hash, write_lockfile
from pkgstore import PopulateStats
from pkgstore.explain.decisions import Decision, counts_of, read_question
from pkgstore.explain.question import with_libraries
from pkgstore.explain.report import Report, explain
from pkgstore.explain.verdicts import Verdict
from pkgstore.layout import Layout
from pkgstore.names import Names
from pkgstore.operations import tool
from pkgstore.roots import roots_of
from pkgstore.scan import read_snapshot

POPULATES = sorted(name for name, s in SCENARIOS.items() if s["op"].startswith("populate"))
LINKED = {Verdict.HIT, Verdict.ABI_HIT, Verdict.CARRIED, Verdict.ABI_UNCHECKED}


def report_on(work: Path, *, runtime: bool) -> Report:
    """The whole explanation of what lies in a folder, as the command line makes it."""
    layout = Layout(str(work / "store"))
    question = read_question(str(work / "pak.lock"))
    ref = str(work / "ref") if (work / "ref").exists() else ""
    question = with_libraries(question, layout, str(work / "lib"), ref, runtime=runtime)
    snapshot = read_snapshot(layout.root)
    roots = roots_of(snapshot)
    return explain(question, snapshot, Names.of(snapshot), roots)


def populated(work: Path, *, runtime: bool) -> tuple[PopulateStats, set[str]]:
    """What populate counts, and the packages that are new in the library."""
    before = packages_in(work / "lib")
    stats = result(tool.run_populate(build_inputs(work), runtime=runtime), PopulateStats)
    return stats, packages_in(work / "lib") - before


def packages_in(library: Path) -> set[str]:
    return {path.name for path in library.iterdir()} if library.is_dir() else set()


def named(decisions: list[Decision]) -> set[str]:
    """The packages that populate is said to link."""
    return {decision.package for decision in decisions if decision.verdict in LINKED}


# --- recorded scenarios ----------------------------------------------------------------------------------


def test_there_are_scenarios_of_both_kinds() -> None:
    kinds = [SCENARIOS[name]["op"] for name in POPULATES]
    assert (kinds.count("populate"), kinds.count("populate-runtime")) == (34, 32)


@pytest.mark.parametrize("name", POPULATES)
def test_a_recorded_scenario(name: str, tmp_path: Path) -> None:
    scenario: Mapping[str, Any] = SCENARIOS[name]
    lay(tmp_path, scenario["before"])
    runtime = scenario["op"] == "populate-runtime"
    report = report_on(tmp_path, runtime=runtime)
    recorded = PHANTOMS[name][0] if name in FAILED else expected(scenario)
    assert report.counts == recorded
    stats, linked = populated(tmp_path, runtime=runtime)
    assert stats == recorded
    assert named([row.decision for row in report.rows]) == linked


# --- random worlds ---------------------------------------------------------------------------------------

NAMES = ("a", "b", "c", "d")
VERSIONS = ("1", "2")
WHOLE, PHANTOM, UNLISTED = "whole", "phantom", "unlisted"


@dataclass(frozen=True)
class Stored:
    """One stored config: `links` are versions by name, `state` what is wrong with it."""

    package: str
    version: str
    links: tuple[tuple[str, str], ...]
    state: str
    meta: str


@dataclass(frozen=True)
class World:
    stored: tuple[Stored, ...]
    entries: tuple[tuple[str, str, str], ...]
    library: frozenset[str]
    refs: dict[str, tuple[str, tuple[tuple[str, str], ...]]] | None
    reference: frozenset[str]
    runtime: bool


names, versions = st.sampled_from(NAMES), st.sampled_from(VERSIONS)
linked = st.dictionaries(names, versions, max_size=2).map(lambda found: tuple(sorted(found.items())))
stored = st.builds(
    Stored,
    names,
    versions,
    linked,
    st.sampled_from((WHOLE, WHOLE, WHOLE, PHANTOM, UNLISTED)),
    st.sampled_from(("kept", "kept", "kept", "kept", "gone", "broken")),
)
entries = st.tuples(names, versions, st.sampled_from(("standard",) * 6 + ("installed", "deps")))
worlds = st.builds(
    World,
    st.lists(stored, max_size=8).map(tuple),
    st.lists(entries, min_size=1, max_size=6).map(tuple),
    st.frozensets(names, max_size=2),
    st.none() | st.dictionaries(names, st.tuples(versions, linked)),
    st.frozensets(names),
    st.booleans(),
)


def tree(folder: Path, package: str, links: tuple[tuple[str, str], ...] = ()) -> None:
    folder.mkdir(parents=True)
    linking = ", ".join(name for name, _ in links)
    (folder / "DESCRIPTION").write_text(f"Package: {package}\nVersion: 1\nLinkingTo: {linking}\n")


def build(work: Path, world: World) -> None:
    """Lay the world out: as few files as do."""
    for config in world.stored:
        folder = work / "store" / PLATFORM / config.package / source_hash(config.package, config.version)
        name = config_hash(dict(config.links))
        if config.state != PHANTOM and not (folder / name).exists():
            tree(folder / name, config.package, config.links)
        folder.mkdir(parents=True, exist_ok=True)
        meta = folder / "configs.json"
        if config.meta == "broken":
            meta.write_text("{")
        elif config.meta == "gone":
            meta.unlink(missing_ok=True)
        elif config.state != UNLISTED:
            keys = {package: source_hash(package, version) for package, version in config.links}
            text = meta.read_text() if meta.exists() else ""
            known = json.loads(text)["configs"] if len(text) > 1 else {}
            whole = {"source_compiled": True, "linkingto": sorted(keys), "configs": {**known, name: keys}}
            meta.write_text(json.dumps(whole))
    (work / "store").mkdir(exist_ok=True)
    lib = work / "lib"
    lib.mkdir()
    for package in world.library:
        (lib / package).mkdir()
    if world.refs is not None:
        (work / "ref").mkdir()
        refs = {p: f"{source_hash(p, v)}/{config_hash(dict(links))}" for p, (v, links) in world.refs.items()}
        (work / "ref" / ".packages.json").write_text(json.dumps(refs))
        for package in world.reference:
            tree(work / "ref" / package, package)
    write_lockfile(
        work / "pak.lock", *(entry(p, v, type=kind, metadata={"RemoteType": kind}) for p, v, kind in world.entries)
    )


@pytest.fixture(scope="module")
def ground() -> Iterator[Path]:
    """A folder in memory where there is one: a thousand small stores are a lot of files."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = tempfile.mkdtemp(prefix="pkgstore-test-", dir=memory)
    yield Path(folder)
    shutil.rmtree(folder)


@pytest.mark.no_cover
@settings(max_examples=1000, suppress_health_check=[HealthCheck.too_slow])
@given(world=worlds)
def test_a_random_world(ground: Path, world: World) -> None:
    with tempfile.TemporaryDirectory(dir=ground) as folder:
        work = Path(folder)
        build(work, world)
        report = report_on(work, runtime=world.runtime)
        planned = tool.plan_tool_populate(build_inputs(work), runtime=world.runtime).stats
        stats, new = populated(work, runtime=world.runtime)
        assert report.counts == planned == stats
        assert named([row.decision for row in report.rows]) == new
        assert all(
            row.near.configs or row.near.nothing or row.sources.sources or row.sources.nothing
            for row in report.rows
            if row.decision.verdict.is_miss and row.decision.verdict is not Verdict.NOT_IN_REFERENCE
        )


def test_what_cannot_be_counted_as_a_miss_is_no_miss(store: StoreBuilder) -> None:
    """The class follows from the verdict alone."""
    assert counts_of([]) == PopulateStats()
    assert {verdict.counts_as for verdict in Verdict} == {"", "hits", "misses", "abi_hits", "abi_rebuilds"}
    assert all(verdict.is_miss == (verdict.counts_as in {"misses", "abi_rebuilds"}) for verdict in Verdict)
