"""Each rule of `check` by itself: what it says, how much it matters, and where it keeps silent."""

import json
import os
from pathlib import Path

import pytest

from builders import PLATFORM, LibraryBuilder, StoreBuilder, digest, ref, source_hash
from pkgstore.check.run import Checked, check
from pkgstore.findings import Finding, Severity
from pkgstore.keys import AppKey, ConfigKey, SourceKey, WorkerKey

OTHER = "4.6-x86_64-pc-linux-gnu"
LINKS = {"Rcpp": "1.0"}


@pytest.fixture
def store(tmp_path: Path) -> StoreBuilder:
    """A store in which all is well."""
    store = StoreBuilder(tmp_path / "bundles" / ".pkg-store")
    store.package("Rcpp").source("1.0").config()
    store.package("sf").source("1.0").config(LINKS)
    return store


def found(store: StoreBuilder, *, deep: bool = False) -> list[Finding]:
    return list(check(Checked.read(str(store.root), str(store.root.parent), deep=deep)))


def only(store: StoreBuilder, *, deep: bool = False) -> Finding:
    (finding,) = found(store, deep=deep)
    return finding


def said(store: StoreBuilder) -> list[tuple[str, str, str]]:
    return [(finding.code, finding.severity.value, finding.message) for finding in found(store)]


def description(store: StoreBuilder, package: str) -> Path:
    (path,) = (store.root / store.platform / package).glob("*/*/DESCRIPTION")
    return path


def replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


# --- BAD-META --------------------------------------------------------------------------------------------


def test_what_configs_json_says_of_links(store: StoreBuilder) -> None:
    replaced(description(store, "sf"), "LinkingTo: Rcpp", "LinkingTo: Rcpp (>= 1.0), BH")
    finding = only(store)
    assert (finding.code, finding.severity) == ("BAD-META", Severity.ERROR)
    assert finding.message == "configs.json says that it links to Rcpp, its DESCRIPTION to BH, Rcpp"
    assert finding.path.endswith("/configs.json")


def test_what_configs_json_says_of_compiling(store: StoreBuilder) -> None:
    replaced(description(store, "Rcpp"), "NeedsCompilation: no", "NeedsCompilation: YES")
    assert said(store) == [
        (
            "BAD-META",
            "warning",
            "configs.json says source_compiled: no, its DESCRIPTION NeedsCompilation: yes",
        )
    ]


def test_the_order_and_the_versions_of_links_do_not_matter(store: StoreBuilder) -> None:
    store.package("s2").source("1.0").config({"BH": "1", "Rcpp": "1.0"})
    store.package("BH").source("1").config()
    replaced(description(store, "s2"), "LinkingTo: BH, Rcpp", "LinkingTo: Rcpp (>= 1.0),\n    BH,")
    replaced(description(store, "s2"), "NeedsCompilation: yes", "NeedsCompilation: Yes")
    assert found(store) == []


@pytest.mark.parametrize(
    ("package", "severity", "more"),
    [("Rcpp", "warning", ""), ("sf", "error", ", and configs.json says what it links to")],
)
def test_a_tree_without_description(store: StoreBuilder, package: str, severity: str, more: str) -> None:
    description(store, package).unlink()
    assert said(store) == [("BAD-META", severity, f"the tree has no DESCRIPTION{more}")]


@pytest.mark.parametrize("text", ["", "{}", "{", '{"created_at": 1}', '{"created_at": "yesterday"}', "\0\xff"])
def test_a_sidecar_that_tells_nothing(store: StoreBuilder, text: str) -> None:
    sidecar = store.package("sf").source("1.0").config(LINKS, tree=False, sidecar=False).sidecar
    sidecar.write_text(text)
    finding = only(store)
    assert (finding.code, finding.severity, finding.path) == ("BAD-META", Severity.WARNING, str(sidecar))
    assert finding.message.startswith("the sidecar cannot be used: ")


def test_a_sidecar_that_is_no_file(store: StoreBuilder) -> None:
    sidecar = store.package("sf").source("1.0").config(LINKS, tree=False, sidecar=False).sidecar
    sidecar.unlink()
    sidecar.mkdir()
    finding = only(store)
    assert (finding.code, finding.path, finding.message) == ("BAD-META", str(sidecar), "is not what its name says")


def test_bytes_that_are_no_text_are_compared_as_the_store_writes_them(store: StoreBuilder) -> None:
    path = description(store, "sf")
    path.write_bytes(path.read_bytes() + b"Maintainer: J\xf6rg\nLinkingTo: Rc\xffpp\n")
    configs = store.package("sf").source("1.0").configs_json
    document = json.loads(configs.read_text())
    document["linkingto"] = ["Rc\ufffdpp"]
    configs.write_text(json.dumps(document))
    assert {finding.code for finding in found(store)} == {"PARTIAL-CONFIG"}, "but not BAD-META"


# --- what stands where another thing should ------------------------------------------------------------------


