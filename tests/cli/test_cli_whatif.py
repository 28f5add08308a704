"""whatif: what a new lockfile or another version would cost, and what links to a package."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from cli_helpers import Runner, cells, nothing_changes

from builders import PLATFORM, StoreBuilder, config_hash, entry, ref, source_hash, write_lockfile

OLD = {"Rcpp": "1.0.12"}
NOW = {"Rcpp": ref("Rcpp", "1.0.12"), "sf": ref("sf", "1.0", OLD), "R6": ref("R6", "2.5")}
LOCK = (entry("Rcpp", "1.0.12"), entry("sf", "1.0"), entry("R6", "2.5"))


def app(store: StoreBuilder, name: str, *entries: Mapping[str, object], refs: Mapping[str, str] = NOW) -> None:
    write_lockfile(store.app(name, refs) / "pak.lock", *(entries or LOCK))


@pytest.fixture
def store(tmp_path: Path) -> StoreBuilder:
    """Two apps of one kind; sf is stored built against Rcpp 1.0.12 and 1.0.13."""
    store = StoreBuilder(tmp_path / "bundles" / ".pkg-store")
    for version in ("1.0.12", "1.0.13"):
        store.package("Rcpp").source(version).config()
    store.package("sf").source("1.0").config(OLD)
    store.package("sf").source("1.0").config({"Rcpp": "1.0.13"})
    store.package("R6").source("2.5").config()
    app(store, "maps")
    app(store, "shop", *LOCK, entry("lme4", "1.1"), refs={**NOW, "lme4": ref("lme4", "1.1", OLD)})
    store.package("lme4").source("1.1").config(OLD)
    return store


APP = ["APP", "HITS", "MISSES", "ABI HITS", "REBUILDS", "NOT KNOWN", "LOST", "REMARK"]


class TestLock:
    def test_alone(self, store: StoreBuilder, run: Runner, tmp_path: Path) -> None:
        lock = write_lockfile(
            tmp_path / "new.lock", entry("Rcpp", "1.0.14"), entry("sf", "1.0"), entry("R6", "2.5")
        )

        with nothing_changes(tmp_path):
            ran = run("whatif", "--lock", lock, "--store", store.root)

        assert ran.code == 0
        assert cells(ran.out) == [
            ["TO COMPILE", "WHY"],
            ["Rcpp 1.0.14", "the store does not have this source"],
            ["sf 1.0", "the store has this source, but not built against these packages"],
        ]
        assert ran.err == f"{lock}: 1 hit, 2 misses, 0 ABI hits, 0 ABI rebuilds\n"

    def test_for_every_app(self, store: StoreBuilder, run: Runner, tmp_path: Path) -> None:
        lock = write_lockfile(
            tmp_path / "new.lock", entry("Rcpp", "1.0.13"), entry("sf", "1.0"), entry("lme4", "1.1")
        )

        ran = run("whatif", "--lock", lock, "--all", "--store", store.root)

        assert ran.code == 0
        assert cells(ran.out) == [
            APP,
            ["maps", "1", "1", "1", "0", "0", "0"],
            ["shop", "1", "0", "1", "1", "0", "1"],
            [],
            ["TO COMPILE", "WHY", "FOR"],
            ["lme4 1.1", "new to the app", "maps"],
            ["lme4 1.1", "linked: Rcpp changed", "shop"],
            [],
            ["NOTHING WOULD HOLD", "CONFIG", "PLATFORM", "FROM WHEN"],
            ["R6 2.5", config_hash({})[:8], PLATFORM, "with the refresh after"],
            ["Rcpp 1.0.12", config_hash({})[:8], PLATFORM, "with the refresh after"],
            ["lme4 1.1", config_hash(OLD)[:8], PLATFORM, "with the refresh after"],
            ["sf 1.0", config_hash(OLD)[:8], PLATFORM, "with the refresh after"],
        ]
        assert ran.err == "2 apps: 2 packages to compile, 2 different builds\n"

    def test_an_app_that_is_not_there(self, store: StoreBuilder, run: Runner) -> None:
        lock = store.root.parent / "shop" / "pak.lock"

        ran = run("whatif", "--lock", lock, "--app", "nix", "--app", "shop", "--store", store.root)

        assert ran.code == 1
        assert cells(ran.out)[1][:3] == ["shop", "4", "0"]
        assert f"{store.root}: has no app nix" in ran.err

    def test_json(self, store: StoreBuilder, run: Runner, tmp_path: Path) -> None:
        lock = write_lockfile(
            tmp_path / "new.lock", entry("Rcpp", "1.0.12"), entry("sf", "1.0"), entry("units", "0.8")
        )

        document = run("whatif", "--lock", lock, "--app", "maps", "--store", store.root, "--json").json

        (found,) = document.pop("apps")
        missing = {
            "package": "units",
            "version": "0.8",
            "source_hash": source_hash("units", "0.8"),
            "config_hash": None,
            "outcome": "miss",
            "cause": "new",
            "linked": [],
            "store": "source-miss",
            "certain": True,
            "hits_with": [],
        }
        assert found == {
            "app": "maps",
            "known": True,
            "why_not_known": None,
            "lockfile_gives_manifest": True,
            "changed": [],
            "platform": PLATFORM,
            "counts": {"hits": 2, "misses": 1, "abi_hits": 0, "abi_rebuilds": 0, "not_known": 0},
            "compile": [missing],
            "lost": [],
        }
        assert document == {
            "schema_version": 1,
            "root": str(store.root),
            "lockfile": str(lock),
            "bumps": [],
            "alone": None,
            "together": {"to_compile": 1, "different_builds": 1, "lost": []},
            "damage": [],
        }

    def test_json_alone(self, store: StoreBuilder, run: Runner) -> None:
        lock = store.root.parent / "maps" / "pak.lock"

        document = run("whatif", "--lock", lock, "--store", store.root, "--json").json

        assert document["apps"] == []
        assert document["alone"]["counts"]["hits"] == 3

    @pytest.mark.parametrize("text", [None, "{", '{"lockfile_version": 2, "packages": [{}]}', "[]"])
    def test_a_lockfile_that_cannot_be_used(
        self, store: StoreBuilder, run: Runner, tmp_path: Path, text: str | None
    ) -> None:
        lock = tmp_path / "new.lock"
        if text is not None:
            lock.write_text(text)

        ran = run("whatif", "--lock", lock, "--store", store.root)

        assert (ran.code, ran.out) == (3, "")
        assert str(lock) in ran.err


class TestBump:
    def test_to_a_version_that_is_stored(self, store: StoreBuilder, run: Runner) -> None:
        ran = run("whatif", "--bump", "Rcpp=1.0.13", "--store", store.root)

        assert ran.code == 0
        assert cells(ran.out)[:3] == [
            APP,
            ["maps", "2", "0", "1", "0", "0", "0"],
            ["shop", "2", "0", "1", "1", "0", "1"],
        ]
        assert ["lme4 1.1", "linked: Rcpp changed", "shop"] in cells(ran.out)
        assert ran.said == [
            f"Rcpp 1.0.13: store key {source_hash('Rcpp', '1.0.13')[:8]}",
            "2 apps: 1 package to compile, 1 different build",
        ]

    def test_to_one_that_nobody_knows(self, store: StoreBuilder, run: Runner) -> None:
        ran = run("whatif", "--bump", "Rcpp=2.0", "--app", "maps", "--store", store.root)

        assert cells(ran.out)[1] == ["maps", "1", "1", "0", "1", "0", "0"]
        assert ["Rcpp 2.0", "itself changed", "maps"] in cells(ran.out)
        assert ran.said[0] == (
            "Rcpp 2.0: nothing in reach has that version, so that its store key is not known, "
            "and nothing is built against it"
        )

    def test_to_some_other_one(self, store: StoreBuilder, run: Runner) -> None:
        ran = run("whatif", "--bump", "Rcpp", "--app", "shop", "--store", store.root)

        assert cells(ran.out)[1] == ["shop", "1", "1", "0", "2", "2", "1"]
        unless = "not known: it is a hit with Rcpp 1.0.13"
        assert cells(ran.out)[4:7] == [
            ["Rcpp of another version", f"itself changed; {unless}", "shop"],
            ["lme4 1.1", "linked: Rcpp changed", "shop"],
            ["sf 1.0", f"linked: Rcpp changed; {unless}", "shop"],
        ]
        assert ran.said == [
            "another version of Rcpp: which one is not known; 2 sources of it are in reach",
            "1 app: 3 packages to compile, 3 different builds; 2 of them may be hits after all",
        ]

    def test_json_says_what_is_not_known(self, store: StoreBuilder, run: Runner) -> None:
        document = run("whatif", "--bump", "Rcpp", "--app", "maps", "--store", store.root, "--json").json

        (bump,) = document["bumps"]
        assert (bump["version"], bump["key_known"], bump["may_be_unknown"]) == (None, False, True)
        assert {key["version"] for key in bump["keys"]} == {"1.0.12", "1.0.13"}
        rcpp, sf = document["apps"][0]["compile"]
        newer = {"package": "Rcpp", "source_hash": source_hash("Rcpp", "1.0.13"), "version": "1.0.13"}
        assert (rcpp["version"], rcpp["source_hash"], rcpp["certain"]) == (None, None, False)
        assert (sf["config_hash"], sf["certain"], sf["hits_with"]) == (None, False, [newer])

    def test_what_does_not_concern_an_app(self, store: StoreBuilder, run: Runner) -> None:
        ran = run("whatif", "--bump", "lme4=1.1", "--store", store.root)

        assert [row[-1] for row in cells(ran.out)[1:]] == ["is not concerned", "has that version already"]
        assert ran.code == 0

    def test_a_package_that_no_lockfile_has(self, store: StoreBuilder, run: Runner) -> None:
        ran = run("whatif", "--bump", "BH", "--store", store.root)

        assert ran.code == 1
        assert "pkgstore: no lockfile here has BH" in ran.err

    def test_apps_that_cannot_be_judged_say_so(self, store: StoreBuilder, run: Runner) -> None:
        store.app("old", NOW)
        app(store, "shop", entry("Rcpp", "1.0.13"), refs=NOW)

        ran = run("whatif", "--bump", "Rcpp=2.0", "--store", store.root)

        assert ran.code == 1
        rows = {row[0]: row for row in cells(ran.out)[1:4]}
        assert rows["old"] == ["old", *["unknown"] * 6, "it has no pak.lock"]
        assert rows["shop"][-1] == "its pak.lock does not give its store-manifest"
        document = run("whatif", "--bump", "Rcpp=2.0", "--store", store.root, "--json").json
        known = {found["app"]: (found["known"], found["lockfile_gives_manifest"]) for found in document["apps"]}
        assert known == {"maps": (True, True), "old": (False, None), "shop": (True, False)}

    def test_a_saved_scan_does_not_hold_lockfiles(self, store: StoreBuilder, run: Runner, tmp_path: Path) -> None:
        scan = tmp_path / "scan.json"
        run("scan", "-o", scan, "--store", store.root)

        ran = run("whatif", "--bump", "Rcpp", "--from", scan)

        assert ran.code == 1
        assert "a saved scan does not have all of its pak.lock" in ran.out
        lock = store.root.parent / "shop" / "pak.lock"
        assert cells(run("whatif", "--lock", lock, "--all", "--from", scan).out)[1][:3] == ["maps", "4", "0"]

    def test_a_root_that_cannot_be_read_is_said(self, store: StoreBuilder, run: Runner) -> None:
        (store.app("maps", NOW) / "store-manifest.json").write_text("{")

        ran = run("whatif", "--bump", "Rcpp", "--app", "shop", "--store", store.root)

        assert ran.code == 1
        assert "not every root could be read" in ran.err


class TestReverse:
    def test_what_is_stored_and_what_is_needed(self, store: StoreBuilder, run: Runner) -> None:
        app(store, "shop", entry("Rcpp", "1.0.14"), entry("lme4", "1.1"), entry("units", "0.8"))

        ran = run("whatif", "--reverse", "Rcpp", "--store", store.root)

        keys = {version: source_hash("Rcpp", version)[:8] for version in ("1.0.12", "1.0.13", "1.0.14")}
        new, old, gone = (config_hash({"Rcpp": version})[:8] for version in ("1.0.13", "1.0.12", "1.0.14"))
        stored, needed = ran.out.split("\n\n")
        assert sorted(cells(stored)[1:]) == sorted(
            [
                ["lme4 1.1", old, f"1.0.12 {keys['1.0.12']}", "nobody", PLATFORM],
                ["sf 1.0", old, f"1.0.12 {keys['1.0.12']}", "maps, shop", PLATFORM],
                ["sf 1.0", new, f"1.0.13 {keys['1.0.13']}", "nobody", PLATFORM],
            ]
        )
        assert cells(needed)[1:] == [
            ["sf 1.0", old, f"1.0.12 {keys['1.0.12']}", "yes", "maps"],
            ["lme4 1.1", gone, f"1.0.14 {keys['1.0.14']}", "no: config-miss", "shop"],
        ]
        assert ran.said == [
            "not known: shop: what units link to, as they are not stored",
            "2 stored sources link to Rcpp; 2 configs needed, 1 of them not stored",
        ]

    def test_one_apps_need_and_a_lockfile_by_hand(self, store: StoreBuilder, run: Runner, tmp_path: Path) -> None:
        lock = write_lockfile(tmp_path / "new.lock", entry("sf", "1.0"))

        document = run(
            "whatif", "--reverse", "Rcpp", "--app", "maps", "--lock", lock, "--store", store.root, "--json"
        ).json

        assert [(need["lockfile"], need["store"]) for need in document["needed"]] == [
            ("maps", "hit"),
            (str(lock), "config-miss"),
        ]
        assert document["needed"][1]["against"] is None
        assert {linker["package"] for linker in document["stored"]} == {"sf", "lme4"}

    def test_nothing_links_to_it(self, store: StoreBuilder, run: Runner) -> None:
        ran = run("whatif", "--reverse", "R6", "--store", store.root)

        assert (ran.code, ran.out) == (0, "")
        assert ran.err == "0 stored sources link to R6; 0 configs needed, 0 of them not stored\n"

    def test_a_lockfile_that_cannot_be_used_is_said(self, store: StoreBuilder, run: Runner) -> None:
        (store.root.parent / "maps" / "pak.lock").write_text("{")

        ran = run("whatif", "--reverse", "Rcpp", "--store", store.root)

        assert ran.code == 1
        assert "not known: maps: this lockfile" in ran.err


def test_a_store_of_no_packages(tmp_path: Path, run: Runner) -> None:
    root = StoreBuilder(tmp_path / "empty" / ".pkg-store").root
    lock = write_lockfile(tmp_path / "new.lock", entry("sf"))

    assert run("whatif", "--lock", lock, "--store", root).code == 0
    assert run("whatif", "--reverse", "sf", "--store", root).code == 0
    assert run("whatif", "--bump", "sf", "--store", root).code == 1
