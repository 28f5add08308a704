"""The parts of an explanation that a person does not see one by one: the past, shared reasons, roots, graphs."""

from pathlib import Path

import pytest

from builders import LibraryBuilder, StoreBuilder, entry, ref, source_hash, write_lockfile
from pkgstore.explain.causes import Shared, shared_of
from pkgstore.explain.linking import Branch, graph_of, part_of, tree_of
from pkgstore.explain.nearest import distance
from pkgstore.explain.past import Evicted, Past
from pkgstore.explain.question import read_question, with_libraries
from pkgstore.explain.report import Report, explain
from pkgstore.explain.verdicts import Verdict
from pkgstore.layout import Layout
from pkgstore.names import Names
from pkgstore.roots import roots_of
from pkgstore.scan import read_snapshot

RCPP = {"Rcpp": "1"}
GONE = {("sf", ref("sf", "1.0", RCPP)): "evicted 3d ago, by the journal"}


def report_of(
    store: StoreBuilder,
    *entries: dict[str, object],
    journal: Evicted | None = None,
    ref_library: Path | None = None,
) -> Report:
    question = read_question(str(write_lockfile(store.root.parent / "asked.lock", *entries)))
    if ref_library is not None:
        question = with_libraries(question, Layout(str(store.root)), "", str(ref_library), runtime=True)
    snapshot = read_snapshot(str(store.root), apps=str(store.root.parent))
    return explain(question, snapshot, Names.of(snapshot), roots_of(snapshot), journal)


def verdicts(report: Report) -> dict[str, Verdict]:
    return {row.package: row.decision.verdict for row in report.rows}


# --- what was there once ---------------------------------------------------------------------------------


def test_a_journal_tells_of_a_config_that_was_evicted(store: StoreBuilder) -> None:
    store.package("sf").source().config({"Rcpp": "0"})
    (row, _) = report_of(store, entry("sf"), entry("Rcpp", "1"), journal=GONE).rows
    assert (row.decision.verdict, row.decision.reason) == (Verdict.EVICTED, "evicted 3d ago, by the journal")
    assert row.decision.is_stored is False


def test_a_journal_tells_of_a_source_whose_last_config_was_evicted(store: StoreBuilder) -> None:
    (row, _) = report_of(store, entry("sf"), entry("Rcpp", "1"), journal=GONE).rows
    assert (row.decision.verdict, row.decision.reason) == (Verdict.EVICTED, "evicted 3d ago, by the journal")
    assert "whether the lockfile wants just the config that was evicted" in row.decision.not_known[0]


def test_the_journal_goes_before_a_manifest(store: StoreBuilder) -> None:
    store.app("shop", {"sf": ref("sf", "1.0", RCPP)})
    rows = report_of(store, entry("sf"), entry("Rcpp", "1"), journal=GONE).rows
    assert rows[0].decision.reason == "evicted 3d ago, by the journal"


def test_another_config_that_was_evicted_is_no_reason(store: StoreBuilder) -> None:
    store.package("sf").source().config({"Rcpp": "0"})
    rows = report_of(store, entry("sf"), entry("Rcpp", "2"), journal=GONE).rows
    assert rows[0].decision.verdict is Verdict.CONFIG_MISS


def test_what_a_manifest_names_and_another_platform_has_was_perhaps_never_here(store: StoreBuilder) -> None:
    store.on("4.4-x86_64-pc-linux-gnu").package("sf").source().config(RCPP)
    store.package("sf").source().config({"Rcpp": "0"})
    store.app("shop", {"sf": ref("sf", "1.0", RCPP)})
    (row, _) = report_of(store, entry("sf"), entry("Rcpp", "1")).rows
    assert (row.decision.verdict, row.decision.also) == (Verdict.CONFIG_MISS, (Verdict.OTHER_PLATFORM,))
    assert row.decision.elsewhere == ("4.4-x86_64-pc-linux-gnu",)


def test_nothing_is_known_without_a_past() -> None:
    assert Past().why("sf", "a/b") == ""
    assert Past().of_source("sf", "a") == ()


def test_a_partial_key_goes_before_an_eviction_which_is_said_too(store: StoreBuilder) -> None:
    store.package("sf").source().config(RCPP)
    (row,) = report_of(store, entry("sf"), journal={("sf", ref("sf", "1.0")): "evicted"}).rows
    assert (row.decision.verdict, row.decision.also) == (Verdict.PARTIAL_KEY, (Verdict.EVICTED,))


def test_what_is_part_of_r_leaves_no_key_partial(store: StoreBuilder) -> None:
    source = store.package("sf").source().config()
    source.configs_json.write_text(source.configs_json.read_text().replace("null", '["methods"]'))
    (row,) = report_of(store, entry("sf")).rows
    assert (row.decision.verdict, row.decision.left_out, row.decision.also) == (Verdict.HIT, {}, ())


