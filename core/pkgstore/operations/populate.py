"""Fill a library from the store before the rest is compiled (spec: PopulateBuild, PopulateRuntime)."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from pkgstore.layout import PACKAGE_MANIFEST, Layout
from pkgstore.model import Lockfile, PopulateStats
from pkgstore.operations.events import Done, Event, How, Kept, Linked, Missed, Noticed, Why
from pkgstore.operations.linking import link_config, link_from_library
from pkgstore.operations.manifests import check_lockfile, check_manifest
from pkgstore.operations.steps import Action, Planner, Step, build_steps, count, real_entries, runtime_steps
from pkgstore.progress import Cancel, Progress
from pkgstore.resolve import LockIndex


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


def _planner(layout: Layout, platform: str, lockfile: Lockfile, library: str) -> Planner:
    check_lockfile(platform, lockfile)
    return Planner(layout, platform, LockIndex.of(lockfile), library)


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
    steps = tuple(build_steps(planner, real_entries(lockfile), refs))
    return PopulatePlan(platform, library, steps)


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
    steps = tuple(runtime_steps(planner, real_entries(lockfile), ref_library, ref_manifest))
    return PopulatePlan(platform, library, steps, ref_library)


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
