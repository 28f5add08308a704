"""Opening a store in the interface: first rows, the whole, stalls of the loop, memory; filters and sorts by key."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bench.asking import BAR
from bench.idle import beside
from bench.measuring import Line, Store, log, median
from bench.terminal import Terminal


def _run(store: Store, script: str) -> dict[str, Any]:
    with Terminal(store, script) as terminal:
        return terminal.result()


def measure(store: Store, rounds: int) -> Iterator[Line]:
    """Each round starts a program that has no cache of ours, in a terminal of 160 × 50."""
    found, control = [], list[float]()
    for number in range(rounds):
        with beside() as idle:
            found.append(_run(store, "opening"))
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


def measure_asking(store: Store, rounds: int) -> Iterator[Line]:
    """Filters and sorts of all configs, from the key to the screen; each round starts a program of its own."""
    found = []
    for number in range(rounds):
        found.append(_run(store, "asking"))
        log(f"filters and sorts in the interface {number + 1}: peak_mb {found[-1]['peak_mb']:.0f}")
    for kind in ("filter", "sort"):
        for turn, word in (("first", "for the first time"), ("again", "again")):
            taken = _each([one["taken"][turn][kind] for one in found])
            worst = max(taken, key=lambda name: statistics.median(taken[name]))
            log(f"{kind}, asked {word}: " + ", ".join(_told(name, times) for name, times in taken.items()))
            what = f"any {kind} of {found[0]['rows']:,} configs in the interface, asked {word}"
            note = f"worst: `{worst}`, of {len(taken)}, from the key to the screen"
            yield median(what, "ms", taken[worst], BAR, note)
    yield median("longest stall of the event loop meanwhile", "ms", [one["stall"] * 1000 for one in found], 50.0)
    yield median("peak memory of the interface after all that", "MB", [one["peak_mb"] for one in found], 500.0)


def _each(rounds: Sequence[Mapping[str, float]]) -> dict[str, list[float]]:
    """What every round has for each name."""
    return {name: [one[name] for one in rounds if name in one] for name in rounds[0]}


def _told(name: str, times: Sequence[float]) -> str:
    return f"{name} {statistics.median(times):.0f} ms"
