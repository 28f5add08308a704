"""Write down what a config's files are, and forget it; and where a content check stopped.

Nothing here waits for the disk: what is lost is made again by the next check. What is written is whole, or not
there.
"""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote_from_bytes, unquote_to_bytes

import orjson

from pkgstore import files, text_json
from pkgstore.content import Content, Reader, open_below
from pkgstore.digests import Baseline, baseline_keys, encode_baseline, identity_of
from pkgstore.errors import DiskError, InputError, InvalidName
from pkgstore.fence import folders, is_there, names, opened, status
from pkgstore.keys import ConfigKey, to_bytes
from pkgstore.layout import SOURCE_LEVELS, Layout, is_operation
from pkgstore.md5_sums import read_md5
from pkgstore.pace import Pace
from pkgstore.progress import Cancel
from pkgstore.reading import read_head
from pkgstore.trash import list_trash
from pkgstore.tree_changes import Change, Comparison

LARGEST_POSITION: Final = 1024 * 1024
MOST_SCOPES: Final = 1000
LOOKS: Final = 3
"""Looks for a config, in the store and in the trash, before its baseline goes: it may move between two looks."""

LEFT_OVER_AFTER: Final = 3600.0
"""Seconds after which a half-written file of ours counts as left by a crash."""


def write_baseline(layout: Layout, key: ConfigKey, baseline: Baseline) -> None:
    """Write a config's baseline in the place of an older one.

    Raises:
        StoreError: It cannot be written, or a link stands where a folder of ours should.
    """
    path = layout.digest(key)
    files.make_folder(os.path.dirname(path))
    files.replace_file(path, encode_baseline(key, baseline), durable=False)


def now_written() -> str:
    """The present as baselines have it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


# --- at ingest -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TakenDown:
    """What a tree is that is about to move into the store."""

    inode: int
    files: Mapping[str, Content]
    bad_md5: frozenset[str] | None


def take_down(tree: str, *, cancel: Cancel | None = None) -> TakenDown | None:
    """Read every file of an installed tree; None where something in it cannot be read.

    Raises:
        Cancelled: A stop was asked for.
    """
    cancel = cancel or Cancel()
    try:
        descriptor = opened(tree, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        sums = read_md5(descriptor)
        comparison = Comparison(None, sums)
        reader = Reader(cancel, Pace(), comparison.wanted, frozenset(sums or ()))
        found = [change for entry in reader.read(descriptor) if (change := comparison.add(entry))]
        list(comparison.missing())
    except (OSError, InputError):
        return None
    else:
        if any(Change.UNREAD in change.changes for change in found):
            return None
        bad = None if sums is None else frozenset(comparison.bad_md5)
        return TakenDown(os.fstat(descriptor).st_ino, comparison.files, bad)
    finally:
        os.close(descriptor)


def record_ingested(layout: Layout, key: ConfigKey, taken: TakenDown) -> None:
    """Write the baseline of a tree that was taken down before it moved into the store.

    Raises:
        StoreError: It cannot be written; nothing depends on it.
    """
    try:
        tree = open_below(layout.root, *key)
    except OSError as cause:
        raise DiskError("open this tree", cause, layout.config(key)) from cause
    try:
        who = identity_of(layout, key, tree)
    finally:
        os.close(tree)
    if who.inode == taken.inode:
        write_baseline(layout, key, Baseline(who, now_written(), "ingest", taken.files, taken.bad_md5))


# --- what is not needed any more -------------------------------------------------------------------------


def tidy_baselines(layout: Layout, platform: str = "") -> int:
    """Remove the baselines of configs that are neither in the store nor in the trash, and what a crash left.

    Args:
        layout: The store's paths.
        platform: Only of this one; of all, if empty.

    Returns:
        How many baselines were removed.

    Raises:
        DiskError: The trash cannot be listed, or a file cannot be removed.
    """
    gone = [(key, path) for key, path in baseline_keys(layout, platform) if not _is_stored(layout, key)]
    kept = {item.key for folder in list_trash(layout) for item in folder.items} if gone else set()
    removed = 0
    for key, path in gone:
        if key not in kept and _is_nowhere(layout, key) and files.remove_file(path):
            removed += 1
            _remove_empty(layout, os.path.dirname(path))
    _remove_left_over(layout)
    return removed


def _is_stored(layout: Layout, key: ConfigKey) -> bool:
    try:
        return is_there(layout.config(key))
    except InvalidName:
        return False


def _is_nowhere(layout: Layout, key: ConfigKey) -> bool:
    """Whether a config is neither in the store nor in the trash; looks several times, as it may go to and fro."""
    for _ in range(LOOKS):
        if _is_stored(layout, key):
            return False
        if any(_is_in_trash(layout, name, key) for name in names(layout.trash) if is_operation(name)):
            return False
    return True


def _is_in_trash(layout: Layout, operation: str, key: ConfigKey) -> bool:
    try:
        return is_there(layout.trashed(operation, key))
    except InvalidName:
        return False


def _remove_empty(layout: Layout, folder: str) -> None:
    while folder != layout.digests and files.remove_empty_folder(folder):
        folder = os.path.dirname(folder)


def _remove_left_over(layout: Layout) -> None:
    """Half-written files of a crash."""
    try:
        below = [layout.digests, *folders(layout.digests, SOURCE_LEVELS)]
    except OSError:
        return
    for path in (os.path.join(folder, name) for folder in below for name in names(folder)):
        if os.path.basename(path).startswith(files.HELPER_PREFIX) and _age(path) > LEFT_OVER_AFTER:
            files.remove_file(path)


def _age(path: str) -> float:
    try:
        return time.time() - status(path).st_mtime
    except OSError:
        return 0.0


# --- where a check stopped -------------------------------------------------------------------------------


def read_position(layout: Layout, scope: str) -> ConfigKey | None:
    """The last config that an earlier check of the same scope looked at; None where it came to its end.

    Args:
        layout: The store's paths.
        scope: What that check was of: a platform, a subset.

    Raises:
        StoreError: The file cannot be read.
    """
    coded = _positions(layout).get(scope, "")
    parts = [os.fsdecode(unquote_to_bytes(part)) for part in coded.split("/")]
    return ConfigKey(*parts) if len(parts) == 4 else None


def _positions(layout: Layout) -> dict[str, str]:
    """Every position; none where the file says nothing that can be used: then a check begins at the beginning."""
    try:
        data, size = read_head(layout.digest_position, LARGEST_POSITION, follow=False)
        if size > LARGEST_POSITION:
            return {}
        fields = text_json.Fields(text_json.loads(data), ("version", "positions"))
        return text_json.string_map(fields.mapping("positions"), "positions")
    except (FileNotFoundError, text_json.BadJSON):
        return {}


def write_position(layout: Layout, scope: str, after: ConfigKey | None) -> None:
    """Remember the last config that was looked at; None where the check came to its end.

    Raises:
        StoreError: It cannot be written.
    """
    positions = _positions(layout)
    known = positions.pop(scope, None)
    if after is None and known is None:
        return
    if after is not None:
        positions[scope] = "/".join(quote_from_bytes(to_bytes(part), "") for part in after)
    kept = dict(list(positions.items())[-MOST_SCOPES:])
    files.make_folder(layout.digests)
    data = orjson.dumps({"version": 1, "positions": text_json.cleaned(kept)}, option=orjson.OPT_INDENT_2)
    files.replace_file(layout.digest_position, data, durable=False)
