"""A name for every hash: from trees, from lockfiles, and never guessed."""

import time
from pathlib import Path

import pytest

from builders import PLATFORM, StoreBuilder, config_hash, entry, source_hash, write_lockfile
from pkgstore.keys import AppKey, ConfigKey, SourceKey, WorkKey
from pkgstore.lockfiles import read_lockfile_record
from pkgstore.model import (
    AppRecord,
    ConfigRecord,
    LockfileRecord,
    SourceName,
    SourceRecord,
    WorkRecord,
)
from pkgstore.names import Names
from pkgstore.remotes import remote_text
from pkgstore.scan import read_snapshot
from pkgstore.snapshot import Record, Snapshot

GITHUB = "github r-spatial/sf@1a2b3c4"
HASH = "7d865e95" + "0" * 56


def locked(name: SourceName, key: str = HASH) -> LockfileRecord:
    return LockfileRecord("/pak.lock", 1.0, names={key: name})


def source(version: str = "", remote: str = "", platform: str = PLATFORM) -> SourceRecord:
    key = ConfigKey(platform, "sf", HASH, config_hash({}))
    config = ConfigRecord(key, listed=True, has_tree=True, version=version)
    return SourceRecord(key.source, (config,), remote=remote)


def names(*records: Record, lockfiles: tuple[LockfileRecord, ...] = ()) -> Names:
    return Names.of(Snapshot("/store").with_records(records), lockfiles)


def app(lockfile: LockfileRecord | None, name: str = "shop") -> AppRecord:
    return AppRecord(AppKey(name), f"/apps/{name}", lockfile=lockfile)


SOURCE = SourceKey(PLATFORM, "sf", HASH)


class TestText:
    @pytest.mark.parametrize(
        ("record", "shown"),
        [
            (source("1.0-16", GITHUB), f"sf 1.0-16 ({GITHUB})"),
            (source("1.0-16"), "sf 1.0-16"),
            (source("", GITHUB), f"sf unknown ({GITHUB})"),
            (source(), "sf unknown (7d865e95)"),
        ],
    )
    def test_of_what_is_known(self, record: SourceRecord, shown: str) -> None:
        assert names(record).text(SOURCE) == names(record).text(record.configs[0].key) == shown

    def test_of_what_nothing_tells(self) -> None:
        assert names().text(SOURCE) == names().text_of("sf", HASH) == "sf unknown (7d865e95)"
        assert names().source("sf", HASH) is None


class TestWhereNamesAreFrom:
    def test_the_trees_version_wins_and_the_lockfile_adds_the_remote(self) -> None:
        other = app(locked(SourceName("sf", "9.9", GITHUB)))
        assert names(source("1.0-16"), other).source("sf", HASH) == SourceName("sf", "1.0-16", GITHUB)
        assert names(source("1.0-16", "CRAN"), other).source("sf", HASH) == SourceName("sf", "1.0-16", "CRAN")
        assert names(source(), other).source("sf", HASH) == SourceName("sf", "9.9", GITHUB)

    def test_any_platform_tells(self) -> None:
        found = names(source(), source("1.0-16", platform="4.4-x86_64-pc-linux-gnu"))
        assert found.text(SOURCE) == "sf 1.0-16"

    def test_apps_work_folders_and_files_named_by_hand(self) -> None:
        known = locked(SourceName("sf", "1.0-16"))
        work = WorkRecord(WorkKey(".builds", "b1"), "/store/.builds/b1", 1.0, lockfile=known)
        for found in (names(app(None), app(known, "maps")), names(work), names(lockfiles=(known,))):
            assert found.text(SOURCE) == "sf 1.0-16"

    def test_the_lockfile_that_knows_more_counts(self) -> None:
        short, long = locked(SourceName("sf", "1.0-16")), locked(SourceName("sf", "1.0-16", GITHUB))
        for pair in ((short, long), (long, short)):
            assert names(lockfiles=pair).source("sf", HASH) == SourceName("sf", "1.0-16", GITHUB)

    def test_change_with_them(self) -> None:
        empty = Snapshot("/store").with_records([app(locked(SourceName("sf", "1.0-16")))])
        before = Names.of(empty)
        assert before.text(SOURCE) == "sf 1.0-16"
        tree = source("", GITHUB)
        later = empty.apply({tree.key: tree})
        assert before.after(later, [tree.key]).text(SOURCE) == f"sf 1.0-16 ({GITHUB})"
        gone = later.apply({AppKey("shop"): None})
        assert before.after(gone, [AppKey("shop")]).text(SOURCE) == f"sf unknown ({GITHUB})"

    def test_a_name_of_another_package_is_none(self) -> None:
        assert names(app(locked(SourceName("R6", "2.0")))).source("sf", HASH) is None

    def test_every_key_in_reach_of_a_package(self) -> None:
        other = locked(SourceName("sf", "1.1"), "b" * 64), locked(SourceName("R6", "2.0"), "c" * 64)
        unnamed = SourceRecord(SourceKey(PLATFORM, "sf", "d" * 64))
        found = names(source("1.0-16"), unnamed, lockfiles=other).known("sf")
        assert found == {HASH: SourceName("sf", "1.0-16"), "b" * 64: SourceName("sf", "1.1"), "d" * 64: None}

    def test_from_the_disk(self, store: StoreBuilder, tmp_path: Path) -> None:
        store.package("sf").source("1.0").config()
        write_lockfile(store.app("shop", {}) / "pak.lock", entry("Rcpp", "1.0.13", repotype="cran"))
        write_lockfile(store.work("b1") / "pak.lock", entry("BH", "1.84.0-1"))
        more = read_lockfile_record(str(write_lockfile(tmp_path / "old.lock", entry("R6", "2.5"))))
        assert more is not None
        found = Names.of(read_snapshot(str(store.root), apps=str(tmp_path)), [more])
        asked = {"sf": "1.0", "Rcpp": "1.0.13", "BH": "1.84.0-1", "R6": "2.5"}
        said = [found.text_of(package, source_hash(package, version)) for package, version in asked.items()]
        assert said == ["sf 1.0", "Rcpp 1.0.13 (CRAN)", "BH 1.84.0-1", "R6 2.5"]


