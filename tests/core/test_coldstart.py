"""Would a worker that starts now get every package of its manifest, on which platform, and what if not?"""

import time
from pathlib import Path

import pytest

from builders import PLATFORM, StoreBuilder, config_hash, entry, ref, source_hash, write_lockfile
from pkgstore.coldstart import ColdStart, Gap, Lack, Stock, Target, restart_platform, stock_of, targets_of
from pkgstore.findings import platform_in_use
from pkgstore.keys import AppKey, ConfigKey, SourceKey
from pkgstore.model import AppRecord, ConfigRecord, ManifestRecord, SourceRecord, Tier
from pkgstore.scan import platform_folders, read_snapshot
from pkgstore.snapshot import Snapshot
from pkgstore.store import recover_platform

OLD = "4.4-x86_64-pc-linux-gnu"
TEN = "4.10-x86_64-pc-linux-gnu"
SF = {"sf": ref("sf", "1.0", {"Rcpp": "1"})}


@pytest.fixture
def store(tmp_path: Path) -> StoreBuilder:
    """A store with one package."""
    store = StoreBuilder(tmp_path / "store")
    store.package("sf").source("1.0").config({"Rcpp": "1"})
    return store


def stock(store: StoreBuilder) -> Stock:
    """What is in stock, the folders of the disk among it."""
    snapshot = read_snapshot(str(store.root), apps=str(store.root.parent))
    return stock_of(snapshot, in_use=platform_in_use(snapshot.sources), folders=platform_folders(str(store.root)))


def gaps(store: StoreBuilder, app: str = "shop", platform: str = PLATFORM) -> list[Gap]:
    """The gaps of an app's current manifest."""
    found = stock(store)
    target = next(target for target in targets_of(found.snapshot.apps.values()) if target.app == app)
    assert target.manifest is not None
    return list(found.gaps(target, found.rehearse(target.manifest, (platform,))[0]))


# --- every platform ---------------------------------------------------------------------------------------


def test_each_platform_is_rehearsed_by_name(store: StoreBuilder) -> None:
    store.package("s2").source("1.0").config(tree=False)
    store.on(OLD).package("glue").source("1.0").config()
    manifest = SF | {"s2": ref("s2", "1.0"), "glue": ref("glue", "1.0"), "odd": "no ref at all"}
    assert stock(store).rehearse(manifest) == (
        ColdStart(OLD, 4, ("odd", "s2", "sf")),
        ColdStart(PLATFORM, 4, ("glue", "odd", "s2")),
    )
    assert stock(store).rehearse(manifest, (OLD,)) == (ColdStart(OLD, 4, ("odd", "s2", "sf")),)


def test_the_same_source_built_otherwise_is_missing(store: StoreBuilder) -> None:
    assert stock(store).rehearse({"sf": ref("sf", "1.0", {"Rcpp": "2"})}) == (ColdStart(PLATFORM, 1, ("sf",)),)
    assert stock(store).rehearse(SF) == (ColdStart(PLATFORM, 1),)


def test_a_store_without_a_platform_has_nothing_to_start_from(tmp_path: Path) -> None:
    empty = stock(StoreBuilder(tmp_path / "store"))
    assert empty.rehearse(SF) == (ColdStart("", 1, ("sf",)),)
    assert empty.that_count == ("",)


def test_what_is_in_no_configs_json_starts_but_is_compiled_again(store: StoreBuilder) -> None:
    store.package("glue").source("1.0").config(listed=False)
    (start,) = stock(store).rehearse(SF | {"glue": ref("glue", "1.0"), "gone": ref("gone", "1")})
    assert start == ColdStart(PLATFORM, 3, ("gone",), ("glue",))
    assert start.to_compile == ("glue", "gone")


# --- after a restart --------------------------------------------------------------------------------------


def test_the_first_platform_by_name_is_picked_after_a_restart(store: StoreBuilder) -> None:
    assert (stock(store).picked, stock(store).in_use) == (PLATFORM, PLATFORM)
    store.on(TEN).package("glue").source("1.0").config(used="40d")
    found = stock(store)
    assert (found.picked, found.in_use) == (TEN, PLATFORM), "4.10 comes before 4.5 by name"
    assert found.that_count == (TEN, PLATFORM)


def test_an_empty_folder_is_picked_all_the_same(store: StoreBuilder) -> None:
    for name in (OLD, ".hidden-folder", "nodash"):
        (store.root / name).mkdir()
    found = stock(store)
    assert found.picked == OLD == recover_platform(store.root)
    assert found.rehearse(SF) == (ColdStart(OLD, 1, ("sf",)), ColdStart(PLATFORM, 1))


def test_a_platform_that_nobody_starts_on_does_not_count(store: StoreBuilder) -> None:
    store.on("4.6-x86_64-pc-linux-gnu").package("glue").source("1.0").config(used="40d")
    assert stock(store).that_count == (PLATFORM,)


