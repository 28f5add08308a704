"""A name for every hash: what a store key stands for, from trees and from every lockfile in reach. Pure.

What nothing tells is unknown, and called so; it is never guessed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from pkgstore.keys import AppKey, ConfigKey, SourceKey, WorkKey
from pkgstore.model import LockfileRecord, SourceName
from pkgstore.snapshot import Key, Snapshot

UNKNOWN: Final = "unknown"
HASH_SHOWN: Final = 8
"""Digits of a hash that stand for the whole of it."""


@dataclass(frozen=True, eq=False, repr=False)
class Names:
    """Names for the store keys of one snapshot; make it with `Names.of`. Works a name out when it is asked for."""

    snapshot: Snapshot
    lockfiles: tuple[LockfileRecord, ...] = ()

    @classmethod
    def of(cls, snapshot: Snapshot, lockfiles: Iterable[LockfileRecord] = ()) -> "Names":
        """Names for a snapshot's store keys.

        Args:
            snapshot: What was read, with its apps and work folders, whose lockfiles count.
            lockfiles: More of them, named by hand; they go before the others.
        """
        return cls(snapshot, tuple(lockfiles))

    def after(self, snapshot: Snapshot, keys: Iterable[Key]) -> "Names":
        """Names for a snapshot that came from this one's by a change of `keys`; keeps what they leave as it was."""
        new = Names(snapshot, self.lockfiles)
        if "_locked" in self.__dict__ and not any(isinstance(key, AppKey | WorkKey) for key in keys):
            new.__dict__["_locked"] = self._locked
        return new

    @property
    def in_reach(self) -> Iterator[LockfileRecord]:
        """Every lockfile that counts: those that were named by hand, then those of apps, builds and staging."""
        yield from self.lockfiles
        snapshot = self.snapshot
        beside = [app.lockfile for app in snapshot.apps.values()] + [
            work.lockfile for work in snapshot.work.values()
        ]
        yield from (lockfile for lockfile in beside if lockfile is not None)

    @cached_property
    def _locked(self) -> Mapping[str, SourceName]:
        """What the lockfiles say, by store key; the first one that knows a key's remote decides."""
        found: dict[str, SourceName] = {}
        for lockfile in self.in_reach:
            for key, name in lockfile.names.items():
                known = found.get(key)
                if known is None or (name.remote and not known.remote):
                    found[key] = name
        return found

    def source(self, package: str, source_hash: str) -> SourceName | None:
        """What a store key stands for; None where neither a tree nor a lockfile tells.

        The version is the tree's own before that of a lockfile, which adds what the tree does not tell.
        """
        locked = self._locked.get(source_hash)
        if locked is not None and locked.package != package:
            locked = None
        version, remote = self._told(package, source_hash)
        if locked is not None:
            version, remote = version or locked.version, remote or locked.remote
        return SourceName(package, version, remote) if version or remote else None

    def known(self, package: str) -> dict[str, SourceName | None]:
        """Every store key in reach of a package, and what it stands for; None where nothing tells."""
        stored = (self.snapshot.packages[name].get(package, ()) for name in self.snapshot.platforms)
        keys = {record.key.source_hash: None for records in stored for record in records}
        keys |= {key: None for key, name in self._locked.items() if name.package == package}
        return {key: self.source(package, key) for key in keys}

    def _told(self, package: str, source_hash: str) -> tuple[str, str]:
        """Version and remote by the DESCRIPTION of a tree, on whatever platform there is one."""
        version = remote = ""
        for platform in self.snapshot.platforms:
            record = self.snapshot.sources.get(SourceKey(platform, package, source_hash))
            if record is not None:
                version, remote = version or record.version, remote or record.remote
        return version, remote

    def text(self, key: ConfigKey | SourceKey) -> str:
        """``sf 1.0-16 (github r-spatial/sf@1a2b3c4)``, or ``sf unknown (7d865e95)``; as hostile as its parts."""
        return self.text_of(key.package, key.source_hash)

    def text_of(self, package: str, source_hash: str) -> str:
        """The same for a package and store key of which no platform is known."""
        name = self.source(package, source_hash)
        if name is None:
            return f"{package} {UNKNOWN} ({source_hash[:HASH_SHOWN]})"
        said = f"{package} {name.version or UNKNOWN}"
        return f"{said} ({name.remote})" if name.remote else said
