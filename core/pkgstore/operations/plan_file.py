"""An eviction plan as a file: written now, looked at by people, done later exactly as it stands.

Everything in it is checked before it is used: it may come from anywhere.
"""

import os
import time
from collections.abc import Mapping
from typing import Any, Final

import orjson

from pkgstore import files, text_json
from pkgstore.errors import DiskError, InputError
from pkgstore.keys import ConfigKey
from pkgstore.layout import check_platform, check_ref
from pkgstore.model import ConfigRecord
from pkgstore.operations.eviction import EvictionPlan, EvictItem, EvictRule
from pkgstore.reading import read_bytes

VERSION: Final = 1
_FIELDS: Final = ("platform", "package", "ref", "version", "reason", "mtime_ns", "inode", "bytes", "let_go_of")


def write_plan(path: str, root: str, plan: EvictionPlan, *, now: float | None = None) -> None:
    """Write a plan.

    Raises:
        DiskError: It cannot be written; an older file of that name is then still there.
    """
    files.replace_file(os.path.abspath(path), plan_bytes(root, plan, now=now))


def plan_bytes(root: str, plan: EvictionPlan, *, now: float | None = None) -> bytes:
    """What a plan's file holds; `now` is in seconds since 1970."""
    known = plan.known  # once: it is put together from all items
    document = {
        "pkgstore_plan": VERSION,
        "store": os.path.realpath(root),
        "made_at": time.time() if now is None else now,
        "platforms": plan.platforms,
        "items": [_item_json(item, known) for item in plan.items],
    }
    data = orjson.dumps(_printable(document), option=orjson.OPT_INDENT_2)
    return data + b"\n"


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return text_json.printable(value)
    if isinstance(value, dict):
        return {name: _printable(item) for name, item in value.items()}
    return [_printable(item) for item in value] if isinstance(value, list | tuple) else value


def _item_json(item: EvictItem, known: Mapping[ConfigKey, frozenset[str]]) -> dict[str, Any]:
    return {
        "platform": item.key.platform,
        "package": item.key.package,
        "version": item.config.version,
        "ref": item.key.ref,
        "reason": item.reason,
        "mtime_ns": item.mtime_ns,
        "last_used": item.config.last_used,
        "inode": item.inode,
        "bytes": item.disk,
        "let_go_of": sorted(known[item.key]),
    }


def read_plan(path: str, root: str) -> EvictionPlan:
    """Read a plan that was made for this store.

    Raises:
        DiskError: It cannot be read.
        InputError: It is no plan, or one for another store.
        InvalidName: A name in it may not reach the disk.
        MalformedRef: A ref in it has not two parts.
    """
    try:
        document = text_json.loads(read_bytes(path))
        return _plan(document, path, root)
    except FileNotFoundError as cause:
        raise DiskError("read this plan", cause, path) from cause
    except text_json.BadJSON as cause:
        raise InputError(f"is no eviction plan: {cause}", path=path, advice="make it anew with --plan") from cause


def _plan(document: Any, path: str, root: str) -> EvictionPlan:
    if not isinstance(document, Mapping) or document.get("pkgstore_plan") != VERSION:
        raise text_json.BadJSON(f"it has no pkgstore_plan of {VERSION}")
    fields = text_json.Fields(document, ("store", "items"))
    if fields.text("store") != text_json.printable(os.path.realpath(root)):
        raise InputError(
            f"is a plan for another store, {fields.text('store')}", path=path, advice="make one for this store"
        )
    items = tuple(_item(row, place, path) for place, row in enumerate(fields.items("items") or []))
    if len({item.key for item in items}) != len(items):
        raise text_json.BadJSON("a config stands in it twice")
    platforms = tuple(sorted({item.key.platform for item in items}))
    return EvictionPlan(EvictRule(refs=tuple(item.key.ref for item in items)), platforms, items)


def _item(row: object, place: int, path: str) -> EvictItem:
    fields = text_json.Fields(row, _FIELDS, f"items[{place}]")
    package = fields.text("package")
    source, config = check_ref(package, fields.text("ref"), where=path)
    key = ConfigKey(check_platform(fields.text("platform"), where=path), package, source, config)
    has_mtime = isinstance(row, dict) and row.get("mtime_ns") is not None
    mtime = fields.integer("mtime_ns") if has_mtime else None
    inode = fields.integer("inode")
    record = ConfigRecord(
        key, True, bool(inode), None if mtime is None else mtime / 1e9, version=fields.text("version")
    )
    known = text_json.string_list(fields.items("let_go_of"), f"items[{place}].let_go_of") or ()
    has_bytes = isinstance(row, dict) and row.get("bytes") is not None
    return EvictItem(
        record,
        fields.text("reason"),
        mtime,
        inode,
        fields.integer("bytes") if has_bytes else None,
        (),
        frozenset(known),
    )
