"""The baseline of a config: what each of its files was, to tell later which was changed. Reads; never writes.

``.pkgstore/digests/{platform}/{package}/{source hash}/{config hash}.json`` is outside the trees, so that nobody
finds a file in a library that R or the reference does not know. It guards against accidents (a bad disk, R code
that writes through a hard link, a hand edit), not against who may write there as well as into the store.
"""

import errno
import hashlib
import os
import stat
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote_from_bytes, unquote_to_bytes

import orjson

from pkgstore import text_json
from pkgstore.birth import born_ns
from pkgstore.content import Content
from pkgstore.errors import DiskError, InputError, StoreError
from pkgstore.fence import is_folder, names
from pkgstore.keys import ConfigKey, to_bytes
from pkgstore.layout import SIDECAR_SUFFIX, Layout
from pkgstore.reading import read_bytes, read_head

VERSION: Final = 1
LARGEST_BASELINE: Final = 64 * 1024 * 1024
"""Bytes: 200,000 files with long names come to less."""

_LARGEST_SIDECAR: Final = 64 * 1024
_LARGEST_MODE: Final = 0o177777
_PLAIN: Final = "/ !()+,-.:;=@[]_{}~"
_FIELDS: Final = ("version", "key", "made_at", "by", "tree", "md5", "files", "sum")


