"""On a terminal: the question of evict, its answers, and what is left on the screen. Real processes on a pty."""

import os
import re
import select
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cli_helpers import HOSTILE, command, environment, nothing_changes

from builders import PLATFORM, StoreBuilder

PROMPT = "[y/N]: "
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


class Terminal:
    """A process whose three streams are one terminal."""

    def __init__(self, *arguments: object) -> None:
        self.master, slave = os.openpty()
        self.text = ""
        self.process = subprocess.Popen(
            command(*arguments), stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env=environment()
        )
        os.close(slave)

    def read_until(self, words: str) -> None:
        while words not in self.text:
            assert self._read(), f"the process ended without {words!r}: {self.text!r}"

    def _read(self) -> bool:
        ready, _, _ = select.select([self.master], [], [], 60)
        assert ready, f"nothing came for a minute after {self.text!r}"
        try:
            part = os.read(self.master, 4096)
        except OSError:  # the other side is closed
            return False
        self.text += part.decode(errors="replace")
        return bool(part)

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def wait_for_input(self) -> None:
        """Until the process sleeps, which after its question it does only in reading the answer."""
        stat = Path(f"/proc/{self.process.pid}/stat")
        while stat.read_text().rpartition(")")[2].split()[0] != "S":
            assert self.process.poll() is None

    def end(self) -> int:
        while self._read():
            pass
        return self.process.wait(60)


@contextmanager
def terminal(*arguments: object) -> Iterator[Terminal]:
    opened = Terminal(*arguments)
    try:
        yield opened
    finally:
        if opened.process.poll() is None:
            opened.process.kill()
            opened.process.wait()
        os.close(opened.master)


def eviction(store: StoreBuilder, *more: str) -> tuple[object, ...]:
    return ("evict", "--store", store.root, "--retention", "30d", *more)


@pytest.mark.parametrize("answer", ["n\n", "\n", "no\n"])
def test_no_changes_nothing(full: StoreBuilder, answer: str) -> None:
    with nothing_changes(full.root), terminal(*eviction(full)) as screen:
        screen.read_until(PROMPT)
        screen.type(answer)

        assert screen.end() == 5
    assert "dplyr" in screen.text
    assert f"Evict 1 config of {PLATFORM}? {PROMPT}" in screen.text
    assert "nothing was changed" in screen.text


def test_yes_evicts(full: StoreBuilder) -> None:
    with terminal(*eviction(full)) as screen:
        screen.read_until(PROMPT)
        screen.type("y\n")

        assert screen.end() == 0
    assert "evict: 1 config moved to the trash, " in screen.text
    assert sorted(os.listdir(full.root / PLATFORM)) == ["Rcpp", "sf"]


def test_something_else_is_asked_again(full: StoreBuilder) -> None:
    with nothing_changes(full.root), terminal(*eviction(full)) as screen:
        screen.read_until(PROMPT)
        screen.type("maybe\n")
        screen.read_until("invalid input")
        screen.type("n\n")

        assert screen.end() == 5


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["ctrl+c", "ctrl+d"])
def test_leaving_the_question_changes_nothing(full: StoreBuilder, key: str) -> None:
    with nothing_changes(full.root), terminal(*eviction(full)) as screen:
        screen.read_until(PROMPT)
        if key == "\x03":  # the terminal would send this to the foreground group, which the test is not
            screen.wait_for_input()
            os.killpg(screen.process.pid, signal.SIGINT)
        else:
            screen.type(key)

        assert screen.end() == 130
    assert "cancelled" in screen.text
    assert "Traceback" not in screen.text


def test_what_is_used_while_it_asks_stays(full: StoreBuilder) -> None:
    source = full.package("dplyr").source("1.1.4")
    sidecar = next(source.path.glob("e3b0c442*.json"))
    with terminal(*eviction(full, "--json")) as screen:
        screen.read_until(PROMPT)
        os.utime(sidecar)
        screen.type("y\n")

        assert screen.end() == 0
    assert '"removed": 0' in screen.text
    assert '"skipped": 1' in screen.text
    assert sidecar.exists()


@pytest.mark.parametrize("yes", [True, False])
def test_the_cursor_is_there_again_afterwards(full: StoreBuilder, yes: bool) -> None:
    for number in range(30):
        full.package(f"old{number}").source("1").config(used="90d")

    with terminal(*eviction(full, *(["--yes"] if yes else []))) as screen:
        if not yes:
            screen.read_until(PROMPT)
            screen.type("y\n")
        assert screen.end() == 0

    assert "31 configs moved to the trash" in screen.text
    assert screen.text.rfind(SHOW) >= screen.text.rfind(HIDE)


def test_the_summary_stands_on_a_line_of_its_own(full: StoreBuilder) -> None:
    with terminal(*eviction(full, "--yes", "-v")) as screen:
        assert screen.end() == 0

    shown = [re.split(r"\r", line.rstrip("\r"))[-1] for line in screen.text.split("\n")]
    plain = [re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", line) for line in shown]
    assert any(line.startswith("moved dplyr ") and line.rstrip().endswith("B") for line in plain)
    assert any(line.startswith("evict: 1 config moved to the trash, ") and "to be freed" in line for line in plain)


def test_no_bar_where_stderr_is_no_terminal(full: StoreBuilder) -> None:
    ended = subprocess.run(
        command(*eviction(full, "--yes")), stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False
    )

    assert ended.returncode == 0
    assert b"\x1b" not in ended.stderr
    assert b"\r" not in ended.stderr
    summary, undo = ended.stderr.splitlines()
    assert summary.startswith(b"evict: 1 config moved to the trash, ")
    assert undo.startswith(b"put it back with: pkgstore restore ")


@pytest.mark.parametrize("name", ["4.5-" + HOSTILE])
def test_a_hostile_platform_never_reaches_the_terminal(full: StoreBuilder, name: str, tmp_path: Path) -> None:
    hostile = StoreBuilder(tmp_path / "other", platform=name)
    hostile.package("dplyr").source("1").config(used="90d")

    with nothing_changes(hostile.root), terminal(*eviction(hostile)) as screen:
        screen.read_until(PROMPT)
        screen.type("n\n")
        assert screen.end() == 5

    assert "\x1b]" not in screen.text
    assert "\x07" not in screen.text
    assert "\u202e" not in screen.text


def test_hostile_platforms_in_a_usage_error(full: StoreBuilder) -> None:
    full.on("4.5-" + HOSTILE).package("dplyr").source("1").config(used="90d")

    with nothing_changes(full.root), terminal(*eviction(full)) as screen:
        assert screen.end() == 2

    assert "it has 4.5-x␛]0;owned␇" in screen.text
    assert "\x1b]" not in screen.text
    assert "\x07" not in screen.text
    assert "\u202e" not in screen.text
