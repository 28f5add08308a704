"""abi: findings about libraries as text and JSON, what is not known, and the exit code."""

from pathlib import Path

import pytest
from cli_helpers import Runner, cells, nothing_changes

from builders import StoreBuilder, entry, ref, write_lockfile

OLD = {"Rcpp": "1.0.12"}
GOOD = {"Rcpp": ref("Rcpp", "1.0.12"), "sf": ref("sf", "1.0", OLD)}
BAD = {**GOOD, "Rcpp": ref("Rcpp", "1.0.13")}
MESSAGE = "sf 1.0 was built against Rcpp 1.0.12, the library has Rcpp 1.0.13"


@pytest.fixture
def store(tmp_path: Path) -> StoreBuilder:
    """An app and a worker that are sound, and a worker that is not."""
    store = StoreBuilder(tmp_path / "bundles" / ".pkg-store")
    for version in ("1.0.12", "1.0.13"):
        store.package("Rcpp").source(version).config()
    store.package("sf").source("1.0").config(OLD)
    write_lockfile(store.app("shop", GOOD) / "pak.lock", entry("Rcpp", "1.0.12"), entry("sf", "1.0"))
    store.worker("good", GOOD)
    store.worker("bad", BAD)
    return store


@pytest.mark.parametrize("every", [(), ("--all",)])
def test_every_library(store: StoreBuilder, run: Runner, every: tuple[str, ...]) -> None:
    with nothing_changes(store.root.parent):
        ran = run("abi", *every, "--store", store.root)

    assert ran.code == 1
    assert cells(ran.out) == [
        ["SEVERITY", "CODE", "LIBRARY", "WHAT"],
        ["error", "ABI-MISMATCH", "worker bad", MESSAGE],
    ]
    assert ran.err == "3 libraries, 6 packages: 1 error, 0 warnings\n"


def test_a_sound_one(store: StoreBuilder, run: Runner) -> None:
    ran = run("abi", "--worker", "good", "--app", "shop", "--store", store.root)

    assert (ran.code, ran.out) == (0, "")
    assert ran.err == "2 libraries, 4 packages: 0 errors, 0 warnings\n"


def test_json(store: StoreBuilder, run: Runner) -> None:
    ran = run("abi", "--worker", "bad", "--store", store.root, "--json")

    path = str(store.root / ".workers" / "bad" / ".packages.json")
    finding = ran.json["findings"][0]
    assert ran.code == 1
    assert finding.pop("meaning").startswith("built against another source")
    assert ran.json == {
        "schema_version": 1,
        "root": str(store.root),
        "libraries": [
            {
                "kind": "worker",
                "name": "bad",
                "path": path,
                "packages": 2,
                "sound": False,
                "problem": None,
                "not_known": [],
            }
        ],
        "findings": [
            {
                "code": "ABI-MISMATCH",
                "severity": "error",
                "kind": "worker",
                "name": "bad",
                "path": path,
                "message": MESSAGE,
                "packages": ["sf", "Rcpp"],
                "meaning": ran.json["findings"][0]["meaning"],
            }
        ],
        "damage": [],
    }


def test_advice_is_given_where_it_is_wanted_and_is_no_fault(store: StoreBuilder, run: Runner) -> None:
    assert run("abi", "--app", "shop", "--store", store.root).out == ""

    ran = run("abi", "--app", "shop", "--deep", "--store", store.root)

    assert ran.code == 0
    assert cells(ran.out)[1] == ["advice", "WEAK-KEY", "app shop", "Rcpp, sf: keys without an archive's digest"]
    assert ran.err == "1 library, 2 packages: 0 errors, 0 warnings, 1 advice\n"


def test_a_lockfile_that_disagrees_is_a_warning(store: StoreBuilder, run: Runner) -> None:
    write_lockfile(store.root.parent / "shop" / "pak.lock", entry("Rcpp", "1.0.13"), entry("sf", "1.0"))

    ran = run("abi", "--app", "shop", "--store", store.root)

    assert ran.code == 1
    assert cells(ran.out)[1][:3] == ["warning", "LOCK-DISAGREES", "app shop"]


def test_what_is_not_known_is_no_finding(store: StoreBuilder, run: Runner) -> None:
    store.app("old", {**GOOD, "gone": ref("gone", "1.0", OLD), "odd": "noslash"})
    store.worker("new")

    ran = run("abi", "--app", "old", "--worker", "new", "--store", store.root)

    assert ran.code == 0
    assert [row[:2] for row in cells(ran.out)] == [
        ["NOT KNOWN", "PACKAGE"],
        ["app old", "gone"],
        ["app old", "odd"],
        ["worker new", "all"],
    ]
    assert cells(ran.out)[3][2] == "it has no manifest yet"
    assert ran.err == "2 libraries, 4 packages: 0 errors, 0 warnings, 2 not known\n"
    old, new = run("abi", "--app", "old", "--worker", "new", "--store", store.root, "--json").json["libraries"]
    assert (old["sound"], new["sound"], new["problem"]) == (None, None, "it has no manifest yet")
    assert [each["package"] for each in old["not_known"]] == ["gone", "odd"]


def test_a_manifest_that_cannot_be_read(store: StoreBuilder, run: Runner) -> None:
    manifest = store.worker("broken") / ".packages.json"
    manifest.write_text("{")

    ran = run("abi", "--worker", "broken", "--store", store.root)

    assert ran.code == 1
    assert str(manifest) in ran.err
    assert run("abi", "--worker", "good", "--store", store.root).code == 0, (
        "what was not asked about does not count"
    )
    assert str(manifest) in run("abi", "--store", store.root).err


def test_libraries_that_are_not_there(store: StoreBuilder, run: Runner) -> None:
    ran = run("abi", "--worker", "w9", "--app", "nix", "--store", store.root)

    assert (ran.code, ran.out) == (1, "")
    assert f"{store.root}: has no app nix" in ran.err
    assert f"{store.root}: has no worker w9" in ran.err


def test_a_saved_scan(store: StoreBuilder, run: Runner, tmp_path: Path) -> None:
    scan = tmp_path / "scan.json"
    run("scan", "-o", scan, "--store", store.root)

    here, there = run("abi", "--store", store.root), run("abi", "--from", scan)

    assert (there.code, there.out, there.err) == (here.code, here.out, here.err)


def test_a_store_of_no_libraries(tmp_path: Path, run: Runner) -> None:
    root = StoreBuilder(tmp_path / "empty" / ".pkg-store").root

    assert run("abi", "--store", root).err == "0 libraries, 0 packages: 0 errors, 0 warnings\n"
