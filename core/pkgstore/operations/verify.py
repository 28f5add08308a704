"""Check the contents of a store: every config against its baseline, workers' libraries against the store.

Nothing of the store itself is changed, and no lock is taken; what is written are our own baselines in
``.pkgstore/digests``, and there the place at which a check stopped.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from pkgstore.errors import StoreError
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout
from pkgstore.operations.baselines import tidy_baselines, write_baseline, write_position
from pkgstore.operations.verify_config import Checked, check_config
from pkgstore.operations.verify_events import (
    LibraryVerified,
    NotRecorded,
    Outcome,
    OutOfTime,
    Verified,
    VerifyDone,
    VerifyEvent,
    VerifyResult,
)
from pkgstore.operations.verify_library import check_library
from pkgstore.operations.verify_plan import VerifyPlan
from pkgstore.pace import Pace
from pkgstore.progress import Cancel, Progress

REMEMBER_EVERY: Final = 15.0
"""Seconds: so much is looked at again after a check that was killed."""


@dataclass(frozen=True, slots=True)
class VerifyRules:
    """How a check is done.

    `record`: write baselines, and where it stopped. `accept`: take what is there for good, whatever it was before.
    `seconds`: begin no further config after so long; at least one is looked at. `rate`: bytes a second, 0 for as
    fast as it goes.
    """

    record: bool = True
    accept: bool = False
    seconds: float | None = None
    rate: int = 0


def apply_verify(
    layout: Layout,
    plan: VerifyPlan,
    rules: VerifyRules | None = None,
    *,
    cancel: Cancel | None = None,
    progress: Progress | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[VerifyEvent]:
    """Do a check.

    Args:
        layout: The store's paths.
        plan: What to look at.
        rules: How.
        cancel: Asked between pieces of files; what was looked at counts, and is gone on with by a later check.
        progress: Counts configs and libraries, and bytes.
        clock: Seconds that pass.

    Yields:
        `Verified` for each config, `LibraryVerified` for each worker, `NotRecorded` and `OutOfTime` where it comes
        to that, then `VerifyDone`.

    Raises:
        Cancelled: `cancel` was set.
    """
    run = _Run(layout, plan, rules or VerifyRules(), cancel or Cancel(), progress or Progress(), clock)
    said: tuple[NotRecorded, ...] = ()
    try:
        yield from run.configs()
        yield from run.libraries()
        yield from run.tidy()
    finally:
        said = run.remember()
    yield from said
    yield VerifyDone(replace(run.result, outcomes=dict(run.outcomes)))


@dataclass(slots=True)
class _Run:
    layout: Layout
    plan: VerifyPlan
    rules: VerifyRules
    cancel: Cancel
    progress: Progress
    clock: Callable[[], float]
    outcomes: dict[Outcome, int] = field(default_factory=dict)
    last: ConfigKey | None = None
    result: VerifyResult = field(default_factory=lambda: VerifyResult({}))
    _pace: Pace = field(init=False)
    _began: float = field(init=False)
    _remembered: float = field(init=False)
    _failure: StoreError | None = None
    _is_complete: bool = False

    def __post_init__(self) -> None:
        self._pace = Pace(self.rules.rate, clock=self.clock, cancel=self.cancel)
        self._began = self._remembered = self.clock()

    def configs(self) -> Iterator[VerifyEvent]:
        """Every config, as long as there is time."""
        plan = self.plan
        self.progress.start(len(plan.keys) + len(plan.workers), "verifying")
        for number, key in enumerate(plan.keys):
            self.cancel.check()
            if number and self._is_late():
                self.result = replace(self.result, left=len(plan.keys) - number)
                yield OutOfTime(len(plan.keys) - number)
                return
            yield from self._config(key)
        self._is_complete = True

    def _is_late(self) -> bool:
        return self.rules.seconds is not None and self.clock() - self._began >= self.rules.seconds

    def _config(self, key: ConfigKey) -> Iterator[VerifyEvent]:
        self.progress.doing = key.package
        checked = check_config(self.layout, key, accept=self.rules.accept, cancel=self.cancel, pace=self._pace)
        event, said = self._recorded(checked)
        self.outcomes[event.outcome] = self.outcomes.get(event.outcome, 0) + 1
        self.result = replace(self.result, files=self.result.files + event.files, bytes=self._pace.bytes)
        self.last = key
        self.progress.bytes = self._pace.bytes
        self.progress.step(key.package)
        yield from said
        yield event
        if self.clock() - self._remembered >= REMEMBER_EVERY:
            self._remembered = self.clock()
            yield from self._write_position(key)

    def _recorded(self, checked: Checked) -> tuple[Verified, tuple[NotRecorded, ...]]:
        """Write what is to be written down; gives the event as it then is."""
        event, baseline = checked.event, checked.baseline
        if baseline is None or not self.rules.record or self._failure is not None:
            return event, ()
        said = self._write(partial(write_baseline, self.layout, event.key, baseline))
        if said:
            return event, said
        outcome = Outcome.RECORDED if event.outcome is Outcome.UNKNOWN else event.outcome
        return replace(event, outcome=outcome, recorded=event.outcome is not Outcome.FINE), ()

    def _write(self, write: Callable[[], object]) -> tuple[NotRecorded, ...]:
        """Write something; the first time that it cannot be done is said, and nothing is written after it."""
        if self._failure is None and self.rules.record:
            try:
                write()
            except StoreError as error:
                self._failure = error
                return (NotRecorded(error),)
        return ()

    def _write_position(self, after: ConfigKey | None) -> tuple[NotRecorded, ...]:
        if not self.plan.scope:
            return ()
        return self._write(partial(write_position, self.layout, self.plan.scope, after))

    def libraries(self) -> Iterator[VerifyEvent]:
        """Every worker of the plan, if all configs were looked at."""
        for worker in self.plan.workers if self._is_complete else ():
            self.cancel.check()
            event = check_library(self.layout, worker, platform=self.plan.platform, cancel=self.cancel)
            self._count(event)
            self.progress.step(worker.key.worker_id)
            yield event

    def _count(self, event: LibraryVerified) -> None:
        known = self.result
        drifted = any(drift.is_finding for drift in event.drifts)
        unread = bool(event.problem) or any(not drift.is_finding for drift in event.drifts)
        self.result = replace(
            known,
            libraries=known.libraries + 1,
            drifted=known.drifted + drifted,
            unread=known.unread + (unread and not drifted),
        )

    def tidy(self) -> Iterator[VerifyEvent]:
        """Forget what is gone for good, when all of the store was looked at."""
        if self._is_complete and self.plan.scope:
            yield from self._write(self._tidy)

    def _tidy(self) -> None:
        self.result = replace(self.result, tidied=tidy_baselines(self.layout, self.plan.platform))

    def remember(self) -> tuple[NotRecorded, ...]:
        """Note where it stopped, or that it came to its end."""
        if self._is_complete:
            return self._write_position(None)
        return () if self.last is None else self._write_position(self.last)
