"""Prove that nothing outside a store was changed: by the kernel's own word, and by what stands there afterwards."""

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

Facts = tuple[object, ...]

_CHANGES = frozenset({"created", "deleted", "modified", "moved"})
_SENTINEL = ".the-end"


class Outside:
    """Folders that nobody may change."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """The block leaves every name, byte, mode, owner, time, inode and number of links as it was."""
        for folder in self._folders:
            (folder / _SENTINEL).touch()
        before = self._facts()
        with _watched(self._folders) as told:
            yield
        after = self._facts()
        changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
        assert (changed, told) == ([], []), "changed outside"

    def _facts(self) -> dict[str, Facts]:
        return {str(path): _facts_of(path) for folder in self._folders for path in _walk(folder)}


def _walk(folder: Path) -> Iterator[Path]:
    yield folder
    for parent, folders, names in os.walk(folder):
        yield from (Path(parent, name) for name in (*folders, *names))


def _facts_of(path: Path) -> Facts:
    status = path.lstat()
    body = hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(status.st_mode) else ""
    target = os.readlink(path) if path.is_symlink() else ""
    times = () if path.name == _SENTINEL else (status.st_mtime_ns, status.st_ctime_ns)
    return (status.st_mode, status.st_uid, status.st_gid, status.st_nlink, status.st_ino, times, body, target)


class _Ear(FileSystemEventHandler):
    def __init__(self) -> None:
        self.heard: list[str] = []
        self.ends: Queue[str] = Queue()

    def on_any_event(self, event: FileSystemEvent) -> None:
        path = os.fsdecode(event.src_path)
        if os.path.basename(path) == _SENTINEL:
            self.ends.put(path)
        elif event.event_type in _CHANGES:
            self.heard.append(f"{event.event_type} {path}")


@contextmanager
def _watched(folders: Sequence[Path]) -> Iterator[list[str]]:
    """What the kernel says was changed; a last change of our own tells that all before it was heard."""
    ear, observer = _Ear(), Observer()
    sentinels = [folder / _SENTINEL for folder in folders]
    for folder in folders:
        observer.schedule(ear, str(folder), recursive=True)
    observer.start()
    told: list[str] = []
    try:
        yield told
        for sentinel in sentinels:
            os.utime(sentinel)
            while ear.ends.get(timeout=30) != str(sentinel):
                pass
    finally:
        observer.stop()
        observer.join()
    told += ear.heard
