"""Put back what an eviction took out: the tree, its sidecar with the old mtime, its entry in configs.json.

The order for each config, under the source's lock: sidecar, tree, entry, then the record goes. Nothing is listed
before its tree stands, and nothing stands without its sidecar; a run that was cut short is finished by the next.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pkgstore import files
from pkgstore.errors import Cancelled, DiskError, InputError, StoreError
from pkgstore.fence import folders, is_folder, is_there, status
from pkgstore.keys import ConfigKey
from pkgstore.layout import SOURCE_LEVELS, Layout, check_operation
from pkgstore.locks import HeldLock, LockRules, hold
from pkgstore.model import StoreConfigs
from pkgstore.operations.events import Done, Event, Failed, Restored, RestoreResult, Skipped, Why
from pkgstore.operations.evict import LOCK_TIMEOUT
from pkgstore.operations.meta import write_store_configs
from pkgstore.progress import Cancel, Progress
from pkgstore.resolve import read_meta
from pkgstore.trash import TrashItem, TrashRecord, list_items, list_trash, read_record


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """What would be put back, by key, of what one operation took out."""

    operation: str
    keys: tuple[ConfigKey, ...]


def plan_restore(layout: Layout, operation: str, keys: Iterable[ConfigKey] | None = None) -> RestorePlan:
    """What would be put back: everything, or some configs. Changes nothing.

    Raises:
        InvalidName: `operation` is no operation's id.
        InputError: The trash has nothing of it.
    """
    check_operation(operation)
    there = [item.key for item in list_items(layout, operation)]
    if not there:
        advice = "pkgstore trash list shows what there is"
        raise InputError("the trash has nothing of this operation", path=layout.trash_of(operation), advice=advice)
    return RestorePlan(operation, tuple(there if keys is None else sorted(set(keys))))


def last_operation(layout: Layout) -> str:
    """The id of the latest operation that has something in the trash.

    Raises:
        InputError: The trash is empty.
        DiskError: It cannot be listed.
    """
    names = [folder.name for folder in list_trash(layout, items=False) if folder.is_operation]
    if not names:
        raise InputError("the trash is empty", path=layout.trash, advice="there is nothing to put back")
    return max(names)


def why_not(layout: Layout, item: TrashItem) -> Why | None:
    """Why something in the trash would not be put back as things are; None where it would. Looks at the disk."""
    return _refusal(item.record, item.has_tree, layout.config(item.key))


def _refusal(record: TrashRecord | None, in_trash: bool, slot: str) -> Why | None:
    """Why nothing is put back into a slot; one that is taken by ourselves (a run was cut short) is none."""
    if record is None:
        return Why.NO_RECORD if in_trash else Why.NOT_IN_TRASH
    try:
        inode = status(slot).st_ino
    except FileNotFoundError:
        if in_trash:
            return None
        return Why.NOT_IN_TRASH if record.inode else Why.NO_TREE
    except OSError as cause:
        raise DiskError("look at this tree", cause, slot) from cause
    return Why.SLOT_FILLED if in_trash or not record.inode or inode != record.inode else None


def apply_restore(
    layout: Layout,
    plan: RestorePlan,
    *,
    cancel: Cancel | None = None,
    progress: Progress | None = None,
    rules: LockRules | None = None,
) -> Iterator[Event]:
    """Put back what a plan says; what the store has again is skipped.

    Yields:
        `Restored`, `Skipped` or `Failed` for each config, then `Done` with `RestoreResult`.

    Raises:
        Cancelled: `cancel` was set; what was done so far is whole.
    """
    cancel, progress = cancel or Cancel(), progress or Progress()
    progress.start(len(plan.keys), "restoring")
    rules = rules or LockRules(timeout=LOCK_TIMEOUT)
    counts = {Restored: 0, Skipped: 0, Failed: 0}
    for key in plan.keys:
        cancel.check()
        event = _one(layout, plan.operation, key, rules, cancel)
        counts[type(event)] += 1
        yield event
        progress.step(key.package)
    tidy_trash(layout, plan.operation)
    yield Done(RestoreResult(counts[Restored], counts[Skipped], counts[Failed]))


def _one(
    layout: Layout, operation: str, key: ConfigKey, rules: LockRules, cancel: Cancel
) -> Restored | Skipped | Failed:
    try:
        with hold(layout, key.source, rules=rules, cancel=cancel) as lock:
            lock.check()
            return _put_back(layout, operation, key, lock)
    except Cancelled:
        raise
    except StoreError as error:
        return Failed(key.package, error)


def _put_back(layout: Layout, operation: str, key: ConfigKey, lock: HeldLock) -> Restored | Skipped:
    record = read_record(layout, operation, key)
    aside, slot = layout.trashed(operation, key), layout.config(key)
    why = _refusal(record, is_folder(aside), slot)
    if why is not None or record is None:
        return Skipped(key, why or Why.NO_RECORD)
    if is_there(slot):
        return _finish(layout, operation, key, record)
    meta = _meta_with(layout, key, record)
    files.make_folder(os.path.dirname(slot))
    wrote = _write_sidecar(layout, key, record)
    try:
        moved = files.publish_tree(aside, slot)
    except StoreError:
        if wrote:
            files.remove_file(layout.sidecar(key))
        if files.remove_empty_folder(layout.source(key.source)):
            files.remove_empty_folder(layout.package(key.platform, key.package))
        raise
    if not moved:
        return Skipped(key, Why.SLOT_FILLED)
    lock.check()
    if meta is not None:
        write_store_configs(layout.configs(key.source), meta)
    files.remove_file(layout.trash_record(operation, key))
    return Restored(key, operation)


def _finish(layout: Layout, operation: str, key: ConfigKey, record: TrashRecord) -> Restored:
    """The slot is taken by ourselves: a run was cut short after the tree was moved; do the rest of it."""
    if (meta := _meta_with(layout, key, record)) is not None:
        write_store_configs(layout.configs(key.source), meta)
    if not is_there(layout.sidecar(key)):
        _write_sidecar(layout, key, record)
    files.remove_file(layout.trash_record(operation, key))
    return Restored(key, operation, repaired=True)


def _write_sidecar(layout: Layout, key: ConfigKey, record: TrashRecord) -> bool:
    """The old sidecar with its old mtime; one that is there is left as it is."""
    path = layout.sidecar(key)
    if record.sidecar is None or is_there(path):
        return False
    files.replace_file(path, record.sidecar, locked=True, mtime_ns=record.mtime_ns)
    return True


def _meta_with(layout: Layout, key: ConfigKey, record: TrashRecord) -> StoreConfigs | None:
    """What configs.json is to say; None where it says so already, or never did."""
    meta, problem = read_meta(layout, key.source)
    if problem is not None:
        raise problem
    if not record.listed or (meta is not None and key.config_hash in meta.configs):
        return None
    before = meta or StoreConfigs(record.source_compiled, record.linkingto)
    configs = {**before.configs, key.config_hash: record.linking_to_keys}
    return StoreConfigs(before.source_compiled, before.linkingto, configs)


def tidy_trash(layout: Layout, operation: str) -> None:
    """Remove the folders of an operation that hold nothing any more; quiet where it cannot be done."""
    top = layout.trash_of(operation)
    try:
        for folder in reversed([top, *folders(top, SOURCE_LEVELS)]):
            files.remove_empty_folder(folder)
        files.remove_empty_folder(layout.trash)
    except (StoreError, OSError):
        return
