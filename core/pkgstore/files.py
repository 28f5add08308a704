"""The only functions that change the disk. Each leaves the old state or the new one, whatever goes wrong.

Knows paths and bytes; nothing of packages, locks or manifests. Errors are `DiskError` with both paths where
there are two. Every change is made by name in a folder that was opened through the fence, so that a symbolic link
in a store, old or just put there, leads no change out of it.
"""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from typing import Final, NoReturn

from pkgstore.errors import DiskError, StoreError
from pkgstore.fence import at, is_there, opened
from pkgstore.flock import flock
from pkgstore.rename import Rename, rename_with

FOLDER_MODE: Final = 0o755
FILE_MODE: Final = 0o644
"""What the reference gives to what it makes; ours are the same whatever the umask is."""

DEEPEST_TREE: Final = 256
"""Folders inside folders: no R package comes near this."""

HELPER_PREFIX: Final = ".pkgstore-"
"""How names begin that stand in a library for a moment; R does not list names with a leading dot."""

_OPEN_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_CREATE: Final = os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_TRIES: Final = 20


def _fail(doing: str, cause: OSError, path: str, other: str = "") -> NoReturn:
    raise DiskError(doing, cause, path, other) from cause


def _token() -> str:
    return secrets.token_hex(6)


# --- folders ---------------------------------------------------------------------------------------------


def make_folder(path: str) -> None:
    """Make a folder and those above it that are missing; nothing where it is there already."""
    try:
        _make_folder(path)
    except OSError as cause:
        _fail("make this folder", cause, path)


def _make_folder(path: str) -> None:
    for _ in range(_TRIES):
        try:
            with at(path) as (folder, name):
                if _is_folder_there(folder, name):
                    return
                os.close(_make_one(folder, name, FOLDER_MODE))
        except FileExistsError:  # somebody else made it a moment ago
            continue
        except FileNotFoundError:  # the one above is missing, or went a moment ago
            parent = os.path.dirname(path)
            if parent in {path, ""}:
                raise
            _make_folder(parent)
            continue
        return
    raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))


def _is_folder_there(folder: int | None, name: str) -> bool:
    """Whether a folder has the name, through a link only outside stores; raises where something else has it."""
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=folder is None)
    except FileNotFoundError:
        return False
    if stat.S_ISLNK(status.st_mode):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    return True


def _make_one(folder: int | None, name: str, mode: int) -> int:
    """Make a folder that is not there yet, of just that mode, and give its descriptor."""
    os.mkdir(name, mode, dir_fd=folder)
    made = os.open(name, _OPEN_FOLDER, dir_fd=folder)
    try:
        os.fchmod(made, mode)  # what the umask took away
    except OSError:
        os.close(made)
        raise
    return made


def take_folder(path: str) -> int | None:
    """Make the folder `path` if nothing has that name; the atomic step of taking a lock.

    Returns:
        An open descriptor of the folder that was made, or None where the name is taken.
    """
    for _ in range(_TRIES):
        try:
            with at(path) as (folder, name):
                return _make_one(folder, name, FOLDER_MODE)
        except FileExistsError:
            return None
        except FileNotFoundError:
            make_folder(os.path.dirname(path))
        except OSError as cause:
            _fail("make this folder", cause, path)
    return None


def remove_empty_folder(path: str) -> bool:
    """Remove a folder if it is empty; tells whether it was."""
    try:
        with at(path) as (folder, name):
            os.rmdir(name, dir_fd=folder)
    except OSError as cause:
        if cause.errno in {errno.ENOENT, errno.ENOTEMPTY, errno.EEXIST}:
            return False
        _fail("remove this folder", cause, path)
    return True


# --- files -----------------------------------------------------------------------------------------------


def replace_file(
    path: str,
    data: bytes,
    *,
    locked: bool = False,
    durable: bool = True,
    mtime_ns: int | None = None,
    mode: int = FILE_MODE,
) -> None:
    """Write a file so that a reader sees the old bytes or the new ones, never a part.

    Args:
        path: The file; its folder has to be there.
        data: All of it.
        locked: Nobody else writes it now; then what a crash leaves is overwritten by the next writer.
        durable: Wait until the disk has it.
        mtime_ns: The mtime that it has from the first moment, in nanoseconds since 1970; now, if None.
        mode: Its permissions, from the first moment too.
    """
    beside, last = os.path.split(path)
    temporary = os.path.join(beside, f"{last}.tmp" if locked else f"{HELPER_PREFIX}{_token()}.tmp")
    try:
        with at(path) as (folder, name):
            new = temporary if folder is None else os.path.basename(temporary)
            try:
                _write_new(folder, new, data, durable=durable, mtime_ns=mtime_ns, mode=mode)
                os.rename(new, name, src_dir_fd=folder, dst_dir_fd=folder)
            except OSError:
                with contextlib.suppress(OSError):
                    os.unlink(new, dir_fd=folder)
                raise
        if durable:
            _sync_folder(beside or ".")
    except OSError as cause:
        _fail("write this file", cause, path)


