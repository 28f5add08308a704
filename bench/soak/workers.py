"""Workers come, go and change, many times a second; now and then one is left alone, and the screen asked about it.

python -m bench.soak.workers ROOT APPS COUNT SOCKET SEED
"""

import json
import os
import random
import shutil
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, Final

from bench.shape import PLATFORM
from bench.soak.catalog import HUBS, Catalog, Place
from bench.soak.part import Part
from pkgstore import Store, files, read_package_manifest, read_store_manifest, update_package_manifest
from pkgstore.keys import ConfigKey, split_store_ref

EVERY: Final = 0.1
"""Seconds between two changes."""

PROBE_EVERY: Final = 4.0
"""Seconds between two questions about a worker."""

SETTLE: Final = 3.0
"""Seconds after the last change of a worker in which the screen has to be right."""

LOST_AFTER: Final = 15.0
"""Seconds after which a change that is not on the screen counts as lost, and not as late."""

Shown = dict[str, Any]
Ask = Callable[[str], Shown]


class Workers:
    """The workers, which change; those in `quiet` are left alone."""

    def __init__(self, place: Place, count: int, seed: int) -> None:
        self.store, self.apps, self.count = Store(place.root, PLATFORM), Path(place.apps), count
        self.rng, self.hubs = Random(f"{seed}/workers"), frozenset(Catalog(seed).names[:HUBS])
        self.alone = threading.Lock()
        self.quiet: set[str] = set()
        self.names = sorted(path.name for path in Path(self.store.layout.workers).glob("w*"))
        self._made = len(self.names)

    def step(self) -> str:
        """One change of one worker."""
        with self.alone:
            free = [name for name in self.names if name not in self.quiet]
            if len(self.names) < self.count or not free:
                return self.come()
            name = self.rng.choice(free)
            if len(self.names) >= self.count + 2 or self.rng.random() < 0.1:
                return self._go(name)
            return self._install(name) if self.rng.random() < 0.6 else self._remove(name)

    def come(self) -> str:
        """A new worker, with what an app has now."""
        self._made += 1
        name = f"w{self._made:05}-{self.rng.getrandbits(32):08x}"
        manifest = self._manifest()
        self.store.assemble_library(self.store.worker_lib_dir(name), manifest)
        self.names.append(name)
        return "workers that came"

    def _manifest(self) -> dict[str, str]:
        apps = sorted(self.apps.glob("app-*/store-manifest.json"))
        return dict(read_store_manifest(str(self.rng.choice(apps))))

    def _go(self, name: str) -> str:
        """A worker ends; every second time as the reference removes it, in place."""
        self.names.remove(name)
        if self.rng.random() < 0.5:
            shutil.rmtree(self.store.worker_lib_dir(name))
        else:
            self.store.cleanup_worker_lib(name)
        return "workers that went"

    def _install(self, name: str) -> str:
        """A live install of what the store has: the tree, then its line in the manifest."""
        library = self.store.worker_lib_dir(name)
        has = read_package_manifest(library)
        new = {package: ref for package, ref in self._manifest().items() if package not in has}
        if not new:
            return self._remove(name)
        package = self.rng.choice(sorted(new))
        source_hash, config_hash = split_store_ref(new[package])
        tree = self.store.layout.config(ConfigKey(PLATFORM, package, source_hash, config_hash))
        if self._fits(package, source_hash, config_hash, has):
            files.link_tree(tree, os.path.join(library, package))
            update_package_manifest(library, {package: new[package]})
            return "installs"
        return self._remove(name)

    def _fits(self, package: str, source_hash: str, config_hash: str, has: dict[str, str]) -> bool:
        """Whether a package was built against what the worker has, as R would need it."""
        path = Path(self.store.source_dir(package, source_hash)) / "configs.json"
        keys = json.loads(path.read_bytes())["configs"].get(config_hash) or {}
        return all(has.get(hub, "").startswith(key) for hub, key in keys.items())

    def _remove(self, name: str) -> str:
        """Somebody removes a package, with a program that writes in place."""
        library = self.store.worker_lib_dir(name)
        has = read_package_manifest(library)
        if not (free := sorted(has.keys() - self.hubs)):
            return self._go(name)
        package = self.rng.choice(free)
        has.pop(package)
        with open(os.path.join(library, ".packages.json"), "w") as file:
            json.dump(has, file, indent=2)
        shutil.rmtree(os.path.join(library, package), ignore_errors=True)
        return "removals"


def on_disk(store: Store, name: str) -> tuple[float, dict[str, str]] | None:
    """A worker's manifest: its mtime, and what it says; None where the worker is gone."""
    path = os.path.join(store.worker_lib_dir(name), ".packages.json")
    try:
        return os.stat(path).st_mtime, dict(read_package_manifest(store.worker_lib_dir(name)))
    except OSError:
        return None


def difference(disk: tuple[float, dict[str, str]] | None, shown: Shown) -> str:
    """In what the screen tells a worker otherwise than the disk; empty where it does not."""
    wanted = None if disk is None else [disk[0], disk[1]]
    if shown["snapshot"] != wanted:
        return "the snapshot is another"
    if shown["row"] != wanted:
        return "the row is another"
    if disk is not None and str(len(disk[1])) not in shown["line"].split():
        return f"the line drawn has another number of packages than {len(disk[1])}: {shown['line']!r}"
    return ""


class Prober(threading.Thread):
    """Leaves one worker alone for a while, and compares the screen with the disk."""

    def __init__(self, workers: Workers, part: Part, ask: Ask, seed: int) -> None:
        super().__init__(daemon=True)
        self._workers, self._part, self._ask = workers, part, ask
        self._rng = random.Random(f"{seed}/probes")
        self.lost: list[str] = []

    def run(self) -> None:
        """Ask until the end."""
        while not self._part.ended.wait(PROBE_EVERY):
            with self._workers.alone:
                name = self._rng.choice(self._workers.names)
                self._workers.quiet.add(name)
            try:
                self.probe(name)
            except (OSError, ValueError) as error:
                self._part.failed("asking the screen", error)
            self._workers.quiet.discard(name)

    def probe(self, name: str) -> None:
        """One worker, changed a moment ago, and left alone from now on."""
        time.sleep(SETTLE)
        disk, began = on_disk(self._workers.store, name), time.monotonic()
        self._part.did["questions"] += 1
        while wrong := difference(disk, self._ask(name)):
            if time.monotonic() - began > LOST_AFTER:
                self.lost.append(f"{name}: {wrong}")
                return
            self._part.did["late answers"] += 1
            time.sleep(1)


def asking(path: str) -> Ask:
    """A way to ask the interface, by its socket."""

    def ask(name: str) -> Shown:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(120)
            line.connect(path)
            line.sendall(name.encode() + b"\n")
            with line.makefile("rb") as answer:
                found: Shown = json.loads(answer.readline())
                return found

    return ask


def main() -> None:
    """Change workers until told to end."""
    root, apps, count, path, seed = sys.argv[1:]
    part = Part(int(seed))
    workers = Workers(Place(root, apps), int(count), int(seed))
    prober = Prober(workers, part, asking(path), int(seed))
    prober.start()
    part.run(workers.step, EVERY)
    prober.join(LOST_AFTER + 120)
    part.tell(lost=prober.lost)


if __name__ == "__main__":
    main()
