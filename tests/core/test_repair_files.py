"""Repairs of small files: what the trees and keys tell for certain is written, and nothing else."""

import json
import os
import time
from pathlib import Path

import pytest

from builders import (
    PLATFORM,
    StoreBuilder,
    config_hash,
    entry,
    source_hash,
    write_lockfile,
)
from pkgstore.layout import Layout
from pkgstore.operations.restore import apply_restore, plan_restore
from repairing import (
    LINKS,
    applied,
    codes,
    configs,
    files_of,
    left,
    planned,
    repaired,
    result_of,
    sf,
    two_packages,
)


@pytest.fixture
def store(tmp_path: Path) -> StoreBuilder:
    return two_packages(tmp_path / ".pkg-store")


# --- configs.json ----------------------------------------------------------------------------------------


def test_a_lost_configs_json_comes_back_byte_for_byte(store: StoreBuilder) -> None:
    store.package("sf").source().config({"Rcpp": "0.9"})
    write_lockfile(store.work("b1") / "pak.lock", entry("Rcpp", "0.9"), entry("sf"))
    before = (sf(store) / "configs.json").read_bytes()
    for damage in (Path.unlink, lambda path: path.write_text("[]"), lambda path: path.write_bytes(b"\0" * 9)):
        damage(sf(store) / "configs.json")
        assert repaired(store.root).repaired == 1
        assert (sf(store) / "configs.json").read_bytes() == before
    assert codes(store.root) == []


def test_keys_that_nothing_in_reach_hashes_to_are_not_written(store: StoreBuilder) -> None:
    store.package("sf").source().config({"Rcpp": "0.9"})  # no lockfile tells of 0.9
    (sf(store) / "configs.json").write_text("{")
    plan = planned(store.root)
    assert left(plan) == [
        ("BAD-META", f"no keys in reach of what it links to (Rcpp) hash to {config_hash({'Rcpp': '0.9'})[:8]}")
    ]
    assert "--lock" in plan.left[0].advice
    assert result_of(applied(store.root, plan)).repaired == 1
    assert configs(sf(store))["configs"] == {config_hash(LINKS): {"Rcpp": source_hash("Rcpp", "1.0")}}
    assert codes(store.root) == ["ORPHAN-TREE"]
    assert planned(store.root).items == ()


def test_a_lockfile_that_is_named_tells_keys(store: StoreBuilder, tmp_path: Path) -> None:
    old = {"Rcpp": "0.9", "BH": "3"}
    store.package("sf").source("2.0").config(old)
    folder = store.root / PLATFORM / "sf" / source_hash("sf", "2.0")
    wanted = (folder / "configs.json").read_bytes()
    os.unlink(folder / "configs.json")
    one = write_lockfile(tmp_path / "one.lock", entry("Rcpp", "0.9"), entry("BH", "2"))
    two = write_lockfile(tmp_path / "two.lock", entry("Rcpp", "0.8"), entry("BH", "3"))
    assert repaired(store.root, one).done == 0
    assert repaired(store.root, one, two).repaired == 1, "one key of each: the hash proves it"
    assert json.loads((folder / "configs.json").read_text()) == json.loads(wanted)


def test_what_a_lockfile_lacks_is_left_out_of_keys(store: StoreBuilder) -> None:
    folder = sf(store)
    tree = folder / config_hash(LINKS) / "DESCRIPTION"
    tree.write_text(tree.read_text().replace("LinkingTo: Rcpp", "LinkingTo: methods, Rcpp"))
    os.unlink(folder / "configs.json")
    repaired(store.root)
    assert configs(folder) == {
        "source_compiled": True,
        "linkingto": ["Rcpp", "methods"],
        "configs": {config_hash(LINKS): {"Rcpp": source_hash("Rcpp", "1.0")}},
    }
    assert codes(store.root) == []


def test_trees_that_disagree_tell_nothing(store: StoreBuilder) -> None:
    store.package("sf").source().config({})
    os.unlink(sf(store) / "configs.json")
    before = files_of(store.root)
    plan = planned(store.root)
    assert plan.items == ()
    assert {why for _, why in left(plan)} == {"its trees do not say the same of what the source links to"}
    assert files_of(store.root) == before


def test_a_tree_without_description_stays_unlisted(store: StoreBuilder) -> None:
    other = store.package("sf").source().config({"Rcpp": "0.9"})
    os.unlink(other.tree / "DESCRIPTION")
    os.unlink(sf(store) / "configs.json")
    plan = planned(store.root)
    assert ("ORPHAN-TREE", "its tree has no DESCRIPTION") in left(plan)
    applied(store.root, plan)
    assert list(configs(sf(store))["configs"]) == [config_hash(LINKS)]
    assert planned(store.root).items == ()


def test_an_entry_that_would_contradict_configs_json_is_not_added(store: StoreBuilder) -> None:
    store.package("sf").source().config({"Rcpp": "1.0", "BH": "1"}, listed=False)
    store.package("BH").source("1").config()
    plan = planned(store.root)
    assert left(plan) == [("ORPHAN-TREE", "configs.json says another thing of the source than its DESCRIPTION")]
    assert plan.items == ()


