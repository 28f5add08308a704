"""The command why: one story for each verdict and each kind of difference, as a person and as a script read it."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cli_helpers import Ran, Runner, nothing_changes

from builders import (
    LibraryBuilder,
    StoreBuilder,
    config_hash,
    digest,
    entry,
    github,
    ref,
    source_hash,
    write_lockfile,
)

RCPP = {"Rcpp": "1.0.12"}
OTHER = "4.4-x86_64-pc-linux-gnu"


@dataclass
class Place:
    """A store with its surroundings, and what is asked of it."""

    store: StoreBuilder
    folder: Path
    run: Runner
    asked: list[dict[str, object]] = field(default_factory=list)
    more: list[object] = field(default_factory=list)

    def lock(self, *entries: dict[str, object]) -> None:
        self.asked = list(entries)

    def library(self, *packages: str) -> None:
        made = LibraryBuilder(self.folder / "lib")
        for package in packages:
            made.package(package)
        self.more += ["--lib", made.path]

    def reference(self, refs: Mapping[str, str], *packages: str, runtime: bool = True) -> None:
        made = LibraryBuilder(self.folder / "ref").manifest(refs)
        for package in packages:
            made.package(package)
        self.more += ["--reference-lib", made.path, *(["--runtime"] if runtime else [])]

    def ask(self, *words: object) -> Ran:
        path = write_lockfile(self.folder / "asked" / "pak.lock", *self.asked)
        with nothing_changes(self.folder):
            return self.run("why", *words, "--lockfile", path, "--store", self.store.root, *self.more)

    def story(self, package: str = "sf") -> tuple[list[str], dict[str, Any]]:
        """The lines about a package, and its JSON; both say the same sentence."""
        text, document = self.ask(package), self.ask(package, "--json")
        (found,) = document.json["packages"]
        assert text.code == document.code
        lines = [line for line in text.out.splitlines() if not line.startswith("populate would refuse")]
        assert found["sentence"] == lines[1].strip()
        return lines, found


@pytest.fixture
def place(store: StoreBuilder, run: Runner, tmp_path: Path) -> Place:
    return Place(store, tmp_path, run)


# --- one story for each verdict --------------------------------------------------------------------------


def meta_entry(place: Place) -> None:
    place.lock(entry("sf", type="local", metadata={"RemoteType": "local"}), entry("x"))


def unsupported(place: Place) -> None:
    place.lock(entry("sf", type="bioc", metadata={"RemoteType": "bioc"}))


def in_library(place: Place) -> None:
    place.library("sf")
    place.lock(entry("sf"))


def twice(place: Place) -> None:
    place.store.package("sf").source().config()
    place.lock(entry("sf"), entry("sf"))


def reused_ref(place: Place) -> None:
    place.store.package("sf").source().config()
    place.reference({"sf": ref("sf", "1.0")}, runtime=False)
    place.lock(entry("sf"))


def phantom(place: Place) -> None:
    place.store.package("sf").source().config(RCPP, tree=False)
    place.lock(entry("sf"), entry("Rcpp", "1.0.12"))


def unlisted(place: Place) -> None:
    place.store.package("sf").source().config({"Rcpp": "1.0.11"}).config(RCPP, listed=False)
    place.lock(entry("sf"), entry("Rcpp", "1.0.12"))


def unlisted_without_configs(place: Place) -> None:
    place.store.package("sf").source().config(RCPP).configs_json.unlink()
    place.lock(entry("sf"), entry("Rcpp", "1.0.12"))


def config_miss(place: Place) -> None:
    place.store.package("sf").source().config(RCPP)
    place.store.package("Rcpp").source("1.0.12").config()
    place.lock(entry("sf"), entry("Rcpp", "1.0.13"))


def unreadable_configs(place: Place) -> None:
    place.store.package("sf").source().config(RCPP).configs_json.write_text("{")
    place.lock(entry("sf"), entry("Rcpp", "1.0.13"))


def partial_key(place: Place) -> None:
    place.store.package("sf").source().config(RCPP)
    place.lock(entry("sf"), entry("Rcpp", type="installed", metadata={"RemoteType": "installed"}))


def partial_hit(place: Place) -> None:
    source = place.store.package("sf").source().config()
    known = json.loads(source.configs_json.read_text())
    source.configs_json.write_text(json.dumps({**known, "linkingto": ["Rcpp", "methods"]}))
    place.lock(entry("sf"))


def source_miss(place: Place) -> None:
    place.store.package("sf").source("0.9").config()
    place.lock(entry("sf"))


def nothing_at_all(place: Place) -> None:
    place.lock(entry("sf"))


def other_platform(place: Place) -> None:
    place.store.on(OTHER).package("sf").source().config()
    place.lock(entry("sf"))


def evicted_source(place: Place) -> None:
    place.store.app("shop", {}, prev={"sf": ref("sf", "1.0", RCPP)})
    place.lock(entry("sf"), entry("Rcpp", "1.0.12"))


def evicted_config(place: Place) -> None:
    place.store.package("sf").source().config({"Rcpp": "1.0.11"})
    place.store.worker("w1", {"sf": ref("sf", "1.0", RCPP)})
    place.lock(entry("sf"), entry("Rcpp", "1.0.12"))


def hit(place: Place) -> None:
    place.store.package("sf").source().config(RCPP)
    place.lock(entry("sf"), entry("Rcpp", "1.0.12"))


def worker(place: Place, *stored: dict[str, str], held: tuple[str, ...] = ("sf", "Rcpp")) -> None:
    """A worker with sf built against Rcpp 1.0.12; the store has it built against each of `stored` too."""
    source = place.store.package("sf").source().config(RCPP)
    for links in stored:
        source.config(links)
    place.reference({"sf": ref("sf", "1.0", RCPP), "Rcpp": ref("Rcpp", "1.0.12")}, *held)


def carried(place: Place) -> None:
    worker(place)
    place.lock(entry("sf"), entry("Rcpp", "1.0.12"))


def abi_hit(place: Place) -> None:
    worker(place, {"Rcpp": "1.0.13"})
    place.lock(entry("sf"), entry("Rcpp", "1.0.13"))


def abi_rebuild(place: Place) -> None:
    worker(place)
    place.lock(entry("sf"), entry("Rcpp", "1.0.13"))


def abi_phantom(place: Place) -> None:
    worker(place)
    place.store.package("sf").source().config({"Rcpp": "1.0.13"}, tree=False)
    place.lock(entry("sf"), entry("Rcpp", "1.0.13"))


def abi_unchecked(place: Place) -> None:
    worker(place)
    place.store.package("sf").source().configs_json.unlink()
    place.lock(entry("sf"), entry("Rcpp", "1.0.13"))


def abi_not_in_lock(place: Place) -> None:
    worker(place)
    place.lock(entry("Rcpp", "1.0.13"))


def not_in_reference(place: Place) -> None:
    worker(place, held=("Rcpp",))
    place.lock(entry("sf"), entry("Rcpp", "1.0.12"))


NEW = config_hash({"Rcpp": "1.0.13"})[:8]
OLD = config_hash(RCPP)[:8]
NONE = config_hash({})[:8]
Story = tuple[Callable[[Place], None], str, str, str]
VERDICTS: list[Story] = [
    (meta_entry, "meta-entry", "NOTHING TO DO", "no package (deps, local or installed): every operation skips it"),
    (
        unsupported,
        "unsupported-source",
        "NOT COUNTED",
        "its source has no store key, so no store can hold it: unsupported remote type 'bioc'",
    ),
    (in_library, "in-library", "NOTHING TO DO", "the library has it already"),
    (reused_ref, "reused-ref", "NOTHING TO DO", f"the reference library has this very config, {NONE}"),
    (phantom, "phantom", "MISS", f"configs.json lists config {OLD}, but its tree is gone"),
    (
        unlisted,
        "unlisted",
        "MISS",
        f"the tree of config {OLD} is there, but configs.json does not list it, so no build finds it until an "
        "ingest repairs it",
    ),
    (
        unlisted_without_configs,
        "unlisted",
        "MISS",
        f"the tree of config {OLD} is there, but configs.json is missing, so no build finds it until an ingest "
        "repairs it",
    ),
    (
        config_miss,
        "config-miss",
        "MISS",
        f"config {NEW} is not stored: against the nearest, {OLD}, Rcpp is 1.0.13 here and 1.0.12 there",
    ),
    (
        partial_key,
        "partial-key",
        "MISS",
        f"config {NONE} is not stored: against the nearest, {OLD}, Rcpp unknown is missing here: the lockfile "
        "gives no key of it; its key leaves out Rcpp, since the lockfile's first entry of it is of type installed, "
        "which has no store key (PARTIAL-CONFIG)",
    ),
    (
        partial_hit,
        "hit",
        "HIT",
        "it is taken from the store; its key leaves out Rcpp, since the lockfile lacks it (PARTIAL-CONFIG)",
    ),
    (source_miss, "source-miss", "MISS", "this source is not in the store: it has another version: 0.9"),
    (
        nothing_at_all,
        "source-miss",
        "MISS",
        "this source is not in the store: nothing to compare with: the store has no source of this package",
    ),
    (
        other_platform,
        "other-platform",
        "MISS",
        f"this source is stored, but under another platform folder: {OTHER}",
    ),
    (
        evicted_source,
        "evicted",
        "MISS",
        "this source was in the store and is there no more: shop (rollback: .prev) names it",
    ),
    (
        evicted_config,
        "evicted",
        "MISS",
        f"config {OLD} was in the store and is there no more: worker w1 names it",
    ),
    (hit, "hit", "HIT", "it is taken from the store"),
    (carried, "carried", "NOTHING TO DO", "it did not change, so it is linked from the reference library"),
    (abi_hit, "abi-hit", "ABI HIT", "Rcpp 1.0.13 is new; the store has it built against that"),
    (
        abi_rebuild,
        "abi-rebuild",
        "ABI REBUILD",
        f"Rcpp 1.0.13 is new; config {NEW} is not stored: against the nearest, {OLD}, Rcpp is 1.0.13 here and "
        "unknown there",
    ),
    (
        abi_phantom,
        "abi-rebuild",
        "ABI REBUILD",
        f"Rcpp 1.0.13 is new; configs.json lists config {NEW}, but its tree is gone",
    ),
    (
        abi_unchecked,
        "abi-unchecked",
        "NOTHING TO DO",
        "linked from the reference library, unchecked: nothing says what it links to: configs.json is missing",
    ),
    (
        abi_not_in_lock,
        "abi-not-in-lock",
        "ABI REBUILD",
        "Rcpp 1.0.13 is new; it would have to be rebuilt, but the lockfile lacks it, so nothing rebuilds it",
    ),
    (
        not_in_reference,
        "not-in-reference",
        "MISS",
        "the reference library lacks it, though its manifest lists it",
    ),
]
CODES = {"HIT": 0, "ABI HIT": 0, "NOTHING TO DO": 0, "MISS": 1, "ABI REBUILD": 1, "NOT COUNTED": 3}


@pytest.mark.parametrize("story", VERDICTS, ids=lambda story: story[0].__name__)
def test_each_verdict(place: Place, story: Story) -> None:
    make, verdict, word, said = story
    make(place)

    lines, found = place.story()

    assert f"{word} · {verdict}" in lines[0]
    assert (found["verdict"], found["sentence"]) == (verdict, said)
    counted = {"HIT": "hits", "MISS": "misses", "ABI HIT": "abi_hits", "ABI REBUILD": "abi_rebuilds"}.get(word)
    assert found["counts_as"] == counted
    assert place.ask("sf").code == CODES[word]


def test_every_verdict_has_its_story() -> None:
    from pkgstore.explain.verdicts import Verdict

    assert {verdict for _, verdict, _, _ in VERDICTS} == {verdict.value for verdict in Verdict}


def test_the_second_entry_of_a_name(place: Place) -> None:
    twice(place)
    first, second = place.ask("sf", "--json").json["packages"]
    assert (first["verdict"], second["verdict"]) == ("hit", "in-library")
    assert second["sentence"] == "the library has it already: an entry before it gives this package already"


def test_what_an_unreadable_configs_json_says_is_not_known(place: Place) -> None:
    unreadable_configs(place)
    lines, found = place.story()
    assert found["verdict"] == "config-miss"
    assert found["sentence"].startswith("configs.json cannot be used: ")
    assert found["stored"] is None
    assert "  not known: whether the wanted config is listed, since configs.json cannot be used" in lines
    assert found["nothing_to_compare"] == "nothing to compare with: which config is wanted is not known"


# --- one story for each kind of difference ---------------------------------------------------------------


def near(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(link["package"], link["state"]) for link in found["nearest_configs"][0]["links"]]


def test_the_nearest_config_by_values_not_only_by_names(place: Place) -> None:
    """All three have the same two names: only one differs in one value."""
    source = place.store.package("sf").source()
    for links in ({"Rcpp": "1", "s2": "1"}, {"Rcpp": "2", "s2": "1"}, {"Rcpp": "1", "s2": "3"}):
        source.config(links)
    place.lock(entry("sf"), entry("Rcpp", "2"), entry("s2", "2"))
    lines, found = place.story()
    assert [config["config_hash"] for config in found["nearest_configs"]] == [config_hash({"Rcpp": "2", "s2": "1"})]
    assert found["nearest_configs"][0]["distance"] == [1, 0]
    assert near(found) == [("Rcpp", "same"), ("s2", "changed")]
    assert any(line.startswith(f"  nearest {config_hash({'Rcpp': '2', 's2': '1'})[:8]}") for line in lines)
    (shown,) = (line.split() for line in lines if line.startswith("    Rcpp "))
    assert shown == ["Rcpp", "=", "2", source_hash("Rcpp", "2")[:8], "same"]


def test_a_linked_package_missing_on_one_side(place: Place) -> None:
    source = place.store.package("sf").source().config({"Rcpp": "1.0.12", "s2": "1", "old": "1"})
    known = json.loads(source.configs_json.read_text())
    source.configs_json.write_text(json.dumps({**known, "linkingto": ["Rcpp", "new"]}))
    place.lock(entry("sf"), entry("Rcpp", "1.0.12"), entry("new", "1"))
    lines, found = place.story()
    assert found["nearest_configs"][0]["distance"] == [0, 3]
    assert near(found) == [
        ("Rcpp", "same"),
        ("new", "missing there"),
        ("old", "missing here"),
        ("s2", "missing here"),
    ]
    assert "(3 of 4 linked packages differ)" in "\n".join(lines)
    assert "new 1 is missing there: it was built without a key of it" in found["sentence"]
    assert "s2 unknown is missing here: the lockfile gives no key of it" in found["sentence"]


def test_all_ties_are_shown(place: Place) -> None:
    place.store.package("sf").source().config({"Rcpp": "1"}, used="5d").config({"Rcpp": "2"}, used="1d")
    place.lock(entry("sf"), entry("Rcpp", "3"))
    lines, found = place.story()
    hashes = [config_hash({"Rcpp": version}) for version in ("2", "1")]
    assert [config["config_hash"] for config in found["nearest_configs"]] == hashes
    assert sum(line.startswith("  nearest ") for line in lines) == 2
    assert "against the nearest (of 2 equally near)" in found["sentence"]


def test_nothing_to_compare_with(place: Place) -> None:
    place.store.package("sf").source().config({"Rcpp": "1"}, tree=False).config({"Rcpp": "2"}, tree=False)
    place.lock(entry("sf"), entry("Rcpp", "3"))
    _, found = place.story()
    assert found["verdict"] == "config-miss"
    said = "nothing to compare with: every config of this source has lost its tree"
    assert found["nothing_to_compare"] == said
    assert found["sentence"].endswith(said)


def test_missing_although_an_exact_match_is_there(place: Place) -> None:
    source = place.store.package("sf").source().config(RCPP)
    wrong = digest("wrong")
    known = json.loads(source.configs_json.read_text())
    known["configs"] = {wrong: known["configs"][source.last]}
    source.configs_json.write_text(json.dumps(known))
    source.tree.rename(source.path / wrong)
    place.lock(entry("sf"), entry("Rcpp", "1.0.12"))
    _, found = place.story()
    assert (found["verdict"], found["nearest_configs"][0]["distance"]) == ("config-miss", [0, 0])
    assert found["sentence"] == (
        f"config {OLD} is not stored: config {wrong[:8]} was built against just the same, but its name is not what "
        "that hashes to (BAD-CONFIG-HASH), so no build finds it"
    )


def test_a_tree_that_an_unreadable_configs_json_hides(place: Place) -> None:
    place.store.package("sf").source().config(RCPP).configs_json.write_text("{")
    place.lock(entry("sf"), entry("Rcpp", "1.0.12"))
    _, found = place.story()
    assert (found["verdict"], found["also"], found["stored"]) == ("config-miss", ["unlisted"], True)
    assert found["sentence"].endswith(f"the tree of config {OLD} is there all the same")


def commit(package: str, sha: str, subdir: str = "", kind: str = "github") -> str:
    return digest(kind, package, sha, subdir)


def described(source: Any, **fields: str) -> None:
    """More fields for the DESCRIPTION of a config's tree."""
    path = source.tree / "DESCRIPTION"
    path.write_text(path.read_text() + "".join(f"{name}: {value}\n" for name, value in fields.items()))


