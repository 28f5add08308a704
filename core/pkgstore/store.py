"""`Store`: a root and a platform, with one thin method for each call of the reference's API.

The calls run an operation to its end. To see it progress, to plan it first or to cancel it, use
`pkgstore.operations` directly.
"""

import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from typing import TypeVar

from pkgstore import files
from pkgstore.coldstart import restart_platform
from pkgstore.errors import InputError, StoreError
from pkgstore.keys import ConfigKey, SourceKey
from pkgstore.layout import Kind, Layout
from pkgstore.locks import TIMEOUT, HeldLock, LockRules, hold
from pkgstore.model import STALE_AFTER, CompileContext, Lockfile, LockfileEntry, PopulateStats
from pkgstore.operations.assemble import apply_assemble, plan_assemble
from pkgstore.operations.events import AssembleResult, Done, Event, EvictResult, Failed, IngestResult
from pkgstore.operations.evict import apply_evict, plan_evict
from pkgstore.operations.ingest import apply_ingest, ingest_tree, plan_ingest
from pkgstore.operations.linking import touch_config
from pkgstore.operations.meta import write_ingest_meta
from pkgstore.operations.populate import apply_populate, plan_populate, plan_populate_runtime
from pkgstore.operations.sweeper import EvictionSweeper, sweep_interval
from pkgstore.progress import Cancel
from pkgstore.resolve import LockIndex, has_tree, resolve
from pkgstore.scan import platform_folders, read_snapshot

_Result = TypeVar("_Result", PopulateStats, EvictResult, IngestResult, AssembleResult)
OnEvent = Callable[[Event], object]


