"""A package's own ``MD5`` file, as R writes it into a built package (``tools::checkMD5sums``). Reads it alone.

A line is 32 hex digits, a space, a ``*`` or a space, and a path from the package's top.
"""

import os
import re
import stat
from collections.abc import Mapping
from typing import Final

NAME: Final = "MD5"
LARGEST: Final = 16 * 1024 * 1024
"""Bytes: a line is some 80 bytes, so this is for 200,000 files."""

REWRITTEN: Final = frozenset({"DESCRIPTION", "Meta/package.rds", NAME})
"""Installers (pak, remotes) write where a package came from into these after R wrote the sums; R leaves out MD5."""

_LINE: Final = re.compile(rb"([0-9a-fA-F]{32}) [ *](.+)")


def parse_md5(data: bytes) -> dict[str, str]:
    """The sum of each path, in lower case; lines that are none are passed over, as R does."""
    found: dict[str, str] = {}
    for line in data.splitlines():
        if (match := _LINE.fullmatch(line)) and (name := os.fsdecode(match.group(2))) not in REWRITTEN:
            found[name] = match.group(1).decode().lower()
    return found


def read_md5(tree: int) -> Mapping[str, str] | None:
    """The sums that an open package's own file has; None where it has none, or nothing that could be it.

    Raises:
        OSError: It cannot be read.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    try:
        status = os.stat(NAME, dir_fd=tree, follow_symlinks=False)
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            return None
        descriptor = os.open(NAME, flags, dir_fd=tree)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        return parse_md5(file.read(LARGEST)) or None
