"""The command repair: what it shows, asks, does and says, and how it ends."""

import json
import shutil
from pathlib import Path

import pytest
from cli_helpers import HOSTILE, Runner, nothing_changes

from builders import PLATFORM, StoreBuilder, config_hash, entry, ref, write_lockfile
from damage import DAMAGES, copied, source, whole
from pkgstore_tui.cli.diagnostics import ExitCode


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return whole(tmp_path_factory.mktemp("sound"))


def hurt(sound: Path, tmp_path: Path, *codes: str) -> Path:
    root = copied(sound, tmp_path / "copy")
    for code in codes:
        DAMAGES[code](root)
    return root


def test_a_whole_store(sound: Path, run: Runner) -> None:
    with nothing_changes(sound.parent):
        ran = run("repair", "--store", sound, "--yes")
    assert (ran.code, ran.out, ran.err) == (0, "", "repair: nothing repaired\n")


def test_a_plan_is_shown_and_changes_nothing(sound: Path, tmp_path: Path, run: Runner) -> None:
    root = hurt(sound, tmp_path, "PHANTOM", "DRIFT")
    with nothing_changes(root.parent):
        ran = run("repair", "--plan", "--store", root)
        full = run("repair", "--plan", "-v", "--store", root)
    assert ran.code == ExitCode.FINDINGS
    assert ran.said == [
        f"would mend phantom unknown ({source(root, 'phantom').name[:8]}) (PHANTOM)",
        "  lists e3b0c442, whose tree is gone: listed no more",
        "DRIFT stays: other people's code can write into a worker's library: nothing is copied back from there "
        "(restart the worker, so that its library is assembled anew)",
        "  worker w1: shiny: DESCRIPTION is not the store's file",
        "repair: 1 thing would be mended, 1 finding would stay; nothing was changed",
    ]
    assert f"    {source(root, 'phantom') / 'configs.json'}" in full.said


def test_what_is_done_is_said_and_can_be_undone(sound: Path, tmp_path: Path, run: Runner) -> None:
    root = hurt(sound, tmp_path, "WRONG-PACKAGE", "ORPHAN-TREE", "STALE-STAGING")
    ran = run("repair", "--store", root, "--yes")
    assert (ran.code, ran.out) == (0, "")
    assert "repair: 1 repaired, 1 moved to the trash, 1 cleaned up" in ran.said
    assert run("check", "--store", root).code == 0
    operation = ran.said[-1].rpartition(" ")[2]
    assert ran.said[-1] == f"put back what is in the trash with: pkgstore restore {operation}"
    assert run("restore", operation, "--yes", "--store", root).code == 0
    assert "WRONG-PACKAGE" in run("check", "--store", root).out
    again = run("repair", "--only", "orphan-tree,stale-staging", "--store", root, "--yes")
    assert (again.code, again.err) == (0, "repair: nothing repaired\n")


def test_without_a_terminal_nothing_is_done_unasked(sound: Path, tmp_path: Path, run: Runner) -> None:
    root = hurt(sound, tmp_path, "PHANTOM")
    with nothing_changes(root.parent):
        ran = run("repair", "--store", root)
    assert ran.code == ExitCode.REFUSED
    assert ran.said[-1] == "pkgstore: 1 thing would be mended; nothing was changed; give --yes to do it"


def test_json(sound: Path, tmp_path: Path, run: Runner) -> None:
    root = hurt(sound, tmp_path, "BAD-META", "WEAK-KEY")
    plan = run("repair", "-n", "--store", root, "--json")
    assert plan.code == 0, "advice is no reason to fail"
    (item,), (stays,) = plan.json["items"], plan.json["stays"]
    assert (item["codes"], item["phase"], item["subject"]["package"]) == (["BAD-META"], "mend", "meta")
    assert item["steps"][-1]["after"] == "listed, built against nothing"
    assert (stays["code"], stays["severity"]) == ("WEAK-KEY", "advice")
    assert stays["why"]
    done = run("repair", "--store", root, "--json", "--yes").json
    assert done["items"] == plan.json["items"]
    assert (done["repaired"], done["removed"], done["failed"], done["operation"]) == (1, 0, 0, None)


def test_only_what_check_printed(sound: Path, tmp_path: Path, run: Runner) -> None:
    root = hurt(sound, tmp_path, "PHANTOM")
    rows = tmp_path / "rows.json"
    rows.write_text(run("check", "--store", root, "--json").out)
    DAMAGES["ORPHAN-SIDECAR"](root)
    assert run("repair", "--from", rows, "--store", root, "--yes").code == 0
    assert "PHANTOM" not in (out := run("check", "--store", root).out)
    assert "ORPHAN-SIDECAR" in out


