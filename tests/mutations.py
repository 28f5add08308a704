"""Hurt a store at random, as bad disks, crashes and hostile code would: bytes, links, modes, kinds of files, names.

Everything is chosen by a seed, so that what was found can be found again.
"""

import contextlib
import json
import os
import shutil
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from random import Random

DEEP = 100_000
HUGE = 1 << 40
"""Bytes of a file that has none on the disk."""

_TEXTS: tuple[bytes, ...] = (
    b"", b"null", b"[]", b"{}", b'""', b"0", b"-1", b"1e999", b"true", b"nul", b"{", b"\xff\xfe",
    b"\0" * 100, b"\n" * 50,
    b"[" * DEEP, b'{"a":' * DEEP, b"[" * DEEP + b"]" * DEEP, b'{"configs": [' + b"[" * DEEP, b"9" * 5000,
    b'{"configs": null, "linkingto": 3}', b'{"configs": {"..": {}}}', b'{"configs": {"a/b": null, "": {}}}',
    b'{"created_at": "9999-12-31T23:59:59.999999+00:00"}', b'{"created_at": "0001-01-01T00:00:00-23:59"}',
    b'{"version": 1, "pins": [{}]}', b'{"version": 1, "pins": null}', b'{"sf": 1}', b'{"sf": "a"}',
    b'{"..": "a/b"}',
    b'{"sf": "a/b/c"}', b'{"sf": "\\ud800/\\u0000"}', b"Package: \xff\nVersion: \x1b[2J\nLinkingTo: , ,(,\n",
    b"\n :\n:",
    b'{"lockfile_version": 1, "packages": [null]}', b'{"lockfile_version": 1, "packages": [{"metadata": []}]}',
    b'{"v": 1, "at": "0001-01-01T00:00:00", "op": "20261126T191500-evict-3f2a", "event": "begin", "plan": 3}\n',
    b'{"v": 1, "at": "2026-01-01", "op": "99999999T999999-evict-3f2a", "event": "end", "outcome": []}\n',
    b'{"evicted_at": "x", "mtime_ns": 99999999999999999999999}', b"a" * 1_000_000, b"a:b\n" * 20_000,
)  # fmt: skip

_NAMES = (
    "configs.json", "configs", ".json", "x.json", "..x", "-rf", " ", "\n", "\udcff", "\x1b]0;owned\x07",
    "[bold] [red",
    "x" * 255, ".packages.json", "DESCRIPTION", "store-manifest.json", "a" * 64, "A" * 64, "z" * 64,
    "20261126T191500-evict-3f2a",
    "99999999T999999-evict-0000", "20260101T000000-evict-0001.emptying", "4.10-x", "4.5-*", "-", "pins.json",
    "\u202e",
)  # fmt: skip

_TIMES = (0, 1, -(2**31), 2**31, 2**33, 4_102_444_800)
"""Seconds since 1970."""

Mutation = Callable[[Path, Random, Path], None]
"""Given what is to be hurt, chance, and a place outside."""


def mutate(folder: Path, chance: Random, outside: Path, count: int) -> list[str]:
    """Hurt what is below a folder so many times; tells what was done."""
    done = []
    for _ in range(count):
        path = chance.choice(_all(folder))
        mutation = chance.choice(_MUTATIONS)
        with contextlib.suppress(OSError):  # what cannot be done to a folder, or was done already
            mutation(path, chance, outside)
        done.append(f"{mutation.__name__[1:]} {path.relative_to(folder)}")
    return done


def _all(folder: Path) -> list[Path]:
    found = []
    for parent, folders, names in os.walk(folder):
        found += [Path(parent, name) for name in (*folders, *names)]
    return sorted(found)


