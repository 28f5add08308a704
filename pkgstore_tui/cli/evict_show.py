"""An eviction plan as text and as JSON: what goes, what stays and for whom, what comes free, what breaks."""

from collections.abc import Iterator
from typing import Any, Final

from pkgstore.keys import ConfigKey, WorkerKey
from pkgstore.layout import Layout
from pkgstore.operations.eviction import EvictItem
from pkgstore.operations.planned import Planned
from pkgstore.roots import Root
from pkgstore.usage import TreeSize
from pkgstore_tui.cli.changing import Namer
from pkgstore_tui.format import UNKNOWN, counted, human_age, human_bytes, safe_text, short_ref

_SHOWN: Final = 20
"""How many of what is kept, and how many packages of what breaks, are named before the rest is counted."""

_FEW: Final = 3


def plan_lines(planned: Planned, *, trash: bool, verbose: bool = False) -> Iterator[str]:
    """The plan for people, a line each."""
    namer = Namer(Layout(planned.root))
    for item in planned.plan.items:
        yield safe_text(_item_line(namer, item, planned.now))
    yield from kept_lines(planned, namer, most=len(planned.plan.kept) if verbose else _SHOWN)
    yield from consequence_lines(planned, namer, trash=trash)


def _item_line(namer: Namer, item: EvictItem, now: float) -> str:
    used = item.config.last_used
    age = "never" if used is None else f"{human_age(now - used)} ago"
    why = f"; {item.reason}" if item.holders else ""
    size = f", {human_bytes(item.disk)}" if item.disk is not None else ""
    version = item.config.version or namer.version(item.key)
    return f"would evict {item.key.package} {version} ({short_ref(item.key)}), last used {age}{size}{why}"


def kept_lines(planned: Planned, namer: Namer, *, most: int) -> Iterator[str]:
    """What would go if nobody needed it, with who does."""
    kept = planned.plan.kept
    for config, holders in kept[:most]:
        yield safe_text(f"keeps {namer(config.key)}: needed by {_owners(holders)}")
    if len(kept) > most:
        yield f"keeps {counted(len(kept) - most, 'more config')} that somebody needs"


def _owners(holders: tuple[Root, ...]) -> str:
    more = f" and {len(holders) - _FEW} more" if len(holders) > _FEW else ""
    return ", ".join(root.owner for root in holders[:_FEW]) + more


def consequence_lines(planned: Planned, namer: Namer, *, trash: bool) -> Iterator[str]:
    """Bytes, and what breaks."""
    found = planned.consequences
    freed = found.freed
    if planned.plan.items:
        when = "when the trash is emptied" if trash else "now"
        yield f"frees {human_bytes(freed.now.disk)} {when}"
    for libraries, size in sorted(freed.after.items(), key=lambda part: -part[1].disk):
        names = ", ".join(sorted(_library(key) for key in libraries))
        yield safe_text(f"frees {human_bytes(size.disk)} later, once {names} {_has(len(libraries))} gone")
    for size, what in (
        (freed.kept, "stay, since other configs have them too"),
        (freed.outside, "are never freed: they are linked from outside the store"),
        (
            freed.unknown,
            "have links elsewhere, in workers most likely, and come free when those go (--libraries looks)",
        ),
    ):
        if size.disk:
            yield f"{human_bytes(size.disk)} {what}"
    if freed.unmeasured:
        yield f"{counted(freed.unmeasured, 'config')} could not be measured"
    for item in found.breaks:
        packages = [f"{key.package} {namer.version(key)}" for key in item.configs[:_FEW]]
        more = f" and {len(item.configs) - _FEW:,} more" if len(item.configs) > _FEW else ""
        yield safe_text(f"breaks {item.root.owner}: {item.effect}: {', '.join(packages)}{more}")


def _library(key: object) -> str:
    return f"worker {key.worker_id}" if isinstance(key, WorkerKey) else str(getattr(key, "name", key))


def _has(count: int) -> str:
    return "has" if count == 1 else "have"


# --- JSON ------------------------------------------------------------------------------------------------


def plan_json(planned: Planned) -> dict[str, Any]:
    """The plan as one document."""
    namer = Namer(Layout(planned.root))
    plan, found = planned.plan, planned.consequences
    freed = found.freed
    return {
        "root": planned.root,
        "platforms": list(plan.platforms),
        "enough": plan.enough,
        "items": [_item_json(namer, item) for item in plan.items],
        "kept": [
            {**_named(namer, config.key), "held_by": [_root_json(root) for root in holders]}
            for config, holders in plan.kept
        ],
        "let_go_of": [_root_json(root) for root in plan.dropped],
        "freed": {
            "now_bytes": freed.now.disk,
            "later": [
                {"bytes": size.disk, "after": sorted(map(_library, libraries))}
                for libraries, size in freed.after.items()
            ],
            **{f"{name}_bytes": _disk(getattr(freed, name)) for name in ("kept", "outside", "unknown")},
            "unmeasured": freed.unmeasured,
        },
        "breaks": [
            {
                **_root_json(item.root),
                "effect": item.effect,
                "configs": [_named(namer, key) for key in item.configs],
            }
            for item in found.breaks
        ],
    }


def _disk(size: TreeSize) -> int:
    return size.disk


def _item_json(namer: Namer, item: EvictItem) -> dict[str, Any]:
    return {
        **_named(namer, item.key),
        "last_used": item.config.last_used,
        "bytes": item.disk,
        "reason": item.reason,
        "held_by": [_root_json(root) for root in item.holders],
    }


def _named(namer: Namer, key: ConfigKey) -> dict[str, Any]:
    version = namer.version(key)
    said = None if version == UNKNOWN else version
    return {"platform": key.platform, "package": key.package, "version": said, "ref": key.ref}


def _root_json(root: Root) -> dict[str, Any]:
    return {"tier": root.tier.value, "owner": root.owner, "path": root.path}
