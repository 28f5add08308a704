"""df: how big the store is, by platform, package, app and worker; counted by inode on the disk."""

import os
from pathlib import Path

import pytest
from cli_helpers import HOSTILE, HOSTILE_SHOWN, Runner, nothing_changes

from builders import PLATFORM, StoreBuilder, ref
from pkgstore_tui.format import human_bytes

OTHER = "4.4-x86_64-pc-linux-gnu"
SF = ref("sf", "1.0-16", {"Rcpp": "1.0.12"})


def tree(store: StoreBuilder, package: str, where: str, platform: str = PLATFORM) -> Path:
    return store.root / platform / package / where


def measured(*trees: Path) -> dict[str, int]:
    """The bytes and files of trees, each inode once."""
    status = {s.st_ino: s for t in trees for s in (path.lstat() for path in t.rglob("*") if not path.is_dir())}
    return {
        "apparent_bytes": sum(s.st_size for s in status.values()),
        "disk_bytes": sum(s.st_blocks * 512 for s in status.values()),
        "files": len(status),
    }


def part(*trees: Path) -> dict[str, int]:
    return {"configs": len(trees), **measured(*trees)}


def link(source: Path, target: Path) -> None:
    """Hard-link a tree, as an assembly does."""
    for path in sorted(source.rglob("*")):
        new = target / path.relative_to(source)
        if path.is_dir():
            new.mkdir(parents=True)
        else:
            new.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, new)


@pytest.fixture
def trees(full: StoreBuilder) -> dict[str, Path]:
    """The trees of `full`, whose worker really has sf."""
    found = {
        "Rcpp": tree(full, "Rcpp", ref("Rcpp", "1.0.12")),
        "sf": tree(full, "sf", SF),
        "dplyr": tree(full, "dplyr", ref("dplyr", "1.1.4")),
    }
    link(found["sf"], full.root / ".workers" / "w1" / "sf")
    return found


def test_json_says_all_of_a_platform(full: StoreBuilder, trees: dict[str, Path], run: Runner) -> None:
    ran = run("df", "--store", full.root, "--json")

    sums = {
        "packages": 3,
        "sources": 3,
        **part(*trees.values()),
        "own_disk_bytes": measured(trees["Rcpp"], trees["dplyr"])["disk_bytes"],
        "shared_disk_bytes": measured(trees["sf"])["disk_bytes"],
        "rooted": part(trees["sf"]),
        "idle": part(trees["Rcpp"], trees["dplyr"]),
        "orphan": part(),
    }
    assert (ran.code, ran.err) == (0, "")
    assert ran.json == {
        "schema_version": 1,
        "root": str(full.root),
        "by": "platform",
        "rows": [{"platform": PLATFORM, **sums}],
        "total": sums,
        "trash": {"disk_bytes": 0, "own_disk_bytes": 0, "files": 0},
        "unread": 0,
        "linked_outside": None,
        "damage": [],
    }


def test_text_is_a_table(full: StoreBuilder, trees: dict[str, Path], run: Runner) -> None:
    ran = run("df", "--store", full.root)

    size = {name: human_bytes(measured(path)["disk_bytes"]) for name, path in trees.items()}
    rest = human_bytes(measured(trees["Rcpp"], trees["dplyr"])["disk_bytes"])
    whole = measured(*trees.values())
    sizes = f"{human_bytes(whole['apparent_bytes'])} {human_bytes(whole['disk_bytes'])} {size['sf']}"
    headings, row = ran.out.splitlines()
    assert headings.split("  ")[0] == "PLATFORM"
    assert row.split() == f"{PLATFORM} 3 3 3 {sizes} 1 ({size['sf']}) 2 ({rest}) 0 (0 B)".split()
    assert (ran.code, ran.err) == (0, "")


def test_several_platforms_have_a_total(full: StoreBuilder, run: Runner) -> None:
    full.on(OTHER).package("sf").source("0.9").config()

    lines = run("df", "--store", full.root).out.splitlines()

    assert [line.split()[:4] for line in lines[1:]] == [
        [OTHER, "1", "1", "1"],
        [PLATFORM, "3", "3", "3"],
        ["total", "4", "4", "4"],
    ]
    one = run("df", "--store", full.root, "--platform", OTHER).out.splitlines()
    assert [line.split()[0] for line in one[1:]] == [OTHER]


def test_a_platform_that_is_not_there(full: StoreBuilder, run: Runner) -> None:
    ran = run("df", "--store", full.root, "--platform", OTHER)

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == f"pkgstore: {full.root}: has no platform {OTHER}\n"


def test_by_package(full: StoreBuilder, trees: dict[str, Path], run: Runner) -> None:
    rows = run("df", "--store", full.root, "--by", "package", "--json").json["rows"]
    assert {row["package"]: row["disk_bytes"] for row in rows} == {
        name: measured(path)["disk_bytes"] for name, path in trees.items()
    }
    assert {row["package"]: row["rooted"]["configs"] for row in rows} == {"Rcpp": 0, "dplyr": 0, "sf": 1}

    lines = run("df", "--store", full.root, "--by", "package").out.splitlines()
    assert [line.split()[:4] for line in lines] == [
        ["PACKAGE", "PLATFORM", "SOURCES", "CONFIGS"],
        *([name, PLATFORM, "1", "1"] for name in ("Rcpp", "dplyr", "sf")),
    ]


