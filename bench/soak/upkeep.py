"""An admin's timers: checks, cleaning, repairs, sweeps and verification, by the command line.

python -m bench.soak.upkeep ROOT APPS SEED
"""

import json
import os
import subprocess
import sys
from collections import Counter
from typing import Any, Final

from bench.measuring import PROJECT
from bench.soak.catalog import Place
from bench.soak.part import Part
from pkgstore.scan import read_snapshot

EVERY: Final = 4.0
"""Seconds between two commands."""

_FINE: Final = {"check": {0, 1}, "verify": {0, 6}, "repair": {0, 1}}
"""Exit codes that say nothing bad: findings are to be expected, some stay, baselines are not there yet."""


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the command line."""
    program = "import sys; from pkgstore_tui.cli import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, cwd=PROJECT, check=False
    )


def has_repair() -> bool:
    """Whether there is a command that repairs."""
    return run("repair", "--help").returncode == 0


def repairs(place: Place) -> list[list[str]]:
    """The command lines that mend what crashes left; without `repair`, what is better gone goes, by findings."""
    where = ["--store", place.root, "--apps", place.apps]
    clean = ["clean", "--store", place.root, "--yes"]
    if has_repair():
        return [clean, ["repair", *where, "--yes"]]
    return [clean, ["evict", *where, "--from", findings_file(place), "--yes"]]


def findings_file(place: Place) -> str:
    """Where what `check` found last is written down."""
    return os.path.join(os.path.dirname(place.apps), "findings.json")


def findings(place: Place) -> tuple[int, list[dict[str, Any]]]:
    """What `check` says: its exit code, and its findings."""
    done = run("check", "--store", place.root, "--apps", place.apps, "--json")
    if done.returncode not in _FINE["check"]:
        return done.returncode, []
    with open(findings_file(place), "w") as file:
        file.write(done.stdout)
    found: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return done.returncode, found


class Upkeep:
    """One command after another, in turn."""

    def __init__(self, place: Place, part: Part) -> None:
        self.place, self.part = place, part
        self.seen: Counter[str] = Counter()
        self.configs: list[int] = []
        store, apps = ["--store", place.root], ["--apps", place.apps]
        sweep = ["sweep", *store, *apps, "--once", "--retention", "1d", "--keep-trash", "20s"]
        verify = ["verify", *store, "--for", "1s", "--resume"]
        self._turns = [["check"], sweep, *repairs(place), verify]
        self._count = 0

    def step(self) -> str:
        """The next command."""
        words = self._turns[self._count % len(self._turns)]
        self._count += 1
        if words[0] == "check":
            self._check()
        else:
            done = run(*words)
            if done.returncode not in _FINE.get(words[0], {0}):
                said = done.stderr.strip() or done.stdout.strip()
                self.part.failed(f"{words[0]} ended with {done.returncode}", said)
        return f"runs of {words[0]}"

    def _check(self) -> None:
        code, found = findings(self.place)
        if code not in _FINE["check"]:
            self.part.failed("check", f"ended with {code}")
        self.seen.update(item["code"] for item in found if item["severity"] != "advice")
        self.configs.append(sum(1 for _ in read_snapshot(self.place.root, details=False).configs()))


def main() -> None:
    """Keep the store until told to end."""
    root, apps, seed = sys.argv[1:]
    part = Part(int(seed))
    upkeep = Upkeep(Place(root, apps), part)
    part.run(upkeep.step, EVERY)
    part.tell(seen=upkeep.seen, configs=upkeep.configs)


if __name__ == "__main__":
    os.environ.pop("PKGSTORE_ROOT", None)
    main()
