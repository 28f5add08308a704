"""Linux's renameat2, which Python's `os` lacks: rename without replacing, and exchange two names atomically.

Where the kernel or the file system has none of it, the nearest that plain renames give.
"""

import ctypes
import errno
import os
import secrets
from enum import IntEnum
from functools import cache
from typing import Any, Final

_AT_FDCWD: Final = -100
_NOT_HERE: Final = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP}


class Rename(IntEnum):
    """The flags of renameat2."""

    NO_REPLACE = 1
    EXCHANGE = 2


@cache
def _renameat2() -> Any:
    try:
        return ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return None


def rename_with(source: str, target: str, how: Rename) -> bool:
    """Rename `source` to `target` without replacing, or exchange the two.

    Returns:
        False when `how` is `NO_REPLACE` and `target` is there; else True.

    Raises:
        OSError: As `os.rename`.
    """
    call = _renameat2()
    if call is None:
        return _without(source, target, how)
    if call(_AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(target), int(how)) == 0:
        return True
    number = ctypes.get_errno()
    if number in _NOT_HERE:
        return _without(source, target, how)
    if number == errno.EEXIST and how is Rename.NO_REPLACE:
        return False
    raise OSError(number, os.strerror(number), source, None, target)


def _without(source: str, target: str, how: Rename) -> bool:
    if how is Rename.EXCHANGE:
        aside = f"{source}.{secrets.token_hex(4)}"
        os.rename(target, aside)
        try:
            os.rename(source, target)
        except OSError:
            os.rename(aside, target)
            raise
        os.rename(aside, source)
        return True
    if os.path.lexists(target):
        return False
    os.rename(source, target)
    return True