SHA = "1a2b3c4d5e6f7890"


def archive(place: Place) -> None:
    described(
        place.store.package("sf").source(key=digest("standard", "sf", "1.0", "aa")).config(), Repository="CRAN"
    )
    place.lock(entry("sf", sha256="bb"))


def no_digest(place: Place) -> None:
    place.store.package("sf").source().config()
    place.lock(entry("sf", sha256="bb"))


def another_commit(place: Place) -> None:
    source = place.store.package("sf").source(key=commit("sf", "ffff")).config()
    described(source, RemoteType="github", RemoteUsername="r", RemoteRepo="sf", RemoteSha="ffffffffff")
    place.lock(github("sf", SHA))


def subfolder(place: Place) -> None:
    source = place.store.package("sf").source(key=commit("sf", SHA, "pkg/r")).config()
    described(source, RemoteType="github", RemoteUsername="r", RemoteRepo="sf", RemoteSubdir="pkg/r", RemoteSha=SHA)
    place.lock(github("sf", SHA, "other"))


def remote_type(place: Place) -> None:
    place.store.package("sf").source(key=commit("sf", SHA, kind="git")).config()
    place.lock(github("sf", SHA))


def released(place: Place) -> None:
    place.store.package("sf").source().config()
    place.lock(github("sf", SHA))


