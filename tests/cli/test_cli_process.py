"""Real processes: the console script, signals, and readers that go away."""

import os
import signal
import subprocess
from pathlib import Path

import pytest
from cli_helpers import Runner, command, contents, environment, process

import pkgstore.operations.ingest as ingesting
from builders import PLATFORM, LibraryBuilder, StoreBuilder, entry, left_in, write_lockfile
from pkgstore.journal import read_journal
from pkgstore.layout import Layout

OLD = [f"old{number:02}" for number in range(20)]


@pytest.fixture
def many(store: StoreBuilder) -> StoreBuilder:
    """Twenty packages that are due for eviction."""
    for name in OLD:
        store.package(name).source("1").config(used="90d")
    return store


def eviction(store: StoreBuilder, *more: str) -> tuple[object, ...]:
    return ("evict", "--store", store.root, "--retention", "30d", "--yes", "-v", *more)


def whole(store: StoreBuilder, run: Runner) -> list[str]:
    """The packages that are left; each complete, no lock or helper beside them, the journal whole."""
    ran = run("ls", "--store", store.root, "--json")
    assert ran.code == 0
    configs = ran.json["configs"]
    assert all(config["listed"] and config["has_tree"] and config["last_used"] for config in configs)
    assert not list(store.root.glob(".locks/*/*/*"))
    assert set(left_in(store.root / ".pkgstore") if (store.root / ".pkgstore").exists() else ()) <= {
        "digests",
        "journal.jsonl",
        "trash",
    }
    assert read_journal(Layout(str(store.root))).passed_over == 0
    return sorted(config["package"] for config in configs)


def test_the_console_script(full: StoreBuilder) -> None:
    ran = process("ls", "--store", full.root, "dplyr", script=True)

    assert ran.code == 0
    assert ran.out.splitlines()[1].split()[:3] == ["dplyr", "1.1.4", "6c50662f"]
    assert process("evict", "--store", full.root, "--retention", "30d", script=True).code == 5
    assert process("ls", "--store", full.root.parent / "no", script=True).code == 3
    assert process("ls", "--bogus", script=True).code == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_an_eviction_waits_for_a_lock(
    many: StoreBuilder, run: Runner, number: signal.Signals
) -> None:
    lock = many.package(OLD[5]).source("1").locked()
    running = subprocess.Popen(
        command(*eviction(many, "--lock-timeout", "1h")),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment(),
        text=True,
    )
    with running:
        assert running.stderr is not None
        for name in OLD[:5]:
            assert running.stderr.readline().startswith(f"moved {name} ")
        running.send_signal(number)
        rest = running.stderr.read()

    assert running.returncode == 130
    assert rest == "pkgstore: cancelled; what was done so far is whole and stays\n"
    assert lock.is_dir()
    lock.rmdir()
    assert whole(many, run) == OLD[5:]


def test_ctrl_c_during_an_ingest_leaves_whole_state(
    store: StoreBuilder, run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = LibraryBuilder(tmp_path / "lib").package("a").package("b").package("c")
    lockfile = write_lockfile(tmp_path / "pak.lock", entry("a"), entry("b"), entry("c"))
    real = ingesting.ingest_tree

    def interrupted(layout, key, tree):  # type: ignore[no-untyped-def]
        if key.package == "b":
            signal.raise_signal(signal.SIGINT)
        return real(layout, key, tree)

    monkeypatch.setattr(ingesting, "ingest_tree", interrupted)
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    ran = run("ingest", "--lockfile", lockfile, "--lib", library.path, "--store", store.root, "--json")

    assert (ran.code, ran.out) == (130, "")
    assert ran.err == "pkgstore: cancelled; what was done so far is whole and stays\n"
    assert whole(store, run) == ["a", "b"]
    assert sorted(os.listdir(library.path)) == ["c"]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_the_second_ctrl_c_stops_at_once_and_releases_the_lock(
    store: StoreBuilder, run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = LibraryBuilder(tmp_path / "lib").package("a")
    lockfile = write_lockfile(tmp_path / "pak.lock", entry("a"))

    def interrupted(*_: object) -> bool:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("the second one did not stop it")

    monkeypatch.setattr(ingesting, "ingest_tree", interrupted)
    before = contents(library.path)
    ran = run("ingest", "--lockfile", lockfile, "--lib", library.path, "--store", store.root)

    assert ran.code == 130
    assert "cancelled" in ran.err
    assert contents(library.path) == before
    assert whole(store, run) == []


def test_a_reader_that_goes_away_is_no_fault(many: StoreBuilder) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ended = subprocess.run(
            command("ls", "--store", many.root),
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=subprocess.PIPE,
            timeout=60,
            env=environment(),
            check=False,
        )
    finally:
        os.close(writer)

    assert ended.returncode == 0
    assert ended.stderr in {b"", b"20 configs in %s\n" % os.fsencode(many.root)}


def test_nobody_listening_to_the_talk_does_not_stop_the_work(many: StoreBuilder, run: Runner) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ended = subprocess.run(
            command(*eviction(many)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=writer,
            timeout=60,
            env=environment(),
            check=False,
        )
    finally:
        os.close(writer)

    left = whole(many, run)
    assert (ended.returncode, left) == (0, [])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_an_answer_that_cannot_be_written_is_an_error(many: StoreBuilder) -> None:
    with Path("/dev/full").open("wb") as full_disk:
        ended = subprocess.run(
            command("ls", "--store", many.root, "--json"),
            stdin=subprocess.DEVNULL,
            stdout=full_disk,
            stderr=subprocess.PIPE,
            timeout=60,
            env=environment(),
            check=False,
        )

    assert ended.returncode == 3
    assert b"No space left on device" in ended.stderr
    assert b"Traceback" not in ended.stderr


@pytest.mark.parametrize("arguments", [("ls",), ("ls", "--json"), ("show", "pkg\x1bé")])
def test_a_terminal_that_knows_only_ascii(store: StoreBuilder, arguments: tuple[str, ...]) -> None:
    store.package("pkg\x1bé").source("1").config(used="10d")

    ran = process(*arguments, "--store", store.root, PYTHONIOENCODING="ascii")

    assert ran.code == 0
    assert "pkg" in ran.out
    assert "Traceback" not in ran.err


def test_every_command_starts_without_the_interface(full: StoreBuilder) -> None:
    script = (
        "import sys\nfrom pkgstore_tui.cli import main\n"
        f"main(['ls', '--store', {str(full.root)!r}])\n"
        "print(sorted({'textual', 'rich', 'watchdog'} & set(sys.modules)))"
    )
    ended = subprocess.run(
        [*command()[:2], script], capture_output=True, timeout=60, env=environment(), text=True, check=True
    )

    assert ended.stdout.splitlines()[-1] == "[]"
    assert PLATFORM in ended.stdout
