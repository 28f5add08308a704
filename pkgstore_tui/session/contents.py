"""What content checks of this session told: of each config the newest, while it is the tree that was looked at.

Written by the jobs that check, read by whoever shows it. What was found stays until the tree goes, or a check says
otherwise: no file of a tree is looked at again here.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from threading import Lock
from types import MappingProxyType
from typing import Any, Final

from pkgstore.errors import StoreError
from pkgstore.fence import status
from pkgstore.keys import ConfigKey, WorkerKey
from pkgstore.layout import Layout
from pkgstore.model import SourceRecord, WorkerRecord
from pkgstore.operations.verify_events import LibraryVerified, Outcome, Verified, VerifyEvent
from pkgstore.snapshot import Snapshot

_NOBODY: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, eq=False, slots=True)
class Told:
    """What a check told of one config, and when, in seconds since 1970."""

    event: Verified
    at: float

    @property
    def key(self) -> ConfigKey:
        """The config."""
        return self.event.key

    @property
    def outcome(self) -> Outcome:
        """What it came to."""
        return self.event.outcome


@dataclass(frozen=True, eq=False, slots=True)
class LibraryTold:
    """What a check told of one worker's library, and when, in seconds since 1970."""

    event: LibraryVerified
    at: float

    @property
    def key(self) -> WorkerKey:
        """The worker."""
        return self.event.key


class Contents:
    """The newest of each. Safe between threads."""

    def __init__(self, layout: Layout) -> None:
        """Nothing was checked yet."""
        self._layout = layout
        self._lock = Lock()
        self._configs: dict[ConfigKey, Told] = {}
        self._libraries: dict[WorkerKey, tuple[LibraryTold, WorkerRecord | None]] = {}
        self._seen: dict[ConfigKey, tuple[SourceRecord, bool]] = {}
        self._stopped: dict[str, ConfigKey | None] = {}
        self.stamp = 0
        """Another number whenever something was told."""

    # --- written by a check -------------------------------------------------------------------------------------

    def tell(self, event: VerifyEvent, at: float, snapshot: Snapshot) -> None:
        """Take in what a check says."""
        with self._lock:
            match event:
                case Verified(outcome=Outcome.GONE):
                    self._configs.pop(event.key, None)
                case Verified():
                    self._configs[event.key] = Told(_slim(event), at)
                    self._note(event.key, snapshot)
                case LibraryVerified():
                    self._libraries[event.key] = LibraryTold(event, at), snapshot.workers.get(event.key.worker_id)
                case _:
                    return
            self.stamp += 1

    def _note(self, key: ConfigKey, snapshot: Snapshot) -> None:
        """A tree that was just read is there."""
        self._seen.pop(key, None)
        if (record := snapshot.sources.get(key.source)) is not None:
            self._seen[key] = record, True

    def stop(self, scope: str, after: ConfigKey | None) -> None:
        """Remember where a check of a scope stopped, None where it came to its end."""
        self._stopped[scope] = after

    # --- read by whoever shows it -------------------------------------------------------------------------------

    def knows(self, scope: str) -> bool:
        """Whether a check of this scope was begun in this session."""
        return scope in self._stopped

    def stopped(self, scope: str) -> ConfigKey | None:
        """The last config that the newest check of a scope looked at; None where it came to its end."""
        return self._stopped.get(scope)

    def configs(self, snapshot: Snapshot) -> tuple[Told, ...]:
        """What was told of the trees that are there still, by key; looks at those whose records changed."""
        with self._lock:
            told = list(self._configs.values())
            seen = self._seen
            self._seen = {}
            for each in told:
                record, known = snapshot.sources.get(each.key.source), seen.get(each.key)
                if record is not None:
                    is_same = known is not None and known[0] is record
                    self._seen[each.key] = known if known and is_same else (record, self._stands(each.event))
            standing = [each for each in told if self._seen.get(each.key, (None, False))[1]]
        return tuple(sorted(standing, key=lambda each: each.key))

    def _stands(self, event: Verified) -> bool:
        """Whether the tree is the one that was looked at."""
        try:
            now = status(self._layout.config(event.key))
        except (OSError, StoreError):
            return False
        return not event.inode or now.st_ino == event.inode

    def libraries(self, snapshot: Snapshot) -> tuple[LibraryTold, ...]:
        """What was told of the libraries that did not change since, by their names."""
        with self._lock:
            told = list(self._libraries.values())
        standing = [each for each, record in told if snapshot.workers.get(each.key.worker_id) == record is not None]
        return tuple(sorted(standing, key=lambda each: os.fsencode(each.key.worker_id)))


def _slim(event: Verified) -> Verified:
    """The same in less memory: of most configs there is nothing to tell."""
    return event if event.changes else replace(event, sharers=_NOBODY, elsewhere=_NOBODY)


def changed(told: Iterable[Told]) -> Iterator[Told]:
    """Those whose files were changed."""
    return (each for each in told if each.outcome is Outcome.CHANGED)
