"""Paths below a store, opened so that no symbolic link leads out of it, also one that was put there a moment ago.

What stands in a store may have been put there by other people's R code. So every path below a root that was named
to `keep_inside` is walked from the root on without following anything; a link in it is `ELOOP`. Other paths (a
library, an app's folder) are their owners' affair and opened as they are. Knows paths only; nothing of stores.
"""

import contextlib
import ctypes
import errno
import os
import re
import stat
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

_BENEATH: Final = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_ALWAYS: Final = os.O_CLOEXEC | os.O_NOCTTY

_DETOUR: Final = re.compile(r"/\.{0,2}(?:/|$)")
"""What a plain absolute path does not have."""

_ROOTS: Final[set[str]] = set()


def keep_inside(root: str) -> None:
    """Follow no link below this folder from now on; how the folder itself is reached is not looked at."""
    _ROOTS.add(os.path.abspath(root))


def _split(path: str) -> tuple[str, str] | None:
    """The root that a path is below, and the way from there; None where it is below none."""
    whole = path if path[:1] == "/" and _DETOUR.search(path) is None else os.path.abspath(path)
    end = whole.find("/", 1)
    while end > 0:
        if whole[:end] in _ROOTS:
            return whole[:end], whole[end + 1 :]
        end = whole.find("/", end + 1)
    return None


# --- opening -----------------------------------------------------------------------------------------------


def opened(path: str, flags: int) -> int:
    """A descriptor of what is there; below a root no link is followed, not even the last.

    Args:
        path: The file or folder.
        flags: As for `os.open`; creates nothing.

    Raises:
        OSError: As `os.open`; `ELOOP` for a link.
    """
    found = _split(path)
    if found is None:
        return os.open(path, flags | _ALWAYS)
    return _open_below(*found, flags | os.O_NOFOLLOW | _ALWAYS)


def opened_in(folder: int, way: str, flags: int) -> int:
    """A descriptor of what is below an open folder; no link is followed on the way, nor at its end.

    Args:
        folder: The folder's descriptor.
        way: From there, without ``..``.
        flags: As for `os.open`; creates nothing.

    Raises:
        OSError: As `os.open`; `ELOOP` for a link.
    """
    try:
        return _openat2(folder, way, flags | _ALWAYS)
    except NotImplementedError:
        return _step_by_step(folder, way.split("/"), flags | _ALWAYS)


@contextlib.contextmanager
def at(path: str) -> Iterator[tuple[int | None, str]]:
    """A name and the descriptor of the folder that it stands in, for calls that take ``dir_fd``.

    Yields:
        The descriptor and the last part of the path; None and the whole path where that is below no root.

    Raises:
        OSError: The folder is not there, or a link stands on the way to it (`ELOOP`).
    """
    found = _split(path)
    if found is None:
        yield None, path
        return
    root, way = found
    above, _, name = way.rpartition("/")
    folder = _open_below(root, above, _BENEATH) if above else os.open(root, _BENEATH)
    try:
        yield folder, name
    finally:
        os.close(folder)


@contextlib.contextmanager
def listing(path: str) -> Iterator[Iterator["os.DirEntry[str]"]]:
    """As `os.scandir`, following no link below a root; only the `name` of an entry tells where it is."""
    if _split(path) is None:
        with os.scandir(path) as entries:
            yield entries
        return
    folder = opened(path, _FOLDER)
    try:
        with os.scandir(folder) as entries:
            yield entries
    finally:
        os.close(folder)


def names(folder: str) -> list[str]:
    """The names in a real folder, sorted; none behind a link, or where it cannot be listed."""
    try:
        with listing(folder) as entries:
            return sorted(entry.name for entry in entries)
    except OSError:
        return []


def status(path: str) -> os.stat_result:
    """As `os.lstat`; raises `ELOOP` where a link below a root stands on the way."""
    with at(path) as (folder, name):
        return os.stat(name, dir_fd=folder, follow_symlinks=False)