class Store:
    """A package store (API: Store). Keyed by platform, package, source hash and config hash.

    Args:
        root: The store root; it is not looked at before it is needed.
        platform: Its platform folder, as in ``4.5-x86_64-pc-linux-gnu``; may be set later.
    """

    def __init__(self, root: str | os.PathLike[str], platform: str = "") -> None:
        self.layout = Layout(os.path.abspath(root))
        self.platform = platform
        self._held: dict[SourceKey, ExitStack] = {}

    @property
    def root(self) -> str:
        """The store root, as an absolute path."""
        return self.layout.root

    # --- paths -------------------------------------------------------------------------------------------

    def _source(self, package: str, source_hash: str) -> SourceKey:
        return SourceKey(self.platform, package, source_hash)

    def _config(self, package: str, source_hash: str, config_hash: str) -> ConfigKey:
        return ConfigKey(self.platform, package, source_hash, config_hash)

    def source_dir(self, package: str, source_hash: str) -> str:
        """The folder of a source hash."""
        return self.layout.source(self._source(package, source_hash))

    def path(self, package: str, source_hash: str, config_hash: str) -> str:
        """The folder that is a config's installed tree."""
        return self.layout.config(self._config(package, source_hash, config_hash))

    def configs_path(self, package: str, source_hash: str) -> str:
        """The ``configs.json`` of a source hash."""
        return self.layout.configs(self._source(package, source_hash))

    def config_meta_path(self, package: str, source_hash: str, config_hash: str) -> str:
        """A config's sidecar."""
        return self.layout.sidecar(self._config(package, source_hash, config_hash))

    def lock_path(self, package: str, source_hash: str) -> str:
        """The folder that is the lock of a source hash."""
        return self.layout.lock(self._source(package, source_hash))

    def worker_lib_dir(self, worker_id: str) -> str:
        """A worker's library."""
        return self.layout.worker(worker_id)

    # --- single configs ----------------------------------------------------------------------------------

    def has(self, package: str, source_hash: str, config_hash: str) -> bool:
        """Whether the store has a config's tree."""
        return has_tree(self.layout, self._config(package, source_hash, config_hash))

    def touch(self, package: str, source_hash: str, config_hash: str) -> None:
        """Set a config's last use to now; quiet where there is no sidecar."""
        touch_config(self.layout, self._config(package, source_hash, config_hash))

    def ingest(self, package: str, source_hash: str, config_hash: str, tree: str | os.PathLike[str]) -> None:
        """Rename an installed tree into the store; nothing where the config exists.

        Raises:
            DiskError: The tree is missing, on another file system, or the disk refused.
        """
        ingest_tree(self.layout, self._config(package, source_hash, config_hash), os.fspath(tree))

    def write_ingest_meta(
        self,
        entry: LockfileEntry,
        source_hash: str,
        config_hash: str,
        linking_to_keys: Mapping[str, str] | None,
        source_compiled: bool,
        linkingto: tuple[str, ...] | None,
    ) -> None:
        """Write a config's sidecar and put it into its configs.json; call with the lock held.

        Raises:
            DiskError: A file cannot be written.
        """
        context = CompileContext(config_hash, linking_to_keys, source_compiled, linkingto)
        write_ingest_meta(self.layout, self._config(entry.package, source_hash, config_hash), context)

    def resolve_config(self, package: str, source_hash: str, lockfile: Lockfile) -> str | None:
        """The config hash that fits a lockfile, if configs.json has it; None for a miss."""
        found = resolve(self.layout, self._source(package, source_hash), LockIndex.of(lockfile))
        return found.key.config_hash if found.listed and found.key is not None else None

    # --- locks -------------------------------------------------------------------------------------------

    def acquire(
        self,
        package: str,
        source_hash: str,
        *,
        stale_after: float = STALE_AFTER,
        timeout: float = TIMEOUT,
        cancel: Cancel | None = None,
    ) -> None:
        """Take the lock of a source hash until `release`; it is kept fresh meanwhile. `lock` is for ``with``.

        Args:
            package: The package.
            source_hash: Its source hash.
            stale_after: Seconds after which somebody else's lock counts as left by a crash.
            timeout: Seconds to wait at the most.
            cancel: Asked while waiting.

        Raises:
            LockBusy: It did not come free in time.
            Cancelled: `cancel` was set.
        """
        key = self._source(package, source_hash)
        rules = LockRules(stale_after=stale_after, timeout=timeout)
        held = ExitStack()
        held.enter_context(hold(self.layout, key, rules=rules, cancel=cancel))
        self._held[key] = held

    def release(self, package: str, source_hash: str) -> None:
        """Release a lock that `acquire` took; nothing where this store holds none."""
        if lock := self._held.pop(self._source(package, source_hash), None):
            lock.close()

    def lock(
        self, package: str, source_hash: str, *, rules: LockRules | None = None, cancel: Cancel | None = None
    ) -> AbstractContextManager[HeldLock]:
        """Hold the lock of a source hash for a ``with`` block; raises as `acquire`."""
        return hold(self.layout, self._source(package, source_hash), rules=rules, cancel=cancel)

    # --- whole operations --------------------------------------------------------------------------------

    def ingest_packages(
        self,
        lockfile: Lockfile,
        library: str | os.PathLike[str],
        ref_manifest: Mapping[str, str] | None = None,
        *,
        cancel: Cancel | None = None,
        on_event: OnEvent | None = None,
    ) -> dict[str, str]:
        """Move what a build installed into the store (spec: IngestPackages).

        Returns:
            The store-manifest: package to ref.

        Raises:
            StoreError: As `plan_ingest` and `apply_ingest`.
        """
        plan = plan_ingest(self.layout, self.platform, lockfile, os.fspath(library), ref_manifest)
        result = run(apply_ingest(self.layout, plan, cancel=cancel), IngestResult, on_event)
        return dict(result.manifest)

    def assemble_library(
        self,
        library: str | os.PathLike[str],
        manifest: Mapping[str, str],
        *,
        cancel: Cancel | None = None,
        on_event: OnEvent | None = None,
    ) -> tuple[str, ...]:
        """Make a library out of a store-manifest by hard links (spec: AssembleLibrary).

        Returns:
            The packages that the store lacks, sorted.

        Raises:
            StoreError: As `plan_assemble` and `apply_assemble`.
        """
        plan = plan_assemble(self.layout, self.platform, os.path.abspath(library), manifest)
        return run(apply_assemble(self.layout, plan, cancel=cancel), AssembleResult, on_event).missing

    def populate_build(
        self,
        lockfile: Lockfile,
        library: str | os.PathLike[str],
        ref_manifest: Mapping[str, str] | None = None,
        *,
        cancel: Cancel | None = None,
        on_event: OnEvent | None = None,
    ) -> PopulateStats:
        """Link what the store has of a lockfile into a build's library (spec: PopulateBuild).

        Raises:
            StoreError: As `plan_populate` and `apply_populate`.
        """
        plan = plan_populate(self.layout, self.platform, lockfile, os.path.abspath(library), ref_manifest)
        return run(apply_populate(self.layout, plan, cancel=cancel), PopulateStats, on_event)

    def populate_runtime(
        self,
        lockfile: Lockfile,
        library: str | os.PathLike[str],
        ref_library: str | os.PathLike[str],
        ref_manifest: Mapping[str, str],
        *,
        cancel: Cancel | None = None,
        on_event: OnEvent | None = None,
    ) -> PopulateStats:
        """Prepare a live install's library out of the worker's and the store (spec: PopulateRuntime).

        Raises:
            StoreError: As `plan_populate_runtime` and `apply_populate`.
        """
        plan = plan_populate_runtime(
            self.layout,
            self.platform,
            lockfile,
            os.path.abspath(library),
            os.path.abspath(ref_library),
            ref_manifest,
        )
        return run(apply_populate(self.layout, plan, cancel=cancel), PopulateStats, on_event)

    def evict_stale(
        self,
        retention: float,
        *,
        cancel: Cancel | None = None,
        on_event: OnEvent | None = None,
    ) -> int:
        """Remove the platform's configs that were not used for `retention` seconds (spec: EvictStale).

        Returns:
            How many were removed; a source that could not be changed is left, and seen by `on_event` alone.

        Raises:
            StoreError: The store is missing, or the sweep was cancelled.
        """
        if retention <= 0:
            return 0
        snapshot = read_snapshot(self.root, platforms=[self.platform], details=False, cancel=cancel)
        plan = plan_evict(snapshot, self.platform, retention)
        return run(apply_evict(self.layout, plan, cancel=cancel), EvictResult, on_event).removed

    # --- folders of workers and installs -----------------------------------------------------------------

    def create_staging_dir(self) -> str:
        """Make a working folder on the store's file system and return its path (spec: Staging)."""
        path = os.path.join(self.layout.staging, str(uuid.uuid4()))
        files.make_folder(path)
        return path

    def cleanup_staging_dir(self, path: str | os.PathLike[str]) -> None:
        """Remove a folder that `create_staging_dir` made; quiet where it is gone.

        Raises:
            InputError: `path` is no staging folder of this store.
        """
        name = os.path.abspath(path)
        if self.layout.place(name).kind is not Kind.STAGING:
            raise InputError("is no staging folder of this store", path=name, advice="nothing was removed")
        files.remove_tree(name)

    def cleanup_worker_lib(self, worker_id: str) -> None:
        """Remove a worker's library; quiet where it is gone.

        It is renamed out of the way first, so that nobody sees half of it.

        Raises:
            InvalidName: The worker's id may not reach the disk.
            DiskError: It cannot be removed.
        """
        aside = os.path.join(self.layout.trash, f"worker-{uuid.uuid4()}")
        if os.path.lexists(self.layout.worker(worker_id)) and files.set_aside(self.layout.worker(worker_id), aside):
            files.remove_tree(aside)
            files.remove_empty_folder(self.layout.trash)
            files.remove_empty_folder(os.path.dirname(self.layout.trash))


