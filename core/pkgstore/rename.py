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


def rename_with(
    source: str,
    target: str,
    how: Rename,
    source_folder: int | None = None,
    target_folder: int | None = None,
) -> bool:
    """Rename `source` to `target` without replacing, or exchange the two.

    Args:
        source: What is renamed.
        target: What it is called then.
        how: Without replacing, or by exchange.
        source_folder: The descriptor of the folder that `source` is relative to; None for the present one.
        target_folder: The same for `target`.

    Returns:
        False when `how` is `NO_REPLACE` and `target` is there; else True.

    Raises:
        OSError: As `os.rename`.
    """
    call = _renameat2()
    if call is None:
        return _without((source, source_folder), (target, target_folder), how)
    places = (_descriptor(source_folder), os.fsencode(source), _descriptor(target_folder), os.fsencode(target))
    if call(*places, int(how)) == 0:
        return True
    number = ctypes.get_errno()
    if number in _NOT_HERE:
        return _without((source, source_folder), (target, target_folder), how)
    if number == errno.EEXIST and how is Rename.NO_REPLACE:
        return False
    raise OSError(number, os.strerror(number), source, None, target)


def _descriptor(folder: int | None) -> int:
    return _AT_FDCWD if folder is None else folder


_Place = tuple[str, int | None]
"""A name, and the folder that it is relative to."""


def _without(source: _Place, target: _Place, how: Rename) -> bool:
    if how is Rename.EXCHANGE:
        aside = f"{source[0]}.{secrets.token_hex(4)}", source[1]
        _move(target, aside)
        try:
            _move(source, target)
        except OSError:
            _move(aside, target)
            raise
        _move(aside, source)
        return True
    if _is_there(target):
        return False
    _move(source, target)
    return True


def _move(source: _Place, target: _Place) -> None:
    os.rename(source[0], target[0], src_dir_fd=source[1], dst_dir_fd=target[1])


def _is_there(place: _Place) -> bool:
    try:
        os.stat(place[0], dir_fd=place[1], follow_symlinks=False)
    except OSError:
        return False
    return True