@pytest.mark.parametrize(
    ("folders", "picked"),
    [
        ((), ""),
        (("nodash",), ""),
        ((".a-b", "b-c", "a-c"), "a-c"),
        (("4.5-x", "4.10-x"), "4.10-x"),
        (("a", "-"), "-"),
    ],
)
def test_what_is_picked(folders: tuple[str, ...], picked: str) -> None:
    assert restart_platform(folders) == picked


# --- every target -----------------------------------------------------------------------------------------


def test_every_app_and_what_it_can_be_rolled_back_to_is_a_target(store: StoreBuilder) -> None:
    shop = store.app("shop", SF, prev={}, build={"a": "b"})
    store.app("team/maps", SF)
    store.app(".transfers/moved", SF)
    (shop / "store-manifest.json.build").write_text("{")
    found = list(targets_of(stock(store).snapshot.apps.values()))
    assert {(t.app, t.tier): t.manifest for t in found} == {
        ("shop", Tier.CURRENT): SF,
        ("shop", Tier.PREV): {},
        ("shop", Tier.BUILD): None,
        ("team/maps", Tier.CURRENT): SF,
        (".transfers/moved", Tier.CURRENT): SF,
    }
    assert next(t for t in found if t.tier is Tier.PREV).owner == "shop (prev)"
    told = {rehearsal.target.owner: rehearsal for rehearsal in stock(store).rehearsals(found)}
    assert told["shop (build)"].starts == (), "what cannot be read cannot be rehearsed"
    assert told["shop (prev)"].on(PLATFORM) == ColdStart(PLATFORM, 0)
    assert told["shop (current)"].on("nowhere-else") is None


# --- why --------------------------------------------------------------------------------------------------


def test_each_gap_says_why(store: StoreBuilder) -> None:
    store.package("s2").source("1.0").config(tree=False)
    store.package("units").source("1.0").config()
    store.package("glue").source("1.0").config(listed=False)
    store.package("left").source("1.0").config(tree=False, listed=False)
    store.on(OLD).package("rlang").source("1.0").config()
    store.app(
        "shop",
        {
            **SF,
            "s2": ref("s2", "1.0"),
            "units": ref("units", "1.0", {"Rcpp": "1"}),
            "glue": ref("glue", "1.0"),
            "left": ref("left", "1.0"),
            "rlang": ref("rlang", "1.0"),
            "gone": ref("gone", "1.0"),
            "odd": "../x",
        },
    )
    assert {gap.package: gap.lack for gap in gaps(store)} == {
        "glue": Lack.UNLISTED,
        "gone": Lack.GONE,
        "left": Lack.GONE,
        "odd": Lack.MALFORMED,
        "rlang": Lack.OTHER_PLATFORM,
        "s2": Lack.PHANTOM,
        "units": Lack.OTHER_BUILD,
    }
    assert {gap.package: gap.elsewhere for gap in gaps(store) if gap.elsewhere} == {"rlang": (OLD,)}


def test_the_lockfile_tells_whether_a_build_brings_it_back(store: StoreBuilder) -> None:
    manifest = {"kept": ref("kept", "1.0"), "old": ref("old", "0.9")}
    shop = store.app("shop", manifest)
    assert [gap.is_locked for gap in gaps(store)] == [None, None], "nothing tells"
    write_lockfile(shop / "pak.lock", entry("kept", "1.0"), entry("old", "1.0"))
    assert gaps(store) == [
        Gap("kept", manifest["kept"], Lack.GONE, is_locked=True),
        Gap("old", manifest["old"], Lack.GONE, is_locked=False),
    ]


# --- many -------------------------------------------------------------------------------------------------


def _big(apps: int, packages: int) -> Snapshot:
    """A store with as many apps, each of three manifests, on two platforms; one package has no tree."""
    config = config_hash({})
    sources, manifest = {}, {}
    for number in range(packages):
        name, key = f"package{number}", source_hash(f"package{number}", "1")
        manifest[name] = f"{key}/{config}"
        for platform in (OLD, PLATFORM):
            source = SourceKey(platform, name, key)
            record = ConfigRecord(ConfigKey(platform, name, key, config), listed=True, has_tree=number > 0)
            sources[source] = SourceRecord(source, (record,))
    records = {}
    for number in range(apps):
        files = tuple(ManifestRecord(tier, tier.value, dict(manifest), 0.0) for tier in list(Tier)[1:4])
        records[f"app{number}"] = AppRecord(AppKey(f"app{number}"), "", files)
    return Snapshot("/store", sources, apps=records)


def test_a_thousand_apps_of_three_hundred_packages_take_a_moment() -> None:
    snapshot = _big(1000, 300)
    began = time.process_time()
    found = stock_of(snapshot)
    rehearsals = list(found.rehearsals(targets_of(snapshot.apps.values())))
    assert time.process_time() - began < 15.0, "it takes 0.2 s; a second look at each config would take minutes"
    assert len(rehearsals) == 3000
    assert {start.missing for rehearsal in rehearsals for start in rehearsal.starts} == {("package0",)}
    assert isinstance(rehearsals[0].target, Target)
