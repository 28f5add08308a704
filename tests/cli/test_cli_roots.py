"""pkgstore roots: who holds what, what is lacking, by name."""

import json
import os
from pathlib import Path

import pytest
from cli_helpers import HOSTILE, HOSTILE_SHOWN, Runner, nothing_changes

from builders import StoreBuilder, config_hash, entry, ref, source_hash, write_lockfile

SF = {"sf": ref("sf", "1.0-16", {"Rcpp": "1.0.12"})}
GONE = {"gone": ref("gone", "2.0")}


@pytest.fixture
def held(full: StoreBuilder) -> StoreBuilder:
    """The full store, with an app, its rollback target, and a build."""
    shop = full.app("shop", SF, prev={"dplyr": ref("dplyr", "1.1.4")})
    write_lockfile(shop / "pak.lock", entry("sf", "1.0-16", repotype="cran"), entry("gone", "2.0"))
    for path in (full.work("b1", SF), *shop.iterdir()):
        os.utime(path, (full.now - 3 * 3600, full.now - 3 * 3600))
    return full


def cells(text: str) -> list[list[str]]:
    """The cells of each line, without the empty ones."""
    return [[cell.strip() for cell in line.split("  ") if cell] for line in text.splitlines()]


class TestEachRoot:
    def test_is_a_row(self, run: Runner, held: StoreBuilder) -> None:
        ran = run("roots", "--store", held.root)
        assert ran.code == 0
        assert cells(ran.out) == [
            ["TIER", "OWNER", "PACKAGES", "DANGLING", "CHANGED"],
            ["worker", "build b1 (in progress)", "1", "0", "3h"],
            ["worker", "worker w1", "1", "0", "5d"],
            ["current", "shop (current)", "1", "0", "3h"],
            ["prev", "shop (rollback: .prev)", "1", "0", "3h"],
        ]
        assert ran.said == ["4 roots"]

    def test_says_what_it_lacks(self, run: Runner, held: StoreBuilder) -> None:
        held.app("shop", {**SF, **GONE, "odd": ref("odd", "3")})
        ran = run("roots", "--store", held.root)
        assert ran.code == 1
        table = cells(ran.out)
        assert ["current", "shop (current)", "3", "2"] in [row[:4] for row in table]
        assert table[-3:] == [
            ["DANGLING", "CONFIG", "ASKED FOR BY"],
            ["gone 2.0", config_hash({})[:8], "shop (current)"],
            [f"odd unknown ({source_hash('odd', '3')[:8]})", config_hash({})[:8], "shop (current)"],
        ]
        assert "2 dangling refs" in ran.err

    def test_of_another_folder_of_apps(self, run: Runner, held: StoreBuilder, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "shop").rename(tmp_path / "elsewhere" / "maps")
        ran = run("roots", "--store", held.root, "--apps", tmp_path / "elsewhere")
        assert "maps (current)" in ran.out
        assert ran.code == 0

    def test_in_json(self, run: Runner, held: StoreBuilder) -> None:
        held.app("shop", GONE)
        ran = run("roots", "--store", held.root, "--json")
        assert ran.code == 1
        assert (ran.json["schema_version"], ran.json["complete"], ran.json["damage"]) == (1, True, [])
        assert ran.json["root"] == str(held.root)
        shop = held.root.parent / "shop"
        (current,) = [root for root in ran.json["roots"] if root["tier"] == "current"]
        assert current.pop("changed") == pytest.approx((shop / "store-manifest.json").stat().st_mtime)
        assert current == {
            "tier": "current",
            "owner": "shop (current)",
            "name": "shop",
            "path": str(shop / "store-manifest.json"),
            "packages": 1,
            "dangling": [
                {
                    "package": "gone",
                    "version": "2.0",
                    "remote": None,
                    "source_hash": source_hash("gone", "2.0"),
                    "config_hash": config_hash({}),
                }
            ],
        }
        assert "configs" not in ran.json

    def test_of_an_empty_store(self, run: Runner, store: StoreBuilder) -> None:
        ran = run("roots", "--store", store.root)
        assert (ran.code, ran.said) == (0, ["0 roots"])