def test_another_package(store: StoreBuilder) -> None:
    replaced(description(store, "sf"), "Package: sf", "Package: sp")
    replaced(description(store, "sf"), "LinkingTo: Rcpp", "LinkingTo: BH")
    finding = only(store)
    assert (finding.code, finding.message) == ("WRONG-PACKAGE", "its DESCRIPTION is that of sp")


def test_keys_of_another_name(store: StoreBuilder) -> None:
    source = store.package("sf").source("1.0").config(LINKS, tree=False, sidecar=False)
    document = json.loads(source.configs_json.read_text())
    document["configs"][source.last] = {}
    source.configs_json.write_text(json.dumps(document))
    finding = only(store)
    assert (finding.code, finding.subject) == (
        "BAD-CONFIG-HASH",
        ConfigKey(PLATFORM, "sf", source.key, source.last),
    )
    assert finding.message == "its recorded keys (nothing) hash to e3b0c442"


@pytest.mark.parametrize(("links", "left"), [("Rcpp, methods", ""), ("Rcpp, BH, methods, Matrix", "BH, Matrix")])
def test_a_key_that_leaves_something_out(store: StoreBuilder, links: str, left: str) -> None:
    replaced(description(store, "sf"), "LinkingTo: Rcpp", f"LinkingTo: {links}")
    configs = store.package("sf").source("1.0").configs_json
    document = json.loads(configs.read_text())
    document["linkingto"] = sorted(links.split(", "))
    configs.write_text(json.dumps(document))
    messages = [f"links to {left}, which its key leaves out"] if left else []
    assert [finding.message for finding in found(store)] == messages


# --- for what it was built -------------------------------------------------------------------------------


def test_built_for_another_r_than_the_platform(store: StoreBuilder) -> None:
    store.package("old").source("1").config(built="R 4.4.3")
    assert only(store).message == "was built for R 4.4, the platform is for R 4.5 on x86_64 linux"


def test_built_for_another_machine(store: StoreBuilder) -> None:
    replaced(description(store, "sf"), "R 4.5.2; ;", "R 4.5.2; aarch64-apple-darwin20;")
    assert only(store).message.startswith("was built for R 4.5 on aarch64 darwin, ")


def test_where_the_platform_does_not_tell_most_trees_do(tmp_path: Path) -> None:
    store = StoreBuilder(tmp_path / "bundles" / ".pkg-store", "4.5-source")
    for name in ("a", "b", "c"):
        store.package(name).source("1").config(built="R 4.5.1")
    store.package("d").source("1").config(built="R 4.4.0")
    star = StoreBuilder(tmp_path / "other" / ".pkg-store", "source-any")
    for name, built in {"a": "R 4.4.0", "b": "R 4.4.1", "c": "R 4.5.0"}.items():
        star.package(name).source("1").config(built=built)
    assert [finding.message for finding in found(store)] == ["was built for R 4.4, the platform is for R 4.5"]
    assert [finding.message for finding in found(star)] == ["was built for R 4.5, the platform is for R 4.4"]


def test_built_as_nothing_tells(store: StoreBuilder) -> None:
    replaced(description(store, "sf"), "Built: R 4.5.2", "Built: by hand")
    assert found(store) == []


# --- keys ------------------------------------------------------------------------------------------------


def strong(store: StoreBuilder, *names: str) -> None:
    for name in names:
        store.package(name).source("1", digest("standard", name, "1", digest(name))).config()


def test_weak_keys_where_most_are_strong(store: StoreBuilder) -> None:
    strong(store, "a", "b", "c")
    assert {(f.code, f.severity, f.subject) for f in found(store)} == {
        ("WEAK-KEY", Severity.ADVICE, SourceKey(PLATFORM, name, source_hash(name, "1.0")))
        for name in ("Rcpp", "sf")
    }


def test_weak_keys_where_half_are_weak_only_if_asked_for(store: StoreBuilder) -> None:
    strong(store, "a", "b")
    assert found(store) == []
    assert [finding.code for finding in found(store, deep=True)] == ["WEAK-KEY", "WEAK-KEY"]


# --- platforms -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["4.6-x86_64-pc-linux-gnu", "lost+found", ".old-thing", "4.10"])
def test_an_empty_folder_that_a_restart_does_not_take(store: StoreBuilder, name: str) -> None:
    (store.root / name).mkdir()
    assert found(store) == []


def test_an_empty_platform_that_a_restart_takes(store: StoreBuilder) -> None:
    (store.root / "4.10-x86_64-pc-linux-gnu" / "sf").mkdir(parents=True)
    finding = only(store)
    assert (finding.code, finding.subject) == ("RESTART-HAZARD", "4.10-x86_64-pc-linux-gnu")
    assert finding.message == f"it is empty and first by name, while {PLATFORM} is in use"