def test_nothing_is_worked_out_before_it_is_asked_for() -> None:
    class Untouched(dict[str, SourceName]):
        def items(self) -> None:  # type: ignore[override]
            pytest.fail("was read")

    found = names(app(LockfileRecord("/pak.lock", 1.0, names=Untouched())))
    assert found.snapshot.apps.keys() == {"shop"}


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, ""),
        ({"Version": "1.0"}, ""),
        ({"Repository": "CRAN"}, "CRAN"),
        ({"Repository": "RSPM", "RemoteType": "standard", "RemoteSha": "1.0"}, "RSPM"),
        ({"Repository": "cran"}, "CRAN"),
        ({"RemoteType": "standard"}, ""),
        ({"RemoteType": "bioc"}, "Bioconductor"),
        ({"Repository": "https://me:secret@r.example.org/src"}, "https://r.example.org/src"),
        (
            {
                "RemoteType": "github",
                "RemoteUsername": "r-spatial",
                "RemoteRepo": "sf",
                "RemoteSha": "1a2b3c4d5e6f",
                "Repository": "CRAN",
            },
            GITHUB,
        ),
        (
            {
                "RemoteType": "gitlab",
                "RemoteUsername": "g",
                "RemoteRepo": "r",
                "RemoteSubdir": "pkg/r",
                "RemoteSha": "0a",
            },
            "gitlab g/r/pkg/r@0a",
        ),
        (
            {"RemoteType": "git", "RemoteUrl": "https://me:secret@git.example.org/x.git", "RemoteSha": "1a2b3c4d"},
            "git https://git.example.org/x.git@1a2b3c4",
        ),
        ({"RemoteType": "github", "RemoteSha": "1a2b3c4d"}, "github @1a2b3c4"),
        ({"RemoteType": "local"}, "local"),
        ({"RemoteType": "github", "RemoteRepo": "caf\udce9"}, "github caf\ufffd"),
    ],
)
def test_where_a_package_comes_from(fields: dict[str, str], text: str) -> None:
    assert remote_text(fields) == text


def test_names_of_a_big_store_are_quick() -> None:
    lockfiles = tuple(
        LockfileRecord(f"/{app}", 1.0, names={f"{app}-{n}": SourceName(f"p{n}", "1.0", "CRAN") for n in range(300)})
        for app in range(200)
    )
    found = names(lockfiles=lockfiles)
    start = time.process_time()
    assert found.text_of("p7", "199-7") == "p7 1.0 (CRAN)"
    assert found.text_of("p7", "nowhere!") == "p7 unknown (nowhere!)"
    assert time.process_time() - start < 1.0
