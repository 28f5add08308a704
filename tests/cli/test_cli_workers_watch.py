"""workers --watch: a line for each change, as it happens, until ctrl+c."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cli_helpers import HOSTILE, HOSTILE_SHOWN, command, environment, nothing_changes

from builders import StoreBuilder, ref
from pkgstore.keys import LocksKey, WorkerKey
from pkgstore.watch import WatchState
from pkgstore_tui.cli import watching as watch
from pkgstore_tui.cli.reading import Look, Where
from pkgstore_tui.cli.watching import Follower, WorkerEvent

LINKED = {"Rcpp": "1.0.12"}


class Watching:
    """A process that watches."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.line())
        return found

    def end(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


@contextmanager
def watching(store: StoreBuilder, *more: str) -> Iterator[Watching]:
    """A process that watches the store's workers; it is ended in any case."""
    with subprocess.Popen(
        command("workers", "--watch", "--store", store.root, *more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        text=True,
    ) as process:
        try:
            yield Watching(process)
        finally:
            process.kill()


def manifest(store: StoreBuilder, worker: str, refs: dict[str, str]) -> None:
    """Write a worker's manifest as the server does: another file, renamed into place."""
    library = store.worker(worker)
    (library / ".new").write_text(json.dumps(refs))
    (library / ".new").rename(library / ".packages.json")


def test_json_is_one_event_a_line(full: StoreBuilder) -> None:
    with watching(full, "--json") as it:
        began = it.event()
        manifest(full, "w1", {"sf": ref("sf", "1.0-16", LINKED), "dplyr": ref("dplyr", "1.1.4")})
        changed = it.event()
        manifest(full, "w2", {"dplyr": ref("dplyr", "1.1.4")})
        new = it.event()
        shutil.rmtree(full.root / ".workers" / "w1")
        gone = it.event()
        code = it.end()

    assert (began["event"], began["mode"], began["why"]) == ("watching", "events", None)
    assert (changed["schema_version"], changed["event"], changed["worker_id"]) == (1, "changed", "w1")
    (change,) = changed["changes"]
    assert (change["change"], change["package"], change["before"]) == ("came", "dplyr", None)
    assert change["after"]["version"] == "1.1.4"
    assert (new["event"], new["worker_id"], new["packages"]) == ("new", "w2", 1)
    assert (gone["event"], gone["worker_id"]) == ("gone", "w1")
    assert abs(gone["time"] - full.now) < 600
    assert code == 130


def test_lines_for_people_until_ctrl_c(full: StoreBuilder) -> None:
    with watching(full) as it:
        assert it.process.stderr is not None
        said = it.process.stderr.readline()
        manifest(full, "w1", {"Rcpp": ref("Rcpp", "1.0.12")})
        lines = [it.line().split() for _ in range(2)]
        code = it.end()
        rest = it.process.stderr.read()

    assert said == f"watching 1 worker of {full.root}; ctrl+c ends it\n"
    assert [line[2:6] for line in lines] == [["w1", "came", "Rcpp", "1.0.12"], ["w1", "went", "sf", "1.0-16"]]
    assert all(len(line[0]) == len("2026-01-02") and line[1].count(":") == 2 for line in lines)
    assert (code, rest.strip()) == (130, "pkgstore: cancelled")


def test_only_the_workers_that_were_named(full: StoreBuilder) -> None:
    with watching(full, "--json", "w1") as it:
        it.event()
        manifest(full, "w2", {"dplyr": ref("dplyr", "1.1.4")})
        manifest(full, "w1", {})
        told = it.event()

    assert told["worker_id"] == "w1"


def test_a_reader_that_goes_away_ends_it(full: StoreBuilder) -> None:
    with watching(full, "--json") as it:
        it.event()
        assert it.process.stdout is not None
        it.process.stdout.close()
        manifest(full, "w1", {})
        code = it.process.wait(timeout=30)
        it.process.stdout = None

    assert code == 0


# --- what a new look tells, without a process ---------------------------------------------------------------


def look(store: StoreBuilder) -> Look:
    return Where(store=os.fspath(store.root)).read(sources=False)


def told(follower: Follower, *workers: str) -> list[WorkerEvent]:
    return list(follower.look_again({*map(WorkerKey, workers), LocksKey()}))


def test_nothing_new_is_not_told(full: StoreBuilder) -> None:
    follower = Follower(look(full))
    manifest(full, "w1", {"sf": ref("sf", "1.0-16", LINKED)})

    assert len(follower) == 1
    assert told(follower, "w1", "nobody") == []


def test_a_manifest_that_breaks_is_told_once_and_what_was_before_is_kept(full: StoreBuilder) -> None:
    follower = Follower(look(full))
    path: Path = full.worker("w1") / ".packages.json"
    path.write_text("{")
    broken = told(follower, "w1")
    again = told(follower, "w1")
    manifest(full, "w1", {"sf": ref("sf", "1.0-16", LINKED), "x": "1/1"})
    mended = told(follower, "w1")

    assert [(event.kind, event.worker_id) for event in broken] == [("unreadable", "w1")]
    assert "is no JSON" in broken[0].problem
    assert again == []
    assert mended[0].difference is not None
    assert [change.package for change in mended[0].difference.changes] == ["x"]


def test_a_manifest_that_comes_later(full: StoreBuilder) -> None:
    follower = Follower(look(full))
    full.worker("w3")
    (new,) = told(follower, "w3")
    manifest(full, "w3", {"dplyr": ref("dplyr", "1.1.4")})
    (changed,) = told(follower, "w3")

    assert (new.kind, new.packages) == ("new", None)
    assert (changed.kind, changed.packages) == ("changed", 1)


def test_a_package_that_was_stored_after_the_start_has_its_version(full: StoreBuilder) -> None:
    follower = Follower(look(full))
    full.package("terra").source("1.7").config()
    manifest(full, "w1", {"terra": ref("terra", "1.7")})

    (event,) = told(follower, "w1")

    assert event.difference is not None
    assert {change.package: change.after and change.after.version for change in event.difference.changes} == {
        "sf": None,
        "terra": "1.7",
    }


def test_a_rebuilt_package_is_called_so(full: StoreBuilder) -> None:
    follower = Follower(look(full))
    manifest(full, "w1", {"sf": ref("sf", "1.0-16", {"Rcpp": "2"})})

    (event,) = told(follower, "w1")

    assert event.difference is not None
    assert [change.is_rebuild for change in event.difference.changes] == [True]


def test_polling_is_announced(capsys: pytest.CaptureFixture[str]) -> None:
    polling = WatchState("polling", "this is a network file system")

    watch._tell_state(polling, as_json=False)
    watch._tell_state(WatchState(), as_json=False)
    said = capsys.readouterr()
    watch._tell_state(polling, as_json=True)
    event = json.loads(capsys.readouterr().out)

    assert said.out == ""
    assert said.err == "changes are noticed by polling, some seconds late: this is a network file system\n"
    assert (event["event"], event["mode"], event["why"]) == ("watching", "polling", "this is a network file system")


def test_looking_again_changes_nothing(full: StoreBuilder) -> None:
    follower = Follower(look(full))
    manifest(full, "w1", {"dplyr": ref("dplyr", "1.1.4")})

    with nothing_changes(full.root.parent):
        assert len(told(follower, "w1")) == 1


@pytest.mark.parametrize("broken", [False, True], ids=["whole", "broken"])
def test_hostile_names_are_shown_harmlessly(
    full: StoreBuilder, capsys: pytest.CaptureFixture[str], broken: bool
) -> None:
    follower = Follower(look(full))
    full.worker(HOSTILE, {})
    first = told(follower, HOSTILE)
    full.worker(HOSTILE, {HOSTILE: f"{HOSTILE}/{HOSTILE}", "../..": "../../.."})
    if broken:
        (full.worker(HOSTILE) / ".packages.json").write_text(f'{{"{HOSTILE[:1]}": 3, "x": [')
    for event in (*first, *told(follower, HOSTILE)):
        watch._tell(event, as_json=False)

    out = capsys.readouterr().out
    assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(out)
    assert all(f"  {HOSTILE_SHOWN}  " in line for line in out.splitlines())
    assert len(out.splitlines()) == (2 if broken else 3)
