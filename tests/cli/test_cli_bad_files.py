"""Each kind of file that is broken, or holds another type than it should."""

import json
import os
from pathlib import Path

import pytest
from cli_helpers import Ran, Runner, contents, nothing_changes

from builders import PLATFORM, LibraryBuilder, StoreBuilder, entry, lockfile_document, ref, write_lockfile

CONFLICT = '{\n<<<<<<< HEAD\n  "lockfile_version": 1,\n=======\n  "lockfile_version": 1,\n>>>>>>> theirs\n}\n'
BROKEN = {
    "empty": ("", "is empty"),
    "cut": ('{"a": ', "is no JSON"),
    "text": ("hello", "is no JSON"),
    "list": ("[]", "is a list, not an object"),
    "number": ("3", "is a number, not an object"),
    "conflict": (CONFLICT, "has merge-conflict marks; resolve the conflict first"),
    "deep": ("[" * 100_000, "is no JSON"),
}
DAMAGES = pytest.mark.parametrize(("text", "why"), BROKEN.values(), ids=BROKEN)


def build(command: str, lockfile: Path, lib: Path, store: StoreBuilder) -> tuple[object, ...]:
    return command, "--lockfile", lockfile, "--lib", lib, "--store", store.root


def refused(ran: Ran, path: Path, why: str) -> None:
    assert (ran.code, ran.out) == (3, "")
    assert len(ran.said) == 1
    assert str(path) in ran.err
    assert why in ran.err


@DAMAGES
@pytest.mark.parametrize("command", ["populate", "ingest", "key"])
def test_a_broken_lockfile(
    full: StoreBuilder, run: Runner, tmp_path: Path, command: str, text: str, why: str
) -> None:
    lock = tmp_path / "pak.lock"
    lock.write_text(text)
    lib = LibraryBuilder(tmp_path / "lib").package("sf", "1").path

    with nothing_changes(tmp_path):
        ran = run("key", "--lockfile", lock) if command == "key" else run(*build(command, lock, lib, full))

    refused(ran, lock, why)
    assert "pak::lockfile_create()" in ran.err


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"lockfile_version": "1"}, "lockfile_version is a string, not a whole number"),
        ({"lockfile_version": 1.0}, "lockfile_version is a number, not a whole number"),
        ({"lockfile_version": 2}, "unsupported lockfile_version 2"),
        ({"lockfile_version": None}, "unsupported lockfile_version 0"),
        ({"packages": {}}, "packages is an object, not a list"),
        ({"packages": []}, "has no packages"),
        ({"packages": [3]}, "packages[0] is a number, not an object"),
        ({"packages": [entry("a"), entry("b", version=3)]}, "packages[1].version is a number, not a string"),
        ({"packages": [entry("a", needscompilation="yes")]}, "packages[0].needscompilation is a string"),
        ({"packages": [entry("a", metadata=[])]}, "packages[0].metadata is a list, not an object"),
        ({"packages": [entry("a", metadata={"RemoteType": 1})]}, "packages[0].metadata.RemoteType is a number"),
        ({"packages": [entry("a", version=None)]}, 'packages[0]: package a: missing "version"'),
        ({"packages": [entry("a", metadata={"RemoteType": "svn"})]}, 'package a: unsupported type "svn"'),
    ],
)
def test_a_lockfile_with_a_wrong_field(
    full: StoreBuilder, run: Runner, tmp_path: Path, change: dict[str, object], why: str
) -> None:
    lock = tmp_path / "pak.lock"
    lock.write_text(json.dumps({**lockfile_document(entry("a")), **change}))
    lib = LibraryBuilder(tmp_path / "lib").package("a").path

    for command in ("populate", "ingest"):
        with nothing_changes(tmp_path):
            ran = run(*build(command, lock, lib, full))
        refused(ran, lock, why)


