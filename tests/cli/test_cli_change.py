"""populate, ingest and assemble: what they print, and what is on the disk afterwards."""

import json
import os
import shutil
from pathlib import Path

from cli_helpers import Runner, contents, listing

from builders import (
    PLATFORM,
    LibraryBuilder,
    StoreBuilder,
    config_hash,
    entry,
    ref,
    source_hash,
    write_lockfile,
)

SF = ref("sf", "1.0-16", {"Rcpp": "1.0.12"})
RCPP = ref("Rcpp", "1.0.12")
DPLYR = ref("dplyr", "1.1.4")


def tree(store: StoreBuilder, package: str, stored: str) -> Path:
    return store.root / PLATFORM / package / stored


def same_files(one: Path, other: Path) -> bool:
    """Whether both trees are the very same files, hard-linked."""
    assert contents(one) == contents(other)
    return all(path.samefile(other / path.relative_to(one)) for path in one.rglob("*") if path.is_file())


def test_populate_says_its_summary_on_stderr(
    full: StoreBuilder, lockfile: Path, run: Runner, tmp_path: Path
) -> None:
    lib = tmp_path / "lib"

    ran = run("populate", "--lockfile", lockfile, "--lib", lib, "--store", full.root)

    assert (ran.code, ran.out) == (0, "")
    assert ran.said == [
        "missing shiny: no stored config fits the lockfile",
        "populate: 2 hits, 1 miss, 0 ABI hits, 0 ABI rebuilds",
    ]
    assert sorted(os.listdir(lib)) == ["Rcpp", "sf"]
    assert same_files(lib / "sf", tree(full, "sf", SF))
    assert same_files(lib / "Rcpp", tree(full, "Rcpp", RCPP))


def test_populate_json_and_verbose(full: StoreBuilder, lockfile: Path, run: Runner, tmp_path: Path) -> None:
    lib = LibraryBuilder(tmp_path / "lib").package("Rcpp", "1.0.12").path

    ran = run("populate", "--lockfile", lockfile, "--lib", lib, "--store", full.root, "--json", "-v")

    assert ran.code == 0
    assert ran.out.startswith('{\n  "schema_version": 1,\n  "hits": 1,\n')
    assert ran.json == {"schema_version": 1, "hits": 1, "misses": 1, "abi_hits": 0, "abi_rebuilds": 0}
    assert ran.said == [
        "kept Rcpp: already in the library",
        f"linked sf {SF[:8]}/{config_hash({'Rcpp': '1.0.12'})[:8]} from the store",
        "missing shiny: no stored config fits the lockfile",
        "populate: 1 hit, 1 miss, 0 ABI hits, 0 ABI rebuilds",
    ]


def test_populate_at_run_time_counts_abi(store: StoreBuilder, run: Runner, tmp_path: Path) -> None:
    store.package("sf").source("1").config({"Rcpp": "1"}).config({"Rcpp": "2"})
    store.package("units").source("1").config({"Rcpp": "1"})
    store.package("dplyr").source("1").config()
    worker = LibraryBuilder(tmp_path / "worker")
    worker.package("sf", "1", "Rcpp").package("units", "1", "Rcpp").package("Rcpp", "1").package("dplyr", "1")
    old = {"Rcpp": "1"}
    refs = {"sf": ref("sf", "1", old), "units": ref("units", "1", old), "Rcpp": ref("Rcpp", "1")}
    worker.manifest({**refs, "dplyr": ref("dplyr", "1")})
    lock = write_lockfile(tmp_path / "pak.lock", *(entry(name, "1") for name in ("sf", "units", "dplyr")))
    lock = write_lockfile(lock, *json.loads(lock.read_text())["packages"], entry("Rcpp", "2"))
    lib = tmp_path / "lib"

    ran = run(
        "populate", "--lockfile", lock, "--lib", lib, "--store", store.root,
        "--reference-lib", worker.path, "--runtime", "--json", "-v",
    )  # fmt: skip

    assert ran.json == {"schema_version": 1, "hits": 0, "misses": 1, "abi_hits": 1, "abi_rebuilds": 1}
    assert sorted(os.listdir(lib)) == ["dplyr", "sf"]
    assert same_files(lib / "dplyr", worker.path / "dplyr")
    assert same_files(lib / "sf", tree(store, "sf", ref("sf", "1", {"Rcpp": "2"})))
    assert "linked dplyr from the reference library" in ran.said
    assert "missing units: a package that it links to changed" in ran.said


def test_populate_tells_what_an_admin_should_know_of_the_lockfile(
    full: StoreBuilder, run: Runner, tmp_path: Path
) -> None:
    lock = write_lockfile(
        tmp_path / "pak.lock", entry("a"), entry("a"), entry("b", rversion="4.4"), entry("c", platform="source")
    )

    ran = run("populate", "--lockfile", lock, "--lib", tmp_path / "lib", "--store", full.root)

    assert f"note: {lock}: these packages stand in it more than once: a" in ran.said
    disagree = f"4.4-x86_64-pc-linux-gnu, 4.5-source, {PLATFORM}"
    assert f"note: {lock}: its entries disagree about the platform: {disagree}" in ran.said


def test_populate_names_a_phantom(store: StoreBuilder, run: Runner, tmp_path: Path) -> None:
    store.package("sf").source("1").config(tree=False)
    lock = write_lockfile(tmp_path / "pak.lock", entry("sf", "1"))

    ran = run("populate", "--lockfile", lock, "--lib", tmp_path / "lib", "--store", store.root, "--json")

    assert ran.code == 0
    assert ran.json["misses"] == 1
    assert any("sf" in line and "PHANTOM" in line for line in ran.said)


