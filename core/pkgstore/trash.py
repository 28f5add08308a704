"""What lies in the trash, and what is needed to put it back. Reads; never writes.

``trash/{operation}/{platform}/{package}/{source hash}/`` has, as the store itself, the tree of a config and a file
``{config hash}.json`` beside it, here its record: the sidecar with its mtime, and its entry in configs.json. What
has another name than an operation's id (a crash left it, or it is just being deleted) is never put back.
"""

import base64
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from pkgstore import text_json
from pkgstore.errors import DiskError, InputError, InvalidName, StoreError
from pkgstore.fence import is_folder, listing, names
from pkgstore.journal import operation_time
from pkgstore.keys import ConfigKey
from pkgstore.layout import SIDECAR_SUFFIX, Layout, is_operation
from pkgstore.reading import read_bytes

KEEP: Final = 7 * 86400.0
"""Seconds that the trash is kept by default."""

LARGEST_RECORD: Final = 4 * 1024 * 1024
_LATEST: Final = 2**62
"""Nanoseconds since 1970, 146 years: file systems keep no later times."""

_FIELDS: Final = (
    "evicted_at",
    "version",
    "reason",
    "sidecar",
    "mtime_ns",
    "inode",
    "listed",
    "source_compiled",
    "linkingto",
    "linking_to_keys",
)


@dataclass(frozen=True, slots=True)
class TrashRecord:
    """What a config was before it was taken out.

    `evicted_at` is RFC 3339; `version` is the package's, empty where its tree does not tell. `sidecar` and
    `mtime_ns` are None where it had no sidecar. `inode` is the tree's, 0 where there was none. `listed` tells
    whether configs.json had it; then the rest is what that said.
    """

    evicted_at: str
    version: str = ""
    reason: str = ""
    sidecar: bytes | None = None
    mtime_ns: int | None = None
    inode: int = 0
    listed: bool = False
    source_compiled: bool = False
    linkingto: tuple[str, ...] | None = None
    linking_to_keys: Mapping[str, str] | None = None


def encode_record(record: TrashRecord) -> bytes:
    """The bytes of a record."""
    sidecar = None if record.sidecar is None else base64.b64encode(record.sidecar).decode()
    facts: dict[str, Any] = {name: getattr(record, name) for name in _FIELDS} | {"sidecar": sidecar}
    keys = facts["linking_to_keys"]
    facts["linking_to_keys"] = None if keys is None else dict(keys)
    return orjson.dumps(facts, option=orjson.OPT_INDENT_2)


def decode_record(data: bytes) -> TrashRecord:
    """What a record says; raises `BadJSON`."""
    document = text_json.loads(data)
    fields = text_json.Fields(document, _FIELDS)
    coded = fields.text("sidecar")
    has_sidecar = isinstance(document, dict) and document.get("sidecar") is not None
    keys = fields.mapping("linking_to_keys")
    try:
        sidecar = base64.b64decode(coded, validate=True) if has_sidecar else None
    except ValueError as cause:
        raise text_json.BadJSON(f"sidecar is no base64: {cause}") from None
    mtime = fields.integer("mtime_ns")
    if not fields.text("evicted_at") or not 0 <= mtime < _LATEST:
        raise text_json.BadJSON("it does not say when the config was evicted, or used")
    return TrashRecord(
        fields.text("evicted_at"),
        fields.text("version"),
        fields.text("reason"),
        sidecar,
        mtime if has_sidecar else None,
        fields.integer("inode"),
        fields.boolean("listed"),
        fields.boolean("source_compiled"),
        text_json.string_list(fields.items("linkingto"), "linkingto"),
        None if keys is None else text_json.string_map(keys, "linking_to_keys"),
    )


def read_record(layout: Layout, operation: str, key: ConfigKey) -> TrashRecord | None:
    """The record of a config that an operation took out; None where there is none.

    Raises:
        InvalidName: The operation or a part of the key may not reach the disk.
        InputError: It is no record.
        DiskError: It cannot be read.
    """
    path = layout.trash_record(operation, key)
    try:
        return decode_record(read_bytes(path, largest=LARGEST_RECORD))
    except FileNotFoundError:
        return None
    except text_json.BadJSON as cause:
        raise InputError(f"cannot be used: {cause}", path=path, advice="the tree beside it is whole") from cause