def nobody_knows(place: Place) -> None:
    place.store.package("sf").source("7", key="f" * 64).config()
    place.lock(github("sf", SHA))


SOURCES = [
    (archive, "archive", "the same version from another archive: the repository rebuilt it"),
    (
        no_digest,
        "no_digest",
        "the same version, but only one of the two has a sha256 (WEAK-KEY): the archive may be the same",
    ),
    (source_miss, "version", "another version"),
    (another_commit, "commit", "another commit"),
    (subfolder, "subfolder", "the same commit, another subfolder"),
    (remote_type, "type", "another remote type"),
    (released, "type", "another remote type"),
    (other_platform, "platform", "the same source, under another platform folder"),
    (nobody_knows, "unknown", "not known how it differs: neither a tree nor a lockfile says what it is"),
]


@pytest.mark.parametrize("story", SOURCES, ids=lambda story: story[0].__name__)
def test_each_kind_of_source_that_is_near(place: Place, story: tuple[Callable[[Place], None], str, str]) -> None:
    make, difference, said = story
    make(place)
    lines, found = place.story()
    (source,) = found["nearest_sources"]
    assert (source["difference"], source["sentence"]) == (difference, said)
    assert any(line.startswith("  nearest source ") and line.endswith(said) for line in lines)
    if found["verdict"] == "source-miss":
        assert said in found["sentence"]


