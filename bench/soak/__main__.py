"""Open the interface on a store in which everything goes on at once, and say how it bears that.

    python -m bench.soak [--minutes 30] [--workers 200] [--seed 1] [--explain stalls|memory|objects]

Prints a table; exits with 1 when a bar was not met. What was judged, and how, stands in `bench.soak.figures`.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from types import FrameType
from typing import Any, Final, NoReturn

from bench.idle import beside
from bench.measuring import Line, Store, log, machine, table
from bench.shape import PLATFORM
from bench.soak import crashes, figures
from bench.soak.builds import Builds
from bench.soak.catalog import Place
from bench.soak.part import Running
from bench.soak.screen import ALL
from bench.soak.upkeep import findings, repairs, run
from bench.soak.workers import SETTLE, Workers, asking
from bench.terminal import Terminal

ROOM: Final = 4 << 30
"""Bytes that have to be free in memory for the store to be there."""

SAMPLE_EVERY: Final = 2.0
TELL_EVERY: Final = 60.0
_APPS: Final = 20
_PACKAGES: Final = 40


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit code."""
    parser = argparse.ArgumentParser(
        description="Open the interface for long on a store that changes all the time."
    )
    parser.add_argument("--minutes", type=float, default=30.0, help="how long")
    parser.add_argument("--workers", type=int, default=200, help="how many workers")
    parser.add_argument("--seed", type=int, default=1, help="equal seeds begin alike")
    parser.add_argument(
        "--explain", choices=("stalls", "memory", "objects"), default="", help="tell where they come from"
    )
    chosen = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _leave)
    scratch = tempfile.mkdtemp(prefix="soak-", dir=_roomy())
    try:
        lines = list(Soak(scratch, chosen.workers, chosen.seed, chosen.explain).run(chosen.minutes * 60))
    except KeyboardInterrupt:
        log("stopped")
        return 130
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print(f"{machine()}; {chosen.minutes:g} minutes, {chosen.workers} workers, seed {chosen.seed}\n")
    print(table(lines))
    missed = [line.what for line in lines if not line.is_met]
    log(f"{len(missed)} bars were not met{': ' * bool(missed)}{'; '.join(missed)}")
    return 1 if missed else 0


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _roomy() -> str | None:
    """In memory where there is room, unless somebody said where."""
    if "TMPDIR" in os.environ:
        return None
    memory = "/dev/shm"
    is_roomy = os.path.isdir(memory) and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= ROOM
    return memory if is_roomy else None


class Soak:
    """One soak, in a folder of its own."""

    def __init__(self, scratch: str, workers: int, seed: int, explain: str = "") -> None:
        apps = os.path.join(scratch, "bundles")
        self.place, self.scratch = Place(os.path.join(apps, ".pkg-store"), apps), scratch
        self.workers, self.seed, self.explain = workers, seed, explain
        self.apps = max(2, min(_APPS, workers // 5))
        self.socket = os.path.join(scratch, "ask")
        self.samples: list[figures.Sample] = []

    def run(self, seconds: float) -> Iterator[Line]:
        """Do it all; gives what was measured."""
        log(f"making a store with {self.workers} workers in {self.scratch}")
        self._make()
        os.environ["SOAK_SCREEN"] = f"{self.seed},{self.socket},{self.explain}"
        store = Store(self.place.root, self.place.apps, self.scratch)
        with beside() as idle, Terminal(store, "soaking") as terminal:
            terminal.wait_until_ready()
            parts = self._meanwhile(terminal, seconds)
            self._mend()
            time.sleep(SETTLE)
            end = self._ask_for_everything(terminal)
            terminal.ask_for_the_end()
            screen = terminal.result()
        code, found = findings(self.place)
        self._explain(parts, screen, end, found)
        yield from figures.memory_lines(self.samples, seconds)
        yield from figures.stall_lines(screen, idle[0])
        yield from figures.update_lines(parts["workers"], end)
        yield from figures.store_lines(code, found)
        yield from figures.work_lines(parts)

    def _ask_for_everything(self, terminal: Terminal) -> dict[str, Any]:
        try:
            return asking(self.socket)(ALL)
        except OSError:
            if terminal.process.poll() is not None:
                terminal.result()  # says why it ended
            raise

    def _make(self) -> None:
        os.makedirs(os.path.join(self.place.root, PLATFORM))
        builds = Builds(self.place, self.apps, _PACKAGES, self.seed)
        for app in builds.choices:
            builds.build(app)
        workers = Workers(self.place, self.workers, self.seed)
        for _ in range(self.workers):
            workers.come()

    def _parts(self) -> Iterator[tuple[str, tuple[object, ...]]]:
        where = (self.place.root, self.place.apps)
        yield "workers", (*where, self.workers, self.socket, self.seed)
        yield "builds", (*where, self.apps, _PACKAGES, self.seed)
        yield "crashes", (*where, self.seed)
        yield "upkeep", (*where, self.seed)

    def _meanwhile(self, terminal: Terminal, seconds: float) -> dict[str, dict[str, Any]]:
        """Let everything go on for so long; gives what each part did."""
        with ExitStack() as stack:
            running = {}
            for name, words in self._parts():
                running[name] = Running(name, *words)
                stack.callback(running[name].kill)
            self._sample(terminal, running, seconds)
            log("everything comes to its end")
            return {name: part.end() for name, part in running.items()}

    def _sample(self, terminal: Terminal, running: dict[str, Running], seconds: float) -> None:
        began, told = time.monotonic(), 0.0
        while (now := time.monotonic() - began) < seconds:
            if terminal.process.poll() is not None:
                terminal.result()
            for name, part in running.items():
                if part.has_ended:
                    raise RuntimeError(f"{name} ended on its own")
            self.samples.append((now, figures.resident(terminal.process.pid)))
            if now >= told:
                told = now + TELL_EVERY
                log(f"{now / 60:.0f} of {seconds / 60:g} minutes, {self.samples[-1][1]:.1f} MB")
            time.sleep(min(SAMPLE_EVERY, seconds / 60))

    def _mend(self) -> None:
        """What an admin does after a long night: everything that the dead left is old, and cleaned up."""
        crashes.make_old(self.place, 0.0)
        findings(self.place)
        for words in repairs(self.place):
            done = run(*words)
            if done.returncode:
                log(f"{words[0]} ended with {done.returncode}: {done.stderr or done.stdout}")

    def _explain(self, parts: Any, screen: Any, end: Any, found: Any) -> None:
        """Say what the table has no room for."""
        upkeep = parts["upkeep"]
        log(f"found meanwhile: {upkeep.get('seen')}; configs: {upkeep.get('configs')}; admin: {screen['admin']}")
        for name, part in parts.items():
            for error in [*part["errors"], *part.get("lost", ())]:
                log(f"{name}: {error}")
        for text in [*screen["worst_ones"], *screen["where"], *screen["grown"], *end["wrong"][:20]]:
            log(text)
        for item in found:
            if item["severity"] != "advice":
                log(f"{item['code']} {item['package']} {item['path']}: {item['message']}")


if __name__ == "__main__":
    sys.exit(main())
