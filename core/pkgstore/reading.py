"""Read a small file whole, without ever blocking on it, following what it should not, or growing without bound."""

import errno
import os
import stat
from typing import Final

from pkgstore.errors import DiskError, InputError

LARGEST_FILE: Final = 64 * 1024 * 1024
"""Bytes: no lockfile, manifest or DESCRIPTION comes near this."""


def read_bytes(path: str | os.PathLike[str], *, largest: int = LARGEST_FILE) -> bytes:
    """The contents of a regular file (through a symbolic link, as the reference reads them).

    Args:
        path: The file.
        largest: The most bytes that are accepted.

    Raises:
        FileNotFoundError: There is nothing there.
        DiskError: It could not be read, or is a folder.
        InputError: It is neither, or larger than `largest`.
    """
    name = os.fspath(path)
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as cause:
        raise DiskError("read this file", cause, name) from cause
    try:
        return _read(fd, name, largest)
    except OSError as cause:
        raise DiskError("read this file", cause, name) from cause
    finally:
        os.close(fd)


def _read(fd: int, name: str, largest: int) -> bytes:
    status = os.fstat(fd)
    if stat.S_ISDIR(status.st_mode):
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(status.st_mode):
        raise InputError("is no regular file", path=name, advice="look what put it there")
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
