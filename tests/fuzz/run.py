"""Fuzz every target, as many side by side as there are cores: ``make fuzz``. One line of result for each.

What is new in a run stays in ``.fuzz/`` (git does not see it): ``corpus/`` with inputs that took the code further,
``found/`` with those that something is wrong with.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
STATE = Path(".fuzz")
NAMES = sorted(folder.name for folder in (HERE / "corpus").iterdir())
"""The targets; they are loaded only in the processes that fuzz, where atheris can look into them."""

_MARGIN = 120
"""Seconds after its time that a process may still take, on a machine that is busy, before it counts as stuck."""


@dataclass(frozen=True)
class Result:
    """What came of one target; `coverage` and `new` are empty where the engine does not tell."""

    name: str
    runs: int
    coverage: str
    new: str
    finds: tuple[str, ...]

    @property
    def line(self) -> str:
        """As it is printed."""
        facts = [
            f"{self.runs:>10,} runs",
            f"coverage {self.coverage or '-':>5}",
            f"new inputs {self.new or '-':>5}",
        ]
        return f"{self.name:<12} {'  '.join(facts)}  finds {len(self.finds)}"


def fuzzed(name: str, seconds: int, engine: str, state: Path, scratch: str) -> Result:
    """Fuzz one target in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "fuzz.one",
        name,
        f"--seconds={seconds}",
        f"--engine={engine}",
        f"--state={state}",
    ]
    room = tempfile.mkdtemp(dir=scratch)
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent), "TMPDIR": room, "PYTHONDONTWRITEBYTECODE": ""}
    try:
        ran = subprocess.run(command, capture_output=True, env=environment, timeout=seconds + _MARGIN, check=False)
    except subprocess.TimeoutExpired:
        return Result(name, 0, "", "", (f"STUCK {name}: it did not end {_MARGIN} s after its time",))
    return result_of(name, (ran.stdout + ran.stderr).decode("utf-8", "replace"), ran.returncode)


def result_of(name: str, said: str, code: int) -> Result:
    """What a process said came of its target."""
    finds = [line.removeprefix("FOUND ") for line in said.splitlines() if line.startswith("FOUND ")]
    finds += re.findall(r"Test unit written to (\S+)", said)  # libFuzzer's own: too slow, too much memory, a crash
    runs = re.findall(r"number_of_executed_units: (\d+)", said)
    if not runs and not finds:
        finds.append(f"{name} ended with {code} before its time: {said[-2000:]}")
    coverage = re.findall(r"cov: (\d+)", said)
    new = re.findall(r"new_units_added: +(\d+)", said)
    return Result(name, int(runs[-1]) if runs else 0, (coverage or [""])[-1], (new or [""])[-1], tuple(finds))


def _fuzz_all(names: Iterable[str], seconds: int, engine: str, state: Path) -> list[Result]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    results = []
    with tempfile.TemporaryDirectory(prefix="fuzz.") as scratch, ThreadPoolExecutor(cores) as pool:
        runs = [pool.submit(fuzzed, name, seconds, engine, state, scratch) for name in names]
        try:
            for run in as_completed(runs):
                results.append(run.result())
                print(results[-1].line, flush=True)
        except KeyboardInterrupt:  # those that run have heard it too
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return results


def _report(results: list[Result], state: Path) -> int:
    """Say what was found and how to run it again; the exit code."""
    finds = [(result.name, find) for result in results for find in result.finds]
    for name, find in finds:
        print(f"\n{find}\n  again: PYTHONPATH=tests .venv/bin/python -m fuzz.one {name} {find.split()[0]}")
    new = sum(1 for _ in (state / "corpus").rglob("*")) if (state / "corpus").is_dir() else 0
    if new:
        print(f"{state}/corpus has {new} inputs; `make fuzz-keep` puts those that matter into tests/fuzz/corpus")
    return 1 if finds else 0


def main(arguments: list[str] | None = None) -> int:
    """Fuzz; the exit code is 1 where something was found, 130 where somebody stopped it."""
    parser = argparse.ArgumentParser(prog="python -m fuzz.run")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(NAMES)} (default: all)")
    parser.add_argument("--seconds", type=int, default=600, help="for each target")
    parser.add_argument(
        "--engine", choices=("atheris", "hypothesis"), help="default: atheris where it is installed"
    )
    parser.add_argument("--state", type=Path, default=STATE, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if unknown := set(given.targets) - set(NAMES):
        parser.error(f"there is no target {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    engine = given.engine or ("atheris" if find_spec("atheris") else "hypothesis")
    if engine == "hypothesis" and not given.engine:
        print(
            "atheris is not installed here (it has wheels for some Pythons on Linux): Hypothesis makes the inputs"
        )
    names = given.targets or NAMES
    print(f"{len(names)} targets, {given.seconds} s each, with {engine}", flush=True)
    try:
        return _report(_fuzz_all(names, given.seconds, engine, given.state), given.state)
    except KeyboardInterrupt:
        print("stopped")
        return 130


if __name__ == "__main__":
    sys.exit(main())
