"""ls, show and workers: what they print."""

import os
from pathlib import Path

from cli_helpers import Runner

from builders import PLATFORM, StoreBuilder, config_hash, ref, source_hash

EMPTY = config_hash({})
SF = config_hash({"Rcpp": "1.0.12"})


def test_ls_is_a_table_on_stdout_and_a_count_on_stderr(full: StoreBuilder, run: Runner) -> None:
    ran = run("ls", "--store", full.root)

    assert ran.code == 0
    assert ran.out == (
        "PACKAGE  VERSION  SOURCE    CONFIG    USED  FLAGS  LINKING TO   PLATFORM\n"
        f"Rcpp     1.0.12   66aa1823  e3b0c442  10d                       {PLATFORM}\n"
        f"dplyr    1.1.4    6c50662f  e3b0c442  90d                       {PLATFORM}\n"
        f"sf       1.0-16   258438c3  707b3dc2  10d          Rcpp 1.0.12  {PLATFORM}\n"
    )
    assert ran.err == f"3 configs in {full.root}\n"


def test_ls_json_is_one_exact_document(full: StoreBuilder, run: Runner) -> None:
    ran = run("ls", "--store", full.root, "--json", "sf")

    assert ran.code == 0
    assert ran.err == ""
    assert ran.out.startswith('{\n  "schema_version": 1,\n  "root": ')
    assert ran.json == {
        "schema_version": 1,
        "root": str(full.root),
        "configs": [
            {
                "platform": PLATFORM,
                "package": "sf",
                "version": "1.0-16",
                "remote": None,
                "source_hash": source_hash("sf", "1.0-16"),
                "config_hash": SF,
                "linking_to_keys": {"Rcpp": source_hash("Rcpp", "1.0.12")},
                "last_used": (full.root / PLATFORM / "sf" / source_hash("sf", "1.0-16") / f"{SF}.json")
                .stat()
                .st_mtime,
                "listed": True,
                "has_tree": True,
                "pinned": False,
                "workers": ["w1"],
            }
        ],
        "damage": [],
    }


def test_ls_of_some_packages_on_one_platform(full: StoreBuilder, run: Runner) -> None:
    full.on("4.4-x86_64-pc-linux-gnu").package("sf").source("0.9").config(used="3d")

    ran = run("ls", "--store", full.root, "--platform", "4.4-x86_64-pc-linux-gnu", "sf", "dplyr")

    assert ran.code == 1
    assert [line.split()[:2] for line in ran.out.splitlines()[1:]] == [["sf", "0.9"]]
    assert ran.err == f"1 config in {full.root}\npkgstore: {full.root}: has no dplyr\n"


def test_ls_marks_what_is_not_whole(store: StoreBuilder, run: Runner) -> None:
    source = store.package("sf").source("1.0")
    source.config({"Rcpp": "1"}, used="10d", tree=False)  # phantom, and its sidecar an orphan
    source.config({"Rcpp": "2"}, used="10d", sidecar=False)  # orphan tree
    source.config({"Rcpp": "3"}, used="10d")

    found = {row["config_hash"]: row for row in run("ls", "--store", store.root, "--json").json["configs"]}
    lines = {line.split()[3]: line.split() for line in run("ls", "--store", store.root).out.splitlines()[1:]}

    assert {name: (row["has_tree"], row["last_used"] is None) for name, row in found.items()} == {
        config_hash({"Rcpp": "1"}): (False, False),
        config_hash({"Rcpp": "2"}): (True, True),
        config_hash({"Rcpp": "3"}): (True, False),
    }
    assert lines[config_hash({"Rcpp": "1"})[:8]][1:6:4] == ["1.0", "PO"]
    assert lines[config_hash({"Rcpp": "2"})[:8]][4:6] == ["unknown", "O"]
    assert lines[config_hash({"Rcpp": "3"})[:8]][4:6] == ["10d", "Rcpp"]


def test_ls_of_a_package_that_is_not_there_is_a_finding(full: StoreBuilder, run: Runner) -> None:
    ran = run("ls", "--store", full.root, "dplry")

    assert ran.code == 1
    assert "dplry" in ran.err


def test_show_prints_every_fact_of_a_config(full: StoreBuilder, run: Runner) -> None:
    ran = run("show", "sf", "--store", full.root)
    tree = full.root / PLATFORM / "sf" / source_hash("sf", "1.0-16") / SF
    disk = sum(path.stat().st_blocks * 512 for path in tree.rglob("*") if path.is_file())

    facts = dict(line.split("  ", 1) for line in ran.out.splitlines())
    assert (ran.code, ran.err) == (0, "")
    assert {label: value.strip() for label, value in facts.items()} == {
        "package": "sf 1.0-16",
        "from": "unknown",
        "platform": PLATFORM,
        "source hash": source_hash("sf", "1.0-16"),
        "config hash": SF,
        "path": str(tree),
        "built": "R 4.5.2; ; 2026-01-02; unix",
        "linking to": "Rcpp 1.0.12",
        "size": f"225 B, {disk / 1024:.1f} KiB on disk, 3 files",
        "created": "2026-01-02T03:04:05.678000+00:00",
        "last used": "10d ago",
        "state": "whole",
        "workers": "w1",
        "held by": "worker w1",
    }
    assert len({len(line) - len(line.split("  ", 1)[1].lstrip()) for line in ran.out.splitlines()}) == 1


