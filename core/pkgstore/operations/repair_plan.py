"""What a repair would do and what it leaves, as data: a plan can be shown, sorted and compared without the disk."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from pkgstore._finding import Finding, Subject
from pkgstore.keys import ConfigKey, WorkerKey
from pkgstore.model import StoreConfigs
from pkgstore.names import Names
from pkgstore.operations.clean import LeftOver
from pkgstore.operations.repair_look import SeenConfig, SeenSource
from pkgstore.roots import Roots
from pkgstore.snapshot import Snapshot


class Reading(Protocol):
    """What a plan is made of: a reading of a store, as `check.run.Checked` is one."""

    @property
    def snapshot(self) -> Snapshot:
        """What the store holds."""

    @property
    def roots(self) -> Roots:
        """What must not be lost."""

    @property
    def names(self) -> Names:
        """What its hashes stand for, with every lockfile in reach."""

    @property
    def now(self) -> float:
        """When it was read, in seconds since 1970."""

    @property
    def apps(self) -> str:
        """The folder of the apps, empty for none."""


class Phase(IntEnum):
    """The order in which things are done: what others need to be whole comes first."""

    MANIFEST = 0
    CLEAN = 1
    MEND = 2
    RESTORE = 3
    TRASH = 4
    FOLDER = 5


@dataclass(frozen=True, slots=True)
class WriteManifest:
    """Write a worker's manifest again; `files` are the DESCRIPTIONs by which its packages were recognised."""

    worker: WorkerKey
    manifest: Mapping[str, str]
    files: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class CleanUp:
    """Remove what a crash left."""

    item: LeftOver


@dataclass(frozen=True, slots=True)
class MendSource:
    """Put the small files of one source right, if it is still as it was seen.

    `writes` tells whether configs.json changes; without `meta` it is removed then. `new` and `again` are sidecars
    to write, the latter with their old mtime; `gone` are sidecars to remove.
    """

    seen: SeenSource
    writes: bool = False
    meta: StoreConfigs | None = None
    new: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FromTrash:
    """Put a config back that an operation took out."""

    key: ConfigKey
    operation: str


@dataclass(frozen=True, slots=True)
class ToTrash:
    """Move a config to the trash, if it is still as it was seen and nobody needs it."""

    key: ConfigKey
    seen: SeenConfig
    reason: str
    by_keys: bool = False


@dataclass(frozen=True, slots=True)
class RemoveFolder:
    """Remove a platform folder that holds nothing but empty folders."""

    platform: str


Deed = WriteManifest | CleanUp | MendSource | FromTrash | ToTrash | RemoveFolder


@dataclass(frozen=True, slots=True)
class Step:
    """One change, for people: what is so, and what will be; `path` is where."""

    path: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RepairItem:
    """One thing that a repair would do; it is done whole, or not at all.

    `codes` are those of the findings that it mends, the worst first; `name` says what it is about, for people.
    """

    phase: Phase
    subject: Subject
    name: str
    codes: tuple[str, ...]
    steps: tuple[Step, ...]
    deed: Deed

    @property
    def path(self) -> str:
        """Where its first change is."""
        return self.steps[0].path

    @property
    def what(self) -> str:
        """All of its changes, in one line."""
        return "; ".join(f"{step.before}: {step.after}" for step in self.steps)

    @property
    def order(self) -> tuple[int, str, str]:
        """Sorts items as they are done."""
        return int(self.phase), self.name, self.path


@dataclass(frozen=True, slots=True)
class Stays:
    """A finding, or a part of one, that no repair mends: why, and what to do."""

    finding: Finding
    why: str
    advice: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class RepairPlan:
    """What a repair would do, in its order, and what it leaves, the worst first."""

    root: str
    apps: str
    items: tuple[RepairItem, ...] = ()
    left: tuple[Stays, ...] = ()
