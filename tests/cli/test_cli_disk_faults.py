"""The disk refuses a change: the message names both paths and what to do, and no half package is left."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_helpers import Ran, Runner, contents, listing, nothing_changes

from builders import PLATFORM, LibraryBuilder, StoreBuilder, entry, ref, write_lockfile
from pkgstore import files

FAULTS = {
    errno.EXDEV: "on one file system",
    errno.ENOSPC: "the disk is full; free some space and run it again",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the file system is mounted read-only",
    errno.EMLINK: "the file system allows no more hard links to this file",
    errno.EACCES: "run as the user who owns the store",
    errno.EIO: "look at the system log",
}
EACH = pytest.mark.parametrize(
    ("number", "advice"), FAULTS.items(), ids=[errno.errorcode[number] for number in FAULTS]
)
Refuse = Callable[[str, int], None]


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Refuse:
    """Make one call of the operating system fail from now on."""

    def make(name: str, number: int) -> None:
        def fail(*_: object, **__: object) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(files if name == "rename_with" else os, name, fail)

    return make


def refused(ran: Ran, number: int, advice: str, *paths: Path) -> None:
    assert (ran.code, ran.out) == (3, "")
    assert len(ran.said) == 1
    for words in (os.strerror(number), advice, *(str(path) for path in paths)):
        assert words in ran.err


@EACH
@pytest.mark.parametrize("command", ["populate", "assemble"])
def test_a_file_that_cannot_be_linked(
    full: StoreBuilder, run: Runner, tmp_path: Path, refuse: Refuse, command: str, number: int, advice: str
) -> None:
    lock = write_lockfile(tmp_path / "pak.lock", entry("Rcpp", "1.0.12"))
    manifest = full.app("shop", {"Rcpp": ref("Rcpp", "1.0.12")}) / "store-manifest.json"
    lib = LibraryBuilder(tmp_path / "lib").path
    stored = full.root / PLATFORM / "Rcpp" / ref("Rcpp", "1.0.12")
    before = listing(stored, inodes=False)
    refuse("link", number)

    if command == "populate":
        ran = run("populate", "--lockfile", lock, "--lib", lib, "--store", full.root)
    else:
        ran = run("assemble", "--store", full.root, "--manifest", manifest, "--lib", lib)

    refused(ran, number, advice, stored, lib)
    assert contents(lib) == {}
    assert listing(stored, inodes=False) == before


@EACH
@pytest.mark.parametrize("command", ["populate", "assemble"])
def test_a_tree_that_cannot_be_put_into_place(
    full: StoreBuilder, run: Runner, tmp_path: Path, refuse: Refuse, command: str, number: int, advice: str
) -> None:
    lock = write_lockfile(tmp_path / "pak.lock", entry("Rcpp", "1.0.12"))
    manifest = full.app("shop", {"Rcpp": ref("Rcpp", "1.0.12")}) / "store-manifest.json"
    lib = LibraryBuilder(tmp_path / "lib").path
    refuse("rename_with", number)

    if command == "populate":
        ran = run("populate", "--lockfile", lock, "--lib", lib, "--store", full.root)
    else:
        ran = run("assemble", "--store", full.root, "--manifest", manifest, "--lib", lib)

    refused(ran, number, advice, lib / "Rcpp")
    assert contents(lib) == {}


@EACH
def test_a_package_that_cannot_be_moved_into_the_store(
    store: StoreBuilder, run: Runner, tmp_path: Path, refuse: Refuse, number: int, advice: str
) -> None:
    lib = LibraryBuilder(tmp_path / "lib").package("sf", "1").path
    lock = write_lockfile(tmp_path / "pak.lock", entry("sf", "1"))
    refuse("rename_with", number)

    with nothing_changes(lib):
        ran = run("ingest", "--lockfile", lock, "--lib", lib, "--store", store.root)

    target = store.root / PLATFORM / "sf" / ref("sf", "1")
    refused(ran, number, advice, lib / "sf", target)
    assert not target.exists()
    assert not list(store.root.glob("*/*/*/*"))
    assert not list(store.root.glob(".locks/*/*/*"))


@pytest.mark.parametrize("trash", [True, False])
@EACH
def test_an_eviction_that_cannot_write_leaves_everything(
    full: StoreBuilder, run: Runner, refuse: Refuse, number: int, advice: str, trash: bool
) -> None:
    source = full.package("two").source("1").config(used="90d").config({"Rcpp": "1"}, used="1d")
    before = contents(full.root / PLATFORM)
    refuse("rename", number)

    where = () if trash else ("--no-trash",)
    ran = run("evict", "--store", full.root, "--retention", "30d", "--yes", "--json", *where)

    assert ran.code == 6
    assert (ran.json["removed"], ran.json["failed"]) == (0, 2)
    (line,) = [line for line in ran.said if line.startswith("failed two: ")]
    assert (str(full.root / ".pkgstore" / "trash") if trash else str(source.configs_json)) in line
    assert advice in line
    assert ("--no-trash needs less room" in ran.err) == (trash and number in {errno.ENOSPC, errno.EDQUOT})
    after = contents(full.root / PLATFORM)
    assert {name: body for name, body in after.items() if "/two" in name or name == "two"} == {
        name: body for name, body in before.items() if "/two" in name or name == "two"
    }
    assert not list(full.root.glob(".locks/*/*/*"))


@EACH
def test_a_manifest_that_cannot_be_written_keeps_the_old_one(
    full: StoreBuilder, run: Runner, tmp_path: Path, refuse: Refuse, number: int, advice: str
) -> None:
    manifest = full.app("shop", {"Rcpp": ref("Rcpp", "1.0.12")}) / "store-manifest.json"
    lib = LibraryBuilder(tmp_path / "lib").manifest({}).path
    refuse("rename", number)

    ran = run("assemble", "--store", full.root, "--manifest", manifest, "--lib", lib)

    refused(ran, number, advice, lib / ".packages.json")
    assert sorted(os.listdir(lib)) == [".packages.json", "Rcpp"]
    assert (lib / ".packages.json").read_text() == "{}"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_a_store_that_cannot_be_made(run: Runner, tmp_path: Path, refuse: Refuse, number: int) -> None:
    lib = LibraryBuilder(tmp_path / "lib").package("sf", "1").path
    lock = write_lockfile(tmp_path / "pak.lock", entry("sf", "1"))
    refuse("mkdir", number)

    with nothing_changes(tmp_path):
        ran = run("ingest", "--lockfile", lock, "--lib", lib, "--store", tmp_path / "store")

    refused(ran, number, FAULTS[number], tmp_path / "store")
