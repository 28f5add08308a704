"""The command check: what it prints, how it ends, and what evict takes of it."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from cli_helpers import Runner, command, environment

from builders import PLATFORM, StoreBuilder, ref
from damage import DAMAGES, copied, said, source, tree, whole
from pkgstore.findings import CODES
from pkgstore_tui.cli.diagnostics import ExitCode

FIELDS = ["code", "severity", "platform", "package", "source_hash", "config_hash", "path", "message", "repair"]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return whole(tmp_path_factory.mktemp("sound"))


def test_a_whole_store(sound: Path, run: Runner) -> None:
    text, document = run("check", "--store", sound), run("check", "--store", sound, "--json")
    assert (text.code, text.out, text.err) == (0, "", "check: nothing is wrong\n")
    assert (document.code, document.json) == (0, {"schema_version": 1, "findings": []})


@pytest.mark.parametrize("code", DAMAGES)
def test_each_code(sound: Path, tmp_path: Path, run: Runner, code: str) -> None:
    root = copied(sound, tmp_path / "copy")
    DAMAGES[code](root)
    ran = run("check", "--store", root, "--json")
    found = ran.json["findings"]
    assert list(ran.json) == ["schema_version", "findings"]
    assert all(list(row) == FIELDS for row in found)
    assert sorted(row["code"] for row in found) == said(code)
    assert ran.code == (1 if any(row["severity"] != "advice" for row in found) else 0)
    (row, *_) = (row for row in found if row["code"] == code)
    assert CODES[code].meaning in row["message"]
    assert row["path"].startswith(str(root.parent))
    assert run("check", "--store", root, "--fail-on", code).code == 1
    others = ",".join(CODES.keys() - {row["code"] for row in found})
    assert run("check", "--store", root, "--fail-on", others.lower()).code == 0
    assert f"{code} (" in run("check", "--store", root).out


def one(root: Path, run: Runner) -> dict[str, str]:
    (row,) = run("check", "--store", root, "--json").json["findings"]
    return row


def test_a_config_by_name_and_hashes(sound: Path, tmp_path: Path, run: Runner) -> None:
    root = copied(sound, tmp_path / "copy")
    DAMAGES["ORPHAN-TREE"](root)
    row = one(root, run)
    assert (row["platform"], row["package"]) == (PLATFORM, "orphan")
    assert (row["source_hash"], row["config_hash"]) == (source(root, "orphan").name, tree(root, "orphan").name)
    assert row["message"].startswith(f"orphan 1.0 {row['config_hash'][:8]}: without sidecar; ")
    assert row["repair"] == CODES["ORPHAN-TREE"].repair


def test_a_lock_by_what_it_locks(sound: Path, tmp_path: Path, run: Runner) -> None:
    root = copied(sound, tmp_path / "copy")
    DAMAGES["STALE-LOCK"](root)
    row = one(root, run)
    assert (row["package"], row["source_hash"]) == ("dplyr", source(root, "dplyr").name)
    assert row["config_hash"] is None
    assert row["repair"] == CODES["STALE-LOCK"].repair


def test_each_package_that_a_manifest_lacks(store: StoreBuilder, run: Runner) -> None:
    store.package("Rcpp").source("1.0").config()
    store.app("shop", {"Rcpp": ref("Rcpp", "1.0"), "sf": ref("sf", "2"), "s2": ref("s2", "3", {"Rcpp": "1.0"})})
    rows = run("check", "--store", store.root, "--json").json["findings"]
    assert [(row["code"], row["package"], f"{row['source_hash']}/{row['config_hash']}") for row in rows] == [
        ("DANGLING-ROOT", "s2", ref("s2", "3", {"Rcpp": "1.0"})),
        ("DANGLING-ROOT", "sf", ref("sf", "2")),
    ]
    assert rows[0]["message"].startswith("shop (current): s2 unknown")
    assert rows[0]["path"].endswith("shop/store-manifest.json")
    assert all(row["platform"] is None for row in rows)
    assert "shop (current): s2, sf not in the store" in run("check", "--store", store.root).out


def test_only_one_platform(store: StoreBuilder, run: Runner) -> None:
    other = "4.6-x86_64-pc-linux-gnu"
    store.package("sf").source("1").config(sidecar=False)
    store.package("s2").source("1").config()
    store.on(other).package("sf").source("1").config(used="3d", listed=False)
    store.worker("w1", {"sf": ref("sf", "9")})
    rows = run("check", "--store", store.root, "--platform", other, "--json").json["findings"]
    assert {(row["code"], row["platform"]) for row in rows} == {
        ("BROKEN-INSTALL", None),
        ("DEAD-PLATFORM", other),
        ("ORPHAN-TREE", other),
    }
    ran = run("check", "--store", store.root, "--platform", "4.7-none")
    assert (ran.code, ran.out) == (2, "")
    assert "has no platform 4.7-none" in ran.err


def test_many_are_counted_and_all_are_named_where_that_is_asked_for(store: StoreBuilder, run: Runner) -> None:
    for number in range(30):
        store.package(f"p{number:02}").source("1").config(sidecar=False)
    few, every = run("check", "--store", store.root), run("check", "--store", store.root, "-v")
    assert "WARNING ORPHAN-TREE (30): " in few.out
    assert "  and 10 more; -v names all\n" in few.out
    assert "p29" not in few.out
    assert "p29 1 e3b0c442: without sidecar\n" in every.out
    assert every.out.count(f"    {store.root}") == 30
    assert few.err == "check: 0 errors, 30 warnings\n"


def test_apps_in_another_folder(sound: Path, tmp_path: Path, run: Runner) -> None:
    root = copied(sound, tmp_path / "copy")
    DAMAGES["DANGLING-ROOT"](root)
    (tmp_path / "elsewhere").mkdir()
    assert run("check", "--store", root, "--apps", tmp_path / "elsewhere").code == 0
    assert run("check", "--store", root, "--apps", root.parent).code == 1


def test_a_root_that_is_not_there(tmp_path: Path, run: Runner) -> None:
    ran = run("check", "--store", tmp_path / "none", "--json")
    assert (ran.code, ran.out) == (3, "")


def test_builds_of_builds_only_where_they_are_asked_for(store: StoreBuilder, run: Runner) -> None:
    weak = store.package("sf").source("1").config()
    assert weak.key
    assert run("check", "--store", store.root, "--json").json["findings"] == []
    deep = run("check", "--store", store.root, "--deep", "--json")
    assert ([row["code"] for row in deep.json["findings"]], deep.code) == (["WEAK-KEY"], 0)


def test_ctrl_c_ends_it(sound: Path) -> None:
    line = command("check", "--store", sound)
    ran = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
    ran.send_signal(signal.SIGINT)
    _, error = ran.communicate(timeout=60)
    assert b"Traceback" not in error or ran.returncode == -signal.SIGINT  # before Python itself was there
    assert ran.returncode in {0, 130, -signal.SIGINT}


# --- what evict takes of it ------------------------------------------------------------------------------


@pytest.fixture
def wrong(store: StoreBuilder) -> StoreBuilder:
    """A store with configs that are better gone, one that somebody needs, and what no eviction mends."""
    store.package("orphan").source("1").config(sidecar=False)
    store.package("sidecar").source("1").config(tree=False, listed=False)
    store.package("mixed").source("1").config(built="R 4.4.1")
    store.package("phantom").source("1").config(tree=False, sidecar=False)
    store.package("held").source("1").config(built="R 4.4.1")
    store.package("whole").source("1").config()
    store.package("plenty").source("1").config()
    store.worker("w1", {"held": ref("held", "1"), "gone": ref("gone", "1")})
    store.on("4.6-x86_64-pc-linux-gnu").package("orphan").source("1").config(used="9d", listed=False)
    return store


def test_evict_takes_what_is_better_gone(wrong: StoreBuilder, tmp_path: Path, run: Runner) -> None:
    path = tmp_path / "found.json"
    path.write_text(run("check", "--store", wrong.root, "--json").out)
    ran = run("evict", "--store", wrong.root, "--platform", PLATFORM, "--from", path, "--yes", "--json")
    assert (ran.code, ran.json["removed"], ran.json["kept"]) == (0, 3, 1)
    assert "findings: no config that is better gone, or not there" in ran.err
    left = set(os.listdir(wrong.root / PLATFORM))
    assert left == {"phantom", "held", "whole", "plenty"}
    assert (wrong.root / "4.6-x86_64-pc-linux-gnu" / "orphan").exists()


def test_evict_passes_over_what_is_gone_by_then(wrong: StoreBuilder, tmp_path: Path, run: Runner) -> None:
    path = tmp_path / "found.json"
    path.write_text(run("check", "--store", wrong.root, "--json").out)
    line = ("evict", "--store", wrong.root, "--platform", PLATFORM, "--from", path, "--yes")
    assert run(*line).code == 0
    again = run(*line, "--json")
    assert (again.code, again.json["removed"]) == (0, 0)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        '{"findings": 1}',
        '{"findings": [1]}',
        '{"findings": [{"code": "PHANTOM"}]}',
        '{"findings": null}',
    ],
)
def test_evict_says_what_a_file_is_not(wrong: StoreBuilder, tmp_path: Path, run: Runner, text: str) -> None:
    path = tmp_path / "found.json"
    path.write_text(text)
    ran = run("evict", "--store", wrong.root, "--platform", PLATFORM, "--from", path, "--yes")
    assert ran.code == ExitCode.UNREADABLE
    assert "is neither lines with refs nor what `pkgstore check --json` prints" in ran.err


def test_evict_takes_no_names_for_more_than_they_are(wrong: StoreBuilder, tmp_path: Path, run: Runner) -> None:
    row = dict.fromkeys(FIELDS) | {"code": "ORPHAN-TREE", "severity": "warning", "platform": PLATFORM}
    odd = [{**row, "code": []}, {**row, "package": "..", "source_hash": {}}, {**row, "platform": []}, row]
    path = tmp_path / "found.json"
    path.write_text(json.dumps({"findings": odd}))
    ran = run("evict", "--store", wrong.root, "--platform", PLATFORM, "--from", path, "--yes", "--json")
    assert (ran.code, ran.json["removed"]) == (0, 0)