def test_the_nearest_source_is_that_of_the_same_version(place: Place) -> None:
    archive(place)
    place.store.package("sf").source("0.9").config()
    another = place.store.package("sf").source(key=commit("sf", "ffff")).config()
    described(another, RemoteType="github", RemoteUsername="r", RemoteRepo="sf", RemoteSha="ffff")
    _, found = place.story()
    assert [source["difference"] for source in found["nearest_sources"]] == ["archive"]


# --- everything together ---------------------------------------------------------------------------------


@pytest.fixture
def bumped(place: Place) -> Place:
    """Rcpp went from 1.0.12 to 1.0.13: three packages are rebuilt, one was, one is in the store as it is."""
    store = place.store
    store.package("Rcpp").source("1.0.12").config()
    refs = {"sf": ref("sf", "1.0", {"Rcpp": "1.0.12", "s2": "1.1.7"})}
    store.package("sf").source().config({"Rcpp": "1.0.12", "s2": "1.1.7"})
    store.package("lme4").source().config(RCPP)
    store.package("s2").source("1.1.7").config(RCPP)
    store.package("later").source().config(RCPP).config({"Rcpp": "1.0.13"})
    store.app("shop", refs, prev=refs)
    store.app("maps", refs)
    store.worker("w1", refs)
    place.lock(*(entry("Rcpp", "1.0.13"), entry("sf"), entry("lme4"), entry("s2", "1.1.7"), entry("later")))
    return place


