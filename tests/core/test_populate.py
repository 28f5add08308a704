"""Populating a library: hits, misses, and the run-time check of what packages were compiled against."""

import os
import shutil
from pathlib import Path

import pytest

from builders import PLATFORM, LibraryBuilder, StoreBuilder, entry, ref, source_hash, write_lockfile
from pkgstore import Cancel, PopulateStats, Store, files, read_lockfile
from pkgstore.errors import Cancelled, InvalidName, MalformedRef
from pkgstore.layout import Layout
from pkgstore.operations.events import Event, Kept, Linked, Missed, Noticed, Why
from pkgstore.operations.populate import plan_populate
from pkgstore.operations.tool import plan_tool_populate, read_build_inputs


class World:
    """A store, a worker's present library and a new one."""

    def __init__(self, store: StoreBuilder, tmp_path: Path) -> None:
        self.store = store
        self.library = tmp_path / "new"
        self.worker = LibraryBuilder(tmp_path / "worker")
        self.lock = tmp_path / "pak.lock"
        self.seen: list[Event] = []

    def build(self, *entries: dict[str, object], refs: dict[str, str] | None = None) -> PopulateStats:
        lockfile = read_lockfile(write_lockfile(self.lock, *entries))
        store = Store(self.store.root, PLATFORM)
        return store.populate_build(lockfile, self.library, refs, on_event=self.seen.append)

    def runtime(
        self, refs: dict[str, str], *entries: dict[str, object], cancel: Cancel | None = None
    ) -> PopulateStats:
        lockfile = read_lockfile(write_lockfile(self.lock, *entries))
        store = Store(self.store.root, PLATFORM)
        return store.populate_runtime(
            lockfile, self.library, self.worker.path, refs, on_event=self.seen.append, cancel=cancel
        )


@pytest.fixture
def world(store: StoreBuilder, tmp_path: Path) -> World:
    return World(store, tmp_path)


