"""pkgstore verify: what it says, what it ends with, what it writes, and how what was changed is taken out."""

import errno
import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from cli_helpers import HOSTILE, HOSTILE_SHOWN, Ran, Runner, command, environment, listing, nothing_changes, process

from builders import PLATFORM, LibraryBuilder, StoreBuilder, entry, left_in, ref, write_lockfile
from pkgstore import Store
from pkgstore_tui.cli.diagnostics import ExitCode

SF = ref("sf", "1.0-16", {"Rcpp": "1.0.12"})


def verify(run: Runner, store: StoreBuilder, *more: object) -> Ran:
    return run("verify", "--store", store.root, *more)


@pytest.fixture
def tree(full: StoreBuilder, run: Runner) -> Path:
    """The tree of sf in a store that was checked once; a worker and an app need it."""
    path = full.root / PLATFORM / "sf" / SF
    shutil.rmtree(full.root / ".workers" / "w1")
    Store(full.root, PLATFORM).assemble_library(full.root / ".workers" / "w1", {"sf": SF})
    full.app("shop", {"sf": SF})
    assert verify(run, full).code == ExitCode.DONE
    return path


@pytest.fixture
def changed(tree: Path) -> Path:
    """The same with a changed file."""
    (tree / "R" / "sf.rdb").write_text("changed, and longer than before")
    return tree


def test_no_baseline_is_said_and_is_not_fine(full: StoreBuilder, run: Runner) -> None:
    unproven = verify(run, full, "--no-record")
    first = verify(run, full, "-v")
    second = verify(run, full)

    assert (unproven.code, unproven.out) == (ExitCode.PARTLY, "")
    assert "0 fine, 3 without a baseline" in unproven.err
    assert (first.code, first.out.count("no baseline until now")) == (ExitCode.DONE, 3)
    assert "0 fine, 3 with a new baseline" in first.err
    assert (second.code, second.out) == (ExitCode.DONE, "")
    assert "3 configs looked at" in second.err
    assert second.err.endswith(" read, 3 fine\n")


def test_nothing_but_our_own_folder_is_written(full: StoreBuilder, run: Runner) -> None:
    for _ in range(2):
        with nothing_changes(full.root / PLATFORM, full.root / ".workers"):
            assert verify(run, full, "--libraries").code in {ExitCode.DONE, ExitCode.FINDINGS}
    assert left_in(full.root) == {PLATFORM, ".workers", ".pkgstore"}
    assert left_in(full.root / ".pkgstore") == {"digests"}, "no journal: nothing of the store was changed"


def test_a_change_is_told_with_all_that_an_admin_asks(full: StoreBuilder, run: Runner, changed: Path) -> None:
    ran = verify(run, full)

    assert ran.code == ExitCode.FINDINGS
    inode = (changed / "R" / "sf.rdb").stat().st_ino
    first, file, served = ran.out.splitlines()
    assert first == f"CHANGED  sf 1.0-16 ({SF[:8]}/{SF[65:73]})"
    assert file.startswith("  R/sf.rdb  size 15 → 31; since 2")
    assert file.endswith(f"; inode {inode}; shared with worker w1")
    assert served == "  served to worker w1, shop (current)"
    assert ran.said[-1].endswith(f"pkgstore verify sf@{SF} --platform {PLATFORM} --store {full.root} --quarantine")


def test_the_same_as_json(full: StoreBuilder, run: Runner, changed: Path) -> None:
    document = verify(run, full, "--json").json

    assert document["schema_version"] == 1
    assert document["complete"] is True
    assert document["counts"]["changed"] == 1
    assert document["counts"]["fine"] == 2
    (config,) = document["configs"]
    assert (config["package"], config["version"], config["outcome"]) == ("sf", "1.0-16", "changed")
    assert config["ref"] == SF
    (file,) = config["files"]
    assert (file["path"], file["changes"], file["shared_with"]) == ("R/sf.rdb", ["size"], ["worker w1"])
    assert file["since"] == pytest.approx((changed / "R" / "sf.rdb").stat().st_mtime)
    assert [owner["owner"] for owner in config["served_to"]] == ["worker w1", "shop (current)"]
    assert "quarantine" not in document


def test_a_damaged_baseline_is_a_finding(full: StoreBuilder, run: Runner, tree: Path) -> None:
    (baseline,) = (full.root / ".pkgstore" / "digests" / PLATFORM / "sf").rglob("*.json")
    baseline.write_text("{")

    ran = verify(run, full)

    assert ran.code == ExitCode.FINDINGS
    assert ran.out.startswith("DAMAGED  sf 1.0-16")
    assert verify(run, full).code == ExitCode.DONE


