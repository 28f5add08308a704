"""What one record of a snapshot holds: its roots, and what of them could not be read. Pure; a part of `roots`."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pkgstore.errors import StoreError
from pkgstore.keys import AppKey, WorkerKey, WorkKey
from pkgstore.layout import BUILDS, PACKAGE_MANIFEST, STAGING, WORKERS, check_ref
from pkgstore.model import AppRecord, Damage, Pin, PinsRecord, Tier, WorkerRecord, WorkRecord
from pkgstore.snapshot import Snapshot

Pair = tuple[str, str]
"""A package and its ref, as manifests have them."""

OwnerKey = WorkerKey | AppKey | WorkKey
"""What can own a root that the snapshot tells of."""

Owner = WorkerRecord | AppRecord | WorkRecord
_STRENGTH: Final = {tier: place for place, tier in enumerate(Tier)}
_WHY: Final = {Tier.CURRENT: "current", Tier.PREV: "rollback: .prev", Tier.BUILD: "rollback: as first deployed"}
_WORK: Final = {BUILDS: "build", STAGING: "staging"}
_PLAIN_REF: Final = re.compile(r"[0-9a-f]{64}/[0-9a-f]{64}")
"""A ref that needs no closer look, if its package is but letters and digits."""


@dataclass(frozen=True, slots=True)
class Root:
    """One manifest, or pin, that holds configs.

    `owner` says who and why, for people: ``worker maps-5d0c91f2``, ``shop (rollback: .prev)``. `path` is the file
    it was read from (the folder, of a build), `changed` its mtime in seconds since 1970, `key` the record that has
    it, None for a pin.
    """

    tier: Tier
    owner: str
    path: str
    manifest: Mapping[str, str]
    changed: float
    key: OwnerKey | None = None

    @property
    def name(self) -> str:
        """The owner alone: the worker's id, the app's name; as the owner says it for a pin."""
        match self.key:
            case WorkerKey(name) | AppKey(name) | WorkKey(_, name):
                return name
        return self.owner

    @property
    def id(self) -> str:
        """What tells it from every other root: its path; pins share one file."""
        return self.path if self.key is not None else f"{self.path}\0{self.owner}"


def order(root: Root) -> tuple[int, str]:
    """Sorts roots, the strongest first, then by owner."""
    return _STRENGTH[root.tier], root.owner


def roots_in(store: str, record: Owner) -> Iterator[Root]:
    """The roots of one record; none where it names nothing, or cannot be read."""
    match record:
        case WorkerRecord(key=WorkerKey(name) as key, manifest=manifest):
            if manifest is not None:
                path = os.path.join(store, WORKERS, name, PACKAGE_MANIFEST)
                yield Root(Tier.WORKER, f"worker {name}", path, manifest, record.changed, key)
        case WorkRecord(key=WorkKey(folder, name) as key, manifest=manifest):
            if manifest is not None:
                owner = f"{_WORK.get(folder, folder)} {name} (in progress)"
                yield Root(Tier.WORKER, owner, record.path, manifest, record.changed, key)
        case AppRecord(key=AppKey(name) as key):
            for found in record.manifests:
                if found.manifest is not None:
                    owner = f"{name} ({_WHY.get(found.tier, found.tier.value)})"
                    yield Root(found.tier, owner, found.path, found.manifest, found.changed, key)


def pinned(record: PinsRecord, now: float) -> Iterator[Root]:
    """The pins that are not over at the time `now` (seconds since 1970), as roots."""
    for pin in record.pins:
        if not pin.is_over(now):
            yield Root(Tier.PINNED, _pin_owner(pin), record.path, pin.manifest, pin.at)


def _pin_owner(pin: Pin) -> str:
    return f"pin {pin.id}: {pin.what} ({pin.reason}{_end(pin)})"


def _end(pin: Pin) -> str:
    try:
        return "" if pin.until is None else f", until {datetime.fromtimestamp(pin.until):%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError, OSError):  # a time that no calendar has
        return ""


def unread(record: Owner) -> Iterator[Damage]:
    """What of a record's roots could not be read; a lockfile is no root."""
    lockfile = "" if isinstance(record, WorkerRecord) or record.lockfile is None else record.lockfile.path
    yield from (damage for damage in record.damage if damage.path != lockfile)
    if isinstance(record, AppRecord):
        told = {damage.path for damage in record.damage}
        for found in record.manifests:
            if found.manifest is None and found.path not in told:
                yield Damage(found.path, "this manifest could not be read")


def records(snapshot: Snapshot) -> Iterator[Owner]:
    """Every record of a snapshot that may have roots."""
    yield from snapshot.workers.values()
    yield from snapshot.work.values()
    yield from snapshot.apps.values()


def record_of(snapshot: Snapshot, key: OwnerKey) -> Owner | None:
    """What a snapshot has for an owner."""
    match key:
        case WorkerKey(name):
            return snapshot.workers.get(name)
        case AppKey(name):
            return snapshot.apps.get(name)
    return snapshot.work.get(key)


def problem(package: str, ref: str) -> str:
    """What is wrong with a manifest's entry, or nothing."""
    if package.isalnum() and _PLAIN_REF.fullmatch(ref):
        return ""
    try:
        check_ref(package, ref)
    except StoreError as error:
        return error.what
    return ""
