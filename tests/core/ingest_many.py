"""Run as a program: many processes ingest one source hash at once, and some are killed: KILLS of them at random
moments from outside, and one more before them at its call number INSIDE that changes the disk (0: none).

usage: ingest_many.py ROOT FOLDER COUNT KILLS INSIDE SEED

FOLDER has a `{n}/lib` and a `{n}/pak.lock` for each n up to COUNT, the last for the one that dies first. Prints
the number of processes that ended well.
"""

import os
import random
import signal
import sys
import time
from collections.abc import Callable

from pkgstore import files
from pkgstore.errors import StoreError
from pkgstore.locks import LockRules
from pkgstore.operations.tool import read_build_inputs, run_ingest

# Stale only after far longer than a busy machine keeps a process from running, and far less than half an hour.
RULES = LockRules(stale_after=8.0, refresh_every=0.5, timeout=60.0, retry=(0.05, 0.2))


def ingest(root: str, folder: str, number: int) -> int:
    """One process's work; its exit code."""
    try:
        inputs = read_build_inputs(root, f"{folder}/{number}/pak.lock", f"{folder}/{number}/lib")
        for _ in run_ingest(inputs, rules=RULES):
            pass
    except StoreError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def die_inside(calls: int) -> None:
    """Kill this process at its n-th call that changes the disk, with the lock in its hands."""
    left = [calls]

    def wrap(real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **options: object) -> object:
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **options)

        return call

    for name in ("rename", "unlink", "write", "fsync"):  # all of them done under the lock
        setattr(os, name, wrap(getattr(os, name)))
    files.rename_with = wrap(files.rename_with)


def main(root: str, folder: str, count: int, kills: int, inside: int, seed: int) -> None:
    """Let one die inside if asked to, start the others all together, kill some at random moments, wait."""
    if inside and os.fork() == 0:
        die_inside(inside)
        os._exit(ingest(root, folder, count))
    if inside:
        assert os.WIFSIGNALED(os.wait()[1])
    chance = random.Random(seed)
    waiting, starting = os.pipe()
    children = []
    for number in range(count):
        child = os.fork()
        if child == 0:
            os.close(starting)
            os.read(waiting, 1)
            os._exit(ingest(root, folder, number))
        children.append(child)
    os.close(starting)
    for victim in chance.sample(children, kills):
        time.sleep(chance.uniform(0, 0.01))
        os.kill(victim, signal.SIGKILL)
    well = sum(os.waitpid(child, 0)[1] == 0 for child in children)
    print(well)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
