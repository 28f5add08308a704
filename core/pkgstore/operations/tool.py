"""The operations with files as inputs, as the reference's build tool and its server use them.

Reads lockfiles and manifests, takes the platform from the lockfile, writes the store-manifest. The command line
and the interface both come through here.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pkgstore.codec import read_package_manifest, read_store_manifest
from pkgstore.errors import DiskError, InputError, StoreError
from pkgstore.layout import PACKAGE_MANIFEST, Kind, Layout
from pkgstore.lockfile import duplicates_of, platform_from_lockfile, platforms_of, read_lockfile
from pkgstore.locks import LockRules
from pkgstore.model import Lockfile
from pkgstore.operations.assemble import AssemblePlan, apply_assemble, plan_assemble
from pkgstore.operations.events import Done, Event, IngestResult, Noticed
from pkgstore.operations.ingest import IngestPlan, apply_ingest, plan_ingest
from pkgstore.operations.manifests import write_store_manifest
from pkgstore.operations.populate import PopulatePlan, apply_populate, plan_populate, plan_populate_runtime
from pkgstore.progress import Cancel, Progress

_LIBRARY_PLACES: Final = {Kind.OUTSIDE, Kind.WORKER, Kind.IN_LIBRARY, Kind.BUILD, Kind.STAGING, Kind.IN_BUILD}


@dataclass(frozen=True, slots=True)
class BuildInputs:
    """What populate and ingest work on; `notices` is what an admin should know of it."""

    layout: Layout
    platform: str
    lockfile: Lockfile
    library: str
    ref_library: str = ""
    ref_manifest: Mapping[str, str] | None = None
    notices: tuple[Noticed, ...] = ()

    @property
    def ref_path(self) -> str:
        """Where the reference manifest was read from."""
        return os.path.join(self.ref_library, PACKAGE_MANIFEST)

    @property
    def facts(self) -> Mapping[str, str]:
        """What the journal says of an ingest of them."""
        return {"platform": self.platform, "lockfile": self.lockfile.path, "library": self.library}


def read_build_inputs(root: str, lockfile: str, library: str, ref_library: str = "") -> BuildInputs:
    """Read what populate and ingest need (spec: The build tool's flags).

    Args:
        root: The store root; made by the first ingest where it is missing.
        lockfile: The path of the pak lockfile, which also says the platform.
        library: The build's library.
        ref_library: A library whose ``.packages.json`` is the reference manifest; as if not given, and noticed,
            where that cannot be read.

    Raises:
        LockfileError: The lockfile cannot be used.
        DiskError: It cannot be read.
        InputError: The library is inside one of the store's platforms.
    """
    layout = Layout(os.path.abspath(root))
    check_library_place(layout, library)
    read = read_lockfile(lockfile)
    manifest, notices = read_reference(ref_library)
    return BuildInputs(
        layout,
        platform_from_lockfile(read),
        read,
        os.path.abspath(library),
        os.path.abspath(ref_library) if ref_library else "",
        manifest,
        (*lockfile_notices(read), *notices),
    )


def read_reference(ref_library: str) -> tuple[Mapping[str, str] | None, tuple[Noticed, ...]]:
    """The manifest of a reference library; None, and a notice, where it cannot be read (spec: flags).

    Args:
        ref_library: The library; empty for none, of which there is nothing to notice.
    """
    if not ref_library:
        return None, ()
    try:
        return read_package_manifest(ref_library), ()
    except StoreError as error:
        return None, (Noticed("", f"the reference library is left out: {error}"),)


def lockfile_notices(lockfile: Lockfile) -> Iterator[Noticed]:
    """What is odd about a lockfile, though it can be used."""
    if twice := duplicates_of(lockfile):
        names = ", ".join(twice)
        yield Noticed("", f"{lockfile.path}: these packages stand in it more than once: {names}")
    platform, named = platform_from_lockfile(lockfile), platforms_of(lockfile)
    if len(named) > 1:
        yield Noticed("", f"{lockfile.path}: its entries disagree about the platform: {', '.join(named)}")
    if named and platform not in named:
        yield Noticed("", f"{lockfile.path}: its first entry is no package, so the platform folder is {platform!r}")
    elif platform.endswith(("-source", "-*")):
        yield Noticed("", f"{lockfile.path}: the platform folder is {platform!r}, which names no machine")


def plan_tool_populate(inputs: BuildInputs, *, runtime: bool = False) -> PopulatePlan:
    """What populate would do; a run-time populate without a reference manifest is a plain build's.

    Raises:
        StoreError: As `plan_populate` and `plan_populate_runtime`.
    """
    layout, platform, lockfile, library = inputs.layout, inputs.platform, inputs.lockfile, inputs.library
    if runtime and inputs.ref_manifest is not None:
        return plan_populate_runtime(layout, platform, lockfile, library, inputs.ref_library, inputs.ref_manifest)
    return plan_populate(layout, platform, lockfile, library, inputs.ref_manifest, where=inputs.ref_path)


def run_populate(
    inputs: BuildInputs,
    plan: PopulatePlan | None = None,
    *,
    runtime: bool = False,
    cancel: Cancel | None = None,
    progress: Progress | None = None,
) -> Iterator[Event]:
    """Populate a library, by a plan that was shown or one made now.

    Yields:
        What `apply_populate` does, notices first.
    """
    yield from inputs.notices
    plan = plan or plan_tool_populate(inputs, runtime=runtime)
    yield from apply_populate(inputs.layout, plan, cancel=cancel, progress=progress)


def plan_tool_ingest(inputs: BuildInputs) -> IngestPlan:
    """What ingest would do.

    Raises:
        DiskError: The library is missing or cannot be read.
        InputError: The library is empty of what the lockfile names, or as `plan_ingest`.
    """
    _check_readable(inputs.library)
    layout, platform, lockfile, library = inputs.layout, inputs.platform, inputs.lockfile, inputs.library
    plan = plan_ingest(layout, platform, lockfile, library, inputs.ref_manifest, where=inputs.ref_path)
    if plan.steps and inputs.ref_manifest is None and all(step.key is None for step in plan.steps):
        raise InputError(
            "has none of the packages that the lockfile names",
            path=library,
            advice="name the library that they were installed into",
        )
    return plan


def _check_readable(library: str) -> None:
    try:
        with os.scandir(library):
            return
    except OSError as cause:
        raise DiskError("list this library", cause, library) from cause


def check_library_place(layout: Layout, library: str) -> None:
    """Refuse a library that would stand among the store's own folders.

    Raises:
        InputError: It is the root, inside a platform, or in a helper folder; through symbolic links too.
    """
    place = Layout(os.path.realpath(layout.root)).place(os.path.realpath(library))
    if place.kind not in _LIBRARY_PLACES:
        raise InputError(
            "is no place for a library",
            path=os.path.abspath(library),
            advice="choose a worker's folder, or one outside the store",
        )


def run_ingest(
    inputs: BuildInputs,
    plan: IngestPlan | None = None,
    *,
    cancel: Cancel | None = None,
    progress: Progress | None = None,
    rules: LockRules | None = None,
    digests: bool = False,
) -> Iterator[Event]:
    """Ingest a library, by a plan that was shown or one made now, and write its ``store-manifest.json``.

    Args:
        inputs: What it works on.
        plan: What was shown, if anything.
        cancel: As in `apply_ingest`.
        progress: As in `apply_ingest`.
        rules: As in `apply_ingest`.
        digests: As in `apply_ingest`.

    Yields:
        What `apply_ingest` does, notices first.
    """
    yield from inputs.notices
    plan = plan or plan_tool_ingest(inputs)
    for event in apply_ingest(inputs.layout, plan, cancel=cancel, progress=progress, rules=rules, digests=digests):
        if isinstance(event, Done) and isinstance(event.result, IngestResult):
            write_store_manifest(inputs.library, event.result.manifest)
        yield event


def plan_tool_assemble(root: str, platform: str, manifest: str, library: str) -> tuple[Layout, AssemblePlan]:
    """What assembly from a manifest file would do.

    Args:
        root: The store root.
        platform: Its platform folder.
        manifest: The path of a store-manifest.
        library: The library to make.

    Raises:
        ManifestError: The manifest cannot be used.
        DiskError: It cannot be read.
        InputError: `library` is inside one of the store's platforms.
    """
    layout = Layout(os.path.abspath(root))
    target = os.path.abspath(library)
    check_library_place(layout, target)
    return layout, plan_assemble(layout, platform, target, read_store_manifest(manifest), where=manifest)


def run_assemble(
    root: str,
    platform: str,
    manifest: str,
    library: str,
    *,
    cancel: Cancel | None = None,
    progress: Progress | None = None,
) -> Iterator[Event]:
    """Assemble a library from a manifest file; yields what `apply_assemble` does."""
    layout, plan = plan_tool_assemble(root, platform, manifest, library)
    yield from apply_assemble(layout, plan, cancel=cancel, progress=progress)
