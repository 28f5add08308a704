"""What goes on in a soak beside the interface, and all of it for a moment."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.measuring import PROJECT
from bench.soak.builds import RETENTION, SWEEP_EVERY, Builds, age_unneeded
from bench.soak.catalog import Place
from bench.soak.crashes import make_old
from bench.soak.upkeep import findings, repairs, run
from bench.soak.workers import Workers, on_disk
from pkgstore import Store
from pkgstore.scan import read_snapshot


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A store with two apps that were built once."""
    made = Place(str(tmp_path / "b" / ".pkg-store"), str(tmp_path / "b"))
    builds = Builds(made, 2, 10, 1)
    for app in builds.choices:
        builds.build(app)
    return made


def test_builds_make_what_a_check_finds_sound(place: Place) -> None:
    builds = Builds(place, 2, 10, 1)
    for _ in range(3 * SWEEP_EVERY):
        builds.step()
    assert (Path(place.apps) / "app-001" / "store-manifest.json.prev").exists()
    assert findings(place)[0] == 0


def test_only_what_nobody_needs_grows_old(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    builds = Builds(place, 2, 10, 1)
    monkeypatch.setattr("bench.soak.builds.YOUNG", 0.0)
    before = len(list(read_snapshot(place.root).configs()))
    for number in (1, 2, 3):
        builds.choices["app-001"] = dict.fromkeys(builds.choices["app-001"], number)
        builds.build("app-001")
    age_unneeded(place)
    old = time.time() - RETENTION
    snapshot = read_snapshot(place.root, apps=place.apps)
    aged = [config for config in snapshot.configs() if (config.last_used or 0) < old]
    assert len(aged) == 10, "version 1; 0 is the rollback target, 2 the one before, 3 the present one"
    assert len(list(snapshot.configs())) == before + 30


def test_workers_change_and_stay_sound(place: Place) -> None:
    workers = Workers(place, 5, 1)
    said = {workers.step() for _ in range(60)}
    assert {"workers that came", "workers that went", "removals"} <= said
    assert abs(len(workers.names) - 5) <= 2
    assert findings(place)[0] == 0
    assert on_disk(workers.store, "w-not-there") is None


def test_who_is_left_alone_does_not_change(place: Place) -> None:
    workers = Workers(place, 2, 1)
    for _ in range(2):
        workers.come()
    quiet = workers.names[0]
    workers.quiet.add(quiet)
    before = on_disk(workers.store, quiet)
    for _ in range(40):
        workers.step()
    assert on_disk(workers.store, quiet) == before


def test_what_the_dead_left_is_cleaned_up(place: Place) -> None:
    layout = Store(place.root).layout
    half = Path(layout.worker("crash-1-1")) / "sf"
    half.mkdir(parents=True)
    Path(layout.builds, "crash-1-x").mkdir(parents=True)
    make_old(place, -1.0)
    assert {item["code"] for item in findings(place)[1]} >= {"STALE-BUILD", "ORPHAN-WORKER"}
    for words in repairs(place):
        assert run(*words).returncode == 0
    assert findings(place)[0] == 0


# --- all of it, for a moment --------------------------------------------------------------------------------------

SHORT = ["--minutes", "0.35", "--workers", "20"]
TOO_SHORT_FOR = {
    "memory of the interface: slope, lower bound",
    "growth by that line from the warm-up to the end",
    "longest stall of the event loop",
}
"""What a few seconds after the start, beside other tests, tell nothing about."""


def left_behind(scratch: Path) -> set[str]:
    """What a soak left: files, and processes that work in its folder."""
    running = {
        path.parent.name
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if str(scratch).encode() in _read(path) and path.parent.name != str(os.getpid())
    }
    return {*os.listdir(scratch), *running}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has just ended
        return b""


def soak(scratch: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bench.soak", *SHORT]
    environment = {**os.environ, "TMPDIR": str(scratch)}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=PROJECT, env=environment)


def test_a_short_soak_loses_nothing_and_ends_sound(tmp_path: Path) -> None:
    with soak(tmp_path) as running:
        out, said = running.communicate(timeout=240)
    rows = [row.split(" | ") for row in out.splitlines() if row.startswith("| ")][2:]
    assert len(rows) == 13, said
    wrong = {row[0].removeprefix("| ") for row in rows if row[3] == "**no**"}
    assert wrong <= TOO_SHORT_FOR, out + said
    assert running.returncode == bool(wrong)
    assert left_behind(tmp_path) == set()


def test_a_soak_that_is_stopped_leaves_nothing_behind(tmp_path: Path) -> None:
    with soak(tmp_path) as running:
        assert running.stderr is not None
        while "of 0.35 minutes" not in running.stderr.readline():
            assert running.poll() is None
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == 130
    assert left_behind(tmp_path) == set()
