"""The journal: what is written, that several processes can write it, that nothing in it can hurt a reader."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from builders import HASHES, PLATFORM, StoreBuilder
from pkgstore import files
from pkgstore.errors import DiskError, InputError, StoreError
from pkgstore.journal import (
    LONGEST_LINE,
    Actor,
    Journal,
    evicted,
    new_operation,
    operation_time,
    operations,
    read_evicted,
    read_journal,
)
from pkgstore.layout import Layout, is_operation

OPERATION = "20261126T191500-evict-3f2a"
ACTOR = Actor("root", "server", 12, "pkgstore evict --retention 720h")
NAME = (PLATFORM, "sf", f"{HASHES[1]}/{HASHES[2]}")
ITEM = {"platform": NAME[0], "package": NAME[1], "ref": NAME[2]}


@pytest.fixture
def layout(store: StoreBuilder) -> Layout:
    return Layout(str(store.root))


@pytest.fixture
def journal(layout: Layout) -> Journal:
    return Journal(layout, OPERATION, ACTOR)


def test_an_operation_is_told_from_its_begin_to_its_end(layout: Layout, journal: Journal) -> None:
    journal.begin("evict", {"items": 1, "platforms": [PLATFORM]})
    journal.item({**ITEM, "result": "trashed", "reason": "nobody needs it"})
    journal.end("done", {"result": {"removed": 1}})

    (past,) = operations(read_journal(layout))
    assert (past.operation, past.what, past.outcome) == (OPERATION, "evict", "done")
    assert (past.who, past.command) == ("root@server", "pkgstore evict --retention 720h")
    assert past.plan == {"items": 1, "platforms": [PLATFORM]}
    assert [item.text("result") for item in past.items] == ["trashed"]
    assert past.ended is not None
    assert past.began <= past.ended


def test_what_has_no_end_was_cut_short(layout: Layout, journal: Journal) -> None:
    journal.begin("evict", {})
    (past,) = operations(read_journal(layout))
    assert (past.outcome, past.ended) == ("", None)


def test_it_says_what_was_evicted_when_and_by_whom(layout: Layout, journal: Journal) -> None:
    journal.begin("evict", {})
    journal.item({**ITEM, "result": "trashed", "reason": "nobody needs it"})
    journal.item({**ITEM, "package": "s2", "result": "skipped"})

    found = read_evicted(layout)
    assert list(found) == [NAME]
    gone = found[NAME]
    assert (gone.operation, gone.who, gone.reason) == (OPERATION, "root@server", "nobody needs it")
    assert abs(gone.at - os.stat(layout.journal).st_mtime) < 60


@pytest.mark.parametrize("again", ["restored", "ingested"])
def test_what_is_there_again_is_not_evicted(layout: Layout, journal: Journal, again: str) -> None:
    journal.item({**ITEM, "result": "deleted"})
    assert NAME in read_evicted(layout)
    journal.item({**ITEM, "result": again})
    assert evicted(read_journal(layout).lines) == {}


def test_a_line_that_a_crash_tore_spoils_only_itself(layout: Layout, journal: Journal) -> None:
    journal.begin("evict", {})
    whole = Path(layout.journal).read_bytes()
    Path(layout.journal).write_bytes(whole + whole[:30])
    journal.end("done", {})

    history = read_journal(layout)
    assert [line.event for line in history.lines] == ["begin", "end"]
    assert history.passed_over == 1


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o777])
def test_nobody_else_may_write_it_whatever_the_umask(layout: Layout, journal: Journal, mask: int) -> None:
    before = os.umask(mask)
    try:
        journal.begin("evict", {})
    finally:
        os.umask(before)
    assert stat.S_IMODE(os.stat(layout.journal).st_mode) == 0o644
    assert stat.S_IMODE(os.stat(layout.ours).st_mode) == 0o755


def test_a_journal_that_others_may_write_is_closed_to_them(layout: Layout, journal: Journal) -> None:
    journal.begin("evict", {})
    os.chmod(layout.journal, 0o666)
    journal.end("done", {})
    assert stat.S_IMODE(os.stat(layout.journal).st_mode) == 0o644


def test_it_is_written_through_no_link_and_into_no_pipe(layout: Layout, journal: Journal, tmp_path: Path) -> None:
    os.makedirs(layout.ours)
    other = tmp_path / "other"
    other.write_text("mine")
    os.symlink(other, layout.journal)
    with pytest.raises(DiskError):
        journal.begin("evict", {})
    os.unlink(layout.journal)
    os.mkfifo(layout.journal)
    with pytest.raises(StoreError, match="is no regular file"):
        journal.begin("evict", {})
    with pytest.raises(InputError, match="is no regular file"):
        read_journal(layout)
    assert other.read_text() == "mine"
    assert read_evicted(layout) == {}


def test_long_and_odd_texts_stay_one_bounded_line(layout: Layout) -> None:
    command = "pkgstore evict " + "\n\udcff\x1b" * 100_000
    journal = Journal(layout, OPERATION, Actor("root", "server", 1, command))
    journal.begin("evict", {"refs": ["x" * 5000] * 100})
    journal.begin("evict", {"items": 2})

    data = Path(layout.journal).read_bytes()
    assert data.count(b"\n") == 2
    assert max(map(len, data.splitlines())) <= LONGEST_LINE
    assert read_journal(layout).passed_over == 0
    assert operations(read_journal(layout))[0].command == ""  # what did not fit is not there by halves


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b"{}",
        b'{"op": 1, "at": "2026-01-01T00:00:00Z", "event": "item"}',
        b'{"op": "../../x", "at": "2026-01-01T00:00:00Z", "event": "item"}',
        b'{"op": "%s", "at": "yesterday", "event": "item"}' % OPERATION.encode(),
        b'{"op": "%s", "at": 5, "event": "item"}' % OPERATION.encode(),
        b'{"op": "%s", "at": "2026-01-01T00:00:00Z", "event": "other"}' % OPERATION.encode(),
        b'{"op": "%s", "at": "2026-01-01T00:00:00Z", "event": []}' % OPERATION.encode(),
        b"[" * 50_000,
        b'{"x": "' + b"y" * LONGEST_LINE + b'"}',
    ],
    ids=range(15),
)
def test_lines_that_cannot_be_read_are_passed_over_and_said(layout: Layout, journal: Journal, line: bytes) -> None:
    journal.begin("evict", {})
    with open(layout.journal, "ab") as file:
        file.write(line + b"\n")
    journal.end("done", {})

    history = read_journal(layout)
    assert [found.event for found in history.lines] == ["begin", "end"]
    assert history.passed_over == (1 if line else 0)


def test_facts_of_a_wrong_kind_are_no_facts(layout: Layout, journal: Journal) -> None:
    journal.item({"platform": 1, "package": ["sf"], "ref": None, "result": "trashed", "plan": 3})
    assert evicted(read_journal(layout).lines) == {}
    assert operations(read_journal(layout))[0].plan == {}


def test_of_a_huge_journal_the_end_is_read(layout: Layout, journal: Journal) -> None:
    journal.begin("evict", {})
    with open(layout.journal, "ab") as file:
        file.truncate(2**33)  # a hole of 8 GiB
        file.seek(0, os.SEEK_END)
    journal.end("done", {})

    history = read_journal(layout, most=4096)
    assert [line.event for line in history.lines] == ["end"]
    assert history.is_cut


def test_a_line_that_the_disk_takes_half_of_is_taken_back(
    layout: Layout, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.begin("evict", {})
    before = Path(layout.journal).read_bytes()
    real = os.write
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda fd, data: real(fd, data[: len(data) // 2]))
        with pytest.raises(DiskError, match="No space left"):
            journal.end("done", {})
    assert Path(layout.journal).read_bytes() == before


PROGRAM = """
import sys
from pkgstore.journal import Actor, Journal
from pkgstore.layout import Layout
journal = Journal(Layout(sys.argv[1]), sys.argv[2], Actor("u", "h", 1))
for number in range(100):
    journal.item({"number": number, "padding": "x" * (number * 37 % 3000)})
