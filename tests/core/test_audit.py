"""Was each package of a library built against what the library has: what is found, what is not known."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from bench.generate import Size, generate
from builders import PLATFORM, StoreBuilder, entry, ref, source_hash, write_lockfile
from pkgstore.explain._built import Made, built_at, expected, is_before, made_for, named_by
from pkgstore.explain.audit import Audit, audit_app, audit_worker
from pkgstore.findings import CODES, Finding, Severity
from pkgstore.keys import AppKey, WorkerKey
from pkgstore.names import Names
from pkgstore.scan import read_snapshot
from pkgstore.snapshot import Snapshot
from pkgstore_tui.demo import Demo

RCPP = {"Rcpp": "1.0.12"}
GOOD = {"Rcpp": ref("Rcpp", "1.0.12"), "sf": ref("sf", "1.0", RCPP)}


def read(store: StoreBuilder) -> Snapshot:
    return read_snapshot(str(store.root), apps=str(store.root.parent))


def of_worker(store: StoreBuilder, refs: Mapping[str, str], *, deep: bool = False) -> Audit:
    """A worker with these packages."""
    store.worker("w1", refs)
    snapshot = read(store)
    return audit_worker(snapshot, Names.of(snapshot), snapshot.workers["w1"], deep=deep)


def of_app(store: StoreBuilder, *, deep: bool = False) -> Audit:
    snapshot = read(store)
    return audit_app(snapshot, Names.of(snapshot), snapshot.apps["shop"], deep=deep)


def only(audit: Audit) -> Finding:
    (finding,) = audit.findings
    return finding


@pytest.fixture
def store(tmp_path: Path) -> StoreBuilder:
    """Two Rcpp, and sf built against the older one."""
    store = StoreBuilder(tmp_path / "bundles" / ".pkg-store")
    store.package("Rcpp").source("1.0.12").config()
    store.package("Rcpp").source("1.0.13").config()
    store.package("sf").source("1.0").config(RCPP)
    return store


class TestMismatch:
    def test_a_library_that_is_as_built_is_sound(self, store: StoreBuilder) -> None:
        audit = of_worker(store, GOOD)
        assert (audit.findings, audit.unknown, audit.packages, audit.is_sound) == ((), (), 2, True)

    def test_another_source_of_a_linked_package(self, store: StoreBuilder) -> None:
        audit = of_worker(store, {**GOOD, "Rcpp": ref("Rcpp", "1.0.13")})
        finding = only(audit)
        assert (finding.code, finding.severity) == ("ABI-MISMATCH", Severity.ERROR)
        assert finding.subject == WorkerKey("w1")
        assert finding.path == str(store.root / ".workers" / "w1" / ".packages.json")
        assert finding.message == "sf 1.0 was built against Rcpp 1.0.12, the library has Rcpp 1.0.13"
        assert finding.packages == ("sf", "Rcpp")
        assert audit.is_sound is False

    def test_an_app_too(self, store: StoreBuilder) -> None:
        folder = store.app("shop", {**GOOD, "Rcpp": ref("Rcpp", "1.0.13")})
        finding = only(of_app(store))
        assert (finding.code, finding.subject) == ("ABI-MISMATCH", AppKey("shop"))
        assert finding.path == str(folder / "store-manifest.json")

    def test_one_version_from_two_archives_is_told_by_its_hash(self, store: StoreBuilder) -> None:
        other = store.package("Rcpp").source("1.0.12", "f" * 64).config()
        finding = only(of_worker(store, {**GOOD, "Rcpp": other.ref}))
        key = source_hash("Rcpp", "1.0.12")[:8]
        assert finding.message.endswith(f"Rcpp 1.0.12 [{key}], the library has Rcpp 1.0.12 [ffffffff]")

    def test_a_linked_package_that_the_library_lacks_does_no_harm(self, store: StoreBuilder) -> None:
        assert of_worker(store, {"sf": GOOD["sf"]}).is_sound

    def test_a_phantom_still_tells_what_it_was_built_against(self, store: StoreBuilder) -> None:
        store.package("units").source().config(RCPP, tree=False)
        refs = {"Rcpp": ref("Rcpp", "1.0.13"), "units": ref("units", "1.0", RCPP)}
        assert only(of_worker(store, refs)).code == "ABI-MISMATCH"

    def test_the_key_is_one_level_deep(self, store: StoreBuilder) -> None:
        """Rcpp changed and sf was rebuilt: stars, that links to sf alone, is as it was."""
        store.package("sf").source("1.0").config({"Rcpp": "1.0.13"})
        store.package("stars").source("1.0").config({"sf": "1.0"})
        refs = {
            "Rcpp": ref("Rcpp", "1.0.13"),
            "sf": ref("sf", "1.0", {"Rcpp": "1.0.13"}),
            "stars": ref("stars", "1.0", {"sf": "1.0"}),
        }
        assert of_worker(store, refs).is_sound


class TestNotKnown:
    def reasons(self, audit: Audit) -> dict[str, str]:
        assert audit.is_sound is None
        return dict(audit.unknown)

    def test_a_config_of_which_nothing_is_left(self, store: StoreBuilder) -> None:
        store.app("shop", {"gone": ref("gone", "1.0", RCPP)})
        why = self.reasons(of_app(store))["gone"]
        assert why.startswith("the store has nothing of its source left")

    def test_a_build_that_was_evicted_and_another_one_is_there(self, store: StoreBuilder) -> None:
        store.app("shop", {"sf": ref("sf", "1.0", {"Rcpp": "9"}), "Rcpp": GOOD["Rcpp"]})
        assert self.reasons(of_app(store)) == {"sf": "its configs.json does not have this build any more"}

    def test_unless_its_hash_is_that_of_what_the_library_has(self, store: StoreBuilder) -> None:
        newer = {"Rcpp": "1.0.13"}
        store.app("shop", {"sf": ref("sf", "1.0", newer), "Rcpp": ref("Rcpp", "1.0.13")})
        assert of_app(store).is_sound

    def test_a_record_that_is_not_what_was_hashed(self, store: StoreBuilder) -> None:
        source = store.package("units").source().config(RCPP)
        text = source.configs_json.read_text()
        source.configs_json.write_text(text.replace(source_hash("Rcpp", "1.0.12"), source_hash("Rcpp", "1.0.13")))
        store.app("shop", {"units": source.ref, "Rcpp": ref("Rcpp", "9")})
        assert self.reasons(of_app(store))["units"] == "what its configs.json records of it is not what was hashed"

    def test_what_is_no_ref(self, store: StoreBuilder) -> None:
        store.app("shop", {"a": "noslash", "../up": GOOD["sf"]})
        why = self.reasons(of_app(store))
        assert "malformed store ref" in why["a"]
        assert "has a slash" in why["../up"]

    def test_an_unreadable_configs_json(self, store: StoreBuilder) -> None:
        source = store.package("units").source().config(RCPP)
        source.configs_json.write_text("{")
        store.app("shop", {"units": source.ref})
        assert self.reasons(of_app(store)) == {"units": "its configs.json cannot be read"}

    @pytest.mark.parametrize("text", [None, "[]"])
    def test_a_library_without_a_manifest(self, store: StoreBuilder, text: str | None) -> None:
        folder = store.worker("w1", {})
        manifest = folder / ".packages.json"
        manifest.unlink() if text is None else manifest.write_text(text)
        snapshot = read(store)
        audit = audit_worker(snapshot, Names.of(snapshot), snapshot.workers["w1"])
        assert audit.is_sound is None
        assert audit.problem

    def test_an_app_without_a_manifest(self, store: StoreBuilder) -> None:
        folder = store.app("shop", {})
        write_lockfile(folder / "pak.lock", entry("sf"))
        (folder / "store-manifest.json").unlink()
        assert of_app(store).problem == "it has no store-manifest.json"
        (folder / "store-manifest.json").write_text("[]")
        assert of_app(store).problem


class TestBlind:
    def test_what_a_live_install_would_carry_over_unchecked(self, store: StoreBuilder) -> None:
        store.package("sf").source("1.0").configs_json.unlink()
        finding = only(of_worker(store, GOOD))
        assert (finding.code, finding.severity) == ("ABI-BLIND", Severity.WARNING)
        assert finding.message == "sf 1.0: configs.json is gone"
        assert finding.packages == ("sf",)

    def test_one_that_cannot_be_read_is_as_bad(self, store: StoreBuilder) -> None:
        store.package("sf").source("1.0").configs_json.write_text("{")
        assert only(of_worker(store, GOOD)).message == "sf 1.0: configs.json cannot be read"

    def test_what_was_built_against_nothing_is_advice(self, store: StoreBuilder) -> None:
        store.package("Rcpp").source("1.0.12").configs_json.unlink()
        assert of_worker(store, GOOD).is_sound
        advice = {finding.code: finding for finding in of_worker(store, GOOD, deep=True).findings}["ABI-BLIND"]
        assert advice.severity is Severity.ADVICE
        assert advice.message == "Rcpp 1.0.12: configs.json is gone; by the key built against nothing"

    def test_an_app_has_no_live_installs(self, store: StoreBuilder) -> None:
        store.package("sf").source("1.0").configs_json.unlink()
        store.app("shop", GOOD)
        assert of_app(store).findings == ()


class TestPartial:
    def links(self, store: StoreBuilder, *names: str) -> dict[str, str]:
        """A library with lme4, which links to these packages and was built with a lockfile that has only Rcpp."""
        source = store.package("lme4").source().config(RCPP)
        quoted = ", ".join(f'"{name}"' for name in sorted(names))
        text = source.configs_json.read_text()
        source.configs_json.write_text(text.replace('[\n    "Rcpp"\n  ]', f"[{quoted}]"))
        return {"lme4": source.ref, "Rcpp": GOOD["Rcpp"]}

    def test_a_linked_package_that_the_key_leaves_out(self, store: StoreBuilder) -> None:
        finding = only(of_worker(store, self.links(store, "Rcpp", "Matrix")))
        assert (finding.code, finding.severity) == ("PARTIAL-CONFIG", Severity.WARNING)
        assert finding.message == "lme4 1.0 links to Matrix, which its key leaves out"
        assert finding.packages == ("lme4", "Matrix")

    def test_what_comes_with_r_is_in_no_key(self, store: StoreBuilder) -> None:
        assert of_worker(store, self.links(store, "Rcpp", "methods", "stats")).is_sound


class TestMixed:
    def built(self, store: StoreBuilder, **packages: str) -> Audit:
        refs = {}
        for package, built in packages.items():
            refs[package] = store.package(package).source().config(built=built).ref
        return of_worker(store, refs)

    def test_another_r_version(self, store: StoreBuilder) -> None:
        finding = only(self.built(store, a="R 4.4.3", b="R 4.5.0", c="R 4.4.1"))
        assert (finding.code, finding.severity) == ("MIXED-PLATFORM", Severity.WARNING)
        assert finding.message == "a, c were built for R 4.4, the library is for R 4.5 on x86_64 linux"
        assert finding.packages == ("a", "c")

    def test_another_machine(self, store: StoreBuilder) -> None:
        finding = only(self.built(store, a="R 4.5.0; aarch64-unknown-linux-gnu", b="R 4.5.0; x86_64-pc-linux-gnu"))
        assert finding.message.startswith(
            "a was built for R 4.5 on aarch64 linux, the library is for R 4.5 on x86_64"
        )

    def test_in_a_folder_that_names_none_the_most_decide(self, tmp_path: Path) -> None:
        store = StoreBuilder(tmp_path / "bundles" / ".pkg-store", platform="*-source")
        finding = only(self.built(store, a="R 4.4.3", b="R 4.5.0", c="R 4.5.1"))
        assert finding.message == "a was built for R 4.4, the library is for R 4.5"

    @pytest.mark.parametrize(
        "built", ["R 4.5.9", "R 4.5.2; amd64-unknown-linux-gnu", "", "nonsense", "R devel", "R 4"]
    )
    def test_what_may_be_the_same_is_no_finding(self, store: StoreBuilder, built: str) -> None:
        assert self.built(store, a=built).is_sound

    def test_the_platform_that_has_most_of_a_library_is_its_own(self, store: StoreBuilder) -> None:
        old = store.on("4.4-x86_64-pc-linux-gnu")
        refs = {name: old.package(name).source().config(built="R 4.4.1").ref for name in ("a", "b")}
        assert of_worker(store, {**refs, "Rcpp": GOOD["Rcpp"]}).findings == ()


class TestLock:
    def test_a_lockfile_that_does_not_give_the_manifest(self, store: StoreBuilder) -> None:
        lock = store.app("shop", GOOD) / "pak.lock"
        write_lockfile(lock, entry("Rcpp", "1.0.13"), entry("sf", "1.0"), entry("R6", "2.5"))
        finding = only(of_app(store))
        assert (finding.code, finding.severity) == ("LOCK-DISAGREES", Severity.WARNING)
        assert (finding.subject, finding.path) == (AppKey("shop"), str(lock))
        assert finding.message == "the manifest has another source of Rcpp; it lacks R6"

    def test_one_that_does(self, store: StoreBuilder) -> None:
        write_lockfile(store.app("shop", GOOD) / "pak.lock", entry("Rcpp", "1.0.12"), entry("sf", "1.0"))
        assert of_app(store).is_sound

    def test_one_that_cannot_be_used_tells_nothing(self, store: StoreBuilder) -> None:
        (store.app("shop", GOOD) / "pak.lock").write_text("{")
        assert of_app(store).findings == ()


class TestAdvice:
    def depth(self, store: StoreBuilder, *, stars: str, first: str, second: str) -> list[str]:
        """When stars was built, and sf the first and the second time (for a newer Rcpp): the messages."""
        built = "R 4.5.2; x86_64-pc-linux-gnu; 2026-0{}-01 10:00:00 UTC"
        store.package("terra").source().config(RCPP, built=built.format(first))
        store.package("terra").source().config({"Rcpp": "1.0.13"}, built=built.format(second))
        store.package("stars").source().config({"terra": "1.0"}, built=built.format(stars))
        refs = {
            "Rcpp": ref("Rcpp", "1.0.13"),
            "terra": ref("terra", "1.0", {"Rcpp": "1.0.13"}),
            "stars": ref("stars", "1.0", {"terra": "1.0"}),
        }
        assert of_worker(store, refs).is_sound, "advice is only given where it is wanted"
        return [x.message for x in of_worker(store, refs, deep=True).findings if x.code == "ABI-DEPTH"]

    def test_what_was_built_before_a_linked_package_was_built_again(self, store: StoreBuilder) -> None:
        assert self.depth(store, first="1", stars="2", second="3") == [
            "stars 1.0 was built before the present build of terra, against an older one"
        ]

    @pytest.mark.parametrize(("first", "stars", "second"), [("1", "3", "2"), ("2", "1", "3"), ("2", "2", "2")])
    def test_in_any_other_order_nothing_is_said(
        self, store: StoreBuilder, first: str, stars: str, second: str
    ) -> None:
        assert self.depth(store, first=first, stars=stars, second=second) == []

    def test_a_key_of_name_and_version_only(self, store: StoreBuilder) -> None:
        strong = store.package("R6").source("2.5", "a" * 64).config()
        audit = of_worker(store, {**GOOD, "R6": strong.ref}, deep=True)
        finding = only(audit)
        assert (finding.code, finding.severity, finding.packages) == ("WEAK-KEY", Severity.ADVICE, ("Rcpp", "sf"))
        assert audit.is_sound


class TestHealthy:
    """Nothing is found in a store that is as it should be."""

    def audits(self, root: str, apps: str) -> list[Audit]:
        snapshot = read_snapshot(root, apps=apps)
        names = Names.of(snapshot)
        workers = [audit_worker(snapshot, names, worker) for worker in snapshot.workers.values()]
        return workers + [audit_app(snapshot, names, app) for app in snapshot.apps.values()]

    def test_a_store_that_was_made_for_measuring(self, tmp_path: Path) -> None:
        made = generate(str(tmp_path / "b" / ".pkg-store"), Size(60, 180, 500, 8, 30, 6), 3)
        audits = self.audits(made.root, made.apps_folder)
        assert len(audits) == 14
        assert [audit for audit in audits if audit.is_sound is not True] == []

    def test_the_demo_before_anything_happens(self) -> None:
        with Demo(pause=1e6) as demo:
            audits = self.audits(demo.place.root, demo.place.apps)
        assert len(audits) >= 6
        assert [audit for audit in audits if audit.is_sound is not True] == []


@pytest.mark.parametrize(
    ("built", "made"),
    [
        ("R 4.5.2; x86_64-pc-linux-gnu; 2026-01-02 03:04:05 UTC; unix", Made("4.5", "x86_64 linux")),
        ("R 4.5.2; ; 2026-01-02 03:04:05 UTC; unix", Made("4.5")),
        ("R 4.5.2; aarch64-apple-darwin20; ; unix", Made("4.5", "aarch64 darwin")),
        ("R 4.5.2; arm64-apple-darwin20; ; unix", Made("4.5", "aarch64 darwin")),
        ("R 3.6.0; x86_64-w64-mingw32; ; windows", Made("3.6", "x86_64 mingw")),
        ("", Made()),
        ("[bold;\x1b;", Made()),
    ],
)
def test_what_a_tree_was_built_for(built: str, made: Made) -> None:
    assert made_for(built) == made


@pytest.mark.parametrize(
    ("platform", "made"),
    [
        (PLATFORM, Made("4.5", "x86_64 linux")),
        ("4.5-x86_64-pc-linux-gnu-ubuntu-24.04", Made("4.5", "x86_64 linux")),
        ("4.5-source", Made("4.5")),
        ("4.5-*", Made("4.5")),
        ("*-source", Made()),
        ("", Made()),
    ],
)
def test_what_a_platform_names(platform: str, made: Made) -> None:
    assert named_by(platform) == made


def test_without_trees_nothing_is_expected() -> None:
    assert expected("*-source", []) == Made()


def test_times_that_cannot_be_told_apart() -> None:
    assert built_at("R 4.5.2; ; 2026-01-02 03:04:05 UTC; unix") == "2026-01-02 03:04:05 UTC"
    assert built_at("R 4.5.2; ; sometime; unix") == built_at("R") == ""
    assert is_before("2026-01-02", "2026-01-03 01:00:00 UTC")
    assert not is_before("2026-01-02", "2026-01-02 01:00:00 UTC")
    assert not is_before("", "2026-01-02")


def test_every_code_that_an_audit_gives_has_a_meaning() -> None:
    audited = ("ABI-MISMATCH", "ABI-BLIND", "PARTIAL-CONFIG", "MIXED-PLATFORM", "LOCK-DISAGREES", "WEAK-KEY")
    assert {*audited, "ABI-DEPTH"} <= CODES.keys()
