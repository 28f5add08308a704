"""A manifest is written in any worker: how long until it is on the screen, while others change all the time."""

import json
import os
import statistics
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from bench.idle import beside
from bench.measuring import Line, Store, log
from bench.terminal import Terminal
from pkgstore import codec

SAMPLES: Final = 200
OTHERS: Final = 50
"""How many other manifests change each second."""

SETTLE: Final = 3.0
"""Seconds after the last change until the screen has to equal the disk."""


@dataclass(frozen=True, slots=True)
class Written:
    """A manifest that was written: `at` as the interface's clock has it, `changed` its mtime."""

    worker: str
    at: float
    changed: float


class Writer:
    """Changes manifests: one package comes or goes, every second time in place (as some programs write)."""

    def __init__(self, workers: str, seed: int) -> None:
        self._workers = workers
        self._rng = Random(seed)
        self._taken: dict[str, tuple[str, str]] = {}
        self._count = 0

    def write(self, worker: str) -> Written:
        """Change a worker's manifest; the time is that before anything is written."""
        path = os.path.join(self._workers, worker, ".packages.json")
        with open(path, "rb") as file:
            manifest = json.load(file)
        if worker in self._taken:
            package, ref = self._taken.pop(worker)
            manifest[package] = ref
        elif manifest:
            package = self._rng.choice(sorted(manifest))
            self._taken[worker] = package, manifest.pop(package)
        data = codec.encode_manifest(manifest)
        self._count += 1
        at = time.monotonic()
        if self._count % 2:
            with open(path, "wb") as file:
                file.write(data)
        else:
            with open(f"{path}.tmp", "wb") as file:
                file.write(data)
            os.rename(f"{path}.tmp", path)
        return Written(worker, at, os.stat(path).st_mtime)


def measure(store: Store) -> Iterator[Line]:
    """The latency of 200 changes, and whether the screen equals the disk at the end."""
    log("live changes")
    workers = os.path.join(store.root, ".workers")
    names = sorted(os.listdir(workers))
    before = {name: _bytes(workers, name) for name in names}
    try:
        with beside() as idle, Terminal(store, "watching") as terminal:
            terminal.wait_until_ready()
            time.sleep(SETTLE)
            written = _change(workers, names)
            time.sleep(SETTLE)
            terminal.ask_for_the_end()
            found = terminal.result()
        differing = _differing(workers, names, found["rows"])
    finally:
        for name, data in before.items():
            _restore(workers, name, data)
    taken, lost = _latencies(written, found["drawn"])
    note = (
        f"{len(taken)} of {len(written)} changes seen, in any of {len(names):,} workers, {OTHERS} others a second"
    )
    if taken:
        yield Line("a manifest is on the screen, median", statistics.median(taken), "ms", None, note)
        yield Line("95th percentile", taken[int(len(taken) * 0.95)], "ms", 250.0)
        yield Line("worst", taken[-1], "ms")
    yield Line("changes that were never seen", lost, "", 0)
    yield Line("workers whose row differs from the disk at the end", differing, "", 0)
    yield Line("longest stall of the event loop meanwhile", found["stall"] * 1000, "ms", 50.0)
    yield Line("the same of a loop that does nothing, beside it", idle[0]["worst"], "ms")


def _change(workers: str, names: list[str]) -> list[Written]:
    """Change one after another, while other workers change in a thread of their own."""
    half = len(names) // 2
    stop = threading.Event()
    others = threading.Thread(target=_disturb, args=(workers, names[:half] or names, stop))
    others.start()
    try:
        writer, rng, written = Writer(workers, 1), Random(2), []
        for number in range(SAMPLES):
            written.append(writer.write(names[half + number % (len(names) - half)]))
            time.sleep(0.05 + 0.1 * rng.random())
    finally:
        stop.set()
        others.join()
    return written


def _disturb(workers: str, names: list[str], stop: threading.Event) -> None:
    writer, rng = Writer(workers, 3), Random(4)
    while not stop.wait(1 / OTHERS):
        writer.write(rng.choice(names))


def _latencies(written: list[Written], drawn: list[list[Any]]) -> tuple[list[float], int]:
    """Milliseconds from each change to the first drawing that has it or a later one, and how many had none."""
    taken: list[float] = []
    for change in written:
        times = [at for at, name, mtime in drawn if name == change.worker and mtime >= change.changed]
        if times:
            taken.append((min(times) - change.at) * 1000)
    return sorted(taken), len(written) - len(taken)


def _differing(workers: str, names: list[str], rows: dict[str, list[Any]]) -> int:
    """How many workers the screen tells otherwise than the disk."""
    wrong = set(names) ^ rows.keys()
    for name in names:
        path = os.path.join(workers, name, ".packages.json")
        with open(path, "rb") as file:
            disk = [os.stat(path).st_mtime, json.load(file)]
        if rows.get(name) != disk:
            wrong.add(name)
    return len(wrong)


def _bytes(workers: str, name: str) -> tuple[bytes, os.stat_result]:
    path = os.path.join(workers, name, ".packages.json")
    with open(path, "rb") as file:
        return file.read(), os.stat(path)


def _restore(workers: str, name: str, saved: tuple[bytes, os.stat_result]) -> None:
    """Put a manifest back, its time too."""
    data, status = saved
    path = os.path.join(workers, name, ".packages.json")
    with open(path, "rb+") as file:
        if file.read() != data:
            file.seek(0)
            file.truncate()
            file.write(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
