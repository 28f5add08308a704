"""Opening a store in the interface: first rows, the whole, stalls of the loop, memory."""

from collections.abc import Iterator
from typing import Any

from bench.idle import beside
from bench.measuring import Line, Store, log, median
from bench.terminal import Terminal


def run(store: Store, script: str) -> dict[str, Any]:
    """What a script of `bench.scripts` finds in an interface of its own."""
    with Terminal(store, script) as terminal:
        return terminal.result()


def measure(store: Store, rounds: int) -> Iterator[Line]:
    """Each round starts a program that has no cache of ours, in a terminal of 160 × 50."""
    found, control = [], list[float]()
    for number in range(rounds):
        with beside() as idle:
            found.append(run(store, "opening"))
        control.append(idle[0]["worst"])
        told = ", ".join(f"{name} {found[-1][name]:.2f}" for name in ("rows", "complete", "peak_mb"))
        stalls = ", ".join(f"{late * 1000:.0f} ms to {at:.2f} s" for at, late in found[-1]["stalls"])
        log(f"opening {number + 1}: {told}; stalls: {stalls}")
    yield median("first rows after the first paint, our cache deleted", "s", [f["rows"] for f in found], 1.0)
    yield median("all is shown after the first paint", "s", [f["complete"] for f in found])
    stalls = [f["stall"] * 1000 for f in found]
    yield median("longest stall of the event loop while scanning", "ms", stalls, 50.0, "heartbeat of 5 ms")
    yield median("the same of a loop that does nothing, beside it", "ms", control)
    yield median("peak memory of the interface after opening", "MB", [f["peak_mb"] for f in found], 500.0)
