"""diff: configs, manifests, lockfiles, workers, apps, saved scans and stores."""

import os
import shutil
from pathlib import Path

import pytest
from cli_helpers import Runner

from builders import StoreBuilder, config_hash, entry, ref, source_hash, write_lockfile

LINKED = {"Rcpp": "1.0.12"}


@pytest.fixture
def apart(full: StoreBuilder) -> StoreBuilder:
    """`full` with a newer sf, and an app that went from the old one to it."""
    full.package("sf").source("1.0-17").config(LINKED)
    full.package("sf").source("1.0-17").config({"Rcpp": "1.0.13"})
    full.app(
        "shop",
        {"sf": ref("sf", "1.0-17", LINKED), "Rcpp": ref("Rcpp", "1.0.12"), "dplyr": ref("dplyr", "1.1.4")},
        prev={"sf": ref("sf", "1.0-16", LINKED), "Rcpp": ref("Rcpp", "1.0.12"), "old": ref("old", "1")},
        build={"sf": ref("sf", "1.0-17", {"Rcpp": "1.0.13"}), "Rcpp": ref("Rcpp", "1.0.12")},
    )
    return full


def test_what_an_update_changed(apart: StoreBuilder, run: Runner) -> None:
    ran = run("diff", "app:shop:prev", "app:shop", "--store", apart.root)

    none = config_hash({})[:8]
    assert ran.code == 1
    assert [line.split() for line in ran.out.splitlines()] == [
        ["CHANGE", "PACKAGE", "BEFORE", "AFTER"],
        ["came", "dplyr", "1.1.4", f"{source_hash('dplyr', '1.1.4')[:8]}/{none}"],
        ["went", "old", "unknown", f"{source_hash('old', '1')[:8]}/{none}"],
        [
            *("changed", "sf", "1.0-16", f"{source_hash('sf', '1.0-16')[:8]}/{config_hash(LINKED)[:8]}"),
            *("1.0-17", f"{source_hash('sf', '1.0-17')[:8]}/{config_hash(LINKED)[:8]}"),
        ],
    ]
    assert ran.err == "1 came, 1 went, 1 changed, 1 the same\n"


def test_json_of_packages(apart: StoreBuilder, run: Runner) -> None:
    ran = run("diff", "app:shop:build", "app:shop:current", "--store", apart.root, "--json")

    source = source_hash("sf", "1.0-17")
    assert ran.code == 1
    assert ran.json["changes"].pop(0)["change"] == "came"
    assert ran.json == {
        "schema_version": 1,
        "kind": "packages",
        "before": "app:shop:build",
        "after": "app:shop:current",
        "differ": True,
        "same": 1,
        "changes": [
            {
                "package": "dplyr",
                "change": "came",
                "before": None,
                "after": {
                    "version": "1.1.4",
                    "remote": None,
                    "source_hash": source_hash("dplyr", "1.1.4"),
                    "config_hash": config_hash({}),
                },
            },
            {
                "package": "sf",
                "change": "rebuilt",
                "before": {
                    "version": "1.0-17",
                    "remote": None,
                    "source_hash": source,
                    "config_hash": config_hash({"Rcpp": "1.0.13"}),
                },
                "after": {
                    "version": "1.0-17",
                    "remote": None,
                    "source_hash": source,
                    "config_hash": config_hash(LINKED),
                },
            },
        ],
        "settings": [],
    }


def test_the_same_thing_twice(apart: StoreBuilder, run: Runner, tmp_path: Path) -> None:
    lock = write_lockfile(tmp_path / "a.lock", entry("sf"))
    manifest = tmp_path / "shop" / "store-manifest.json"
    things = ("app:shop", "worker:w1", "dplyr", f"sf@{source_hash('sf', '1.0-16')[:6]}", lock, manifest, apart.root)
    for thing in things:
        ran = run("diff", thing, thing, "--store", apart.root)
        document = run("diff", thing, thing, "--store", apart.root, "--json")

        assert (ran.code, document.code, document.json["differ"]) == (0, 0, False), thing


def test_a_worker_beside_its_app(apart: StoreBuilder, run: Runner) -> None:
    ran = run("diff", "worker:w1", "app:shop:prev", "--store", apart.root)

    assert ran.code == 1
    assert [line.split()[:2] for line in ran.out.splitlines()[1:]] == [["came", "Rcpp"], ["came", "old"]]


