"""Pin and unpin: change ``pins.json``, one process of ours at a time, and write that into the journal.

What is kept is said by `pins_for` and `pin_of_manifest`, which the command line and the interface share.
"""

import os
import secrets
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from pkgstore import files
from pkgstore.errors import DiskError, InputError, LockBusy, StoreError
from pkgstore.fence import opened
from pkgstore.flock import flock
from pkgstore.journal import Actor, Journal, new_operation
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout, check_ref
from pkgstore.model import Pin
from pkgstore.pins import LARGEST, encode_pins, read_pins, written

NAMED: Final = 3
"""How many configs a pin's words name before they only count."""

_TIMEOUT: Final = 10.0
_Result = TypeVar("_Result")


# --- what is kept ----------------------------------------------------------------------------------------


def pins_for(configs: Iterable[tuple[ConfigKey, str]], wish: Pin) -> tuple[Pin, ...]:
    """The pins that keep some configs, each with its version: one, or more where a package has several of them.

    Args:
        configs: What is to be kept. A pin has one config of a package, as a manifest has, and keeps it on every
            platform that has it.
        wish: Reason, who, when and until; the rest of it is filled in.
    """
    found = {(key.package, key.ref): (key, version) for key, version in configs}
    count = Counter(f"{key.package} {version}" for key, version in found.values())
    groups: list[dict[str, tuple[str, str]]] = []
    for key, version in found.values():
        name = f"{key.package} {version}"
        if count[name] > 1:
            name = f"{name} {key.config_hash[:8]}"
        group = next((group for group in groups if key.package not in group), None)
        if group is None:
            groups.append(group := {})
        group[key.package] = key.ref, name
    return tuple(
        replace(
            wish,
            what=_some(sorted(name for _, name in group.values())),
            manifest={package: ref for package, (ref, _) in group.items()},
        )
        for group in groups
    )


def _some(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more:,} more" if more > 0 else "")


def pin_of_manifest(app: str, tier: str, manifest: Mapping[str, str], wish: Pin) -> Pin:
    """The pin that keeps what a manifest of an app names now, also when the app has another one afterwards."""
    return replace(wish, what=f"{app} ({tier})", manifest=dict(manifest))


# --- pin and unpin, with the journal ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pinning:
    """What came of it: the pins that were made or removed, and why the journal does not tell of it, if so."""

    pins: tuple[Pin, ...]
    unnoted: StoreError | None = None


def make_pins(layout: Layout, wanted: Iterable[Pin], actor: Actor) -> Pinning:
    """Pin something, all of it or nothing, and write a line of each pin into the journal.

    Raises:
        StoreError: As `add_pins`.
    """
    return _noted(layout, "pin", add_pins(layout, wanted), actor)


def end_pins(layout: Layout, ids: Container[str], actor: Actor) -> Pinning:
    """Remove pins, and write a line of each into the journal; those that are gone already are passed over.

    Raises:
        StoreError: As `remove_pins`.
    """
    return _noted(layout, "unpin", remove_pins(layout, ids), actor)


def _noted(layout: Layout, kind: str, pins: tuple[Pin, ...], actor: Actor) -> Pinning:
    """Write down what was done at once; it is done, whether that can be written or not."""
    try:
        for pin in pins:
            journal = Journal(layout, new_operation(kind), actor)
            journal.begin(kind, _facts(pin))
            journal.end("done", {})
    except StoreError as error:
        return Pinning(pins, error)
    return Pinning(pins)


def _facts(pin: Pin) -> dict[str, Any]:
    facts = {"id": pin.id, "what": pin.what, "reason": pin.reason, "packages": len(pin.manifest)}
    return facts if pin.until is None else {**facts, "until": written(pin.until)}


# --- the file --------------------------------------------------------------------------------------------


def add_pins(layout: Layout, wanted: Iterable[Pin]) -> tuple[Pin, ...]:
    """Pin something; gives the pins with their ids.

    Raises:
        InputError: One keeps nothing, or has no reason; or the present pins cannot be used, and stay as they are.
        InvalidName: A name in it may not reach the disk.
        DiskError: The file cannot be read or written.
        LockBusy: Somebody else changes the pins for long.
    """
    new = tuple(wanted)
    for pin in new:
        _check(pin)

    def add(pins: tuple[Pin, ...]) -> tuple[tuple[Pin, ...], tuple[Pin, ...]]:
        names = _new_ids({other.id for other in pins})
        made = tuple(replace(pin, id=next(names)) for pin in new)
        return (*pins, *made), made

    return _change(layout, add)


def add_pin(layout: Layout, wanted: Pin) -> Pin:
    """One pin; as `add_pins`."""
    return add_pins(layout, (wanted,))[0]


def _check(pin: Pin) -> None:
    if not pin.manifest:
        raise InputError("there is nothing to pin", advice="name a config of the store, or an app with a manifest")
    if not pin.reason.strip():
        raise InputError("a pin needs a reason", advice="say for whom, and for how long, it is kept")
    for package, ref in pin.manifest.items():
        check_ref(package, ref)


def _new_ids(taken: set[str]) -> Iterator[str]:
    while True:
        name = secrets.token_hex(2)
        if name not in taken:
            taken.add(name)
            yield name


def remove_pins(layout: Layout, ids: Container[str]) -> tuple[Pin, ...]:
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
            files.replace_file(layout.pins, _encoded(layout, after))
    return result


def _encoded(layout: Layout, pins: tuple[Pin, ...]) -> bytes:
    """Never more than is read: a file that nobody can read stops every eviction."""
    data = encode_pins(pins)
    if len(data) > LARGEST:
        most = f"{LARGEST // 1024**2} MiB"
        raise InputError(f"so many pins would take more than {most}", path=layout.pins, advice="pin less at once")
    return data


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
