"""An event loop that does nothing, with the same heartbeat: what the machine itself makes of it meanwhile.

Run as a module it beats until its stdin is closed, and prints the longest stall in milliseconds.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.measuring import PROJECT

BEAT = 0.005
"""Seconds between two beats."""


@contextmanager
def beside() -> Iterator[list[float]]:
    """Let it beat beside the block; the list has its longest stall, in milliseconds, after the block."""
    found: list[float] = []
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.idle"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT, text=True
    )
    try:
        yield found
    finally:
        out, _ = process.communicate()
    found.append(float(out))


async def _beat() -> float:
    ended = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    worst, last = 0.0, time.monotonic()
    while not ended.done():
        await asyncio.sleep(BEAT)
        now = time.monotonic()
        worst, last = max(worst, now - last - BEAT), now
    return worst


if __name__ == "__main__":
    print(asyncio.run(_beat()) * 1000)
