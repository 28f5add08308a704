"""The interface as people start it, with a heartbeat on its loop and a script that looks at it: run as a module.

    python -m bench.hooks SCRIPT OUT ROOT APPS

SCRIPT is a function of `bench.scripts`, with what it is told after its name.
The program is `pkgstore_tui.__main__.main`; only the class of the app is another one, a subclass that measures.
"""

import asyncio
import json
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

import pkgstore_tui.app
from bench import scripts
from bench.idle import BEAT
from pkgstore_tui.__main__ import main


class MeasuredApp(pkgstore_tui.app.PkgstoreApp):
    """The interface, measured."""

    script: str
    out: str

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.displays: list[Callable[[], None]] = []
        self.first_paint = 0.0
        self.beats: list[tuple[float, float]] = []
        self.told_to_end = asyncio.Event()
        self._displayed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def on_mount(self) -> None:
        """Begin; the app's own handler is called after this one."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, self.told_to_end.set)
        self._tasks = [asyncio.create_task(self._beat()), asyncio.create_task(self._run_script())]

    def post_display_hook(self) -> None:
        """Something was drawn a moment ago."""
        if not self.first_paint:
            self.first_paint = time.monotonic()
        for call in self.displays:
            call()
        self._displayed.set()

    async def until(self, condition: Callable[[], bool], seconds: float = 60.0) -> float:
        """Wait for the first drawing after which something is so; gives its time."""
        end = time.monotonic() + seconds
        while not condition():
            self._displayed.clear()
            await asyncio.wait_for(self._displayed.wait(), end - time.monotonic())
        return time.monotonic()

    def worst_stall(self, since: float, until: float) -> float:
        """The longest time that the loop answered nobody, in seconds; of one that began before, the rest."""
        return max((min(late, at - since) for at, late in self.beats if since <= at <= until), default=0.0)

    def stalls(self, since: float) -> list[tuple[float, float]]:
        """The longest stalls in the order of their ends: seconds after `since`, and how long."""
        worst = sorted((min(late, at - since), at - since) for at, late in self.beats if at >= since)[-5:]
        return sorted((at, late) for late, at in worst)

    async def _beat(self) -> None:
        last = time.monotonic()
        while True:
            await asyncio.sleep(BEAT)
            now = time.monotonic()
            self.beats.append((now, now - last - BEAT))
            last = now

    async def _run_script(self) -> None:
        try:
            name, *told = self.script.split()
            found = await getattr(scripts, name)(self, *told)
            found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        except Exception:
            found = {"fault": traceback.format_exc()}
        with open(self.out, "w") as file:
            json.dump(found, file)
        self.exit()

    def ready(self) -> None:
        """Tell whoever started this that the script can be gone on with."""
        with open(f"{self.out}.ready", "w"):
            pass


if __name__ == "__main__":
    MeasuredApp.script, MeasuredApp.out, _root, _apps = sys.argv[1:]
    pkgstore_tui.app.PkgstoreApp = MeasuredApp  # type: ignore[misc]
    code = main([_root, "--apps", _apps])
    sys.stdout.flush()
    os._exit(code)
