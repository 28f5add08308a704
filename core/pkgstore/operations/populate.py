"""Fill a library from the store before the rest is compiled (spec: PopulateBuild, PopulateRuntime)."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from pkgstore.keys import ConfigKey, SourceKey, split_store_ref, store_key
from pkgstore.layout import PACKAGE_MANIFEST, Layout
from pkgstore.model import Lockfile, PopulateStats
from pkgstore.operations.events import Done, Event, How, Kept, Linked, Missed, Noticed, Why
from pkgstore.operations.linking import link_config, link_from_library
from pkgstore.operations.manifests import check_lockfile, check_manifest
from pkgstore.progress import Cancel, Progress
from pkgstore.resolve import LockIndex, Resolution, read_meta, resolve


class Action(Enum):
    """What populate does with a package."""

    LINK = "link from the store"
    CARRY = "link from the reference library"
    KEEP = "nothing to do"
    MISS = "compile"


@dataclass(frozen=True, slots=True)
class Step:
    """What populate does with one package, and why.

    `abi` is set on the run-time path that counts ABI hits and rebuilds; `resolution` is what the store said, where
    it was asked.
    """

    package: str
    action: Action
    why: Why | None = None
    abi: bool = False
    key: ConfigKey | None = None
    resolution: Resolution | None = None


@dataclass(frozen=True, slots=True)
class PopulatePlan:
    """Everything that populate would do now, in its order."""

    platform: str
    library: str
    steps: tuple[Step, ...]
    reference_library: str = ""

    @property
    def stats(self) -> PopulateStats:
        """The counts that populate would return."""
        stats = PopulateStats()
        for step in self.steps:
            stats = count(stats, step)
        return stats


def count(stats: PopulateStats, step: Step) -> PopulateStats:
    """The counts with one more step."""
    if step.action is Action.LINK:
        field = "abi_hits" if step.abi else "hits"
    elif step.action is Action.MISS:
        field = "abi_rebuilds" if step.abi else "misses"
    else:
        return stats
    return replace(stats, **{field: getattr(stats, field) + 1})


@dataclass(slots=True)
class _Planner:
    """The world as it will be while the steps are done."""

    layout: Layout
    platform: str
    index: LockIndex
    library: str
    filled: set[str]

    def in_library(self, package: str) -> bool:
        return package in self.filled or os.path.isdir(os.path.join(self.library, package))

    def resolve(self, package: str, source_hash: str) -> Resolution:
        return resolve(self.layout, SourceKey(self.platform, package, source_hash), self.index)

    def from_store(self, package: str, found: Resolution, *, abi: bool = False) -> Step:
        """Link what the lockfile asks for, or miss."""
        if not found.listed:
            why = Why.ABI_CHANGED if abi else Why.NO_CONFIG
            return Step(package, Action.MISS, why, abi, found.key, found)
        if not found.has_tree:
            return Step(package, Action.MISS, Why.PHANTOM, abi, found.key, found)
        self.filled.add(package)
        return Step(package, Action.LINK, None, abi, found.key, found)


def _planner(layout: Layout, platform: str, lockfile: Lockfile, library: str) -> _Planner:
    check_lockfile(platform, lockfile)
    return _Planner(layout, platform, LockIndex.of(lockfile), library, set())


def plan_populate(
    layout: Layout,
    platform: str,
    lockfile: Lockfile,
    library: str,
    ref_manifest: Mapping[str, str] | None = None,
    *,
    where: str = "the reference manifest",
) -> PopulatePlan:
    """What a build's populate would do now (API: Store.PopulateBuild). Changes nothing.

    Args:
        layout: The store's paths.
        platform: Its platform folder.
        lockfile: What the library shall hold.
        library: The library; it need not be there yet.
        ref_manifest: What an earlier build gave: a package with the very same ref is left out.
        where: That manifest's path, for errors.

    Raises:
        InvalidName: A name in lockfile or manifest may not reach the disk.
        MalformedRef: A ref of the manifest has not two parts.
        UnsupportedRemoteType: An entry has no store key.
    """
    refs = ref_manifest or {}
    planner = _planner(layout, platform, lockfile, library)
    check_manifest(refs, where=where)
    steps = tuple(
        _build_step(planner, entry.package, store_key(entry), refs.get(entry.package, ""))
        for entry in lockfile.real_entries
    )
    return PopulatePlan(platform, library, steps)


def _build_step(planner: _Planner, package: str, source_hash: str, ref: str = "") -> Step:
    if planner.in_library(package):
        return Step(package, Action.KEEP, Why.IN_LIBRARY)
    found = planner.resolve(package, source_hash)
    if found.listed and found.key is not None and found.key.ref == ref:
        return Step(package, Action.KEEP, Why.REUSED_REF, key=found.key, resolution=found)
    return planner.from_store(package, found)


def plan_populate_runtime(
    layout: Layout,
    platform: str,
    lockfile: Lockfile,
    library: str,
    ref_library: str,
    ref_manifest: Mapping[str, str],
) -> PopulatePlan:
    """What a live install's populate would do now (API: Store.PopulateRuntime). Changes nothing.

    Args:
        layout: The store's paths.
        platform: Its platform folder.
        lockfile: What the worker shall have.
        library: The new library; it need not be there yet.
        ref_library: The worker's present library.
        ref_manifest: That library's manifest.

    Raises:
        InvalidName: A name in lockfile or manifest may not reach the disk.
        MalformedRef: A ref of the manifest has not two parts.
        UnsupportedRemoteType: An entry has no store key.
    """
    planner = _planner(layout, platform, lockfile, library)
    check_manifest(ref_manifest, where=os.path.join(ref_library, PACKAGE_MANIFEST))
    wanted = {entry.package: store_key(entry) for entry in lockfile.real_entries}  # the last entry counts
    refs = {package: split_store_ref(ref) for package, ref in ref_manifest.items()}
    changed = {package for package, (source, _) in refs.items() if wanted.get(package, source) != source}
    steps = [
        _carried_step(planner, package, refs[package][0], changed, ref_library)
        for package in sorted(refs)
        if package not in changed and not planner.in_library(package)
    ]
    steps += [
        _build_step(planner, entry.package, wanted[entry.package])
        for entry in lockfile.real_entries
        if entry.package not in refs or entry.package in changed
    ]
    return PopulatePlan(platform, library, tuple(steps), ref_library)


def _carried_step(planner: _Planner, package: str, source_hash: str, changed: set[str], ref_library: str) -> Step:
    """A package of the worker that did not change itself: carry it over, unless something it links to did."""
    key = SourceKey(planner.platform, package, source_hash)
    meta, _ = read_meta(planner.layout, key)
    if meta is not None and changed.intersection(meta.linkingto or ()):
        return planner.from_store(package, planner.resolve(package, source_hash), abi=True)
    if not os.path.isdir(os.path.join(ref_library, package)):
        return Step(package, Action.MISS, Why.NOT_IN_REFERENCE)
    planner.filled.add(package)
    return Step(package, Action.CARRY)


def apply_populate(
    layout: Layout, plan: PopulatePlan, *, cancel: Cancel | None = None, progress: Progress | None = None
) -> Iterator[Event]:
    """Do what a plan says; a config that went meanwhile counts as a miss.

    Yields:
        An event a package, then `Done` with `PopulateStats`.

    Raises:
        DiskError: The disk refused; what was linked so far is whole.
        Cancelled: `cancel` was set.
    """
    cancel, progress = cancel or Cancel(), progress or Progress()
    progress.start(len(plan.steps), "linking packages")
    stats = PopulateStats()
    for step in plan.steps:
        cancel.check()
        done, events = _do(layout, plan, step, cancel)
        stats = count(stats, done)
        yield from events
        progress.step(step.package)
    yield Done(stats)


def _do(layout: Layout, plan: PopulatePlan, step: Step, cancel: Cancel) -> tuple[Step, list[Event]]:
    """One step; what was really done, and what to say of it."""
    if step.action is Action.KEEP:
        return step, [Kept(step.package, step.why or Why.IN_LIBRARY)]
    if step.action is Action.MISS:
        return step, [*_notices(step), Missed(step.package, step.why or Why.NO_CONFIG)]
    target = os.path.join(plan.library, step.package)
    if step.action is Action.LINK and step.key is not None:
        linked, gone = link_config(layout, step.key, target, cancel=cancel), Why.PHANTOM
        how: How = "abi-hit" if step.abi else "hit"
    else:
        linked, gone = link_from_library(plan.reference_library, step.package, target), Why.NOT_IN_REFERENCE
        how = "carried"
    if linked is None:
        return replace(step, action=Action.MISS, why=gone), [Missed(step.package, gone)]
    return step, [Linked(step.package, how, step.key, linked)]


def _notices(step: Step) -> list[Noticed]:
    """What an admin should know of a miss, beyond that it is one."""
    found = step.resolution
    if found is not None and found.problem is not None:
        return [Noticed(step.package, str(found.problem))]
    if step.why is Why.PHANTOM and step.key is not None:
        text = f"configs.json lists config {step.key.config_hash[:8]}, but its tree is gone (PHANTOM)"
        return [Noticed(step.package, text)]
    return []
