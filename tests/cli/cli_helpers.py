"""Run the command line and look at the disk before and after; shared by the tests of this folder."""

import hashlib
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builders import StoreBuilder, ref

CONSOLE_SCRIPT = Path(sys.executable).with_name("pkgstore")
HOSTILE = "x\x1b]0;owned\x07\u202e\x9b7m\n"
"""A name that sets the window's title, turns text round and breaks the line, if it ever reaches a terminal."""

HOSTILE_SHOWN = "x␛]0;owned␇\ufffd\ufffd7m␊"


@dataclass(frozen=True)
class Ran:
    """What one run came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def said(self) -> list[str]:
        return self.err.splitlines()


Runner = Callable[..., Ran]


def cells(out: str) -> list[list[str]]:
    """The lines of a printed table, cell by cell; empty cells are left out."""
    return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in out.splitlines()]


def listing(*folders: Path, inodes: bool = True) -> dict[str, tuple[object, ...]]:
    """Everything there is to know of each file below some folders, the folders themselves too."""
    return {os.fspath(path): _facts(path, inodes) for folder in folders for path in _walk(folder)}


def _walk(folder: Path) -> Iterator[Path]:
    yield folder
    for parent, folders, names in os.walk(folder):
        yield from (Path(parent, name) for name in (*folders, *names))


def _facts(path: Path, inodes: bool) -> tuple[object, ...]:
    if not os.path.lexists(path):
        return ("missing",)
    status = path.lstat()
    if stat.S_ISREG(status.st_mode):
        body: str = hashlib.sha256(path.read_bytes()).hexdigest()
    else:
        body = os.readlink(path) if path.is_symlink() else ""
    same = (status.st_ino, status.st_nlink, status.st_ctime_ns) if inodes else ()
    return (oct(status.st_mode), status.st_size, status.st_mtime_ns, body, *same)


def contents(folder: Path) -> dict[str, bytes | None]:
    """Names and bytes alone, by path below `folder`; None is a folder."""
    return {
        str(path.relative_to(folder)): None if path.is_dir() else path.read_bytes()
        for path in sorted(_walk(folder))
        if path != folder
    }


@contextmanager
def nothing_changes(*folders: Path) -> Iterator[None]:
    """The block leaves every name, byte, mode, time and inode below `folders` as it was."""
    before = listing(*folders)
    yield
    after = listing(*folders)
    changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    assert not changed, f"changed: {changed}"


def shop(store: StoreBuilder) -> StoreBuilder:
    """A store with a package linked to another, a package long unused, and a worker."""
    store.package("Rcpp").source("1.0.12").config(used="10d")
    store.package("sf").source("1.0-16").config({"Rcpp": "1.0.12"}, used="10d")
    store.package("dplyr").source("1.1.4").config(used="90d")
    library = store.worker("w1", {"sf": ref("sf", "1.0-16", {"Rcpp": "1.0.12"})})
    then = store.now - 5 * 86400
    os.utime(library / ".packages.json", (then, then))
    return store


def command(*arguments: object, script: bool = False) -> list[str]:
    """The command line of a real process."""
    start = [str(CONSOLE_SCRIPT)] if script else [sys.executable, "-c", _START]
    return [*start, *(str(argument) for argument in arguments)]


_START = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever the test runner left to its children
from pkgstore_tui.cli import main
sys.exit(main())
"""


def environment(**more: str) -> dict[str, str]:
    """The process's own, without what would name a store."""
    kept = {name: value for name, value in os.environ.items() if name not in {"PKGSTORE_ROOT", "PYTHONUTF8"}}
    return {**kept, **more}


def process(*arguments: object, script: bool = False, **more: Any) -> Ran:
    """Run a real process to its end."""
    ended = subprocess.run(
        command(*arguments, script=script),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        env=environment(**more),
        check=False,
    )
    return Ran(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


def invocations(store: Path, lockfile: Path, lib: Path, manifest: Path) -> dict[str, tuple[object, ...]]:
    """A command line for each command that takes a store, with paths for all that it reads."""
    build = ("--lockfile", lockfile, "--lib", lib, "--store", store)
    return {
        "populate": ("populate", *build),
        "ingest": ("ingest", *build),
        "assemble": ("assemble", "--store", store, "--manifest", manifest, "--lib", lib),
        "evict": ("evict", "--store", store, "--retention", "30d", "--yes"),
        "ls": ("ls", "--store", store),
        "show": ("show", "sf", "--store", store),
        "locks": ("locks", "--store", store),
        "workers": ("workers", "--store", store),
        "whatif": ("whatif", "--lock", lockfile, "--store", store),
        "abi": ("abi", "--store", store),
        "check": ("check", "--store", store),
        "verify": ("verify", "--store", store),
    }
