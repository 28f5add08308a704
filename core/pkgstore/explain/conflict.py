"""Would a live install need a new worker: does a package change that is loaded already? Pure.

R keeps a loaded package in memory, whatever is put into the library: if the ref of one changes, only a new worker
has the new one. It is judged by the plan of the run-time populate, which decides what is carried over.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from pkgstore.keys import store_key
from pkgstore.model import Lockfile
from pkgstore.operations.events import Why
from pkgstore.operations.populate import PopulatePlan
from pkgstore.operations.steps import Action, Step


class Reason(Enum):
    """Why a loaded package forces a new worker; the value is what happens to it, for people."""

    SOURCE = "another source"
    ABI = "built again for what it links to"
    LEFT_OUT = "left out: the lockfile lacks it, so that nothing builds it again"


@dataclass(frozen=True, slots=True)
class Forced:
    """A loaded package that changes.

    `before` and `after` are store keys: equal ones where only what it was built against changes. `because` are the
    packages that make it change: itself, or those it links to.
    """

    package: str
    reason: Reason
    before: str
    after: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """What a live install would mean for the packages that are loaded; names are sorted.

    `unknown` are the ones of which that is not known, with the reason; `foreign` those that neither the worker's
    manifest nor the lockfile names, such as R's own.
    """

    forced: tuple[Forced, ...] = ()
    kept: tuple[str, ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()
    foreign: tuple[str, ...] = ()

    @property
    def needs_new_worker(self) -> bool | None:
        """Yes, no, or None where it is not known."""
        return True if self.forced else None if self.unknown else False

    @property
    def causes(self) -> tuple[str, ...]:
        """The packages whose change forces it, those that force most first."""
        counts: dict[str, int] = {}
        for forced in self.forced:
            for package in forced.because:
                counts[package] = counts.get(package, 0) + 1
        return tuple(sorted(counts, key=lambda package: (-counts[package], package)))


def find_conflict(
    manifest: Mapping[str, str], lockfile: Lockfile, loaded: Iterable[str], plan: PopulatePlan
) -> Conflict:
    """Judge a live install.

    Args:
        manifest: What the worker has now, by its package manifest; every ref of it is well-formed.
        lockfile: What it shall have.
        loaded: The packages that are loaded in it.
        plan: The run-time populate's, of this manifest and lockfile, for an empty library.

    Raises:
        UnsupportedRemoteType: An entry of the lockfile has no store key.
    """
    wanted = {entry.package: store_key(entry) for entry in lockfile.real_entries}  # the last entry counts
    steps = _deciding(plan.steps)
    forced: list[Forced] = []
    kept: list[str] = []
    unknown: list[tuple[str, str]] = []
    foreign: list[str] = []
    for package in sorted(set(loaded)):
        if package not in manifest:
            if package in wanted:
                unknown.append((package, "it is loaded, but not from the worker's own library"))
            else:
                foreign.append(package)
            continue
        before = manifest[package].partition("/")[0]
        after = wanted.get(package, before)
        step = steps.get(package)
        if after != before:
            forced.append(Forced(package, Reason.SOURCE, before, after, (package,)))
        elif step is not None and _is_rebuilt(step, manifest[package]):
            reason = Reason.ABI if package in wanted or step.action is Action.LINK else Reason.LEFT_OUT
            forced.append(Forced(package, reason, before, after, _changed_links(step, manifest, wanted)))
        elif step is None or step.why is Why.NOT_IN_REFERENCE:
            unknown.append((package, "the worker's manifest lists it, but its library lacks it"))
        else:
            kept.append(package)
    return Conflict(tuple(forced), tuple(kept), tuple(unknown), tuple(foreign))


def _deciding(steps: Iterable[Step]) -> dict[str, Step]:
    """The step that decides of each package: the first one, since after a hit there is nothing left to do."""
    found: dict[str, Step] = {}
    for step in steps:
        found.setdefault(step.package, step)
    return found


def _is_rebuilt(step: Step, ref: str) -> bool:
    """Whether a package of the same source does not stay the config that it is."""
    return step.abi and not (step.action is Action.LINK and step.key is not None and step.key.ref == ref)


def _changed_links(step: Step, manifest: Mapping[str, str], wanted: Mapping[str, str]) -> tuple[str, ...]:
    """The packages it links to that change."""
    meta = step.resolution.meta if step.resolution is not None else None
    links = (meta.linkingto or ()) if meta is not None else ()
    has = {name: manifest[name].partition("/")[0] for name in links if name in manifest}
    return tuple(name for name in has if wanted.get(name, has[name]) != has[name])
