"""Explaining a lockfile of 500 packages against a whole store: what the answer takes once the store is read.

The lockfile names packages of the store, each hub in its last epoch, so that some packages are hits and the rest
are compiled for want of a config that was built against just these hubs.
"""

import gc
import glob
import json
import os
import time
from collections.abc import Iterator
from hashlib import sha256
from typing import Final

from bench.measuring import Line, Store, log, median
from bench.shape import R_VERSION, TRIPLE
from pkgstore.errors import StoreError
from pkgstore.explain.question import Question, read_question
from pkgstore.explain.report import Report, explain
from pkgstore.keys import store_key
from pkgstore.lockfiles import read_lockfile_record
from pkgstore.model import LockfileEntry, SourceName
from pkgstore.names import Names
from pkgstore.roots import Roots, roots_of
from pkgstore.scan import read_snapshot
from pkgstore.snapshot import Snapshot

PACKAGES: Final = 500
BAR: Final = 150.0
REAL_BAR: Final = 200.0
"""Milliseconds."""


def measure(store: Store, rounds: int) -> Iterator[Line]:
    """The first answer after a reading, and the next ones; the lockfile is read each time."""
    log("reading the store for explanations")
    snapshot = read_snapshot(store.root, apps=store.apps)
    path = store.scratch_file("explained.lock")
    count = _write_lockfile(snapshot, path)
    record = read_lockfile_record(path)
    names = Names.of(snapshot, (record,) if record else ())
    gc.collect()
    gc.freeze()
    first, again = [], []
    for _ in range(rounds):
        roots = roots_of(snapshot)
        for taken in (first, again, again):
            milliseconds, report = _timed(path, snapshot, names, roots)
            taken.append(milliseconds)
    what = f"explaining {count:,} packages against {sum(1 for _ in snapshot.configs()):,} configs"
    note = ", ".join(f"{number} {verdict.value}" for verdict, number in report.verdicts)
    yield median(f"{what}, the first time", "ms", first, BAR, "with an index of what manifests name")
    yield median(f"{what}, again", "ms", again, BAR, note)
    yield from _real(snapshot, roots)


def _real(snapshot: Snapshot, roots: Roots) -> Iterator[Line]:
    """The slowest of the lockfiles in the folder that PKGSTORE_REAL_LOCKFILES names, if it names one."""
    taken = {}
    for path in sorted(glob.glob(os.path.join(os.environ.get("PKGSTORE_REAL_LOCKFILES", "/nowhere"), "*.json"))):
        record = read_lockfile_record(path)
        try:
            milliseconds, _ = _timed(path, snapshot, Names.of(snapshot, (record,) if record else ()), roots)
        except StoreError:
            continue  # no lockfile: that is said quickly
        taken[os.path.basename(path)] = milliseconds
    if taken:
        worst = max(taken, key=lambda name: taken[name])
        yield Line("explaining a real lockfile", taken[worst], "ms", REAL_BAR, f"worst: {worst}, of {len(taken)}")


def _timed(path: str, snapshot: Snapshot, names: Names, roots: Roots) -> tuple[float, Report]:
    started = time.perf_counter()
    question: Question = read_question(path)
    report = explain(question, snapshot, names, roots)
    _ = report.cascade, report.counts, report.verdicts
    return (time.perf_counter() - started) * 1000, report


def _write_lockfile(snapshot: Snapshot, path: str) -> int:
    """A lockfile of packages that the store has, some with another version; gives how many."""
    names = Names.of(snapshot)
    entries: list[dict[str, object]] = []
    linked = {name for record in snapshot.sources.values() for name in record.linkingto}
    for packages in snapshot.packages.values():
        chosen = [*sorted(linked & packages.keys()), *(name for name in packages if name not in linked)]
        for package in chosen[:PACKAGES]:
            record = packages[package][-1]
            name = names.source(package, record.key.source_hash) or SourceName(package)
            entries.append(_entry(package, name.version or "1.0", record.key.source_hash))
    with open(path, "w") as file:
        json.dump({"lockfile_version": 1, "packages": entries[:PACKAGES]}, file)
    return len(entries[:PACKAGES])


def _entry(package: str, version: str, source_hash: str) -> dict[str, object]:
    """An entry that has this very store key where its archive's digest can be told, else another one."""
    digest = sha256(f"{package}_{version}".encode()).hexdigest()
    for archive in (digest, ""):
        if store_key(LockfileEntry(package, version, "standard", sha256=archive)) == source_hash:
            break
    return {
        "package": package,
        "version": version,
        "type": "standard",
        "metadata": {"RemoteType": "standard"},
        "sha256": archive,
        "platform": TRIPLE,
        "rversion": R_VERSION,
    }