def test_lockfiles_need_no_store(run: Runner, tmp_path: Path) -> None:
    one = write_lockfile(tmp_path / "a.lock", entry("sf", "1"), entry("s2", "1"))
    other = write_lockfile(tmp_path / "b.lock", entry("sf", "2"), entry("s2", "1"))

    ran = run("diff", one, other)

    assert ran.code == 1
    assert [line.split()[:3] for line in ran.out.splitlines()[1:]] == [["changed", "sf", "1"]]
    assert ran.err == "0 came, 0 went, 1 changed, 1 the same\n"


def test_what_else_differs_between_lockfiles(run: Runner, tmp_path: Path) -> None:
    one = write_lockfile(tmp_path / "a.lock", entry("sf", "1"))
    other = tmp_path / "b.lock"
    other.write_text(one.read_text().replace("R version 4.5.2", "R version 4.6.0"))

    assert run("diff", one, other).out == (
        "r_version: R version 4.5.2 (2025-10-31) → R version 4.6.0 (2025-10-31)\n"
    )
    assert run("diff", one, other, "--json").json["settings"] == [
        {"name": "r_version", "before": "R version 4.5.2 (2025-10-31)", "after": "R version 4.6.0 (2025-10-31)"}
    ]


def test_a_lockfile_beside_a_manifest(apart: StoreBuilder, run: Runner, tmp_path: Path) -> None:
    """Does the lockfile agree with what was installed from it? Configs do not count: a lockfile has none."""
    packages = (entry("sf", "1.0-17"), entry("Rcpp", "1.0.12"), entry("dplyr", "1.1.4"))
    agrees = write_lockfile(tmp_path / "a.lock", *packages)
    differs = write_lockfile(tmp_path / "b.lock", *packages[:2], entry("dplyr", "1.2.0"))

    assert run("diff", agrees, "app:shop", "--store", apart.root).code == 0
    ran = run("diff", differs, "app:shop", "--store", apart.root)
    assert ran.code == 1
    assert [line.split()[:3] for line in ran.out.splitlines()[1:]] == [["changed", "dplyr", "1.2.0"]]


def test_manifest_files_without_a_store_have_unknown_versions(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"sf": "s1/c1"}')
    (tmp_path / "b.json").write_text('{"sf": "s2/c1"}')

    ran = run("diff", tmp_path / "a.json", tmp_path / "b.json")

    assert ran.code == 1
    assert ran.out.splitlines()[1].split() == ["changed", "sf", "unknown", "s1/c1", "unknown", "s2/c1"]


# --- configs ------------------------------------------------------------------------------------------------


def config(version: str, links: dict[str, str]) -> str:
    return f"sf@{source_hash('sf', version)[:8]}/{config_hash(links)[:8]}"


def test_two_configs(apart: StoreBuilder, run: Runner) -> None:
    tree = apart.root / apart.platform / "sf" / source_hash("sf", "1.0-17") / config_hash(LINKED)
    (tree / "extra").write_text("x")

    ran = run("diff", config("1.0-17", {"Rcpp": "1.0.13"}), config("1.0-17", LINKED), "--store", apart.root)
    document = run(
        *("diff", config("1.0-17", {"Rcpp": "1.0.13"}), config("1.0-17", LINKED)), "--store", apart.root, "--json"
    ).json

    rows = [line.split() for line in ran.out.splitlines()[1:]]
    assert ran.code == 1
    assert rows == [
        ["links", "to", "!", "Rcpp", "unknown", source_hash("Rcpp", "1.0.13")[:8], "1.0.12", *rows[0][7:]],
        ["file", "+", "extra", "not", "there", "1", "B"],
    ]
    assert ran.err == "0 fields, 1 linked packages and 1 files differ\n"
    assert document["kind"] == "config"
    assert document["fields"] == []
    assert document["links"] == [
        {
            "name": "Rcpp",
            "change": "changed",
            "before": source_hash("Rcpp", "1.0.13"),
            "after": source_hash("Rcpp", "1.0.12"),
        }
    ]
    assert [(file["path"], file["change"], file["before"]) for file in document["files"]] == [
        ("extra", "came", None)
    ]


def test_two_versions(apart: StoreBuilder, run: Runner) -> None:
    ran = run("diff", config("1.0-16", LINKED), config("1.0-17", LINKED), "--store", apart.root)

    rows = [line.split() for line in ran.out.splitlines()[1:]]
    assert ["description", "!", "Version", "1.0-16", "1.0-17"] in rows
    assert [row[2:4] for row in rows if row[0] == "links"] == [["=", "Rcpp"]]


