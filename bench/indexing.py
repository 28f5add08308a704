"""The complete index of a store against `find` on the same tree, in turns, each in a fresh process.

Run as a module it is that process: ``python -m bench.indexing ROOT APPS CACHE``.
"""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Final

from bench.measuring import Line, Store, log, median, run_module

_FORMAT: Final = "%p %y %T@ %i\n"


def measure(store: Store, rounds: int) -> Iterator[Line]:
    """The times, and the ratios within each round, as medians."""
    cache = store.scratch_file("scan.cache")
    index = lambda: run_module("bench.indexing", store.root, store.apps, cache)  # noqa: E731
    steps: dict[str, Callable[[], float]] = {
        "find": lambda: _find(store.root),
        "pruned": lambda: _find(store.root, pruned=True),
        "cold": lambda: _without(cache, index),
        "warm": index,
    }
    for step in steps.values():  # the page cache is alike for all
        step()
    taken: dict[str, list[float]] = {name: [] for name in steps}
    for number in range(rounds):
        for name, step in steps.items():
            taken[name].append(step())
        log(f"round {number + 1}: " + ", ".join(f"{name} {times[-1]:.2f} s" for name, times in taken.items()))
    yield median("`find ROOT -maxdepth 5 -printf`", "s", taken["find"])
    yield median("the same without what is in workers' libraries", "s", taken["pruned"])
    yield median("complete index, our cache deleted", "s", taken["cold"])
    yield median("complete index, our cache there", "s", taken["warm"])
    for name, what, bar in (("cold", "our cache deleted", 2.0), ("warm", "our cache there", 1.0)):
        for against, note in (("find", ""), ("pruned", "stricter: without workers' libraries")):
            ratios = [mine / other for mine, other in zip(taken[name], taken[against], strict=True)]
            yield median(f"index, {what}, against find", "×", ratios, bar, note)


def _find(root: str, *, pruned: bool = False) -> float:
    prune = ["-path", f"{root}/.workers/*/*", "-type", "d", "-prune", "-o"] if pruned else []
    started = time.monotonic()
    subprocess.run(
        ["find", root, "-maxdepth", "5", *prune, "-printf", _FORMAT], stdout=subprocess.DEVNULL, check=True
    )
    return time.monotonic() - started


def _without(cache: str, index: Callable[[], float]) -> float:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(cache)
    return index()


def main() -> None:
    """Read the store that the command line names."""
    from pkgstore.scan import read_snapshot

    root, apps, cache = sys.argv[1:]
    snapshot = read_snapshot(root, apps=apps, cache=cache)
    if not snapshot.sources:
        raise SystemExit(f"{root}: nothing found")
    os._exit(0)  # taking 200,000 objects apart again is no part of an index


if __name__ == "__main__":
    main()
