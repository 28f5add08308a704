"""evict: what goes, what it prints, its exit codes; durations, platforms and locks of other commands too."""

import os
import time
from pathlib import Path

import pytest
from cli_helpers import Runner, contents, nothing_changes

from builders import PLATFORM, LibraryBuilder, StoreBuilder, entry, left_in, ref, source_hash, write_lockfile
from intercept import before

NOTHING = {
    "schema_version": 1,
    "removed": 0,
    "skipped": 0,
    "failed": 0,
    "freed_bytes": 0,
    "trash_bytes": 0,
    "operation": None,
    "kept": 0,
}
"""What --json prints where nothing was done."""

OTHER = "4.4-x86_64-pc-linux-gnu"


def packages(store: StoreBuilder, platform: str = PLATFORM) -> list[str]:
    return sorted(os.listdir(store.root / platform))


def test_evict_removes_what_was_not_used(full: StoreBuilder, run: Runner) -> None:
    kept = contents(full.root)

    ran = run("evict", "--store", full.root, "--retention", "720h", "--yes", "-v")

    assert (ran.code, ran.out) == (0, "")
    removed, summary, undo = ran.said
    assert removed.startswith(f"moved dplyr 1.1.4 ({source_hash('dplyr', '1.1.4')[:8]}/e3b0c442) to the trash, ")
    assert summary.startswith("evict: 1 config moved to the trash, ")
    assert summary.endswith(" to be freed when it is emptied")
    assert "pkgstore restore 20" in undo
    left = {name: body for name, body in kept.items() if "/dplyr" not in name}
    after = contents(full.root)
    assert {name: body for name, body in after.items() if not name.startswith((".locks", ".pkgstore"))} == left
    gone = {name.split("/", 3)[-1] for name in kept if name.startswith(f"{PLATFORM}/dplyr/")}
    assert gone & {name.split("/", 6)[-1] for name in after if name.startswith(".pkgstore/trash/")}
    assert not list(full.root.glob(".locks/*/*/*.lock"))


def test_evict_json(full: StoreBuilder, run: Runner) -> None:
    tree = full.root / PLATFORM / "dplyr" / ref("dplyr", "1.1.4")
    freed = sum(path.stat().st_blocks * 512 for path in tree.rglob("*") if path.is_file())

    ran = run("evict", "--store", full.root, "--retention", "30d", "--yes", "--json")

    assert ran.code == 0
    assert ran.out.startswith('{\n  "schema_version": 1,\n  "removed": 1,')
    assert ran.json["operation"].split("-")[1] == "evict"
    assert ran.json | {"operation": None} == {**NOTHING, "removed": 1, "trash_bytes": freed}


def test_evict_json_without_trash(full: StoreBuilder, run: Runner) -> None:
    tree = full.root / PLATFORM / "dplyr" / ref("dplyr", "1.1.4")
    freed = sum(path.stat().st_blocks * 512 for path in tree.rglob("*") if path.is_file())

    ran = run("evict", "--store", full.root, "--retention", "30d", "--yes", "--json", "--no-trash")

    assert (ran.code, ran.json) == (0, {**NOTHING, "removed": 1, "freed_bytes": freed})


def test_nothing_to_evict_asks_nothing(full: StoreBuilder, run: Runner) -> None:
    with nothing_changes(full.root):
        ran = run("evict", "--store", full.root, "--retention", "100d")

    assert (ran.code, ran.said) == (0, ["evict: 0 configs removed, 0 B freed"])


def test_without_a_terminal_and_without_yes_nothing_is_changed(full: StoreBuilder, run: Runner) -> None:
    with nothing_changes(full.root):
        ran = run("evict", "--store", full.root, "--retention", "30d")

    assert (ran.code, ran.out) == (5, "")
    assert "dplyr" in ran.said[0]
    assert "last used 90d ago" in ran.said[0]
    assert ran.said[1].startswith("frees ")
    assert ran.said[2] == (
        f"pkgstore: 1 config of {PLATFORM} would be evicted; nothing was changed; give --yes to do it"
    )


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("2160h", ["dplyr", "new"]),
        ("30d", ["new"]),
        ("0.5h30m0s", ["new"]),
        ("1h30m", ["new"]),
        ("5m", []),
        ("0", ["dplyr", "new"]),
        ("0s", ["dplyr", "new"]),
    ],
)
def test_durations(store: StoreBuilder, run: Runner, text: str, left: list[str]) -> None:
    store.package("dplyr").source("1").config(used="40d")
    store.package("new").source("1").config(used="10m")

    ran = run("evict", "--store", store.root, "--retention", text, "--yes", "--json")

    assert (ran.code, ran.json["removed"]) == (0, 2 - len(left))
    assert packages(store) == left


@pytest.mark.parametrize(
    "text",
    [
        "",
        "30",
        "d",
        "1 h",
        "1y",
        "h1",
        "1h30",
        "0x1h",
        "300000000h",
        pytest.param("9" * 5000 + "h", id="5000 digits"),
    ],
)
@pytest.mark.parametrize("option", ["--retention", "--lock-timeout"])
def test_a_wrong_duration_is_a_usage_error(full: StoreBuilder, run: Runner, option: str, text: str) -> None:
    with nothing_changes(full.root):
        ran = run("evict", "--store", full.root, "--retention", "30d", "--yes", option, text)

    assert (ran.code, ran.out) == (2, "")
    assert f"Invalid value for '{option}'" in ran.err
    assert "write it like 720h, 1h30m, 30d or 0" in ran.err


