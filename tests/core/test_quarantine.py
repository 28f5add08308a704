"""What was changed goes to the trash, only that, and can be put back."""

from pathlib import Path

import pytest
from evicting import restore
from verifying import check, configs, outcomes

from builders import HASHES, PLATFORM, StoreBuilder, entry, left_in, write_lockfile
from pkgstore import Store, read_lockfile
from pkgstore.layout import Layout
from pkgstore.operations.events import Event, Removed, Skipped, Why
from pkgstore.operations.evict import apply_evict
from pkgstore.operations.quarantine import plan_quarantine
from pkgstore.operations.verify_events import Outcome

OPERATION = "20261127T024044-quarantine-1263"


@pytest.fixture
def changed(store: StoreBuilder) -> Path:
    """The tree of sf, changed; a worker and an app need it."""
    tree = store.package("sf").source().config(used="1d").tree
    store.package("dplyr").source().config()
    store.worker("w1", {"sf": "/".join(HASHES[1:])})
    check(store)
    (tree / "R" / "sf.rdb").write_text("changed")
    return tree


def quarantine(store: StoreBuilder) -> list[Event]:
    plan = plan_quarantine(configs(check(store)))
    return list(apply_evict(Layout(str(store.root)), plan, operation=OPERATION))


def test_only_what_was_changed_goes_and_the_next_build_misses_it(store: StoreBuilder, changed: Path) -> None:
    events = quarantine(store)

    (removed,) = [event for event in events if isinstance(event, Removed)]
    assert removed.package == "sf"
    assert removed.reason == "quarantined: its contents were changed: R/sf.rdb"
    assert left_in(store.root / PLATFORM) == {"dplyr"}
    lockfile = read_lockfile(write_lockfile(store.root.parent / "pak.lock", entry("sf"), entry("dplyr")))
    stats = Store(store.root, PLATFORM).populate_build(lockfile, store.root.parent / "lib")
    assert (stats.hits, stats.misses) == (1, 1)


def test_it_can_be_put_back_and_is_then_still_changed(store: StoreBuilder, changed: Path) -> None:
    sidecar = changed.with_suffix(".json").stat().st_mtime_ns
    quarantine(store)
    assert outcomes(check(store)) == {"dplyr": Outcome.FINE}, "its baseline stays while it may come back"

    restore(store, operation=OPERATION)

    assert changed.with_suffix(".json").stat().st_mtime_ns == sidecar
    assert outcomes(check(store)) == {"dplyr": Outcome.FINE, "sf": Outcome.CHANGED}


def test_that_it_was_used_since_does_not_save_it(store: StoreBuilder, changed: Path) -> None:
    plan = plan_quarantine(configs(check(store)))
    Store(store.root, PLATFORM).touch(*HASHES)

    events = list(apply_evict(Layout(str(store.root)), plan, operation=OPERATION))

    assert [type(event) for event in events[:1]] == [Removed]


@pytest.mark.parametrize(("how", "why"), [("anew", Why.REPLACED_MEANWHILE), ("gone", Why.GONE_MEANWHILE)])
def test_what_was_made_anew_since_stays(store: StoreBuilder, changed: Path, how: str, why: Why) -> None:
    plan = plan_quarantine(configs(check(store)))
    changed.rename(store.root / "aside")
    if how == "anew":
        changed.mkdir()

    events = list(apply_evict(Layout(str(store.root)), plan, operation=OPERATION))

    assert [event.why for event in events if isinstance(event, Skipped)] == [why]


def test_what_is_made_anew_has_a_baseline_of_its_own(store: StoreBuilder, changed: Path) -> None:
    quarantine(store)
    store.package("sf").source().config(created="2026-11-27T03:00:00Z")

    assert outcomes(check(store))["sf"] is Outcome.RECORDED
    assert outcomes(check(store))["sf"] is Outcome.FINE


def test_nothing_but_changes_is_taken(store: StoreBuilder) -> None:
    tree = store.package("sf").source().config().tree
    assert plan_quarantine(configs(check(store, record=False))).items == ()
    check(store)
    Path(Layout(str(store.root)).digest(configs(check(store))[0].key)).write_text("damaged")
    assert plan_quarantine(configs(check(store, record=False))).items == ()
    assert tree.is_dir()
