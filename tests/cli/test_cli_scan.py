"""scan: what it says, what it saves, and that the other commands take it in place of a store."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_helpers import HOSTILE, Ran, Runner, nothing_changes, process

from builders import PLATFORM, StoreBuilder, ref
from pkgstore.saved import read_saved
from pkgstore.scan import scan as read_store
from pkgstore_tui.cli import scan as scanning


@pytest.fixture
def saved(full: StoreBuilder, run: Runner, tmp_path: Path) -> Path:
    """A saved scan of `full`, with an app and a lock."""
    full.app("shop", {"sf": ref("sf", "1.0-16", {"Rcpp": "1.0.12"})}, prev={})
    full.package("dplyr").source("1.1.4").locked("5m")
    path = tmp_path / "scan.json"
    assert run("scan", "--store", full.root, "-o", path).code == 0
    return path


def test_what_there_is(full: StoreBuilder, run: Runner) -> None:
    ran = run("scan", "--store", full.root)
    facts = dict(line.split("  ", 1) for line in ran.out.splitlines())

    assert (ran.code, ran.err) == (0, "")
    assert {name: facts[name].strip() for name in ("root", "platforms", "packages", "configs", "workers")} == {
        "root": str(full.root),
        "platforms": PLATFORM,
        "packages": "3",
        "configs": "3",
        "workers": "1",
    }


def test_json_is_a_summary(full: StoreBuilder, run: Runner, tmp_path: Path) -> None:
    path = tmp_path / "scan.json"

    document = run("scan", "--store", full.root, "--json", "-o", path).json

    taken_at = document.pop("taken_at")
    assert document == {
        "schema_version": 1,
        "root": str(full.root),
        "platforms": [PLATFORM],
        "packages": 3,
        "sources": 3,
        "configs": 3,
        "workers": 1,
        "apps": 0,
        "builds_and_staging": 0,
        "locks": 0,
        "problems": 0,
        "file": str(path),
        "bytes": path.stat().st_size,
    }
    assert read_saved(path).taken_at == taken_at


def test_saved_to_a_file_and_to_stdout(full: StoreBuilder, run: Runner, tmp_path: Path) -> None:
    path = tmp_path / "scan.json"
    to_file = run("scan", "--store", full.root, "-o", path)
    to_stdout = process("scan", "--store", full.root, "-o", "-")

    assert (to_file.code, to_file.out) == (0, "")
    assert to_file.err.startswith("3 configs, 1 worker, 0 apps; ")
    assert to_file.err.endswith(f" saved as {path}\n")
    assert (to_stdout.code, to_stdout.json["format"]) == (0, "pkgstore-scan")
    assert read_saved(path).snapshot.root == str(full.root)
    assert to_stdout.out.endswith("}\n")


def test_an_old_file_is_replaced_and_nothing_else_is_left(saved: Path, full: StoreBuilder, run: Runner) -> None:
    before = set(saved.parent.iterdir())
    shutil.rmtree(full.root / PLATFORM / "dplyr")

    assert run("scan", "--store", full.root, "-o", saved).code == 0
    assert {key.package for key in read_saved(saved).snapshot.sources} == {"Rcpp", "sf"}
    assert set(saved.parent.iterdir()) == before


def test_the_store_itself_is_no_place_for_it(full: StoreBuilder, run: Runner, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(full.root)

    with nothing_changes(full.root):
        for path in (full.root / "scan.json", tmp_path / "link" / PLATFORM / "x"):
            ran = run("scan", "--store", full.root, "-o", path)
            assert ran.code == 2
            assert "name a file outside it" in ran.err


def test_wrong_uses(full: StoreBuilder, run: Runner, saved: Path, tmp_path: Path) -> None:
    assert run("scan", "--store", full.root, "-o", "-", "--json").code == 2
    assert run("ls", "--store", full.root, "--from", saved).code == 2
    assert run("workers", "--watch", "--from", saved).code == 2
    missing = run("scan", "--store", full.root, "-o", tmp_path / "no" / "scan.json")
    assert missing.code == 3
    assert str(tmp_path / "no" / "scan.json") in missing.err


def test_damage_is_a_finding_and_is_saved(full: StoreBuilder, run: Runner, tmp_path: Path) -> None:
    (full.worker("w2") / ".packages.json").write_text("{")
    path = tmp_path / "scan.json"

    ran = run("scan", "--store", full.root, "-o", path)
    later = run("ls", "--from", path)

    assert (ran.code, later.code) == (1, 1)
    assert ran.said[-1] == later.said[-1]


def test_ctrl_c_saves_nothing(
    full: StoreBuilder, run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "scan.json"

    def interrupted(*arguments: Any, **more: Any) -> Iterator[object]:
        signal.raise_signal(signal.SIGINT)
        yield from read_store(*arguments, **more)

    monkeypatch.setattr(scanning, "scan_store", interrupted)
    before = signal.getsignal(signal.SIGINT)

    ran = run("scan", "--store", full.root, "-o", path)

    assert (ran.code, ran.out) == (130, "")
    assert not path.exists()
    assert signal.getsignal(signal.SIGINT) == before


# --- in place of a store ------------------------------------------------------------------------------------


def without_ages(ran: Ran) -> list[list[str]]:
    return [[word for word in line.split() if word not in {"now", "1s", "2s"}] for line in ran.out.splitlines()]


@pytest.mark.parametrize(
    "command",
    [
        ("ls",),
        ("ls", "idle>30d"),
        ("ls", "app:shop", "--sort", "idle"),
        ("ls", "--json"),
        ("workers",),
        ("workers", "w1"),
        ("workers", "--json"),
        ("show", "worker:w1", "--json"),
        ("show", "app:shop", "--json"),
        ("diff", "app:shop", "worker:w1"),
    ],
)
def test_a_scan_says_what_the_store_said(
    saved: Path, full: StoreBuilder, run: Runner, command: tuple[str, ...]
) -> None:
    of_store = run(*command, "--store", full.root)
    full.root.rename(full.root.with_name("away"))
    of_scan = run(*command, "--from", saved)

    assert of_scan.code == of_store.code
    assert without_ages(of_scan) == without_ages(of_store)


def test_ages_count_from_when_it_was_taken(saved: Path, run: Runner) -> None:
    data = saved.read_bytes()
    taken_at = read_saved(saved).taken_at
    saved.write_bytes(data.replace(repr(taken_at).encode(), repr(taken_at + 86400).encode(), 1))

    rows = {line.split()[0]: line.split() for line in run("ls", "--from", saved).out.splitlines()}

    assert rows["Rcpp"][4] == "11d"
    assert run("locks", "--from", saved).out.splitlines()[1].split()[4] == "stale"


def test_what_a_scan_has_not_is_unknown(saved: Path, run: Runner) -> None:
    sizes = run("ls", "--from", saved, "--size").out
    (shown,) = run("show", "dplyr", "--from", saved, "--json").json["configs"]

    assert {line.split()[4] for line in sizes.splitlines()[1:]} == {"unknown"}
    assert run("ls", "--from", saved, "size>1").out.count("\n") == 1
    assert (shown["bytes"], shown["files"], shown["created_at"]) == (None, None, None)
    assert "size          unknown: a saved scan has none" in run("show", "dplyr", "--from", saved).out


@pytest.mark.parametrize("text", ["", "{}", "[" * 5000, '{"format":"pkgstore-scan"}', "\x00\xff"])
@pytest.mark.parametrize("command", [("ls",), ("show", "sf"), ("workers",), ("locks",), ("diff", "sf", "sf")])
def test_what_is_no_scan_is_refused(run: Runner, tmp_path: Path, command: tuple[str, ...], text: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)

    ran = run(*command, "--from", path)

    assert (ran.code, ran.out) == (3, "")
    assert len(ran.said) == 1
    assert str(path) in ran.err


def test_no_scan_at_all(run: Runner, tmp_path: Path) -> None:
    assert run("ls", "--from", tmp_path).code == 3
    assert run("ls", "--from", tmp_path / "no.json").code == 3


def test_hostile_names_of_a_scan_reach_no_terminal(full: StoreBuilder, run: Runner, tmp_path: Path) -> None:
    name = HOSTILE + os.fsdecode(b"\xff")
    full.package(name).source(HOSTILE, key="a" * 64).config(tree=False)
    full.worker(name, {HOSTILE: "x/y"})
    path = tmp_path / "scan.json"

    assert run("scan", "--store", full.root, "-o", path).code == 0
    assert name in {key.package for key in read_saved(path).snapshot.sources}
    for command in (("ls",), ("show", name), ("workers",), ("show", f"worker:{name}")):
        ran = run(*command, "--from", path)
        assert ran.code == 0
        assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(ran.out + ran.err)
