"""Make a store of a chosen size, with its apps beside it.

    python bench/generate.py /tmp/bundles/.pkg-store --packages 2000 --sources 6000 --configs 20000 --workers 100

The apps stand beside the store, in the folder that ROOT is in. Equal seeds give equal stores; ages count from now.
"""

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from random import Random
from typing import Final

from bench.shape import BIG, PLATFORM, SMALL, Shape, Size, shape
from bench.writing import write_app, write_package, write_worker

__all__ = ["BIG", "SMALL", "Generated", "Size", "generate"]

_FORK_ABOVE: Final = 5_000
"""Configs: from here on a second process is worth its start."""

_HELP: Final = {
    "packages": "how many packages",
    "sources": "how many sources of all packages together",
    "configs": "how many configs of all sources together",
    "workers": "how many workers",
    "worker_packages": "how many packages each worker's manifest names",
    "apps": "how many apps beside the store",
    "linked_workers": "how many of the workers get real hard-linked trees; the others' packages are empty folders "
    "(a scan never looks inside a worker's library, so this matters only for sizes)",
    "damage": "how many configs are phantoms, trees without sidecar, unlisted trees or orphan sidecars, in turn",
}


@dataclass(frozen=True, slots=True)
class Generated:
    """A store that was made: where it is, and what it holds."""

    root: str
    apps_folder: str
    shape: Shape


def generate(root: str, size: Size = SMALL, seed: int = 0, *, now: float | None = None) -> Generated:
    """Make a store.

    Args:
        root: Where: a folder that does not exist yet, or an empty one. The apps go into the folder around it.
        size: How much of everything.
        seed: Equal seeds give equal stores.
        now: Seconds since 1970 that ages count from; the present by default.

    Raises:
        ValueError: No valid store has these numbers.
        OSError: It could not be written.
    """
    now = time.time() if now is None else now
    root = os.path.abspath(root)
    whole = shape(size, seed)
    platform = os.path.join(root, PLATFORM)
    for folder in (platform, *(os.path.join(root, name) for name in (".workers", ".locks", ".builds", ".staging"))):
        os.makedirs(folder)
    names = list(whole.packages)
    if size.configs < _FORK_ABOVE:
        _write_packages(whole, names, platform, now, seed)
    else:
        _write_in_two(whole, names, platform, now, seed)
    apps = os.path.dirname(root)
    rng = Random(f"{seed}/users")
    for app in whole.apps:
        write_app(app, os.path.join(apps, app.name), now, rng)
    for number, worker in enumerate(whole.workers):
        linked = platform if number < size.linked_workers else None
        write_worker(whole, worker, root, linked, now, rng.random() * 7 * 86_400)
    return Generated(root, apps, whole)


def _write_packages(whole: Shape, names: Sequence[str], platform: str, now: float, seed: int) -> None:
    for name in names:
        write_package(whole, name, platform, now, seed)


def _write_in_two(whole: Shape, names: Sequence[str], platform: str, now: float, seed: int) -> None:
    """Half of the packages in a forked process, half in this one."""
    middle = len(names) // 2
    other = multiprocessing.get_context("fork").Process(
        target=_write_packages, args=(whole, names[middle:], platform, now, seed)
    )
    other.start()
    try:
        _write_packages(whole, names[:middle], platform, now, seed)
    finally:
        other.join()
    if other.exitcode:
        raise OSError("the second writing process failed; its own words are above")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit code."""
    parser = argparse.ArgumentParser(description="Make a store of a chosen size, with its apps beside it.")
    parser.add_argument("root", help="the store root to make; its parent folder gets the apps")
    parser.add_argument("--big", action="store_true", help="take the numbers that benchmarks use, where not given")
    for field in fields(Size):
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=int, metavar="N", help=_HELP[field.name])
    parser.add_argument("--seed", type=int, default=0, help="equal seeds give equal stores")
    chosen = parser.parse_args(arguments)
    standard = BIG if chosen.big else SMALL
    given = {field.name: getattr(chosen, field.name) for field in fields(Size)}
    size = Size(**{name: getattr(standard, name) if value is None else value for name, value in given.items()})
    started = time.monotonic()
    try:
        made = generate(chosen.root, size, chosen.seed)
    except (ValueError, OSError) as error:
        print(f"generate: {error}", file=sys.stderr)
        return 3
    print(f"{made.root}: {size}, {time.monotonic() - started:.1f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