def _write_new(
    folder: int | None, name: str, data: bytes, *, durable: bool, mtime_ns: int | None, mode: int
) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)
    fd = os.open(name, _CREATE | os.O_WRONLY | os.O_EXCL, mode, dir_fd=folder)
    try:
        os.fchmod(fd, mode)
        left = memoryview(data)
        while left:
            left = left[os.write(fd, left) :]
        if mtime_ns is not None:
            os.utime(fd, ns=(mtime_ns, mtime_ns))
        if durable:
            os.fsync(fd)
    finally:
        os.close(fd)


def _sync_folder(path: str) -> None:
    fd = opened(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


WAIT_TO_APPEND: Final = 2.0
"""Seconds: a process that was stopped in the middle of a line must not stop all others."""


def append_line(path: str, line: bytes, *, durable: bool = False) -> None:
    """Add one line to a file that several processes add to; made where it is missing.

    A line is one write. What a crash left of an earlier line is ended first, so that it spoils nothing but itself;
    a line that the disk takes only a part of is taken back.

    Args:
        path: The file; its folder has to be there. Nobody but its owner may write to it.
        line: Without its line feed.
        durable: Wait until the disk has it.

    Raises:
        DiskError: The disk refused.
        StoreError: It is no regular file.
    """
    how = _CREATE | os.O_RDWR | os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY
    try:
        with at(path) as (folder, name):
            fd = os.open(name, how, FILE_MODE, dir_fd=folder)
        try:
            _check_appendable(fd, path)
            _append(fd, line, alone=flock(fd, WAIT_TO_APPEND) is True)
            if durable:
                os.fsync(fd)
        finally:
            os.close(fd)
    except OSError as cause:
        _fail("add a line to this file", cause, path)


def _check_appendable(fd: int, path: str) -> None:
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        raise StoreError("is no regular file", path=path, advice="look what put it there")
    if stat.S_IMODE(status.st_mode) != FILE_MODE and status.st_uid == os.geteuid():
        os.fchmod(fd, FILE_MODE)


def _append(fd: int, line: bytes, *, alone: bool) -> None:
    size = os.fstat(fd).st_size
    is_torn = size > 0 and os.pread(fd, 1, size - 1) != b"\n"
    data = b"\n" * is_torn + line + b"\n"
    written = 0
    try:
        written = os.write(fd, data)
    finally:
        if written != len(data) and alone:
            with contextlib.suppress(OSError):
                os.ftruncate(fd, size)
    if written != len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class Replacement:
    """A file that is written bit by bit beside the one it replaces; that one stays until `commit`.

    Every method raises `DiskError` where the disk refuses.
    """

    def __init__(self, path: str) -> None:
        """Begin, in the folder of `path`, which has to be there; readable by its owner only."""
        self._path = path
        self._temporary = f"{path}.{_token()}.tmp"
        try:
            self._file = open(self._temporary, "xb", opener=_open_private)  # noqa: SIM115
        except OSError as cause:
            _fail("write this file", cause, self._temporary)

    def write(self, data: bytes) -> None:
        """Add to it."""
        try:
            self._file.write(data)
        except OSError as cause:
            _fail("write this file", cause, self._temporary)

    def commit(self) -> None:
        """Put it in the place of the old one; without waiting for the disk, so only for what may be lost."""
        try:
            self._file.close()
            os.rename(self._temporary, self._path)
        except OSError as cause:
            _fail("write this file", cause, self._path)

    def discard(self) -> None:
        """Let it go; nothing after a commit."""
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            os.unlink(self._temporary)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def remove_file(path: str) -> bool:
    """Remove a file; tells whether it was there."""
    try:
        with at(path) as (folder, name):
            os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return False
    except OSError as cause:
        _fail("remove this file", cause, path)
    return True


def touch(path: str | int) -> bool:
    """Set a file's, or an open folder's, mtime to now; tells whether it was there."""
    try:
        if isinstance(path, int):
            os.utime(path)
        else:
            with at(path) as (folder, name):
                os.utime(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    except OSError as cause:
        _fail("set the time of last use of", cause, str(path))
    return True


# --- trees -----------------------------------------------------------------------------------------------


def publish_tree(source: str, target: str) -> bool:
    """Rename a folder into place, making the folders above it.

    Returns:
        True when it was moved, False when something is there already (then `source` stays).
    """
    for _ in range(_TRIES):
        make_folder(os.path.dirname(target))
        try:
            _check_tree(source)
            return _rename(source, target, Rename.NO_REPLACE)
        except FileNotFoundError as cause:  # an eviction may have removed the empty folder that was just made
            if not is_there(source):
                _fail("move this folder to", cause, source, target)
        except OSError as cause:
            _fail("move this folder to", cause, source, target)
    raise DiskError("move this folder to", OSError(errno.EBUSY, os.strerror(errno.EBUSY)), source, target)


def _check_tree(path: str) -> None:
    """Refuse what is no real folder: a store holds trees, and a link in the place of one would lead out of it."""
    with at(path) as (folder, name):
        os.close(os.open(name, _OPEN_FOLDER | os.O_PATH, dir_fd=folder))


def _rename(source: str, target: str, how: Rename) -> bool:
    with at(source) as (source_folder, old), at(target) as (target_folder, new):
        return rename_with(old, new, how, source_folder, target_folder)


def put_back(source: str, target: str) -> bool:
    """Rename `source` to `target` unless that name is taken; tells whether it was done."""
    try:
        return _rename(source, target, Rename.NO_REPLACE)
    except OSError as cause:
        _fail("put this back as", cause, source, target)


def set_aside(path: str, target: str) -> bool:
    """Rename a file or folder out of the way to `target`; tells whether it was there."""
    make_folder(os.path.dirname(target))
    try:
        with at(path) as (folder, name), at(target) as (other, new):
            os.rename(name, new, src_dir_fd=folder, dst_dir_fd=other)
    except FileNotFoundError:
        return False
    except OSError as cause:
        _fail("move this out of the way, to", cause, path, target)
    return True


Unchanged = Callable[[os.stat_result], bool]


def link_tree(source: str, target: str, *, replace: bool = False, unchanged: Unchanged | None = None) -> int | None:
    """Hard-link every file of a tree into a new one, and rename that into place when it is complete.

    Symbolic links are copied as they are; modes and times of folders are kept.

    Args:
        source: The tree.
        target: The new one.
        replace: Whether a `target` that is there is exchanged and removed.
        unchanged: Asked before the new tree is put into place, with the status of the tree that was read.

    Returns:
        How many files it has; None when `source` is not there, or went while it was read.

    Raises:
        DiskError: With both paths; nothing is at `target` that was not there before.
    """
    try:
        folder = opened(source, _OPEN_FOLDER)
    except FileNotFoundError:
        return None
    except OSError as cause:
        _fail("link this tree as", cause, source, target)
    make_folder(os.path.dirname(target))
    staged = os.path.join(os.path.dirname(target), f"{HELPER_PREFIX}{_token()}")
    try:
        files = _link_into(folder, staged, _Paths(source, staged))
        if unchanged is not None and not unchanged(os.fstat(folder)):
            return None
        _put_in_place(staged, target, replace=replace)
    except FileNotFoundError:  # the tree went while it was read
        return None
    finally:
        os.close(folder)
        remove_tree(staged)
    return files


class _Paths:
    """Where a walk is in both trees, for errors only."""

    def __init__(self, source: str, target: str) -> None:
        self._source, self._target = source, target
        self._below: list[str] = []

    @contextlib.contextmanager
    def into(self, name: str) -> Iterator[None]:
        self._below.append(name)
        if len(self._below) > DEEPEST_TREE:
            raise StoreError("folders are nested too deeply", path=os.path.join(self._source, *self._below[:8]))
        yield
        self._below.pop()

    def fail(self, doing: str, cause: OSError, name: str) -> NoReturn:
        if isinstance(cause, FileNotFoundError):
            raise cause
        below = [*self._below, name]
        _fail(doing, cause, os.path.join(self._source, *below), os.path.join(self._target, *below))


def _link_into(folder: int, staged: str, paths: _Paths) -> int:
    try:
        with at(staged) as (above, name):
            target = _make_one(above, name, 0o700)
    except OSError as cause:
        _fail("make this folder", cause, staged)
    try:
        return _link_folder(folder, target, paths)
    finally:
        os.close(target)


def _link_folder(source: int, target: int, paths: _Paths) -> int:
    files, folders = 0, []
    with os.scandir(source) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
                continue
            try:
                _link_one(entry, source, target)
            except OSError as cause:
                paths.fail("hard-link this file as", cause, entry.name)
            files += 1
    for name in folders:
        with paths.into(name):
            files += _link_below(source, target, name, paths)
    try:
        _same_attributes(source, target)
    except OSError as cause:
        paths.fail("give the mode and times of this folder to", cause, "")
    return files


def _link_one(entry: os.DirEntry[str], source: int, target: int) -> None:
    name = entry.name
    if not entry.is_symlink():
        os.link(name, name, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
        return
    os.symlink(os.readlink(name, dir_fd=source), name, dir_fd=target)
    status = entry.stat(follow_symlinks=False)
    os.utime(name, ns=(status.st_atime_ns, status.st_mtime_ns), dir_fd=target, follow_symlinks=False)


def _link_below(source: int, target: int, name: str, paths: _Paths) -> int:
    with contextlib.ExitStack() as stack:
        try:
            inner = os.open(name, _OPEN_FOLDER, dir_fd=source)
            stack.callback(os.close, inner)
            made = _make_one(target, name, 0o700)
            stack.callback(os.close, made)
        except OSError as cause:
            paths.fail("link this folder as", cause, "")
        return _link_folder(inner, made, paths)


def _same_attributes(source: int, target: int) -> None:
    status = os.fstat(source)
    if (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
        with contextlib.suppress(PermissionError):  # only root may give folders away; others keep their own
            os.fchown(target, status.st_uid, status.st_gid)
    os.fchmod(target, stat.S_IMODE(status.st_mode))
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))


def _put_in_place(staged: str, target: str, *, replace: bool) -> None:
    """Rename `staged` to `target`; what was there is `staged` afterwards, when `replace` is set."""
    try:
        if _rename(staged, target, Rename.NO_REPLACE):
            return
        if not replace:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        _rename(staged, target, Rename.EXCHANGE)
    except OSError as cause:
        _fail("put this tree into place, from", cause, target, staged)


def remove_tree(path: str) -> int:
    """Remove a file or a whole tree; nothing where there is none.

    Returns:
        Bytes that the disk got back: those of files that had no other link.
    """
    try:
        with at(path) as (folder, name):
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                return _remove_below(folder, name, status, 0)
            os.unlink(name, dir_fd=folder)
            return _freed_by(status)
    except FileNotFoundError:
        return 0
    except OSError as cause:
        _fail("remove this", cause, path)


def _freed_by(status: os.stat_result) -> int:
    return status.st_blocks * 512 if status.st_nlink == 1 else 0


def _writable(folder: int | None, name: str, status: os.stat_result) -> None:
    """Give ourselves the right to empty a folder of our own that was installed read-only.

    It may not even be opened before; so it is named by a descriptor that only stands for it: no link is followed.
    """
    if status.st_mode & 0o700 == 0o700 or status.st_uid != os.geteuid():
        return
    held = os.open(name, _OPEN_FOLDER | os.O_PATH, dir_fd=folder)
    try:
        os.chmod(f"/proc/self/fd/{held}", stat.S_IMODE(status.st_mode) | 0o700)
    finally:
        os.close(held)


def _empty_folder(folder: int, depth: int) -> int:
    if depth > DEEPEST_TREE:
        raise OSError(errno.ELOOP, "folders are nested too deeply")
    freed = 0
    with os.scandir(folder) as entries:
        found = list(entries)
    for entry in found:
        with contextlib.suppress(FileNotFoundError):  # somebody else removes it too
            status = os.stat(entry.name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                freed += _remove_below(folder, entry.name, status, depth + 1)
            else:
                os.unlink(entry.name, dir_fd=folder)
                freed += _freed_by(status)
    return freed


def _remove_below(folder: int | None, name: str, status: os.stat_result, depth: int) -> int:
    _writable(folder, name, status)
    inner = os.open(name, _OPEN_FOLDER, dir_fd=folder)
    try:
        freed = _empty_folder(inner, depth)
    finally:
        os.close(inner)
    os.rmdir(name, dir_fd=folder)
    return freed
