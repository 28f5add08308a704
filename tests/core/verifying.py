"""Check the contents of a store, as several test files do."""

import itertools
from collections.abc import Callable

from builders import StoreBuilder
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout
from pkgstore.operations.verify import VerifyRules, apply_verify
from pkgstore.operations.verify_events import (
    LibraryVerified,
    Outcome,
    Verified,
    VerifyDone,
    VerifyEvent,
    VerifyResult,
)
from pkgstore.operations.verify_plan import Subset, plan_verify, resume_after
from pkgstore.scan import read_snapshot


def check(
    store: StoreBuilder,
    *,
    platform: str = "",
    keys: list[ConfigKey] | None = None,
    subset: Subset | None = None,
    libraries: bool = False,
    resume: bool = False,
    clock: Callable[[], float] | None = None,
    **rules: object,
) -> list[VerifyEvent]:
    """Check all of a store, or a part; gives every event."""
    layout = Layout(str(store.root))
    after = resume_after(layout, platform, subset) if resume else None
    snapshot = read_snapshot(str(store.root))
    plan = plan_verify(snapshot, platform=platform, keys=keys, subset=subset, libraries=libraries, after=after)
    more = {} if clock is None else {"clock": clock}
    return list(apply_verify(layout, plan, VerifyRules(**rules), **more))  # type: ignore[arg-type]


def configs(events: list[VerifyEvent]) -> list[Verified]:
    return [event for event in events if isinstance(event, Verified)]


def libraries(events: list[VerifyEvent]) -> list[LibraryVerified]:
    return [event for event in events if isinstance(event, LibraryVerified)]


def outcomes(events: list[VerifyEvent]) -> dict[str, Outcome]:
    """What each package's config came to (of stores with one config a package)."""
    return {event.key.package: event.outcome for event in configs(events)}


def changes(events: list[VerifyEvent]) -> dict[str, list[str]]:
    """What became of each changed file, by package and path, the names of the changes in small letters."""
    return {
        f"{event.key.package}/{change.path}": [each.name.lower() for each in change.changes]
        for event in configs(events)
        for change in event.changes
    }


def result(events: list[VerifyEvent]) -> VerifyResult:
    last = events[-1]
    assert isinstance(last, VerifyDone)
    return last.result


def ticking(step: float = 1.0) -> Callable[[], float]:
    """A clock on which so many seconds pass each time that somebody looks."""
    ticks = itertools.count()
    return lambda: next(ticks) * step
