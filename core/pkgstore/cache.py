"""What the small files of a store said at the last reading, so that they need not all be read again.

A file in the user's cache folder, one line for each package, in the order in which a scan comes to them. It may be
deleted at any time. Nothing in it is believed against the disk: each part counts only where the file that it came
from still has the same inode, mtime and size; a line that is damaged, or of another store, does not count at all.
"""

import os
import zlib
from collections.abc import Mapping
from hashlib import sha256
from sys import intern
from types import TracebackType
from typing import Any, BinaryIO, Final, Self

import orjson

from pkgstore import files
from pkgstore.errors import StoreError
from pkgstore.keys import to_bytes
from pkgstore.model import StoreConfigs
from pkgstore.sources import SourceMemo, TreeMemo

_FORMAT: Final = "pkgstore scan cache 1"
_LONGEST_LINE: Final = 16 * 1024 * 1024

Memos = Mapping[str, SourceMemo]
"""What is remembered of a package, by source hash."""


def cache_file(folder: str, root: str) -> str:
    """The cache of one store.

    Args:
        folder: The user's cache folder.
        root: The store.
    """
    digest = sha256(to_bytes(os.path.realpath(root))).hexdigest()
    return os.path.join(folder, f"scan-{digest[:24]}.cache")


class ScanCache:
    """One pass over the cache, beside one scan of the whole store: `recall` and `keep` for each package in order.

    Reading and writing go line by line, so it never takes memory for more than one package. What was remembered
    is replaced at the end, if anything differs and the scan came to its end; a fault of the cache is no fault of
    the scan, and only means that there is none.
    """

    def __init__(self, path: str, root: str) -> None:
        """Nothing is opened before the ``with`` block.

        Args:
            path: The cache's file; empty for none.
            root: The store.
        """
        self._path = path
        self._root = root
        self._old: BinaryIO | None = None
        self._new: files.Replacement | None = None
        self._key: tuple[str, str] | None = None
        self._memos: Memos = {}
        self._same_until = 0
        self._position = 0
        self._complete = False

    def __enter__(self) -> Self:
        """Open what there is."""
        if self._path:
            self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Replace the cache where the scan came to its end and found something else."""
        if self._path and kind is None and self._complete:
            self._finish()
        if self._new is not None:
            self._new.discard()
        if self._old is not None:
            self._old.close()

    def _header(self) -> bytes:
        status = os.stat(self._root)
        facts = [_FORMAT, status.st_dev, status.st_ino, to_bytes(os.path.realpath(self._root)).hex()]
        return orjson.dumps(facts) + b"\n"

    def _open(self) -> None:
        """Use what is there, if it is of this very store."""
        try:
            self._old = open(self._path, "rb")  # noqa: SIM115
            header = self._header()
            if self._old.readline(_LONGEST_LINE) == header:
                self._same_until = self._position = len(header)
                self._next()
                return
        except OSError:
            pass
        if self._old is not None:
            self._old.close()
            self._old = None

    def _next(self) -> None:
        """Go to the next line that is whole."""
        self._key = None
        if self._old is None:
            return
        try:
            while line := self._old.readline(_LONGEST_LINE):
                self._position += len(line)
                if (decoded := decode_line(line)) is not None:
                    self._key, self._memos = decoded
                    return
        except OSError:
            return

    def recall(self, platform: str, package: str) -> Memos:
        """What is remembered of a package; nothing where there is none."""
        while self._key is not None and self._key < (platform, package):
            self._start_anew()
            self._next()
        return self._memos if self._key == (platform, package) else {}

    def keep(self, platform: str, package: str, memos: Memos) -> None:
        """Remember a package; to be called for each, with the memos that its reading gave."""
        recalled = self._key == (platform, package)
        if recalled and self._new is None and _all_same(memos, self._memos):
            self._same_until = self._position
        elif memos or recalled:
            self._start_anew()
            self._write(encode_line(platform, package, memos))
        if recalled:
            self._next()

    def complete(self) -> None:
        """Say that the scan came to its end."""
        self._complete = True

    def _start_anew(self) -> None:
        """Begin a new file, with all that was the same until now."""
        if self._new is not None or not self._path:
            return
        try:
            files.make_folder(os.path.dirname(self._path))
            self._new = files.Replacement(self._path)
            self._new.write(self._header())
            if self._old is not None:
                self._copy(self._old)
        except (OSError, StoreError):
            self._give_up()

    def _copy(self, old: BinaryIO) -> None:
        assert self._new is not None
        back = old.tell()
        old.seek(0)
        left = self._same_until - len(old.readline())
        while left > 0 and (part := old.read(min(left, 1 << 20))):
            self._new.write(part)
            left -= len(part)
        old.seek(back)

    def _write(self, line: bytes) -> None:
        try:
            if self._new is not None:
                self._new.write(line)
        except StoreError:
            self._give_up()

    def _give_up(self) -> None:
        self._path = ""
        if self._new is not None:
            self._new.discard()
            self._new = None

    def _finish(self) -> None:
        if self._key is not None:  # packages at the end that are no more
            self._start_anew()
        try:
            if self._new is not None:
                self._new.commit()
        except StoreError:
            return


def _all_same(memos: Memos, before: Memos) -> bool:
    return len(memos) == len(before) and all(before.get(name) is memo for name, memo in memos.items())


# --- one line --------------------------------------------------------------------------------------------------


def encode_line(platform: str, package: str, memos: Memos) -> bytes:
    """A package as one line; nothing where a name is no UTF-8, which JSON cannot say."""
    document = [platform, package, [[name, *_encoded(memo)] for name, memo in memos.items()]]
    try:
        body = orjson.dumps(document)
    except TypeError:
        return b""
    return b"%08x %b\n" % (zlib.crc32(body), body)


def _encoded(memo: SourceMemo) -> list[Any]:
    meta = memo.meta
    trees = {name: tuple(tree) for name, tree in memo.trees.items()}
    return [memo.stamp, meta.source_compiled, meta.linkingto, meta.configs, trees]


def decode_line(line: bytes) -> tuple[tuple[str, str], Memos] | None:
    """What a line says; None where it is not as it was written."""
    try:
        body = line[9:-1]
        if int(line[:8], 16) != zlib.crc32(body):
            return None
        platform, package, sources = orjson.loads(body)
        return (platform, package), {name: _decoded(*fields) for name, *fields in sources}
    except (ValueError, TypeError, AttributeError):
        return None


def _decoded(stamp: Any, compiled: bool, linkingto: list[str] | None, configs: Any, trees: Any) -> SourceMemo:
    meta = StoreConfigs(
        compiled,
        None if linkingto is None else tuple(map(intern, linkingto)),
        {name: keys and {package: intern(key) for package, key in keys.items()} for name, keys in configs.items()},
    )
    memos = {
        name: TreeMemo(tuple(seen), intern(version), intern(built), intern(remote))
        for name, (seen, version, built, remote) in trees.items()
    }
    return SourceMemo(tuple(stamp), meta, memos)