class TestBuild:
    def test_hits_are_linked_and_misses_are_counted(self, world: World) -> None:
        source = world.store.package("sf").source().config()
        assert world.build(entry("sf"), entry("s2")) == PopulateStats(hits=1, misses=1)
        assert (world.library / "sf" / "DESCRIPTION").samefile(source.tree / "DESCRIPTION")
        assert os.listdir(world.library) == ["sf"]

    def test_the_linked_packages_of_the_lockfile_decide(self, world: World) -> None:
        world.store.package("sf").source().config({"Rcpp": "1.0"})
        assert world.build(entry("sf"), entry("Rcpp", "1.1")) == PopulateStats(misses=2)
        assert world.build(entry("sf"), entry("Rcpp", "1.0")) == PopulateStats(hits=1, misses=1)

    def test_what_is_in_the_library_is_left_alone(self, world: World) -> None:
        world.store.package("sf").source().config()
        (world.library / "sf").mkdir(parents=True)
        assert world.build(entry("sf")) == PopulateStats()
        assert os.listdir(world.library / "sf") == []

    def test_a_ref_that_the_reference_has_is_not_linked(self, world: World) -> None:
        source = world.store.package("sf").source().config()
        assert world.build(entry("sf"), refs={"sf": source.ref}) == PopulateStats()
        assert world.seen[0] == Kept("sf", Why.REUSED_REF)

    def test_a_phantom_is_a_miss_that_is_noticed_and_the_rest_goes_on(self, world: World) -> None:
        phantom = world.store.package("a").source().config(tree=False)
        world.store.package("sf").source().config()
        assert world.build(entry("a"), entry("sf")) == PopulateStats(hits=1, misses=1)
        noticed, missed, linked = world.seen[:3]
        assert isinstance(noticed, Noticed)
        assert phantom.last[:8] in noticed.text
        assert missed == Missed("a", Why.PHANTOM)
        assert isinstance(linked, Linked)

    def test_an_unreadable_configs_json_is_a_miss_that_is_noticed(self, world: World) -> None:
        source = world.store.package("sf").source().config()
        source.configs_json.write_text("{")
        assert world.build(entry("sf")) == PopulateStats(misses=1)
        assert isinstance(world.seen[0], Noticed)
        assert str(source.configs_json) in world.seen[0].text

    def test_a_package_twice_counts_twice_as_a_miss_and_once_as_a_hit(self, world: World) -> None:
        world.store.package("sf").source().config()
        stats = world.build(entry("sf"), entry("sf"), entry("s2"), entry("s2"))
        assert stats == PopulateStats(hits=1, misses=2)

    def test_a_config_that_goes_meanwhile_is_a_miss(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        source = world.store.package("sf").source().config()
        real = files.touch

        def late(path: str) -> bool:
            shutil.rmtree(source.tree)
            return real(path)

        monkeypatch.setattr(files, "touch", late)
        assert world.build(entry("sf")) == PopulateStats(misses=1)
        assert not world.library.exists()

    def test_nothing_is_linked_when_a_name_may_not_reach_the_disk(self, world: World) -> None:
        world.store.package("a").source().config()
        with pytest.raises(InvalidName):
            world.build(entry("a"), entry("../x"))
        assert not world.library.exists()

    def test_a_plan_tells_the_same_and_changes_nothing(self, world: World) -> None:
        source = world.store.package("sf").source().config(used="40d")
        before = source.sidecar.stat().st_mtime_ns
        lockfile = read_lockfile(write_lockfile(world.lock, entry("sf"), entry("s2")))
        plan = plan_populate(Layout(str(world.store.root)), PLATFORM, lockfile, str(world.library))
        assert plan.stats == PopulateStats(hits=1, misses=1)
        assert not world.library.exists()
        assert source.sidecar.stat().st_mtime_ns == before


class TestRuntime:
    def test_what_did_not_change_is_carried_over(self, world: World) -> None:
        world.worker.package("sf")
        assert world.runtime({"sf": ref("sf", "1.0")}, entry("sf")) == PopulateStats()
        assert (world.library / "sf" / "DESCRIPTION").samefile(world.worker.path / "sf" / "DESCRIPTION")

    def test_also_what_the_lockfile_lacks(self, world: World) -> None:
        world.worker.package("old").package("sf")
        world.runtime({"old": ref("old", "1.0"), "sf": ref("sf", "1.0")}, entry("sf"))
        assert sorted(os.listdir(world.library)) == ["old", "sf"]

    def test_a_changed_package_comes_from_the_store(self, world: World) -> None:
        world.worker.package("sf", "1.0")
        newer = world.store.package("sf").source("2.0").config()
        assert world.runtime({"sf": ref("sf", "1.0")}, entry("sf", "2.0")) == PopulateStats(hits=1)
        assert (world.library / "sf" / "DESCRIPTION").samefile(newer.tree / "DESCRIPTION")

    def compiled(self, world: World, *stored: dict[str, str]) -> dict[str, str]:
        """A worker with Rcpp 1.0 and sf built against it; the store has sf built against each of `stored`."""
        source = world.store.package("sf").source()
        for links in ({"Rcpp": "1.0"}, *stored):
            source.config(links)
        world.worker.package("sf", linkingto="Rcpp").package("Rcpp", "1.0")
        return {"sf": ref("sf", "1.0", {"Rcpp": "1.0"}), "Rcpp": ref("Rcpp", "1.0")}

    def test_a_changed_linked_package_needs_another_config(self, world: World) -> None:
        refs = self.compiled(world, {"Rcpp": "2.0"})
        assert world.runtime(refs, entry("sf"), entry("Rcpp", "2.0")) == PopulateStats(abi_hits=1, misses=1)
        assert "Version: 1.0" in (world.library / "sf" / "DESCRIPTION").read_text()

    def test_without_that_config_it_is_left_out_and_rebuilt(self, world: World) -> None:
        refs = self.compiled(world)
        assert world.runtime(refs, entry("sf"), entry("Rcpp", "2.0")) == PopulateStats(abi_rebuilds=1, misses=1)
        assert not (world.library / "sf").exists()
        assert Missed("sf", Why.ABI_CHANGED) in world.seen

    def test_a_phantom_there_is_a_rebuild_too(self, world: World) -> None:
        refs = self.compiled(world)
        world.store.package("sf").source().config({"Rcpp": "2.0"}, tree=False)
        assert world.runtime(refs, entry("sf"), entry("Rcpp", "2.0")) == PopulateStats(abi_rebuilds=1, misses=1)

    def test_without_configs_json_the_check_is_skipped_as_the_reference_does(self, world: World) -> None:
        refs = self.compiled(world)
        (world.store.root / PLATFORM / "sf" / source_hash("sf", "1.0") / "configs.json").unlink()
        assert world.runtime(refs, entry("sf"), entry("Rcpp", "2.0")) == PopulateStats(misses=1)
        assert (world.library / "sf").is_dir()

    def test_a_package_that_the_reference_library_lacks_is_a_miss(self, world: World) -> None:
        assert world.runtime({"sf": ref("sf", "1.0")}, entry("sf")) == PopulateStats(misses=1)
        assert world.seen[0] == Missed("sf", Why.NOT_IN_REFERENCE)

    def test_the_last_entry_of_a_name_counts(self, world: World) -> None:
        world.worker.package("sf", "2.0")
        stats = world.runtime({"sf": ref("sf", "2.0")}, entry("sf", "1.0"), entry("sf", "2.0"))
        assert stats == PopulateStats()
        assert os.listdir(world.library) == ["sf"]

    def test_each_of_two_entries_of_a_changed_package_counts(self, world: World) -> None:
        world.worker.package("sf", "1.0")
        stats = world.runtime({"sf": ref("sf", "1.0")}, entry("sf", "2.0"), entry("sf", "3.0"))
        assert stats == PopulateStats(misses=2)

    def test_a_malformed_ref_is_an_error_and_nothing_is_linked(self, world: World) -> None:
        world.worker.package("sf")
        with pytest.raises(MalformedRef, match="of package s2"):
            world.runtime({"sf": ref("sf", "1.0"), "s2": "noslash"}, entry("sf"))
        assert not world.library.exists()

    def test_a_linked_package_in_the_worker_is_followed(self, world: World, tmp_path: Path) -> None:
        LibraryBuilder(tmp_path / "cache").package("sf")
        (world.worker.path / "sf").symlink_to(tmp_path / "cache" / "sf")
        world.runtime({"sf": ref("sf", "1.0")}, entry("sf"))
        assert not (world.library / "sf").is_symlink()
        assert (world.library / "sf" / "DESCRIPTION").exists()

    def test_a_package_that_goes_from_the_worker_meanwhile_is_a_miss(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world.worker.package("sf")
        monkeypatch.setattr(files, "link_tree", lambda *_, **__: None)
        assert world.runtime({"sf": ref("sf", "1.0")}, entry("sf")) == PopulateStats(misses=1)

    def test_it_can_be_cancelled_between_two_packages(self, world: World) -> None:
        world.worker.package("a").package("b")
        cancel = Cancel()
        cancel.set()
        with pytest.raises(Cancelled):
            world.runtime({"a": ref("a", "1.0"), "b": ref("b", "1.0")}, entry("a"), cancel=cancel)
        assert not world.library.exists()


class TestTool:
    def test_an_unreadable_reference_manifest_is_as_if_not_given_and_noticed(self, world: World) -> None:
        write_lockfile(world.lock, entry("sf"))
        (world.worker.path / ".packages.json").write_text("{")
        inputs = read_build_inputs(
            str(world.store.root), str(world.lock), str(world.library), str(world.worker.path)
        )
        assert inputs.ref_manifest is None
        assert str(world.worker.path) in inputs.notices[0].text
        assert plan_tool_populate(inputs, runtime=True).stats == PopulateStats(misses=1)

    def test_what_is_odd_about_a_lockfile_is_noticed(self, world: World) -> None:
        meta = entry("deps::.", type="deps", metadata={"RemoteType": "deps"}, rversion="*", platform="source")
        twice = entry("sf", platform="source")
        write_lockfile(world.lock, meta, entry("sf"), twice)
        inputs = read_build_inputs(str(world.store.root), str(world.lock), str(world.library))
        assert inputs.platform == "*-source"
        texts = " ".join(notice.text for notice in inputs.notices)
        assert "more than once: sf" in texts
        assert "disagree about the platform: 4.5-source, 4.5-x86_64-pc-linux-gnu" in texts
        assert "its first entry is no package, so the platform folder is '*-source'" in texts

    def test_a_platform_that_names_no_machine_is_noticed(self, world: World) -> None:
        write_lockfile(world.lock, entry("sf", platform="source"))
        inputs = read_build_inputs(str(world.store.root), str(world.lock), str(world.library))
        assert "names no machine" in inputs.notices[0].text
