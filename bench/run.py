"""Measure everything and print a table; exits with 1 when a bar was not met.

python bench/run.py [--size small|big] [--root STORE] [--rounds 5] [--only index,opening,asking,…]
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from bench import asking, explaining, indexing, keys, opening, watching, whatif
from bench.generate import BIG, generate
from bench.measuring import Line, Store, log, machine, table
from bench.shape import Size

SMALL: Final = Size(200, 600, 2_000, 50, 40, 5)

Measure = Callable[[Store, int], Iterator[Line]]

MEASURES: Final[dict[str, Measure]] = {
    "index": indexing.measure,
    "opening": opening.measure,
    "asking": lambda store, _rounds: asking.measure(store),
    "keys": keys.measure,
    "whatif": whatif.measure,
    "live": lambda store, _rounds: watching.measure(store),
    "explain": explaining.measure,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit code."""
    parser = argparse.ArgumentParser(description="Measure everything and print a table.")
    parser.add_argument("--size", choices=("small", "big"), default="big", help="the store that is made")
    parser.add_argument(
        "--root",
        help="measure this store, made by bench/generate.py, instead; workers' manifests are changed and put back",
    )
    parser.add_argument("--rounds", type=int, default=5, help="how often; medians are told")
    parser.add_argument("--only", default=",".join(MEASURES), help="which, with commas: " + ", ".join(MEASURES))
    chosen = parser.parse_args(arguments)
    names = chosen.only.split(",")
    if unknown := [name for name in names if name not in MEASURES]:
        parser.error(f"no measurement is called {', '.join(unknown)}")
    scratch = tempfile.mkdtemp(prefix="pkgstore-bench-")
    try:
        store = _store(chosen.root, chosen.size, scratch)
        lines, failed = _measured(names, store, chosen.rounds)
    finally:
        log("cleaning up")
        shutil.rmtree(scratch)
    missed = sum(not line.is_met for line in lines)
    print(f"{machine()}; medians of {chosen.rounds} where there is a range\n")
    print(table(lines))
    log(f"{missed} of {sum(line.bar is not None for line in lines)} bars were not met")
    for name in failed:
        log(f"{name} could not be measured")
    return 1 if missed or failed else 0


def _measured(names: Sequence[str], store: Store, rounds: int) -> tuple[list[Line], list[str]]:
    """The lines of all measurements, and the names of those that ended in a fault."""
    lines: list[Line] = []
    failed: list[str] = []
    for name in names:
        try:
            lines.extend(MEASURES[name](store, rounds))
        except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
            log(f"{name}: {error}")
            failed.append(name)
    return lines, failed


def _store(root: str | None, size: str, scratch: str) -> Store:
    """The store to measure, made where none was named."""
    if root:
        path = os.path.abspath(root)
        return Store(path, os.path.dirname(path), scratch)
    log(f"making the {size} store in {scratch}")
    made = generate(os.path.join(scratch, "bundles", ".pkg-store"), BIG if size == "big" else SMALL, 1)
    return Store(made.root, made.apps_folder, scratch)


if __name__ == "__main__":
    sys.exit(main())
