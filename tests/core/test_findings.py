"""What is wrong with a store, as far as reading alone can tell."""

from pathlib import Path

import pytest

from builders import PLATFORM, StoreBuilder, entry, ref, source_hash, write_lockfile
from pkgstore.apps import beside
from pkgstore.findings import CODES, LEFT_OVER_AFTER, Finding, Severity, findings_of
from pkgstore.keys import AppKey, ConfigKey, LocksKey, SourceKey, WorkerKey, WorkKey
from pkgstore.layout import Layout
from pkgstore.locks import list_locks
from pkgstore.model import WorkRecord
from pkgstore.roots import roots_of
from pkgstore.scan import read_snapshot
from pkgstore.snapshot import Snapshot

OLD = "4.10-x86_64-pc-linux-gnu"
WHOLE = {"Rcpp": ref("Rcpp", "1.0.12")}


@pytest.fixture
def store(tmp_path: Path) -> StoreBuilder:
    """A store in which all is well."""
    store = StoreBuilder(tmp_path / "bundles" / ".pkg-store", now=1_767_323_045.0)
    store.package("Rcpp").source("1.0.12").config(used="3h")
    return store


def read(store: StoreBuilder) -> Snapshot:
    layout = Layout(str(store.root))
    snapshot = read_snapshot(str(store.root)).with_records(beside(layout, str(store.root.parent)))
    return snapshot.apply({LocksKey(): tuple(list_locks(layout))})


def found(store: StoreBuilder, snapshot: Snapshot | None = None) -> list[Finding]:
    snapshot = snapshot or read(store)
    return list(findings_of(snapshot, roots_of(snapshot), store.now))


def only(store: StoreBuilder) -> Finding:
    (finding,) = found(store)
    return finding


def test_a_whole_store_has_none(store: StoreBuilder) -> None:
    store.worker("maps-1", WHOLE)
    store.app("maps", WHOLE, prev=WHOLE, build=WHOLE)
    assert found(store) == []


def test_a_phantom_is_an_error_where_it_is_listed(store: StoreBuilder) -> None:
    source = store.package("s2").source("1.1.6").config({"Rcpp": "1.0.12"}, tree=False, sidecar=False)
    finding = only(store)
    assert (finding.code, finding.severity) == ("PHANTOM", Severity.ERROR)
    assert finding.subject == ConfigKey(PLATFORM, "s2", source.key, source.last)
    assert finding.path == str(source.configs_json)
    assert finding.message == "listed, but its tree is gone"
    assert finding.meaning == CODES["PHANTOM"].meaning


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"listed": False}, "not in configs.json"),
        ({"sidecar": False}, "without sidecar"),
        ({"listed": False, "sidecar": False}, "not in configs.json and without sidecar"),
    ],
)
def test_an_orphan_tree_says_what_it_lacks(store: StoreBuilder, parts: dict[str, bool], message: str) -> None:
    source = store.package("terra").source("1.7").config(**parts)  # type: ignore[arg-type]
    finding = only(store)
    assert (finding.code, finding.message, finding.path) == ("ORPHAN-TREE", message, str(source.tree))


def test_a_sidecar_alone(store: StoreBuilder) -> None:
    source = store.package("terra").source("1.7").config(tree=False, listed=False)
    finding = only(store)
    assert (finding.code, finding.path) == ("ORPHAN-SIDECAR", str(source.sidecar))


def test_a_list_that_nobody_can_read_is_said_once(store: StoreBuilder) -> None:
    source = store.package("units").source("0.8").config()
    source.configs_json.write_text("{")
    finding = only(store)
    assert (finding.code, finding.severity) == ("BAD-META", Severity.ERROR)
    assert finding.subject == SourceKey(PLATFORM, "units", source.key)


def test_what_could_not_be_read_is_damage(store: StoreBuilder) -> None:
    (store.worker("maps-1", WHOLE) / ".packages.json").write_text("<<<")
    (store.app("maps", WHOLE) / "store-manifest.json").write_text("[]")
    damaged = found(store)
    assert [(finding.code, finding.subject) for finding in damaged] == [
        ("DAMAGE", WorkerKey("maps-1")),
        ("DAMAGE", AppKey("maps")),
    ]
    assert len({finding.path for finding in damaged}) == 2, "each is told once"