def test_a_package_in_full(bumped: Place) -> None:
    wanted, stored = (config_hash({"Rcpp": v, "s2": "1.1.7"})[:8] for v in ("1.0.13", "1.0.12"))
    new, old, s2 = (source_hash(*key)[:8] for key in (("Rcpp", "1.0.13"), ("Rcpp", "1.0.12"), ("s2", "1.1.7")))
    ran = bumped.ask("sf")
    assert ran.code == 1
    assert ran.out.splitlines() == [
        f"{'sf 1.0   MISS · config-miss':<48}  lock: {bumped.folder}/asked/pak.lock",
        f"  config {wanted} is not stored: against the nearest, {stored}, Rcpp is 1.0.13 here and 1.0.12 there",
        f"  source {source_hash('sf', '1.0')[:8]}  known, 1 config        config wanted {wanted}  not stored",
        f"  nearest {stored}  (1 of 2 linked packages differs)",
        "    package     wanted            stored",
        f"    Rcpp     !  1.0.13  {new}  1.0.12  {old}  changed",
        f"    s2       =  1.1.7  {s2}                     same",
        f"  built against {stored}: 2 apps, 1 worker",
        "  Also rebuilt for this reason: 2 of 3",
        "  not known: who asked for Rcpp 1.0.13 (a lockfile records no reason)",
    ]


