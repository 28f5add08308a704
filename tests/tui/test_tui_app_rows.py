"""How an app's files differ, package by package, and which workers fit an app."""

from pkgstore.keys import AppKey, WorkerKey
from pkgstore.model import AppRecord, LockfileRecord, ManifestRecord, SourceName, Tier, WorkerRecord
from pkgstore_tui.screens.apps_rows import AppPackage, Differs, Fits, app_packages, differs, lock_keys

VERSIONS = {"s1": "1.0.12", "s2": "1.0.13", "s3": "1.0.13"}


def version_of(ref: str) -> str:
    return VERSIONS[ref.partition("/")[0]]


def found(now: str, other: str | None) -> Differs:
    return differs(now, other, version_of)


def app(name: str, lockfile: LockfileRecord | None = None, **manifests: dict[str, str]) -> AppRecord:
    tiers = {tier.value: tier for tier in Tier}
    records = [ManifestRecord(tiers[kind], f"/{name}/{kind}", refs, 1.0) for kind, refs in manifests.items()]
    return AppRecord(AppKey(name), f"/{name}", tuple(records), lockfile)


def worker(name: str, refs: dict[str, str] | None) -> WorkerRecord:
    return WorkerRecord(WorkerKey(name), refs, 1.0)


def test_each_way_to_differ():
    assert found("s1/c1", None) is Differs.UNKNOWN
    assert found("s1/c1", "s1/c1") is Differs.SAME
    assert found("s1/c1", "s1") is Differs.SAME, "a lockfile gives no config"
    assert found("s1/c1", "s2/c1") is Differs.VERSION
    assert found("s2/c1", "s3/c1") is Differs.SOURCE
    assert found("s1/c1", "s1/c2") is Differs.CONFIG
    assert found("s1/c1", "") is Differs.CAME
    assert found("", "s1/c1") is Differs.WENT
    assert found("", "") is Differs.NEITHER


def test_every_package_that_a_file_names_by_name():
    lockfile = LockfileRecord("/maps/pak.lock", 1.0, names={"s2": SourceName("Rcpp"), "s9": SourceName("xml2")})
    record = app("maps", lockfile, current={"Rcpp": "s1/c1", "abc": "s1/c1"}, prev={"zoo": "s1/c1"})
    assert list(app_packages(record)) == [
        AppPackage("abc", "s1/c1", "", None, "", "/maps/pak.lock"),
        AppPackage("Rcpp", "s1/c1", "", None, "s2", "/maps/pak.lock"),
        AppPackage("xml2", "", "", None, "s9", "/maps/pak.lock"),
        AppPackage("zoo", "", "s1/c1", None, "", "/maps/pak.lock"),
    ]


def test_of_two_entries_of_a_package_the_first_counts():
    lockfile = LockfileRecord("p", 1.0, names={"a": SourceName("sf", "1"), "b": SourceName("sf", "2")})
    assert lock_keys(lockfile) == {"sf": "a"}


def test_each_worker_fits_one_app_and_is_looked_at_again_only_when_it_changed():
    apps = {
        "maps": app("maps", current={"sf": "a/b", "Rcpp": "c/d"}),
        "shop": app("shop", current={"Rcpp": "c/d", "DT": "e/f"}),
    }
    fits = Fits()
    workers = {
        "1": worker("1", {"sf": "a/b", "Rcpp": "c/d"}),
        "2": worker("2", {"DT": "e/f"}),
        "3": worker("3", {"other": "x/y"}),
        "4": worker("4", None),
    }
    assert fits.workers_of(apps, workers) == {"maps": ("1",), "shop": ("2",)}
    changed = workers | {"1": worker("1", {"DT": "e/f", "Rcpp": "c/d"})}
    assert fits.workers_of(apps, changed) == {"shop": ("1", "2")}
    assert fits.workers_of({"maps": apps["maps"]}, workers) == {"maps": ("1",)}


def test_a_worker_with_a_whole_manifest_belongs_to_the_stronger_tier():
    refs = {"sf": "a/b", "Rcpp": "c/d"}
    apps = {"a": app("a", prev=refs), "b": app("b", current=refs), "c": app("c", current=refs)}
    assert Fits().workers_of(apps, {"1": worker("1", refs)}) == {"b": ("1",)}
