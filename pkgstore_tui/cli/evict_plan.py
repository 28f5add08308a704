"""Make the plan of an eviction out of the options of the command line, and what is read for it."""

import time
from dataclasses import dataclass, replace
from typing import Any

import click

from pkgstore.accounts import Inventory, LibraryKey
from pkgstore.errors import InputError
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout, check_platform
from pkgstore.operations.eviction import EvictionPlan, EvictRule
from pkgstore.operations.planned import EvictWish, Planned, needed, plan_from_file, plan_wish, with_sizes
from pkgstore.operations.sweep import read_with_roots
from pkgstore.progress import Cancel, Progress
from pkgstore.scan import platform_folders, read_snapshot
from pkgstore.snapshot import Snapshot
from pkgstore.usage import Tree, TreeKey, read_trees, tree_paths
from pkgstore_tui.cli.options import chosen_platform
from pkgstore_tui.cli.running import follow
from pkgstore_tui.cli.selecting import chosen_in, select
from pkgstore_tui.format import safe_text


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for."""

    words: tuple[str, ...] = ()
    platform: str = ""
    all_platforms: bool = False
    retention: float | None = None
    idle: float | None = None
    max_freed: int | None = None
    max_size: int | None = None
    from_file: str = ""
    run_file: str = ""
    dropped: tuple[str, ...] = ()
    ignore_roots: bool = False
    libraries: bool = False

    def check(self) -> None:
        """Raise a usage error unless just one thing says what is to go."""
        ways = {
            "--retention": self.retention is not None,
            "--max-freed": self.max_freed is not None,
            "--max-size": self.max_size is not None,
            "REF": bool(self.words),
            "--from": bool(self.from_file),
            "--run": bool(self.run_file),
        }
        given = [name for name, is_given in ways.items() if is_given]
        if not given and self.idle is None:
            raise click.UsageError(f"Say what is to go: --idle, or one of {', '.join(ways)}.")
        if len(given) > 1:
            raise click.UsageError(f"Give one of {' and '.join(given)}.")
        if self.idle is not None and given and given[0] not in {"--max-freed", "--max-size"}:
            raise click.UsageError(f"--idle goes with --max-freed or --max-size, not with {given[0]}.")
        if self.run_file and (self.platform or self.all_platforms or self.dropped or self.ignore_roots):
            raise click.UsageError("--run does just what stands in the plan: give it no other choices.")
        if self.all_platforms and self.platform:
            raise click.UsageError("Give either --platform or --all-platforms.")


def make_plan(root: str, apps: str, wish: Wish) -> Planned:
    """Plan what is wished for. Changes nothing.

    Raises:
        RootsUnread: A root cannot be read, and nobody said to ignore roots.
        StoreError: The store, or a file that was named, cannot be read.
        click.UsageError: A platform, a ref or a root that was named is not there.
    """
    now = time.time()
    if wish.run_file:
        snapshot, _ = read_with_roots(root, apps, ())
        planned = plan_from_file(wish.run_file, snapshot, apps=apps, now=now)
        return replace(planned, inventory=_measured(Layout(root), planned.trees, snapshot, wish))
    platforms = _platforms(root, wish)
    snapshot, damage = read_with_roots(root, apps, platforms)
    roots = needed(snapshot, ignore_roots=wish.ignore_roots)
    rule = _rule(wish, snapshot, platforms)
    if wish.retention is not None and wish.retention <= 0:
        return Planned(root, apps, EvictionPlan(rule, platforms, ()), roots, damage=damage, now=now)
    inventory = _all_measured(Layout(root), wish, snapshot) if rule.needs_sizes else None
    asked = EvictWish(rule, platforms, wish.dropped, wish.ignore_roots)
    try:
        return plan_wish(snapshot, roots, asked, apps=apps, now=now, inventory=inventory, damage=damage)
    except InputError as error:
        raise click.UsageError(safe_text(error.what)) from error


def measured(planned: Planned, wish: Wish) -> Planned:
    """The same with its trees measured, if they are not yet: for a plan that is to be shown."""
    if planned.inventory.configs or not planned.plan.items:
        return planned
    layout, snapshot = Layout(planned.root), planned.roots.snapshot
    if wish.libraries:  # that a link is nowhere below the root is known only when every tree was looked at
        return with_sizes(planned, _all_measured(layout, wish, snapshot))
    return with_sizes(planned, _measured(layout, planned.trees, snapshot, wish))


def _platforms(root: str, wish: Wish) -> tuple[str, ...]:
    if wish.all_platforms:
        return tuple(platform_folders(root))
    return (check_platform(chosen_platform(root, wish.platform)),)


def _rule(wish: Wish, snapshot: Snapshot, platforms: tuple[str, ...]) -> EvictRule:
    if wish.words or wish.from_file:
        keys = [config.key for config in snapshot.configs()]
        chosen = chosen_in(wish.from_file, keys, platforms) if wish.from_file else select(wish.words, keys)
        return EvictRule(refs=tuple(dict.fromkeys(key.ref for key in chosen)))
    return EvictRule(wish.idle if wish.retention is None else wish.retention, wish.max_freed, wish.max_size)


# --- sizes -----------------------------------------------------------------------------------------------


def _all_measured(layout: Layout, wish: Wish, snapshot: Snapshot) -> Inventory:
    """Every tree of every platform, since bytes are asked for."""
    everything = read_snapshot(layout.root, details=False)
    keys = [config.key for config in everything.configs() if config.has_tree]
    found = _measured(layout, keys, snapshot, wish)
    return replace(found, all_configs=True)


def _measured(layout: Layout, keys: list[ConfigKey], snapshot: Snapshot, wish: Wish) -> Inventory:
    wanted: list[TreeKey] = list(keys)
    if wish.libraries:
        wanted += [*(record.key for record in snapshot.workers.values()), *snapshot.work]
    configs: dict[ConfigKey, Tree] = {}
    libraries: dict[LibraryKey, Tree] = {}
    cancel, progress = Cancel(), Progress()
    paths = tree_paths(layout, wanted)
    for key, tree in follow(read_trees(paths, cancel=cancel, progress=progress), cancel, progress):
        place: dict[Any, Tree] = configs if isinstance(key, ConfigKey) else libraries
        place[key] = tree
    cancel.check()
    return Inventory(configs, libraries, all_configs=False, all_libraries=wish.libraries)
