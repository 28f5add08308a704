"""Packages of which there is always a newer version, and builds of them, as a server makes them."""

import os
import shutil
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from random import Random
from typing import Final

from bench.shape import Source, package_names
from bench.writing import lockfile, write_tree
from pkgstore.keys import store_key
from pkgstore.layout import Layout
from pkgstore.model import LockfileEntry, LockfileMetadata
from pkgstore.operations.tool import read_build_inputs, run_ingest, run_populate

HUBS: Final = 6
"""How many packages others link to."""

PACKAGES: Final = 120

Choice = Mapping[str, int]
"""The packages of an app: which version of each, by number."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything is: the store, and the folder of the apps around it."""

    root: str
    apps: str


class Catalog:
    """Every version of every package; equal for all processes of one seed."""

    def __init__(self, seed: int) -> None:
        self.names = package_names(PACKAGES)
        self.hubs = self.names[:HUBS]
        self._links = {name: self._choose_links(Random(f"{seed}/{name}"), name) for name in self.names}

    def _choose_links(self, rng: Random, name: str) -> tuple[str, ...]:
        if name in self.hubs or rng.random() < 0.6:
            return ()
        return tuple(sorted(rng.sample(self.hubs, rng.randint(1, 2))))

    def source(self, name: str, number: int) -> Source:
        """A version of a package."""
        version = f"{1 + number // 100}.{number // 10 % 10}.{number % 10}"
        archive = sha256(f"{name}_{number}".encode()).hexdigest()
        entry = LockfileEntry(name, version, "standard", True, LockfileMetadata("standard", version), archive)
        return Source(entry, store_key(entry), self._links[name])

    def sources(self, choice: Choice) -> list[Source]:
        """The sources of a choice."""
        return [self.source(name, number) for name, number in choice.items()]

    def choose(self, rng: Random, count: int, number: int = 0) -> dict[str, int]:
        """Some packages, all that they link to among them, in one version."""
        others = rng.sample(self.names[HUBS:], max(1, count - HUBS))
        return dict.fromkeys([*self.hubs, *others], number)


def make_build(place: Place, sources: Iterable[Source], rng: Random, prefix: str = "") -> str:
    """Populate, "compile" what the store lacks, and ingest; gives the build's folder, which has the manifest.

    Raises:
        StoreError: As populate and ingest.
    """
    sources = list(sources)
    library = os.path.join(Layout(place.root).builds, f"{prefix}{uuid.UUID(int=rng.getrandbits(128), version=4)}")
    os.makedirs(library)
    lock = os.path.join(library, "pak.lock")
    _write(lock, lockfile(sources))
    for _ in run_populate(read_build_inputs(place.root, lock, library)):
        pass
    folder = os.open(library, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for source in sources:
            if not os.path.isdir(os.path.join(library, source.package)):
                write_tree(source, source.package, folder, rng)
    finally:
        os.close(folder)
    for _ in run_ingest(read_build_inputs(place.root, lock, library), digests=True):
        pass
    return library


def deploy(place: Place, app: str, library: str) -> None:
    """Make a build the app's present one; the present one becomes the rollback target. The build goes."""
    folder = os.path.join(place.apps, app)
    os.makedirs(folder, exist_ok=True)
    current = os.path.join(folder, "store-manifest.json")
    if os.path.exists(current):
        shutil.copyfile(current, f"{current}.new")
        os.rename(f"{current}.new", f"{current}.prev")
    for name in ("pak.lock", "store-manifest.json"):
        shutil.copyfile(os.path.join(library, name), os.path.join(folder, f"{name}.new"))
        os.rename(os.path.join(folder, f"{name}.new"), os.path.join(folder, name))
    if not os.path.exists(f"{current}.build"):
        shutil.copyfile(current, f"{current}.build")
    shutil.rmtree(library)


def _write(path: str, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)