def test_a_package_alone_has_to_be_one_config(apart: StoreBuilder, run: Runner) -> None:
    ran = run("diff", "sf", "dplyr", "--store", apart.root)

    assert (ran.code, ran.out) == (2, "")
    assert "sf stands for 3 configs; say which: " in ran.err
    assert config("1.0-16", LINKED) in ran.err


# --- whole stores -------------------------------------------------------------------------------------------


def test_two_readings_of_a_store(apart: StoreBuilder, run: Runner, tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    run("scan", "--store", apart.root, "-o", old)
    shutil.rmtree(apart.root / apart.platform / "dplyr")
    apart.package("terra").source("1.7").config()
    apart.worker("w1", {"terra": ref("terra", "1.7")})
    apart.worker("w2", {})
    apart.app("shop", {"sf": ref("sf", "1.0-17", LINKED)})
    run("scan", "--store", apart.root, "-o", new)

    ran = run("diff", old, new)
    document = run("diff", old, new, "--json").json

    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert ran.code == 1
    assert lines[0] == "WHAT CHANGE NAME DETAILS"
    assert [line.rsplit(" ", 1)[0] for line in lines[1:3]] == ["config went dplyr 1.1.4", "config came terra 1.7"]
    assert lines[3] == "worker changed w1"
    assert lines[4].startswith("w1 went sf 1.0-16 ")
    assert lines[5].startswith("w1 came terra 1.7 ")
    assert "worker came w2" in lines
    assert "app changed shop" in lines
    assert ran.err == "2 configs, 2 workers, 1 app not the same\n"
    assert (document["kind"], document["differ"]) == ("store", True)
    assert [(x["package"], x["change"]) for x in document["configs"]] == [("dplyr", "went"), ("terra", "came")]
    assert [(x["worker_id"], x["change"], len(x["changes"])) for x in document["workers"]] == [
        ("w1", "changed", 2),
        ("w2", "came", 0),
    ]
    assert [change["package"] for change in document["apps"][0]["manifests"]["current"]] == ["Rcpp", "dplyr"]


def test_a_scan_beside_the_store_of_today(apart: StoreBuilder, run: Runner, tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    run("scan", "--store", apart.root, "-o", old)
    source = apart.package("dplyr").source("1.1.4")
    sidecar = source.path / f"{config_hash({})}.json"
    os.utime(sidecar)
    assert run("diff", old, apart.root).said == ["no difference; 1 config used again"]
    source.configs_json.unlink()

    ran = run("diff", old, apart.root)

    assert ran.code == 1
    assert "whole → orphan" in ran.out


# --- what is no use -----------------------------------------------------------------------------------------


def test_unlike_things(apart: StoreBuilder, run: Runner) -> None:
    ran = run("diff", "worker:w1", "dplyr", "--store", apart.root)

    assert (ran.code, ran.out) == (2, "")
    assert "worker:w1 is a manifest and dplyr is a config: they cannot be compared." in ran.err


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("nosuch", 2), ("sf@ffff", 2), ("worker:no", 3), ("app:no", 3), ("app:shop:next", 3), ("worker:..", 3),
        ("/", 3), ("/dev/null", 3),
    ],
)  # fmt: skip
def test_what_there_is_not(apart: StoreBuilder, run: Runner, what: str, code: int) -> None:
    ran = run("diff", what, "app:shop", "--store", apart.root)

    assert (ran.code, ran.out) == (code, "")
    assert what.removeprefix("worker:").removeprefix("app:") in ran.err


def test_a_manifest_that_cannot_be_read_is_not_taken_for_an_empty_one(apart: StoreBuilder, run: Runner) -> None:
    apart.worker("w3")
    (apart.worker("w4") / ".packages.json").write_text("{")

    for name in ("w3", "w4"):
        ran = run("diff", f"worker:{name}", "app:shop", "--store", apart.root)
        assert (ran.code, ran.out) == (3, "")
        assert name in ran.err


@pytest.mark.parametrize("text", ["", "[]", "{", "3", '{"sf": 3}'])
def test_a_file_that_is_nothing_of_the_kind(apart: StoreBuilder, run: Runner, tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.json"
    path.write_text(text)

    ran = run("diff", path, "app:shop", "--store", apart.root)

    assert (ran.code, ran.out) == (3, "")
    assert f"{path}: is no manifest, lockfile or saved scan: " in ran.err
