"""Read and validate pak lockfiles, accepting and refusing what the reference accepts and refuses."""

import os
from collections import Counter
from typing import Final

from pkgstore.errors import DiskError, LockfileError
from pkgstore.keys import GIT_TYPES
from pkgstore.model import Lockfile, LockfileEntry, LockfileMetadata
from pkgstore.reading import read_bytes
from pkgstore.text_json import BadJSON, Fields, loads

_TOP: Final = ("lockfile_version", "r_version", "os", "platform", "packages")
_ENTRY: Final = (
    "package",
    "version",
    "type",
    "needscompilation",
    "metadata",
    "sha256",
    "platform",
    "rversion",
)
_METADATA: Final = ("RemoteType", "RemoteSha", "RemoteSubdir")
_ADVICE: Final = "write it again with pak::lockfile_create()"


def parse_lockfile(data: bytes, path: str = "") -> Lockfile:
    """A lockfile's fields, not yet validated (spec: Lockfile).

    Args:
        data: The JSON text.
        path: Where it came from, for errors.

    Raises:
        LockfileError: It is no JSON, or a field has the wrong type; names the field.
    """
    try:
        return lockfile_from(loads(data), path)
    except BadJSON as cause:
        raise LockfileError(f"this lockfile {_predicate(cause)}", path=path, advice=_ADVICE) from cause


def lockfile_from(document: object, path: str = "") -> Lockfile:
    """A lockfile's fields from its parsed JSON, not yet validated; `parse_lockfile` for who has it parsed already.

    Raises:
        LockfileError: A field has the wrong type; names the field.
    """
    try:
        top = Fields(document, _TOP)
        packages = top.items("packages") or []
        return Lockfile(
            lockfile_version=top.integer("lockfile_version"),
            r_version=top.text("r_version"),
            os=top.text("os"),
            platform=top.text("platform"),
            packages=tuple(_entry(item, f"packages[{index}]") for index, item in enumerate(packages)),
            path=path,
        )
    except BadJSON as cause:
        raise LockfileError(f"this lockfile {_predicate(cause)}", path=path, advice=_ADVICE) from cause


def _predicate(cause: BadJSON) -> str:
    said = str(cause)
    return said if said.startswith(("is ", "has ")) else f"cannot be used: {said}"


def _entry(value: object, where: str) -> LockfileEntry:
    fields = Fields(value, _ENTRY, where)
    metadata = Fields(fields.mapping("metadata"), _METADATA, f"{where}.metadata")
    return LockfileEntry(
        package=fields.text("package"),
        version=fields.text("version"),
        type=fields.text("type"),
        needs_compilation=fields.boolean("needscompilation"),
        metadata=LockfileMetadata(*(metadata.text(name) for name in _METADATA)),
        sha256=fields.text("sha256"),
        platform=fields.text("platform"),
        rversion=fields.text("rversion"),
    )


def entry_problem(entry: LockfileEntry) -> str:
    """Why a real entry cannot be used, or nothing (API: LockfileEntry.Validate)."""
    if entry.is_meta:
        return ""
    if not entry.package:
        return 'missing "package" field'
    name = f"package {entry.package}:"
    for field in ("version", "rversion", "platform"):
        if not getattr(entry, field):
            return f'{name} missing "{field}"'
    if not entry.remote_type:
        return f"{name} missing type/metadata.RemoteType"
    if entry.remote_type in GIT_TYPES:
        return "" if entry.remote_sha else f'{name} type "{entry.remote_type}" requires metadata.RemoteSha'
    if entry.remote_type != "standard":
        return f'{name} unsupported type "{entry.remote_type}"'
    return ""


def validate_lockfile(lockfile: Lockfile) -> None:
    """Check that a lockfile has what the store depends on (API: Lockfile.Validate).

    Raises:
        LockfileError: The first thing that is missing or not supported, with its place.
    """
    if lockfile.lockfile_version != 1:
        raise LockfileError(
            f"unsupported lockfile_version {lockfile.lockfile_version} (1 is supported)",
            path=lockfile.path,
            advice=_ADVICE,
        )
    if not lockfile.packages:
        raise LockfileError("this lockfile has no packages", path=lockfile.path, advice=_ADVICE)
    for index, entry in enumerate(lockfile.packages):
        if problem := entry_problem(entry):
            raise LockfileError(f"packages[{index}]: {problem}", path=lockfile.path, advice=_ADVICE)


def read_lockfile(path: str | os.PathLike[str]) -> Lockfile:
    """Read and validate a pak lockfile (API: ReadLockfile).

    Raises:
        DiskError: It is missing or cannot be read.
        LockfileError: It is no lockfile that the store can use.
    """
    name = os.fspath(path)
    try:
        data = read_bytes(name)
    except FileNotFoundError as cause:
        raise DiskError("read this lockfile", cause, name) from cause
    lockfile = parse_lockfile(data, name)
    validate_lockfile(lockfile)
    return lockfile


def platform_from_lockfile(lockfile: Lockfile) -> str:
    """The platform folder that the reference uses: the first entry's, whatever kind it is (spec: Lockfile)."""
    if not lockfile.packages:
        return ""
    first = lockfile.packages[0]
    return f"{first.rversion}-{first.platform}"


def platforms_of(lockfile: Lockfile) -> tuple[str, ...]:
    """Every platform that a real entry names, sorted; more than one means that the entries disagree."""
    return tuple(sorted({f"{entry.rversion}-{entry.platform}" for entry in lockfile.real_entries}))


def duplicates_of(lockfile: Lockfile) -> tuple[str, ...]:
    """Names that more than one real entry has, sorted."""
    counted = Counter(entry.package for entry in lockfile.real_entries)
    return tuple(sorted(name for name, count in counted.items() if count > 1))
