"""Read one source hash: its configs, when each was last used, and against what it was built. Never writes.

This is the inner loop of every scan: one listing, one read of configs.json, one of each DESCRIPTION, and nothing
at all where a memo of an earlier reading still fits what the disk says.
"""

import os
import re
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from sys import intern
from typing import Any, Final, NamedTuple

import orjson

from pkgstore.codec import read_store_configs
from pkgstore.description import parse_dcf_text, read_description
from pkgstore.errors import DiskError, InvalidName, StoreError
from pkgstore.fence import opened, opened_in
from pkgstore.keys import ConfigKey, SourceKey
from pkgstore.layout import CONFIGS_FILE, SIDECAR_SUFFIX, Layout, check_config_hash
from pkgstore.model import ConfigRecord, Damage, SourceRecord, StoreConfigs
from pkgstore.remotes import remote_text
from pkgstore.text_json import printable

_AT_ONCE: Final = 64 * 1024
"""Bytes that are read in one go; what is larger is read with more care."""

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY

_SETTLED_AFTER: Final = 2_000_000_000
"""Nanoseconds: a file that changed less than this ago may change again without its times showing it."""

_SHOWN: Final = re.compile(
    rb"^(Version|Built|Repository|Remote(?:Type|Username|Repo|Subdir|Sha|Url))[ \t]*:"
    rb"(.*(?:(?:\n(?![ \t])(?::.*|[^:\n]*)(?=\n))*\n[ \t].*)*)",
    re.MULTILINE,
)
"""The fields of a DESCRIPTION that lists show, with their continuation lines and what is passed over before one."""

_ODD: Final = re.compile(rb"[^ -~]")
"""What needs more care than taking the spaces off both ends."""

_NO_KEYS: Final[Mapping[str, str]] = {}
_STRING_ONLY: Final = {str}

Stamp = tuple[int, int, int] | tuple[()]
"""Inode, mtime in nanoseconds and size of a file; empty where it is not there."""


class TreeMemo(NamedTuple):
    """What a tree's DESCRIPTION said, and the stamp it had."""

    stamp: Stamp
    version: str
    built: str
    remote: str


class SourceMemo(NamedTuple):
    """What the small files of a source said, and the stamps they had, so that they need not be read again."""

    stamp: Stamp
    meta: StoreConfigs
    trees: Mapping[str, TreeMemo]


_NOTHING: Final = TreeMemo((), "", "", "")


@dataclass(slots=True)
class _Found:
    """What a source folder was seen to hold."""

    trees: list[str] = field(default_factory=list)
    sidecars: dict[str, float] = field(default_factory=dict)
    configs: Stamp = ()
    damage: list[Damage] = field(default_factory=list)


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_ino, status.st_mtime_ns, status.st_size


def _look(folder: str, descriptor: int) -> _Found | None:
    """List a source folder that was opened; None where it is gone."""
    found = _Found()
    try:
        with os.scandir(descriptor) as entries:
            for entry in entries:
                name = entry.name
                if len(name) == 64 and name.isalnum() and entry.is_dir(follow_symlinks=False):
                    found.trees.append(name)  # nearly always
                else:
                    _sort_in(entry, f"{folder}/{name}", found)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as cause:
        found.damage.append(Damage(folder, DiskError("list this folder", cause, folder).reason))
    return found


def _sort_in(entry: os.DirEntry[str], path: str, found: _Found) -> None:
    """Note what an entry of a source folder is (spec: Where things are)."""
    name = entry.name
    try:
        if name == CONFIGS_FILE:
            found.configs = _stamp(entry.stat(follow_symlinks=False))
        elif name.endswith(SIDECAR_SUFFIX) and _is_config(config := name[: -len(SIDECAR_SUFFIX)]):
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISREG(status.st_mode):
                found.sidecars[config] = status.st_mtime
            else:
                found.damage.append(Damage(path, "is not what its name says"))
        elif not _is_config(name):
            return
        elif entry.is_dir(follow_symlinks=False):
            found.trees.append(name)
        else:
            found.damage.append(Damage(path, "is not what its name says"))
    except OSError:  # it went while we looked
        return


