"""What differs between a tree as it is and as it was. Pure."""

import stat
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from pkgstore.content import Content, Found
from pkgstore.keys import to_bytes


class Change(Enum):
    """What became of a file; the value is for people."""

    ADDED = "added"
    GONE = "gone"
    KIND = "another kind of file"
    SIZE = "size"
    CONTENT = "content"
    MODE = "mode"
    TARGET = "link target"
    MD5 = "not as the package's MD5 file says"
    SPECIAL = "a FIFO, device or socket"
    UNREAD = "could not be read"


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file that is not as it was; `found` is None where it is gone, `before` where nobody knew it.

    `folder` is the nearest folder above a file that is gone.
    """

    path: str
    changes: tuple[Change, ...]
    before: Content | None = None
    found: Found | None = None
    folder: Found | None = None

    @property
    def is_proof(self) -> bool:
        """Whether the tree was changed; what could not be read proves nothing."""
        return self.changes != (Change.UNREAD,)

    def since(self, made: float | None) -> float | None:
        """When it was changed, as far as the file itself tells, in seconds since 1970; None where nothing does.

        A file's mtime can be set to anything; where it is before `made`, the time of the baseline, the ctime
        counts, which every change of content, mode or links moves on.
        """
        told = self.found or self.folder
        if told is None:
            return None
        return told.modified if made is None or told.modified >= made else told.changed


class Comparison:
    """Compares one tree while it is read."""

    def __init__(
        self,
        before: Mapping[str, Content] | None,
        sums: Mapping[str, str] | None = None,
        known_bad: Collection[str] = (),
    ) -> None:
        """Nothing was read yet.

        Args:
            before: What the tree was; None where nobody knows.
            sums: The package's own MD5 sums that are still to be checked.
            known_bad: What differed from them already when `before` was taken down.
        """
        self._before, self._sums, self._known_bad = before, dict(sums or {}), set(known_bad)
        self._left = dict(before or {})
        self._unread: list[str] = []
        self._folders: dict[str, Found] = {}
        self.files: dict[str, Content] = {}
        self.bad_md5: set[str] = set()

    def wanted(self, path: str, content: Content) -> bool:
        """Whether a file has to be read: not where its size tells already that it was changed."""
        if self._before is None or path in self._sums:
            return True
        known = self._before.get(path)
        return known is not None and known.is_file and known.size == content.size

    def add(self, found: Found) -> FileChange | None:
        """Take in what was found; tells what is wrong with it, if anything."""
        self.files[found.path] = found.content
        if stat.S_ISDIR(found.content.mode):
            self._folders[found.path] = found
        before = self._left.pop(found.path, None)
        changes: list[Change] = []
        if found.problem:
            changes.append(Change.UNREAD)
            self._unread.append(f"{found.path}/")
        elif self._before is not None:
            changes.extend(_differences(before, found.content))
        if found.content.is_special:
            changes.append(Change.SPECIAL)
        if self._is_bad(found):
            changes.append(Change.MD5)
            self.bad_md5.add(found.path)
        return FileChange(found.path, tuple(changes), before, found) if changes else None

    def _is_bad(self, found: Found) -> bool:
        expected = self._sums.pop(found.path, None)
        if found.path in self._known_bad:
            self._known_bad.discard(found.path)
            return True
        return expected is not None and found.md5 != expected and not found.problem

    def missing(self) -> Iterator[FileChange]:
        """What is gone, once everything was read."""
        gone = {path: (Change.GONE,) for path in self._left if not self._is_hidden(path)}
        bad = {path: (Change.MD5,) for path in {*self._sums, *self._known_bad} if not self._is_hidden(path)}
        self.bad_md5.update(bad)
        for path in sorted({*gone, *bad}, key=to_bytes):
            changes = (*gone.get(path, ()), *bad.get(path, ()))
            yield FileChange(path, changes, self._left.get(path), folder=self._above(path))

    def _above(self, path: str) -> Found | None:
        while path:
            path = path.rpartition("/")[0]
            if path in self._folders:
                return self._folders[path]
        return None

    def _is_hidden(self, path: str) -> bool:
        """Whether it may be in a folder that could not be read."""
        return any(path.startswith(folder) for folder in self._unread)


def _differences(before: Content | None, now: Content) -> Iterator[Change]:
    if before is None:
        yield Change.ADDED
        return
    if stat.S_IFMT(before.mode) != stat.S_IFMT(now.mode):
        yield Change.KIND
        return
    if before.size != now.size:
        yield Change.SIZE
    elif before.digest != now.digest:
        yield Change.CONTENT
    if before.target != now.target:
        yield Change.TARGET
    if before.mode != now.mode and not stat.S_ISLNK(now.mode):
        yield Change.MODE
