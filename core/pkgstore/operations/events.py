"""What an operation says while it runs: facts, one dataclass a kind; the programs make sentences of them.

The last event of an operation that was not cancelled is `Done`, with its result.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from pkgstore.errors import StoreError
from pkgstore.keys import ConfigKey
from pkgstore.model import PopulateStats


class Why(Enum):
    """Why a package was not linked, ingested or removed."""

    IN_LIBRARY = "already in the library"
    REUSED_REF = "the reference library has this very config"
    NO_CONFIG = "no stored config fits the lockfile"
    PHANTOM = "configs.json lists it, but its tree is gone"
    NOT_STORED = "not in the store"
    NOT_IN_REFERENCE = "not in the reference library, though its manifest lists it"
    NOT_IN_LIBRARY = "not in the library"
    ALREADY_STORED = "already in the store"
    USED_MEANWHILE = "used again since the plan was made"
    GONE_MEANWHILE = "gone since the plan was made"
    ABI_CHANGED = "a package that it links to changed"
    REPLACED_MEANWHILE = "made anew since the plan was made"
    ROOTED_MEANWHILE = "needed by somebody since the plan was made"
    SLOT_FILLED = "the store has it again"
    NOT_IN_TRASH = "not in the trash any more"
    NO_RECORD = "nothing tells what it was before"
    NO_TREE = "its tree was gone already when it was evicted"
    CHANGED_MEANWHILE = "not as it was when it was planned"


How = Literal["hit", "abi-hit", "carried", "assembled"]


@dataclass(frozen=True, slots=True)
class Linked:
    """A package's tree was hard-linked into the library; `key` is None when it came from the reference library."""

    package: str
    how: How
    key: ConfigKey | None = None
    files: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """Nothing had to be done for a package."""

    package: str
    why: Why


@dataclass(frozen=True, slots=True)
class Missed:
    """A package has to be compiled (populate), or is missing in the library (assemble)."""

    package: str
    why: Why
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Ingested:
    """A tree was moved into the store; `repaired` when it was there and only its metadata was written again."""

    key: ConfigKey
    repaired: bool = False

    @property
    def package(self) -> str:
        """The package's name."""
        return self.key.package


@dataclass(frozen=True, slots=True)
class Carried:
    """A package's ref was taken over from the reference manifest."""

    package: str
    ref: str


@dataclass(frozen=True, slots=True)
class Removed:
    """A config is out of the store; `freed` is how many bytes the disk gave back.

    Where `operation` is not empty, the tree lies in the trash under that id, and `held` is how many bytes emptying
    the trash gives back.
    """

    key: ConfigKey
    freed: int = 0
    operation: str = ""
    held: int = 0
    reason: str = ""

    @property
    def package(self) -> str:
        """The package's name."""
        return self.key.package


@dataclass(frozen=True, slots=True)
class Restored:
    """A config is in the store again, out of the trash; `repaired` when only what was cut short was done."""

    key: ConfigKey
    operation: str
    repaired: bool = False

    @property
    def package(self) -> str:
        """The package's name."""
        return self.key.package


@dataclass(frozen=True, slots=True)
class Emptied:
    """A folder of the trash, or something that was left over, is gone; `freed` is how many bytes came back."""

    what: str
    freed: int = 0


@dataclass(frozen=True, slots=True)
class Skipped:
    """A planned change was not done, since the world had moved."""

    key: ConfigKey
    why: Why

    @property
    def package(self) -> str:
        """The package's name."""
        return self.key.package


@dataclass(frozen=True, slots=True)
class Failed:
    """One item went wrong; the operation went on with the next."""

    package: str
    error: StoreError


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something an admin should know, though nothing went wrong."""

    package: str
    text: str


@dataclass(frozen=True, slots=True)
class Repaired:
    """Something is as it should be again: `what` it is about, and what was done, for people; `path` says where."""

    what: str
    text: str
    path: str
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EvictResult:
    """How many configs were removed, how many failed or were skipped, and the bytes that were freed.

    Where `operation` is not empty, what was removed lies in the trash, which holds `held` bytes of it.
    """

    removed: int = 0
    skipped: int = 0
    failed: int = 0
    freed: int = 0
    operation: str = ""
    held: int = 0


@dataclass(frozen=True, slots=True)
class RestoreResult:
    """How many configs are in the store again, and how many were skipped or failed."""

    restored: int = 0
    skipped: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class CleanResult:
    """How many things were removed for good, how many were skipped or failed, and the bytes that were freed."""

    removed: int = 0
    skipped: int = 0
    failed: int = 0
    freed: int = 0


@dataclass(frozen=True, slots=True)
class RepairResult:
    """What a repair came to: how many things it did of each kind, and how many were skipped or failed.

    `repaired` small files or folders are right again; of the configs `removed` went to the trash, under the id
    `operation`, and `restored` came out of it; `cleaned` things that crashes left are gone, which freed `freed`
    bytes.
    """

    repaired: int = 0
    removed: int = 0
    restored: int = 0
    cleaned: int = 0
    skipped: int = 0
    failed: int = 0
    freed: int = 0
    operation: str = ""

    @property
    def done(self) -> int:
        """How many things were done in all."""
        return self.repaired + self.removed + self.restored + self.cleaned


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What an eviction and the emptying of old trash came to; `kept` is how many old configs somebody needs."""

    evicted: EvictResult
    emptied: CleanResult
    kept: int = 0


@dataclass(frozen=True, slots=True)
class IngestResult:
    """The store-manifest, and how many trees were moved into the store."""

    manifest: Mapping[str, str]
    ingested: int = 0
    repaired: int = 0


@dataclass(frozen=True, slots=True)
class AssembleResult:
    """How many packages were linked or left as they were, and which were missing, sorted."""

    linked: int = 0
    kept: int = 0
    missing: tuple[str, ...] = ()


Result = (
    PopulateStats
    | EvictResult
    | IngestResult
    | AssembleResult
    | RestoreResult
    | CleanResult
    | SweepResult
    | RepairResult
)


@dataclass(frozen=True, slots=True)
class Done:
    """The operation is complete."""

    result: Result


Event = (
    Linked
    | Kept
    | Missed
    | Ingested
    | Carried
    | Removed
    | Restored
    | Emptied
    | Repaired
    | Skipped
    | Failed
    | Noticed
    | Done
)
