"""What the processes of a soak have in common: they work until their stdin is closed, then tell what they did."""

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any, Final

from bench.measuring import PROJECT
from pkgstore.errors import StoreError

_MOST_TOLD: Final = 20
_PATIENCE: Final = 120.0


class Part:
    """One process of a soak, from within: `did` counts what was done, `errors` has what should not go wrong."""

    def __init__(self, seed: int) -> None:
        self.did: Counter[str] = Counter()
        self.errors: list[str] = []
        self.ended = threading.Event()
        self._rng = Random(seed)
        self._began = time.monotonic()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        sys.stdin.read()
        self.ended.set()

    def failed(self, what: str, error: object) -> None:
        """Something went wrong."""
        self.did["errors"] += 1
        if len(self.errors) < _MOST_TOLD:
            self.errors.append(f"{what}: {type(error).__name__}: {error}")

    def run(self, step: Callable[[], str], every: float) -> None:
        """Do a step every so many seconds, more or less, until it is told to end; a step says what it did."""
        while not self.ended.wait(every * self._rng.uniform(0.5, 1.5)):
            began = time.monotonic()
            try:
                self.did[step()] += 1
            except (StoreError, OSError) as error:
                self.failed(f"after {time.monotonic() - began:.1f} s of a step", error)

    def tell(self, **more: Any) -> None:
        """Print what was done."""
        used = os.times()
        share = (used.user + used.system + used.children_user + used.children_system) / (
            time.monotonic() - self._began
        )
        print(json.dumps({"did": self.did, "errors": self.errors, "cores": share, **more}))


class Running:
    """The same from without."""

    def __init__(self, module: str, *words: object) -> None:
        self.module = module
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"bench.soak.{module}", *map(str, words)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=PROJECT,
            text=True,
            start_new_session=True,  # ctrl+c is for whoever started it
        )

    @property
    def has_ended(self) -> bool:
        """Whether it ended although nobody told it to."""
        return self._process.poll() is not None

    def end(self) -> dict[str, Any]:
        """Tell it to come to an end, and give what it did."""
        try:
            out, _ = self._process.communicate(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            return {"did": {}, "errors": [f"{self.module} did not end"]}
        if self._process.returncode:
            return {"did": {}, "errors": [f"{self.module} ended with {self._process.returncode}"]}
        found: dict[str, Any] = json.loads(out)
        return found

    def kill(self) -> None:
        """End it at once; nothing where it has ended."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()
