"""What-if over every app: a new lockfile, some other version, and a version that is known; and the audit of all."""

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from bench.measuring import Line, Store, log, median
from pkgstore.explain.audit import audit_app, audit_worker
from pkgstore.explain.bumps import Bump, possible_keys
from pkgstore.explain.moves import moves, read_app_lockfile
from pkgstore.names import Names
from pkgstore.roots import roots_of
from pkgstore.scan import read_snapshot
from pkgstore.snapshot import Snapshot

BAR: Final = 2.0
"""Seconds."""


def measure(store: Store, rounds: int) -> Iterator[Line]:
    """The time from the question to the last app's answer, the reading of every app's pak.lock included."""
    log("reading the store for what-if")
    snapshot = read_snapshot(store.root, apps=store.apps)
    roots, names = roots_of(snapshot), Names.of(snapshot)
    apps = list(snapshot.apps.values())
    lockfile = read_app_lockfile(next(app for app in apps if app.lockfile is not None))
    linked = _most_linked(snapshot)
    version = next(name.version for name in names.known(linked).values() if name is not None)
    gc.collect()
    gc.freeze()

    def bump(wanted: Bump) -> None:
        found = list(moves(roots, apps, None, [possible_keys(names, wanted)]))
        assert all(move.answer is not None for move in found)

    def audit() -> None:
        for app in apps:
            audit_app(snapshot, names, app, deep=True)
        for worker in snapshot.workers.values():
            audit_worker(snapshot, names, worker, deep=True)

    asks: dict[str, Callable[[], object]] = {
        "a new lockfile": lambda: list(moves(roots, apps, lockfile)),
        f"another {linked}": lambda: bump(Bump(linked)),
        f"{linked} {version}": lambda: bump(Bump(linked, version)),
    }
    for what, ask in asks.items():
        yield median(f"what-if, {what}, for {len(apps):,} apps", "s", _timed(ask, rounds), BAR)
    yield median(f"audit of {len(apps) + len(snapshot.workers):,} libraries", "s", _timed(audit, rounds))


def _most_linked(snapshot: Snapshot) -> str:
    """The package that most sources link to."""
    counts = Counter(name for record in snapshot.sources.values() for name in record.linkingto)
    if not counts:
        raise RuntimeError("no package links to another one")
    return counts.most_common(1)[0][0]


def _timed(ask: Callable[[], object], rounds: int) -> list[float]:
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - started)
    return taken
