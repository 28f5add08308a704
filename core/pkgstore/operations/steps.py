"""What populate does with each package, worked out and not done (spec: PopulateBuild, PopulateRuntime). Reads only.

The one place where it is decided: populate does these steps, and an explanation tells them, so that both always
count the same.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from pkgstore.fence import leads_to_folder
from pkgstore.keys import ConfigKey, SourceKey, split_store_ref, store_key
from pkgstore.layout import Layout
from pkgstore.model import Lockfile, LockfileEntry, PopulateStats
from pkgstore.operations.events import Why
from pkgstore.resolve import LockIndex, Resolution, read_meta, resolve

Entries = Sequence[tuple[int, LockfileEntry]]
"""Entries of a lockfile, each with its place in it."""


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
    it was asked. `place` is the entry's in the lockfile, -1 where that lacks the package; `source_hash` the source
    that is wanted. Of a package of the reference library, `checked` is what the run-time check read (without a
    key), and `changed` what of its linked packages changed, sorted.
    """

    package: str
    action: Action
    why: Why | None = None
    abi: bool = False
    key: ConfigKey | None = None
    resolution: Resolution | None = None
    place: int = -1
    source_hash: str = ""
    checked: Resolution | None = None
    changed: tuple[str, ...] = ()


def count(stats: PopulateStats, step: Step) -> PopulateStats:
    """The counts with one more step."""
    if step.action is Action.LINK:
        name = "abi_hits" if step.abi else "hits"
    elif step.action is Action.MISS:
        name = "abi_rebuilds" if step.abi else "misses"
    else:
        return stats
    return replace(stats, **{name: getattr(stats, name) + 1})


@dataclass(slots=True)
class Planner:
    """The world as it will be while the steps are done; an empty `library` stands for one that has nothing."""

    layout: Layout
    platform: str
    index: LockIndex
    library: str
    filled: set[str] = field(default_factory=set)

    def in_library(self, package: str) -> bool:
        """Whether the library has a folder of that name, or will have."""
        if package in self.filled:
            return True
        return bool(self.library) and os.path.isdir(os.path.join(self.library, package))

    def resolve(self, package: str, source_hash: str) -> Resolution:
        """Which config of a source fits the lockfile."""
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


def real_entries(lockfile: Lockfile) -> Entries:
    """Every entry that is a package."""
    return [(place, entry) for place, entry in enumerate(lockfile.packages) if not entry.is_meta]


# --- for a build -------------------------------------------------------------------------------------------


def build_steps(planner: Planner, entries: Entries, refs: Mapping[str, str]) -> Iterator[Step]:
    """A build's steps.

    Args:
        planner: The world before the first step.
        entries: What the library shall hold; each has a store key and a name that may reach the disk.
        refs: The reference manifest: a package with the very same ref is left out.
    """
    for place, entry in entries:
        yield _entry_step(planner, place, entry.package, store_key(entry), refs.get(entry.package, ""))


def _entry_step(planner: Planner, place: int, package: str, source_hash: str, ref: str = "") -> Step:
    return replace(_asked(planner, package, source_hash, ref), place=place, source_hash=source_hash)


def _asked(planner: Planner, package: str, source_hash: str, ref: str) -> Step:
    if planner.in_library(package):
        return Step(package, Action.KEEP, Why.IN_LIBRARY)
    found = planner.resolve(package, source_hash)
    if found.listed and found.key is not None and found.key.ref == ref:
        return Step(package, Action.KEEP, Why.REUSED_REF, key=found.key, resolution=found)
    return planner.from_store(package, found)


# --- for a live install ------------------------------------------------------------------------------------


def runtime_steps(
    planner: Planner, entries: Entries, ref_library: str, ref_manifest: Mapping[str, str]
) -> Iterator[Step]:
    """A live install's steps: first what the reference library has, by name, then what is new or changed.

    Args:
        planner: The world before the first step.
        entries: As in `build_steps`.
        ref_library: The worker's present library.
        ref_manifest: That library's manifest, each ref of two parts.
    """
    wanted = {entry.package: store_key(entry) for _, entry in entries}  # the last entry counts
    places = {entry.package: place for place, entry in entries}
    refs = {package: split_store_ref(ref)[0] for package, ref in ref_manifest.items()}
    changed = {package for package, source in refs.items() if wanted.get(package, source) != source}
    for package in sorted(refs):
        if package not in changed:
            step = _carried(planner, package, refs[package], changed, ref_library)
            yield replace(step, place=places.get(package, -1), source_hash=refs[package])
    for place, entry in entries:
        if entry.package not in refs or entry.package in changed:
            yield _entry_step(planner, place, entry.package, wanted[entry.package])


def _carried(planner: Planner, package: str, source_hash: str, changed: set[str], ref_library: str) -> Step:
    """A package of the worker that did not change itself: carry it over, unless something it links to did."""
    if planner.in_library(package):
        return Step(package, Action.KEEP, Why.IN_LIBRARY)
    meta, problem = read_meta(planner.layout, SourceKey(planner.platform, package, source_hash))
    checked = Resolution(None, meta, problem=problem)
    linked = tuple(sorted(changed.intersection(meta.linkingto or ()))) if meta is not None else ()
    if linked:
        found = planner.resolve(package, source_hash)
        return replace(planner.from_store(package, found, abi=True), checked=checked, changed=linked)
    if not leads_to_folder(os.path.join(ref_library, package)):
        return Step(package, Action.MISS, Why.NOT_IN_REFERENCE, checked=checked)
    planner.filled.add(package)
    return Step(package, Action.CARRY, checked=checked)