def test_a_platform_that_is_not_in_use(store: StoreBuilder) -> None:
    store.on("4.6-x86_64-pc-linux-gnu").package("glue").source("1.7").config(used="90d")
    finding = only(store)
    assert (finding.code, finding.severity) == ("DEAD-PLATFORM", Severity.ADVICE)
    assert (finding.subject, finding.message) == ("4.6-x86_64-pc-linux-gnu", f"{PLATFORM} is in use")


def test_a_restart_would_take_another_platform(store: StoreBuilder) -> None:
    store.on(OLD).package("glue").source("1.7").config(used="90d")
    hazard, dead = found(store)
    assert (hazard.code, hazard.severity, hazard.subject) == ("RESTART-HAZARD", Severity.WARNING, OLD)
    assert hazard.message == f"first by name, while {PLATFORM} is in use"
    assert dead.code == "DEAD-PLATFORM"


def test_manifests_that_name_what_is_gone(store: StoreBuilder) -> None:
    gone = {name: ref(name, "9") for name in ("a", "b", "c", "d", "e")}
    store.app("maps", WHOLE | gone, prev=WHOLE, build={"s2": ref("s2", "1")})
    store.worker("maps-1", {"s2": ref("s2", "1")})
    by_path = {Path(finding.path).name: finding for finding in found(store)}
    current, build = by_path["store-manifest.json"], by_path["store-manifest.json.build"]
    worker = by_path[".packages.json"]
    assert (current.code, current.severity, current.subject) == ("DANGLING-ROOT", Severity.ERROR, AppKey("maps"))
    assert current.message == "maps (current): a, b, c and 2 more not in the store"
    assert (build.code, build.severity) == ("DANGLING-ROOT", Severity.WARNING)
    assert (worker.code, worker.subject) == ("BROKEN-INSTALL", WorkerKey("maps-1"))
    assert len(by_path) == 3


def test_locks_are_stale_after_thirty_minutes(store: StoreBuilder) -> None:
    source = store.package("Rcpp").source("1.0.12")
    source.locked("29m")
    assert found(store) == []
    lock = store.package("BH").source("1").locked("31m")
    (store.root / PLATFORM / "BH" / source_hash("BH", "1")).rmdir()
    finding = only(store)
    assert (finding.code, finding.path, finding.message) == ("STALE-LOCK", str(lock), "BH, 31 min old")


def test_builds_and_staging_folders_are_left_over_after_a_day(store: StoreBuilder) -> None:
    def work(folder: str, name: str, age: float) -> WorkRecord:
        return WorkRecord(WorkKey(folder, name), str(store.root / folder / name), store.now - age)

    records = [
        work(".builds", "old", LEFT_OVER_AFTER + 1),
        work(".builds", "new", LEFT_OVER_AFTER - 1),
        work(".staging", "old", 5 * 86400),
    ]
    snapshot = read(store).with_records(records)
    assert [(f.code, f.subject, f.message) for f in found(store, snapshot)] == [
        ("STALE-BUILD", WorkKey(".builds", "old"), "unchanged for 24 h"),
        ("STALE-STAGING", WorkKey(".staging", "old"), "unchanged for 5 d"),
    ]


def test_a_build_in_progress_may_name_what_is_not_stored_yet(store: StoreBuilder) -> None:
    library = store.root / ".builds" / "one"
    library.mkdir(parents=True)
    write_lockfile(library / "pak.lock", entry("s2", "1"))
    key = WorkKey(".builds", "one")
    record = WorkRecord(key, str(library), store.now, {"s2": ref("s2", "1")})
    assert found(store, read(store).apply({key: record})) == []


def test_every_code_has_a_meaning_and_the_worst_come_first() -> None:
    ranks = [list(Severity).index(code.severity) for code in CODES.values()]
    assert ranks == sorted(ranks)
    assert all(code.meaning and code.meaning[0].islower() for code in CODES.values())
    assert [severity.letter for severity in Severity] == ["E", "W", "A"]
