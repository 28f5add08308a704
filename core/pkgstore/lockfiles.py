"""Lockfiles in reach: what each of their store keys stands for, for as much of them as can be read.

Kinder than `pkgstore.lockfile`, which decides what an operation accepts: a name is worth having even from a
lockfile that the reference would refuse. Opens nothing for writing.
"""

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from sys import intern
from typing import Any, Final

from pkgstore.errors import DiskError, StoreError
from pkgstore.keys import GIT_TYPES, store_key
from pkgstore.lockfile import lockfile_from, parse_lockfile, platform_from_lockfile, validate_lockfile
from pkgstore.model import LockfileEntry, LockfileMetadata, LockfileRecord, SourceName
from pkgstore.reading import read_bytes
from pkgstore.remotes import remote_text
from pkgstore.text_json import BadJSON, loads

Named = tuple[LockfileEntry, Mapping[str, Any]]
"""An entry, and all of what was read of it."""

_IDENTITY: Final = ("package", "version", "type", "sha256")
_IDENTITY_METADATA: Final = ("remotetype", "remotesha", "remotesubdir")
_SHOWN_METADATA: Final = ("RemoteUsername", "RemoteRepo", "RemoteUrl")
_REPOSITORY_TYPES: Final = frozenset({"cran", "bioc"})


def read_lockfile_record(path: str) -> LockfileRecord | None:
    """A pak lockfile's names, with the reason if the reference would not take it; None where there is none.

    Args:
        path: The lockfile. One that cannot be read at all is `refused`, has no names, and 0 for its mtime.
    """
    try:
        data = read_bytes(path)
        changed = os.stat(path).st_mtime
    except FileNotFoundError:
        return _dangling_link(path)
    except StoreError as error:
        if isinstance(error, DiskError) and error.errno == errno.ENOTDIR:  # its folder is one no more
            return None
        return LockfileRecord(path, 0.0, refused=error.reason)
    except OSError as cause:
        return LockfileRecord(path, 0.0, refused=DiskError("read this lockfile", cause, path).reason)
    return _record(data, path, changed)


def _dangling_link(path: str) -> LockfileRecord | None:
    try:
        status = os.lstat(path)
    except OSError:
        return None
    if not stat.S_ISLNK(status.st_mode):  # it was being replaced: whoever watches will hear of it again
        return None
    return LockfileRecord(path, 0.0, refused="is a symbolic link to nothing; look what put it there")


def _record(data: bytes, path: str, changed: float) -> LockfileRecord:
    try:
        document = loads(data)
        lockfile = lockfile_from(document, path)
        validate_lockfile(lockfile)
    except BadJSON:
        return LockfileRecord(path, changed, refused=_reason(data, path))
    except StoreError as error:
        return LockfileRecord(path, changed, names=_names(_readable(document)), refused=error.reason)
    entries = zip(lockfile.packages, _packages(document), strict=True)
    return LockfileRecord(path, changed, platform_from_lockfile(lockfile), _names(entries))


def _reason(data: bytes, path: str) -> str:
    try:
        parse_lockfile(data, path)
    except StoreError as error:
        return error.reason
    return ""


def _names(entries: Iterable[Named]) -> dict[str, SourceName]:
    """What each store key stands for; of two entries with one key the first counts.

    Hundreds of lockfiles name the same few thousands of packages: one string is enough for each.
    """
    found: dict[str, SourceName] = {}
    for entry, value in entries:
        if not entry.is_meta and (key := intern(store_key(entry))) not in found:
            found[key] = SourceName(intern(entry.package), intern(entry.version), _remote(entry, value))
    return found


# --- of a lockfile that is refused -----------------------------------------------------------------------


def _lower(value: object) -> Mapping[str, Any]:
    """An object's fields by their names in lower case, as the reference finds them; nothing for anything else."""
    if not isinstance(value, dict):
        return {}
    return {key.lower(): item for key, item in value.items() if item is not None}


def _packages(document: object) -> list[Any]:
    packages = _lower(document).get("packages")
    return packages if isinstance(packages, list) else []


def _readable(document: object) -> Iterator[Named]:
    """The entries of which all that makes their store key can be read."""
    for value in _packages(document):
        fields = _lower(value)
        metadata = _lower(fields.get("metadata"))
        said = [fields.get(name) for name in _IDENTITY] + [metadata.get(name) for name in _IDENTITY_METADATA]
        if all(part is None or isinstance(part, str) for part in said):
            package, version, kind, sha256, *remote = (part or "" for part in said)
            entry = LockfileEntry(package, version, kind, metadata=LockfileMetadata(*remote), sha256=sha256)
            if _has_key(entry):
                yield entry, value


def _has_key(entry: LockfileEntry) -> bool:
    if entry.remote_type in GIT_TYPES:
        return bool(entry.package and entry.remote_sha)
    return bool(entry.package and entry.version) and entry.remote_type == "standard"


# --- where a package comes from --------------------------------------------------------------------------


def _remote(entry: LockfileEntry, value: Mapping[str, Any]) -> str:
    """Where an entry's package comes from, as people write it; fields of odd types are passed over."""
    metadata = value.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    if entry.remote_type == "standard":
        where = value.get("repotype")
        if not isinstance(where, str) or where not in _REPOSITORY_TYPES:
            where = metadata.get("Repository") or metadata.get("RemoteRepos") or where
        return _repository(where) if isinstance(where, str) else ""
    found = {name: metadata[name] for name in _SHOWN_METADATA if isinstance(metadata.get(name), str)}
    found |= {"RemoteType": entry.remote_type, "RemoteSha": entry.remote_sha, "RemoteSubdir": entry.remote_subdir}
    return remote_text(found)


@lru_cache(maxsize=64)
def _repository(name: str) -> str:
    return remote_text({"RemoteType": "standard", "Repository": name})
