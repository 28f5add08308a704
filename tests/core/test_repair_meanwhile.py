"""What came between a repair's plan and its deeds: then what is there stays as it is."""

import shutil
from pathlib import Path

import pytest

from builders import (
    StoreBuilder,
    config_hash,
    write_tree,
)
from pkgstore.errors import LockBusy
from pkgstore.operations.events import Failed, Noticed, Skipped, Why
from repairing import (
    LINKS,
    applied,
    files_of,
    left,
    planned,
    result_of,
    sf,
    two_packages,
    wrong,
)


@pytest.fixture
def store(tmp_path: Path) -> StoreBuilder:
    return two_packages(tmp_path / ".pkg-store")


# --- what came between -----------------------------------------------------------------------------------


def test_a_tree_that_was_made_anew_stays(store: StoreBuilder) -> None:
    tree = wrong(store)
    plan = planned(store.root)
    shutil.move(tree, tree.parent.parent / "aside")
    write_tree(tree, "bad", "1.0")
    events = applied(store.root, plan)
    assert [event.why for event in events if isinstance(event, Skipped)] == [Why.REPLACED_MEANWHILE]
    assert tree.exists()


def test_a_tree_that_was_put_right_stays(store: StoreBuilder) -> None:
    tree = wrong(store)
    plan = planned(store.root)
    (tree / "DESCRIPTION").write_text((tree / "DESCRIPTION").read_text().replace("good", "bad"))
    events = applied(store.root, plan)
    assert [event.why for event in events if isinstance(event, Skipped)] == [Why.CHANGED_MEANWHILE]
    assert tree.exists()


def test_a_source_that_changed_stays_as_it_is(store: StoreBuilder) -> None:
    path = sf(store) / "configs.json"
    path.write_text("{")
    plan = planned(store.root)
    store.package("sf").source().config({"Rcpp": "0.9"}, listed=False)
    before = files_of(sf(store))
    events = applied(store.root, plan)
    assert [type(event) for event in events[:-1]] == [Noticed]
    assert (result_of(events).done, result_of(events).skipped) == (0, 1)
    assert files_of(sf(store)) == before


def test_a_lock_that_is_held_is_waited_for_and_said(store: StoreBuilder) -> None:
    (sf(store) / f"{config_hash(LINKS)}.json").write_text("{}")
    plan = planned(store.root)
    store.package("sf").source().locked()
    before = files_of(sf(store))
    (failed, _) = applied(store.root, plan)
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, LockBusy)
    assert files_of(sf(store)) == before


def test_what_somebody_is_at_work_on_stays(store: StoreBuilder) -> None:
    (sf(store) / "configs.json").unlink()
    store.package("sf").source().locked()
    plan = planned(store.root)
    assert plan.items == ()
    assert left(plan) == [("ORPHAN-TREE", "it is locked: somebody is at work on it")]