def test_an_app_whose_packages_another_platform_has(store: StoreBuilder) -> None:
    store.on(OTHER).package("sf").source("2.0").config(used="3d")
    store.app("shop", {"sf": ref("sf", "2.0"), "Rcpp": ref("Rcpp", "1.0")}, prev={"sf": ref("sf", "2.0")})
    by_code = {finding.code: finding for finding in found(store)}
    assert by_code.keys() == {"DEAD-PLATFORM", "DANGLING-ROOT"}
    start = by_code["DANGLING-ROOT"]
    assert (start.severity, start.subject, start.packages) == (Severity.WARNING, AppKey("shop"), ("sf",))
    assert start.message == f"shop (current): only another platform than {PLATFORM}, which is in use, has sf"


# --- workers ---------------------------------------------------------------------------------------------


def linked(store: StoreBuilder, worker: str, package: str, to: Path) -> Path:
    """A worker's package: hard links to a tree."""
    place = store.root / ".workers" / worker / package
    for path in to.rglob("*"):
        target = place / path.relative_to(to)
        if path.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, target)
    return place


@pytest.fixture
def place(store: StoreBuilder) -> Path:
    """A package in a worker's library, as it should be."""
    place = linked(store, "w1", "sf", description(store, "sf").parent)
    store.worker("w1", {"sf": ref("sf", "1.0", LINKS), "Rcpp": ref("Rcpp", "1.0")})
    assert found(store) == []
    return place


def copy_of(path: Path) -> None:
    text = path.read_bytes()
    path.unlink()
    path.write_bytes(text)


def test_a_file_that_is_no_more_the_stores(store: StoreBuilder, place: Path) -> None:
    copy_of(place / "DESCRIPTION")
    finding = only(store)
    assert (finding.code, finding.subject, finding.path) == ("DRIFT", WorkerKey("w1"), str(place))
    assert (finding.message, finding.packages) == ("sf: DESCRIPTION is not the store's file", ("sf",))


def test_another_file_only_where_every_file_is_looked_at(store: StoreBuilder, place: Path) -> None:
    copy_of(place / "R" / "sf.rdb")
    assert found(store) == []
    assert [f.message for f in found(store, deep=True) if f.code == "DRIFT"] == [
        "sf: R/sf.rdb is not the store's file"
    ]


def test_what_a_library_lacks_or_has_besides_is_no_drift(store: StoreBuilder, place: Path) -> None:
    (place / "DESCRIPTION").unlink()
    (place / "R" / "more.rdb").write_text("")
    LibraryBuilder(store.root / ".workers" / "w1").package("other")
    assert [finding for finding in found(store, deep=True) if finding.code == "DRIFT"] == []


def test_a_library_that_is_being_changed_is_let_be(store: StoreBuilder, place: Path) -> None:
    copy_of(place / "DESCRIPTION")
    manifest = store.root / ".workers" / "w1" / ".packages.json"
    os.utime(manifest, (store.now - 300, store.now - 300))
    assert found(store) == []
    then = store.now - 900
    os.utime(manifest.parent, (then + 60, then + 60))
    os.utime(manifest, (then, then))
    assert only(store).code == "DRIFT"


def test_on_whatever_platform_the_file_is(store: StoreBuilder, place: Path) -> None:
    store.on(OTHER).package("sf").source("1.0").config(LINKS, used="3d")
    assert {finding.code for finding in found(store)} == {"DEAD-PLATFORM"}


@pytest.mark.parametrize(("age", "codes"), [(23, []), (25, ["ORPHAN-WORKER"])])
def test_a_library_that_was_never_finished(store: StoreBuilder, age: int, codes: list[str]) -> None:
    library = store.worker("w1")
    then = store.now - age * 3600
    os.utime(library, (then, then))
    assert [finding.code for finding in found(store)] == codes


def test_what_is_gone_is_not_called_unchecked_too(store: StoreBuilder) -> None:
    store.worker("w1", {"gone": ref("gone", "1", LINKS), "lost": ref("lost", "1")})
    finding = only(store)
    assert (finding.code, finding.packages) == ("BROKEN-INSTALL", ("gone", "lost"))


def test_builds_of_builds(store: StoreBuilder) -> None:
    store.package("BH").source("1").config()
    for path, day in ((description(store, "sf"), "2026-01-05"),):
        replaced(path, "2026-01-02", day)
    source = store.package("sf").source("1.0").config({"Rcpp": "2.0"})
    replaced(source.tree / "DESCRIPTION", "2026-01-02", "2026-01-20")
    store.package("Rcpp").source("2.0").config()
    store.package("stars").source("1").config({"sf": "1.0"})
    replaced(description(store, "stars"), "2026-01-02", "2026-01-10")
    manifest = {"sf": source.ref, "Rcpp": ref("Rcpp", "2.0"), "stars": ref("stars", "1", {"sf": "1.0"})}
    store.app("shop", manifest)
    assert found(store) == []
    assert {finding.code for finding in found(store, deep=True)} == {"ABI-DEPTH", "WEAK-KEY"}
