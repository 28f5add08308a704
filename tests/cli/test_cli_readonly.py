"""What only looks changes nothing: no name, byte, mode, time or inode of the store and of the apps beside it."""

import os
import signal
import subprocess
from pathlib import Path

import pytest
from cli_helpers import Runner, command, environment, nothing_changes, shop

from builders import PLATFORM, StoreBuilder, entry, ref, write_lockfile
from pkgstore_tui.cli.diagnostics import ExitCode
from pkgstore_tui.cli.main import COMMANDS

CHANGES = {"populate", "ingest", "assemble", "evict", "restore", "sweep"}
"""The commands that change a store or a library; every other one has its lines in `LINES`."""

SF = f"sf@{ref('sf', '1.0-16', {'Rcpp': '1.0.12'})}"
DPLYR = f"dplyr@{ref('dplyr', '1.1.4')}"
LINES = {
    "ls": (("ls",), ("ls", "--size", "--sort", "size"), ("ls", "state:orphan")),
    "df": (("df", "--libraries"), ("df", "--by", "package"), ("df", "--by", "app"), ("df", "--by", "worker")),
    "show": (("show", "sf"), ("show", "sf", SF[3:20]), ("show", "worker:w1"), ("show", "app:shop")),
    "key": (("key", "--lockfile", "LOCK", "--show-input"), ("key", "--lockfile", "LOCK", "--store", "ROOT")),
    "whatif": (
        ("whatif", "--lock", "LOCK"),
        ("whatif", "--lock", "LOCK", "--all"),
        ("whatif", "--bump", "Rcpp"),
        ("whatif", "--bump", "Rcpp=9", "--app", "shop"),
        ("whatif", "--reverse", "Rcpp"),
    ),
    "abi": (("abi",), ("abi", "--app", "shop", "--deep"), ("abi", "--worker", "w1")),
    "check": (("check",), ("check", "--deep", "-v"), ("check", "--fail-on", "PHANTOM")),
    "locks": (("locks",),),
    "workers": (("workers",), ("workers", "w1")),
    "diff": (
        ("diff", SF, DPLYR),
        ("diff", "worker:w1", "app:shop"),
        ("diff", "LOCK", "LOCK"),
        ("diff", "ROOT", "ROOT"),
    ),
    "scan": (("scan",),),
    "forecast": (("forecast", "--retention", "30d"),),
    "pin": (("pin",), ("pin", "list")),
    "trash": (("trash", "list"), ("trash", "list", "-v")),
    "clean": (("clean", "--dry-run"),),
    "repair": (
        ("repair", "--plan"),
        ("repair", "-n", "-v", "--lock", "LOCK"),
        ("repair", "-n", "--only", "PHANTOM"),
    ),
    "roots": (("roots",), ("roots", "sf")),
    "coldstart": (("coldstart",), ("coldstart", "shop", "--platform", PLATFORM)),
    "verify": (("verify", "--no-record"), ("verify", "--no-record", "--libraries"), ("verify", SF, "--no-record")),
    "why": (
        ("why", "--lockfile", "LOCK", "--lib", "LIB", "--reference-lib", "REF", "--runtime"),
        ("why", "sf", "dplyr", "--app", "shop"),
        ("why", "--all", "--app", "shop", "--lib", "LIB", "--reference-lib", "REF"),
    ),
}


def test_each_command_is_known_to_change_or_to_look() -> None:
    assert CHANGES.isdisjoint(LINES)
    assert CHANGES | LINES.keys() == COMMANDS.keys()


@pytest.fixture
def beside(store: StoreBuilder) -> StoreBuilder:
    """A store with all that can stand in one and beside one, damage too."""
    shop(store)
    refs = {"sf": SF[3:]}
    app = store.app("shop", refs, prev=refs, build={"dplyr": DPLYR[6:]})
    write_lockfile(app / "pak.lock", entry("sf", "1.0-16"), entry("Rcpp", "1.0.12"))
    write_lockfile(store.work("build", refs) / "pak.lock", entry("dplyr", "1.1.4"))
    store.work("staging", staging=True)
    store.package("sf").source("1.0-16").locked("50m")
    store.package("units").source("1").config(tree=False).configs_json.write_text("{")
    os.chmod(store.worker("w2") / "..", 0o700)
    for folder, _, names in os.walk(app.parent):
        for path in (folder, *(os.path.join(folder, name) for name in names)):
            os.utime(path, ns=(1_700_000_000_123_456_789, os.stat(path).st_mtime_ns))
    return store


def filled(line: tuple[str, ...], store: StoreBuilder) -> list[str]:
    """A line with its paths, on the store."""
    paths = {"LOCK": str(store.root.parent / "shop" / "pak.lock"), "ROOT": str(store.root)}
    paths |= {"LIB": str(store.root.parent / "library"), "REF": str(store.root / ".workers" / "w1")}
    found = [paths.get(word, word) for word in line]
    return found if line[0] == "key" else [*found, "--store", str(store.root)]


@pytest.mark.parametrize("name", LINES)
def test_a_command_that_looks_changes_nothing(beside: StoreBuilder, run: Runner, name: str) -> None:
    for line in LINES[name]:
        for more in ((), ("--json",)):
            with nothing_changes(beside.root.parent):
                ran = run(*filled(line, beside), *more)

            assert ran.code in {ExitCode.DONE, ExitCode.FINDINGS, ExitCode.PARTLY}, (line, ran.err)
            assert ran.out or ran.err


def test_a_saved_scan_is_all_that_is_written(beside: StoreBuilder, run: Runner, tmp_path_factory) -> None:
    path: Path = tmp_path_factory.mktemp("saved") / "scan.json"
    with nothing_changes(beside.root.parent):
        assert run("scan", "-o", path, "--store", beside.root).code == ExitCode.FINDINGS
        assert run("scan", "-o", "-", "--store", beside.root).out
        for line in (("ls",), ("show", "sf"), ("workers",), ("roots",), ("locks",)):
            assert run(*line, "--from", path).code in {ExitCode.DONE, ExitCode.FINDINGS}

    assert os.listdir(path.parent) == ["scan.json"]


def test_watching_changes_nothing(beside: StoreBuilder) -> None:
    line = command("workers", "--watch", "--json", "--store", beside.root)
    with nothing_changes(beside.root.parent):
        watcher = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
        assert watcher.stdout is not None
        assert watcher.stdout.readline()
        watcher.send_signal(signal.SIGINT)
        assert watcher.wait(30) == ExitCode.CANCELLED
        watcher.communicate()


def test_an_eviction_that_nobody_agreed_to_changes_nothing(beside: StoreBuilder, run: Runner) -> None:
    with nothing_changes(beside.root.parent):
        ran = run("evict", "--retention", "1d", "--store", beside.root)

    assert ran.code == ExitCode.REFUSED
    assert "nothing was changed" in ran.err


def test_a_repair_that_nobody_agreed_to_changes_nothing(beside: StoreBuilder, run: Runner) -> None:
    (beside.package("s2").source("1").config().configs_json).unlink()
    for line in (("repair",), ("check", "--repair", "ORPHAN-TREE")):
        with nothing_changes(beside.root.parent):
            ran = run(*line, "--store", beside.root)

        assert ran.code == ExitCode.REFUSED
        assert "nothing was changed" in ran.err