def test_all_as_a_table_with_the_causes_counted(bumped: Place) -> None:
    lines = bumped.ask("--all").out.splitlines()
    assert [line.split()[:2] for line in lines[:6]] == [
        ["VERDICT", "PACKAGE"],
        ["config-miss", "lme4"],
        ["config-miss", "s2"],
        ["config-miss", "sf"],
        ["source-miss", "Rcpp"],
        ["hit", "later"],
    ]
    assert lines[6:] == [
        "",
        "5 packages: 3 config-miss, 1 source-miss, 1 hit",
        "populate would count: 1 hit, 4 misses, 0 ABI hits, 0 ABI rebuilds",
        "Rcpp (1.0.13, stored against 1.0.12): 3 rebuilds: lme4, s2, sf",
    ]
    assert bumped.ask().out.splitlines() == lines


def test_the_contract_of_the_document(bumped: Place) -> None:
    document = bumped.ask("--all", "--json").json
    assert document["schema_version"] == 1
    assert document["counts"] == {"hits": 1, "misses": 4, "abi_hits": 0, "abi_rebuilds": 0}
    assert {found["package"]: found["verdict"] for found in document["packages"]} == {
        "Rcpp": "source-miss",
        "sf": "config-miss",
        "lme4": "config-miss",
        "s2": "config-miss",
        "later": "hit",
    }
    (changed,) = document["cascade"]
    assert (changed["package"], changed["version"], changed["packages"]) == ("Rcpp", "1.0.13", ["lme4", "s2", "sf"])
    some = bumped.ask("sf", "--json").json
    assert (len(some["packages"]), some["counts"]) == (1, document["counts"])
    assert some["packages"][0]["same_reason"] == {"packages": 2, "of": 3}
    assert some["packages"][0]["nearest_configs"][0]["built_against"]["apps"] == ["maps", "shop"]


def test_what_links_to_what(bumped: Place) -> None:
    dot = bumped.ask("--dot").out.splitlines()
    assert (dot[0], dot[-1]) == ("digraph linkingto {", "}")
    assert '  "sf" -> "s2";' in dot
    assert '  "sf" [label="sf 1.0\\nconfig-miss", color="#d55e00"];' in dot
    assert bumped.ask("--format", "dot").out.splitlines() == dot
    assert bumped.ask("s2", "--format", "tree").out.splitlines() == [
        "Rcpp 1.0.13  source-miss  links unknown",
        "  └ s2 1.1.7  config-miss",
        "    └ sf 1.0  config-miss",
        "  └ sf 1.0  config-miss",
        "not known what they link to: Rcpp",
    ]


