"""Every error the library raises, as facts; the programs around it make the sentences.

::

    StoreError
    ├── InvalidName            a path component that may not reach the disk
    ├── MalformedRef           a store ref that is not "source_hash/config_hash"
    ├── UnsupportedRemoteType  a lockfile entry whose source has no store key
    ├── NotAStore              nothing, or no folder, where the store should be
    ├── InputError             a file that could be read and does not say what it should
    │   ├── LockfileError      … a pak lockfile
    │   ├── ManifestError      … a store-manifest or a package manifest
    │   └── MetaError          … a configs.json or a sidecar
    ├── DiskError              the operating system refused a read or a change
    ├── RootsUnread            what must not be lost is not known, so nothing may be taken away
    ├── LockBusy               a lock that somebody else holds did not come free in time
    └── Cancelled              the caller asked to stop

``str()`` of each is one complete English sentence group: what happened, where, what to do.
"""

import errno
import os
from collections.abc import Sequence
from typing import Final

_ADVICE: Final[dict[int, str]] = {
    errno.EXDEV: "hard links and renames need both on one file system; put the library on the store's file system",
    errno.EMLINK: "the file system allows no more hard links to this file; remove workers that are no longer "
    "needed, or move the store to a file system with a higher limit",
    errno.ENOSPC: "the disk is full; free some space and run it again",
    errno.EDQUOT: "the disk quota is used up; free some space and run it again",
    errno.EROFS: "the file system is mounted read-only",
    errno.EACCES: "run as the user who owns the store, or mend the permissions",
    errno.EPERM: "run as the user who owns the store, or mend the permissions",
    errno.ENOENT: "check the path",
    errno.ENOTDIR: "a file stands where a folder is needed; move it away",
    errno.EISDIR: "a folder stands where a file is needed; move it away",
    errno.ENAMETOOLONG: "the name is longer than the file system allows",
    errno.ELOOP: "a symbolic link stands where a real file or folder is needed",
    errno.EINVAL: "the file system cannot do this; put the store on a local file system",
    errno.EIO: "the disk reported a fault; look at the system log before anything else",
}


class StoreError(Exception):
    """Root of everything this library raises on purpose.

    ``what`` happened, ``path`` says where (empty when it is about no path), ``advice`` what to do.
    """

    def __init__(self, what: str, *, path: str | os.PathLike[str] = "", advice: str = "") -> None:
        self.what = what
        self.path = os.fspath(path)
        self.advice = advice
        super().__init__(what, self.path, advice)

    @property
    def reason(self) -> str:
        """What happened and what to do, without the path, for where the path is shown already."""
        return f"{self.what}; {self.advice}" if self.advice else self.what

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" if self.path else self.reason

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args, self.__dict__.copy())


def _rebuild(kind: type[StoreError], args: tuple[object, ...], facts: dict[str, object]) -> StoreError:
    """Make a pickled error again (pools hand errors from process to process)."""
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(facts)
    return error


class InvalidName(StoreError):
    """A name from outside that may not become a path component."""

    def __init__(self, role: str, name: str, why: str, *, where: str = "") -> None:
        self.role = role
        self.name = name
        said = f"{role} {name!r} {why}"
        mend = f"mend {where}" if where else "give another name"
        super().__init__(f"{said} (in {where})" if where else said, advice=f"{mend}; nothing was changed")


class MalformedRef(StoreError):
    """A store ref without two non-empty parts around its first slash."""

    def __init__(self, ref: str, *, package: str = "", where: str = "") -> None:
        self.ref = ref
        self.package = package
        of = f" of package {package}" if package else ""
        super().__init__(
            f"malformed store ref {ref!r}{of}",
            path=where,
            advice="a ref is source_hash/config_hash; nothing was changed",
        )


class UnsupportedRemoteType(StoreError):
    """A lockfile entry whose remote type has no store key."""

    def __init__(self, package: str, remote_type: str) -> None:
        self.package = package
        self.remote_type = remote_type
        super().__init__(
            f"package {package}: unsupported remote type {remote_type!r}",
            advice="a store holds standard, github, gitlab, bitbucket and git packages",
        )


class NotAStore(StoreError):
    """The store root is missing or is no folder."""


class InputError(StoreError):
    """A file that was read and does not say what it should."""


class LockfileError(InputError):
    """A pak lockfile that cannot be used."""


class ManifestError(InputError):
    """A store-manifest or package manifest that cannot be used."""


class MetaError(InputError):
    """A configs.json or sidecar that cannot be used."""


class DiskError(StoreError):
    """The operating system refused; ``errno`` says why, ``other`` is the second path where there are two.

    `doing` ends in the word that leads to the second path, as in ``move this folder to``.
    """

    def __init__(self, doing: str, cause: OSError, path: str | os.PathLike[str], other: str = "") -> None:
        self.errno = cause.errno or 0
        self.doing = doing
        self.other = other
        reason = os.strerror(self.errno) if self.errno else str(cause)
        to = f" {other}" if other else ""
        super().__init__(f"cannot {doing}{to}: {reason}", path=path, advice=_ADVICE.get(self.errno, ""))

    @property
    def is_missing(self) -> bool:
        """Whether there just was nothing at the path."""
        return self.errno == errno.ENOENT


class RootsUnread(StoreError):
    """Files that tell what must not be lost could not be read; `files` has each with what is wrong with it."""

    def __init__(self, files: Sequence[tuple[str, str]]) -> None:
        self.files = tuple(files)
        path, why = self.files[0]
        more = f" (and {len(self.files) - 1} more)" if len(self.files) > 1 else ""
        super().__init__(
            f"what must be kept is not known{more}: {why}",
            path=path,
            advice="mend that file, or move it away",
        )


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


class LockBusy(StoreError):
    """A lock was not free within the time limit; ``age`` and ``waited`` are in seconds."""

    def __init__(self, path: str, *, age: float, waited: float, stale_after: float) -> None:
        self.age = age
        self.waited = waited
        self.stale_after = stale_after
        left = max(0.0, stale_after - age)
        super().__init__(
            f"somebody else has held this lock for {_span(age)}; gave up after {_span(waited)}",
            path=path,
            advice=f"try again later; if nothing is running, it may be broken in {_span(left)}",
        )


class Cancelled(StoreError):
    """The caller asked to stop; what was done so far is whole."""

    def __init__(self) -> None:
        super().__init__("cancelled", advice="what was done so far is whole and stays")
