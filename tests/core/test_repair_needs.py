"""Repairs by who needs what: what comes back out of the trash, what goes into it, what stays."""

import json
import shutil
from pathlib import Path

import pytest

from builders import (
    StoreBuilder,
    ref,
    seconds,
    source_hash,
)
from pkgstore.layout import Layout
from pkgstore.operations.events import Restored, Skipped, Why
from pkgstore.operations.evict import apply_evict, plan_evict
from pkgstore.scan import read_snapshot
from repairing import (
    LINKS,
    OPERATION,
    applied,
    codes,
    configs,
    files_of,
    in_trash,
    left,
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


# --- what is gone, and who needs it ----------------------------------------------------------------------


def test_what_roots_need_comes_back_out_of_the_trash(store: StoreBuilder) -> None:
    needed = {"sf": ref("sf", "1.0", LINKS), "gone": ref("gone", "1.0")}
    before = files_of(sf(store))
    in_trash(store, "sf")
    store.app("shop", needed)
    store.worker("w1", needed)
    assert codes(store.root) == ["BROKEN-INSTALL", "DANGLING-ROOT"]
    plan = planned(store.root)
    (item,) = plan.items
    assert item.codes == ("BROKEN-INSTALL", "DANGLING-ROOT")
    assert [stays.name for stays in plan.left] == ["gone unknown (" + source_hash("gone", "1.0")[:8] + ")"] * 2
    events = applied(store.root, plan)
    assert [type(event) for event in events[:-1]] == [Restored]
    assert {path: facts for path, facts in files_of(sf(store)).items() if path.endswith((".so", ".rdb"))} == {
        path: facts for path, facts in before.items() if path.endswith((".so", ".rdb"))
    }
    assert planned(store.root).items == ()


def test_the_latest_of_several_comes_back(store: StoreBuilder) -> None:
    in_trash(store, "sf")
    layout = Layout(str(store.root))
    shutil.copytree(layout.trash_of(OPERATION), layout.trash_of("20261126T201500-evict-0001"))
    shutil.copytree(layout.trash_of(OPERATION), layout.trash_of("20261126T181500-evict-0001"))
    store.app("shop", {"sf": ref("sf", "1.0", LINKS)})
    (item,) = planned(store.root).items
    assert "20261126T201500-evict-0001" in item.what


def test_what_the_trash_has_for_another_platform_stays_there(store: StoreBuilder) -> None:
    store.on("4.4-x86_64-pc-linux-gnu").package("s2").source().config(used="90d")
    layout = Layout(str(store.root))
    plan = plan_evict(read_snapshot(str(store.root)), "4.4-x86_64-pc-linux-gnu", seconds("30d"))
    list(apply_evict(layout, plan, operation=OPERATION))
    shutil.rmtree(layout.platform("4.4-x86_64-pc-linux-gnu"))
    store.app("shop", {"s2": ref("s2", "1.0")})
    assert planned(store.root).items == ()
    assert codes(store.root) == ["DANGLING-ROOT"]


def test_a_phantom_that_somebody_needs_comes_back(store: StoreBuilder) -> None:
    document = configs(sf(store))
    in_trash(store, "sf")
    folder = sf(store)
    folder.mkdir(parents=True)
    (folder / "configs.json").write_text(json.dumps(document))
    store.app("shop", {"sf": ref("sf", "1.0", LINKS)})
    assert codes(store.root) == ["DANGLING-ROOT", "PHANTOM"]
    result = repaired(store.root)
    assert (result.restored, result.repaired) == (1, 0)
    assert codes(store.root) == []


def test_a_phantom_that_nobody_needs_is_forgotten(store: StoreBuilder) -> None:
    document = configs(sf(store))
    in_trash(store, "sf")
    folder = sf(store)
    folder.mkdir(parents=True)
    (folder / "configs.json").write_text(json.dumps(document))
    result = repaired(store.root)
    assert (result.restored, result.repaired) == (0, 1)
    assert not folder.parent.exists()
    assert codes(store.root) == []


def test_a_wrong_tree_that_somebody_needs_stays(store: StoreBuilder) -> None:
    tree = wrong(store)
    store.app("shop", {"bad": ref("bad", "1.0")})
    plan = planned(store.root)
    assert (plan.items, left(plan)) == ((), [("WRONG-PACKAGE", "shop (current) needs it")])
    assert tree.exists()


def test_nothing_goes_where_a_root_cannot_be_read(store: StoreBuilder) -> None:
    wrong(store)
    (store.app("shop", {}) / "store-manifest.json").write_text("{")
    plan = planned(store.root)
    assert plan.items == ()
    assert [why for code, why in left(plan) if code == "WRONG-PACKAGE"] == [
        f"{store.root.parent / 'shop' / 'store-manifest.json'} cannot be read, so nobody knows who needs it"
    ]


def test_nothing_goes_where_the_apps_were_not_named(store: StoreBuilder) -> None:
    from pkgstore.check.run import Checked, check
    from pkgstore.operations.repair import plan_repair

    wrong(store)
    checked = Checked.read(str(store.root))
    plan = plan_repair(checked, list(check(checked)))
    assert plan.items == ()
    assert left(plan) == [("WRONG-PACKAGE", "the folder of the apps was not named, so nobody knows who needs it")]


def test_a_root_that_comes_between_keeps_a_tree(store: StoreBuilder) -> None:
    tree = wrong(store)
    plan = planned(store.root)
    store.worker("w1", {"bad": ref("bad", "1.0")})
    events = applied(store.root, plan)
    assert [event.why for event in events if isinstance(event, Skipped)] == [Why.ROOTED_MEANWHILE]
    assert tree.exists()


def test_a_root_that_breaks_between_keeps_a_tree(store: StoreBuilder) -> None:
    tree = wrong(store)
    plan = planned(store.root)
    (store.worker("w1", {}) / ".packages.json").write_text("{")
    events = applied(store.root, plan)
    assert result_of(events).failed == 1
    assert tree.exists()