def test_an_issue_report(bumped: Place) -> None:
    text = bumped.ask("sf", "--format", "markdown").out
    assert "## sf 1.0: MISS, config-miss" in text
    assert "```text\nsf 1.0   MISS · config-miss" in text
    table = bumped.ask("--format", "markdown").out
    assert "| config-miss | lme4 | 1.0 | config " in table
    assert "* Rcpp (1.0.13, stored against 1.0.12): 3 rebuilds: lme4, s2, sf" in table


# --- an app's own lockfile -------------------------------------------------------------------------------


def shop(place: Place, manifest: dict[str, str], *entries: dict[str, object]) -> tuple[object, ...]:
    folder = place.store.app("shop", manifest)
    write_lockfile(folder / "pak.lock", *entries)
    return "why", "--app", "shop", "--store", place.store.root


def test_an_app_whose_lockfile_gives_its_manifest(place: Place) -> None:
    place.store.package("sf").source().config(RCPP)
    place.store.package("Rcpp").source("1.0.12").config()
    manifest = {"sf": ref("sf", "1.0", RCPP), "Rcpp": ref("Rcpp", "1.0.12")}
    line = shop(place, manifest, entry("sf"), entry("Rcpp", "1.0.12"))
    ran = place.run(*line)
    assert (ran.code, ran.out.splitlines()[0].split()) == (0, ["VERDICT", "PACKAGE", "VERSION", "WHY"])
    assert place.run(*line, "--json").json["agreement"]["agrees"] is True
    assert "lock: shop/pak.lock (agrees with store-manifest.json)" in place.run(*line, "sf").out


def test_what_an_eviction_took_is_told_by_the_journal(place: Place) -> None:
    place.store.package("sf").source().config(RCPP, used="40d")
    place.store.package("units").source().config({"Rcpp": "1.0.11"}).config(RCPP, used="40d")
    place.lock(entry("sf"), entry("units"), entry("Rcpp", "1.0.12"))
    store = ("--store", place.store.root)
    assert place.run("evict", "--retention", "30d", "--yes", *store).code == 0
    operation = place.run("trash", "list", "--json", *store).json["folders"][0]["operation"]

    found = {row["package"]: row for row in place.ask("--json").json["packages"]}
    assert [found[name]["verdict"] for name in ("sf", "units", "Rcpp")] == ["evicted", "evicted", "source-miss"]
    for name in ("sf", "units"):
        assert found[name]["reason"].startswith("evicted ")
        assert found[name]["reason"].endswith(f"({operation})")
        assert f"was in the store and is there no more: {found[name]['reason']}" in place.ask(name).out

    assert place.run("restore", "--yes", "last", *store).code == 0
    assert place.ask("--json").json["counts"] == {"hits": 2, "misses": 1, "abi_hits": 0, "abi_rebuilds": 0}


def test_an_app_that_was_rolled_back_is_said_first(place: Place) -> None:
    place.store.package("sf").source().config(RCPP).config({"Rcpp": "1.0.13"})
    place.store.package("Rcpp").source("1.0.12").config()
    place.store.package("Rcpp").source("1.0.13").config()
    manifest = {"sf": ref("sf", "1.0", RCPP), "Rcpp": ref("Rcpp", "1.0.12"), "old": ref("old", "1")}
    line = shop(place, manifest, entry("sf"), entry("Rcpp", "1.0.13"))
    ran = place.run(*line)
    assert ran.code == 1
    assert ran.out.splitlines()[0] == (
        "LOCK-DISAGREES: shop: pak.lock does not give store-manifest.json, 2 packages (of another source: Rcpp; "
        "built against something else: sf): what this lockfile explains is not what its workers have"
    )
    agreement = place.run(*line, "--json").json["agreement"]
    assert (agreement["agrees"], agreement["other_source"], agreement["other_config"]) == (False, ["Rcpp"], ["sf"])
    assert "lock: shop/pak.lock (disagrees with store-manifest.json)" in place.run(*line, "sf").out