def _is_config(name: str) -> bool:
    """Whether a config could have this name; 64 hex digits nearly always, which is quick to see."""
    if len(name) == 64 and name.isalnum():
        return True
    try:
        return bool(check_config_hash(name))
    except InvalidName:
        return False


def scan_source(layout: Layout, key: SourceKey, *, details: bool = True) -> SourceRecord | None:
    """One source hash as it is now; None where it is gone.

    Args:
        layout: The store's paths.
        key: The source.
        details: Whether configs.json and DESCRIPTION are read; without, every tree counts as listed.

    Raises:
        InvalidName: A part of the key may not reach the disk.
    """
    return read_source(layout.source(key), key, details=details)[0]


def read_source(
    folder: str,
    key: SourceKey,
    memo: SourceMemo | None = None,
    *,
    details: bool = True,
    within: int | None = None,
) -> tuple[SourceRecord | None, SourceMemo | None]:
    """One source hash as it is now, and a memo for the next time.

    Args:
        folder: Its folder.
        key: What it is called.
        memo: Of an earlier reading; each part of it counts only where the file has the same inode, mtime and size.
        details: As in `scan_source`.
        within: The descriptor of the package's folder, where the caller has it: saves the way to it.

    Returns:
        The record (None where the folder is gone) and what may be remembered of it: nothing where something is
        damaged, or changed so lately that its times may not show the next change.
    """
    try:
        if within is None:
            descriptor = opened(folder, _FOLDER)
        else:
            descriptor = os.open(key.source_hash, _FOLDER | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=within)
    except (FileNotFoundError, NotADirectoryError):
        return None, None
    except OSError as cause:
        damage = Damage(folder, DiskError("list this folder", cause, folder).reason)
        return _record(key, _Found(damage=[damage]), StoreConfigs(), {}), None
    try:
        return _read(folder, descriptor, key, memo, details=details)
    finally:
        os.close(descriptor)


def _read(
    folder: str, descriptor: int, key: SourceKey, memo: SourceMemo | None, *, details: bool
) -> tuple[SourceRecord | None, SourceMemo | None]:
    found = _look(folder, descriptor)
    if found is None:
        return None, None
    if not details:
        return _record(key, found, StoreConfigs(configs=dict.fromkeys(found.trees)), {}), None
    before = memo.trees if memo is not None else {}
    fits = memo is not None and memo.stamp == found.configs
    meta = memo.meta if memo is not None and fits else _configs(folder, descriptor, found)
    trees = {
        name: _tree(folder, descriptor, f"{name}/DESCRIPTION", before.get(name), found) for name in found.trees
    }
    record = _record(key, found, meta, trees)
    if found.damage or _is_fresh(found, trees):
        return record, None
    if fits and len(trees) == len(before) and all(trees.get(name) is tree for name, tree in before.items()):
        return record, memo
    return record, SourceMemo(found.configs, meta, trees)


def _is_fresh(found: _Found, trees: Mapping[str, TreeMemo]) -> bool:
    """Whether something changed so lately that its times may not show a further change."""
    latest = found.configs[1] if found.configs else 0
    for tree in trees.values():
        if tree.stamp and tree.stamp[1] > latest:
            latest = tree.stamp[1]
    return latest > time.time_ns() - _SETTLED_AFTER


def _record(key: SourceKey, found: _Found, meta: StoreConfigs, trees: Mapping[str, TreeMemo]) -> SourceRecord:
    listed, used, there = meta.configs, found.sidecars, set(found.trees)
    platform, package, source = key.platform, key.package, key.source_hash
    names = used.keys() if there == used.keys() == listed.keys() else {*there, *used, *filter(_is_config, listed)}
    configs = []
    for name in sorted(names):
        tree = trees.get(name, _NOTHING)
        configs.append(
            ConfigRecord(
                ConfigKey(platform, package, source, intern(name)),
                name in listed,
                name in there,
                used.get(name),
                _shared(name, listed.get(name)),
                tree.version,
                tree.built,
            )
        )
    remote = next((tree.remote for tree in trees.values() if tree.remote), "")
    return SourceRecord(
        key, tuple(configs), meta.linkingto or (), meta.source_compiled, tuple(found.damage), remote
    )


