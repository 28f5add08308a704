"""What would become of each package in an ingest, a populate or an assembly that is planned. Pure.

One row a package, what goes wrong first. The plans are those that are run: nothing is decided here.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pkgstore.model import Lockfile
from pkgstore.operations.assemble import AssemblePlan, AssembleStep
from pkgstore.operations.events import Why
from pkgstore.operations.ingest import IngestPlan, IngestStep
from pkgstore.operations.populate import PopulatePlan
from pkgstore.operations.steps import Action, Step

Weight = Literal["bad", "warn", "", "muted"]
BAD: Final = "bad"
WARN: Final = "warn"
CHANGE: Final = ""
QUIET: Final = "muted"
"""How much an outcome wants to be seen: missing, to be looked at, done to the disk, nothing done."""

_PLACE: Final[dict[Weight, int]] = {BAD: 0, WARN: 1, CHANGE: 2, QUIET: 3}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What would become of one package: in a word, how much that matters, and why; `version` may be empty."""

    package: str
    version: str
    what: str
    tone: Weight = CHANGE
    why: str = ""


def counts_of(outcomes: Iterable[Outcome]) -> list[tuple[str, Weight, int]]:
    """How many come to the same, with the tone, in the order of the rows."""
    return [(what, tone, count) for (what, tone), count in Counter((o.what, o.tone) for o in outcomes).items()]


def _ordered(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    return tuple(sorted(outcomes, key=lambda o: (_PLACE[o.tone], o.what, o.package.casefold(), o.package)))


# --- ingest ---------------------------------------------------------------------------------------------------


def ingest_outcomes(plan: IngestPlan) -> tuple[Outcome, ...]:
    """Of each entry of the lockfile, and of each package that the reference manifest carries over."""
    entries = plan.lockfile.real_entries
    found = [_ingested(step, entry.version) for step, entry in zip(plan.steps, entries, strict=True)]
    known = {step.package for step in plan.steps if step.key is not None or step.carried}
    others = sorted(plan.ref_manifest.keys() - known)
    carried = [Outcome(package, "", "carried", QUIET, "the reference manifest has it") for package in others]
    return _ordered([*found, *carried])


def _ingested(step: IngestStep, version: str) -> Outcome:
    package = step.package
    if step.carried:
        return Outcome(package, version, "carried", QUIET, "not in the library; the reference manifest has it")
    if step.why is Why.NOT_IN_LIBRARY:
        return Outcome(package, version, "missing", WARN, f"{step.why.value}: the manifest will lack it")
    if step.why is not None:
        return Outcome(package, version, "stored", QUIET, step.why.value)
    if step.moves:
        return Outcome(package, version, "move", CHANGE, "moved into the store")
    return Outcome(package, version, "repair", CHANGE, "its tree is stored; configs.json or its sidecar is not")


# --- populate -------------------------------------------------------------------------------------------------


def populate_outcomes(plan: PopulatePlan, lockfile: Lockfile, version_of: "VersionOf") -> tuple[Outcome, ...]:
    """Of each entry of the lockfile, and of each package of the reference library.

    Args:
        plan: What populate would do.
        lockfile: What it was planned for.
        version_of: The version of a package that only the reference library has, by its name and source hash.
    """
    return _ordered(_populated(step, _version(step, lockfile, version_of)) for step in plan.steps)


VersionOf = Callable[[str, str], str]
"""The version that a package's source hash, or ref, stands for."""


def _version(step: Step, lockfile: Lockfile, version_of: VersionOf) -> str:
    if step.place >= 0:
        return lockfile.packages[step.place].version
    return version_of(step.package, step.source_hash)


def _populated(step: Step, version: str) -> Outcome:
    package, changed = step.package, ", ".join(step.changed)
    if step.action is Action.LINK:
        why = f"built against the changed {changed}" if step.abi else "stored as the lockfile asks for it"
        return Outcome(package, version, "ABI hit" if step.abi else "hit", CHANGE, why)
    if step.action is Action.CARRY:
        return Outcome(package, version, "carried", CHANGE, "from the reference library")
    if step.action is Action.KEEP:
        return Outcome(package, version, "kept", QUIET, (step.why or Why.IN_LIBRARY).value)
    why = (step.why or Why.NO_CONFIG).value
    word = "ABI rebuild" if step.abi else "miss"
    return Outcome(package, version, word, WARN, f"{why}: {changed}" if step.abi and changed else why)


# --- assemble -------------------------------------------------------------------------------------------------


def assemble_outcomes(plan: AssemblePlan, version_of: VersionOf) -> tuple[Outcome, ...]:
    """Of each package of the manifest; `version_of` tells the version of a package's ref."""
    return _ordered(_assembled(step, version_of(step.key.package, step.key.ref)) for step in plan.steps)


def _assembled(step: AssembleStep, version: str) -> Outcome:
    package = step.key.package
    if step.why is Why.NOT_STORED:
        return Outcome(package, version, "missing", BAD, f"{step.why.value}: workers start without it")
    if step.why is not None:
        return Outcome(package, version, "kept", QUIET, step.why.value)
    if step.replaces:
        return Outcome(package, version, "replace", CHANGE, "the library has another config of it")
    return Outcome(package, version, "link", CHANGE, "linked from the store")


def is_told(outcomes: Sequence[Outcome], *words: str) -> bool:
    """Whether any package comes to one of these."""
    return any(outcome.what in words for outcome in outcomes)
