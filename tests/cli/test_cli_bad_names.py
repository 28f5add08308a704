"""Names from files and arguments that may not become a path: named with their file, and nothing is written."""

from pathlib import Path

import pytest
from cli_helpers import Ran, Runner, nothing_changes

from builders import LibraryBuilder, StoreBuilder, entry, ref, source_hash, write_lockfile

NAMES = {
    "": "is empty",
    ".": "would leave its folder",
    "..": "would leave its folder",
    "../../outside": "has a slash",
    "/etc": "has a slash",
    "a/b": "has a slash",
    "a\0b": "has a NUL character",
}
EACH = pytest.mark.parametrize(("name", "why"), NAMES.items(), ids=["empty", *(repr(n) for n in list(NAMES)[1:])])
GOOD = source_hash("sf", "1")


def refused(ran: Ran, path: Path, *words: str) -> None:
    assert (ran.code, ran.out) == (3, "")
    assert len(ran.said) == 1
    for word in (str(path), *words):
        assert word in ran.err


def build(command: str, lockfile: Path, lib: Path, store: StoreBuilder) -> tuple[object, ...]:
    return command, "--lockfile", lockfile, "--lib", lib, "--store", store.root


@pytest.mark.parametrize("command", ["populate", "ingest"])
@EACH
def test_a_package_of_a_lockfile(
    full: StoreBuilder, run: Runner, tmp_path: Path, command: str, name: str, why: str
) -> None:
    lock = write_lockfile(tmp_path / "pak.lock", entry("sf", "1"), entry(name))
    lib = LibraryBuilder(tmp_path / "lib").package("sf", "1").path

    with nothing_changes(tmp_path):
        ran = run(*build(command, lock, lib, full))

    refused(ran, lock, 'missing "package" field' if not name else f"package {name!r} {why}")


@pytest.mark.parametrize("command", ["populate", "ingest"])
@pytest.mark.parametrize("name", [".packages.json", ".hidden", "store-manifest.json"])
def test_a_package_of_a_lockfile_that_would_hide_a_manifest(
    full: StoreBuilder, run: Runner, tmp_path: Path, command: str, name: str
) -> None:
    lock = write_lockfile(tmp_path / "pak.lock", entry(name))
    lib = LibraryBuilder(tmp_path / "lib").path

    with nothing_changes(tmp_path):
        ran = run(*build(command, lock, lib, full))

    refused(ran, lock, repr(name))


@pytest.mark.parametrize("command", ["populate", "ingest"])
@pytest.mark.parametrize("field", ["rversion", "platform"])
@pytest.mark.parametrize(("part", "why"), [("../..", "has a slash"), ("a\0b", "NUL"), ("/", "has a slash")])
def test_a_platform_of_a_lockfile(
    full: StoreBuilder, run: Runner, tmp_path: Path, command: str, field: str, part: str, why: str
) -> None:
    lock = write_lockfile(tmp_path / "pak.lock", entry("sf", "1", **{field: part}))
    lib = LibraryBuilder(tmp_path / "lib").package("sf", "1").path

    with nothing_changes(tmp_path):
        ran = run(*build(command, lock, lib, full))

    refused(ran, lock, "platform", why)


@pytest.mark.parametrize("command", ["populate", "ingest"])
def test_a_platform_that_begins_with_a_dot(full: StoreBuilder, run: Runner, tmp_path: Path, command: str) -> None:
    lock = write_lockfile(tmp_path / "pak.lock", entry("sf", "1", rversion=".workers"))
    lib = LibraryBuilder(tmp_path / "lib").package("sf", "1").path

    with nothing_changes(tmp_path):
        ran = run(*build(command, lock, lib, full))

    refused(ran, lock, "begins with a dot")


