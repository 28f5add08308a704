"""A job of ours that holds one lock for as long as somebody wants: run as a script, in a process of its own.

    python long_job.py evict|ingest ROOT CLOCK REFRESH_EVERY

It says `held` when it has the lock and is in the middle of its work, goes on after a line on its stdin, and says
what came of it. The locks go by a simulated clock, which is two numbers in the file CLOCK: what time it is, and,
written here, until when the thread that keeps locks fresh sleeps.
"""

import os
import struct
import sys
import threading
from collections.abc import Iterator
from typing import Final

from pkgstore import files, locks
from pkgstore.clock import Clock
from pkgstore.errors import StoreError
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout
from pkgstore.lockfile import read_lockfile
from pkgstore.locks import LockRules
from pkgstore.operations.events import Event, Failed
from pkgstore.operations.evict import apply_evict, plan_evict
from pkgstore.operations.ingest import apply_ingest, plan_ingest
from pkgstore.scan import read_snapshot

PLATFORM: Final = "4.5-x86_64-pc-linux-gnu"


class SimulatedClock(Clock):
    """The time that stands in a file, which several processes share."""

    def __init__(self, path: str) -> None:
        self._fd = os.open(path, os.O_RDWR)

    def now(self) -> float:
        return self._read(0)

    def monotonic(self) -> float:
        return self._read(0)

    @property
    def asleep_until(self) -> float:
        """Until when the thread that keeps locks fresh has nothing to do."""
        return self._read(8)

    def set(self, now: float) -> None:
        """It is this late now."""
        os.pwrite(self._fd, struct.pack("d", now), 0)

    def wait(self, condition: threading.Condition, seconds: float) -> None:
        until = self.now() + seconds
        os.pwrite(self._fd, struct.pack("d", until), 8)
        while self.now() < until and not condition.wait(0.001):
            pass

    def stamp(self, descriptor: int) -> None:
        os.utime(descriptor, (self.now(), self.now()))

    def close(self) -> None:
        os.close(self._fd)

    def _read(self, at: int) -> float:
        return float(struct.unpack("d", os.pread(self._fd, 8, at))[0])


def _gate() -> None:
    print("held", flush=True)
    sys.stdin.readline()


def _evict(layout: Layout, rules: LockRules) -> Iterator[Event]:
    """Everything that is older than a day goes; whether it may is asked under the lock, and takes its time."""

    def slow(_key: ConfigKey) -> None:
        _gate()

    plan = plan_evict(read_snapshot(layout.root), PLATFORM, 86_400.0)
    return apply_evict(layout, plan, guard=slow, rules=rules)


def _ingest(layout: Layout, rules: LockRules) -> Iterator[Event]:
    """A package of which the disk takes its time to move the tree."""
    real = files.publish_tree

    def slow(source: str, target: str) -> bool:
        _gate()
        return real(source, target)

    files.publish_tree = slow
    beside = os.path.dirname(layout.root)
    lockfile = read_lockfile(os.path.join(beside, "pak.lock"))
    plan = plan_ingest(layout, PLATFORM, lockfile, os.path.join(beside, "lib"))
    return apply_ingest(layout, plan, rules=rules)


def main() -> None:
    what, root, clock, every = sys.argv[1:]
    locks.CLOCK = SimulatedClock(clock)
    rules = LockRules(refresh_every=float(every), timeout=0.0)
    try:
        events = list({"evict": _evict, "ingest": _ingest}[what](Layout(root), rules))
        failed = [str(event.error) for event in events if isinstance(event, Failed)]
    except StoreError as error:
        failed = [str(error)]
    print(failed[0].replace("\n", " ") if failed else "done", flush=True)


if __name__ == "__main__":
    main()
