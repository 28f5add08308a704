"""Do the single deeds of a repair, each looked at again first: what is not as it was planned stays as it is."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from pkgstore import files
from pkgstore.codec import encode_config_meta
from pkgstore.errors import Cancelled, DiskError, StoreError
from pkgstore.fence import status
from pkgstore.keys import ConfigKey, config_hash
from pkgstore.layout import Layout
from pkgstore.locks import HeldLock, LockRules, hold
from pkgstore.model import ConfigMeta
from pkgstore.operations.events import Event, Failed, Noticed, Repaired, Why
from pkgstore.operations.evict import Expected
from pkgstore.operations.manifests import write_package_manifest
from pkgstore.operations.meta import write_config_meta, write_store_configs
from pkgstore.operations.repair_look import look, look_at_config
from pkgstore.operations.repair_needs import described, empty_folders, is_unusable
from pkgstore.operations.repair_plan import MendSource, RemoveFolder, RepairItem, ToTrash, WriteManifest
from pkgstore.progress import Cancel
from pkgstore.resolve import read_meta


def do(layout: Layout, item: RepairItem, rules: LockRules, cancel: Cancel) -> Event:
    """Do one deed that is this module's.

    Returns:
        `Repaired`, `Noticed` (it is not as it was planned, so it stays) or `Failed`.

    Raises:
        Cancelled: `cancel` was set while waiting for a lock.
    """
    try:
        match item.deed:
            case MendSource() as deed:
                with hold(layout, deed.seen.key, rules=rules, cancel=cancel) as lock:
                    is_done = _mend(layout, deed, lock)
            case WriteManifest() as deed:
                is_done = _manifest(layout, deed)
            case RemoveFolder() as deed:
                is_done = _folder(layout, deed)
            case _:
                is_done = False
    except Cancelled:
        raise
    except StoreError as error:
        return Failed(item.name, error)
    if not is_done:
        return Noticed(item.name, f"{Why.CHANGED_MEANWHILE.value}, so it stays as it is")
    return Repaired(item.name, item.what, item.path, item.codes)


def _mend(layout: Layout, deed: MendSource, lock: HeldLock) -> bool:
    """Sidecars before entries, entries out before sidecars: a crash leaves what the next repair mends."""
    key = deed.seen.key
    if look(layout, key) != deed.seen:
        return False
    lock.check()
    for name in deed.new:
        write_config_meta(layout.sidecar(ConfigKey(*key, name)), ConfigMeta(datetime.now(UTC)))
    for name in deed.again:
        _write_again(layout.sidecar(ConfigKey(*key, name)))
    if deed.writes and deed.meta is not None:
        write_store_configs(layout.configs(key), deed.meta)
    elif deed.writes:
        files.remove_file(layout.configs(key))
    for name in deed.gone:
        files.remove_file(layout.sidecar(ConfigKey(*key, name)))
    if files.remove_empty_folder(layout.source(key)):
        files.remove_empty_folder(layout.package(key.platform, key.package))
    return True


def _write_again(path: str) -> None:
    """A sidecar anew, whose mtime is kept: it is the clock of last use."""
    try:
        used = status(path).st_mtime_ns
    except OSError as cause:
        raise DiskError("look at this file", cause, path) from cause
    files.replace_file(path, encode_config_meta(ConfigMeta(datetime.now(UTC))), locked=True, mtime_ns=used)


def _manifest(layout: Layout, deed: WriteManifest) -> bool:
    library = layout.worker(deed.worker.worker_id)
    try:
        if not is_unusable(library) or described(library) != deed.files:
            return False
    except OSError as cause:
        raise DiskError("list this library", cause, library) from cause
    write_package_manifest(library, deed.manifest)
    return True


def _folder(layout: Layout, deed: RemoveFolder) -> bool:
    found = empty_folders(layout, deed.platform)
    if found is None or not os.path.isdir(found[-1]):
        return False
    return [files.remove_empty_folder(path) for path in found][-1]


# --- to the trash ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TrashPlan:
    """What is to go to the trash, by key, for `apply_evict`."""

    items: tuple[ToTrash, ...]

    @property
    def expected(self) -> Sequence[Expected]:
        """What is to be removed, each only where it is just what was planned."""
        return [
            Expected(item.key, partial(_another, item), item.reason)
            for item in sorted(self.items, key=lambda item: item.key)
        ]


def _another(item: ToTrash, layout: Layout) -> Why | None:
    """Why a config is not what was planned; that it was used since does not save it."""
    now = look_at_config(layout, item.key)
    if not now.inode:
        return Why.GONE_MEANWHILE
    if now.inode != item.seen.inode:
        return Why.REPLACED_MEANWHILE
    if (now.told, now.problem) != (item.seen.told, item.seen.problem):
        return Why.CHANGED_MEANWHILE
    if not item.by_keys:
        return None
    meta, _ = read_meta(layout, item.key.source)
    keys = meta.configs.get(item.key.config_hash) if meta is not None else None
    is_wrong = meta is not None and config_hash(keys or {}) != item.key.config_hash
    return None if is_wrong else Why.CHANGED_MEANWHILE
