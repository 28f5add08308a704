"""Plan an eviction that looks at who needs what: by age, by bytes, or by name. Pure, over a reading and sizes."""

import math
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from pkgstore.accounts import Inventory
from pkgstore.cheapest import cheapest, marginal
from pkgstore.fence import status
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout
from pkgstore.model import ConfigRecord
from pkgstore.operations.events import Why
from pkgstore.operations.evict import Expected
from pkgstore.roots import Root, Roots
from pkgstore.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class EvictRule:
    """What is to go.

    `idle`: only what was not used for so many seconds. `free`: no more than is needed to free so many bytes, the
    cheapest loss first. `size`: no more than is needed to have the trees of all platforms take so many bytes.
    `refs`: just these, whatever their age, on every platform that was chosen. `keys`: just these configs, no other
    that has the same ref on another platform.
    """

    idle: float | None = None
    free: int | None = None
    size: int | None = None
    refs: tuple[str, ...] | None = None
    keys: frozenset[ConfigKey] | None = None

    @property
    def needs_sizes(self) -> bool:
        """Whether every tree has to be measured first."""
        return self.free is not None or self.size is not None


@dataclass(frozen=True, slots=True)
class EvictItem:
    """One config that is to go.

    `mtime_ns` is its sidecar's mtime (None: it has none), `inode` its tree's (0: it has none); `holders` are the
    roots that need it and are let go of. `disk` is what its removal frees now, after those before it; None where
    nobody measured it.
    """

    config: ConfigRecord
    reason: str
    mtime_ns: int | None = None
    inode: int = 0
    disk: int | None = None
    holders: tuple[Root, ...] = ()
    known: frozenset[str] = frozenset()

    @property
    def key(self) -> ConfigKey:
        """The config."""
        return self.config.key


@dataclass(frozen=True, slots=True)
class EvictionPlan:
    """What an eviction would do: `items` go, `kept` would go if no root held them.

    `enough` is false where a number of bytes was asked for, and all that may go does not come to it.
    """

    rule: EvictRule
    platforms: tuple[str, ...]
    items: tuple[EvictItem, ...]
    kept: tuple[tuple[ConfigRecord, tuple[Root, ...]], ...] = ()
    enough: bool = True
    ignores_roots: bool = False
    dropped: tuple[Root, ...] = ()
    missing: tuple[str, ...] = field(default=())

    @property
    def expected(self) -> Sequence[Expected]:
        """What is to be removed, by key, each only where it is just as it was planned."""
        ordered = sorted(self.items, key=lambda item: item.key)
        return [Expected(item.key, partial(changed, item), item.reason) for item in ordered]

    @property
    def known(self) -> Mapping[ConfigKey, frozenset[str]]:
        """The ids of the roots that each item is taken from all the same."""
        return {item.key: item.known | {root.id for root in item.holders} for item in self.items}


def changed(item: EvictItem, layout: Layout) -> Why | None:
    """Why an item is not as it was planned; None where it is. Looks at the disk."""
    mtime, inode = seen(layout, item.key)
    if mtime is None and not inode:
        return Why.GONE_MEANWHILE
    if mtime != item.mtime_ns:
        return Why.USED_MEANWHILE
    return Why.REPLACED_MEANWHILE if inode != item.inode else None


def seen(layout: Layout, key: ConfigKey) -> tuple[int | None, int]:
    """The mtime of a config's sidecar in nanoseconds (None: there is none), and its tree's inode (0: likewise)."""
    try:
        mtime: int | None = status(layout.sidecar(key)).st_mtime_ns
    except OSError:
        mtime = None
    try:
        tree = status(layout.config(key))
    except OSError:
        return mtime, 0
    return mtime, tree.st_ino if stat.S_ISDIR(tree.st_mode) else 0


# --- planning --------------------------------------------------------------------------------------------