def test_show_json_has_path_size_and_files(full: StoreBuilder, run: Runner) -> None:
    ran = run("show", "dplyr", "--store", full.root, "--json")
    tree = full.root / PLATFORM / "dplyr" / source_hash("dplyr", "1.1.4") / EMPTY
    sizes = [path.stat() for path in tree.rglob("*") if path.is_file()]

    assert ran.code == 0
    assert list(ran.json)[:2] == ["schema_version", "root"]
    (config,) = ran.json["configs"]
    assert config["path"] == str(tree)
    assert config["built"] == "R 4.5.2; ; 2026-01-02; unix"
    assert config["bytes"] == sum(status.st_size for status in sizes)
    assert config["disk_bytes"] == sum(status.st_blocks * 512 for status in sizes)
    assert config["files"] == 2
    assert config["version"] == "1.1.4"


def test_show_takes_the_beginning_of_a_ref(store: StoreBuilder, run: Runner) -> None:
    source = store.package("sf").source("1.0").config(used="10d").config({"Rcpp": "1"}, used="10d")
    store.package("sf").source("2.0").config(used="10d")

    whole = run("show", "sf", source.ref, "--store", store.root, "--json").json["configs"]
    short = run("show", "sf", f"{source.key[:8]}/{source.last[:8]}", "--store", store.root, "--json")
    of_source = run("show", "sf", source.key[:8], "--store", store.root, "--json").json["configs"]

    assert [config["config_hash"] for config in whole] == [source.last]
    assert short.json["configs"] == whole
    assert {config["source_hash"] for config in of_source} == {source.key}
    assert len(of_source) == 2


def test_show_of_what_is_not_there(full: StoreBuilder, run: Runner) -> None:
    text = run("show", "sf", "ffff", "--store", full.root)
    document = run("show", "nosuch", "--store", full.root, "--json")

    assert (text.code, text.out) == (1, "")
    assert text.err == f"pkgstore: {full.root}: has no sf ffff\n"
    assert document.code == 1
    assert document.json == {"schema_version": 1, "root": str(full.root), "configs": [], **_maybe(document.json)}
    assert document.err == f"pkgstore: {full.root}: has no nosuch\n"


def _maybe(document: dict[str, object]) -> dict[str, object]:
    """Damage may be told beside the configs; there is none here."""
    return {"damage": []} if "damage" in document else {}


def test_workers_are_listed_with_what_is_wrong(full: StoreBuilder, run: Runner) -> None:
    broken = full.worker("w2")
    (broken / ".packages.json").write_text("{")
    then = full.now - 5 * 86400
    os.utime(broken, (then, then))

    ran = run("workers", "--store", full.root)
    lines = ran.out.splitlines()

    assert ran.code == 1
    assert lines[0].split() == ["WORKER", "PACKAGES", "CHANGED", "APP", "PROBLEM"]
    assert lines[1].split() == ["w1", "1", "5d", "no", "app", "matches"]
    assert lines[2].startswith("w2      unknown   ")
    assert lines[2].endswith("its manifest cannot be used")
    assert ran.said[0] == "2 workers"
    assert ran.said[1].startswith(f"pkgstore: {broken / '.packages.json'}: cannot be used: is no JSON")


def test_what_one_worker_has(full: StoreBuilder, run: Runner) -> None:
    ran = run("workers", "w1", "--store", full.root)

    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "PACKAGE  VERSION  SOURCE    CONFIG\nsf       1.0-16   258438c3  707b3dc2\n"


def test_workers_json(full: StoreBuilder, run: Runner) -> None:
    ran = run("workers", "--store", full.root, "--json")

    assert ran.code == 0
    assert ran.json == {
        "schema_version": 1,
        "workers": [
            {
                "worker_id": "w1",
                "changed": (full.root / ".workers/w1/.packages.json").stat().st_mtime,
                "packages": {"sf": ref("sf", "1.0-16", {"Rcpp": "1.0.12"})},
                "app": None,
                "problems": [],
            }
        ],
    }


def test_a_worker_that_is_not_there(full: StoreBuilder, run: Runner) -> None:
    ran = run("workers", "w1", "..", "--store", full.root)

    assert ran.code == 1
    assert ran.said == [f"pkgstore: {full.root}: has no worker .."]


def test_a_worker_whose_manifest_cannot_be_read_is_not_shown_as_an_empty_one(
    full: StoreBuilder, run: Runner
) -> None:
    path: Path = full.worker("w2") / ".packages.json"
    path.write_text("{")

    ran = run("workers", "w2", "--store", full.root)

    assert ran.code == 1
    assert str(path) in ran.err
