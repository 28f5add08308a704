"""A saved scan: one snapshot as one JSON document, complete, compact, and safe to read from anybody.

The document has these fields, in this order (`schema_version` is 1)::

    format, schema_version, taken_at (seconds since 1970), tool_version
    root        place of the store root's path in texts
    sources     columns: platform, package, source_hash, remote (places in texts), linkingto (places in lists),
                compiled (0 or 1), configs (how many of the configs' rows are this source's);
                damage: {row: [path, why, …]}
    configs     columns: config_hash, version, built (places in texts), linking_to_keys (places in maps),
                flags (1 listed, 2 has a tree), last_used (seconds or null)
    workers     rows: worker id, manifest or null, changed, damage
    apps        rows: name, path, manifests (rows: tier, path, manifest or null, changed), lockfile or null, damage
    work        rows: folder, name, path, changed, manifest or null, lockfile or null, damage
    locks       rows: platform, package, source hash, path, changed
    pins        path, damage; rows: id, what, reason, by, at, until or null, manifest; null where nobody asked for
                them, absent in older scans
    damage      [path, why, …]
    maps        rows: [name, value, …]
    lists       rows: [name, …]
    texts       every text, once

A manifest is ``[package, source hash, config hash, …]``, with -1 in the last place where a ref has no slash; a
lockfile ``[path, platform, why it was refused, changed, [key, package, version, remote, …]]``. A text that JSON
cannot hold, since it has lone surrogates (that is how Python reads names that are no UTF-8), stands as the list of
its code points.
"""

import gc
import os
from dataclasses import dataclass
from typing import Any, Final

import orjson

from pkgstore._saved_read import Reader
from pkgstore._saved_values import a_number, a_text, an_object
from pkgstore._saved_write import Writer
from pkgstore.errors import DiskError, InputError
from pkgstore.reading import read_bytes
from pkgstore.snapshot import Snapshot
from pkgstore.text_json import BadJSON, harmless_json, printable

FORMAT: Final = "pkgstore-scan"
SCHEMA_VERSION: Final = 1

LARGEST_SCAN: Final = 512 * 1024 * 1024
"""Bytes: a scan of 200,000 configs is some 30 MB."""

_ADVICE: Final = "save the scan again with `pkgstore scan -o FILE`"
_HEAD: Final = f'{{"format":"{FORMAT}"'.encode()


@dataclass(frozen=True, slots=True)
class SavedScan:
    """What a saved scan holds; `taken_at` is in seconds since 1970, `tool_version` says what wrote it."""

    snapshot: Snapshot
    taken_at: float
    tool_version: str = ""


def encode_snapshot(snapshot: Snapshot, *, taken_at: float, tool_version: str) -> bytes:
    """A snapshot as a saved scan.

    Args:
        snapshot: All of it is saved.
        taken_at: When it was read, in seconds since 1970.
        tool_version: The version of the program that saves it.

    Returns:
        One JSON document, without a newline at its end.
    """
    head = {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "taken_at": taken_at,
        "tool_version": printable(tool_version),
    }
    return harmless_json(orjson.dumps({**head, **Writer().document(snapshot)}))


def looks_like_scan(data: bytes) -> bool:
    """Whether some bytes begin as a saved scan does."""
    return data.startswith(_HEAD)


def decode_snapshot(data: bytes, *, path: str = "") -> SavedScan:
    """What a saved scan says.

    Args:
        data: The document; it may come from anybody.
        path: Where it came from, for errors.

    Raises:
        InputError: It is no saved scan, of a later version, or a value in it is not what it should be.
    """
    try:
        document = an_object(_loads(data), "the document")
        _check_head(document)
        taken_at = a_number(document.get("taken_at"), "taken_at")
        tool_version = a_text(document.get("tool_version"), "tool_version")
        return SavedScan(_snapshot(document), taken_at, tool_version)
    except BadJSON as cause:
        raise InputError(f"is no scan that can be opened: {cause}", path=path, advice=_ADVICE) from cause


def _snapshot(document: dict[str, Any]) -> Snapshot:
    """What the document holds; a million new objects, among which the collector would look for cycles in vain."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        return Reader(document).snapshot()
    finally:
        if was_on:
            gc.enable()


def _loads(data: bytes) -> Any:
    if len(data) > LARGEST_SCAN:
        raise BadJSON(f"it has {len(data)} bytes, more than the {LARGEST_SCAN} that are read")
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as cause:
        raise BadJSON(f"it is no JSON: {cause}" if data.strip() else "it is empty") from cause


def _check_head(document: dict[str, Any]) -> None:
    if document.get("format") != FORMAT:
        raise BadJSON(f"its format is not {FORMAT}")
    version = document.get("schema_version")
    if type(version) is not int or version < 1:
        raise BadJSON("schema_version is no version")
    if version > SCHEMA_VERSION:
        raise BadJSON(f"its schema_version is {version}, and {SCHEMA_VERSION} is the latest known here")


def read_saved(path: str | os.PathLike[str]) -> SavedScan:
    """Read a saved scan from a file.

    Raises:
        DiskError: It is missing or cannot be read.
        InputError: It is no saved scan.
    """
    name = os.fspath(path)
    try:
        return decode_snapshot(read_bytes(name, largest=LARGEST_SCAN), path=name)
    except FileNotFoundError as cause:
        raise DiskError("read this scan", cause, name) from cause