def is_folder(path: str) -> bool:
    """Whether a real folder is there, which no link leads to."""
    try:
        return stat.S_ISDIR(status(path).st_mode)
    except OSError:
        return False


def leads_to_folder(path: str) -> bool:
    """Whether a folder is there; a link to one counts only outside stores."""
    return os.path.isdir(path) if _split(path) is None else is_folder(path)


def is_there(path: str) -> bool:
    """Whether something is there, if only a link."""
    try:
        status(path)
    except OSError:
        return False
    return True


def folders(top: str, deepest: int) -> Iterator[str]:
    """The real folders below `top`, each before those in it; what vanishes meanwhile is passed over.

    Args:
        top: Where to begin.
        deepest: How many levels down; 1 gives only the folders in `top` itself.

    Raises:
        OSError: One of them cannot be listed.
    """
    try:
        with listing(top) as entries:
            names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return
    for name in sorted(names):
        yield (path := os.path.join(top, name))
        if deepest > 1:
            yield from folders(path, deepest - 1)


# --- the walk ----------------------------------------------------------------------------------------------


def _open_below(root: str, way: str, flags: int) -> int:
    try:
        return _openat2(_AT_FDCWD, f"{root}/{way}", flags)  # mostly no link leads to the root either
    except NotImplementedError:
        pass
    except OSError as cause:
        if cause.errno != errno.ELOOP:
            raise
    top = os.open(root, _BENEATH)
    try:
        return _openat2(top, way, flags)
    except NotImplementedError:
        return _step_by_step(top, way.split("/"), flags)
    finally:
        os.close(top)


class _How(ctypes.Structure):
    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


_HOW_SIZE: Final = ctypes.sizeof(_How)
_OPENAT2: Final = 437
"""The number of the call, on every architecture that Python runs R servers on."""

_RESOLVE: Final = 0x02 | 0x04
"""No magic links, no symbolic links; ways have no ``..``."""

_AT_FDCWD: Final = -100

_NOT_HERE: Final = frozenset({errno.ENOSYS, errno.EPERM, errno.E2BIG, errno.EINVAL})
"""An old kernel, or a container's filter of system calls."""


@cache
def _syscall() -> Any:
    try:
        call = ctypes.CDLL(None, use_errno=True).syscall
    except (OSError, AttributeError):
        return None
    call.argtypes = (ctypes.c_long, ctypes.c_int, ctypes.c_char_p, ctypes.POINTER(_How), ctypes.c_size_t)
    call.restype = ctypes.c_long
    return call


@cache
def _how(flags: int) -> Any:
    return ctypes.pointer(_How(flags, 0, _RESOLVE))


def _openat2(top: int, way: str, flags: int) -> int:
    call = _syscall()
    if call is None:
        raise NotImplementedError
    name, how = os.fsencode(way), _how(flags & ~os.O_NOFOLLOW)  # which would make a last link ENOTDIR
    while True:
        found: int = call(_OPENAT2, top, name, how, _HOW_SIZE)
        if found >= 0:
            return found
        number = ctypes.get_errno()
        if number in {errno.EAGAIN, errno.EINTR}:  # something on the way was renamed meanwhile
            continue
        if number in _NOT_HERE:
            raise NotImplementedError
        raise OSError(number, os.strerror(number), way)


def _step_by_step(top: int, parts: list[str], flags: int) -> int:
    folder = os.dup(top)
    try:
        for part in parts[:-1]:
            inner = _no_link(folder, part, _BENEATH)
            os.close(folder)
            folder = inner
        return _no_link(folder, parts[-1], flags)
    finally:
        os.close(folder)


def _no_link(folder: int, name: str, flags: int) -> int:
    try:
        return os.open(name, flags | os.O_NOFOLLOW, dir_fd=folder)
    except NotADirectoryError:
        if stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), name) from None
        raise
