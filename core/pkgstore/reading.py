"""Read a small file whole, without ever blocking on it, following what it should not, or growing without bound."""

import errno
import os
import stat
from typing import Final

from pkgstore.errors import DiskError, InputError
from pkgstore.fence import opened

LARGEST_FILE: Final = 64 * 1024 * 1024
"""Bytes: no lockfile, manifest or DESCRIPTION comes near this."""


def read_bytes(path: str | os.PathLike[str], *, largest: int = LARGEST_FILE) -> bytes:
    """The contents of a regular file; a symbolic link is followed outside stores only.

    Args:
        path: The file.
        largest: The most bytes that are accepted.

    Raises:
        FileNotFoundError: There is nothing there.
        DiskError: It could not be read, or is a folder.
        InputError: It is neither, or larger than `largest`.
    """
    name = os.fspath(path)
    fd = _open(name, os.O_RDONLY | os.O_NONBLOCK)
    try:
        return _read(fd, name, largest)
    except OSError as cause:
        raise DiskError("read this file", cause, name) from cause
    finally:
        os.close(fd)


def _open(name: str, flags: int) -> int:
    try:
        return opened(name, flags)
    except FileNotFoundError:
        raise
    except OSError as cause:
        raise DiskError("read this file", cause, name) from cause


def _check_regular(status: os.stat_result, name: str) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(status.st_mode):
        raise InputError("is no regular file", path=name, advice="look what put it there")


def _read(fd: int, name: str, largest: int) -> bytes:
    status = os.fstat(fd)
    _check_regular(status, name)
    if status.st_size > largest:
        raise InputError(
            f"is {status.st_size} bytes long, more than the {largest} that are read",
            path=name,
            advice="look what put it there",
        )
    parts = []
    left = largest + 1
    while left > 0 and (part := os.read(fd, min(left, 1 << 20))):
        parts.append(part)
        left -= len(part)
    if left <= 0:
        raise InputError(
            f"grew beyond the {largest} bytes that are read", path=name, advice="look what put it there"
        )
    return b"".join(parts)


def read_head(path: str | os.PathLike[str], most: int, *, follow: bool = True) -> tuple[bytes, int]:
    """The beginning of a regular file, however large it is.

    Args:
        path: The file.
        most: The most bytes that are read.
        follow: Whether a symbolic link is followed; else it is no regular file.

    Returns:
        The bytes, and how many the file has in all.

    Raises:
        FileNotFoundError: There is nothing there.
        DiskError: It could not be read, or is a folder.
        InputError: It is neither.
    """
    name = os.fspath(path)
    if not follow and os.path.islink(name):
        raise InputError("is a symbolic link, which is not followed here", path=name, advice="look at its target")
    fd = _open(name, os.O_RDONLY | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW))
    try:
        status = os.fstat(fd)
        _check_regular(status, name)
        return _read_at_most(fd, most), status.st_size
    except OSError as cause:
        raise DiskError("read this file", cause, name) from cause
    finally:
        os.close(fd)


def _read_at_most(fd: int, most: int) -> bytes:
    parts = []
    while most > 0 and (part := os.read(fd, min(most, 1 << 20))):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


def read_tail(path: str | os.PathLike[str], most: int) -> tuple[bytes, bool]:
    """The end of a regular file that grows by lines, from the beginning of a line; follows no link.

    Args:
        path: The file.
        most: The most bytes that are read.

    Returns:
        The bytes, and whether some before them were left out.

    Raises:
        FileNotFoundError: There is nothing there.
        DiskError: It could not be read, or is a folder or a link.
        InputError: It is no regular file.
    """
    name = os.fspath(path)
    fd = _open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    try:
        status = os.fstat(fd)
        _check_regular(status, name)
        start = max(0, status.st_size - most)
        os.lseek(fd, start, os.SEEK_SET)
        data = _read_at_most(fd, most)
    except OSError as cause:
        raise DiskError("read this file", cause, name) from cause
    finally:
        os.close(fd)
    return (data.partition(b"\n")[2], True) if start else (data, False)
