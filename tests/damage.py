"""A whole store, made by the library's own operations, and one way to damage it for each code that `check` knows.

As a program: ``damage.py FOLDER [CODE…]`` makes one there for each code, or for those that are named.
Each damage has a package of its own, so that any two of them can be done to one store.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from builders import PLATFORM, LibraryBuilder, digest, entry, write_lockfile, write_tree
from pkgstore import Store, read_lockfile

DAY = 86400.0
TWO_DAYS = 2 * DAY
HUBS = ("Rcpp", "BH")
PURE = ("dplyr", "shiny", "glue", "rlang")
LINKED = {"sf": "Rcpp", "s2": "Rcpp, BH", "units": "Rcpp"}
ALONE = ("phantom", "orphan", "sidecar", "meta", "wrong", "mixed", "weak")
"""Packages that nobody holds: what is done to them concerns nobody else."""

ALONE_LINKED = {"hash": "Rcpp", "partial": "Rcpp", "blind": "Rcpp"}
GONE = "0" * 64


def strong(package: str, version: str = "1.0", **more: object) -> dict[str, object]:
    """A lockfile entry with the digest of an archive."""
    return entry(package, version, **{"sha256": digest(package, version), **more})


def add(root: Path, packages: Mapping[str, str], *entries: Mapping[str, object]) -> dict[str, str]:
    """Build packages, each with what it links to, and ingest them; gives the store-manifest."""
    library = root.parent / "build-library"
    built = LibraryBuilder(library)
    for name, links in packages.items():
        built.package(name, linkingto=links)
    lock = read_lockfile(write_lockfile(root.parent / "build.lock", *entries))
    manifest = Store(root, PLATFORM).ingest_packages(lock, library)
    shutil.rmtree(library)
    os.unlink(root.parent / "build.lock")
    return manifest


def whole(folder: Path) -> Path:
    """A store in ``.pkg-store`` in which all is well, with an app and a worker; gives its root."""
    root = folder / ".pkg-store"
    packages = dict.fromkeys((*HUBS, *PURE, *ALONE), "") | LINKED | ALONE_LINKED
    manifest = add(root, packages, *(strong(name) for name in packages))
    held = {name: ref for name, ref in manifest.items() if name not in {*ALONE, *ALONE_LINKED}}
    app = folder / "shop"
    app.mkdir()
    for suffix in ("", ".prev", ".build"):
        (app / f"store-manifest.json{suffix}").write_text(json.dumps(held))
    write_lockfile(app / "pak.lock", *(strong(name) for name in held))
    store = Store(root, PLATFORM)
    for worker in ("w1", "w2"):
        store.assemble_library(store.worker_lib_dir(worker), held)
    return root


# --- where things are ------------------------------------------------------------------------------------


def source(root: Path, package: str) -> Path:
    """The only source of a package."""
    (found,) = (root / PLATFORM / package).iterdir()
    return found


def tree(root: Path, package: str) -> Path:
    """Its only tree."""
    (found,) = (path for path in source(root, package).iterdir() if path.is_dir())
    return found


def rewrite(path: Path, change: Callable[[dict], object]) -> None:
    """Change a JSON file; its folder's and its own times stay as they were."""
    before = path.stat()
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def say(root: Path, package: str, old: str, new: str) -> None:
    """Change what a tree's DESCRIPTION says, in the store alone."""
    path = tree(root, package) / "DESCRIPTION"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def aged(path: Path, seconds: float) -> Path:
    then = time.time() - seconds
    os.utime(path, (then, then))
    return path


def left_over(folder: Path, seconds: float) -> None:
    """As old throughout: nothing in it changed since."""
    for path in [*folder.rglob("*"), folder]:
        aged(path, seconds)


def worker_manifest(root: Path, worker: str) -> Path:
    return root / ".workers" / worker / ".packages.json"


# --- one way to damage it for each code ------------------------------------------------------------------


def phantom(root: Path) -> None:
    gone = tree(root, "phantom")
    shutil.rmtree(gone)
    Path(f"{gone}.json").unlink()


def orphan_tree(root: Path) -> None:
    Path(f"{tree(root, 'orphan')}.json").unlink()


def orphan_sidecar(root: Path) -> None:
    shutil.rmtree(tree(root, "sidecar"))
    (source(root, "sidecar") / "configs.json").unlink()


def bad_config_hash(root: Path) -> None:
    path = source(root, "hash") / "configs.json"
    rewrite(path, lambda document: document["configs"].update({tree(root, "hash").name: {"Rcpp": "f" * 64}}))


def bad_meta(root: Path) -> None:
    (source(root, "meta") / "configs.json").write_text("{")


def wrong_package(root: Path) -> None:
    say(root, "wrong", "Package: wrong", "Package: right")


def mixed_platform(root: Path) -> None:
    say(root, "mixed", "Built: R 4.5.2", "Built: R 4.4.1")


def dead_platform(root: Path) -> None:
    folder = root / "4.6-x86_64-pc-linux-gnu" / "old" / digest("old") / digest()
    write_tree(folder, "old", "1.0", built="R 4.6.0")
    configs = {"source_compiled": False, "linkingto": None, "configs": {folder.name: {}}}
    (folder.parent / "configs.json").write_text(json.dumps(configs))
    sidecar = Path(f"{folder}.json")
    sidecar.write_text('{"created_at": "2026-01-02T03:04:05Z"}')
    aged(sidecar, TWO_DAYS)