def test_by_app_says_what_no_other_holds(full: StoreBuilder, trees: dict[str, Path], run: Runner) -> None:
    mine, theirs = {"Rcpp": ref("Rcpp", "1.0.12")}, {"dplyr": ref("dplyr", "1.1.4")}
    full.app("shop", mine | {"sf": SF}, prev=theirs)
    full.app("till", theirs, build=theirs)

    shop, till = run("df", "--store", full.root, "--by", "app", "--json").json["rows"]

    assert shop == {
        "app": "shop",
        **part(*trees.values()),
        "only_here": part(trees["Rcpp"]),  # the worker has sf, the other app dplyr
        "in_no_config": None,
    }
    assert (till["app"], till["configs"], till["only_here"]) == ("till", 1, part())
    lines = run("df", "--store", full.root, "--by", "app").out.splitlines()
    size = human_bytes(measured(trees["Rcpp"])["disk_bytes"])
    assert [line.split()[0] for line in lines] == ["APP", "shop", "till"]
    assert lines[1].endswith(f"1 ({size})")


def test_by_worker_measures_libraries_only_when_asked(
    full: StoreBuilder, trees: dict[str, Path], run: Runner
) -> None:
    (row,) = run("df", "--store", full.root, "--by", "worker", "--json").json["rows"]
    assert (row["configs"], row["only_here"], row["in_no_config"]) == (1, part(trees["sf"]), None)

    (row,) = run("df", "--store", full.root, "--by", "worker", "--libraries", "--json").json["rows"]
    manifest = (full.root / ".workers" / "w1" / ".packages.json").stat()
    assert row["in_no_config"] == {"apparent_bytes": manifest.st_size, "disk_bytes": manifest.st_blocks * 512}

    headings, line = run("df", "--store", full.root, "--by", "worker", "--libraries").out.splitlines()
    assert headings.endswith("IN NO CONFIG")
    assert line.endswith(human_bytes(manifest.st_blocks * 512))
    alone = run("df", "--store", full.root, "--by", "worker", "--libraries", "--platform", PLATFORM)
    assert alone.out.splitlines()[1].endswith("unknown"), "a config of another platform may have it"


def test_a_link_outside_the_store_is_a_finding(
    full: StoreBuilder, trees: dict[str, Path], run: Runner, tmp_path: Path
) -> None:
    file = trees["sf"] / "DESCRIPTION"
    os.link(file, tmp_path / "outside")
    assert run("df", "--store", full.root).code == 0, "not known without the libraries"

    ran = run("df", "--store", full.root, "--libraries")

    size = human_bytes(file.stat().st_blocks * 512)
    assert ran.code == 1
    assert ran.err == (f"pkgstore: {trees['sf']}: {size} are linked from outside the store too, and never freed\n")
    found = run("df", "--store", full.root, "--libraries", "--json").json["linked_outside"]
    assert found == [{"platform": PLATFORM, "package": "sf", "ref": SF, "disk_bytes": file.stat().st_blocks * 512}]


def test_idle_is_unknown_where_a_manifest_cannot_be_read(
    full: StoreBuilder, trees: dict[str, Path], run: Runner
) -> None:
    (full.root / ".workers" / "w1" / ".packages.json").write_text("{")

    ran = run("df", "--store", full.root)

    assert ran.code == 1
    assert ran.out.splitlines()[1].split()[-4:] == ["unknown", "0", "(0", "B)"]
    assert ran.said[0].startswith("pkgstore: what is idle is not known")
    assert [line for line in ran.said if "/w1/.packages.json" in line] == ran.said[1:]
    assert len(ran.said) == 2
    (row,) = run("df", "--store", full.root, "--json").json["rows"]
    assert row["idle"] is None


def test_orphans_are_counted(store: StoreBuilder, run: Runner) -> None:
    unlisted = store.package("sf").source().config(listed=False)
    store.package("s2").source().config(tree=False, listed=False)
    store.package("xz").source().config(tree=False, sidecar=False)

    (row,) = run("df", "--store", store.root, "--json").json["rows"]

    assert row["configs"] == 3
    assert row["orphan"] == {"configs": 2, **measured(unlisted.tree)}
    assert row["disk_bytes"] == measured(unlisted.tree)["disk_bytes"], "a phantom has no bytes"


def test_an_empty_store(store: StoreBuilder, run: Runner) -> None:
    ran = run("df", "--store", store.root)
    assert (ran.code, ran.err, len(ran.out.splitlines())) == (0, "", 1)


def test_hostile_names_are_shown_harmlessly(store: StoreBuilder, run: Runner) -> None:
    store.package(HOSTILE).source().config()
    store.worker(HOSTILE, {})
    for group in ("package", "worker"):
        line = run("df", "--store", store.root, "--by", group).out.splitlines()[1]
        assert line.startswith(HOSTILE_SHOWN)


def test_changes_nothing(full: StoreBuilder, trees: dict[str, Path], run: Runner) -> None:
    with nothing_changes(full.root):
        run("df", "--store", full.root, "--libraries")


def test_no_progress_without_a_terminal(full: StoreBuilder, run: Runner) -> None:
    assert run("df", "--store", full.root).err == ""
