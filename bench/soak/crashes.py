"""Processes that are at work are killed, again and again; what they leave grows old quickly, as in a long night.

python -m bench.soak.crashes ROOT APPS SEED
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Final

from bench.measuring import PROJECT
from bench.soak.catalog import Place
from bench.soak.part import Part
from bench.soak.victim import PREFIX
from pkgstore import Store
from pkgstore.layout import is_operation
from pkgstore.locks import list_locks

EVERY: Final = 3.0
"""Seconds between two crashes."""

ASHORE: Final = 10.0
"""Seconds without a change after which something counts as left by the dead: nobody alive takes so long here."""

_DAYS_AGO: Final = 2 * 86_400.0


class Crashes:
    """Starts victims, and kills them."""

    def __init__(self, place: Place, seed: int) -> None:
        self.place, self.seed, self.rng = place, seed, Random(f"{seed}/crashes")
        self._count = 0

    def step(self) -> str:
        """One crash, and what earlier ones left grows old."""
        self._count += 1
        name = f"{os.getpid()}-{self._count}"
        victim = subprocess.Popen(
            [sys.executable, "-m", "bench.soak.victim", self.place.root, self.place.apps, name, str(self.seed)],
            stdout=subprocess.PIPE,
            cwd=PROJECT,
        )
        with victim:
            assert victim.stdout is not None
            victim.stdout.readline()
            time.sleep(self.rng.uniform(0.0, 1.0))
            victim.send_signal(signal.SIGKILL)
        make_old(self.place)
        return "crashes"


def make_old(place: Place, after: float = ASHORE) -> None:
    """What the dead left is days old from now on, and a library of theirs that was whole goes, as after a restart.

    Args:
        place: The store.
        after: Seconds without a change after which something was left by the dead.
    """
    layout, now = Store(place.root).layout, time.time()
    for lock in list_locks(layout):
        if now - lock.changed > after:
            _age(lock.path, now)
    for folder in (layout.builds, layout.workers):
        for path in Path(folder).glob(f"{PREFIX}*"):
            with contextlib.suppress(FileNotFoundError):
                if now - path.stat().st_mtime > after:
                    _lay_to_rest(place, path, now)
    for path in Path(layout.trash).glob("*"):
        with contextlib.suppress(FileNotFoundError):
            if not is_operation(path.name) and now - path.stat().st_mtime > after:
                _age(str(path), now)


def _lay_to_rest(place: Place, path: Path, now: float) -> None:
    if (path / ".packages.json").exists():
        Store(place.root).cleanup_worker_lib(path.name)
        return
    for folder, _, names in os.walk(path):
        for name in names:
            if os.lstat(os.path.join(folder, name)).st_nlink == 1:
                _age(os.path.join(folder, name), now)
        _age(folder, now)


def _age(path: str, now: float) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.utime(path, (now - _DAYS_AGO,) * 2)


def main() -> None:
    """Kill until told to end."""
    root, apps, seed = sys.argv[1:]
    part = Part(int(seed))
    crashes = Crashes(Place(root, apps), int(seed))
    part.run(crashes.step, EVERY)
    part.tell()


if __name__ == "__main__":
    main()