@pytest.mark.parametrize("text", ["", "[]", '{"findings": [{}]}', '{"findings": 1}'])
def test_a_file_that_check_did_not_print(sound: Path, tmp_path: Path, run: Runner, text: str) -> None:
    (tmp_path / "rows.json").write_text(text)
    ran = run("repair", "--from", tmp_path / "rows.json", "--store", sound, "--yes")
    assert ran.code == ExitCode.UNREADABLE
    assert f"{tmp_path / 'rows.json'}: is not what `pkgstore check --json` prints" in ran.err


def test_files_that_are_not_there(sound: Path, tmp_path: Path, run: Runner) -> None:
    for option in ("--from", "--lock"):
        ran = run("repair", option, tmp_path / "none", "--store", sound)
        assert ran.code == ExitCode.UNREADABLE
        assert str(tmp_path / "none") in ran.err


def test_a_lockfile_that_tells_keys(store: StoreBuilder, tmp_path: Path, run: Runner) -> None:
    store.package("Rcpp").source("1").config()
    store.package("sf").source("1").config({"Rcpp": "0.9"}).configs_json.unlink()
    ran = run("repair", "-n", "--store", store.root)
    assert ran.code == ExitCode.FINDINGS
    assert f"no keys in reach of what it links to (Rcpp) hash to {config_hash({'Rcpp': '0.9'})[:8]}" in ran.err
    assert "--lock" in ran.err
    lock = write_lockfile(tmp_path / "old.lock", entry("Rcpp", "0.9"))
    assert run("repair", "--lock", lock, "--store", store.root, "--yes").code == 0
    assert run("check", "--store", store.root).code == 0


def test_a_lock_that_others_hold(sound: Path, tmp_path: Path, run: Runner) -> None:
    root = hurt(sound, tmp_path, "STALE-STAGING")
    path = source(root, "meta") / "configs.json"
    path.write_text("{")
    lock = root / ".locks" / PLATFORM / "meta" / f"{source(root, 'meta').name}.lock"
    lock.mkdir(parents=True)
    line = ("repair", "--store", root, "--yes", "--lock-timeout", "0s")
    assert run(*line, "--only", "BAD-META").code == ExitCode.LOCK_BUSY
    assert run(*line).code == ExitCode.PARTLY
    lock.rmdir()
    assert run(*line).code == 0


def test_check_names_it_and_leads_to_it(sound: Path, tmp_path: Path, run: Runner) -> None:
    root = hurt(sound, tmp_path, "PHANTOM", "ORPHAN-SIDECAR", "DRIFT")
    out = run("check", "--store", root).out
    assert "(pkgstore repair --only PHANTOM)" in out
    assert "--only DRIFT" not in out
    ran = run("check", "--repair", "phantom", "--yes", "--store", root)
    assert (ran.code, ran.out) == (0, "")
    assert "repair: 1 repaired" in ran.said
    assert sorted(row["code"] for row in run("check", "--store", root, "--json").json["findings"]) == [
        "DRIFT",
        "ORPHAN-SIDECAR",
    ]


def test_a_repair_is_told_only_where_there_is_one(store: StoreBuilder, run: Runner) -> None:
    made = store.package("sf").source("1").config()
    (made.tree / "DESCRIPTION").unlink()
    store.app("shop", {})
    (store.root.parent / "shop" / "store-manifest.json").write_text("{")
    (store.worker("w1", {}) / ".packages.json").write_text("{")
    rows = run("check", "--store", store.root, "--json").json["findings"]
    repairs = {(row["code"], Path(row["path"]).name): row["repair"] for row in rows}
    assert repairs[("DAMAGE", "store-manifest.json")] is None
    assert repairs[("BAD-META", made.last)] is None
    assert repairs[("DAMAGE", ".packages.json")]


def test_hostile_names_are_harmless(store: StoreBuilder, run: Runner) -> None:
    store.package(HOSTILE).source("1").config(listed=False)
    store.worker("w1", {HOSTILE: ref("x", "1")})
    shutil.rmtree(store.package("gone").source("1").config().tree)
    for line in (("repair", "-n", "-v"), ("repair", "-n", "--json"), ("repair", "--yes"), ("repair", "--yes")):
        ran = run(*line, "--store", store.root)
        assert ran.code == ExitCode.FINDINGS
        assert all(text.isprintable() for text in (ran.out + ran.err).split("\n"))
    assert json.loads(ran.out or "{}") == {}
