"""Repairs of what is beside the packages: manifests of workers and platform folders; what is chosen, and noted."""

import json
import shutil
from pathlib import Path

import pytest

from builders import (
    PLATFORM,
    StoreBuilder,
    config_hash,
    digest,
    entry,
    ref,
    write_lockfile,
    write_tree,
)
from pkgstore import Store
from pkgstore.journal import operations, read_journal
from pkgstore.layout import Layout
from repairing import (
    LINKS,
    applied,
    changed_files,
    codes,
    configs,
    files_of,
    left,
    looked,
    planned,
    repaired,
    result_of,
    sf,
    two_packages,
    wrong,
)


@pytest.fixture
def store(tmp_path: Path) -> StoreBuilder:
    return two_packages(tmp_path / ".pkg-store")


# --- workers' manifests ----------------------------------------------------------------------------------


def library(store: StoreBuilder, *packages: str) -> Path:
    refs = {"Rcpp": ref("Rcpp", "1.0"), "sf": ref("sf", "1.0", LINKS)}
    made = Store(store.root, PLATFORM)
    path = Path(made.worker_lib_dir("w1"))
    made.assemble_library(path, {name: refs[name] for name in packages})
    return path


def test_a_manifest_comes_back_by_the_files_of_the_library(store: StoreBuilder) -> None:
    path = library(store, "Rcpp", "sf") / ".packages.json"
    wanted = path.read_bytes()
    path.write_text("no")
    assert repaired(store.root).repaired == 1
    assert path.read_bytes() == wanted
    assert codes(store.root) == []


@pytest.mark.parametrize("how", ["copied", "strange", "link", "file"])
def test_a_manifest_stays_where_a_package_is_not_the_stores(store: StoreBuilder, tmp_path: Path, how: str) -> None:
    folder = library(store, "Rcpp", "sf")
    if how == "copied":
        text = (folder / "sf" / "DESCRIPTION").read_text()
        (folder / "sf" / "DESCRIPTION").unlink()
        (folder / "sf" / "DESCRIPTION").write_text(text)
    elif how == "strange":
        write_tree(folder / "mine", "mine", "1.0")
    elif how == "link":
        shutil.rmtree(folder / "sf")
        (folder / "sf").symlink_to(sf(store) / config_hash(LINKS))
    else:
        (folder / "notes.txt").write_text("mine")
    (folder / ".packages.json").write_text("no")
    plan = planned(store.root)
    assert plan.items == ()
    assert next(why for code, why in left(plan) if code == "DAMAGE").endswith("is that of no config of the store")


def test_a_library_that_changed_since_keeps_its_manifest(store: StoreBuilder) -> None:
    folder = library(store, "Rcpp", "sf")
    (folder / ".packages.json").write_text("no")
    plan = planned(store.root)
    write_tree(folder / "mine", "mine", "1.0")
    assert result_of(applied(store.root, plan)).skipped == 1
    assert (folder / ".packages.json").read_text() == "no"


def test_a_manifest_that_is_mended_keeps_what_it_names(store: StoreBuilder) -> None:
    """In one run: the manifest comes first, and what it names stays, though it is wrong."""
    wrong(store)
    made = Store(store.root, PLATFORM)
    made.assemble_library(made.worker_lib_dir("w1"), {"bad": ref("bad", "1.0")})
    (Path(made.worker_lib_dir("w1")) / ".packages.json").write_text("no")
    plan = planned(store.root)
    assert [item.codes for item in plan.items] == [("DAMAGE",)]
    assert left(plan) == [("WRONG-PACKAGE", "worker w1 needs it")]
    applied(store.root, plan)
    assert planned(store.root).items == ()


# --- platforms, the journal, choices ---------------------------------------------------------------------


def test_all_empty_platforms_before_the_one_in_use_go(store: StoreBuilder) -> None:
    for name in ("4.10-x86_64-pc-linux-gnu", "4.2-x86_64-pc-linux-gnu", "4.9-x86_64-pc-linux-gnu"):
        (store.root / name).mkdir()
    (store.root / "4.2-x86_64-pc-linux-gnu" / "sf").mkdir()
    assert repaired(store.root).repaired == 2
    assert sorted(path.name for path in store.root.glob("4*")) == [PLATFORM, "4.9-x86_64-pc-linux-gnu"]
    assert planned(store.root).items == ()


def test_a_platform_folder_that_holds_anything_stays(store: StoreBuilder) -> None:
    (store.root / "4.10-x86_64-pc-linux-gnu").mkdir()
    (store.root / "4.10-x86_64-pc-linux-gnu" / "notes").write_text("mine")
    plan = planned(store.root)
    assert ("RESTART-HAZARD", "it is not empty") in left(plan)
    assert [item for item in plan.items if "RESTART-HAZARD" in item.codes] == []


def test_the_journal_says_what_was_done(store: StoreBuilder) -> None:
    wrong(store)
    (sf(store) / "configs.json").unlink()
    result = repaired(store.root)
    (past,) = operations(read_journal(Layout(str(store.root))))
    assert (past.what, past.outcome, past.operation) == ("repair", "done", result.operation)
    assert sorted(line.text("result") for line in past.items) == ["repaired", "trashed"]
    assert past.plan["count"] == 2


def test_only_what_is_chosen(store: StoreBuilder) -> None:
    wrong(store)
    (sf(store) / "configs.json").unlink()
    plan = planned(store.root, chosen=lambda finding: "sf" in finding.path)
    assert [item.codes for item in plan.items] == [("ORPHAN-TREE",)]
    assert plan.left == ()


def test_another_fault_of_the_same_source_is_left_alone(store: StoreBuilder) -> None:
    (sf(store) / f"{config_hash(LINKS)}.json").write_text("{}")
    document = configs(sf(store))
    document["configs"]["0" * 64] = {}
    (sf(store) / "configs.json").write_text(json.dumps(document))
    before = files_of(sf(store))
    assert repaired(store.root, only={"PHANTOM"}).repaired == 1
    changed = changed_files(before, files_of(sf(store)))
    assert changed == {"configs.json"}
    assert codes(store.root) == ["BAD-META"]


def test_the_search_for_keys_is_bounded(
    store: StoreBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pkgstore.operations.repair_keys.MOST_TRIED", 8)
    for number in range(3):
        store.package("BH").source(f"2.{number}").config()
        store.package("cpp11").source(f"1.{number}").config()
    made = store.package("many").source().config({"BH": "9", "cpp11": "9", "Rcpp": "9"})
    made.configs_json.unlink()
    plan = planned(store.root)
    assert plan.left[0].why.endswith("; there are more than are tried")
    lock = write_lockfile(tmp_path / "x.lock", *(entry(name, "9") for name in ("BH", "cpp11", "Rcpp")))
    assert repaired(store.root, lock).repaired == 1, "what one lockfile says is tried first"


def test_every_finding_is_mended_or_stays(store: StoreBuilder) -> None:
    wrong(store)
    (sf(store) / "configs.json").write_text("{")
    store.worker("w1", {"gone": f"{digest('a')}/{digest('b')}"})
    found = looked(store.root)[1]
    plan = planned(store.root)
    told = {code for item in plan.items for code in item.codes} | {stays.finding.code for stays in plan.left}
    assert told == {finding.code for finding in found}
    assert all(item.what and item.path and item.name for item in plan.items)
    assert list(plan.items) == sorted(plan.items, key=lambda item: item.order)
