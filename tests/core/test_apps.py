"""What is beside a store, and in its build and staging folders: found, read, never changed."""

import errno
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import PLATFORM, StoreBuilder, digest, entry, github, ref, source_hash, write_lockfile
from intercept import before
from pkgstore.apps import ALL_APPS, APP_FILES, app_folder, app_names, beside, scan_app, scan_work, work_keys
from pkgstore.errors import InvalidName
from pkgstore.keys import AppKey, WorkKey
from pkgstore.layout import Layout
from pkgstore.lockfiles import read_lockfile_record
from pkgstore.model import AppRecord, ManifestRecord, SourceName, Tier, WorkRecord

OLD, NEW = {"sf": ref("sf", "1.0")}, {"sf": ref("sf", "1.1")}
NOT_UTF8 = os.fsdecode(b"caf\xe9")


def apps(store: StoreBuilder) -> str:
    return str(store.root.parent)


def layout(store: StoreBuilder) -> Layout:
    return Layout(str(store.root))


def names(store: StoreBuilder) -> list[str]:
    return [key.name for key in app_names(apps(store), str(store.root))]


def app(store: StoreBuilder, name: str) -> AppRecord:
    """An app that has to be there."""
    record = scan_app(apps(store), AppKey(name))
    assert record is not None
    return record


def work(store: StoreBuilder, folder: str, name: str) -> WorkRecord:
    record = scan_work(layout(store), WorkKey(folder, name))
    assert record is not None
    return record


def bar(monkeypatch: pytest.MonkeyPatch, path: Path, *, search: bool = True) -> None:
    """From now on the system refuses to list a folder, and with `search` off also whatever is in it."""

    def refuse(name: str) -> None:
        if not search and name.startswith(f"{path}/"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), name)

    def refuse_listing(name: str) -> None:
        if name == str(path):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), name)

    before(monkeypatch, refuse)
    before(monkeypatch, refuse_listing, "scandir")


