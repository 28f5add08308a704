"""A store, a library or a file that is missing, of the wrong kind, or may not be read: named, and left alone."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_helpers import Ran, Runner, invocations, nothing_changes

from builders import PLATFORM, LibraryBuilder, StoreBuilder, entry, ref, write_lockfile
from intercept import before

Commands = Callable[..., tuple[object, ...]]
Forbid = Callable[[Path], None]
INPUTS = pytest.mark.parametrize(
    ("name", "which"),
    [
        ("populate", "lockfile"),
        ("ingest", "lockfile"),
        ("ingest", "lib"),
        ("assemble", "manifest"),
        ("whatif", "lockfile"),
    ],
)
WITH_STORE = ["populate", "assemble", "evict", "ls", "show", "locks", "workers", "whatif", "abi"]


@pytest.fixture
def commands(store: StoreBuilder, lockfile: Path, tmp_path: Path) -> Commands:
    """The command line of a command, with a good library and manifest."""
    lib = LibraryBuilder(tmp_path / "lib").package("new", "1").path
    manifest = store.app("app", {"sf": ref("sf", "1")}) / "store-manifest.json"

    def make(name: str, **paths: Path) -> tuple[object, ...]:
        given = {"store": store.root, "lockfile": lockfile, "lib": lib, "manifest": manifest, **paths}
        return invocations(**given)[name]

    return make


@pytest.fixture
def forbid(monkeypatch: pytest.MonkeyPatch) -> Forbid:
    """Make folders and files unreadable, also for root, whom no mode stops."""
    closed: set[str] = set()

    def check(path: str) -> None:
        if path in closed:
            raise PermissionError(13, "Permission denied", path)

    before(monkeypatch, check, "scandir", "open")
    return lambda path: closed.add(os.fspath(path))


def refused(ran: Ran, path: Path, *words: str) -> None:
    """One line on stderr that names the path and says what to do; nothing on stdout."""
    assert (ran.code, ran.out) == (3, "")
    assert len(ran.said) == 1
    assert ran.err.startswith("pkgstore: ")
    assert str(path) in ran.err
    for word in words:
        assert word in ran.err


@pytest.mark.parametrize("name", WITH_STORE)
def test_a_missing_store(commands: Commands, run: Runner, tmp_path: Path, name: str) -> None:
    with nothing_changes(tmp_path):
        ran = run(*commands(name, store=tmp_path / "no"))

    refused(ran, tmp_path / "no", "there is no store here", "name the folder that holds the platform folders")


@pytest.mark.parametrize("name", [*WITH_STORE, "ingest"])
def test_a_file_where_the_store_should_be(commands: Commands, run: Runner, tmp_path: Path, name: str) -> None:
    write_lockfile(tmp_path / "app" / "pak.lock", entry("new", "1"))
    (tmp_path / "file").write_text("not a store")

    with nothing_changes(tmp_path):
        ran = run(*commands(name, store=tmp_path / "file"))

    refused(ran, tmp_path / "file", "file")


@pytest.mark.parametrize("name", WITH_STORE)
def test_a_store_that_may_not_be_listed(
    commands: Commands, run: Runner, full: StoreBuilder, forbid: Forbid, name: str
) -> None:
    line = commands(name)
    forbid(full.root)

    ran = run(*line)

    refused(ran, full.root, "Permission denied", "run as the user who owns the store")


@pytest.mark.parametrize("inner", [PLATFORM, f"{PLATFORM}/dplyr", ".workers"])
def test_a_folder_that_may_not_be_listed_is_a_finding(
    run: Runner, full: StoreBuilder, forbid: Forbid, inner: str
) -> None:
    forbid(full.root / inner)

    ran = run("ls", "--store", full.root)
    document = run("ls", "--store", full.root, "--json")

    assert ran.code == 1
    (line,) = [line for line in ran.said if str(full.root / inner) in line]
    assert "Permission denied; run as the user who owns the store, or mend the permissions" in line
    assert document.code == 1
    assert [damage["path"] for damage in document.json["damage"]] == [str(full.root / inner)]


@pytest.mark.parametrize("inner", [PLATFORM, f"{PLATFORM}/sf"])
def test_a_file_where_a_folder_should_be_is_a_finding(run: Runner, store: StoreBuilder, inner: str) -> None:
    path = store.root / inner
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")

    with nothing_changes(store.root):
        ran = run("ls", "--store", store.root)

    assert ran.code == 1
    assert str(path) in ran.err


def test_locks_that_may_not_be_listed(run: Runner, full: StoreBuilder, forbid: Forbid) -> None:
    lock = full.package("sf").source("1").locked()
    forbid(lock.parent)

    refused(run("locks", "--store", full.root), lock.parent, "Permission denied")


@pytest.mark.parametrize(
    ("name", "which"),
    [
        ("populate", "lockfile"),
        ("ingest", "lockfile"),
        ("ingest", "lib"),
        ("assemble", "manifest"),
        ("whatif", "lockfile"),
    ],
)
def test_a_missing_input(
    commands: Commands,
    run: Runner,
    full: StoreBuilder,
    tmp_path: Path,
    name: str,
    which: str,
) -> None:
    line = commands(name, **{which: tmp_path / "no"})
    with nothing_changes(tmp_path):
        ran = run(*line)

    refused(ran, tmp_path / "no", "No such file or directory", "check the path")


@pytest.mark.parametrize(
    ("name", "which"),
    [
        ("populate", "lockfile"),
        ("ingest", "lockfile"),
        ("ingest", "lib"),
        ("assemble", "manifest"),
        ("whatif", "lockfile"),
    ],
)
def test_an_input_that_may_not_be_read(
    commands: Commands,
    run: Runner,
    full: StoreBuilder,
    tmp_path: Path,
    forbid: Forbid,
    name: str,
    which: str,
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    line = commands(name, **{which: closed})
    forbid(closed)

    refused(run(*line), closed, "Permission denied", "run as the user who owns the store")


def test_a_folder_where_a_file_should_be(
    commands: Commands, run: Runner, full: StoreBuilder, tmp_path: Path
) -> None:
    line = commands("populate", lockfile=tmp_path)
    with nothing_changes(tmp_path):
        ran = run(*line)

    refused(ran, tmp_path, "Is a directory", "a folder stands where a file is needed")


@pytest.mark.parametrize("name", ["populate", "ingest", "assemble"])
def test_a_file_where_the_library_should_be(
    commands: Commands,
    run: Runner,
    full: StoreBuilder,
    tmp_path: Path,
    name: str,
) -> None:
    (tmp_path / "file").write_text("")
    line = commands(name, lib=tmp_path / "file")

    ran = run(*line)

    refused(ran, tmp_path / "file", "Not a directory", "a file stands where a folder is needed")
    assert (tmp_path / "file").read_bytes() == b""


def test_an_empty_library_is_not_quietly_ingested(
    run: Runner, full: StoreBuilder, lockfile: Path, tmp_path: Path
) -> None:
    lib = LibraryBuilder(tmp_path / "empty").path

    with nothing_changes(tmp_path):
        ran = run("ingest", "--lockfile", lockfile, "--lib", lib, "--store", full.root)

    refused(ran, lib, "none of the packages")


@pytest.mark.parametrize("name", ["populate", "assemble", "ingest"])
@pytest.mark.parametrize("inner", [PLATFORM, f"{PLATFORM}/sf", f"{PLATFORM}/sf/new", ".", ".locks/x"])
def test_a_library_inside_the_store_proper_is_refused(
    commands: Commands,
    run: Runner,
    full: StoreBuilder,
    tmp_path: Path,
    name: str,
    inner: str,
) -> None:
    lib = full.root / inner
    line = commands(name, lib=lib)

    with nothing_changes(tmp_path):
        ran = run(*line)

    refused(ran, Path(os.path.abspath(lib)), "is no place for a library")


def test_a_package_that_is_a_symbolic_link(run: Runner, full: StoreBuilder, tmp_path: Path) -> None:
    elsewhere = LibraryBuilder(tmp_path / "elsewhere").package("new", "1").path
    lib = LibraryBuilder(tmp_path / "lib").package("first", "1").path
    (lib / "new").symlink_to(elsewhere / "new")
    lock = write_lockfile(tmp_path / "pak.lock", entry("first", "1"), entry("new", "1"))

    with nothing_changes(tmp_path):
        ran = run("ingest", "--lockfile", lock, "--lib", lib, "--store", full.root)

    refused(ran, lib / "new", "is a symbolic link", "install the package into the library itself")
