"""`Store`: folders of workers and live installs, and the platform after a restart."""

import uuid
from pathlib import Path

import pytest

from builders import (
    PLATFORM,
    LibraryBuilder,
    StoreBuilder,
    left_in,
    write_tree,
)
from pkgstore import Store, recover_platform
from pkgstore.errors import (
    InputError,
    InvalidName,
)


class TestStagingFolders:
    def test_are_made_fresh_and_removed(self, store: StoreBuilder, ours: Store) -> None:
        first, second = Path(ours.create_staging_dir()), Path(ours.create_staging_dir())
        assert first.parent == second.parent == store.root / ".staging"
        assert [uuid.UUID(path.name).version for path in (first, second)] == [4, 4]
        write_tree(first / "sf", "sf", "1.0")
        for _ in range(2):  # quiet where it is gone
            ours.cleanup_staging_dir(first)
            assert left_in(first.parent) == {second.name}

    @pytest.mark.parametrize(
        "path", ["", ".staging", ".staging/x/sf", ".workers/w", PLATFORM, ".staging/x/../..", "../lib"]
    )
    def test_alone_are_removed(self, store: StoreBuilder, ours: Store, path: str) -> None:
        store.package("sf").source().config()
        store.worker("w", {})
        write_tree(store.root / ".staging" / "x" / "sf", "sf", "1.0")
        LibraryBuilder(store.root.parent / "lib").package("sf")
        before = sorted(store.root.parent.rglob("*"))
        with pytest.raises(InputError, match="is no staging folder of this store; nothing was removed"):
            ours.cleanup_staging_dir(store.root / path)
        assert sorted(store.root.parent.rglob("*")) == before


class TestWorkerLibraries:
    def test_are_removed_and_leave_nothing(self, store: StoreBuilder, ours: Store) -> None:
        built = store.package("sf").source().config()
        ours.assemble_library(ours.worker_lib_dir("w1"), {"sf": built.ref})
        store.worker("w2", {})
        ours.cleanup_worker_lib("w1")
        ours.cleanup_worker_lib("w1")
        assert left_in(store.root / ".workers") == {"w2"}
        assert left_in(store.root) == {PLATFORM, ".workers"}
        assert {path.stat().st_nlink for path in built.tree.rglob("*") if path.is_file()} == {1}

    def test_that_are_links_are_unlinked_only(self, store: StoreBuilder, ours: Store) -> None:
        kept = LibraryBuilder(store.root.parent / "lib").package("sf").path
        (store.root / ".workers").mkdir()
        (store.root / ".workers" / "w").symlink_to(kept)
        ours.cleanup_worker_lib("w")
        assert (kept / "sf" / "DESCRIPTION").is_file()
        assert left_in(store.root / ".workers") == set()

    @pytest.mark.parametrize("worker", ["", ".", "..", "../.locks", "a/b", "a\0"])
    def test_of_a_bad_id_are_refused(self, store: StoreBuilder, ours: Store, worker: str) -> None:
        store.worker("w", {})
        with pytest.raises(InvalidName, match=r"^worker id .*; nothing was changed$"):
            ours.cleanup_worker_lib(worker)
        assert (store.root / ".workers" / "w" / ".packages.json").exists()


class TestRecoverPlatform:
    def test_is_the_first_by_name_that_has_a_dash(self, tmp_path: Path) -> None:
        for name in (".locks-x", "4.5-x", "4.10-x", "4", "zz-y"):
            (tmp_path / name).mkdir()
        (tmp_path / "1-file").touch()
        (tmp_path / "0-link").symlink_to("4")
        assert recover_platform(tmp_path) == "4.10-x"

    def test_is_empty_where_there_is_none(self, tmp_path: Path) -> None:
        (tmp_path / "nodash").mkdir()
        (tmp_path / "file").touch()
        assert (
            recover_platform(tmp_path)
            == recover_platform(tmp_path / "gone")
            == recover_platform(tmp_path / "file")
            == ""
        )