class TestWhereAppsAre:
    def test_any_of_its_files_makes_an_app(self, store: StoreBuilder) -> None:
        for name in APP_FILES:
            (store.root.parent / f"has {name}").mkdir()
            (store.root.parent / f"has {name}" / name).touch()
        (store.root.parent / "has none" / "R").mkdir(parents=True)
        assert names(store) == sorted(f"has {name}" for name in APP_FILES)

    def test_one_level_deeper_and_no_deeper(self, store: StoreBuilder) -> None:
        store.app("team", NEW)
        store.app("team/shop", NEW)
        store.app("other/maps", NEW)
        store.app("far/too/deep", NEW)
        assert names(store) == ["other/maps", "team", "team/shop"]

    def test_transfers_count_and_other_dot_folders_do_not(self, store: StoreBuilder) -> None:
        for name in (".transfers/t1", ".trash/shop", ".hidden", "team/.hidden"):
            store.app(name, NEW)
        assert names(store) == [".transfers/t1"]

    def test_the_store_is_none_whatever_leads_to_it(self, store: StoreBuilder) -> None:
        (store.root / "store-manifest.json").write_text("{}")
        store.root.rename(store.root.parent / "store")
        store.root = store.root.parent / "store"
        (store.root.parent / "link").symlink_to("store")
        store.app("shop", NEW)
        assert names(store) == ["shop"]

    def test_a_link_to_an_app_is_one(self, store: StoreBuilder, tmp_path: Path) -> None:
        (tmp_path / "elsewhere" / "deep").mkdir(parents=True)
        store.app("elsewhere/deep/shop", NEW)
        (tmp_path / "shop").symlink_to("elsewhere/deep/shop")
        assert names(store) == ["shop"]
        assert app(store, "shop").manifest(Tier.CURRENT) == NEW

    def test_lost_and_found_is_none(self, store: StoreBuilder, tmp_path: Path) -> None:
        (tmp_path / "lost+found").mkdir(mode=0)
        assert names(store) == []

    def test_a_folder_of_apps_that_is_not_there_is_told(self, store: StoreBuilder, tmp_path: Path) -> None:
        nowhere = str(tmp_path / "nowhere")
        assert app_names(nowhere, str(store.root)) == [ALL_APPS]
        record = scan_app(nowhere, ALL_APPS)
        assert record is not None
        assert [damage.path for damage in record.damage] == [nowhere]
        assert scan_app(apps(store), ALL_APPS) is None

    def test_a_team_that_cannot_be_listed_is_told(
        self, store: StoreBuilder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = store.app("team/shop", NEW).parent
        assert scan_app(apps(store), AppKey("team")) is None
        bar(monkeypatch, folder)
        assert names(store) == ["team"]
        record = app(store, "team")
        assert (record.manifests, [damage.path for damage in record.damage]) == ((), [str(folder)])
        assert "Permission denied" in record.damage[0].why

    def test_a_folder_that_cannot_be_searched_may_be_an_app(
        self, store: StoreBuilder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = store.app("team/shop", NEW)
        bar(monkeypatch, folder, search=False)
        assert names(store) == ["team/shop"]
        assert [damage.path for damage in app(store, "team/shop").damage] == [
            str(folder / name) for name in APP_FILES
        ]

    def test_only_the_names_are_asked_for(self, store: StoreBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
        for number in range(50):
            (store.root.parent / "data" / f"d{number}" / "tree").mkdir(parents=True)
        store.app("shop", NEW)
        listed: list[str] = []
        scandir = os.scandir
        monkeypatch.setattr(os, "scandir", lambda path: listed.append(str(path)) or scandir(path))
        assert names(store) == ["shop"]
        assert sorted(listed) == [apps(store), f"{apps(store)}/data", f"{apps(store)}/shop"]

    @pytest.mark.parametrize("name", ["", "..", "a//b", "../x", "a/..", "a\0b"])
    def test_a_name_that_leads_away_is_refused(self, store: StoreBuilder, name: str) -> None:
        with pytest.raises(InvalidName):
            app_folder(apps(store), AppKey(name))

    @pytest.mark.parametrize("name", ["[/foo] [bold", "a\nb\x1b[31m", NOT_UTF8, "\u202etxt", "x" * 255])
    def test_hostile_names(self, store: StoreBuilder, name: str) -> None:
        store.app(name, NEW, prev=OLD)
        assert names(store) == [name]
        assert [found.tier for found in app(store, name).manifests] == [Tier.CURRENT, Tier.PREV]
        assert app(store, name).path == os.path.join(apps(store), name)


class TestWhatAnAppSays:
    def test_all_of_it(self, store: StoreBuilder) -> None:
        folder = store.app("shop", NEW, prev=OLD, build={})
        write_lockfile(folder / "pak.lock", entry("sf", "1.1", repotype="cran"))
        for place, name in enumerate(APP_FILES):
            os.utime(folder / name, (1000 + place, 1000 + place))
        record = app(store, "shop")
        files = [str(folder / name) for name in APP_FILES]
        assert record.manifests == (
            ManifestRecord(Tier.CURRENT, files[0], NEW, 1000.0),
            ManifestRecord(Tier.PREV, files[1], OLD, 1001.0),
            ManifestRecord(Tier.BUILD, files[2], {}, 1002.0),
        )
        assert (record.key, record.path, record.damage) == (AppKey("shop"), str(folder), ())
        assert record.lockfile is not None
        assert (record.lockfile.path, record.lockfile.changed) == (files[3], 1003.0)
        assert (record.lockfile.platform, record.lockfile.refused) == (PLATFORM, "")
        assert record.lockfile.names == {source_hash("sf", "1.1"): SourceName("sf", "1.1", "CRAN")}

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"sf": 1}', "<<<<<<< HEAD\n{}\n"])
    def test_a_manifest_that_says_nothing_is_damage(self, store: StoreBuilder, text: str) -> None:
        folder = store.app("shop", NEW, prev=OLD)
        (folder / "store-manifest.json").write_text(text)
        record = app(store, "shop")
        assert [(found.tier, found.manifest) for found in record.manifests] == [
            (Tier.CURRENT, None),
            (Tier.PREV, OLD),
        ]
        assert [damage.path for damage in record.damage] == [str(folder / "store-manifest.json")]

    @pytest.mark.parametrize("kind", ["folder", "pipe", "link to nothing", "link to itself"])
    def test_a_manifest_that_is_no_file_is_damage(self, store: StoreBuilder, kind: str) -> None:
        folder = store.app("shop", NEW)
        path = folder / "store-manifest.json.prev"
        match kind:
            case "folder":
                path.mkdir()
            case "pipe":
                os.mkfifo(path)
            case "link to nothing":
                path.symlink_to("nowhere")
            case "link to itself":
                path.symlink_to(path.name)
        record = app(store, "shop")
        assert [(found.tier, found.manifest) for found in record.manifests] == [
            (Tier.CURRENT, NEW),
            (Tier.PREV, None),
        ]
        assert [damage.path for damage in record.damage] == [str(path)]

    def test_one_that_went_is_none(self, store: StoreBuilder, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        (tmp_path / "file").touch()
        assert [scan_app(apps(store), AppKey(name)) for name in ("gone", "empty", "file")] == [None] * 3

    def test_hundreds_of_manifests_share_their_strings(self, store: StoreBuilder) -> None:
        store.app("shop", NEW, prev=dict(NEW))
        current, prev = (found.manifest for found in app(store, "shop").manifests)
        assert current is not None
        assert prev is not None
        assert current["sf"] is prev["sf"]


class TestLockfiles:
    def names(self, tmp_path: Path, *entries: dict[str, object]) -> dict[str, SourceName]:
        record = read_lockfile_record(str(write_lockfile(tmp_path / "pak.lock", *entries)))
        assert record is not None
        return dict(record.names)

    def test_where_packages_come_from(self, tmp_path: Path) -> None:
        more = {"RemoteUsername": "r-spatial", "RemoteRepo": "sf"}
        git = github("sf", "1a2b3c4d5e6f", "pkg")
        git["metadata"] = {**git["metadata"], **more}  # type: ignore[dict-item]
        bioc = entry("S4Vectors", repotype="bioc")
        own = entry("ours", metadata={"RemoteType": "standard", "RemoteRepos": "https://me:pw@r.example.org/x"})
        bare = entry("bare", metadata={})
        assert self.names(tmp_path, git, bioc, own, bare) == {
            digest("github", "sf", "1a2b3c4d5e6f", "pkg"): SourceName(
                "sf", "1.0", "github r-spatial/sf/pkg@1a2b3c4"
            ),
            source_hash("S4Vectors", "1.0"): SourceName("S4Vectors", "1.0", "Bioconductor"),
            source_hash("ours", "1.0"): SourceName("ours", "1.0", "https://r.example.org/x"),
            source_hash("bare", "1.0"): SourceName("bare", "1.0", ""),
        }

    def test_meta_entries_have_no_name(self, tmp_path: Path) -> None:
        deps = entry("deps", type="deps", metadata={"RemoteType": "deps"})
        assert self.names(tmp_path, deps, entry("sf")).keys() == {source_hash("sf", "1.0")}

    def test_a_refused_one_gives_what_can_be_read(self, tmp_path: Path) -> None:
        odd: list[object] = [
            entry("sf"), entry("local", type="url", metadata={}), entry("R6", version=None),
            entry("cli", sha256=[1]), entry("ok", metadata=7, repotype=["cran"]),
            entry("x", metadata={"RemoteType": "github"}), None, 3, [],
            {"PACKAGE": "Rcpp", "Version": "1.0", "TYPE": "standard", "metadata": None},
        ]  # fmt: skip
        path = tmp_path / "pak.lock"
        path.write_text(json.dumps({"lockfile_version": "2", "Packages": odd}))
        record = read_lockfile_record(str(path))
        assert record is not None
        assert {name.package for name in record.names.values()} == {"sf", "ok", "Rcpp"}
        assert record.names[source_hash("Rcpp", "1.0")] == SourceName("Rcpp", "1.0", "")
        assert "lockfile_version" in record.refused
        assert record.platform == ""

    @pytest.mark.parametrize("text", ["", "{", "[]", "null", "<<<<<<< HEAD", '{"packages": {}}'])
    def test_one_that_says_nothing_says_why(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "pak.lock"
        path.write_text(text)
        record = read_lockfile_record(str(path))
        assert record is not None
        assert record.refused
        assert (record.names, record.changed) == ({}, path.stat().st_mtime)

    def test_one_that_cannot_be_read_is_damage_of_its_app(self, store: StoreBuilder) -> None:
        folder = store.app("shop", NEW)
        (folder / "pak.lock").mkdir()
        record = app(store, "shop")
        assert [damage.path for damage in record.damage] == [str(folder / "pak.lock")]
        assert record.lockfile is not None
        assert (record.lockfile.changed, record.lockfile.names) == (0.0, {})

    def test_a_refused_one_is_no_damage(self, store: StoreBuilder) -> None:
        (store.app("shop", NEW) / "pak.lock").write_text("{}")
        assert app(store, "shop").damage == ()

    def test_none_is_none(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        assert read_lockfile_record(str(tmp_path / "pak.lock")) is None
        assert read_lockfile_record(str(tmp_path / "file" / "pak.lock")) is None

    _json = st.recursive(
        st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=5,
    )
    _fields = ("package", "PACKAGE", "version", "type", "sha256", "metadata", "repotype", "rversion", "platform")
    _entry = st.dictionaries(st.sampled_from(_fields), _json | st.just("standard"))
    _top = st.dictionaries(st.sampled_from(["packages", "Packages", "lockfile_version"]), st.lists(_entry) | _json)

    @given(_top)
    def test_no_type_of_any_field_makes_it_fail(
        self, tmp_path_factory: pytest.TempPathFactory, document: object
    ) -> None:
        path = tmp_path_factory.getbasetemp() / "any.lock"
        path.write_text(json.dumps(document))
        record = read_lockfile_record(str(path))
        assert record is not None
        assert record.refused or record.names is not None


class TestBuildAndStagingFolders:
    def test_both_are_found(self, store: StoreBuilder) -> None:
        store.work("b1", NEW)
        store.work("s1", staging=True)
        (store.root / ".builds" / "file").touch()
        assert work_keys(layout(store)) == [WorkKey(".builds", "b1"), WorkKey(".staging", "s1")]
        assert work_keys(Layout(str(store.root / "nowhere"))) == []

    def test_what_they_say(self, store: StoreBuilder) -> None:
        folder = store.work("b1", NEW)
        (folder / ".packages.json").write_text(json.dumps(OLD))
        write_lockfile(folder / "pak.lock", entry("sf", "1.1"))
        os.utime(folder, (1000, 1000))
        record = work(store, ".builds", "b1")
        assert (record.path, record.changed, record.manifest, record.damage) == (str(folder), 1000.0, NEW, ())
        assert record.lockfile is not None
        assert record.lockfile.names.keys() == {source_hash("sf", "1.1")}

    def test_a_package_manifest_where_there_is_no_other(self, store: StoreBuilder) -> None:
        (store.work("s1", staging=True) / ".packages.json").write_text(json.dumps(OLD))
        assert work(store, ".staging", "s1").manifest == OLD

    def test_most_say_nothing(self, store: StoreBuilder) -> None:
        store.work("s1", staging=True)
        record = work(store, ".staging", "s1")
        assert (record.manifest, record.lockfile, record.damage) == (None, None, ())

    def test_a_manifest_that_cannot_be_read_is_damage(self, store: StoreBuilder) -> None:
        folder = store.work("b1", NEW)
        (folder / "store-manifest.json").write_text("[")
        record = work(store, ".builds", "b1")
        assert (record.manifest, [damage.path for damage in record.damage]) == (
            None,
            [str(folder / "store-manifest.json")],
        )

    def test_a_folder_that_cannot_be_listed_is_damage(
        self, store: StoreBuilder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store.work("b1", NEW)
        assert scan_work(layout(store), WorkKey(".builds", ".")) is None
        bar(monkeypatch, store.root / ".builds")
        assert work_keys(layout(store)) == [WorkKey(".builds", ".")]
        record = work(store, ".builds", ".")
        assert [damage.path for damage in record.damage] == [str(store.root / ".builds")]

    def test_one_that_went_is_none(self, store: StoreBuilder) -> None:
        (store.root / ".builds").mkdir()
        (store.root / ".builds" / "file").touch()
        keys = [WorkKey(".builds", "gone"), WorkKey(".staging", "gone"), WorkKey(".builds", "file")]
        assert [scan_work(layout(store), key) for key in keys] == [None] * 3

    @pytest.mark.parametrize("name", ["", "..", "a/b"])
    def test_a_name_that_leads_away_is_refused(self, store: StoreBuilder, name: str) -> None:
        with pytest.raises(InvalidName):
            scan_work(layout(store), WorkKey(".builds", name))


def stamp(root: Path) -> dict[str, tuple[int, ...]]:
    """Whatever a reading must not change."""
    found = {str(path): path.lstat() for path in (root, *root.rglob("*"))}
    return {path: (s.st_mtime_ns, s.st_ctime_ns, s.st_ino, s.st_mode, s.st_size) for path, s in found.items()}


def test_reading_changes_nothing(store: StoreBuilder) -> None:
    for name in ("shop", "team/maps", ".transfers/t1"):
        write_lockfile(store.app(name, NEW, prev=OLD, build=OLD) / "pak.lock", entry("sf"))
    write_lockfile(store.work("b1", NEW) / "pak.lock", entry("sf"))
    store.work("s1", staging=True)
    before = stamp(store.root.parent)
    found = list(beside(layout(store), apps(store)))
    assert [record.key for record in found] == [
        AppKey(".transfers/t1"),
        AppKey("shop"),
        AppKey("team/maps"),
        WorkKey(".builds", "b1"),
        WorkKey(".staging", "s1"),
    ]
    assert stamp(store.root.parent) == before