@DAMAGES
def test_a_broken_store_manifest(full: StoreBuilder, run: Runner, tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "store-manifest.json"
    path.write_text(text)

    with nothing_changes(tmp_path):
        ran = run("assemble", "--store", full.root, "--manifest", path, "--lib", tmp_path / "lib")

    refused(ran, path, why)
    assert "deploy or refresh the app again" in ran.err


def test_a_store_manifest_of_the_wrong_types(full: StoreBuilder, run: Runner, tmp_path: Path) -> None:
    path = tmp_path / "store-manifest.json"
    path.write_text('{"Rcpp": "a/b", "sf": ["a", "b"]}')

    with nothing_changes(tmp_path):
        ran = run("assemble", "--store", full.root, "--manifest", path, "--lib", tmp_path / "lib")

    refused(ran, path, "sf is a list, not a string")


@DAMAGES
def test_a_broken_package_manifest_of_a_worker(full: StoreBuilder, run: Runner, text: str, why: str) -> None:
    path = full.worker("w2") / ".packages.json"
    path.write_text(text)

    with nothing_changes(full.root):
        listed, workers = run("ls", "--store", full.root), run("workers", "--store", full.root, "--json")

    assert (listed.code, workers.code) == (1, 1)
    (line,) = [line for line in listed.said if str(path) in line]
    assert why in line
    assert "assemble this library again" in line
    assert workers.json["workers"][1]["packages"] is None
    assert why in workers.json["workers"][1]["problems"][0]


@DAMAGES
def test_a_broken_package_manifest_where_a_library_is_assembled_is_written_anew(
    full: StoreBuilder, run: Runner, tmp_path: Path, text: str, why: str
) -> None:
    lib = LibraryBuilder(tmp_path / "lib").package("Rcpp", "0").path
    (lib / ".packages.json").write_text(text)
    app = full.app("shop", {"Rcpp": ref("Rcpp", "1.0.12")})

    ran = run("assemble", "--store", full.root, "--manifest", app / "store-manifest.json", "--lib", lib)

    assert ran.code == 0
    assert contents(lib / "Rcpp") == contents(full.root / PLATFORM / "Rcpp" / ref("Rcpp", "1.0.12"))
    assert json.loads((lib / ".packages.json").read_text()) == {"Rcpp": ref("Rcpp", "1.0.12")}


@DAMAGES
def test_a_broken_configs_json(
    full: StoreBuilder, run: Runner, lockfile: Path, tmp_path: Path, text: str, why: str
) -> None:
    path = next((full.root / PLATFORM / "dplyr").glob("*/configs.json"))
    path.write_text(text)
    lock = write_lockfile(tmp_path / "pak.lock", entry("dplyr", "1.1.4"))

    with nothing_changes(tmp_path):
        looked = [run(*line, "--store", full.root) for line in (("ls",), ("show", "dplyr"))]
        populated = run(*build("populate", lock, tmp_path / "lib", full), "--json")
    with nothing_changes(full.root / PLATFORM):
        evicted = run("evict", "--store", full.root, "--retention", "30d", "--yes")

    assert [ran.code for ran in looked] == [1, 1]
    assert (populated.code, populated.json["misses"]) == (0, 1)
    assert evicted.code == 6
    for ran in (*looked, populated, evicted):
        (line,) = [line for line in ran.said if str(path) in line]
        assert why in line
        assert "the next ingest of this package writes it anew" in line


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"source_compiled": "yes"}', "source_compiled is a string"),
        ('{"linkingto": "Rcpp"}', "linkingto is a string, not a list"),
        ('{"linkingto": [1]}', "linkingto[0] is a number, not a string"),
        ('{"configs": []}', "configs is a list, not an object"),
        ('{"configs": {"c1": {"Rcpp": 1}}}', "configs.c1.Rcpp is a number, not a string"),
    ],
)
def test_a_configs_json_of_the_wrong_types(full: StoreBuilder, run: Runner, text: str, why: str) -> None:
    path = next((full.root / PLATFORM / "dplyr").glob("*/configs.json"))
    path.write_text(text)

    with nothing_changes(full.root):
        ran = run("ls", "--store", full.root)

    assert ran.code == 1
    assert any(str(path) in line and why in line for line in ran.said)


@DAMAGES
def test_a_broken_sidecar_still_tells_the_last_use(full: StoreBuilder, run: Runner, text: str, why: str) -> None:
    source = full.package("dplyr").source("2").config(used="40d")
    used = source.sidecar.stat().st_mtime
    source.sidecar.write_text(text)
    os.utime(source.sidecar, (used, used))

    with nothing_changes(full.root):
        (config,) = run("ls", "dplyr", "--store", full.root, "--platform", PLATFORM, "--json").json["configs"][:1]
    assert config["last_used"] in {used, full.now - 90 * 86400}
    ran = run("evict", "--store", full.root, "--retention", "30d", "--yes", "--json")
    assert (ran.code, ran.json["removed"]) == (0, 2)


def test_a_description_that_is_no_utf_8(store: StoreBuilder, run: Runner, tmp_path: Path) -> None:
    lib = LibraryBuilder(tmp_path / "lib").package("sf", "1").path
    text = b"Package: sf\nVersion: 1.\xff\xe9\nAuthor: Ren\xe9\nLinkingTo: Rcpp\nBuilt: R 4.5\xe9\n"
    (lib / "sf" / "DESCRIPTION").write_bytes(text)
    lock = write_lockfile(tmp_path / "pak.lock", entry("sf", "1"))

    assert run(*build("ingest", lock, lib, store)).code == 0

    table, shown = run("ls", "--store", store.root), run("show", "sf", "--store", store.root, "--json")
    assert (table.code, shown.code) == (0, 0)
    assert table.out.splitlines()[1].split()[1] == "1.\ufffd\ufffd"
    assert shown.json["configs"][0]["version"] == "1.\ufffd\ufffd"
    assert shown.json["configs"][0]["built"] == "R 4.5\ufffd"