def earlier_record(layout: Layout, key: ConfigKey) -> TrashRecord | None:
    """A record of any operation that knows what configs.json said of a config; an eviction cut short leaves one."""
    for operation in reversed(names(layout.trash)):
        try:
            found = read_record(layout, operation, key) if is_operation(operation) else None
        except StoreError:
            continue
        if found is not None and found.listed:
            return found
    return None


# --- listing ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TrashItem:
    """One config in the trash; `problem` says why it cannot be put back, if so."""

    key: ConfigKey
    has_tree: bool
    record: TrashRecord | None = None
    problem: str = ""

    @property
    def version(self) -> str:
        """The package's version; empty where nothing tells."""
        return self.record.version if self.record else ""


@dataclass(frozen=True, slots=True)
class TrashFolder:
    """One folder in the trash.

    `began` is in seconds since 1970. Without an operation's id it is left by a crash, or being deleted.
    """

    name: str
    path: str
    began: float
    items: tuple[TrashItem, ...] = field(default=())

    @property
    def is_operation(self) -> bool:
        """Whether what is in it may be put back."""
        return is_operation(self.name)

    def age(self, now: float) -> float:
        """Seconds since it was begun; `now` is in seconds since 1970."""
        return now - self.began


def list_trash(layout: Layout, *, items: bool = True) -> tuple[TrashFolder, ...]:
    """What lies in the trash, the oldest first.

    Args:
        layout: The store's paths.
        items: Whether what is in each folder is read too.

    Raises:
        DiskError: The trash cannot be listed.
    """
    try:
        with listing(layout.trash) as entries:
            found = [
                _folder(layout, entry, items=items)
                for entry in entries
                if entry.is_dir(follow_symlinks=False) or not is_operation(entry.name)
            ]
    except FileNotFoundError:
        return ()
    except OSError as cause:
        raise DiskError("list the trash", cause, layout.trash) from cause
    return tuple(sorted(found, key=lambda folder: (folder.began, folder.name)))


def _folder(layout: Layout, entry: os.DirEntry[str], *, items: bool) -> TrashFolder:
    began = operation_time(entry.name) if is_operation(entry.name) else None
    if began is None:
        try:
            began = entry.stat(follow_symlinks=False).st_mtime
        except OSError:
            began = 0.0
    inner = tuple(list_items(layout, entry.name)) if items and is_operation(entry.name) else ()
    return TrashFolder(entry.name, os.path.join(layout.trash, entry.name), began, inner)


def list_items(layout: Layout, operation: str) -> Iterator[TrashItem]:
    """The configs that an operation took out, by key; names that no config has are passed over.

    Raises:
        InvalidName: `operation` is no operation's id.
    """
    for key in list_keys(layout, operation):
        try:
            yield _item(layout, operation, key)
        except InvalidName:
            continue


def list_keys(layout: Layout, operation: str) -> Iterator[ConfigKey]:
    """As `list_items`, without a look at what each one was."""
    top = layout.trash_of(operation)
    for platform in names(top):
        for package in names(os.path.join(top, platform)):
            for source in names(os.path.join(top, platform, package)):
                folder = os.path.join(top, platform, package, source)
                configs = sorted({name.removesuffix(SIDECAR_SUFFIX) for name in names(folder)})
                yield from (ConfigKey(platform, package, source, config) for config in configs)


def _item(layout: Layout, operation: str, key: ConfigKey) -> TrashItem:
    has_tree = is_folder(layout.trashed(operation, key))
    try:
        record = read_record(layout, operation, key)
    except InvalidName:
        raise
    except StoreError as error:
        return TrashItem(key, has_tree, None, error.reason)
    return TrashItem(key, has_tree, record, "" if record else "nothing tells what it was; it can only be deleted")
