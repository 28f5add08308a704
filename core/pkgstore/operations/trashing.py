"""Write down what a config was, before its tree goes to the trash. Call with the source's lock held."""

import os
import stat
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from pkgstore import files
from pkgstore.description import read_description
from pkgstore.errors import DiskError, StoreError
from pkgstore.fence import status
from pkgstore.keys import ConfigKey, SourceKey
from pkgstore.layout import Layout
from pkgstore.model import StoreConfigs
from pkgstore.reading import read_bytes
from pkgstore.resolve import read_meta
from pkgstore.text_json import printable
from pkgstore.trash import LARGEST_RECORD, TrashRecord, earlier_record, encode_record


def write_records(layout: Layout, operation: str, source: SourceKey, reasons: Mapping[ConfigKey, str]) -> None:
    """Write the record of each config that is to be taken out of one source, with why it is.

    Raises:
        MetaError: configs.json cannot be read; nothing was written then.
        DiskError: A record cannot be written.
    """
    meta, problem = read_meta(layout, source)
    if problem is not None:
        raise problem
    for key, reason in reasons.items():
        path = layout.trash_record(operation, key)
        files.make_folder(os.path.dirname(path))
        files.replace_file(path, encode_record(_record(layout, key, meta or StoreConfigs(), reason)), locked=True)


def _record(layout: Layout, key: ConfigKey, meta: StoreConfigs, reason: str) -> TrashRecord:
    sidecar, mtime = _sidecar(layout.sidecar(key))
    now = datetime.now(UTC).isoformat(timespec="seconds")
    tree = layout.config(key)
    record = TrashRecord(now, _version(tree), reason, sidecar, mtime, _inode(tree))
    if key.config_hash in meta.configs:
        keys = meta.configs[key.config_hash]
        return _listed(record, meta.source_compiled, meta.linkingto, keys)
    before = earlier_record(layout, key)  # an eviction that was cut short had it out of configs.json already
    if before is None:
        return record
    return _listed(record, before.source_compiled, before.linkingto, before.linking_to_keys)


def _listed(
    record: TrashRecord, compiled: bool, linkingto: tuple[str, ...] | None, keys: Mapping[str, str] | None
) -> TrashRecord:
    return replace(record, listed=True, source_compiled=compiled, linkingto=linkingto, linking_to_keys=keys)


def _version(tree: str) -> str:
    try:
        fields = read_description(os.path.join(tree, "DESCRIPTION")) or {}
    except StoreError:  # it is only for people
        return ""
    return printable(fields.get("Version", ""))


def _sidecar(path: str) -> tuple[bytes | None, int | None]:
    try:
        return read_bytes(path, largest=LARGEST_RECORD // 2), status(path).st_mtime_ns
    except FileNotFoundError:
        return None, None


def _inode(path: str) -> int:
    try:
        found = status(path)
    except FileNotFoundError:
        return 0
    except OSError as cause:
        raise DiskError("look at this tree", cause, path) from cause
    return found.st_ino if stat.S_ISDIR(found.st_mode) else 0