# --- what they have in common ----------------------------------------------------------------------------


def test_shared_reasons() -> None:
    rcpp, bh, both = (frozenset(("links", name) for name in names) for names in (["Rcpp"], ["BH"], ["BH", "Rcpp"]))
    alone, hit = frozenset({("source", "VERSION")}), frozenset[tuple[str, str]]()
    found = shared_of([rcpp, both, bh, alone, hit])
    assert found == [Shared(1, 3), Shared(2, 3), Shared(1, 3), Shared(0, 3), Shared(0, 4)]


def test_the_changed_packages_at_the_root_ranked(store: StoreBuilder) -> None:
    for name, links in (("sf", {"Rcpp": "1", "BH": "1"}), ("lme4", RCPP), ("s2", RCPP), ("geo", {"BH": "1"})):
        store.package(name).source().config(links)
    names = ("sf", "lme4", "s2", "geo")
    report = report_of(store, *(entry(name) for name in names), entry("Rcpp", "2"), entry("BH", "2"))
    assert [(changed.package, changed.packages) for changed in report.cascade] == [
        ("Rcpp", ("lme4", "s2", "sf")),
        ("BH", ("geo", "sf")),
    ]
    assert report.cascade[0].stored == (source_hash("Rcpp", "1"),)
    assert report.verdicts[0] == (Verdict.CONFIG_MISS, 4)
    shared = {row.package: row.shared for row in report.rows}
    assert (shared["sf"], shared["geo"], shared["Rcpp"]) == (Shared(3, 5), Shared(1, 5), Shared(1, 5))


def test_the_roots_at_run_time_are_what_changed(store: StoreBuilder, tmp_path: Path) -> None:
    source = store.package("sf").source().config({"Rcpp": "1", "BH": "1"})
    refs = {"sf": source.ref, "Rcpp": ref("Rcpp", "1"), "BH": ref("BH", "1")}
    library = LibraryBuilder(tmp_path / "worker").manifest(refs).package("sf").package("BH")
    report = report_of(store, entry("sf"), entry("Rcpp", "2"), entry("BH", "1"), ref_library=library.path)
    assert verdicts(report) == {
        "sf": Verdict.ABI_REBUILD,
        "Rcpp": Verdict.SOURCE_MISS,
        "BH": Verdict.ABI_UNCHECKED,
    }
    assert report.rows[0].decision.also == (Verdict.CONFIG_MISS,)
    assert [(changed.package, changed.packages) for changed in report.cascade] == [("Rcpp", ("sf",))]


def test_a_package_that_stands_twice_is_carried_over_once(store: StoreBuilder, tmp_path: Path) -> None:
    store.package("sf").source("2.0").config()
    library = LibraryBuilder(tmp_path / "worker").manifest({"sf": ref("sf", "2.0")}).package("sf")
    report = report_of(store, entry("sf", "1.0"), entry("sf", "2.0"), ref_library=library.path)
    assert [(row.decision.index, row.decision.verdict) for row in report.rows] == [(1, Verdict.CARRIED)]


@pytest.mark.parametrize(
    ("wanted", "stored", "expected"),
    [
        ({}, {}, (0, 0)),
        ({"a": "1"}, {"a": "2"}, (1, 0)),
        ({"a": "1"}, {}, (0, 1)),
        ({"a": "1", "b": "1"}, {"b": "2", "c": "1"}, (1, 2)),
    ],
)
def test_a_distance_counts_values_and_names(
    wanted: dict[str, str], stored: dict[str, str], expected: tuple[int, int]
) -> None:
    assert distance(wanted, stored) == distance(stored, wanted) == expected


# --- graphs ----------------------------------------------------------------------------------------------


def test_a_graph_and_a_part_of_it(store: StoreBuilder) -> None:
    store.package("sf").source().config({"Rcpp": "1", "s2": "1.0"})
    store.package("s2").source().config(RCPP)
    store.package("geo").source().config()
    graph = graph_of(report_of(store, entry("sf"), entry("s2"), entry("geo")))
    assert graph == {"Rcpp": None, "geo": (), "s2": ("Rcpp",), "sf": ("Rcpp", "s2")}
    assert part_of(graph, ["geo"]) == {"geo": ()}
    assert part_of(graph, ["s2"]) == {"Rcpp": None, "s2": ("Rcpp",), "sf": ("Rcpp", "s2")}
    assert part_of(graph, []) == graph
    assert [(branch.package, branch.depth) for branch in tree_of(graph)] == [
        ("Rcpp", 0),
        ("s2", 1),
        ("sf", 2),
        ("sf", 1),
    ]


def test_a_circle_is_drawn_once() -> None:
    found = list(tree_of({"a": ("b",), "b": ("a",)}))
    assert found == [Branch("a", 0), Branch("b", 1), Branch("a", 2, repeated=True)]
