"""pin, forecast, sweep and clean on the command line."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from cli_helpers import Runner, command, environment, nothing_changes

from builders import PLATFORM, StoreBuilder, ref, seconds
from pkgstore.journal import operations, read_journal
from pkgstore.layout import Layout


def past(store: StoreBuilder) -> list[tuple[str, str]]:
    return [(one.what, one.outcome) for one in operations(read_journal(Layout(str(store.root))))]


def aged(path: Path, age: str) -> Path:
    """Everything below a path, as if nothing had changed for so long."""
    then = time.time() - seconds(age)
    for folder, _, names in os.walk(path, topdown=False):
        for name in (*names, "."):
            os.utime(os.path.join(folder, name), (then, then))
    return path


# --- pins ------------------------------------------------------------------------------------------------


def test_what_is_pinned_stays_until_it_is_unpinned(full: StoreBuilder, run: Runner) -> None:
    dplyr = ref("dplyr", "1.1.4")
    made = run("pin", "--yes", dplyr[:10], "--reason", "the course of May", "--store", full.root, "--json")
    assert (made.code, made.json["pin"]["what"]) == (0, "dplyr 1.1.4")
    name = made.json["pin"]["id"]

    kept = run("evict", "--idle", "30d", "--yes", "--json", "--store", full.root)
    assert (kept.json["removed"], kept.json["kept"]) == (0, 1)
    assert "the course of May" in run("roots", "dplyr", "--store", full.root).out
    assert "the course of May" in run("pin", "list", "--store", full.root).out

    assert run("pin", "--yes", "--remove", name, "--store", full.root).code == 0
    assert run("evict", "--idle", "30d", "--yes", "--json", "--store", full.root).json["removed"] == 1
    assert past(full) == [("pin", "done"), ("unpin", "done"), ("evict", "done")]


def test_a_rollback_target_is_pinned_as_it_is_now(full: StoreBuilder, run: Runner) -> None:
    dplyr = {"dplyr": ref("dplyr", "1.1.4")}
    app = full.app("shop", {}, prev=dplyr)
    assert run("pin", "--yes", "--app", "shop", "--reason", "audit", "--for", "30d", "--store", full.root).code == 0
    (app / "store-manifest.json.prev").write_text("{}")
    assert run("evict", "--idle", "30d", "--yes", "--json", "--store", full.root).json["removed"] == 0
    let_go = run(
        "evict", "--idle", "30d", "-n", "--store", full.root, "--drop-root", f"pinned:{_pin_id(full, run)}"
    )
    assert [line for line in let_go.said if "it was pinned on purpose" in line]


def _pin_id(store: StoreBuilder, run: Runner) -> str:
    return run("pin", "--store", store.root, "--json").json["pins"][0]["id"]


def test_without_a_terminal_nothing_is_pinned_or_unpinned_unasked(full: StoreBuilder, run: Runner) -> None:
    dplyr = ref("dplyr", "1.1.4")
    with nothing_changes(full.root):
        ran = run("pin", dplyr, "--reason", "the course", "--until", "2127-03-31", "--store", full.root)
    assert ran.code == 5
    assert "would pin dplyr 1.1.4: 1 config, until 2127-04-01 00:00:00 (the course)" in ran.err
    assert "1 config would be pinned; nothing was changed; give --yes to do it" in ran.err
    assert run("pin", dplyr, "--reason", "the course", "--yes", "--store", full.root).code == 0
    with nothing_changes(full.root):
        ran = run("pin", "--remove", dplyr, "--store", full.root)
    assert ran.code == 5
    assert "would unpin dplyr 1.1.4, pin" in ran.err
    assert "1 pin would be removed; nothing was changed; give --yes to do it" in ran.err


def test_two_configs_of_a_package_are_two_pins(full: StoreBuilder, run: Runner) -> None:
    other = full.package("dplyr").source("1.1.4").config({"Rcpp": "1.0.13"})
    refs = ref("dplyr", "1.1.4"), other.ref
    ran = run("pin", *refs, "--reason", "both", "--yes", "--json", "--store", full.root)
    assert ran.code == 0
    names = [f"dplyr 1.1.4 {one.partition('/')[2][:8]}" for one in refs]
    assert sorted(pin["what"] for pin in ran.json["pins"]) == sorted(names)
    assert past(full) == [("pin", "done"), ("pin", "done")]


def test_restore_asks_as_evict_does(full: StoreBuilder, run: Runner) -> None:
    assert run("evict", ref("dplyr", "1.1.4"), "--yes", "--store", full.root).code == 0
    with nothing_changes(full.root):
        ran = run("restore", "last", "--store", full.root)
    assert ran.code == 5
    assert "would put back dplyr 1.1.4 (" in ran.err
    assert "would be put back; nothing was changed; give --yes to do it" in ran.err
    assert run("restore", "last", "--yes", "--store", full.root).code == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--app", "shop", "--reason", "x", "--for", "1d", "--until", "2127-01-01"), 2),
        ((ref("dplyr", "1.1.4"), "--reason", "x", "--until", "2020-01-01"), 3),
        ((ref("dplyr", "1.1.4"), "--reason", "x", "--until", "soon"), 3),
        ((ref("dplyr", "1.1.4"),), 2),
        (("zzzzzzzz", "--reason", "x"), 2),
        (("--app", "none", "--reason", "x"), 3),
        (("--app", "shop", ref("dplyr", "1.1.4"), "--reason", "x"), 2),
        (("--remove",), 2),
        (("--remove", "none"), 2),
    ],
)
def test_a_pin_that_cannot_be_changes_nothing(
    full: StoreBuilder, run: Runner, words: tuple[str, ...], code: int
) -> None:
    with nothing_changes(full.root):
        assert run("pin", "--yes", *words, "--store", full.root).code == code


def test_a_pin_that_the_journal_cannot_tell_of_is_made_and_said(full: StoreBuilder, run: Runner) -> None:
    (full.root / ".pkgstore" / "journal.jsonl").mkdir(parents=True)
    ran = run("pin", "--yes", ref("dplyr", "1.1.4"), "--reason", "x", "--store", full.root)
    assert ran.code == 6
    assert "failed journal: " in ran.err
    assert len(run("pin", "--store", full.root, "--json").json["pins"]) == 1


# --- forecast --------------------------------------------------------------------------------------------


def test_the_forecast_as_text_and_as_json(full: StoreBuilder, run: Runner) -> None:
    with nothing_changes(full.root):
        ran = run("forecast", "--retention", "30d", "--store", full.root)
        found = run("forecast", "--retention", "30d", "--store", full.root, "--json").json
    assert ran.code == 0
    heading, now, later = ran.out.splitlines()
    assert heading.split() == ["DAY", "UNTIL", "CONFIGS", "NEEDED", "INCOMPLETE"]
    assert now.split() == ["0", "the", "next", "sweep", "1", "0"]
    assert "worker w1" in later
    assert [(day["day"], day["needed"]) for day in found["days"]] == [(0, 0), (20, 1)]
    assert "with a retention of 11 days (264h)" in ran.err
    assert run("forecast", "--store", full.root).code == 2


# --- sweep -----------------------------------------------------------------------------------------------


def test_a_sweep_keeps_what_is_needed_and_empties_old_trash(full: StoreBuilder, run: Runner) -> None:
    old = full.root / ".pkgstore" / "trash" / "20200101T000000-evict-0001" / PLATFORM / "x" / "y" / "z"
    old.mkdir(parents=True)
    ran = run("sweep", "--retention", "5d", "--once", "--json", "--store", full.root)
    assert (ran.code, ran.json["event"], ran.json["removed"], ran.json["kept"]) == (0, "swept", 2, 1)
    assert sorted(os.listdir(full.root / PLATFORM)) == ["sf"]
    assert [line for line in ran.said if "kept 1 config that somebody needs" in line]
    assert past(full) == [("sweep", "done"), ("empty", "done")]
    (kept,) = os.listdir(full.root / ".pkgstore" / "trash")
    assert kept.split("-")[1] == "sweep"
    assert run("restore", "--yes", "last", "--store", full.root).code == 0
    assert sorted(os.listdir(full.root / PLATFORM)) == ["Rcpp", "dplyr", "sf"]


def test_a_sweep_with_a_root_that_cannot_be_read_changes_nothing(full: StoreBuilder, run: Runner) -> None:
    (full.worker("w9") / ".packages.json").write_text("{")
    with nothing_changes(full.root):
        assert run("sweep", "--retention", "5d", "--once", "--store", full.root).code == 5


def test_the_retention_of_the_server_counts(full: StoreBuilder, run: Runner, tmp_path: Path) -> None:
    config = tmp_path / "blockyard.toml"
    config.write_text(f'[storage]\nbundle_server_path = "{tmp_path}"\nstore_retention = "720h"\n')
    ran = run("sweep", "--once", "--config", config)
    assert ran.code == 0
    assert sorted(os.listdir(full.root / PLATFORM)) == ["Rcpp", "sf"]
    assert run("sweep", "--once", "--store", full.root).code == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_sweeper_in_the_background_stops_when_it_is_told(full: StoreBuilder, number: signal.Signals) -> None:
    with subprocess.Popen(
        command("sweep", "--retention", "1s", "--no-trash", "--store", full.root),
        stderr=subprocess.PIPE,
        env=environment(),
        text=True,
    ) as running:
        assert running.stderr is not None
        lines = iter(running.stderr.readline, "")
        try:
            assert next(lines).startswith("sweep: the next in ")
            assert next(line for line in lines if line.startswith("sweep: 2 configs removed"))
            running.send_signal(number)
            assert list(lines)[-1].startswith("sweep: stopped")
        finally:
            running.send_signal(signal.SIGKILL) if running.poll() is None and not running.wait(30) else None
    assert running.returncode == 0
    assert sorted(os.listdir(full.root / PLATFORM)) == ["sf"]


def test_a_retention_of_0_sweeps_nothing_and_ends(full: StoreBuilder, run: Runner) -> None:
    with nothing_changes(full.root):
        assert run("sweep", "--retention", "0", "--store", full.root).code == 0
        assert run("sweep", "--retention", "0", "--once", "--store", full.root).code == 0


# --- clean -----------------------------------------------------------------------------------------------


@pytest.fixture
def littered(full: StoreBuilder) -> StoreBuilder:
    """Stale and fresh ones of everything."""
    full.package("sf").source("1.0-16").locked("50m")
    full.package("Rcpp").source("1.0.12").locked("29m")
    for name, age in (("old", "2d"), ("new", "2h")):
        aged(full.work(f"b-{name}", {}), age)
        aged(full.work(f"s-{name}", staging=True), age)
        aged(full.worker(f"half-{name}"), age)
    aged(full.root / ".workers" / "w1", "5d")
    return full


def standing(store: StoreBuilder) -> set[str]:
    folders = {path.name for name in (".builds", ".staging", ".workers") for path in (store.root / name).iterdir()}
    return folders | {path.parent.name for path in store.root.glob(".locks/*/*/*.lock")}


def test_all_that_is_stale_goes_and_nothing_else(littered: StoreBuilder, run: Runner) -> None:
    with nothing_changes(littered.root):
        assert run("clean", "--store", littered.root).code == 5
        assert run("clean", "--dry-run", "--store", littered.root).code == 0
    ran = run("clean", "--yes", "--store", littered.root, "--json")
    assert (ran.code, ran.json["removed"]) == (0, 4)
    assert standing(littered) == {"b-new", "s-new", "half-new", "w1", "Rcpp"}
    assert past(littered) == [("clean", "done")]
    assert os.listdir(littered.root / ".pkgstore") == ["journal.jsonl"]


def test_one_by_one_and_by_kind(littered: StoreBuilder, run: Runner) -> None:
    assert run("clean", "build:b-old", "--yes", "--store", littered.root).code == 0
    assert "b-old" not in standing(littered)
    assert run("clean", "--only", "locks", "--yes", "--store", littered.root).code == 0
    assert {"s-old", "half-old"} <= standing(littered)
    assert "sf" not in standing(littered)
    assert run("clean", "worker:w1", "--yes", "--store", littered.root).code == 0
    assert "w1" not in standing(littered)


@pytest.mark.parametrize(
    "name", ["build:b-new", "staging:s-new", "worker:half-new", "build:none", "worker:..", "build:../../x"]
)
def test_what_is_fresh_or_not_there_is_never_removed(littered: StoreBuilder, run: Runner, name: str) -> None:
    with nothing_changes(littered.root):
        assert run("clean", name, "--yes", "--store", littered.root).code == 2


def test_a_fresh_file_deep_inside_keeps_a_build(littered: StoreBuilder, run: Runner) -> None:
    deep = littered.root / ".builds" / "b-old" / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "file").write_text("being written")
    aged(littered.root / ".builds" / "b-old", "2d")
    os.utime(deep / "file")
    run("clean", "--yes", "--store", littered.root)
    assert "b-old" in standing(littered)


def test_a_link_in_place_of_a_build_is_left_alone(littered: StoreBuilder, run: Runner, tmp_path: Path) -> None:
    elsewhere = tmp_path / "precious"
    elsewhere.mkdir()
    (elsewhere / "file").write_text("x")
    aged(elsewhere, "9d")
    (littered.root / ".builds" / "link").symlink_to(elsewhere)
    run("clean", "--yes", "--store", littered.root)
    assert (elsewhere / "file").read_text() == "x"


def test_what_is_pinned_shows_wherever_it_is_asked_who_needs_what(full: StoreBuilder, run: Runner) -> None:
    store = ("--store", full.root)
    assert run("ls", "state:pinned", *store, "--json").json["configs"] == []
    idle = len(run("ls", "state:idle", *store, "--json").json["configs"])
    before = run("df", *store, "--json").json
    dplyr = ref("dplyr", "1.1.4")
    assert run("pin", dplyr, "--reason", "audit", "--until", "2127-03-31", "--yes", *store).code == 0
    (pinned,) = run("ls", "state:pinned", *store, "--json").json["configs"]
    assert (pinned["package"], pinned["pinned"]) == ("dplyr", True)
    assert len(run("ls", "state:idle", *store, "--json").json["configs"]) == idle - 1
    listed = run("ls", "state:pinned", *store)
    assert "  K  " in listed.out
    assert "flags: K kept by a pin" in listed.err
    after = run("df", *store, "--json").json
    assert after["total"]["rooted"]["configs"] == before["total"]["rooted"]["configs"] + 1
    assert "dplyr 1.1.4 (audit, until 2127-04-01 00:00)" in run("show", "dplyr", *store).out
    (root,) = (root for root in run("roots", *store, "--json").json["roots"] if root["tier"] == "pinned")
    assert root["packages"] == 1
    saved = full.root.parent / "saved.json"
    assert run("scan", *store, "-o", saved).code == 0
    assert run("pin", "--remove", dplyr, "--yes", *store).code == 0
    (still,) = run("ls", "state:pinned", "--from", saved, "--json").json["configs"]
    assert still["package"] == "dplyr"
    assert "(audit" in run("roots", "dplyr", "--from", saved).out
    assert run("ls", "state:pinned", *store, "--json").json["configs"] == []


def test_pins_that_cannot_be_read_are_named_wherever_it_matters(full: StoreBuilder, run: Runner) -> None:
    pins = full.root / ".pkgstore" / "pins.json"
    pins.parent.mkdir()
    pins.write_text("{")
    with nothing_changes(full.root):
        for words in (("ls",), ("df",), ("roots",)):
            ran = run(*words, "--store", full.root)
            assert str(pins) in ran.err, words
            assert ran.code == 1, words
        assert (
            "perhaps others: not every manifest, or pin, could be read"
            in run("show", "dplyr", "--store", full.root).out
        )
        assert run("evict", "--idle", "30d", "--yes", "--store", full.root).code == 5
