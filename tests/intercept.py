"""Come before calls that open, list or look at a path: to refuse it, or to change the disk a moment before.

Below a store such a call names a descriptor, or a name in one; here it is always the whole path.
"""

import os
from collections.abc import Callable
from typing import Any

import pytest

from pkgstore import fence

CALLS = ("open", "scandir", "lstat", "stat")

Ask = Callable[[str], None]


def path_of(place: Any, folder: int | None = None) -> str:
    """The whole path that a call is about: of a path, an open folder, or a name in an open folder."""
    if isinstance(place, int):
        return os.readlink(f"/proc/self/fd/{place}")
    name = os.fsdecode(place)
    return name if folder is None else os.path.join(os.readlink(f"/proc/self/fd/{folder}"), name)


def before(patched: pytest.MonkeyPatch, ask: Ask, *calls: str) -> None:
    """From now on `ask` is given the path of each of these calls before it is done; what it raises is raised."""
    for call in calls or CALLS:
        patched.setattr(os, call, _asking(getattr(os, call), ask))
    if not calls or "open" in calls:
        patched.setattr(fence, "_open_below", _asking_below(fence._open_below, ask))
        patched.setattr(fence, "_openat2", _asking_in(fence._openat2, ask))


def _asking(real: Callable[..., Any], ask: Ask) -> Callable[..., Any]:
    def call(place: Any = ".", *rest: Any, **more: Any) -> Any:
        ask(path_of(place, more.get("dir_fd")))
        return real(place, *rest, **more)

    return call


def _asking_below(real: Callable[[str, str, int], int], ask: Ask) -> Callable[[str, str, int], int]:
    def call(root: str, way: str, flags: int) -> int:
        ask(os.path.join(root, way))
        return real(root, way, flags)

    return call


def _asking_in(real: Callable[[int, str, int], int], ask: Ask) -> Callable[[int, str, int], int]:
    def call(folder: int, way: str, flags: int) -> int:
        if folder >= 0:
            ask(path_of(way, folder))
        return real(folder, way, flags)

    return call