def test_ingest_moves_a_library_into_a_new_store(run: Runner, tmp_path: Path) -> None:
    lib = LibraryBuilder(tmp_path / "lib").package("Rcpp", "1.0.12").package("sf", "1.0-16", "Rcpp").path
    lock = write_lockfile(tmp_path / "pak.lock", entry("Rcpp", "1.0.12"), entry("sf", "1.0-16"))
    before = contents(lib)
    root = tmp_path / "made" / ".pkg-store"

    ran = run("ingest", "--lockfile", lock, "--lib", lib, "--store", root)

    assert (ran.code, ran.out) == (0, "")
    assert ran.err == "ingest: 2 packages ingested, 2 in the manifest\n"
    assert contents(lib) == {"store-manifest.json": f'{{\n  "Rcpp": "{RCPP}",\n  "sf": "{SF}"\n}}'.encode()}
    moved = contents(root / PLATFORM / "sf" / SF)
    assert moved == {name.removeprefix("sf/"): body for name, body in before.items() if name.startswith("sf/")}
    assert (root / PLATFORM / "sf" / source_hash("sf", "1.0-16") / "configs.json").read_bytes() == (
        '{\n  "source_compiled": true,\n  "linkingto": [\n    "Rcpp"\n  ],\n  "configs": {\n'
        f'    "{config_hash({"Rcpp": "1.0.12"})}": {{\n      "Rcpp": "{source_hash("Rcpp", "1.0.12")}"\n'
        "    }\n  }\n}"
    ).encode()
    assert not list((root / ".locks").rglob("*.lock"))


def test_ingest_json_and_verbose(full: StoreBuilder, run: Runner, tmp_path: Path) -> None:
    lib = LibraryBuilder(tmp_path / "lib").package("Rcpp", "1.0.12").package("new", "3").path
    lock = write_lockfile(tmp_path / "pak.lock", entry("Rcpp", "1.0.12"), entry("new", "3"), entry("gone"))
    reference = LibraryBuilder(tmp_path / "reference").manifest({"gone": ref("gone", "0"), "dplyr": DPLYR}).path

    ran = run(
        "ingest", "--lockfile", lock, "--lib", lib, "--store", full.root,
        "--reference-lib", reference, "--runtime", "--json", "-v",
    )  # fmt: skip

    new = ref("new", "3")
    manifest = {"Rcpp": RCPP, "dplyr": DPLYR, "gone": ref("gone", "0"), "new": new}
    assert ran.code == 0
    assert next(iter(ran.json)) == "schema_version"
    assert ran.json == {"schema_version": 1, "ingested": 1, "repaired": 0, "manifest": manifest}
    assert json.loads((lib / "store-manifest.json").read_text()) == manifest
    assert ran.said == [
        "kept Rcpp: already in the store",
        f"ingested new {new[:8]}/e3b0c442",
        "carried gone over from the reference manifest",
        "carried dplyr over from the reference manifest",
        "ingest: 1 package ingested, 4 in the manifest",
    ]


def test_a_reference_library_that_cannot_be_read_is_left_out_aloud(
    full: StoreBuilder, lockfile: Path, run: Runner, tmp_path: Path
) -> None:
    reference = LibraryBuilder(tmp_path / "reference").path
    (reference / ".packages.json").write_text('{"sf": 3}')
    options = ("--lockfile", lockfile, "--store", full.root, "--reference-lib", reference)

    ran = run("populate", *options, "--lib", tmp_path / "lib", "--runtime", "--json")

    assert (ran.code, ran.json["hits"]) == (0, 2)
    path = reference / ".packages.json"
    assert f"note: the reference library is left out: {path}: cannot be used: sf is a number" in ran.err


def test_assemble_makes_a_library_and_names_what_is_missing(
    full: StoreBuilder, run: Runner, tmp_path: Path
) -> None:
    app = full.app("shop", {"sf": SF, "Rcpp": RCPP, "gone": ref("gone", "1")})
    lib = full.root / ".workers" / "new"

    ran = run("assemble", "--store", full.root, "--manifest", app / "store-manifest.json", "--lib", lib)

    assert (ran.code, ran.out) == (0, "")
    assert ran.said == ["missing gone: not in the store", "assemble: 2 packages linked, 1 missing"]
    assert same_files(lib / "sf", tree(full, "sf", SF))
    assert sorted(os.listdir(lib)) == [".packages.json", "Rcpp", "sf"]
    assert (lib / ".packages.json").read_bytes() == (
        f'{{\n  "Rcpp": "{RCPP}",\n  "gone": "{ref("gone", "1")}",\n  "sf": "{SF}"\n}}'.encode()
    )


def test_assemble_json_again_keeps_what_is_there(full: StoreBuilder, run: Runner, tmp_path: Path) -> None:
    app = full.app("shop", {"sf": SF, "Rcpp": RCPP, "gone": ref("gone", "1")})
    options = ("--store", full.root, "--platform", PLATFORM, "--manifest", app / "store-manifest.json", "--lib")
    lib = tmp_path / "lib"
    run("assemble", *options, lib)
    shutil.rmtree(lib / "Rcpp")
    before = listing(lib / "sf", inodes=False)

    ran = run("assemble", *options, lib, "--json", "-v")

    assert ran.json == {"schema_version": 1, "missing": ["gone"], "linked": 1, "kept": 1}
    assert f"linked Rcpp {RCPP[:8]}/e3b0c442 from the store" in ran.said
    assert "kept sf: already in the library" in ran.said
    assert listing(lib / "sf", inodes=False) == before