@pytest.mark.parametrize("change", [{"linkingto": None}, {"linkingto": ["BH"]}, {"source_compiled": False}])
def test_facts_at_odds_with_all_trees_are_written_again(store: StoreBuilder, change: dict) -> None:
    path = sf(store) / "configs.json"
    wanted = configs(sf(store))
    path.write_text(json.dumps(wanted | change))
    assert repaired(store.root).repaired == 1
    assert configs(sf(store)) == wanted
    assert codes(store.root) == []


def test_facts_and_keys_together(store: StoreBuilder) -> None:
    path = sf(store) / "configs.json"
    wanted = configs(sf(store))
    path.write_text(json.dumps({"source_compiled": True, "linkingto": None, "configs": {config_hash(LINKS): {}}}))
    assert set(codes(store.root)) == {"BAD-META", "BAD-CONFIG-HASH"}
    assert repaired(store.root).repaired == 1
    assert configs(sf(store)) == wanted


def test_facts_stay_where_keys_do_not_fit(store: StoreBuilder) -> None:
    """Its DESCRIPTION was changed, or configs.json was: nobody knows."""
    tree = sf(store) / config_hash(LINKS) / "DESCRIPTION"
    tree.write_text(tree.read_text().replace("LinkingTo: Rcpp", "LinkingTo: BH"))
    plan = planned(store.root)
    assert plan.items == ()
    assert left(plan) == [
        ("BAD-META", f"the keys of {config_hash(LINKS)[:8]} do not fit what its DESCRIPTION links to")
    ]


def test_facts_stay_where_trees_disagree(store: StoreBuilder) -> None:
    other = store.package("sf").source().config({"Rcpp": "0.9"})
    path = other.tree / "DESCRIPTION"
    path.write_text(path.read_text().replace("NeedsCompilation: yes", "NeedsCompilation: no"))
    plan = planned(store.root)
    assert (plan.items, left(plan)) == ((), [("BAD-META", "its listed trees do not all say the same")])


def test_a_configs_json_that_may_not_be_read_stays(store: StoreBuilder) -> None:
    path = sf(store) / "configs.json"
    path.unlink()
    path.symlink_to("/etc/passwd")
    plan = planned(store.root)
    assert plan.items == ()
    assert any("symbolic link" in why for _, why in left(plan))
    assert path.is_symlink()


def test_wrong_keys_that_cannot_be_found_take_the_config_to_the_trash(store: StoreBuilder) -> None:
    hidden = store.package("sf").source().config({"Rcpp": "0.9"})
    document = configs(sf(store))
    document["configs"][hidden.last] = {"Rcpp": "f" * 64}
    (sf(store) / "configs.json").write_text(json.dumps(document))
    before = files_of(sf(store))
    result = repaired(store.root)
    assert (result.removed, result.repaired) == (1, 0)
    assert not hidden.tree.exists()
    assert codes(store.root) == []
    list(apply_restore(Layout(str(store.root)), plan_restore(Layout(str(store.root)), result.operation)))
    assert {path: facts[3] for path, facts in files_of(sf(store)).items() if facts != "folder"} == {
        path: facts[3] if not path.endswith("configs.json") else facts_of(document)
        for path, facts in before.items()
        if facts != "folder"
    }


def facts_of(document: dict) -> bytes:
    return json.dumps(document | {"configs": dict(sorted(document["configs"].items()))}, indent=2).encode()


# --- sidecars --------------------------------------------------------------------------------------------


def test_an_unreadable_sidecar_keeps_its_last_use(store: StoreBuilder) -> None:
    sidecar = sf(store) / f"{config_hash(LINKS)}.json"
    sidecar.write_text("{}")
    os.utime(sidecar, ns=(1, 1_700_000_000_123_456_789))
    assert repaired(store.root).repaired == 1
    assert sidecar.stat().st_mtime_ns == 1_700_000_000_123_456_789
    assert json.loads(sidecar.read_text())["created_at"].startswith(time.strftime("%Y-"))
    assert codes(store.root) == []


def test_a_use_between_plan_and_deed_is_kept(store: StoreBuilder) -> None:
    sidecar = sf(store) / f"{config_hash(LINKS)}.json"
    sidecar.write_text("{}")
    plan = planned(store.root)
    os.utime(sidecar, ns=(1, 1_750_000_000_000_000_000))
    assert result_of(applied(store.root, plan)).repaired == 1
    assert sidecar.stat().st_mtime_ns == 1_750_000_000_000_000_000


def test_a_link_for_a_sidecar_stays(store: StoreBuilder, tmp_path: Path) -> None:
    target = tmp_path / "outside.json"
    target.write_text("{}")
    sidecar = sf(store) / f"{config_hash(LINKS)}.json"
    sidecar.unlink()
    sidecar.symlink_to(target)
    plan = planned(store.root)
    assert plan.items == ()
    assert {why for _, why in left(plan)} == {"what stands there is no file that can be read"}
