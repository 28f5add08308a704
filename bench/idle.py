"""An event loop that does nothing, with the same heartbeat: what the machine itself makes of it meanwhile.

Run as a module it beats until its stdin is closed, and prints what its beats came to.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from bench.beats import Beats
from bench.measuring import PROJECT

BEAT = 0.005
"""Seconds between two beats."""


@contextmanager
def beside() -> Iterator[list[Mapping[str, Any]]]:
    """Let it beat beside the block; after it the list has what `Beats.told` gives, stalls in milliseconds."""
    found: list[Mapping[str, Any]] = []
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.idle"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT, text=True
    )
    try:
        yield found
    finally:
        out, _ = process.communicate()
    found.append(json.loads(out))


async def beat(beats: Beats) -> None:
    """Beat until cancelled."""
    last = time.monotonic()
    while True:
        await asyncio.sleep(BEAT)
        now = time.monotonic()
        beats.append((now, now - last - BEAT))
        last = now


async def _until_closed() -> Mapping[str, Any]:
    """Beat until stdin is closed; gives what came of it."""
    beats = Beats()
    beating = asyncio.create_task(beat(beats))
    await asyncio.to_thread(sys.stdin.read)
    beating.cancel()
    return beats.told()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_until_closed())))
