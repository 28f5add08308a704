"""Apps are built again and again, with a few packages newer; what nobody needs any more grows old and is swept.

python -m bench.soak.builds ROOT APPS NUMBER_OF_APPS PACKAGES SEED
"""

import os
import sys
import time
from random import Random
from typing import Final

from bench.shape import PLATFORM
from bench.soak.catalog import Catalog, Place, deploy, make_build
from bench.soak.part import Part
from pkgstore import Store
from pkgstore.roots import roots_of
from pkgstore.scan import read_snapshot

EVERY: Final = 1.5
"""Seconds between two steps."""

SWEEP_EVERY: Final = 8
"""Every so many steps is a sweep."""

RETENTION: Final = 86_400.0
"""Seconds."""

YOUNG: Final = 15.0
"""Seconds since its last use in which a config may belong to a build that is not deployed yet."""


class Builds:
    """What the apps are made of now."""

    def __init__(self, place: Place, apps: int, packages: int, seed: int) -> None:
        self.place, self.catalog, self.rng = place, Catalog(seed), Random(f"{seed}/builds")
        self.choices = {f"app-{n + 1:03}": self.catalog.choose(self.rng, packages) for n in range(apps)}
        self._steps = 0

    def build(self, app: str) -> None:
        """Build and deploy an app as it is chosen to be."""
        library = make_build(self.place, self.catalog.sources(self.choices[app]), self.rng)
        deploy(self.place, app, library)

    def step(self) -> str:
        """One build with something newer in it, or a sweep."""
        self._steps += 1
        if self._steps % SWEEP_EVERY == 0:
            return self._sweep()
        app = self.rng.choice(sorted(self.choices))
        for name in self.rng.sample(sorted(self.choices[app]), self.rng.randint(1, 3)):
            self.choices[app][name] += 1
        self.build(app)
        return "builds"

    def _sweep(self) -> str:
        age_unneeded(self.place)
        Store(self.place.root, PLATFORM).evict_stale(RETENTION)
        return "sweeps of the server's kind"


def age_unneeded(place: Place) -> None:
    """What no root holds was used last two days ago, says its sidecar from now on."""
    snapshot = read_snapshot(place.root, apps=place.apps)
    roots, layout, now = roots_of(snapshot), Store(place.root).layout, time.time()
    for config in snapshot.configs():
        used = config.last_used
        if used is not None and now - YOUNG > used > now - RETENTION and not roots.is_rooted(config.key):
            sidecar = layout.sidecar(config.key)
            try:
                if os.stat(sidecar).st_mtime == used:
                    os.utime(sidecar, (now - 2 * RETENTION,) * 2)
            except FileNotFoundError:
                continue


def main() -> None:
    """Build until told to end."""
    root, apps, count, packages, seed = sys.argv[1:]
    part = Part(int(seed))
    builds = Builds(Place(root, apps), int(count), int(packages), int(seed))
    part.run(builds.step, EVERY)
    part.tell()


if __name__ == "__main__":
    main()
