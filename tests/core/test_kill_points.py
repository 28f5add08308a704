"""SIGKILL and faults of the disk at every call that changes the disk, for every operation that does.

Real processes, killed before and after each call, and in the middle of each write. After each: a fresh scan finds
nothing but what the spec calls harmless, nothing is lost or half there, and another run does the rest. `make test`
takes a sample of the points; `make crash` takes all of them.
"""

import os
from pathlib import Path

import pytest

from builders import PLATFORM
from kill_points import (
    FAULTS,
    Case,
    Point,
    assert_hits_are_whole,
    calls_of,
    failures,
    faulted,
    forget_locks,
    killed,
    points_of,
    worlds,
)
from kill_repairs import CASES, RepairPhantoms, RepairTrash
from pkgstore.errors import StoreError

SAMPLE = 9
"""One point of so many in `make test`."""

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def fresh(tmp_path: Path, name: str, case: type[Case]) -> Case:
    world = tmp_path / name
    world.mkdir()
    return case(world)


def every_call(tmp_path: Path, case: type[Case]) -> list[str]:
    """The calls of an operation, which then has done what it should."""
    whole = fresh(tmp_path, "whole", case)
    names = calls_of(whole.act)
    whole.check()
    whole.done()
    return names


def kill_and_look(here: Case, point: Point) -> None:
    assert killed(here.act, point), f"{point} never came"
    here.runs += 1
    here.check()
    forget_locks(here.root)
    assert_hits_are_whole(here.root, here.world / "scratch")
    assert failures(here.act()) == []
    here.check()
    here.done()


@each_case
def test_killed_at_a_sample_of_points(tmp_path: Path, case: type[Case]) -> None:
    points = points_of(every_call(tmp_path, case))
    chosen = points[CASES.index(case) % SAMPLE :: SAMPLE]
    for here, point in zip(worlds(tmp_path, case, len(chosen)), chosen, strict=True):
        kill_and_look(here, point)


@pytest.mark.campaign
@pytest.mark.crash
@each_case
def test_killed_at_every_point(tmp_path: Path, case: type[Case], record_property, capsys) -> None:
    points = points_of(every_call(tmp_path, case))
    for here, point in zip(worlds(tmp_path, case, len(points)), points, strict=True):
        kill_and_look(here, point)
    record_property("kill_points", len(points))
    with capsys.disabled():
        print(f"\n{case.name}: {len(points)} kill points")


@pytest.mark.parametrize("case", [RepairPhantoms, RepairTrash])
def test_a_repair_that_nothing_cuts_short_leaves_no_empty_folder(tmp_path: Path, case: type[Case]) -> None:
    (here,) = worlds(tmp_path, case, 1)
    assert failures(here.act()) == []
    assert not (here.root / PLATFORM / "two").exists()


def fault_and_look(here: Case, number: int, fault: int, *, lasting: bool) -> None:
    came_to = faulted(here.act, number, fault, lasting=lasting)
    here.runs += 1
    here.check()
    forget_locks(here.root)
    for error in failures(came_to):
        assert isinstance(error, StoreError)
        assert os.fspath(here.world) in str(error), "it says where"
        assert os.strerror(fault) in str(error) or "held this lock" in str(error), "and why"
    assert failures(here.act()) == []
    here.check()
    here.done()


@each_case
def test_a_sample_of_faults_leaves_the_old_state_or_the_new_one(tmp_path: Path, case: type[Case]) -> None:
    count = len(every_call(tmp_path, case))
    trials = [(n, FAULTS[n % len(FAULTS)], bool(n % 2)) for n in range(CASES.index(case) % 3, count, 3)]
    for here, (number, fault, lasting) in zip(worlds(tmp_path, case, len(trials)), trials, strict=True):
        fault_and_look(here, number, fault, lasting=lasting)


@pytest.mark.campaign
@pytest.mark.crash
@pytest.mark.parametrize("fault", FAULTS, ids=os.strerror)
@each_case
def test_every_fault_at_every_call(tmp_path: Path, case: type[Case], fault: int) -> None:
    count = len(every_call(tmp_path, case))
    trials = [(number, lasting) for number in range(count) for lasting in (False, True)]
    for here, (number, lasting) in zip(worlds(tmp_path, case, len(trials)), trials, strict=True):
        fault_and_look(here, number, fault, lasting=lasting)
