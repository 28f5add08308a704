"""What is asked: a lockfile, a library to fill, and perhaps the library of a worker. Reads; never writes."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from pkgstore.errors import DiskError, LockfileError, StoreError
from pkgstore.layout import PACKAGE_MANIFEST, Layout, check_package, check_platform
from pkgstore.lockfile import entry_problem, parse_lockfile, platform_from_lockfile, validate_lockfile
from pkgstore.model import Lockfile, LockfileEntry
from pkgstore.operations.events import Noticed
from pkgstore.operations.manifests import check_lockfile, check_manifest
from pkgstore.operations.tool import check_library_place, lockfile_notices, read_reference
from pkgstore.reading import read_bytes
from pkgstore.resolve import LockIndex, key_or_none


@dataclass(frozen=True)
class Question:
    """A lockfile as it was read, and what populate would be given beside it.

    `refused` is why populate would not take the lockfile, empty where it would. An empty `library` stands for one
    that has nothing. `ref_manifest` is None without a reference library that can be read; `runtime` only counts
    with one. `notices` is what an admin should know of these inputs.
    """

    lockfile: Lockfile
    platform: str
    refused: str = ""
    library: str = ""
    ref_library: str = ""
    ref_manifest: Mapping[str, str] | None = None
    runtime: bool = False
    notices: tuple[Noticed, ...] = field(default=(), repr=False)

    @property
    def is_runtime(self) -> bool:
        """Whether it is a live install: without a reference manifest it is a plain build (spec: flags)."""
        return self.runtime and self.ref_manifest is not None

    @cached_property
    def index(self) -> LockIndex:
        """The store keys that the lockfile gives for linked packages."""
        return LockIndex.of(self.lockfile)

    @cached_property
    def first_entries(self) -> Mapping[str, LockfileEntry]:
        """The first entry of each name, which decides (spec: ResolveConfig)."""
        found: dict[str, LockfileEntry] = {}
        for entry in self.lockfile.packages:
            found.setdefault(entry.package, entry)
        return found


def unusable(entry: LockfileEntry) -> str:
    """Why a real entry stands for no package of a store, or nothing."""
    try:
        check_package(entry.package)
    except StoreError as error:
        return error.reason
    if key_or_none(entry) is None:
        return f"unsupported remote type {entry.remote_type!r}" if entry.remote_type else "it has no remote type"
    if entry.remote_type != "standard" and not entry.remote_sha:
        return f"a {entry.remote_type} package needs metadata.RemoteSha"
    return ""


def read_question(path: str) -> Question:
    """Read a lockfile also where the reference would refuse it, so that one can see why.

    Raises:
        DiskError: It is missing or cannot be read.
        LockfileError: It is no lockfile, or names no platform.
        InvalidName: Its platform may not reach the disk.
    """
    try:
        lockfile = parse_lockfile(read_bytes(path), path)
    except FileNotFoundError as cause:
        raise DiskError("read this lockfile", cause, path) from cause
    if not lockfile.packages:
        raise LockfileError("this lockfile has no packages", path=path, advice="choose another one")
    platform = check_platform(platform_from_lockfile(lockfile), where=path)
    return Question(lockfile, platform, _refused(lockfile, platform), notices=tuple(lockfile_notices(lockfile)))


def _refused(lockfile: Lockfile, platform: str) -> str:
    """Why populate would not take it, or nothing."""
    try:
        validate_lockfile(lockfile)
        check_lockfile(platform, lockfile)
    except StoreError as error:
        return error.reason
    return ""


def with_libraries(
    question: Question, layout: Layout, library: str = "", ref_library: str = "", *, runtime: bool = False
) -> Question:
    """The same question about a library, as the build tool's flags give it (spec: The build tool's flags).

    Args:
        question: The lockfile.
        layout: The store's paths.
        library: The library to fill; empty for one that has nothing.
        ref_library: A library whose ``.packages.json`` is the reference manifest.
        runtime: Whether it is a live install.

    Raises:
        InputError: The library is inside one of the store's platforms: populate refuses that.
        InvalidName: A name in the reference manifest may not reach the disk.
        MalformedRef: A ref of it has not two parts.
    """
    if library:
        check_library_place(layout, library)
    manifest, notices = read_reference(ref_library)
    if manifest is not None:
        check_manifest(manifest, where=os.path.join(ref_library, PACKAGE_MANIFEST))
    return replace(
        question,
        library=os.path.abspath(library) if library else "",
        ref_library=os.path.abspath(ref_library) if ref_library else "",
        ref_manifest=manifest,
        runtime=runtime,
        notices=(*question.notices, *notices),
    )


def odd_entry(entry: LockfileEntry) -> str:
    """Why populate refuses a lockfile with this entry although it has a store key, or nothing."""
    return entry_problem(entry).partition(": ")[2]
