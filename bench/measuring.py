"""What a measurement comes to: a line with a number, its bar and whether that was met; lines as a table."""

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

PROJECT: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


@dataclass(frozen=True, slots=True)
class Line:
    """One measured number; `bar` is the most it may be, None where it is only told."""

    what: str
    value: float
    unit: str
    bar: float | None = None
    note: str = ""

    @property
    def is_met(self) -> bool:
        """Whether the bar was met."""
        return self.bar is None or self.value <= self.bar


@dataclass(frozen=True, slots=True)
class Store:
    """The store that is measured, and a folder for what measuring leaves."""

    root: str
    apps: str
    scratch: str

    def scratch_file(self, name: str) -> str:
        """A path in the folder for what measuring leaves."""
        return os.path.join(self.scratch, name)


def median(what: str, unit: str, values: Sequence[float], bar: float | None = None, note: str = "") -> Line:
    """A line with the median of some values, and their range."""
    spread = f"{_number(min(values), unit)} … {_number(max(values), unit)}"
    note = f"{note}; {spread}" if note else spread
    return Line(what, statistics.median(values), unit, bar, note)


def run_module(module: str, *arguments: str, **environment: str) -> float:
    """Run a module of this folder in a fresh process; gives the seconds that it took, its start included."""
    started = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", module, *arguments], check=True, cwd=PROJECT, env={**os.environ, **environment}
    )
    return time.monotonic() - started


def _number(value: float, unit: str) -> str:
    if unit == "MB":
        return f"{value:,.0f} MB"
    return f"{value:,.1f} ms" if unit == "ms" else f"{value:,.2f} {unit}"


def table(lines: Iterable[Line]) -> str:
    """The lines as a table in markdown."""
    rows = ["| what | measured | bar | met | remarks |", "| --- | ---: | ---: | --- | --- |"]
    for line in lines:
        bar = "" if line.bar is None else f"≤ {line.bar:g} {line.unit}"
        met = "" if line.bar is None else "yes" if line.is_met else "**no**"
        note = line.note.replace("|", "\\|")
        rows.append(f"| {line.what} | {_number(line.value, line.unit)} | {bar} | {met} | {note} |")
    return "\n".join(rows)


def machine() -> str:
    """What the numbers depend on."""
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"


def log(text: str) -> None:
    """Say what is going on."""
    print(f"bench: {text}", file=sys.stderr, flush=True)
