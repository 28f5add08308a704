"""What a content check says while it runs, and what it comes to: facts; the programs make sentences of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from pkgstore.errors import StoreError
from pkgstore.keys import ConfigKey, WorkerKey
from pkgstore.sharing import LibraryKey
from pkgstore.tree_changes import FileChange


class Outcome(Enum):
    """What a check of one config came to; the value is for people."""

    FINE = "fine"
    CHANGED = "changed"
    UNREAD = "could not be read"
    DAMAGED = "its baseline was damaged"
    RECORDED = "had no baseline"
    UNKNOWN = "has no baseline"
    GONE = "gone, or made anew, meanwhile"

    @property
    def is_finding(self) -> bool:
        """Whether somebody has to look."""
        return self in {Outcome.CHANGED, Outcome.DAMAGED}

    @property
    def is_proven(self) -> bool:
        """Whether the contents are known to be what they were."""
        return self is Outcome.FINE


@dataclass(frozen=True, slots=True)
class Verified:
    """One config was looked at.

    `changes` has every file that is not as it was, by path. `sharers` has the libraries that have a link to such a
    file, by its path; `elsewhere` how many links nobody found. `recorded` tells whether its baseline was written
    now, `made` when the one that counted was, in seconds since 1970. `has_md5` tells whether the package has an
    ``MD5`` file of its own. `note` says what else there is to say. `files` and `bytes` are what was read.
    """

    key: ConfigKey
    outcome: Outcome
    changes: tuple[FileChange, ...] = ()
    sharers: Mapping[str, tuple[LibraryKey, ...]] = field(default_factory=dict)
    elsewhere: Mapping[str, int] = field(default_factory=dict)
    recorded: bool = False
    made: float | None = None
    has_md5: bool = False
    note: str = ""
    inode: int = 0
    files: int = 0
    bytes: int = 0


class LinkChange(Enum):
    """How a file of a library differs from the store's; the value is for people."""

    COPIED = "a copy: no longer the store's file"
    ADDED = "not in the store"
    GONE = "gone from the library"
    KIND = "another kind of file"
    TARGET = "link target"
    NOT_HERE = "the package is not in the library"
    NOT_STORED = "its config is not in the store"
    UNREAD = "could not be read"


@dataclass(frozen=True, slots=True)
class PackageDrift:
    """A package of a library that is not the store's; `files` has each that differs, by path, `more` the rest."""

    package: str
    ref: str
    files: tuple[tuple[str, LinkChange], ...]
    more: int = 0

    @property
    def is_finding(self) -> bool:
        """Whether it is drift; what is not in the store cannot be compared, which proves nothing."""
        return any(change not in {LinkChange.NOT_STORED, LinkChange.UNREAD} for _, change in self.files)


@dataclass(frozen=True, slots=True)
class LibraryVerified:
    """A worker's library was compared with the store; `problem` says why it could not be."""

    key: WorkerKey
    packages: int = 0
    drifts: tuple[PackageDrift, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class NotRecorded:
    """Baselines, or the place to go on from, cannot be written; said once, and the check goes on without."""

    error: StoreError


@dataclass(frozen=True, slots=True)
class OutOfTime:
    """The time is up; `left` configs were not looked at."""

    left: int


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """How many configs had each outcome, and what was read.

    `left` were not looked at, as the time was up. `drifted` libraries are not the store's files in full; `unread`
    libraries could not be compared. `tidied` baselines of configs that are gone were removed.
    """

    outcomes: Mapping[Outcome, int]
    files: int = 0
    bytes: int = 0
    left: int = 0
    libraries: int = 0
    drifted: int = 0
    unread: int = 0
    tidied: int = 0

    def count(self, outcome: Outcome) -> int:
        """How many configs had an outcome."""
        return self.outcomes.get(outcome, 0)

    @property
    def configs(self) -> int:
        """How many were looked at."""
        return sum(self.outcomes.values())


@dataclass(frozen=True, slots=True)
class VerifyDone:
    """The check came to its end, or to that of its time."""

    result: VerifyResult


VerifyEvent = Verified | LibraryVerified | NotRecorded | OutOfTime | VerifyDone
