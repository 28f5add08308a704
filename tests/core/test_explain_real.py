"""Other people's lockfiles, explained against a store that was populated from one of them."""

import time
from pathlib import Path

import pytest
from test_real_lockfiles import FOLDER, ROWS

from builders import LibraryBuilder
from pkgstore import StoreError, read_lockfile
from pkgstore.explain.agreement import app_of
from pkgstore.explain.question import read_question
from pkgstore.explain.report import explain
from pkgstore.explain.verdicts import Verdict
from pkgstore.names import Names
from pkgstore.operations import tool
from pkgstore.roots import Roots, roots_of
from pkgstore.scan import read_snapshot
from pkgstore.snapshot import Snapshot

LINKS = {
    "sf": "Rcpp, s2",
    "dplyr": "cpp11",
    "lme4": "Rcpp",
    "later": "Rcpp",
    "readr": "cpp11, tzdb",
    "httpuv": "Rcpp",
}
pytestmark = pytest.mark.skipif(not ROWS, reason="PKGSTORE_REAL_LOCKFILES names no folder with an index.tsv")


def accepted() -> list[str]:
    return [row["file"] for row in ROWS if row["reference accepts"] == "accept"]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Snapshot, Path]:
    """A store into which all packages of the longest lockfile were ingested, and that lockfile."""
    folder = tmp_path_factory.mktemp("real")
    path = max((FOLDER / name for name in accepted()), key=lambda path: len(read_lockfile(path).real_entries))
    library = LibraryBuilder(folder / "lib")
    for entry in {entry.package: entry for entry in read_lockfile(path).real_entries}.values():
        library.package(entry.package, entry.version, LINKS.get(entry.package, ""))
    for _ in tool.run_ingest(tool.read_build_inputs(str(folder / "store"), str(path), str(library.path))):
        pass
    return read_snapshot(str(folder / "store")), path


def test_the_one_that_it_was_filled_from_is_all_there(filled: tuple[Snapshot, Path]) -> None:
    snapshot, path = filled
    report = explain(read_question(str(path)), snapshot, Names.of(snapshot), roots_of(snapshot))
    assert {verdict for verdict, _ in report.verdicts} <= {Verdict.HIT, Verdict.META_ENTRY}
    assert report.counts.hits > 100
    assert app_of(snapshot, str(path)) is None


def test_each_is_explained_or_refused_as_the_reference_does(filled: tuple[Snapshot, Path]) -> None:
    snapshot, _ = filled
    names, roots = Names.of(snapshot), roots_of(snapshot)
    taken = {row["file"]: explained(snapshot, names, roots, row) for row in ROWS}
    slowest = max(taken, key=lambda name: taken[name])
    print(f"{len(taken)} lockfiles; slowest {slowest}: {taken[slowest] * 1000:.1f} ms")


def explained(snapshot: Snapshot, names: Names, roots: Roots, row: dict[str, str]) -> float:
    """Explain one, and compare it with populate; gives the seconds that it took."""
    path, is_accepted = str(FOLDER / row["file"]), row["reference accepts"] == "accept"
    started = time.perf_counter()
    try:
        report = explain(read_question(path), snapshot, names, roots)
    except StoreError as error:
        said = "" if is_accepted else str(error)
        assert path in said, (row["file"], str(error))  # noqa: PT017
        return 0.0
    taken = time.perf_counter() - started
    assert bool(report.question.refused) != is_accepted, row["file"]
    if is_accepted:
        assert sum(count for _, count in report.verdicts) == len(report.question.lockfile.packages)
        inputs = tool.read_build_inputs(snapshot.root, path, "/nonexistent/library")
        assert report.counts == tool.plan_tool_populate(inputs).stats
    return taken
