"""`Store`: the calls that the recorded scenarios do not reach."""

import json
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from builders import (
    HASHES,
    PLATFORM,
    StoreBuilder,
    config_hash,
    entry,
    left_in,
    source_hash,
    write_lockfile,
    write_tree,
)
from pkgstore import Store, read_lockfile
from pkgstore.errors import (
    Cancelled,
    DiskError,
    InvalidName,
    LockBusy,
)
from pkgstore.model import LockfileEntry
from pkgstore.progress import Cancel

PATIENCE = 30
"""Seconds to wait for a fact before a test gives up."""


class TestPaths:
    def test_are_the_reference_s(self) -> None:
        store = Store("/srv/.pkg-store", "4.5-x")
        root = "/srv/.pkg-store"
        assert (store.root, store.platform) == (root, "4.5-x")
        assert store.source_dir("sf", "s") == f"{root}/4.5-x/sf/s"
        assert store.path("sf", "s", "c") == f"{root}/4.5-x/sf/s/c"
        assert store.configs_path("sf", "s") == f"{root}/4.5-x/sf/s/configs.json"
        assert store.config_meta_path("sf", "s", "c") == f"{root}/4.5-x/sf/s/c.json"
        assert store.lock_path("sf", "s") == f"{root}/.locks/4.5-x/sf/s.lock"
        assert store.worker_lib_dir("w1") == f"{root}/.workers/w1"

    def test_follow_the_platform_that_is_set_later(self) -> None:
        store = Store("/srv")
        with pytest.raises(InvalidName, match="platform '' is empty"):
            store.source_dir("sf", "s")
        store.platform = "4.6-x"
        assert store.source_dir("sf", "s") == "/srv/4.6-x/sf/s"

    def test_are_absolute(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        store = Store("a/../store")
        monkeypatch.chdir("/")
        assert store.root == str(tmp_path / "store")
        assert not (tmp_path / "store").exists()


class TestOneConfig:
    def test_is_had_when_its_folder_is_there(self, store: StoreBuilder, ours: Store) -> None:
        assert not ours.has(*HASHES)
        built = store.package("sf").source().config(listed=False, sidecar=False)
        assert ours.has(*HASHES)
        built.tree.rename(store.root / "away")
        built.tree.symlink_to(store.root / "away")
        assert not ours.has(*HASHES)

    def test_touched_is_used_now(self, store: StoreBuilder, ours: Store) -> None:
        built = store.package("sf").source().config(used="40d")
        content = built.sidecar.read_bytes()
        ours.touch(*HASHES)
        assert abs(built.sidecar.stat().st_mtime - time.time()) < PATIENCE
        assert built.sidecar.read_bytes() == content

    def test_touched_without_a_sidecar_stays_without(self, store: StoreBuilder, ours: Store) -> None:
        built = store.package("sf").source().config(sidecar=False)
        ours.touch(*HASHES)
        assert not built.sidecar.exists()

    def test_is_ingested_by_a_rename(self, store: StoreBuilder, ours: Store, tmp_path: Path) -> None:
        tree = write_tree(tmp_path / "lib" / "sf", "sf", "1.0")
        inode = tree.stat().st_ino
        ours.ingest(*HASHES, tree)
        assert Path(ours.path(*HASHES)).stat().st_ino == inode
        assert not tree.exists()
        again = write_tree(tmp_path / "lib" / "sf", "sf", "9.9")
        ours.ingest(*HASHES, again)
        assert again.exists()
        assert Path(ours.path(*HASHES)).stat().st_ino == inode

    def test_that_is_missing_cannot_be_ingested(self, ours: Store, tmp_path: Path) -> None:
        with pytest.raises(DiskError) as caught:
            ours.ingest(*HASHES, tmp_path / "gone")
        assert caught.value.path == str(tmp_path / "gone")
        assert caught.value.other == ours.path(*HASHES)
        assert caught.value.advice == "check the path"

    def test_is_resolved_by_configs_json_alone(self, store: StoreBuilder, ours: Store, tmp_path: Path) -> None:
        store.package("sf").source().config({"Rcpp": "1.0"}, tree=False)
        for version, expected in (("1.0", config_hash({"Rcpp": "1.0"})), ("2.0", None)):
            lockfile = read_lockfile(write_lockfile(tmp_path / "l", entry("sf"), entry("Rcpp", version)))
            assert ours.resolve_config("sf", source_hash("sf", "1.0"), lockfile) == expected
            assert ours.resolve_config("sf", source_hash("sf", "9.9"), lockfile) is None


class TestIngestMeta:
    CONTEXT = (config_hash({"Rcpp": "1.0"}), {"Rcpp": source_hash("Rcpp", "1.0")}, True, ("Rcpp",))

    def write(self, store: StoreBuilder, ours: Store) -> Path:
        folder = store.root / PLATFORM / "sf" / source_hash("sf", "1.0")
        folder.mkdir(parents=True, exist_ok=True)
        ours.write_ingest_meta(LockfileEntry("sf"), source_hash("sf", "1.0"), *self.CONTEXT)
        return folder

    def test_is_configs_json_and_a_sidecar(self, store: StoreBuilder, ours: Store) -> None:
        folder = self.write(store, ours)
        assert (folder / "configs.json").read_text() == (
            '{\n  "source_compiled": true,\n  "linkingto": [\n    "Rcpp"\n  ],\n  "configs": {\n'
            f'    "{self.CONTEXT[0]}": {{\n      "Rcpp": "{source_hash("Rcpp", "1.0")}"\n    }}\n  }}\n}}'
        )
        sidecar = (folder / f"{self.CONTEXT[0]}.json").read_text()
        written = re.fullmatch(r'\{\n  "created_at": "([^"]*)Z"\n\}', sidecar)
        assert written
        age = datetime.now(UTC) - datetime.fromisoformat(written[1] + "+00:00")
        assert timedelta(0) <= age < timedelta(seconds=PATIENCE)
        assert left_in(folder) == {"configs.json", f"{self.CONTEXT[0]}.json"}

    def test_keeps_what_configs_json_says_of_the_source(self, store: StoreBuilder, ours: Store) -> None:
        built = store.package("sf").source().config()
        self.write(store, ours)
        said = json.loads(built.configs_json.read_text())
        assert (said["source_compiled"], said["linkingto"]) == (False, None)
        assert said["configs"] == {built.last: {}, self.CONTEXT[0]: self.CONTEXT[1]}

    def test_writes_an_unreadable_configs_json_anew(self, store: StoreBuilder, ours: Store) -> None:
        built = store.package("sf").source().config()
        built.configs_json.write_text("broken")
        self.write(store, ours)
        said = json.loads(built.configs_json.read_text())
        assert said == {
            "source_compiled": True,
            "linkingto": ["Rcpp"],
            "configs": {self.CONTEXT[0]: self.CONTEXT[1]},
        }


class TestLocks:
    def test_are_folders_until_released(self, ours: Store) -> None:
        ours.acquire(*HASHES[:2])
        lock = Path(ours.lock_path(*HASHES[:2]))
        assert lock.is_dir()
        assert not any(lock.iterdir())
        ours.release(*HASHES[:2])
        assert not lock.exists()
        ours.release(*HASHES[:2])

    def test_of_others_are_not_released(self, store: StoreBuilder, ours: Store) -> None:
        lock = store.package("sf").source().locked()
        ours.release(*HASHES[:2])
        assert lock.is_dir()

    def test_of_others_are_waited_for_in_vain(self, store: StoreBuilder, ours: Store) -> None:
        lock = store.package("sf").source().locked("60s")
        with pytest.raises(LockBusy) as caught:
            ours.acquire(*HASHES[:2], timeout=0)
        assert caught.value.path == str(lock)
        assert 59 < caught.value.age < 60 + PATIENCE
        ours.release(*HASHES[:2])
        assert lock.is_dir()

    def test_that_are_stale_are_broken(self, store: StoreBuilder, ours: Store) -> None:
        lock = store.package("sf").source().locked("60s")
        before = lock.stat().st_mtime
        ours.acquire(*HASHES[:2], stale_after=30, timeout=0)
        assert lock.stat().st_mtime > before
        assert left_in(lock.parent) == {lock.name}

    def test_can_be_cancelled(self, ours: Store) -> None:
        cancel = Cancel()
        cancel.set()
        with pytest.raises(Cancelled):
            ours.acquire(*HASHES[:2], cancel=cancel)
        assert not Path(ours.lock_path(*HASHES[:2])).exists()

    def test_are_held_for_a_block_whatever_happens_in_it(self, ours: Store) -> None:
        with pytest.raises(ZeroDivisionError), ours.lock(*HASHES[:2]) as held:  # noqa: PT012
            assert held.is_ours()
            assert held.path == ours.lock_path(*HASHES[:2])
            raise ZeroDivisionError
        assert not Path(held.path).exists()
