"""Somebody who ingests, evicts and assembles without a pause, until killed in the middle of it.

python -m bench.soak.victim ROOT APPS NAME SEED
"""

import os
import sys
from pathlib import Path
from random import Random
from typing import Final

from bench.shape import PLATFORM
from bench.soak.builds import RETENTION
from bench.soak.catalog import Catalog, Place, make_build
from pkgstore import Store, read_store_manifest
from pkgstore.errors import StoreError

PREFIX: Final = "crash-"
"""How the names of its builds and libraries begin."""

_OWN: Final = 1_000
"""Its packages have versions of their own, so that it always has something to move into the store."""


class Victim:
    """Does one thing after another."""

    def __init__(self, place: Place, name: str, seed: int) -> None:
        self.place, self.name, self.catalog, self.rng = place, f"{PREFIX}{name}-", Catalog(seed), Random(name)
        self.store = Store(place.root, PLATFORM)
        self._count = 0

    def step(self) -> None:
        """Ingest most of the time: that has most places to die at."""
        self._count += 1
        what = self.rng.choice([self._ingest, self._ingest, self._evict, self._assemble])
        what()

    def _ingest(self) -> None:
        number = _OWN + self.rng.randrange(1_000)
        make_build(self.place, self.catalog.sources(self.catalog.choose(self.rng, 10, number)), self.rng, self.name)

    def _evict(self) -> None:
        self.store.evict_stale(RETENTION)

    def _assemble(self) -> None:
        apps = list(Path(self.place.apps).glob("app-*/store-manifest.json"))
        manifest = read_store_manifest(str(self.rng.choice(sorted(apps))))
        self.store.assemble_library(self.store.worker_lib_dir(f"{self.name}{self._count}"), manifest)


def main() -> None:
    """Work until killed."""
    root, apps, name, seed = sys.argv[1:]
    victim = Victim(Place(root, apps), name, int(seed))
    try:
        print("ready", flush=True)
    except BrokenPipeError:  # whoever started it has gone
        return
    while os.getppid() != 1:
        try:
            victim.step()
        except StoreError as error:
            print(f"soak: a victim: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
