"""What nobody foresaw ends in one line, a file with the details for its user alone, and an exit code of its own."""

import os
import stat
from pathlib import Path

import pytest
from cli_helpers import HOSTILE, HOSTILE_SHOWN, Runner

from builders import StoreBuilder
from pkgstore_tui import faults
from pkgstore_tui.cli import reading
from pkgstore_tui.faults import FAULT


def deep(*_: object, **__: object) -> None:
    deep()


def raising(error: BaseException):
    def call(*_: object, **__: object) -> None:
        raise error

    return call


FAULTS = {
    "ZeroDivisionError: oops": raising(ZeroDivisionError("oops")),
    "MemoryError": raising(MemoryError()),
    "RecursionError: maximum recursion depth exceeded": deep,
    f"ValueError: {HOSTILE_SHOWN}": raising(ValueError(HOSTILE)),
    "AssertionError": raising(AssertionError()),
}


def break_it(monkeypatch: pytest.MonkeyPatch, fault=FAULTS["ZeroDivisionError: oops"]) -> None:
    monkeypatch.setattr(reading, "read_snapshot", fault)


@pytest.mark.parametrize("said", FAULTS)
@pytest.mark.parametrize("mask", [0o000, 0o077])
def test_it_is_one_line_with_the_path_of_the_details(
    full: StoreBuilder, run: Runner, state_home: Path, monkeypatch: pytest.MonkeyPatch, said: str, mask: int
) -> None:
    break_it(monkeypatch, FAULTS[said])
    before = os.umask(mask)
    try:
        ran = run("workers", "--store", full.root)
    finally:
        os.umask(before)
    details = state_home / "fault-pkgstore.txt"
    assert (ran.code, ran.out) == (FAULT, "")
    (line,) = ran.said
    assert line.startswith(f"pkgstore: an unexpected fault of the program itself, {said}")
    assert str(details) in line
    assert stat.S_IMODE(details.stat().st_mode) == 0o600
    text = details.read_text()
    assert "Traceback (most recent call last)" in text
    assert f"['pkgstore', 'workers', '--store', '{full.root}']" in text
    assert "\x1b" not in text
    assert [path.name for path in state_home.iterdir()] == [details.name]


def test_the_last_one_is_kept(
    full: StoreBuilder, run: Runner, state_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        break_it(monkeypatch, raising(ValueError(f"number {number}")))
        run("workers", "--store", full.root)
    (details,) = state_home.iterdir()
    assert "number 2" in details.read_text()
    assert "number 1" not in details.read_text()


def test_where_it_cannot_be_written_down_there_is_still_the_line(
    full: StoreBuilder, run: Runner, state_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_it(monkeypatch)
    state_home.parent.write_text("a file where the folder should be")
    ran = run("workers", "--store", full.root)
    assert ran.code == FAULT
    (line,) = ran.said
    assert "ZeroDivisionError: oops; its details could not be written down" in line
    monkeypatch.setattr(faults, "_report", raising(MemoryError()))
    assert run("workers", "--store", full.root).said == [line]


def test_who_asks_for_it_sees_the_details_at_once(
    full: StoreBuilder, run: Runner, state_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_it(monkeypatch)
    monkeypatch.setenv("PKGSTORE_DEBUG", "1")
    ran = run("workers", "--store", full.root)
    assert ran.code == FAULT
    assert "Traceback" in ran.err


def test_an_error_that_cannot_be_said_is_still_one() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise ValueError

    assert faults._said(Mute()) == "Mute"


def test_its_exit_code_is_in_the_help(run: Runner) -> None:
    assert f"  {FAULT:d}  a fault of the program itself" in run("--help").out
