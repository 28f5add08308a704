"""Random stores in which all is well, made by the library's own operations: small, and each from a seed.

Builds are ingested, workers start and stop, time passes, sweeps take what nobody needs, something is under way:
whatever happened to such a store, `check` has nothing to say of it.
"""

import json
import os
import random
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from builders import PLATFORM, LibraryBuilder, digest, entry, github, write_lockfile, write_tree
from pkgstore import Lockfile, Store, read_lockfile
from pkgstore.layout import Layout
from pkgstore.operations.evict import apply_evict
from pkgstore.operations.eviction import EvictRule, pin_down, plan_eviction
from pkgstore.roots import roots_of
from pkgstore.scan import read_snapshot

NAMES = ("Rcpp", "BH", "cpp11", "sf", "s2", "units", "dplyr", "shiny", "data.table", "R6")
LINKS = {"sf": ("Rcpp",), "s2": ("BH", "Rcpp"), "units": ("Rcpp",), "dplyr": ("cpp11",)}
DAY = 86400.0


@dataclass
class World:
    """A store, its apps, and the random numbers that say what happens to it."""

    root: Path
    rng: random.Random
    store: Store = field(init=False)
    apps: dict[str, Mapping[str, str]] = field(default_factory=dict)
    number: int = 0

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True)
        self.store = Store(self.root, PLATFORM)

    def entry(self, package: str) -> dict[str, object]:
        version = f"1.{self.rng.randrange(3)}"
        if version == "1.2":
            return github(package, digest(package, version)[:40])
        return entry(package, version, sha256=digest(package, version))

    def lockfile(self, path: Path) -> Lockfile:
        """A lockfile that has everything its packages link to; `methods` and the like are in none."""
        wanted = set(self.rng.sample(NAMES, self.rng.randint(1, 5)))
        wanted.update(name for package in tuple(wanted) for name in LINKS.get(package, ()))
        order = self.rng.sample(sorted(wanted), len(wanted))
        return read_lockfile(write_lockfile(path, *map(self.entry, order)))

    # --- what happens ---------------------------------------------------------------------------------------

    def build(self) -> None:
        """An app is built: populated from the store, the rest compiled, ingested, and its manifest written."""
        name = self.rng.choice(("shop", "maps", "team/geo"))
        folder = self.root.parent / name
        lock = self.lockfile(folder / "pak.lock")
        library = self.root / ".builds" / f"b{self.number}" / "lib"
        library.mkdir(parents=True)
        self.store.populate_build(lock, library)
        self.compile(lock, library)
        manifest = self.store.ingest_packages(lock, library)
        self.write_manifests(folder, manifest)
        self.apps[name] = manifest
        self.remove(library.parent)

    def compile(self, lock: Lockfile, library: Path) -> None:
        LibraryBuilder(library)
        for package in lock.packages:
            if not (library / package.package).exists():
                links = ", ".join(("methods", *LINKS[package.package])) if package.package in LINKS else ""
                write_tree(library / package.package, package.package, package.version, links)

    def write_manifests(self, folder: Path, manifest: Mapping[str, str]) -> None:
        current = folder / "store-manifest.json"
        if current.exists() and self.rng.random() < 0.7:
            current.rename(f"{current}.prev")
        current.write_text(json.dumps(manifest))
        if not Path(f"{current}.build").exists():
            Path(f"{current}.build").write_text(json.dumps(manifest))

    def start(self) -> None:
        """A worker starts."""
        if self.apps:
            manifest = self.apps[self.rng.choice(sorted(self.apps))]
            library = self.store.worker_lib_dir(f"w{self.number}")
            assert self.store.assemble_library(library, manifest) == ()

    def stop(self) -> None:
        """A worker stops."""
        workers = sorted(os.listdir(self.root / ".workers")) if (self.root / ".workers").exists() else []
        if workers:
            self.store.cleanup_worker_lib(self.rng.choice(workers))

    def begin(self) -> None:
        """Something is under way: a build, a worker that is being assembled, or an install."""
        match self.rng.randrange(4):
            case 0:
                write_tree(self.root / ".builds" / f"now{self.number}" / "R6", "R6", "1.0")
            case 1:
                (self.root / ".workers" / f"now{self.number}").mkdir(parents=True, exist_ok=True)
            case 2:
                self.store.create_staging_dir()
            case 3:
                (self.root / ".locks" / PLATFORM / "R6" / f"{digest('R6')}.lock").mkdir(parents=True, exist_ok=True)

    def wait(self) -> None:
        """Time passes: sidecars, manifests and trees get older by some days."""
        back = self.rng.uniform(1, 400) * DAY
        for folder, folders, names in os.walk(self.root.parent):
            if os.path.basename(folder) in {".builds", ".staging", ".locks"}:
                folders.clear()
            for name in names:
                path = os.path.join(folder, name)
                status = os.lstat(path)
                os.utime(path, (status.st_atime - back, status.st_mtime - back), follow_symlinks=False)

    def sweep(self) -> None:
        """What nobody needs is evicted, into the trash or for good."""
        snapshot = read_snapshot(str(self.root), apps=str(self.root.parent))
        rule = EvictRule(self.rng.choice((3600.0, 30 * DAY)))
        roots = roots_of(snapshot)
        layout = Layout(str(self.root))
        plan = pin_down(layout, plan_eviction(snapshot, roots, rule, (PLATFORM,), now=time.time()))
        name = "" if self.rng.random() < 0.5 else f"20260102T030405-evict-{self.number:04x}"
        for _ in apply_evict(layout, plan, operation=name):
            pass

    def remove(self, folder: Path) -> None:
        shutil.rmtree(folder)


HAPPENINGS = (
    *(World.build,) * 4,
    *(World.start,) * 3,
    World.stop,
    World.begin,
    World.wait,
    World.sweep,
)


def healthy(root: Path, seed: int) -> Path:
    """A store to which some random things happened; gives its root."""
    rng = random.Random(seed)
    world = World(root, rng)
    for number in range(rng.randint(0, 12)):
        world.number = number
        rng.choice(HAPPENINGS)(world)
    return root