def run(events: Iterator[Event], kind: type[_Result], on_event: OnEvent | None = None) -> _Result:
    """Run an operation to its end.

    Args:
        events: What an ``apply_…`` function gives.
        kind: The class of its result.
        on_event: Called with each event.

    Returns:
        The result.

    Raises:
        StoreError: As the operation.
    """
    for event in events:
        if on_event is not None:
            on_event(event)
        if isinstance(event, Done) and isinstance(event.result, kind):
            return event.result
    raise StoreError("the operation ended without a result")


def recover_platform(root: str | os.PathLike[str]) -> str:
    """The platform that the reference picks after a restart: the first folder by name that has a ``-``.

    Returns:
        Its name; empty where there is none (API: RecoverPlatform).
    """
    return restart_platform(platform_folders(os.path.abspath(root)))


def spawn_eviction_sweeper(
    store: Store, retention: float, *, on_error: Callable[[StoreError], object] | None = None
) -> EvictionSweeper:
    """Evict in the background every 24 h, or every half retention below that (API: SpawnEvictionSweeper).

    Args:
        store: Its platform is asked anew for each sweep.
        retention: Seconds; 0 or less starts nothing.
        on_error: Told of a sweep that failed as a whole, and of each source that did.

    Returns:
        The running sweeper; call its `stop`.
    """

    def tell(event: Event) -> None:
        if isinstance(event, Failed) and on_error is not None:
            on_error(event.error)

    def sweep(cancel: Cancel) -> int:
        return store.evict_stale(retention, cancel=cancel, on_event=tell)

    return EvictionSweeper(sweep, sweep_interval(retention), on_error).start()