@dataclass(frozen=True, slots=True)
class Identity:
    """Which tree it was: its top's inode and birth in nanoseconds since 1970 (0: not told), and its sidecar's time.

    `created` is the sidecar's ``created_at`` as written, empty without one: each ingest writes another.
    """

    inode: int
    born: int = 0
    created: str = ""

    def is_same_tree(self, other: "Identity") -> bool:
        """Whether both are one tree, or made by one ingest (as a tree that came back out of a backup is)."""
        if self.created and self.created == other.created:
            return True
        return bool(self.born) and (self.inode, self.born) == (other.inode, other.born)


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a tree was.

    `made_at` is RFC 3339; `by` is ``ingest`` or ``verify``. `files` has all there is by its path from the tree's
    top, the top itself as the empty path. `bad_md5` has the files that differed from the package's own ``MD5`` file
    already, None where it has none.
    """

    tree: Identity
    made_at: str
    by: str
    files: Mapping[str, Content] = field(default_factory=dict)
    bad_md5: Collection[str] | None = None

    @property
    def made(self) -> float | None:
        """When it was made, in seconds since 1970."""
        try:
            return datetime.fromisoformat(self.made_at).timestamp()
        except (ValueError, OverflowError):
            return None


# --- bytes -----------------------------------------------------------------------------------------------


def _coded(name: str) -> str:
    """A path of any bytes as plain text."""
    return quote_from_bytes(to_bytes(name), _PLAIN)


def _name(coded: str) -> str:
    return os.fsdecode(unquote_to_bytes(coded))


def _key(key: ConfigKey) -> str:
    return _coded("/".join(key))


def encode_baseline(key: ConfigKey, baseline: Baseline) -> bytes:
    """The bytes of a baseline."""
    tree = baseline.tree
    document = {
        "version": VERSION,
        "key": _key(key),
        "made_at": baseline.made_at,
        "by": baseline.by,
        "tree": {"inode": tree.inode, "born": tree.born, "created": tree.created},
        "md5": None if baseline.bad_md5 is None else sorted(map(_coded, baseline.bad_md5)),
        "files": {_coded(path): _row(content) for path, content in baseline.files.items()},
    }
    return orjson.dumps({**document, "sum": _sum(document)})


def _sum(document: Mapping[str, Any]) -> str:
    """What tells a baseline that was damaged from a tree that was."""
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _is_as_written(document: Mapping[str, Any], digest: str) -> bool:
    try:
        return _sum({name: value for name, value in document.items() if name != "sum"}) == digest
    except TypeError:  # deeper, or with larger numbers, than can be written
        return False


def _row(content: Content) -> list[Any]:
    if content.is_file:
        return [content.mode, content.size, content.digest]
    return [content.mode, _coded(content.target)] if stat.S_ISLNK(content.mode) else [content.mode]


def decode_baseline(key: ConfigKey, data: bytes) -> Baseline:
    """What a baseline says; raises `BadJSON`."""
    document = text_json.loads(data)
    fields = text_json.Fields(document, _FIELDS)
    if fields.integer("version") != VERSION:
        raise text_json.BadJSON(f"it is of version {fields.integer('version')}, and this program knows {VERSION}")
    if not _is_as_written(document, fields.text("sum")):
        raise text_json.BadJSON("it was damaged: it is not what was written")
    if fields.text("key") != _key(key):
        raise text_json.BadJSON("it is that of another config")
    tree = text_json.Fields(fields.mapping("tree"), ("inode", "born", "created"), "tree")
    bad = text_json.string_list(fields.items("md5"), "md5")
    return Baseline(
        Identity(tree.integer("inode"), tree.integer("born"), tree.text("created")),
        fields.text("made_at"),
        fields.text("by"),
        {_name(path): _content(path, row) for path, row in (fields.mapping("files") or {}).items()},
        None if bad is None else frozenset(map(_name, bad)),
    )


def _content(path: str, row: object) -> Content:
    match row:
        case [int(mode), *_] if not 0 <= mode <= _LARGEST_MODE:
            pass
        case [int(mode), int(size), str(digest)] if stat.S_ISREG(mode):
            return Content(mode, size, digest=digest)
        case [int(mode), str(target)] if stat.S_ISLNK(mode):
            return Content(mode, target=_name(target))
        case [int(mode)]:
            return Content(mode)
    raise text_json.BadJSON(f"files.{path} is no file's description")


# --- the disk --------------------------------------------------------------------------------------------


def read_baseline(layout: Layout, key: ConfigKey) -> Baseline | None:
    """The baseline of a config, of whichever tree; None where there is none.

    Raises:
        InvalidName: A part of the key may not reach the disk.
        InputError: It was damaged, or is no regular file.
        DiskError: It cannot be read.
    """
    path = layout.digest(key)
    try:
        data, size = read_head(path, LARGEST_BASELINE, follow=False)
    except FileNotFoundError:
        return None
    except DiskError as error:
        if error.errno in {errno.ENOTDIR, errno.ELOOP} and not is_folder(os.path.dirname(path)):
            return None  # there is no folder of ours for it
        raise
    if not data:  # a power cut may leave a file that is empty
        return None
    if size > LARGEST_BASELINE:
        raise InputError(
            f"is {size:,} bytes long, which no baseline is", path=path, advice="look what put it there"
        )
    try:
        return decode_baseline(key, data)
    except (text_json.BadJSON, ValueError, RecursionError) as cause:
        raise InputError(
            f"cannot be used: {cause}", path=path, advice="nothing tells what changed before"
        ) from cause


def identity_of(layout: Layout, key: ConfigKey, tree: int) -> Identity:
    """Which tree an open folder, that of a config, is."""
    return Identity(os.fstat(tree).st_ino, born_ns(tree), _created(layout.sidecar(key)))


def _created(sidecar: str) -> str:
    try:
        document = text_json.loads(read_bytes(sidecar, largest=_LARGEST_SIDECAR))
        return text_json.Fields(document, ("created_at",)).text("created_at")
    except (OSError, ValueError, StoreError):
        return ""


def baseline_keys(layout: Layout, platform: str = "") -> list[tuple[ConfigKey, str]]:
    """Every config that has a baseline, of one platform or all, with the path of that; follows no link."""
    found: list[tuple[ConfigKey, str]] = []
    for name in [platform] if platform else _folders(layout.digests):
        for package in _folders(layout.digests, name):
            for source in _folders(layout.digests, name, package):
                folder = os.path.join(layout.digests, name, package, source)
                for file in names(folder):
                    if file.endswith(SIDECAR_SUFFIX) and not file.startswith("."):
                        key = ConfigKey(name, package, source, file.removesuffix(SIDECAR_SUFFIX))
                        found.append((key, os.path.join(folder, file)))
    return found


def _folders(*parts: str) -> list[str]:
    folder = os.path.join(*parts)
    return [name for name in names(folder) if not name.startswith(".") and is_folder(os.path.join(folder, name))]
