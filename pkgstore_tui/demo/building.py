"""Builds of the example store, as a server makes them: populate, compile what is missing, ingest."""

import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from pkgstore.layout import Layout
from pkgstore.operations.events import Event
from pkgstore.operations.tool import read_build_inputs, run_ingest, run_populate
from pkgstore.scan import read_snapshot
from pkgstore_tui.demo.catalog import APPS, CRASHED, MAIN, PACKAGES, Build, Package

SHRINK: Final = 64
"""How many times smaller the example's packages are than real ones: it has to be there in a moment."""

_DAY: Final = 86400.0


def _drain(events: Iterable[Event]) -> None:
    for _ in events:
        pass


def packages_of(build: Build) -> Iterator[Package]:
    """The packages of a build, in the versions that it has."""
    newer = dict(build.newer)
    for name in sorted(APPS[build.app]):
        package = PACKAGES[name]
        yield replace(package, version=newer.get(name, package.version))


def _entry(package: Package, r: str) -> dict[str, object]:
    """A package's record in a lockfile."""
    kind = "github" if package.commit else "standard"
    metadata = {"RemoteType": kind, **_origin(package)}
    return {
        "package": package.name,
        "version": package.version,
        "type": kind,
        "needscompilation": package.compiled,
        "sha256": "" if package.commit else f"{abs(hash_of(package)):064x}",
        "platform": MAIN,
        "rversion": r,
        "metadata": metadata,
    }


def _origin(package: Package) -> dict[str, str]:
    """Where a package comes from, as both pak and R write it down."""
    if not package.commit:
        return {"Repository": "CRAN"}
    return {"RemoteUsername": "example-org", "RemoteRepo": package.name, "RemoteSha": package.commit}


def hash_of(package: Package) -> int:
    """A number that stands for the package's source archive."""
    return int.from_bytes(f"{package.name}_{package.version}.tar.gz".encode().ljust(32, b"\0")[:32])


def write_lockfile(path: str, build: Build) -> None:
    """Write the lockfile that pak would have made."""
    document = {
        "lockfile_version": 1,
        "r_version": f"{build.r}.1",
        "os": "Ubuntu 24.04",
        "platform": MAIN,
        "packages": [_entry(package, build.r) for package in packages_of(build)],
    }
    with open(path, "w") as file:
        json.dump(document, file, indent=2)


def install(library: str, package: Package, r: str) -> None:
    """Write what R CMD INSTALL leaves, each file at a fraction of its size."""
    tree = os.path.join(library, package.name)
    for folder in ("R", "libs") if package.compiled else ("R",):
        os.makedirs(os.path.join(tree, folder))
    built = f"R {r}.1; {MAIN if package.compiled else ''}; 2025-03-01 08:00:00 UTC; unix"
    lines = [f"Package: {package.name}", f"Version: {package.version}"]
    lines += ["RemoteType: github"] if package.commit else []
    lines += [f"{name}: {value}" for name, value in _origin(package).items()]
    lines += [f"LinkingTo: {', '.join(package.links)}"] if package.links else []
    lines += [f"NeedsCompilation: {'yes' if package.compiled else 'no'}", f"Built: {built}"]
    _write(os.path.join(tree, "DESCRIPTION"), "\n".join(lines) + "\n")
    _write(os.path.join(tree, "NAMESPACE"), 'exportPattern("^[[:alpha:]]+")\n')
    binary = f"libs/{package.name}.so" if package.compiled else f"R/{package.name}.rdb"
    for name, share in (("INDEX", 0.02), (f"R/{package.name}.rdx", 0.08), (binary, 0.9)):
        _write(os.path.join(tree, name), "\0" * round(package.kib * 1024 * share / SHRINK))


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


def run_build(root: str, apps: str, build: Build) -> None:
    """Build an app: link what the store has, install the rest, ingest, and deploy the manifest."""
    layout = Layout(root)
    library = os.path.join(layout.builds, f"{build.app}-{build.days}")
    app = os.path.join(apps, build.app)
    os.makedirs(library)
    os.makedirs(app, exist_ok=True)
    lockfile = os.path.join(app, "pak.lock")
    write_lockfile(lockfile, build)
    _drain(run_populate(read_build_inputs(root, lockfile, library)))
    for package in packages_of(build):
        if not os.path.isdir(os.path.join(library, package.name)):
            install(library, package, build.r)
    _drain(run_ingest(read_build_inputs(root, lockfile, library)))
    if build.becomes:
        suffix = "" if build.becomes == "current" else build.becomes
        shutil.copyfile(
            os.path.join(library, "store-manifest.json"), os.path.join(app, f"store-manifest.json{suffix}")
        )
    shutil.rmtree(library)
    _age(layout, build.days)


def _age(layout: Layout, days: float) -> None:
    """What this build used was used that long ago."""
    now = time.time()
    for config in read_snapshot(layout.root, details=False).configs():
        if config.last_used is not None and now - config.last_used < _DAY / 24:
            os.utime(layout.sidecar(config.key), (now, now - days * _DAY))


def damage(root: str) -> None:
    """What an admin meets after a crash, and after somebody helped themselves with rm."""
    layout = Layout(root)
    for config in read_snapshot(root, details=False).configs():
        match config.key.platform[:3], config.key.package:
            case "4.4", "s2":  # configs.json lists it, the tree is gone
                shutil.rmtree(layout.config(config.key))
            case "4.4", "units":  # a tree that no sweep finds
                os.remove(layout.sidecar(config.key))
    _lose(layout, "dplyr", "1.1.3")
    build = os.path.join(layout.builds, "0f4b6a52-8f6e-4c8f-9a55-2a1d3c7f90be")
    _leave(build, hours=31)
    write_lockfile(os.path.join(build, "pak.lock"), CRASHED)
    _set_age(build, 31 * _DAY / 24)
    _leave(os.path.join(layout.staging, "7a1c9e3d-51b2-4f0e-8d27-c3e9b0a4416f"), hours=5)
    _leave_lock(layout, "Matrix", minutes=47)


def _lose(layout: Layout, package: str, version: str) -> None:
    """Remove one source by hand, so that a rollback that needs it is broken."""
    for key, record in read_snapshot(layout.root).sources.items():
        if key.package == package and record.version == version:
            shutil.rmtree(layout.source(key))


def _leave(folder: str, *, hours: float) -> None:
    """A folder that a crashed build or install left."""
    os.makedirs(os.path.join(folder, "Rcpp", "R"))
    _set_age(folder, hours * _DAY / 24)


def _leave_lock(layout: Layout, package: str, *, minutes: float) -> None:
    """The lock of a process that died with it."""
    key = next(key for key in read_snapshot(layout.root, details=False).sources if key.package == package)
    os.makedirs(layout.lock(key))
    _set_age(layout.lock(key), minutes * 60)


def _set_age(path: str, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))
