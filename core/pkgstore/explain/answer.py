"""What an answer to a what-if holds: what becomes of each package, why, and how sure that is. No reading."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

from pkgstore.explain._stored import Lack as Lack
from pkgstore.model import AppRecord, PopulateStats, Tier


class Outcome(Enum):
    """What becomes of a package; the value is its name for people."""

    HIT = "hit"
    MISS = "miss"
    ABI_HIT = "abi-hit"
    ABI_REBUILD = "abi-rebuild"

    @property
    def is_compiled(self) -> bool:
        """Whether it has to be compiled."""
        return self is Outcome.MISS or self is Outcome.ABI_REBUILD


class Cause(Enum):
    """Why a package is not as the app has it now; the value is its name for people."""

    NONE = ""
    NEW = "new"
    CHANGED = "changed"
    LINKED = "linked"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one package of a lockfile.

    `source_hash` and `config_hash` are what is asked for, None where that is not known; `version` is then empty, or
    the one that was named. `linked` are the packages it links to that change. A step that is not `certain` is
    counted as compiled, but would be a hit with one of `hits_with` (package and store key); `could_be` are the refs
    of the stored configs that could serve it.
    """

    package: str
    version: str
    source_hash: str | None
    config_hash: str | None
    outcome: Outcome
    cause: Cause = Cause.NONE
    lack: Lack = Lack.NONE
    linked: tuple[str, ...] = ()
    certain: bool = True
    hits_with: tuple[tuple[str, str], ...] = ()
    could_be: tuple[str, ...] = ()

    @property
    def refs(self) -> Iterator[str]:
        """The refs that it may come to, as far as they are known."""
        if self.source_hash is not None and self.config_hash is not None:
            yield f"{self.source_hash}/{self.config_hash}"
        yield from self.could_be

    @property
    def build(self) -> tuple[object, ...]:
        """What is compiled: the same for all apps that need the very same build."""
        return self.package, self.version, self.source_hash, self.config_hash, self.linked


@dataclass(frozen=True)
class Answer:
    """What a lockfile would find in the store; `bumped` are the packages of it that were changed."""

    platform: str
    steps: tuple[Step, ...]
    bumped: tuple[str, ...] = ()

    @cached_property
    def stats(self) -> PopulateStats:
        """The counts; what is not certain counts as compiled."""
        counts = dict.fromkeys(Outcome, 0)
        for step in self.steps:
            counts[step.outcome] += 1
        return PopulateStats(
            counts[Outcome.HIT],
            counts[Outcome.MISS],
            counts[Outcome.ABI_HIT],
            counts[Outcome.ABI_REBUILD],
        )

    @cached_property
    def to_compile(self) -> tuple[Step, ...]:
        """The packages that are compiled, in the lockfile's order."""
        return tuple(step for step in self.steps if step.outcome.is_compiled)

    @cached_property
    def packages(self) -> frozenset[str]:
        """Every package that the lockfile names."""
        return frozenset(step.package for step in self.steps)

    @property
    def uncertain(self) -> int:
        """How many of the compiled ones might be hits after all."""
        return sum(not step.certain for step in self.to_compile)

    @cached_property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """Every (package, ref) that an app which moved on to this would, or could, name."""
        return frozenset((step.package, ref) for step in self.steps for ref in step.refs)


@dataclass(frozen=True, slots=True)
class Base:
    """What an app has now: the store key and the ref of each package. Empty where nothing is known."""

    sources: Mapping[str, str] = field(default_factory=dict)
    refs: Mapping[str, str] = field(default_factory=dict)
    known: bool = False

    @classmethod
    def of(cls, app: AppRecord) -> "Base":
        """By its store-manifest, which its workers are assembled from; else by its pak.lock."""
        manifest = app.manifest(Tier.CURRENT)
        if manifest is not None:
            return cls({package: ref.partition("/")[0] for package, ref in manifest.items()}, manifest, known=True)
        if app.lockfile is not None and app.lockfile.names:
            return cls({name.package: key for key, name in app.lockfile.names.items()}, {}, known=True)
        return cls()
