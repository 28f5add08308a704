"""Trees that are measured for an eviction's plan, with progress, until somebody says stop. For a thread."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pkgstore.accounts import Inventory, LibraryKey
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout
from pkgstore.progress import Cancel, Progress
from pkgstore.snapshot import Snapshot
from pkgstore.usage import Tree, TreeKey, read_tree, tree_paths
from pkgstore_tui.session.sizes import Measure

AT_ONCE: Final = 2_000
"""Trees that are measured without being asked for."""


@dataclass(frozen=True, eq=False)
class Measured:
    """What was measured so far; never changed, so that a thread can read it while another one measures more."""

    configs: Mapping[ConfigKey, Tree] = field(default_factory=dict)
    libraries: Mapping[LibraryKey, Tree] = field(default_factory=dict)

    def lacks(self, keys: Iterable[ConfigKey]) -> list[ConfigKey]:
        """Those of some configs that were not measured."""
        return [key for key in keys if key not in self.configs]

    def inventory(self, snapshot: Snapshot) -> Inventory:
        """As the library takes it: whether it is everything follows from the snapshot."""
        return Inventory(
            self.configs,
            self.libraries,
            all_configs=not self.lacks(trees_of(snapshot)),
            all_libraries=all(key in self.libraries for key in libraries_of(snapshot)),
        )


def trees_of(snapshot: Snapshot) -> list[ConfigKey]:
    """Every tree of the store."""
    return [config.key for config in snapshot.configs() if config.has_tree]


def libraries_of(snapshot: Snapshot) -> list[LibraryKey]:
    """Everything below the store's root that may have links to configs."""
    return [*(record.key for record in snapshot.workers.values()), *snapshot.work]


@dataclass(frozen=True, eq=False)
class Work:
    """What is to be measured: some configs, and the workers' libraries where links lead there, or `always`."""

    snapshot: Snapshot
    keys: tuple[ConfigKey, ...]
    always: bool = False
    cancel: Cancel = field(default_factory=Cancel)
    progress: Progress = field(default_factory=Progress)


def measure_more(
    work: Work, known: Measured, layout: Layout, measure: Measure, give_way: Callable[[], None]
) -> tuple[Work, Measured]:
    """Measure; what was done when it was cancelled is kept.

    Args:
        work: What is to be measured.
        known: What was measured before.
        layout: The store's paths.
        measure: How a config's tree is measured.
        give_way: Called between trees: stands still while somebody waits.
    """
    cancel, progress = work.cancel, work.progress
    configs: dict[ConfigKey, Tree] = dict(known.configs)
    todo = known.lacks(work.keys)
    progress.start(len(todo), "measuring")
    for key in todo:
        give_way()
        if cancel.is_set():
            break
        found = measure(layout, key, cancel)
        if not cancel.is_set():
            configs[key] = found if isinstance(found, Tree) else Tree(found, found)
        progress.step(key.package)
    now = Measured(configs, known.libraries)
    if cancel.is_set() or not (work.always or _lead_elsewhere(now, work.keys)):
        return work, now
    return work, Measured(configs, _libraries(work, known, layout))


def _lead_elsewhere(now: Measured, keys: Iterable[ConfigKey]) -> bool:
    """Whether some of the bytes have links that nobody looked for."""
    return bool(Inventory(now.configs, now.libraries).freed(keys).unknown.files)


def _libraries(work: Work, known: Measured, layout: Layout) -> dict[LibraryKey, Tree]:
    found = dict(known.libraries)
    wanted: list[TreeKey] = [key for key in libraries_of(work.snapshot) if key not in found]
    work.progress.start(len(wanted), "measuring workers' libraries")
    for key, path in tree_paths(layout, wanted).items():
        if work.cancel.is_set():
            break
        tree = read_tree(path, cancel=work.cancel)
        if not work.cancel.is_set() and not isinstance(key, ConfigKey):
            found[key] = tree
        work.progress.step(str(getattr(key, "name", getattr(key, "worker_id", ""))))
    return found
