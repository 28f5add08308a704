"""Reading a store: what is there, damage as data, and nothing changed by looking."""

import os
from pathlib import Path

import pytest
from scan_helpers import key, source

from builders import PLATFORM, StoreBuilder, config_hash, ref, source_hash
from intercept import before
from pkgstore import scan as scan_module
from pkgstore import sources
from pkgstore.errors import DiskError, InvalidName, NotAStore
from pkgstore.keys import ConfigKey, SourceKey, WorkerKey
from pkgstore.layout import Layout
from pkgstore.model import ConfigRecord, Damage, PinsRecord, SourceRecord, WorkerRecord
from pkgstore.progress import Cancel, Progress
from pkgstore.scan import (
    Gathered,
    Wanted,
    check_root,
    looks_like_store,
    platform_folders,
    read_snapshot,
    scan,
    scan_worker,
)
from pkgstore.snapshot import Snapshot


def stamp(root: Path) -> dict[str, tuple[int, int, int]]:
    """Whatever a scan must not change."""
    return {str(p): (p.lstat().st_mtime_ns, p.lstat().st_ino, p.lstat().st_mode) for p in root.rglob("*")}


class TestAHealthyStore:
    def test_is_told_completely(self, store: StoreBuilder) -> None:
        built = store.package("sf").source("1.2").config({"Rcpp": "1.0", "BH": "2"}, used="40d")
        store.package("sf").source("1.2").config({"Rcpp": "1.1", "BH": "2"}, used="2d")
        record = source(store, "sf", "1.2")
        first = ConfigKey(PLATFORM, "sf", built.key, config_hash({"Rcpp": "1.0", "BH": "2"}))
        by_hash = {config.key: config for config in record.configs}
        assert by_hash[first] == ConfigRecord(
            first,
            listed=True,
            has_tree=True,
            last_used=pytest.approx(store.now - 40 * 86400, abs=1),
            linking_to_keys={"BH": source_hash("BH", "2"), "Rcpp": source_hash("Rcpp", "1.0")},
            version="1.2",
            built="R 4.5.2; ; 2026-01-02; unix",
        )
        assert [config.key for config in record.configs] == sorted(by_hash)
        assert (record.key, record.linkingto, record.source_compiled) == (key("sf", "1.2"), ("BH", "Rcpp"), True)
        assert (record.damage, record.version) == ((), "1.2")
        assert record.last_used == pytest.approx(store.now - 2 * 86400, abs=1)
        assert not any(c.is_phantom or c.is_orphan_tree or c.is_orphan_sidecar for c in record.configs)

    def test_comes_in_order_workers_after_the_first_page(
        self, store: StoreBuilder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for package in ("sf", "R6"):
            store.package(package).source("1.0").config()
        store.on("4.4-x86_64-pc-linux-gnu").package("cli").source("1.0").config()
        store.worker("w2", {"sf": ref("sf", "1.0")})
        store.worker("w1", {})
        records = list(scan(str(store.root)))
        assert [type(record) for record in records] == [SourceRecord] * 3 + [WorkerRecord] * 2 + [tuple, PinsRecord]
        assert [getattr(record.key, "worker_id", None) for record in records[3:5]] == ["w1", "w2"]
        told = [(record.key.platform[:3], record.key.package) for record in records[:3]]
        assert told == [("4.4", "cli"), ("4.5", "R6"), ("4.5", "sf")]
        monkeypatch.setattr(scan_module, "FIRST_PAGE", 2)
        assert list(scan(str(store.root))) == [*records[:2], *records[3:], records[2]]

    def test_is_left_as_it_was(self, store: StoreBuilder) -> None:
        store.package("sf").source().config({"Rcpp": "1.0"}, used="40d").locked()
        store.worker("w1", {"sf": ref("sf", "1.0", {"Rcpp": "1.0"})})
        before = stamp(store.root)
        read_snapshot(str(store.root))
        assert stamp(store.root) == before

    def test_may_be_read_without_details(self, store: StoreBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
        built = store.package("sf").source().config({"Rcpp": "1.0"}, used="40d")
        store.package("sf").source().config(used="1d")
        built.configs_json.write_text("broken")
        before(monkeypatch, lambda path: os.path.isdir(path) or pytest.fail(f"{path} was read"), "open")
        record = source(store, "sf", details=False)
        assert [(c.listed, c.has_tree, c.version, c.linking_to_keys) for c in record.configs] == [
            (True, True, "", {})
        ] * 2
        assert (record.damage, record.linkingto) == ((), ())

    def test_counts_packages_and_stops_between_them(self, store: StoreBuilder) -> None:
        for package in ("a", "b", "c"):
            store.package(package).source().config()
        progress, cancel = Progress(), Cancel()
        told = []
        for record in scan(
            str(store.root), Wanted(("4.5-x86_64-pc-linux-gnu",), details=False), progress=progress, cancel=cancel
        ):
            assert isinstance(record, SourceRecord)
            told.append(record.key.package)
            if len(told) == 2:
                cancel.set()
        assert (told, progress.done, progress.total) == (["a", "b"], 2, 3)

    def test_is_given_in_parts(self, store: StoreBuilder) -> None:
        for package in ("a", "b", "c", "d", "e"):
            store.package(package).source().config()
        parts: list[Snapshot] = []
        gathered = Gathered(str(store.root), parts.append, first_part=2)
        for record in scan(str(store.root)):
            gathered.add(record)
        assert [len(part.sources) for part in parts] == [2, 3, 4]
        assert [found.package for found in gathered.snapshot().sources] == ["a", "b", "c", "d", "e"]
        assert [list(part.packages[PLATFORM]) for part in parts] == [
            ["a", "b"],
            ["a", "b", "c"],
            ["a", "b", "c", "d"],
        ]

    def test_is_read_by_platform(self, store: StoreBuilder) -> None:
        store.package("sf").source().config()
        other = store.on("4.4-x").package("sf").source().config()
        found = read_snapshot(str(store.root), platforms=["4.4-x", "gone"])
        assert list(found.sources) == [SourceKey("4.4-x", "sf", other.key)]
        with pytest.raises(InvalidName, match=r"platform '\.\.' would leave its folder"):
            read_snapshot(str(store.root), platforms=[".."])


def linked(store: StoreBuilder, package: str) -> ConfigRecord:
    (found,) = (config for config in read_snapshot(str(store.root)).configs() if config.key.package == package)
    return found


@pytest.mark.parametrize("most", [0, 20_000])
def test_what_is_built_against_the_same_shares_it(
    store: StoreBuilder, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "_MOST_LINKS", most)
    links = {"Rcpp": "1.0", "BH": "1.8"}
    for package in ("sf", "terra"):
        store.package(package).source().config(links)
    found = {config.key.package: config for config in read_snapshot(str(store.root)).configs()}
    assert found["sf"].linking_to_keys is found["terra"].linking_to_keys
    assert found["sf"].linking_to_keys == {name: source_hash(name, version) for name, version in links.items()}


def test_what_a_file_says_counts_though_the_hash_says_something_else(store: StoreBuilder) -> None:
    for package in ("sf", "terra"):
        store.package(package).source().config({"Rcpp": "1.0"})
    path = store.package("terra").source().configs_json
    path.write_text(path.read_text().replace(source_hash("Rcpp", "1.0"), source_hash("Rcpp", "2.0")))
    assert linked(store, "sf").linking_to_keys == {"Rcpp": source_hash("Rcpp", "1.0")}
    assert linked(store, "terra").linking_to_keys == {"Rcpp": source_hash("Rcpp", "2.0")}


class TestWorkers:
    def test_are_told_with_their_manifest_and_its_age(self, store: StoreBuilder) -> None:
        library = store.worker("w1", {"sf": "s/c"})
        os.utime(library / ".packages.json", (1000, 2000))
        expected = WorkerRecord(WorkerKey("w1"), {"sf": "s/c"}, 2000.0)
        assert scan_worker(Layout(str(store.root)), WorkerKey("w1")) == expected
        assert scan_worker(Layout(str(store.root)), WorkerKey("gone")) is None

    def test_that_are_being_assembled_have_no_manifest_yet(self, store: StoreBuilder) -> None:
        os.utime(store.worker("w1"), (1000, 3000))
        assert scan_worker(Layout(str(store.root)), WorkerKey("w1")) == WorkerRecord(WorkerKey("w1"), None, 3000.0)

    def test_whose_manifest_cannot_be_used_are_damaged(self, store: StoreBuilder) -> None:
        library = store.worker("w1")
        (library / ".packages.json").write_text("[]")
        os.utime(library, (1000, 3000))
        record = scan_worker(Layout(str(store.root)), WorkerKey("w1"))
        assert record is not None
        assert (record.manifest, record.changed) == (None, 3000.0)
        assert [damage.path for damage in record.damage] == [str(library / ".packages.json")]
        assert "is a list, not an object; assemble this library again" in record.damage[0].why

    def test_ids_are_checked(self, store: StoreBuilder) -> None:
        with pytest.raises(InvalidName, match=r"worker id '../x' has a slash"):
            scan_worker(Layout(str(store.root)), WorkerKey("../x"))


class TestTheRoot:
    def test_that_is_missing_or_a_file_is_no_store(self, tmp_path: Path) -> None:
        with pytest.raises(NotAStore) as missing:
            list(scan(str(tmp_path / "gone")))
        advice = "name the folder that holds the platform folders"
        assert str(missing.value) == f"{tmp_path / 'gone'}: there is no store here; {advice}"
        (tmp_path / "file").touch()
        with pytest.raises(NotAStore) as file:
            read_snapshot(str(tmp_path / "file"))
        assert str(file.value) == f"{tmp_path / 'file'}: is a file, not a store; name the store's folder"

    def test_that_cannot_be_listed_is_an_error_of_the_disk(self, tmp_path: Path) -> None:
        (tmp_path / "circle").symlink_to("circle")
        with pytest.raises(DiskError, match=f"^{tmp_path}/circle: cannot list the store: Too many levels"):
            check_root(str(tmp_path / "circle"))

    def test_that_is_empty_gives_an_empty_snapshot(self, tmp_path: Path) -> None:
        snapshot = read_snapshot(str(tmp_path))
        assert (snapshot.root, snapshot.sources, snapshot.workers, snapshot.damage) == (str(tmp_path), {}, {}, ())

    @pytest.mark.parametrize("name", [".locks", ".workers", ".builds", ".staging", ".pkgstore", "4.5-x86_64"])
    def test_looks_like_a_store(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).mkdir()
        assert looks_like_store(str(tmp_path))

    @pytest.mark.parametrize("name", ["", ".git", "src", "4.5", "x-4.5"])
    def test_looks_like_none(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / "4.5-file").touch()
        assert not looks_like_store(str(tmp_path))
        assert not looks_like_store(str(tmp_path / "4.5-file"))
        assert not looks_like_store(str(tmp_path / "gone"))

    def test_platforms_are_folders_without_a_dot_sorted_by_name(self, tmp_path: Path) -> None:
        for name in ("4.5-x", "4.10-x", ".locks", "odd"):
            (tmp_path / name).mkdir()
        (tmp_path / "file-x").touch()
        (tmp_path / "link-x").symlink_to("odd")
        damage: list[Damage] = []
        assert platform_folders(str(tmp_path), damage) == ["4.10-x", "4.5-x", "odd"]
        told = {Path(found.path).name: found.why for found in damage}
        assert told == {
            "link-x": "is a symbolic link where a folder is expected",
            "file-x": "is a file where a folder is expected",
        }
        assert platform_folders(str(tmp_path / "gone")) == []