"""


def test_several_processes_write_whole_lines(layout: Layout) -> None:
    names = [f"20261126T191500-evict-{number:04x}" for number in range(6)]
    running = [subprocess.Popen([sys.executable, "-c", PROGRAM, layout.root, name]) for name in names]
    assert [process.wait(60) for process in running] == [0] * 6
    history = read_journal(layout)
    assert history.passed_over == 0
    for name in names:
        numbers = [line.facts["number"] for line in history.lines if line.operation == name]
        assert numbers == list(range(100))


def test_who_stops_in_the_middle_stops_nobody_else(
    layout: Layout, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    monkeypatch.setattr(files, "WAIT_TO_APPEND", 0.01)
    journal.begin("evict", {})
    with open(layout.journal, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        journal.end("done", {})
    assert [line.event for line in read_journal(layout).lines] == ["begin", "end"]


def test_no_journal_is_an_empty_one(layout: Layout) -> None:
    assert read_journal(layout).lines == ()
    assert read_evicted(layout) == {}


def test_ids_sort_by_time_and_say_what_they_are() -> None:
    made = new_operation("evict")
    assert is_operation(made)
    assert made.split("-")[1] == "evict"
    assert sorted(["20261126T191500-evict-3f2a", "20251126T191500-restore-ffff"])[0].startswith("2025")
    assert operation_time(OPERATION) == 1795720500.0
    assert operation_time("evict-3f2a") is None
    assert operation_time("20269926T191500-evict-3f2a") is None


@pytest.mark.parametrize(
    "name", ["", "..", "evict-3f2a", OPERATION + "/..", OPERATION + "\n", OPERATION + ".emptying"]
)
def test_other_names_are_no_ids(layout: Layout, name: str) -> None:
    assert not is_operation(name)
    with pytest.raises(StoreError):
        layout.trash_of(name)


def test_the_present_actor_is_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "alice")
    actor = Actor.present("pkgstore sweep")
    assert actor.pid == os.getpid()
    assert actor.user.endswith("(sudo by alice)")
    assert actor.host
    assert json.dumps(actor.command) == '"pkgstore sweep"'
