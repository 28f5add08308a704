"""What the watcher learns by looking: the state of each worker's manifest, and the kind of file system.

Knows nothing of events. A sweep of 1,000 workers is a few milliseconds, so it can be done every now and then.
"""

import os
import re
import time
from typing import Final, NamedTuple

from pkgstore.layout import PACKAGE_MANIFEST, Layout

SETTLED_AFTER: Final = 50_000_000
"""Nanoseconds: a file that changed less than this ago may change again without its times showing it."""

_NETWORK_TYPE: Final = re.compile(
    r"9p|afs|beegfs|ceph|cifs|coda|drvfs|gfs2|glusterfs|gpfs|lustre|ncpfs|nfs4?|ocfs2|orangefs|pvfs2|smb[23]|smbfs"
    r"|vboxsf|virtiofs|vmhgfs"
    r"|fuse\.(ceph|ceph-fuse|cephfs|gcsfuse|glusterfs|grpcfuse|juicefs|mount-s3|osxfs|rclone|s3fs|sshfs|vmhgfs-fuse)"
)
"""Types of file systems that change without the kernel here being told."""


class Signature(NamedTuple):
    """A manifest's state; two that are equal stand for the same contents.

    An unsettled signature becomes a settled one by mere age. The two differ, so whoever compares looks once more.
    """

    inode: int
    size: int
    modified: int
    changed: int
    settled: bool


NO_MANIFEST: Final = Signature(0, 0, 0, 0, True)
"""What a library without a readable manifest has."""


def look(layout: Layout, worker_id: str) -> Signature | None:
    """The state of one worker's manifest; None where there is no such library."""
    library = os.path.join(layout.workers, worker_id)
    if os.path.islink(library) or not os.path.isdir(library):
        return None
    return _signature(library)


def sweep(layout: Layout) -> dict[str, Signature]:
    """The state of every worker's manifest, by worker id; empty where the libraries cannot be listed."""
    return {name: _signature(os.path.join(layout.workers, name)) for name in worker_ids(layout)}


def worker_ids(layout: Layout) -> list[str]:
    """The workers that have a library now: real folders only, as a scan takes them."""
    try:
        with os.scandir(layout.workers) as entries:
            return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def sweep_ours(layout: Layout) -> dict[str, Signature]:
    """The state of each part of our own folder that is there, by its name."""
    paths = (layout.pins, layout.journal, layout.trash)
    found = {os.path.basename(path): signature(path) for path in paths}
    return {name: mark for name, mark in found.items() if mark != NO_MANIFEST}


def _signature(library: str) -> Signature:
    return signature(f"{library}/{PACKAGE_MANIFEST}")


def signature(path: str) -> Signature:
    """The state of one file, or of one folder's entries; `NO_MANIFEST` where it cannot be seen."""
    try:
        status = os.stat(path)
    except OSError:
        return NO_MANIFEST
    settled = time.time_ns() - status.st_ctime_ns > SETTLED_AFTER
    return Signature(status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns, settled)


def network_type(path: str) -> str:
    """The type of the network file system that `path` is on; empty where it is a local one, or unknown."""
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
            found = mount_type(file.read(), os.path.realpath(path))
    except OSError:
        return ""
    return found if _NETWORK_TYPE.fullmatch(found) else ""


def mount_type(mountinfo: str, path: str) -> str:
    """The file system's type at `path` (absolute, free of links) in a ``mountinfo`` table; empty if not found."""
    best, found = "", ""
    for line in mountinfo.splitlines():
        left, _, right = line.partition(" - ")
        fields, types = left.split(" "), right.split(" ")
        point = _unescaped(fields[4]) if len(fields) > 4 else ""
        if len(point) >= len(best) and _is_below(path, point):
            best, found = point, types[0]
    return found


def _is_below(path: str, point: str) -> bool:
    return bool(point) and (path == point or path.startswith(point.rstrip("/") + "/"))


def _unescaped(field: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field)