def test_what_may_not_be_read_is_no_finding_and_not_fine(
    full: StoreBuilder, run: Runner, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def refuse(path: object, *args: object, **more: object) -> int:
        if path == "sf.rdb":
            raise PermissionError(errno.EACCES, "")
        return real(path, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", refuse)
    ran = verify(run, full)

    assert ran.code == ExitCode.PARTLY
    assert ran.out.startswith("UNREAD  sf 1.0-16")
    assert "R/sf.rdb  cannot be read: Permission denied" in ran.out
    assert "2 fine, 1 could not be read" in ran.err


def test_drift_of_a_library(full: StoreBuilder, run: Runner, tree: Path) -> None:
    assert verify(run, full, "--libraries").code == ExitCode.DONE
    path = full.root / ".workers" / "w1" / "sf" / "DESCRIPTION"
    body = path.read_bytes()
    path.unlink()
    path.write_bytes(body)

    ran = verify(run, full, "--libraries")

    assert ran.code == ExitCode.FINDINGS
    assert ran.out == "DRIFT  worker w1, 1 package\n  sf/DESCRIPTION  a copy: no longer the store's file\n"
    assert "1 library, 1 with drift" in ran.err
    (found,) = verify(run, full, "--libraries", "--json").json["libraries"]["found"]
    assert found["drift"][0]["files"] == [{"path": "DESCRIPTION", "change": "copied"}]


# --- parts and time --------------------------------------------------------------------------------------


def test_a_limited_time_and_going_on(full: StoreBuilder, run: Runner) -> None:
    first = verify(run, full, "--for", "0s", "--json")
    second = verify(run, full, "--resume", "--json")
    third = verify(run, full, "--resume", "--json")

    assert (first.code, first.json["complete"], first.json["left"]) == (ExitCode.DONE, False, 2)
    assert "the time is up: 2 configs left; --resume goes on there" in first.err
    assert (second.json["looked_at_before"], second.json["counts"]["recorded"]) == (1, 2)
    assert "goes on behind 1 config that an earlier run looked at" in second.err
    assert (third.json["looked_at_before"], third.json["counts"]["fine"]) == (0, 3)


def test_parts_of_a_store(full: StoreBuilder, run: Runner) -> None:
    counts = [verify(run, full, "--subset", f"{part}/3", "--json").json["counts"] for part in (1, 2, 3)]
    assert sum(count["recorded"] for count in counts) == 3
    assert verify(run, full, "--json").json["counts"]["fine"] == 3


def test_a_named_config_and_a_platform(full: StoreBuilder, run: Runner) -> None:
    assert verify(run, full, f"sf@{SF[:10]}", "--json").json["counts"]["recorded"] == 1
    assert verify(run, full, "--platform", PLATFORM, "--throttle", "50M").code == ExitCode.DONE
    assert verify(run, full, "--platform", "4.4-none").code == ExitCode.USAGE
    assert verify(run, full, "nothing@123456").code == ExitCode.USAGE


# --- taking it out ---------------------------------------------------------------------------------------


def test_nobody_agreed(full: StoreBuilder, run: Runner, changed: Path) -> None:
    with nothing_changes(full.root):
        ran = verify(run, full, "--quarantine")

    assert ran.code == ExitCode.REFUSED
    said = "\n".join(ran.said)
    assert f"would take out sf 1.0-16 ({SF[:8]}/{SF[65:73]}): the next build that needs it makes it anew" in said
    assert "until then, shop (current): its next cold start is incomplete: sf" in said
    assert "these have the changed files until they are made anew: worker w1" in said
    assert "nothing was changed; give --yes to do it" in said


def test_quarantine_and_back(full: StoreBuilder, run: Runner, changed: Path) -> None:
    before = listing(full.root / PLATFORM, inodes=False)

    ran = verify(run, full, "--quarantine", "--yes", "--json")

    assert ran.code == ExitCode.FINDINGS, "it was found, and somebody should know"
    taken = ran.json["quarantine"]
    assert (taken["removed"], taken["skipped"], taken["failed"]) == (1, 0, 0)
    assert left_in(full.root / PLATFORM) == {"Rcpp", "dplyr"}
    journal = [json.loads(line) for line in (full.root / ".pkgstore" / "journal.jsonl").read_text().splitlines()]
    assert [line["event"] for line in journal] == ["begin", "item", "end"]
    assert (journal[0]["what"], journal[1]["reason"]) == (
        "quarantine",
        "quarantined: its contents were changed: R/sf.rdb",
    )
    assert verify(run, full).code == ExitCode.DONE

    assert run("restore", "--yes", taken["operation"], "--store", full.root).code == ExitCode.DONE
    after = listing(full.root / PLATFORM, inodes=False)
    folders = {path for path in before if Path(path).is_dir()}
    assert {p: f for p, f in after.items() if p not in folders and not p.endswith("configs.json")} == {
        p: f for p, f in before.items() if p not in folders and not p.endswith("configs.json")
    }
    assert verify(run, full).code == ExitCode.FINDINGS, "it is still what it was changed to"


def test_there_is_nothing_to_take_out(full: StoreBuilder, run: Runner, tree: Path) -> None:
    with nothing_changes(full.root):
        ran = verify(run, full, "--quarantine", "--yes")
    assert (ran.code, ran.said[-1]) == (ExitCode.DONE, "there is nothing to take out")


def test_only_what_is_named_is_taken_out(full: StoreBuilder, run: Runner, changed: Path) -> None:
    (next((full.root / PLATFORM / "dplyr").glob("*/*/")) / "new").write_text("")

    ran = verify(run, full, f"sf@{SF}", "--quarantine", "--yes")

    assert ran.code == ExitCode.FINDINGS
    assert left_in(full.root / PLATFORM) == {"Rcpp", "dplyr"}


def test_a_busy_lock(full: StoreBuilder, run: Runner, changed: Path) -> None:
    full.package("sf").source("1.0-16").locked()
    ran = verify(run, full, "--quarantine", "--yes", "--lock-timeout", "0s")
    assert ran.code == ExitCode.LOCK_BUSY
    assert changed.is_dir()


def test_accepting_what_there_is(full: StoreBuilder, run: Runner, changed: Path) -> None:
    with nothing_changes(full.root):
        assert verify(run, full, f"sf@{SF}", "--accept").code == ExitCode.REFUSED
    assert verify(run, full, f"sf@{SF}", "--accept", "--yes").code == ExitCode.DONE
    assert verify(run, full).code == ExitCode.DONE


# --- ingest ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [(), ("--no-digests",)], ids=["digests", "none"])
def test_ingest_takes_the_baseline_down(
    store: StoreBuilder, run: Runner, tmp_path: Path, more: tuple[str, ...]
) -> None:
    lock = write_lockfile(tmp_path / "pak.lock", entry("sf"))
    lib = LibraryBuilder(tmp_path / "lib").package("sf").path
    assert run("ingest", "--lockfile", lock, "--lib", lib, "--store", store.root, *more).code == ExitCode.DONE
    (next((store.root / PLATFORM / "sf").glob("*/*/R/")) / "sf.rdb").write_text("changed before anybody checked")

    ran = verify(run, store)

    if more:
        assert (ran.code, "with a new baseline" in ran.err) == (ExitCode.DONE, True)
    else:
        assert (ran.code, ran.out.startswith("CHANGED  sf 1.0")) == (ExitCode.FINDINGS, True)


def test_an_ingest_that_cannot_write_it_down_is_done_all_the_same(
    store: StoreBuilder, run: Runner, tmp_path: Path
) -> None:
    lock = write_lockfile(tmp_path / "pak.lock", entry("sf"))
    lib = LibraryBuilder(tmp_path / "lib").package("sf").path
    (store.root / ".pkgstore").mkdir()
    (store.root / ".pkgstore" / "digests").write_text("")

    ran = run("ingest", "--lockfile", lock, "--lib", lib, "--store", store.root)

    assert ran.code == ExitCode.DONE
    assert "sf: what its files are was not written down" in ran.err
    assert left_in(store.root / PLATFORM) == {"sf"}


# --- hostile ---------------------------------------------------------------------------------------------


def test_hostile_names_are_shown_harmless(full: StoreBuilder, run: Runner, tree: Path) -> None:
    (tree / HOSTILE).write_text("x")
    (tree / "link").symlink_to(HOSTILE)
    os.mkfifo(tree / "fifo")
    with open(os.path.join(os.fsencode(tree), b"\xff" * 200), "wb"):
        pass

    ran = verify(run, full)

    assert ran.code == ExitCode.FINDINGS
    assert f"  {HOSTILE_SHOWN}" in ran.out
    assert "added, a FIFO, device or socket" in ran.out
    for text in (ran.out, ran.err):
        assert all(sign.isprintable() or sign == "\n" for sign in text)
    assert verify(run, full, "--json").json["counts"]["changed"] == 1


def test_a_process(full: StoreBuilder) -> None:
    ran = process("verify", "--store", full.root, "--json")
    assert (ran.code, json.loads(ran.out)["counts"]["recorded"]) == (0, 3)


def test_ctrl_c_and_going_on(full: StoreBuilder, run: Runner) -> None:
    """A throttle that would take a quarter of an hour does not hold it up."""
    (next((full.root / PLATFORM / "dplyr").glob("*/*/")) / "large").write_bytes(b"x" * 1_000_000)
    line = command("verify", "-v", "--throttle", "1000", "--store", full.root)
    slow = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
    assert slow.stdout is not None
    assert slow.stdout.readline().startswith(b"no baseline until now  Rcpp")
    slow.send_signal(signal.SIGINT)

    assert slow.wait(30) == ExitCode.CANCELLED
    assert b"cancelled" in slow.communicate()[1]
    assert verify(run, full, "--resume", "--json").json["looked_at_before"] == 1