def _bad_manifests() -> dict[str, tuple[dict[str, str], str]]:
    found = {f"package {name!r}": ({name: f"{GOOD}/{GOOD}"}, why) for name, why in NAMES.items()}
    found |= {f"config {name!r}": ({"sf": f"{GOOD}/{name}"}, why) for name, why in NAMES.items() if name}
    found |= {
        f"source {name!r}": ({"sf": f"{name}/{GOOD}"}, why) for name, why in NAMES.items() if len(name) in (1, 2)
    }
    malformed = "malformed store ref"
    found |= {f"ref {text!r}": ({"sf": text}, malformed) for text in ("", GOOD, "/", f"/{GOOD}", f"{GOOD}/")}
    return found


MANIFESTS = pytest.mark.parametrize(("bad", "why"), _bad_manifests().values(), ids=_bad_manifests())


@MANIFESTS
def test_a_store_manifest(full: StoreBuilder, run: Runner, tmp_path: Path, bad: dict[str, str], why: str) -> None:
    good = {"Rcpp": ref("Rcpp", "1.0.12")}
    path = full.app("shop", {**good, **bad}) / "store-manifest.json"

    with nothing_changes(tmp_path):
        ran = run("assemble", "--store", full.root, "--manifest", path, "--lib", tmp_path / "lib")

    refused(ran, path, why)


@MANIFESTS
@pytest.mark.parametrize("line", [("populate",), ("populate", "--runtime"), ("ingest",)], ids=" ".join)
def test_a_reference_manifest(
    full: StoreBuilder, run: Runner, tmp_path: Path, bad: dict[str, str], why: str, line: tuple[str, ...]
) -> None:
    lock = write_lockfile(tmp_path / "pak.lock", entry("new", "1"))
    reference = LibraryBuilder(tmp_path / "reference").manifest(bad).path
    lib = LibraryBuilder(tmp_path / "lib").package("new", "1").path

    with nothing_changes(tmp_path):
        ran = run(*build(line[0], lock, lib, full), *line[1:], "--reference-lib", reference)

    refused(ran, reference / ".packages.json", why)


@pytest.mark.parametrize("command", ["assemble", "evict"])
@pytest.mark.parametrize("name", [name for name in NAMES if name and "\0" not in name] + [".locks"])
def test_a_platform_that_was_named(
    full: StoreBuilder, run: Runner, tmp_path: Path, command: str, name: str
) -> None:
    manifest = full.app("shop", {"Rcpp": ref("Rcpp", "1.0.12")}) / "store-manifest.json"
    more = ("--manifest", manifest, "--lib", tmp_path / "lib")
    line = (command, "--store", full.root, "--platform", name)

    with nothing_changes(tmp_path):
        ran = run(*line, *(more if command == "assemble" else ("--retention", "30d", "--yes")))

    assert ran.code in {2, 3}
    assert ran.out == ""
    assert f"platform {name!r} " in ran.err


@pytest.mark.parametrize("name", ["..", "../..", "."])
def test_a_worker_whose_folder_would_be_elsewhere(
    full: StoreBuilder, run: Runner, tmp_path: Path, name: str
) -> None:
    manifest = full.app("shop", {"Rcpp": ref("Rcpp", "1.0.12")}) / "store-manifest.json"
    lib = f"{full.root}/.workers/{name}" if name != "../.." else f"{full.root}/.workers/x/../.."

    with nothing_changes(tmp_path):
        ran = run("assemble", "--store", full.root, "--manifest", manifest, "--lib", lib)

    refused(ran, full.root, "is no place for a library")


def test_the_sound_part_of_a_bad_configs_json_is_still_shown(
    store: StoreBuilder, run: Runner, tmp_path: Path
) -> None:
    source = store.package("sf").source("1").config(used="40d")
    text = source.configs_json.read_text()
    source.configs_json.write_text(text.replace('"configs": {', '"configs": {"../../..": {}, "": {}, "a/b": null,'))

    with nothing_changes(tmp_path):
        ran = run("ls", "--store", store.root, "--json")

    assert [config["config_hash"] for config in ran.json["configs"]] == [source.last]
    assert run("evict", "--store", store.root, "--retention", "30d", "--yes").code == 0
    assert not source.tree.exists()