_LINKS: Final[dict[str, Mapping[str, str]]] = {}
_MOST_LINKS: Final = 20_000


def _shared(config_hash: str, keys: Mapping[str, str] | None) -> Mapping[str, str]:
    """What a config was built against, one object for all that were built against the same.

    A config hash says just that, so a store of hundreds of thousands of configs has but hundreds or thousands.
    """
    if not keys:
        return _NO_KEYS
    known = _LINKS.get(config_hash)
    if known == keys:
        return known
    if len(_LINKS) >= _MOST_LINKS:
        _LINKS.clear()
    _LINKS[config_hash] = keys
    return keys


# --- the small files -------------------------------------------------------------------------------------------


def _read_at_once(folder: int, way: str) -> tuple[bytes, Stamp]:
    """A small file's contents and stamp; at most `_AT_ONCE` bytes of it, and nothing of what is no regular file."""
    descriptor = opened_in(folder, way, os.O_RDONLY | os.O_NONBLOCK)
    try:
        status = os.fstat(descriptor)
        return os.read(descriptor, _AT_ONCE) if stat.S_ISREG(status.st_mode) else b"", _stamp(status)
    finally:
        os.close(descriptor)


def _tree(folder: str, descriptor: int, way: str, memo: TreeMemo | None, found: _Found) -> TreeMemo:
    """What a tree's DESCRIPTION says; what cannot be read is damage."""
    path = f"{folder}/{way}"
    try:
        if memo is not None and _stamp(os.stat(way, dir_fd=descriptor, follow_symlinks=False)) == memo.stamp:
            return memo
        data, stamp = _read_at_once(descriptor, way)
        fields = _shown_fields(data) or read_description(path) or {}
    except FileNotFoundError:
        return _NOTHING
    except OSError as cause:
        found.damage.append(Damage(path, DiskError("read this file", cause, path).reason))
        return _NOTHING
    except StoreError as error:
        found.damage.append(Damage(path, error.reason))
        return _NOTHING
    version, built = fields.pop("Version", ""), fields.pop("Built", "")
    return TreeMemo(stamp, intern(printable(version)), intern(printable(built)), _remote(tuple(fields.items())))


def _shown_fields(data: bytes) -> dict[str, str]:
    """The fields of a DESCRIPTION that are shown, as `parse_dcf_text` gives them."""
    found = {}
    for name, value in _SHOWN.findall(data):
        if _ODD.search(value):
            return parse_dcf_text(b"\n".join(match[0] for match in _SHOWN.finditer(data)))
        found[name.decode()] = value.decode().strip(" ")
    return found


@lru_cache(maxsize=1024)
def _remote(fields: tuple[tuple[str, str], ...]) -> str:
    return intern(remote_text(dict(fields)))


def _configs(folder: str, descriptor: int, found: _Found) -> StoreConfigs:
    if not found.configs:
        return StoreConfigs()
    path = f"{folder}/{CONFIGS_FILE}"
    try:
        data, found.configs = _read_at_once(descriptor, CONFIGS_FILE)
        meta = plain_configs(data) if len(data) < _AT_ONCE else None
    except OSError:
        meta = None
    try:
        return meta or read_store_configs(path)
    except StoreError as error:
        found.damage.append(Damage(path, error.reason))
        return StoreConfigs()


def plain_configs(data: bytes) -> StoreConfigs | None:
    """What a configs.json says that is just as the reference writes it; None where it needs a closer look."""
    try:
        document = orjson.loads(data)
        compiled, linkingto, configs = (document.pop(name) for name in ("source_compiled", "linkingto", "configs"))
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
        return None
    names = linkingto if linkingto is not None else []
    if document or type(compiled) is not bool or type(names) is not list or type(configs) is not dict:
        return None
    if not (set(map(type, names)) <= _STRING_ONLY and all(map(_is_plain_keys, configs.values()))):
        return None
    return StoreConfigs(
        compiled,
        None if linkingto is None else tuple(map(intern, names)),
        {
            name: keys and {intern(package): intern(key) for package, key in keys.items()}
            for name, keys in configs.items()
        },
    )


def _is_plain_keys(keys: Any) -> bool:
    return keys is None or (type(keys) is dict and set(map(type, keys.values())) <= _STRING_ONLY)