def plan_eviction(
    snapshot: Snapshot,
    roots: Roots,
    rule: EvictRule,
    platforms: Iterable[str],
    *,
    now: float,
    inventory: Inventory | None = None,
    dropped: Iterable[Root] = (),
    ignore_roots: bool = False,
) -> EvictionPlan:
    """What would go. Pure; `pin_down` then looks what it is to find.

    Args:
        snapshot: A reading of the store.
        roots: What must not be lost; complete, else nobody may plan with it.
        rule: What is to go.
        platforms: Only of these.
        now: Seconds since 1970.
        inventory: The measured trees, where the rule needs sizes.
        dropped: Roots that are let go of.
        ignore_roots: Take what is needed too, as the reference does.
    """
    let_go = tuple(dropped)
    chosen = tuple(platforms)
    is_due = _due(rule, now)
    due = [
        config
        for key, record in snapshot.sources.items()
        if key.platform in chosen
        for config in record.configs
        if is_due(config)
    ]
    free, kept = _parted(due, roots, frozenset(root.id for root in let_go), ignore_roots=ignore_roots)
    items, enough = _enough(free, rule, inventory or Inventory())
    found = {config.key.ref for config in due}
    missing = tuple(ref for ref in _named(rule) if ref not in found)
    return EvictionPlan(rule, chosen, items, kept, enough, ignore_roots, let_go, missing)


def _named(rule: EvictRule) -> Iterable[str]:
    return sorted(key.ref for key in rule.keys) if rule.keys is not None else rule.refs or ()


def _due(rule: EvictRule, now: float) -> Callable[[ConfigRecord], bool]:
    """Whether a config would go if nobody needed it.

    Without a sidecar nothing tells when it was used; only its name takes it.
    """
    if rule.keys is not None:
        keys = rule.keys
        return lambda config: config.key in keys and _is_there(config)
    if rule.refs is not None:
        refs = frozenset(rule.refs)
        return lambda config: config.key.ref in refs and _is_there(config)
    latest = now - (rule.idle or 0.0) if rule.idle is not None else math.inf
    return lambda config: config.last_used is not None and config.last_used <= latest


def _is_there(config: ConfigRecord) -> bool:
    return config.has_tree or config.last_used is not None


def _parted(
    due: list[ConfigRecord], roots: Roots, dropped: frozenset[str], *, ignore_roots: bool
) -> tuple[list[EvictItem], tuple[tuple[ConfigRecord, tuple[Root, ...]], ...]]:
    free: list[EvictItem] = []
    kept: list[tuple[ConfigRecord, tuple[Root, ...]]] = []
    for config in sorted(due, key=lambda config: config.key):
        holders = roots.holders(config.key)
        keepers = tuple(root for root in holders if root.id not in dropped)
        if keepers and not ignore_roots:
            kept.append((config, keepers))
        else:
            free.append(EvictItem(config, _reason(holders, config), holders=holders))
    return free, tuple(kept)


def _reason(holders: tuple[Root, ...], config: ConfigRecord) -> str:
    if holders:
        return f"taken although needed by {', '.join(root.owner for root in holders[:3])}"
    if not config.has_tree:
        return "its tree is gone"
    return "nobody needs it"


def _enough(free: list[EvictItem], rule: EvictRule, inventory: Inventory) -> tuple[tuple[EvictItem, ...], bool]:
    """As many items as the rule needs, and whether they are enough."""
    if not rule.needs_sizes:
        sizes = marginal(inventory, [item.key for item in free]) if inventory.configs else {}
        return tuple(replace(item, disk=sizes.get(item.key)) for item in free), True
    wanted = rule.free or 0
    if rule.size is not None:
        wanted = max(wanted, inventory.total(inventory.configs).size.disk - rule.size)
    strength = {item.key: (len(item.holders), item.config.last_used or 0.0) for item in free}
    ordered = sorted(free, key=lambda item: strength[item.key])
    taken, enough = cheapest(inventory, [item.key for item in ordered], wanted)
    return tuple(replace(item, disk=taken[item.key]) for item in ordered if item.key in taken), enough


def pin_down(layout: Layout, plan: EvictionPlan) -> EvictionPlan:
    """The plan with what each item is now (mtime, inode); what was used since it was read will be skipped."""
    return replace(plan, items=tuple(_pinned(layout, item) for item in plan.items))


def _pinned(layout: Layout, item: EvictItem) -> EvictItem:
    mtime, inode = seen(layout, item.key)
    read = item.config.last_used
    if mtime is not None and read is not None and status(layout.sidecar(item.key)).st_mtime != read:
        mtime = int(read * 1e9)
    return replace(item, mtime_ns=mtime, inode=inode)


def freed_now(plan: EvictionPlan) -> int | None:
    """Bytes that the plan frees now; None where some of it was not measured."""
    sizes = [item.disk for item in plan.items]
    return None if None in sizes else sum(size or 0 for size in sizes)
