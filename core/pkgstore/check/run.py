"""Check a whole store: read it, then tell everything that is wrong with it, as it is found. Writes nothing.

What looks wrong is read once more before anything is told: reading a store takes seconds, and what an ingest, an
eviction or a starting worker had half done then is whole by now, as a rule.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from pkgstore._finding import Finding
from pkgstore.check.configs import Usual, recorded_findings
from pkgstore.check.drift import drift_findings
from pkgstore.check.libraries import Libraries
from pkgstore.check.small_files import empty_platform_findings, file_findings
from pkgstore.errors import InvalidName
from pkgstore.findings import at_work, other_findings, platform_findings, record_findings
from pkgstore.keys import LocksKey, SourceKey
from pkgstore.layout import Layout
from pkgstore.model import ConfigRecord
from pkgstore.names import Names
from pkgstore.progress import Cancel, Progress
from pkgstore.roots import Roots, roots_of
from pkgstore.scan import read_snapshot, scan_key
from pkgstore.snapshot import Key, Record, Snapshot


@dataclass(frozen=True)
class Checked:
    """One reading of a store that is being checked.

    `deep` also tells what is no fault by the store's own rules (builds of builds, weak keys where most are weak),
    and looks at every file of every worker's library, which takes long. `apps` is the folder of the apps, empty
    for none.
    """

    snapshot: Snapshot
    roots: Roots
    names: Names
    now: float
    deep: bool = False
    apps: str = ""

    @classmethod
    def read(
        cls,
        root: str,
        apps: str = "",
        *,
        deep: bool = False,
        cancel: Cancel | None = None,
        progress: Progress | None = None,
    ) -> "Checked":
        """Read a store.

        Args:
            root: The store root.
            apps: The folder of the apps; empty for none.
            deep: As the field.
            cancel: Asked between packages.
            progress: Counts packages.

        Raises:
            NotAStore: There is no folder.
            Cancelled: `cancel` was set.
        """
        snapshot = read_snapshot(root, apps=apps, cancel=cancel, progress=progress)
        if cancel is not None:
            cancel.check()
        roots = roots_of(snapshot)
        changes = _read_again(snapshot, roots, apps)
        snapshot = snapshot.apply(changes)
        return cls(snapshot, roots.after(snapshot, changes), Names.of(snapshot), time.time(), deep, apps)


def _read_again(snapshot: Snapshot, roots: Roots, apps: str) -> dict[Key, Record | None]:
    """What looks wrong, and may have been whole a moment later, as it is now."""
    lacking = {
        SourceKey(platform, package, ref.partition("/")[0])
        for platform in snapshot.platforms
        for package, ref in roots.lacking
    }
    keys: set[Key] = {key for key in lacking if _is_good(key)}
    keys.update(record.key for record in snapshot.sources.values() if any(map(_is_in_pieces, record.configs)))
    keys.update(root.key for root in roots.roots if root.key is not None and roots.dangling(root))
    layout = Layout(snapshot.root)
    return {key: scan_key(layout, key, apps) for key in (LocksKey(), *keys)}


def _is_in_pieces(config: ConfigRecord) -> bool:
    return config.is_phantom or config.is_orphan_tree or config.is_orphan_sidecar


def _is_good(key: SourceKey) -> bool:
    """Whether a key that a manifest names may reach the disk."""
    try:
        return bool(Layout("/").source(key))
    except InvalidName:
        return False


def check(checked: Checked, *, cancel: Cancel | None = None, progress: Progress | None = None) -> Iterator[Finding]:
    """Tell everything that is wrong with a store: sources, then libraries, then what is beside them.

    Args:
        checked: The reading. Its small files are read here.
        cancel: Asked between sources and libraries.
        progress: Counts both.

    Raises:
        Cancelled: `cancel` was set.
    """
    cancel, progress = cancel or Cancel(), progress or Progress()
    snapshot = checked.snapshot
    progress.start(len(snapshot.sources) + 2 * len(snapshot.workers) + len(snapshot.apps), "checking the store")
    yield from platform_findings(snapshot)
    yield from empty_platform_findings(snapshot)
    yield from _sources(checked, cancel, progress)

    def next_library() -> None:
        cancel.check()
        progress.step("libraries")

    yield from Libraries(deep=checked.deep).findings(snapshot, checked.names, next_library)
    for worker in snapshot.workers.values():
        cancel.check()
        progress.step(f"worker {worker.key.worker_id}")
        yield from drift_findings(snapshot, worker, checked.now, every_file=checked.deep, cancel=cancel)
    cancel.check()
    yield from other_findings(snapshot, checked.roots, checked.now)


def _sources(checked: Checked, cancel: Cancel, progress: Progress) -> Iterator[Finding]:
    root, usual = checked.snapshot.root, Usual.of(checked.snapshot)
    busy = at_work(checked.snapshot, checked.now)
    for key, record in checked.snapshot.sources.items():
        cancel.check()
        yield from record_findings(root, record, busy=key in busy)
        yield from recorded_findings(root, record, usual, deep=checked.deep)
        yield from file_findings(root, record)
        progress.step(key.package)
