"""What becomes of each package of a lockfile, and that populate says the same."""

from pathlib import Path

import pytest

from builders import PLATFORM, StoreBuilder, config_hash, entry, github, source_hash, write_lockfile
from pkgstore.errors import DiskError, InvalidName, LockfileError
from pkgstore.explain.decisions import Decision, Verdict, decide, read_question
from pkgstore.keys import SourceKey
from pkgstore.layout import Layout
from pkgstore.operations.populate import plan_populate
from pkgstore.progress import Cancel

META = {"type": "deps", "metadata": {"RemoteType": "deps"}}


def decisions(store: StoreBuilder, lockfile: Path) -> list[Decision]:
    return list(decide(Layout(str(store.root)), read_question(str(lockfile))))


def verdicts(store: StoreBuilder, lockfile: Path) -> dict[str, Verdict]:
    return {decision.entry.package: decision.verdict for decision in decisions(store, lockfile)}


@pytest.fixture
def store(tmp_path: Path) -> StoreBuilder:
    store = StoreBuilder(tmp_path / "store")
    store.package("sf").source("1.0-16").config({"Rcpp": "1.0.12"})
    store.package("dplyr").source("1.1.4").config()
    store.package("s2").source("1.1.6").config(tree=False)
    store.package("units").source("0.8").config().configs_json.write_text("{")
    return store


def test_each_verdict(store: StoreBuilder, tmp_path: Path) -> None:
    lockfile = write_lockfile(
        tmp_path / "pak.lock",
        entry("sf", "1.0-16"),
        entry("Rcpp", "1.0.13"),
        entry("dplyr", "1.1.4"),
        entry("s2", "1.1.6"),
        entry("units", "0.8"),
        entry("deps", **META),
        github("shinyadmin", "abc"),
    )
    assert verdicts(store, lockfile) == {
        "sf": Verdict.CONFIG_MISS,
        "Rcpp": Verdict.SOURCE_MISS,
        "dplyr": Verdict.HIT,
        "s2": Verdict.PHANTOM,
        "units": Verdict.CONFIG_MISS,
        "deps": Verdict.META_ENTRY,
        "shinyadmin": Verdict.SOURCE_MISS,
    }


def test_the_wanted_config_and_what_it_links_to_are_told(store: StoreBuilder, tmp_path: Path) -> None:
    lockfile = write_lockfile(tmp_path / "pak.lock", entry("sf", "1.0-16"), entry("Rcpp", "1.0.13"))
    decision = decisions(store, lockfile)[0]
    assert decision.source == SourceKey(PLATFORM, "sf", source_hash("sf", "1.0-16"))
    assert decision.resolution is not None
    assert decision.resolution.key is not None
    assert decision.resolution.key.config_hash == config_hash({"Rcpp": "1.0.13"})
    assert decision.links == {"Rcpp": source_hash("Rcpp", "1.0.13")}


def test_an_unreadable_configs_json_is_the_reason(store: StoreBuilder, tmp_path: Path) -> None:
    (decision,) = decisions(store, write_lockfile(tmp_path / "pak.lock", entry("units", "0.8")))
    assert decision.reason.startswith("configs.json ")


def test_the_counts_are_those_of_populate(store: StoreBuilder, tmp_path: Path) -> None:
    names = [("dplyr", "1.1.4"), ("dplyr", "1.1.4"), ("sf", "1.0-16"), ("s2", "1.1.6"), ("x", "1"), ("x", "1")]
    lockfile = write_lockfile(tmp_path / "pak.lock", *(entry(*name) for name in names))
    found = decisions(store, lockfile)
    question = read_question(str(lockfile))
    plan = plan_populate(Layout(str(store.root)), question.platform, question.lockfile, str(tmp_path / "library"))
    assert sum(decision.verdict.is_miss for decision in found) == plan.stats.misses == 4
    assert sum(decision.verdict is Verdict.HIT for decision in found) == plan.stats.hits == 1
    assert found[1].verdict is Verdict.IN_LIBRARY


def test_what_the_reference_would_refuse_is_shown_with_its_reason(store: StoreBuilder, tmp_path: Path) -> None:
    odd = entry("odd", type="bioc", metadata={"RemoteType": "bioc"})
    lockfile = write_lockfile(tmp_path / "pak.lock", odd, entry("../up"), entry("dplyr", "1.1.4"))
    question = read_question(str(lockfile))
    assert question.refused.startswith('packages[0]: package odd: unsupported type "bioc"')
    found = decisions(store, lockfile)
    assert [decision.verdict for decision in found] == [Verdict.UNSUPPORTED, Verdict.UNSUPPORTED, Verdict.HIT]
    assert "has a slash" in found[1].reason


@pytest.mark.parametrize(
    ("text", "error"),
    [("{", LockfileError), ('{"lockfile_version": 1, "packages": []}', LockfileError), (None, DiskError)],
)
def test_what_is_no_lockfile(tmp_path: Path, text: str | None, error: type[Exception]) -> None:
    path = tmp_path / "pak.lock"
    if text is not None:
        path.write_text(text)
    with pytest.raises(error):
        read_question(str(path))


def test_a_platform_that_leads_elsewhere(tmp_path: Path) -> None:
    lockfile = write_lockfile(tmp_path / "pak.lock", entry("sf", rversion="../..", platform="x/y"))
    with pytest.raises(InvalidName):
        read_question(str(lockfile))


def test_it_stops_when_nobody_wants_to_know(store: StoreBuilder, tmp_path: Path) -> None:
    question = read_question(str(write_lockfile(tmp_path / "pak.lock", entry("sf"), entry("dplyr"))))
    cancel = Cancel()
    cancel.set()
    assert list(decide(Layout(str(store.root)), question, cancel=cancel)) == []
