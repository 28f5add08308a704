"""A folder in memory for the files that parsers read: they are called as production calls them, on real files."""

import os
import tempfile
from functools import cache

from pkgstore.layout import Layout

STORE = ".pkg-store"


@cache
def folder() -> str:
    """The folder, below `TMPDIR`; whoever sets that takes it away."""
    return tempfile.mkdtemp(prefix="fuzz.")


def store() -> Layout:
    """The paths of a store in it, which has nothing but what was put there."""
    return Layout(os.path.join(folder(), STORE))


def placed(path: str, data: bytes) -> str:
    """The same path, with a file of just these bytes there."""
    try:
        file = open(path, "wb", buffering=0)  # noqa: SIM115
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path))
        file = open(path, "wb", buffering=0)  # noqa: SIM115
    with file:
        file.write(data)
    return path


def file(data: bytes, name: str = "input") -> str:
    """The path of a file of these bytes."""
    return placed(os.path.join(folder(), name), data)