class TestAPackage:
    def test_is_a_row_for_each_that_holds_it(self, run: Runner, held: StoreBuilder) -> None:
        held.package("sf").source("1.0-16").config(used="1d")
        ran = run("roots", "sf", "--store", held.root)
        assert ran.code == 0
        linked, plain = config_hash({"Rcpp": "1.0.12"})[:8], config_hash({})[:8]
        wanted = [(linked, owner) for owner in ("build b1 (in progress)", "worker w1", "shop (current)")]
        rows = [(row[0], row[1], row[-1]) for row in cells(ran.out)]
        assert rows[0] == ("PACKAGE", "CONFIG", "HELD BY")
        assert sorted(rows[1:]) == sorted(("sf 1.0-16 (CRAN)", *row) for row in [*wanted, (plain, "nobody")])

    def test_that_only_a_root_names(self, run: Runner, held: StoreBuilder) -> None:
        held.app("shop", {**GONE, "odd": "x/y"})
        ran = run("roots", "gone", "--store", held.root)
        assert ran.code == 1
        assert cells(ran.out) == [
            ["DANGLING", "CONFIG", "ASKED FOR BY"],
            ["gone 2.0", config_hash({})[:8], "shop (current)"],
        ]

    def test_that_nobody_knows(self, run: Runner, held: StoreBuilder) -> None:
        ran = run("roots", "nope", "sf", "--store", held.root)
        assert ran.code == 1
        assert ran.said == [f"pkgstore: {held.root}: has no nope"]

    def test_whose_tree_is_gone(self, run: Runner, full: StoreBuilder) -> None:
        full.package("R6").source("2.5").config(tree=False)
        full.app("shop", {"R6": ref("R6", "2.5")})
        ran = run("roots", "R6", "--store", full.root)
        assert ran.code == 1
        assert cells(ran.out)[1][3:] == ["no tree", "shop (current)"]

    def test_in_json(self, run: Runner, held: StoreBuilder) -> None:
        found = run("roots", "dplyr", "--store", held.root, "--json").json
        assert found["configs"] == [
            {
                "platform": held.platform,
                "package": "dplyr",
                "version": "1.1.4",
                "remote": None,
                "source_hash": source_hash("dplyr", "1.1.4"),
                "config_hash": config_hash({}),
                "has_tree": True,
                "held_by": [{"tier": "prev", "owner": "shop (rollback: .prev)"}],
            }
        ]


def test_a_saved_scan_tells_the_same(run: Runner, held: StoreBuilder, tmp_path: Path) -> None:
    held.app("shop", {**SF, **GONE})
    assert run("scan", "--store", held.root, "-o", tmp_path / "saved_scan").code == 0
    now, then = (
        run("roots", "--store", held.root, "--json"),
        run("roots", "--from", tmp_path / "saved_scan", "--json"),
    )
    assert then.code == now.code == 1
    assert then.json["roots"] == now.json["roots"]


class TestLockfilesForNames:
    def test_name_what_the_store_lacks(self, run: Runner, full: StoreBuilder, tmp_path: Path) -> None:
        full.app("shop", GONE)
        assert "gone unknown (" in run("roots", "gone", "--store", full.root).out
        lock = write_lockfile(tmp_path / "old.lock", entry("gone", "2.0"))
        assert "gone 2.0 " in run("roots", "gone", "--store", full.root, "--lock", lock).out

    def test_are_used_as_far_as_they_can_be_read(self, run: Runner, full: StoreBuilder, tmp_path: Path) -> None:
        full.app("shop", GONE)
        lock = write_lockfile(tmp_path / "old.lock", entry("gone", "2.0"), entry("x", rversion=None))
        ran = run("roots", "gone", "--store", full.root, "--lock", lock)
        assert "gone 2.0 " in ran.out

    def test_have_to_be_there(self, run: Runner, full: StoreBuilder, tmp_path: Path) -> None:
        ran = run("roots", "--store", full.root, "--lock", tmp_path / "nowhere")
        assert (ran.code, ran.out) == (3, "")
        assert "nowhere: cannot read this lockfile: No such file" in ran.err


class TestWhatCannotBeRead:
    def test_is_said_and_so_is_what_follows(self, run: Runner, held: StoreBuilder) -> None:
        path = held.root.parent / "shop" / "store-manifest.json.prev"
        path.write_text("{")
        ran = run("roots", "--store", held.root)
        assert ran.code == 1
        assert ran.said[1].startswith(f"pkgstore: {path}: ")
        assert ran.said[2].startswith("pkgstore: not every root could be read")
        assert len(ran.said) == 3
        found = run("roots", "--store", held.root, "--json").json
        assert (found["complete"], [item["path"] for item in found["damage"]]) == (False, [str(path)])

    def test_a_malformed_ref(self, run: Runner, held: StoreBuilder) -> None:
        held.app("shop", {"sf": "abc"})
        ran = run("roots", "--store", held.root)
        assert ran.code == 1
        assert "shop/store-manifest.json: malformed store ref 'abc' of package sf" in ran.err

    def test_no_folder_of_apps(self, run: Runner, held: StoreBuilder, tmp_path: Path) -> None:
        ran = run("roots", "--store", held.root, "--apps", tmp_path / "nowhere")
        assert ran.code == 1
        assert "nowhere: cannot list this folder: No such file" in ran.err
        assert "not every root could be read" in ran.err


def test_hostile_names_are_harmless(run: Runner, held: StoreBuilder) -> None:
    name = HOSTILE + os.fsdecode(b"\xe9")
    held.app(name, {HOSTILE: ref("x", "1"), "[/foo] [bold": "a/b"})
    held.worker(name, {"sf": HOSTILE})
    ran = run("roots", "--store", held.root)
    assert f"{HOSTILE_SHOWN}\ufffd (current)" in ran.out
    assert all(character.isprintable() or character == "\n" for character in ran.out + ran.err)
    asked = run("roots", HOSTILE, "--store", held.root)
    assert f"{HOSTILE_SHOWN} unknown (" in asked.out
    assert json.loads(run("roots", "--store", held.root, "--json").out)["complete"] is False


def test_nothing_changes(run: Runner, held: StoreBuilder) -> None:
    held.package("sf").source("1.0-16").locked()
    with nothing_changes(held.root.parent):
        run("roots", "--store", held.root)
        run("roots", "sf", "gone", "--store", held.root, "--json")
