"""Evict into the trash and restore out of it, as several test files do."""

from builders import PLATFORM, StoreBuilder, seconds
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout
from pkgstore.locks import LockRules
from pkgstore.operations.events import Event
from pkgstore.operations.evict import apply_evict, plan_evict
from pkgstore.operations.restore import apply_restore, plan_restore
from pkgstore.scan import read_snapshot

OPERATION = "20261126T191500-evict-3f2a"


def evict_to_trash(store: StoreBuilder, operation: str = OPERATION, retention: str = "30d") -> list[Event]:
    """Evict what was not used for so long."""
    layout = Layout(str(store.root))
    plan = plan_evict(read_snapshot(str(store.root)), PLATFORM, seconds(retention), now=store.now)
    return list(apply_evict(layout, plan, operation=operation))


def restore(
    store: StoreBuilder, *keys: ConfigKey, operation: str = OPERATION, rules: LockRules | None = None
) -> list[Event]:
    """Put everything back, or some configs."""
    layout = Layout(str(store.root))
    return list(apply_restore(layout, plan_restore(layout, operation, keys or None), rules=rules))