def test_an_app_of_which_it_is_not_known(place: Place) -> None:
    line = shop(place, {"sf": ref("sf", "1.0", RCPP)}, entry("sf"))
    ran = place.run(*line)
    assert ran.out.splitlines()[0] == (
        "shop: not known whether pak.lock gives store-manifest.json: what they link to is recorded nowhere in the "
        "store"
    )
    found = place.run(*line, "--json").json
    assert (found["agreement"]["agrees"], found["agreement"]["not_known"]) == (None, ["sf"])
    assert found["packages"][0]["verdict"] == "evicted"


def test_an_app_without_a_manifest_or_a_lockfile(place: Place) -> None:
    line = shop(place, {}, entry("sf"))
    (place.folder / "shop" / "store-manifest.json").write_text("{")
    assert "not known whether pak.lock gives store-manifest.json: it cannot be read" in place.run(*line).out
    (place.folder / "shop" / "store-manifest.json").unlink()
    assert "not known whether pak.lock gives store-manifest.json: the app has none" in place.run(*line).out
    place.store.app("bare", {})
    ran = place.run("why", "--app", "bare", "--store", place.store.root)
    assert (ran.code, ran.err) == (3, f"pkgstore: {place.folder}/bare: this app has no pak.lock; give --lockfile\n")


# --- what is refused -------------------------------------------------------------------------------------


def test_a_lockfile_that_populate_would_refuse_is_explained_all_the_same(place: Place) -> None:
    place.store.package("ok").source().config()
    place.lock(entry("sf", type="bioc", metadata={"RemoteType": "bioc"}), entry("ok"), entry("../up"))
    ran = place.ask()
    assert ran.code == 3
    assert ran.out.startswith(
        'populate would refuse this lockfile: packages[0]: package sf: unsupported type "bioc"'
    )
    assert "populate would count nothing: it refuses this lockfile" in ran.out
    document = place.ask("--json").json
    assert document["refused"].startswith("packages[0]: package sf: unsupported type")
    assert [found["verdict"] for found in document["packages"]] == [
        "unsupported-source",
        "hit",
        "unsupported-source",
    ]


def test_a_library_inside_the_store_is_refused_as_populate_does(place: Place) -> None:
    place.lock(entry("sf"))
    place.store.package("sf").source().config()
    place.more = ["--lib", place.store.root / place.store.platform / "sf"]
    ran = place.ask()
    assert (ran.code, ran.out) == (3, "")
    assert "is no place for a library" in ran.err


def test_a_malformed_reference_is_refused_as_populate_does(place: Place) -> None:
    place.lock(entry("sf"))
    place.reference({"s2": "noslash"})
    ran = place.ask()
    assert (ran.code, ran.out) == (3, "")
    assert "malformed store ref 'noslash' of package s2" in ran.err


def test_an_unreadable_reference_is_left_out_and_said(place: Place) -> None:
    place.lock(entry("sf"))
    place.reference({})
    (place.folder / "ref" / ".packages.json").write_text("{")
    ran = place.ask()
    assert "the reference library is left out" in ran.err
    assert "1 source-miss" in ran.out


@pytest.mark.parametrize(
    "line",
    [
        ("why",),
        ("why", "--lockfile", "x", "--app", "y"),
        ("why", "sf", "--all", "--lockfile", "x"),
        ("why", "--lockfile", "x", "--json", "--dot"),
        ("why", "--lockfile", "x", "--dot", "--format", "markdown"),
        ("why", "--lockfile", "x", "--from", "scan.json"),
    ],
    ids=" ".join,
)
def test_a_wrong_command_line(run: Runner, line: tuple[str, ...]) -> None:
    ran = run(*line)
    assert (ran.code, ran.out) == (2, "")
    assert "Error: " in ran.err


def test_a_package_that_the_lockfile_lacks(place: Place) -> None:
    place.lock(entry("sf"))
    place.store.package("sf").source().config()
    ran = place.ask("nosuch")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.endswith("has no nosuch\n")


@pytest.mark.parametrize("text", ["{", "[]", '{"packages": []}', "<<<<<<< HEAD"])
def test_what_is_no_lockfile(place: Place, text: str) -> None:
    path = place.folder / "bad.lock"
    path.write_text(text)
    ran = place.run("why", "--lockfile", path, "--store", place.store.root)
    assert (ran.code, ran.out) == (3, "")
    assert str(path) in ran.err
    assert os.linesep.join(ran.said) == ran.err.strip()
