"""Move what a build installed into the store (spec: Ingest, IngestPackages)."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pkgstore import files
from pkgstore.errors import InputError, StoreError
from pkgstore.keys import ConfigKey, store_key
from pkgstore.layout import Layout
from pkgstore.locks import LockRules, hold
from pkgstore.model import CompileContext, Lockfile, LockfileEntry
from pkgstore.operations.baselines import TakenDown, record_ingested, take_down
from pkgstore.operations.events import Carried, Done, Event, Ingested, IngestResult, Kept, Noticed, Why
from pkgstore.operations.manifests import check_lockfile, check_manifest
from pkgstore.operations.meta import write_ingest_meta
from pkgstore.progress import Cancel, Progress
from pkgstore.resolve import LockIndex, compile_context, has_tree, resolve


@dataclass(frozen=True, slots=True)
class IngestStep:
    """What ingest does with one lockfile entry.

    `why` says why nothing has to be done, and is None where the tree is moved (`moves`) or only its metadata is
    written again. `carried` is the ref that the reference manifest has, where the library lacks the package.
    """

    package: str
    key: ConfigKey | None
    context: CompileContext | None = None
    why: Why | None = None
    moves: bool = False
    carried: str = ""


@dataclass(frozen=True, slots=True)
class IngestPlan:
    """Everything that ingest would do now, in its order."""

    lockfile: Lockfile
    platform: str
    library: str
    ref_manifest: Mapping[str, str]
    steps: tuple[IngestStep, ...]

    @property
    def moves(self) -> int:
        """How many trees would be moved into the store."""
        return sum(step.moves for step in self.steps)

    @property
    def repairs(self) -> int:
        """How many configs would only have their metadata written again."""
        return sum(step.why is None and not step.moves for step in self.steps)


@dataclass(slots=True)
class _World:
    """What a step is decided on; `moved` are packages that left the library in earlier steps."""

    layout: Layout
    platform: str
    library: str
    index: LockIndex
    ref_manifest: Mapping[str, str]
    moved: set[str]

    def decide(self, entry: LockfileEntry) -> IngestStep:
        package, source_hash = entry.package, store_key(entry)
        tree = os.path.join(self.library, package)
        if package in self.moved or not os.path.isdir(tree):
            carried = self.ref_manifest.get(package, "")
            return IngestStep(package, None, why=Why.NOT_IN_LIBRARY, carried=carried)
        context = compile_context(os.path.join(tree, "DESCRIPTION"), self.index)
        key = ConfigKey(self.platform, package, source_hash, context.config_hash)
        if self.ref_manifest.get(package) == key.ref:
            return IngestStep(package, key, context, Why.REUSED_REF)
        stored = has_tree(self.layout, key)
        if stored and resolve(self.layout, key.source, self.index).listed:
            return IngestStep(package, key, context, Why.ALREADY_STORED)
        if not stored:
            _check_real(tree)
            self.moved.add(package)
        return IngestStep(package, key, context, moves=not stored)


def _check_real(tree: str) -> None:
    if os.path.islink(tree):
        raise InputError(
            "is a symbolic link; a store holds real trees",
            path=tree,
            advice="install the package into the library itself; nothing was changed",
        )


def plan_ingest(
    layout: Layout,
    platform: str,
    lockfile: Lockfile,
    library: str,
    ref_manifest: Mapping[str, str] | None = None,
    *,
    where: str = "the reference manifest",
) -> IngestPlan:
    """What ingest would do now. Changes nothing.

    Args:
        layout: The store's paths.
        platform: Its platform folder.
        lockfile: What the library was installed from.
        library: The library; on the store's file system.
        ref_manifest: What an earlier build gave: same refs are skipped, the rest is carried over.
        where: That manifest's path, for errors.

    Raises:
        InvalidName: A name in lockfile or manifest may not reach the disk.
        MalformedRef: A ref of the manifest has not two parts.
        DiskError: The library, or a DESCRIPTION in it, cannot be read.
        InputError: A package in the library is a symbolic link.
    """
    check_lockfile(platform, lockfile)
    refs = dict(ref_manifest or {})
    check_manifest(refs, where=where)
    world = _World(layout, platform, library, LockIndex.of(lockfile), refs, set())
    steps = tuple(world.decide(entry) for entry in lockfile.real_entries)
    return IngestPlan(lockfile, platform, library, refs, steps)


def apply_ingest(
    layout: Layout,
    plan: IngestPlan,
    *,
    cancel: Cancel | None = None,
    progress: Progress | None = None,
    rules: LockRules | None = None,
    digests: bool = False,
) -> Iterator[Event]:
    """Do what a plan says, each config under its lock, looking again before it.

    Args:
        layout: The store's paths.
        plan: What to do.
        cancel: Asked between packages, and while one is read.
        progress: Counts packages.
        rules: How long to wait for a lock.
        digests: Read every file of what is moved, before its lock is taken, and write down what it was: what is
            changed from then on can be told. A baseline that cannot be written stops nothing.

    Yields:
        An event a package, `Noticed` too where it has no baseline, then `Done` with `IngestResult`, whose manifest
        is complete.

    Raises:
        LockBusy: A lock did not come free.
        DiskError: The disk refused; what was ingested so far is whole.
        Cancelled: `cancel` was set.
    """
    cancel, progress = cancel or Cancel(), progress or Progress()
    progress.start(len(plan.steps), "moving packages into the store")
    manifest: dict[str, str] = {}
    ingested = repaired = 0
    for step in plan.steps:
        cancel.check()
        if step.key is not None:
            manifest[step.package] = step.key.ref
        elif step.carried:
            manifest[step.package] = step.carried
        taken = (
            take_down(os.path.join(plan.library, step.package), cancel=cancel) if digests and step.moves else None
        )
        event = _do(layout, plan, step, cancel, rules)
        if isinstance(event, Ingested):
            ingested, repaired = ingested + (not event.repaired), repaired + event.repaired
        yield event
        if taken is not None and isinstance(event, Ingested) and not event.repaired:
            yield from _write_down(layout, event.key, taken)
        progress.step(step.package)
    for package in sorted(plan.ref_manifest.keys() - manifest.keys()):
        manifest[package] = plan.ref_manifest[package]
        yield Carried(package, manifest[package])
    yield Done(IngestResult(manifest, ingested, repaired))


def _do(layout: Layout, plan: IngestPlan, step: IngestStep, cancel: Cancel, rules: LockRules | None) -> Event:
    if step.carried:
        return Carried(step.package, step.carried)
    if step.why is not None or step.key is None or step.context is None:
        return Kept(step.package, step.why or Why.NOT_IN_LIBRARY)
    with hold(layout, step.key.source, rules=rules, cancel=cancel) as lock:
        lock.check()
        tree = os.path.join(plan.library, step.package)
        moved = ingest_tree(layout, step.key, tree)  # what was there by the plan may be evicted since
        lock.check()
        write_ingest_meta(layout, step.key, step.context)
    return Ingested(step.key, repaired=not moved)


def _write_down(layout: Layout, key: ConfigKey, taken: TakenDown) -> Iterator[Noticed]:
    try:
        record_ingested(layout, key, taken)
    except StoreError as error:
        yield Noticed(key.package, f"what its files are was not written down: {error}")


def ingest_tree(layout: Layout, key: ConfigKey, tree: str) -> bool:
    """Rename an installed tree into the store (API: Store.Ingest).

    Returns:
        False when the config exists already; then `tree` stays where it is.

    Raises:
        DiskError: The tree is missing, on another file system, or the disk refused.
    """
    return not has_tree(layout, key) and files.publish_tree(tree, layout.config(key))
