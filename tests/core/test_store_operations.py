"""`Store`: whole operations, as one call: events, cancel, what is refused first."""

from pathlib import Path

import pytest

from builders import (
    HASHES,
    PLATFORM,
    LibraryBuilder,
    StoreBuilder,
    entry,
    left_in,
    write_lockfile,
)
from pkgstore import Store, read_lockfile, read_package_manifest
from pkgstore.errors import (
    Cancelled,
    InvalidName,
    MalformedRef,
    NotAStore,
    StoreError,
)
from pkgstore.operations.events import AssembleResult, Done, Event, EvictResult, Failed, Linked, Removed
from pkgstore.progress import Cancel
from pkgstore.store import run


class TestWholeOperations:
    def test_tell_their_events(self, store: StoreBuilder, ours: Store, tmp_path: Path) -> None:
        built = store.package("sf").source().config(used="40d")
        events: list[Event] = []
        assert ours.assemble_library(tmp_path / "lib", {"sf": built.ref, "cli": "x/y"}, on_event=events.append) == (
            "cli",
        )
        assert [type(event).__name__ for event in events] == ["Missed", "Linked", "Done"]
        assert events[-1] == Done(AssembleResult(1, 0, ("cli",)))
        assert read_package_manifest(tmp_path / "lib") == {"sf": built.ref, "cli": "x/y"}

    def test_are_cancelled_before_the_first_item(self, store: StoreBuilder, ours: Store, tmp_path: Path) -> None:
        built = store.package("sf").source().config(used="40d")
        cancel = Cancel()
        cancel.set()
        lockfile = read_lockfile(write_lockfile(tmp_path / "pak.lock", entry("sf")))
        library = LibraryBuilder(tmp_path / "built").package("sf").path
        with pytest.raises(Cancelled):
            ours.assemble_library(tmp_path / "lib", {"sf": built.ref}, cancel=cancel)
        with pytest.raises(Cancelled):
            ours.populate_build(lockfile, tmp_path / "lib", cancel=cancel)
        with pytest.raises(Cancelled):
            ours.populate_runtime(lockfile, tmp_path / "lib", library, {}, cancel=cancel)
        with pytest.raises(Cancelled):
            ours.ingest_packages(lockfile, library, cancel=cancel)
        assert not any((tmp_path / "lib").iterdir())
        assert ours.has(*HASHES)

    def test_check_every_ref_before_they_link(self, store: StoreBuilder, ours: Store, tmp_path: Path) -> None:
        built = store.package("sf").source().config()
        with pytest.raises(MalformedRef):
            ours.assemble_library(tmp_path / "lib", {"sf": built.ref, "z": "broken"})
        with pytest.raises(InvalidName, match=r"package '\.\./z' has a slash"):
            ours.assemble_library(tmp_path / "lib", {"sf": built.ref, "../z": built.ref})
        assert not (tmp_path / "lib").exists()

    def test_that_end_without_a_result_are_an_error(self) -> None:
        for events in ([], [Done(EvictResult())]):
            with pytest.raises(StoreError, match=r"^the operation ended without a result$"):
                run(iter(events), AssembleResult)

    def test_evict_what_is_stale_and_go_on_after_a_failure(self, store: StoreBuilder, ours: Store) -> None:
        store.package("a").source().config(used="40d").configs_json.write_text("broken")
        store.package("b").source().config(used="40d")
        store.package("c").source().config(used="1d")
        events: list[Event] = []
        assert ours.evict_stale(30 * 86400, on_event=events.append) == 1
        assert [(type(e), e.package) for e in events[:-1] if isinstance(e, Failed | Removed)] == [
            (Failed, "a"),
            (Removed, "b"),
        ]
        assert left_in(store.root / PLATFORM) == {"a", "c"}
        assert not any(isinstance(event, Linked) for event in events)

    @pytest.mark.parametrize("retention", [0, -1])
    def test_evict_nothing_without_a_retention(self, store: StoreBuilder, retention: float) -> None:
        store.package("sf").source().config(used="400d")
        assert Store(store.root, PLATFORM).evict_stale(retention) == 0
        assert Store(store.root / "gone", PLATFORM).evict_stale(retention) == 0

    def test_evict_in_no_store_is_an_error(self, store: StoreBuilder, ours: Store) -> None:
        with pytest.raises(NotAStore, match=f"^{store.root}/gone: there is no store here"):
            Store(store.root / "gone", PLATFORM).evict_stale(1)
        assert ours.evict_stale(1) == 0
