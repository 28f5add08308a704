"""Make a worker's library out of a store-manifest, by hard links (spec: AssembleLibrary)."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pkgstore import files
from pkgstore.codec import read_package_manifest
from pkgstore.errors import StoreError
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout, check_platform, check_ref
from pkgstore.operations.events import AssembleResult, Done, Event, Kept, Linked, Missed, Why
from pkgstore.operations.linking import link_config
from pkgstore.operations.manifests import write_package_manifest
from pkgstore.progress import Cancel, Progress
from pkgstore.resolve import has_tree


@dataclass(frozen=True, slots=True)
class AssembleStep:
    """What assembly does with one package: link it, or nothing, for the reason in `why`."""

    key: ConfigKey
    why: Why | None = None
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class AssemblePlan:
    """Everything that assembly would do now, by package name."""

    library: str
    manifest: Mapping[str, str]
    steps: tuple[AssembleStep, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Packages that are not in the store, sorted."""
        return tuple(step.key.package for step in self.steps if step.why is Why.NOT_STORED)


def plan_assemble(
    layout: Layout, platform: str, library: str, manifest: Mapping[str, str], *, where: str = "the store-manifest"
) -> AssemblePlan:
    """What assembly would do now. Changes nothing.

    Args:
        layout: The store's paths.
        platform: Its platform folder.
        library: The library; made where it is missing, completed where it is there.
        manifest: The store-manifest, package to ref.
        where: Its path, for errors.

    Raises:
        InvalidName: A name may not reach the disk.
        MalformedRef: A ref has not two parts.
    """
    check_platform(platform)
    keys = [
        ConfigKey(platform, package, *check_ref(package, ref, where=where))
        for package, ref in sorted(manifest.items())
    ]
    present = _present(library)
    steps = tuple(_step(layout, key, library, present) for key in keys)
    return AssemblePlan(library, dict(manifest), steps)


def _present(library: str) -> Mapping[str, str]:
    try:
        return read_package_manifest(library)
    except StoreError:  # none yet, or not to be trusted: then every package is linked anew
        return {}


def _step(layout: Layout, key: ConfigKey, library: str, present: Mapping[str, str]) -> AssembleStep:
    target = os.path.join(library, key.package)
    if present.get(key.package) == key.ref and os.path.isdir(target):
        return AssembleStep(key, Why.IN_LIBRARY)
    if not has_tree(layout, key):
        return AssembleStep(key, Why.NOT_STORED)
    return AssembleStep(key, replaces=os.path.lexists(target))


def apply_assemble(
    layout: Layout, plan: AssemblePlan, *, cancel: Cancel | None = None, progress: Progress | None = None
) -> Iterator[Event]:
    """Do what a plan says, then write the whole manifest as ``.packages.json``, missing packages too.

    Yields:
        An event a package, then `Done` with `AssembleResult`.

    Raises:
        DiskError: The disk refused; what was linked so far is whole.
        Cancelled: `cancel` was set; the library has no new manifest then.
    """
    cancel, progress = cancel or Cancel(), progress or Progress()
    progress.start(len(plan.steps), "linking packages")
    files.make_folder(plan.library)
    linked, missing = 0, []
    for step in plan.steps:
        cancel.check()
        event = _do(layout, plan, step, cancel)
        linked += isinstance(event, Linked)
        if isinstance(event, Missed):
            missing.append(event.package)
        yield event
        progress.step(step.key.package)
    write_package_manifest(plan.library, plan.manifest)
    kept = len(plan.steps) - linked - len(missing)
    yield Done(AssembleResult(linked, kept, tuple(missing)))


def _do(layout: Layout, plan: AssemblePlan, step: AssembleStep, cancel: Cancel) -> Event:
    key = step.key
    if step.why is Why.IN_LIBRARY:
        return Kept(key.package, step.why)
    if step.why is None:
        target = os.path.join(plan.library, key.package)
        count = link_config(layout, key, target, replace=step.replaces, cancel=cancel)
        if count is not None:
            return Linked(key.package, "assembled", key, count)
    return Missed(key.package, Why.NOT_STORED, key.ref)
