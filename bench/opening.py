"""Opening a store in the interface: first rows, the whole, stalls of the loop, memory; filters and sorts by key."""

from collections.abc import Iterator
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
        control += idle
        told = ", ".join(f"{name} {found[-1][name]:.2f}" for name in ("rows", "complete", "peak_mb"))
        stalls = ", ".join(f"{late * 1000:.0f} ms to {at:.2f} s" for at, late in found[-1]["stalls"])
        log(f"opening {number + 1}: {told}; stalls: {stalls}")
    yield median("first rows after the first paint, our cache deleted", "s", [f["rows"] for f in found], 1.0)
    yield median("all is shown after the first paint", "s", [f["complete"] for f in found])
    stalls = [f["stall"] * 1000 for f in found]
    yield median("longest stall of the event loop while scanning", "ms", stalls, 50.0, "heartbeat of 5 ms")
    yield median("the same of a loop that does nothing, beside it", "ms", control)
    yield median("peak memory of the interface after opening", "MB", [f["peak_mb"] for f in found], 500.0)


def measure_asking(store: Store) -> Iterator[Line]:
    """Filters and sorts of all configs, from the key to the screen."""
    log("filters and sorts in the interface")
    found = _run(store, "asking")
    for kind in ("filter", "sort"):
        for turn, word in (("first", "for the first time"), ("again", "again")):
            taken = found["taken"][turn][kind]
            worst = max(taken, key=lambda name: taken[name])
            log(f"{kind}, asked {word}: " + ", ".join(f"{name} {value:.0f} ms" for name, value in taken.items()))
            what = f"any {kind} of {found['rows']:,} configs in the interface, asked {word}"
            yield Line(
                what, taken[worst], "ms", BAR, f"worst: `{worst}`, of {len(taken)}, from the key to the screen"
            )
    yield Line("longest stall of the event loop meanwhile", found["stall"] * 1000, "ms", 50.0)
    yield Line("peak memory of the interface after all that", found["peak_mb"], "MB", 500.0)
