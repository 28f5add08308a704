"""The command df: how big the store is, by platform, package, app or worker. Opens nothing for writing."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import click

from pkgstore.accounts import Inventory, LibraryKey, Total
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout
from pkgstore.roots import Roots, roots_of
from pkgstore.scan import check_root, read_snapshot
from pkgstore.snapshot import Snapshot
from pkgstore.summary import Contents, Holding, Part, Summary
from pkgstore.usage import Tree, TreeKey, TreeSize, read_tree, read_trees, tree_paths
from pkgstore_tui.cli.diagnostics import ExitCode, report_damage, say
from pkgstore_tui.cli.options import json_option, store_options
from pkgstore_tui.cli.output import print_json, print_table
from pkgstore_tui.format import UNKNOWN, counted, human_bytes, safe_text
from pkgstore_tui.settings import find_store

_GROUPS: Final = ("platform", "package", "app", "worker")
_CONTENTS: Final = ("PACKAGES", "SOURCES", "CONFIGS", "APPARENT", "ON DISK", "SHARED", "ROOTED", "IDLE", "ORPHAN")
_HELD: Final = ("CONFIGS", "APPARENT", "ON DISK", "ONLY HERE")
_LIBRARY: Final = "IN NO CONFIG"


@click.command("df")
@store_options
@click.option("--apps", type=click.Path(), default="", help="The folder of the apps (else the store's parent).")
@click.option("--platform", default="", help="Only this platform.")
@click.option(
    "--by", "group", type=click.Choice(_GROUPS), default="platform", show_default=True, help="A row for each."
)
@click.option("--libraries", is_flag=True, help="Measure the workers' and builds' libraries too: slow.")
@json_option
def df(store: str, config: str, apps: str, platform: str, group: str, libraries: bool, as_json: bool) -> ExitCode:
    """Show how big the store is, each hard-linked file counted once, and who needs it.

    SHARED are bytes that have links outside the configs: in workers' libraries, as a rule. ROOTED, IDLE and ORPHAN
    count configs that some manifest names, that none names, and that a sweep or a lookup would miss. ONLY HERE is
    what no other app, worker or build holds.
    """
    place = find_store(store, config=config, apps=apps)
    snapshot = read_snapshot(check_root(place.root), apps=place.apps, platforms=(platform,) if platform else None)
    if platform and platform not in snapshot.platforms:
        say(f"pkgstore: {snapshot.root}: has no platform {platform}")
        return max(ExitCode.FINDINGS, report_damage(snapshot.damage))
    roots = roots_of(snapshot)
    inventory = _measure(snapshot, libraries=libraries, all_platforms=not platform)
    summary = Summary(snapshot, roots, inventory)
    rows = _rows(summary, group)
    trash = read_tree(Layout(snapshot.root).trash)
    if as_json:
        print_json(_document(snapshot, summary, inventory, group, rows, trash))
    else:
        _print(summary, group, rows, libraries=libraries)
        if trash.size.files:
            say(f"trash: {human_bytes(trash.own.disk)} come free with: pkgstore trash empty")
    return max(_tell(inventory, roots), report_damage(snapshot.damage))


def _rows(summary: Summary, group: str) -> list[tuple[tuple[str, ...], Contents | Holding]]:
    """The names and the sums of each row."""
    match group:
        case "platform":
            return [((name,), sums) for name, sums in summary.by_platform().items()]
        case "package":
            return [((package, name), sums) for (name, package), sums in summary.by_package().items()]
        case "app":
            return [((name,), sums) for name, sums in summary.by_app().items()]
    return [((name,), sums) for name, sums in summary.by_worker().items()]


# --- measuring -------------------------------------------------------------------------------------------


def _measure(snapshot: Snapshot, *, libraries: bool, all_platforms: bool) -> Inventory:
    layout = Layout(snapshot.root)
    keys: list[TreeKey] = [config.key for config in snapshot.configs() if config.has_tree]
    if libraries:
        keys += [*(record.key for record in snapshot.workers.values()), *snapshot.work]
    paths = tree_paths(layout, keys)
    configs: dict[ConfigKey, Tree] = {}
    others: dict[LibraryKey, Tree] = {}
    for key, tree in _with_bar(read_trees(paths), len(paths)):
        if isinstance(key, ConfigKey):
            configs[key] = tree
        else:
            others[key] = tree
    return Inventory(configs, others, all_configs=all_platforms, all_libraries=libraries)


def _with_bar(trees: Iterable[tuple[TreeKey, Tree]], length: int) -> Iterator[tuple[TreeKey, Tree]]:
    """The same, with a progress bar on stderr if that is a terminal."""
    hidden = not sys.stderr.isatty()
    with click.progressbar(trees, length=length, label="measuring", file=sys.stderr, hidden=hidden) as bar:
        yield from bar


def _tell(inventory: Inventory, roots: Roots) -> ExitCode:
    """Say what makes the numbers less than the whole."""
    if inventory.unread:
        say(f"pkgstore: {counted(inventory.unread, 'folder')} could not be measured: the sizes are too small")
    if not roots.is_complete:
        say("pkgstore: what is idle is not known, since a manifest cannot be read or used:")
        known = frozenset(roots.snapshot.damage)
        report_damage(item for item in roots.damage if item not in known)
    outside = inventory.linked_outside()
    for key, size in sorted(outside.items()):
        where = Layout(roots.snapshot.root).config(key)
        say(f"pkgstore: {where}: {human_bytes(size.disk)} are linked from outside the store too, and never freed")
    return ExitCode.FINDINGS if inventory.unread or outside or not roots.is_complete else ExitCode.DONE


# --- text ------------------------------------------------------------------------------------------------


def _print(
    summary: Summary, group: str, rows: Sequence[tuple[tuple[str, ...], Contents | Holding]], *, libraries: bool
) -> None:
    first = ("PACKAGE", "PLATFORM") if group == "package" else (group.upper(),)
    headings = _CONTENTS if group in {"platform", "package"} else _HELD
    skip = 1 if group == "package" else 0
    library = (_LIBRARY,) if group == "worker" and libraries else ()
    lines = [(*map(safe_text, names), *_cells(sums, bool(library))[skip:]) for names, sums in rows]
    if group == "platform" and len(rows) > 1:
        lines.append(("total", *_cells(summary.total())))
    print_table((*first, *headings[skip:], *library), lines)


def _cells(sums: Contents | Holding, library: bool = False) -> tuple[str, ...]:
    if isinstance(sums, Contents):
        whole = sums.whole.total
        counts = (f"{sums.packages:,}", f"{sums.sources:,}", f"{sums.whole.configs:,}")
        sizes = (_size(whole, "apparent"), _size(whole, "disk"), human_bytes(sums.shared.disk))
        return (*counts, *sizes, _part(sums.rooted), _part(sums.idle), _part(sums.orphan))
    held = sums.held
    cells = (f"{held.configs:,}", _size(held.total, "apparent"), _size(held.total, "disk"), _part(sums.only))
    if not library:
        return cells
    return (*cells, UNKNOWN if sums.library is None else human_bytes(sums.library.disk))


def _size(total: Total, which: str) -> str:
    return human_bytes(getattr(total.size, which)) if total.is_known else UNKNOWN


def _part(part: Part | None) -> str:
    return UNKNOWN if part is None else f"{part.configs:,} ({_size(part.total, 'disk')})"


# --- JSON ------------------------------------------------------------------------------------------------


def _document(
    snapshot: Snapshot,
    summary: Summary,
    inventory: Inventory,
    group: str,
    rows: Sequence[tuple[tuple[str, ...], Contents | Holding]],
    trash: Tree,
) -> dict[str, Any]:
    names = ("package", "platform") if group == "package" else (group,)
    outside = inventory.linked_outside() if inventory.is_whole else None
    return {
        "root": snapshot.root,
        "by": group,
        "rows": [{**dict(zip(names, key, strict=True)), **_row(sums)} for key, sums in rows],
        "total": _row(summary.total()),
        "trash": {"disk_bytes": trash.size.disk, "own_disk_bytes": trash.own.disk, "files": trash.size.files},
        "unread": inventory.unread,
        "linked_outside": None
        if outside is None
        else [_outside(key, size) for key, size in sorted(outside.items())],
        "damage": [{"path": damage.path, "why": damage.why} for damage in snapshot.damage],
    }


def _outside(key: ConfigKey, size: TreeSize) -> dict[str, Any]:
    return {"platform": key.platform, "package": key.package, "ref": key.ref, "disk_bytes": size.disk}


def _row(sums: Contents | Holding) -> dict[str, Any]:
    if isinstance(sums, Holding):
        library = sums.library and {"apparent_bytes": sums.library.apparent, "disk_bytes": sums.library.disk}
        return {**(_part_json(sums.held) or {}), "only_here": _part_json(sums.only), "in_no_config": library}
    return {
        "packages": sums.packages,
        "sources": sums.sources,
        **(_part_json(sums.whole) or {}),
        "own_disk_bytes": sums.own.size.disk,
        "shared_disk_bytes": sums.shared.disk,
        "rooted": _part_json(sums.rooted),
        "idle": _part_json(sums.idle),
        "orphan": _part_json(sums.orphan),
    }


def _part_json(part: Part | None) -> dict[str, Any] | None:
    if part is None:
        return None
    size = part.total.size
    return {"configs": part.configs, "apparent_bytes": size.apparent, "disk_bytes": size.disk, "files": size.files}