@pytest.mark.parametrize("command", ["evict", "assemble"])
def test_several_platforms_have_to_be_told_apart(full: StoreBuilder, run: Runner, command: str) -> None:
    full.on(OTHER).package("old").source("1").config(used="90d")
    app = full.app("shop", {})
    more = {
        "evict": ("--retention", "30d", "--yes"),
        "assemble": ("--manifest", app / "store-manifest.json", "--lib", full.root.parent / "lib"),
    }[command]

    with nothing_changes(full.root.parent):
        ran = run(command, "--store", full.root, *more)

    assert (ran.code, ran.out) == (2, "")
    assert f"it has {OTHER}, {PLATFORM}" in ran.err
    assert "--platform" in ran.err
    assert run(command, "--store", full.root, *more, "--platform", OTHER).code == 0


def test_only_the_named_platform_is_swept(full: StoreBuilder, run: Runner) -> None:
    full.on(OTHER).package("old").source("1").config(used="90d")

    ran = run("evict", "--store", full.root, "--retention", "30d", "--yes", "--platform", OTHER)

    assert ran.code == 0
    assert packages(full, OTHER) == []
    assert packages(full) == ["Rcpp", "dplyr", "sf"]


def test_a_platform_that_the_store_has_not_is_not_quietly_clean(full: StoreBuilder, run: Runner) -> None:
    with nothing_changes(full.root):
        ran = run("evict", "--store", full.root, "--retention", "30d", "--yes", "--platform", "4.5-x86")

    assert ran.code != 0
    assert "4.5-x86" in ran.err
    assert PLATFORM in ran.err


def test_a_store_of_no_packages_has_no_platform(store: StoreBuilder, run: Runner) -> None:
    with nothing_changes(store.root):
        ran = run("evict", "--store", store.root, "--retention", "30d", "--yes")

    assert ran.code == 2
    assert "it has none yet" in ran.err


def test_a_lock_that_others_hold_is_busy(full: StoreBuilder, run: Runner) -> None:
    lock = full.package("dplyr").source("1.1.4").locked("5m")

    with nothing_changes(full.root / PLATFORM, full.root / ".locks"):
        ran = run("evict", "--store", full.root, "--retention", "30d", "--yes", "--lock-timeout", "0s", "--json")

    assert ran.code == 4
    assert ran.json | {"operation": None} == {**NOTHING, "failed": 1}
    assert left_in(full.root / ".pkgstore") == {"journal.jsonl"}
    assert f"failed dplyr: {lock}: somebody else has held this lock for 5 min" in ran.err
    assert "try again later" in ran.err


def test_ingest_waits_for_a_lock_and_gives_up(store: StoreBuilder, run: Runner, tmp_path: Path) -> None:
    lock = store.package("sf").source("1").locked()
    lib = LibraryBuilder(tmp_path / "lib").package("sf", "1").path
    lockfile = write_lockfile(tmp_path / "pak.lock", entry("sf", "1"))

    began = time.monotonic()
    with nothing_changes(tmp_path):
        ran = run("ingest", "--lockfile", lockfile, "--lib", lib, "--store", store.root, "--lock-timeout", "20ms")

    assert (ran.code, ran.out) == (4, "")
    assert time.monotonic() - began >= 0.02
    assert str(lock) in ran.err


def test_a_lock_left_by_a_crash_is_broken(full: StoreBuilder, run: Runner) -> None:
    lock = full.package("dplyr").source("1.1.4").locked("31m")

    assert run("evict", "--store", full.root, "--retention", "30d", "--yes", "--lock-timeout", "0").code == 0
    assert not lock.exists()
    assert packages(full) == ["Rcpp", "sf"]


def test_busy_and_done_is_partly_done(full: StoreBuilder, run: Runner) -> None:
    full.package("stale").source("1").config(used="90d").locked()

    ran = run("evict", "--store", full.root, "--retention", "30d", "--yes", "--lock-timeout", "0", "--json")

    assert (ran.code, ran.json["removed"], ran.json["failed"]) == (6, 1, 1)
    assert packages(full) == ["Rcpp", "sf", "stale"]


def test_a_source_that_cannot_be_changed_is_named_and_the_rest_goes_on(full: StoreBuilder, run: Runner) -> None:
    bad = full.package("bad").source("1").config(used="90d")
    bad.configs_json.write_text("{ no json")

    with nothing_changes(bad.path):
        ran = run("evict", "--store", full.root, "--retention", "30d", "--yes")

    assert ran.code == 6
    assert packages(full) == ["Rcpp", "bad", "sf"]
    failed, summary, _ = ran.said
    assert failed.startswith(f"failed bad: {bad.configs_json}: cannot be used: is no JSON: ")
    assert "ingest" in failed
    assert summary.startswith("evict: 1 config moved to the trash, ")
    assert summary.endswith(", 1 failed")


def test_what_cannot_be_listed_is_not_quietly_left_out(
    full: StoreBuilder, run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = full.root / PLATFORM / "dplyr"

    def refuse(path: str) -> None:
        if path == str(closed):
            raise PermissionError(13, "Permission denied")

    before(monkeypatch, refuse, "scandir")
    ran = run("evict", "--store", full.root, "--retention", "30d", "--yes")

    assert ran.code == 6
    assert str(closed) in ran.err
    assert "Permission denied" in ran.err


def test_a_broken_manifest_of_a_worker_is_no_part_of_a_plain_sweep(full: StoreBuilder, run: Runner) -> None:
    (full.worker("w9") / ".packages.json").write_text("{")

    with nothing_changes(full.root):
        stopped = run("evict", "--store", full.root, "--retention", "30d", "--yes")
    assert (stopped.code, len(stopped.said)) == (5, 1)
    assert "w9" in stopped.err

    ran = run("evict", "--store", full.root, "--retention", "30d", "--yes", "--ignore-roots", "--no-trash")
    assert (ran.code, len(ran.said)) == (0, 1)
