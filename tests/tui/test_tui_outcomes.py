"""What a planned ingest, populate or assembly says of each package."""

import json
from pathlib import Path

import pytest

from builders import PLATFORM, LibraryBuilder, StoreBuilder, entry, ref, source_hash, write_lockfile
from pkgstore.operations.tool import (
    plan_tool_assemble,
    plan_tool_ingest,
    plan_tool_populate,
    read_build_inputs,
    run_populate,
)
from pkgstore_tui.explanation.outcomes import (
    Outcome,
    assemble_outcomes,
    counts_of,
    ingest_outcomes,
    is_told,
    populate_outcomes,
)

RCPP = {"Rcpp": "1"}


@pytest.fixture
def store(tmp_path: Path) -> StoreBuilder:
    """A store with three packages, one of them damaged."""
    store = StoreBuilder(tmp_path / "store")
    store.package("Rcpp").source("1").config()
    store.package("sf").source("1.0").config(RCPP)
    store.package("glue").source("1").config(listed=False)
    return store


def version_of(package: str, ref: str) -> str:
    """The only version that these tests know by its hash."""
    return "1" if ref.startswith(source_hash(package, "1")) else ""


def told(outcomes: tuple[Outcome, ...]) -> list[tuple[str, str, str, str]]:
    return [(o.package, o.version, o.what, o.tone) for o in outcomes]


def whys(outcomes: tuple[Outcome, ...]) -> dict[str, str]:
    return {o.package: o.why for o in outcomes}


class TestIngest:
    def test_says_of_each_entry_what_becomes_of_it(self, store: StoreBuilder, tmp_path: Path) -> None:
        library = LibraryBuilder(tmp_path / "lib").package("Rcpp", "1").package("glue", "1").package("new", "2")
        reference = LibraryBuilder(tmp_path / "ref").manifest({"old": ref("old", "1"), "lost": ref("lost", "3")})
        lock = write_lockfile(
            tmp_path / "pak.lock",
            *(entry(*words.split()) for words in ("Rcpp 1", "new 2", "glue 1", "lost 3", "no 4")),
        )
        outcomes = ingest_outcomes(
            plan_tool_ingest(read_build_inputs(str(store.root), str(lock), str(library.path), str(reference.path)))
        )
        assert told(outcomes) == [
            ("no", "4", "missing", "warn"),
            ("new", "2", "move", ""),
            ("glue", "1", "repair", ""),
            ("lost", "3", "carried", "muted"),
            ("old", "", "carried", "muted"),
            ("Rcpp", "1", "stored", "muted"),
        ]
        assert whys(outcomes)["no"] == "not in the library: the manifest will lack it"
        assert counts_of(outcomes)[3] == ("carried", "muted", 2)

    def test_one_that_stands_twice_is_moved_once(self, store: StoreBuilder, tmp_path: Path) -> None:
        library = LibraryBuilder(tmp_path / "lib").package("new", "2")
        lock = write_lockfile(tmp_path / "pak.lock", entry("new", "2"), entry("new", "2"))
        outcomes = ingest_outcomes(
            plan_tool_ingest(read_build_inputs(str(store.root), str(lock), str(library.path)))
        )
        assert [what for _, _, what, _ in told(outcomes)] == ["missing", "move"]


class TestPopulate:
    def test_for_a_build(self, store: StoreBuilder, tmp_path: Path) -> None:
        LibraryBuilder(tmp_path / "lib").package("here", "1")
        store.package("gone").source("1").config(tree=False)
        lock = write_lockfile(
            tmp_path / "pak.lock",
            *(entry(*words.split()) for words in ("Rcpp 1", "sf 1.0", "glue 1", "gone 1", "here 1")),
        )
        inputs = read_build_inputs(str(store.root), str(lock), str(tmp_path / "lib"))
        plan = plan_tool_populate(inputs)
        outcomes = populate_outcomes(plan, inputs.lockfile, version_of)
        assert told(outcomes) == [
            ("glue", "1", "miss", "warn"),
            ("gone", "1", "miss", "warn"),
            ("Rcpp", "1", "hit", ""),
            ("sf", "1.0", "hit", ""),
            ("here", "1", "kept", "muted"),
        ]
        assert whys(outcomes)["gone"] == "configs.json lists it, but its tree is gone"
        assert is_told(outcomes, "hit")
        assert not is_told(outcomes, "ABI hit")
        list(run_populate(inputs, plan))
        assert {path.name for path in (tmp_path / "lib").iterdir()} == {"Rcpp", "sf", "here"}, "it was true"

    def test_for_a_live_install(self, store: StoreBuilder, tmp_path: Path) -> None:
        store.package("Rcpp").source("2").config()
        store.package("units").source("1").config(RCPP)
        store.package("sf").source("1.0").config({"Rcpp": "2"})
        have = {"Rcpp": ref("Rcpp", "1"), "sf": ref("sf", "1.0", RCPP), "units": ref("units", "1", RCPP)}
        worker = LibraryBuilder(tmp_path / "worker").manifest(have | {"plain": ref("plain", "1")})
        for package in (*have, "plain"):
            worker.package(package, "1")
        lock = write_lockfile(tmp_path / "pak.lock", entry("Rcpp", "2"), entry("sf", "1.0"), entry("units", "1"))
        inputs = read_build_inputs(str(store.root), str(lock), str(tmp_path / "lib"), str(worker.path))
        outcomes = populate_outcomes(plan_tool_populate(inputs, runtime=True), inputs.lockfile, version_of)
        assert told(outcomes) == [
            ("units", "1", "ABI rebuild", "warn"),
            ("sf", "1.0", "ABI hit", ""),
            ("plain", "1", "carried", ""),
            ("Rcpp", "2", "hit", ""),
        ]
        assert whys(outcomes)["units"] == "a package that it links to changed: Rcpp"
        assert whys(outcomes)["sf"] == "built against the changed Rcpp"


def test_assemble(store: StoreBuilder, tmp_path: Path) -> None:
    manifest = {
        "Rcpp": ref("Rcpp", "1"),
        "sf": ref("sf", "1.0", RCPP),
        "glue": ref("glue", "1"),
        "none": ref("none", "1"),
    }
    library = LibraryBuilder(tmp_path / "lib").package("Rcpp", "1").package("sf", "0.9")
    library.manifest({"Rcpp": manifest["Rcpp"], "sf": ref("sf", "0.9")})
    path = tmp_path / "store-manifest.json"
    path.write_text(json.dumps(manifest))
    _, plan = plan_tool_assemble(str(store.root), PLATFORM, str(path), str(library.path))
    assert told(assemble_outcomes(plan, version_of)) == [
        ("none", "1", "missing", "bad"),
        ("glue", "1", "link", ""),
        ("sf", "", "replace", ""),
        ("Rcpp", "1", "kept", "muted"),
    ]
