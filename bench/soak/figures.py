"""What a soak came to, and what of it is good enough. Pure."""

import math
import os
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bench.measuring import Line

BLOCKS: Final = 10
"""Into so many means the samples are put before a line is laid through them: neighbours are not independent."""

STUDENT: Final = 2.306
"""Student's t for 95 % on both sides and ten blocks, that is eight degrees of freedom."""

STALL: Final = 200.0
"""Milliseconds that the loop may stand still at the most."""

SLOPE: Final = 4.0
"""MB an hour: the interface, left open for a day, may grow by a hundred, not beyond doubt by more."""

GROWTH: Final = 5.0
"""Per cent by which it may grow from the end of the warm-up to the end, whatever noise there is around the line."""

WARM_UP: Final = 300.0
"""Seconds at the most that are left out at the beginning, a sixth of the whole otherwise."""

Sample = tuple[float, float]
"""Seconds since the start, and MB."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A line through samples: MB an hour and its 95 % bounds, MB where it begins, per cent of growth to its end."""

    slope: float
    low: float
    high: float
    level: float
    growth: float


def warm_up(seconds: float) -> float:
    """How much of so long a soak is left out at its beginning, in seconds."""
    return min(WARM_UP, seconds / 6)


def fit(samples: Sequence[Sample]) -> Fit:
    """The line of least squares through the means of ten blocks.

    Raises:
        ValueError: There are not two samples for each block.
    """
    if len(samples) < 2 * BLOCKS:
        raise ValueError(f"{len(samples)} samples tell no slope")
    size = len(samples) / BLOCKS
    blocks = [samples[round(n * size) : round((n + 1) * size)] for n in range(BLOCKS)]
    x = [statistics.fmean(at for at, _ in block) / 3600 for block in blocks]
    y = [statistics.fmean(mb for _, mb in block) for block in blocks]
    slope, start = statistics.linear_regression(x, y)
    spread = sum((a - statistics.fmean(x)) ** 2 for a in x)
    rest = sum((b - start - slope * a) ** 2 for a, b in zip(x, y, strict=True))
    error = STUDENT * math.sqrt(rest / (BLOCKS - 2) / spread)
    first, last = samples[0][0] / 3600, samples[-1][0] / 3600
    level = start + slope * first
    return Fit(slope, slope - error, slope + error, level, 100 * slope * (last - first) / level)


def memory_lines(samples: Sequence[Sample], seconds: float) -> Iterator[Line]:
    """Whether memory is flat after the warm-up."""
    warm = warm_up(seconds)
    found = fit([sample for sample in samples if sample[0] >= warm])
    note = (
        f"{found.slope:+.1f} MB an hour, 95 %: {found.low:+.1f} … {found.high:+.1f}, after {warm:.0f} s of warm-up"
    )
    yield Line("memory of the interface: slope, lower bound", found.low, "MB/h", SLOPE, note)
    note = f"from {found.level:.0f} MB; at the very most {max(mb for _, mb in samples):.0f} MB"
    yield Line("growth by that line from the warm-up to the end", found.growth, "%", GROWTH, note)


def stall_lines(screen: Mapping[str, Any], idle: Mapping[str, Any]) -> Iterator[Line]:
    """How long the event loop stood still, and a loop that does nothing beside it."""
    note = f"{_longer(screen)}; the interface took {screen.get('cores', 0):.0%} of a core"
    yield Line("longest stall of the event loop", screen["worst"], "ms", STALL, note)
    yield Line("the same of a loop that does nothing, beside it", idle["worst"], "ms", None, _longer(idle))


def _longer(beats: Mapping[str, Any]) -> str:
    return "longer than " + ", ".join(f"{limit} ms: {count:,}" for limit, count in beats["longer"].items())


def update_lines(workers: Mapping[str, Any], end: Mapping[str, Any]) -> Iterator[Line]:
    """Whether the screen was right about each worker that was asked about, and about everything at the end."""
    did = workers["did"]
    note = f"{did.get('questions', 0):,} questions, {did.get('late answers', 0)} answers came late"
    if not did.get("questions"):
        yield Line("questions about workers that nobody asked", 1, "", 0)
    yield Line("lost updates while everything changes", len(workers.get("lost", ())), "", 0, note)
    rows, disk = end["rows"], end["workers"]
    wrong = [name for name in {*rows, *disk} if rows.get(name) != disk.get(name)]
    yield Line("workers whose row differs from the disk at the end", len(wrong), "", 0, f"of {len(disk):,}")
    yield Line("records of the store read otherwise than anew at the end", len(end["wrong"]), "", 0)


def store_lines(code: int, findings: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    """Whether `check` finds the store sound at the end."""
    bad = [item for item in findings if item["severity"] != "advice"]
    codes = ", ".join(sorted({str(item["code"]) for item in bad}))
    yield Line("errors and warnings of `check` at the end", len(bad), "", 0, codes or "exit code 0")
    yield Line("exit code of `check`", code, "", 0)


def work_lines(parts: Mapping[str, Mapping[str, Any]]) -> Iterator[Line]:
    """What went on meanwhile, and what of it went wrong."""
    for name, part in parts.items():
        did = ", ".join(f"{count:,} {what}" for what, count in sorted(part["did"].items()) if what != "errors")
        note = f"{did}; {part.get('cores', 0):.0%} of a core"
        yield Line(f"errors of {name}", max(part["did"].get("errors", 0), len(part["errors"])), "", 0, note)


def resident(pid: int) -> float:
    """The memory that a process has, in MB."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
