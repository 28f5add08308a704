"""Would a live install change a package that is loaded: yes, no, or not known; and which package forces it."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from builders import PLATFORM, LibraryBuilder, StoreBuilder, entry, ref, source_hash, write_lockfile
from pkgstore.explain.conflict import Conflict, Forced, Reason, find_conflict
from pkgstore.layout import Layout
from pkgstore.lockfile import read_lockfile
from pkgstore.operations.populate import plan_populate_runtime

RCPP = {"Rcpp": "1.0"}
HAS = {"Rcpp": ref("Rcpp", "1.0"), "sf": ref("sf", "1.0", RCPP), "dplyr": ref("dplyr", "1.0")}


class World:
    """A worker with Rcpp, sf that was built against it, and dplyr."""

    def __init__(self, store: StoreBuilder) -> None:
        self.store = store
        self.library = LibraryBuilder(store.worker("w1", HAS))

    def ask(self, loaded: str, *entries: Mapping[str, object], has: Mapping[str, str] = HAS) -> Conflict:
        """What becomes of the loaded packages (in one text) if these entries are installed."""
        lockfile = read_lockfile(write_lockfile(self.store.root.parent / "new.lock", *entries))
        layout, nowhere = Layout(str(self.store.root)), str(self.store.root.parent / "nowhere")
        plan = plan_populate_runtime(layout, PLATFORM, lockfile, nowhere, str(self.library.path), has)
        return find_conflict(has, lockfile, loaded.split(), plan)


@pytest.fixture
def world(store: StoreBuilder) -> World:
    store.package("sf").source().config(RCPP)
    for name in ("Rcpp", "dplyr"):
        store.package(name).source().config()
    world = World(store)
    for name in HAS:
        world.library.package(name)
    return world


def same(*names: str) -> list[dict[str, object]]:
    return [entry(name) for name in names]


def test_nothing_changes_and_something_comes(world: World) -> None:
    found = world.ask("sf dplyr", *same("Rcpp", "sf", "dplyr", "glue"))
    assert found == Conflict(kept=("dplyr", "sf"))
    assert found.needs_new_worker is False


def test_a_loaded_package_changes_itself(world: World) -> None:
    found = world.ask("dplyr", *same("Rcpp", "sf"), entry("dplyr", "2.0"))
    before, after = source_hash("dplyr", "1.0"), source_hash("dplyr", "2.0")
    assert found.forced == (Forced("dplyr", Reason.SOURCE, before, after, ("dplyr",)),)
    assert found.needs_new_worker is True


def test_what_is_not_loaded_may_change(world: World) -> None:
    found = world.ask("sf", *same("Rcpp", "sf"), entry("dplyr", "2.0"))
    assert found.needs_new_worker is False


@pytest.mark.parametrize("stored", [True, False])
def test_a_loaded_package_is_another_build_for_what_it_links_to(world: World, stored: bool) -> None:
    if stored:
        world.store.package("sf").source().config({"Rcpp": "2.0"})
    found = world.ask("sf dplyr", entry("Rcpp", "2.0"), *same("sf", "dplyr"))
    key = source_hash("sf", "1.0")
    assert found.forced == (Forced("sf", Reason.ABI, key, key, ("Rcpp",)),)
    assert (found.causes, found.kept) == (("Rcpp",), ("dplyr",))


def test_the_package_that_forces_most_comes_first(world: World) -> None:
    found = world.ask("sf dplyr Rcpp", entry("Rcpp", "2.0"), *same("sf"), entry("dplyr", "2.0"))
    assert found.causes == ("Rcpp", "dplyr")


def test_a_loaded_package_that_nothing_builds_again(world: World) -> None:
    found = world.ask("sf", entry("Rcpp", "2.0"), *same("dplyr"))
    assert [(forced.package, forced.reason) for forced in found.forced] == [("sf", Reason.LEFT_OUT)]


def test_what_the_lockfile_lacks_is_carried_over(world: World) -> None:
    assert world.ask("sf dplyr", *same("Rcpp")).needs_new_worker is False


def test_packages_of_r_itself_are_none_of_the_stores(world: World) -> None:
    found = world.ask("stats sf", *same("Rcpp", "sf"))
    assert (found.foreign, found.kept, found.needs_new_worker) == (("stats",), ("sf",), False)


def test_a_package_that_is_loaded_from_elsewhere_is_not_known(world: World) -> None:
    found = world.ask("glue", *same("Rcpp", "glue"))
    assert found.unknown == (("glue", "it is loaded, but not from the worker's own library"),)
    assert found.needs_new_worker is None


def test_nor_one_that_the_library_lacks(world: World) -> None:
    has = {**HAS, "units": ref("units", "1.0")}
    found = world.ask("units", *same("Rcpp", "units"), has=has)
    assert [package for package, _ in found.unknown] == ["units"]
    assert found.needs_new_worker is None


def test_a_certain_change_outweighs_what_is_not_known(world: World) -> None:
    found = world.ask("glue dplyr", *same("glue"), entry("dplyr", "2.0"))
    assert found.needs_new_worker is True


def test_of_two_entries_the_last_counts(world: World) -> None:
    found = world.ask("dplyr", entry("dplyr", "2.0"), entry("dplyr", "1.0"))
    assert found.needs_new_worker is False


def test_an_abi_check_that_finds_the_same_config_changes_nothing(world: World) -> None:
    """The lockfile's first entry of Rcpp is what sf was built against, the last one, which counts, is not."""
    found = world.ask("sf", entry("Rcpp", "1.0"), entry("Rcpp", "2.0"), *same("sf"))
    assert (found.kept, found.needs_new_worker) == (("sf",), False)


def test_a_package_without_configs_json_is_carried_over_unchecked(world: World, tmp_path: Path) -> None:
    world.store.package("sf").source().configs_json.unlink()
    assert world.ask("sf", entry("Rcpp", "2.0"), *same("sf")).needs_new_worker is False
