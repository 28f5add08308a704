"""Pin and unpin: change ``pins.json``, one process of ours at a time."""

import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Final, TypeVar

from pkgstore import files
from pkgstore.errors import DiskError, InputError, LockBusy
from pkgstore.fence import opened
from pkgstore.flock import flock
from pkgstore.layout import Layout, check_ref
from pkgstore.pins import Pin, encode_pins, read_pins

_TIMEOUT: Final = 10.0
_Result = TypeVar("_Result")


def add_pin(layout: Layout, pin: Pin) -> Pin:
    """Pin something; gives the pin with its id.

    Raises:
        InputError: It keeps nothing, or has no reason; or the present pins cannot be used, and stay as they are.
        InvalidName: A name in it may not reach the disk.
        DiskError: The file cannot be read or written.
        LockBusy: Somebody else changes the pins for long.
    """
    if not pin.manifest:
        raise InputError("there is nothing to pin", advice="name a config of the store, or an app with a manifest")
    if not pin.reason.strip():
        raise InputError("a pin needs a reason", advice="say for whom, and for how long, it is kept")
    for package, ref in pin.manifest.items():
        check_ref(package, ref)

    def add(pins: tuple[Pin, ...]) -> tuple[tuple[Pin, ...], Pin]:
        taken = {other.id for other in pins}
        name = next(name for name in iter(lambda: secrets.token_hex(2), "") if name not in taken)
        made = replace(pin, id=name)
        return (*pins, made), made

    return _change(layout, add)


def remove_pins(layout: Layout, ids: Mapping[str, object] | frozenset[str]) -> tuple[Pin, ...]:
    """Unpin by id; gives the pins that were removed.

    Raises:
        InputError: The present pins cannot be used, and stay as they are.
        DiskError: The file cannot be read or written.
        LockBusy: Somebody else changes the pins for long.
    """

    def remove(pins: tuple[Pin, ...]) -> tuple[tuple[Pin, ...], tuple[Pin, ...]]:
        return tuple(p for p in pins if p.id not in ids), tuple(p for p in pins if p.id in ids)

    return _change(layout, remove)


def _change(layout: Layout, change: Callable[[tuple[Pin, ...]], tuple[tuple[Pin, ...], _Result]]) -> _Result:
    files.make_folder(layout.ours)
    with _alone(layout.ours):
        before = read_pins(layout)
        after, result = change(before)
        if after != before:
            files.replace_file(layout.pins, encode_pins(after))
    return result


@contextmanager
def _alone(folder: str) -> Iterator[None]:
    """Keep other processes of ours out, by a lock that the kernel lets go when this process dies."""
    try:
        descriptor = opened(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as cause:
        raise DiskError("open this folder", cause, folder) from cause
    try:
        if flock(descriptor, _TIMEOUT) is False:
            raise LockBusy(folder, age=_TIMEOUT, waited=_TIMEOUT, stale_after=_TIMEOUT)
        yield
    finally:
        os.close(descriptor)