def restart_hazard(root: Path) -> None:
    (root / "4.10-x86_64-pc-linux-gnu").mkdir()


def dangling_root(root: Path) -> None:
    path = root.parent / "shop" / "store-manifest.json.prev"
    rewrite(path, lambda document: document.update(gone=f"{GONE}/{GONE}"))


def broken_install(root: Path) -> None:
    held = source(root, "glue").name
    rewrite(worker_manifest(root, "w1"), lambda document: document.update(glue=f"{held}/{GONE}"))


def abi_mismatch(root: Path) -> None:
    manifest = add(root, {"Rcpp": ""}, strong("Rcpp", "2.0"))
    rewrite(worker_manifest(root, "w2"), lambda document: document.update(manifest))
    library = root / ".workers" / "w2"
    shutil.rmtree(library / "Rcpp")
    found = root / PLATFORM / "Rcpp" / manifest["Rcpp"]
    subprocess.run(["cp", "-al", found, library / "Rcpp"], check=True)
    aged(library, 3600)


def abi_blind(root: Path) -> None:
    folder = source(root, "blind")
    (folder / "configs.json").unlink()
    ref = f"{folder.name}/{tree(root, 'blind').name}"
    rewrite(worker_manifest(root, "w1"), lambda document: document.update(blind=ref))


def partial_config(root: Path) -> None:
    shutil.rmtree(root / PLATFORM / "partial")
    add(root, {"partial": "Rcpp, methods"}, strong("partial"))


def weak_key(root: Path) -> None:
    shutil.rmtree(root / PLATFORM / "weak")
    add(root, {"weak": ""}, entry("weak"))


def lock_disagrees(root: Path) -> None:
    path = root.parent / "shop" / "pak.lock"
    rewrite(path, lambda document: document["packages"][2].update(version="9", sha256=digest("9")))


def stale_lock(root: Path) -> None:
    lock = root / ".locks" / PLATFORM / "dplyr" / f"{source(root, 'dplyr').name}.lock"
    lock.mkdir(parents=True)
    aged(lock, 3600)


def stale_build(root: Path) -> None:
    folder = root / ".builds" / "6c1f"
    write_tree(folder / "dplyr", "dplyr", "1.0")
    left_over(folder, TWO_DAYS)


def stale_staging(root: Path) -> None:
    folder = root / ".staging" / "77aa"
    folder.mkdir(parents=True)
    aged(folder, TWO_DAYS)


def orphan_worker(root: Path) -> None:
    folder = root / ".workers" / "w9"
    write_tree(folder / "dplyr", "dplyr", "1.0")
    left_over(folder, TWO_DAYS)


def drift(root: Path) -> None:
    path = root / ".workers" / "w1" / "shiny" / "DESCRIPTION"
    text = path.read_text()
    path.unlink()
    path.write_text(text)


def damage(root: Path) -> None:
    folder = root / ".workers" / "w8"
    folder.mkdir()
    (folder / ".packages.json").write_text("[]")


DAMAGES: Mapping[str, Callable[[Path], None]] = {
    "DAMAGE": damage,
    "BAD-META": bad_meta,
    "PHANTOM": phantom,
    "BAD-CONFIG-HASH": bad_config_hash,
    "WRONG-PACKAGE": wrong_package,
    "DANGLING-ROOT": dangling_root,
    "BROKEN-INSTALL": broken_install,
    "ABI-MISMATCH": abi_mismatch,
    "DRIFT": drift,
    "ABI-BLIND": abi_blind,
    "PARTIAL-CONFIG": partial_config,
    "MIXED-PLATFORM": mixed_platform,
    "LOCK-DISAGREES": lock_disagrees,
    "RESTART-HAZARD": restart_hazard,
    "ORPHAN-TREE": orphan_tree,
    "ORPHAN-SIDECAR": orphan_sidecar,
    "STALE-LOCK": stale_lock,
    "STALE-BUILD": stale_build,
    "STALE-STAGING": stale_staging,
    "ORPHAN-WORKER": orphan_worker,
    "WEAK-KEY": weak_key,
    "DEAD-PLATFORM": dead_platform,
}
"""Every code but ABI-DEPTH, which is told only under ``--deep``."""

SAID: Mapping[str, tuple[str, ...]] = {
    "ABI-BLIND": ("ABI-BLIND", "ORPHAN-TREE"),  # a tree that no configs.json has is no less an orphan
    "ABI-MISMATCH": ("ABI-MISMATCH",) * 3,  # of sf, s2 and units
}
"""What `check` says of a damage, where that is not its code, once."""


def said(*codes: str) -> list[str]:
    """The codes of all findings that some damages lead to, sorted."""
    return sorted(each for code in codes for each in SAID.get(code, (code,)))


def copied(root: Path, folder: Path) -> Path:
    """The same store with its apps in another folder, links and times kept; gives its root."""
    subprocess.run(["cp", "-a", root.parent, folder], check=True)
    return folder / root.name


def main(arguments: Iterable[str]) -> int:
    folder, *codes = arguments
    for code in codes or DAMAGES:
        place = Path(folder) / code
        place.mkdir(parents=True)
        DAMAGES[code](whole(place))
        print(place)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
