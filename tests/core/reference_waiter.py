"""Somebody who wants a lock and follows the reference's rule; a script that knows nothing of our code.

    python reference_waiter.py LOCK CLOCK

For each line on its stdin it tries once, and says what came of it: `taken`, `waiting`, or `broken`, when it broke a
lock that it held for one left by a crash, and has it now. The file CLOCK begins with the time, as 8 bytes.
"""

import os
import struct
import sys

STALE_AFTER = 30 * 60


def now(clock: str) -> float:
    with open(clock, "rb") as file:
        return float(struct.unpack("d", file.read(8))[0])


def attempt(lock: str, clock: str) -> str:
    result = "taken"
    try:
        os.mkdir(lock)
    except FileExistsError:
        if now(clock) - os.stat(lock).st_mtime <= STALE_AFTER:
            return "waiting"
        os.rmdir(lock)
        os.mkdir(lock)
        result = "broken"
    os.utime(lock, (now(clock), now(clock)))
    return result


for _ in sys.stdin:
    print(attempt(sys.argv[1], sys.argv[2]), flush=True)