def _gone(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


# --- bytes ---------------------------------------------------------------------------------------------------


def _is_file(path: Path) -> bool:
    return stat.S_ISREG(path.lstat().st_mode)


def _flip(path: Path, chance: Random, _outside: Path) -> None:
    if _is_file(path) and (data := bytearray(path.read_bytes()[:100_000])):
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(bytes(data))


def _cut(path: Path, chance: Random, _outside: Path) -> None:
    if _is_file(path):
        os.truncate(path, chance.randrange(path.lstat().st_size + 1))


def _overwrite(path: Path, chance: Random, _outside: Path) -> None:
    if _is_file(path):
        path.write_bytes(chance.choice(_TEXTS))


def _append(path: Path, chance: Random, _outside: Path) -> None:
    if _is_file(path):
        with path.open("ab") as file:
            file.write(chance.choice(_TEXTS))


def _grow(path: Path, _chance: Random, _outside: Path) -> None:
    if _is_file(path):
        os.truncate(path, HUGE)


def _confuse(path: Path, chance: Random, _outside: Path) -> None:
    """Give one value of a JSON file another type."""
    if not _is_file(path):
        return
    with contextlib.suppress(ValueError, RecursionError):
        document = json.loads(path.read_bytes())
        if isinstance(document, dict) and document:
            document[chance.choice(sorted(document))] = chance.choice([None, 1, -1.5, [], {}, "", "..", [[]], True])
            path.write_text(json.dumps(document))


# --- kinds, names, modes ---------------------------------------------------------------------------------------


def _link(path: Path, chance: Random, outside: Path) -> None:
    _gone(path)
    path.symlink_to(
        chance.choice([path.name, "..", ".", "/", "nothing", "/etc/passwd", "/dev/zero", "/proc/self", outside])
    )


def _pipe(path: Path, _chance: Random, _outside: Path) -> None:
    _gone(path)
    os.mkfifo(path)


def _socket(path: Path, _chance: Random, _outside: Path) -> None:
    _gone(path)
    with socket.socket(socket.AF_UNIX) as made:
        folder = os.open(path.parent, os.O_PATH)
        try:
            made.bind(f"/proc/self/fd/{folder}/{path.name[:60]}")
        finally:
            os.close(folder)


def _device(path: Path, chance: Random, _outside: Path) -> None:
    _gone(path)
    os.mknod(path, 0o666 | chance.choice([stat.S_IFCHR, stat.S_IFBLK]), os.makedev(1, chance.choice([3, 5, 8])))


def _folder(path: Path, _chance: Random, _outside: Path) -> None:
    _gone(path)
    path.mkdir()


def _file(path: Path, chance: Random, _outside: Path) -> None:
    _gone(path)
    path.write_bytes(chance.choice(_TEXTS))


def _remove(path: Path, _chance: Random, _outside: Path) -> None:
    _gone(path)


def _rename(path: Path, chance: Random, _outside: Path) -> None:
    path.rename(path.with_name(chance.choice(_NAMES)))


def _double(path: Path, chance: Random, _outside: Path) -> None:
    target = path.with_name(chance.choice(_NAMES))
    if path.is_dir() and not path.is_symlink():
        shutil.copytree(path, target, symlinks=True, copy_function=_second_name)
    else:
        os.link(path, target, follow_symlinks=False)


def _second_name(source: str, target: str) -> None:
    """In place of a copy, which of a huge file would fill the disk."""
    os.link(source, target, follow_symlinks=False)


def _add(path: Path, chance: Random, _outside: Path) -> None:
    folder = path if path.is_dir() and not path.is_symlink() else path.parent
    made = folder / chance.choice(_NAMES)
    if chance.random() < 0.5:
        made.mkdir()
    elif not made.is_dir():
        made.write_bytes(chance.choice(_TEXTS))


def _move(path: Path, chance: Random, _outside: Path) -> None:
    """To another folder of the store."""
    top = next(parent for parent in path.parents if parent.name == ".pkg-store" or parent == parent.parent)
    folders = [other for other in _all(top) if other.is_dir() and not other.is_symlink()] if top.name else []
    if folders:
        path.rename(chance.choice(folders) / path.name)


def _close(path: Path, chance: Random, _outside: Path) -> None:
    if not path.is_symlink():
        path.chmod(chance.choice([0, 0o111, 0o222, 0o444, 0o555, 0o777, 0o4777, 0o1777]))


def _age(path: Path, chance: Random, _outside: Path) -> None:
    with contextlib.suppress(OverflowError):
        os.utime(path, (chance.choice(_TIMES),) * 2, follow_symlinks=False)


_MUTATIONS: tuple[Mutation, ...] = (
    _flip, _flip, _cut, _overwrite, _overwrite, _append, _grow, _confuse, _confuse, _link, _link, _pipe,
    _socket, _device,
    _folder, _file, _remove, _rename, _rename, _double, _add, _move, _close, _age,
)  # fmt: skip

KINDS: dict[str, Mutation] = {
    "pipe": _pipe,
    "socket": _socket,
    "device": _device,
    "folder": _folder,
    "file": _file,
}
"""What replaces a file or folder by something of another kind."""
