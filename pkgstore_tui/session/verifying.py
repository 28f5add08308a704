"""A content check as a job of this session: what it tells is kept, and where it stopped is remembered."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from pkgstore.errors import Cancelled
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout
from pkgstore.operations.events import Noticed
from pkgstore.operations.verify import VerifyRules, apply_verify
from pkgstore.operations.verify_events import OutOfTime, Verified, VerifyDone, VerifyEvent
from pkgstore.operations.verify_plan import Subset, VerifyPlan, resume_after, scope_of
from pkgstore.progress import Cancel, Progress
from pkgstore_tui.format import counted
from pkgstore_tui.jobs import JobEvent
from pkgstore_tui.session.contents import Contents
from pkgstore_tui.session.reading import Reading
from pkgstore_tui.verify_words import is_worth_saying, time_is_up_text

AGAIN = "V"
"""The key that goes on with a check."""


def where_stopped(contents: Contents, layout: Layout, platform: str, subset: Subset | None) -> ConfigKey | None:
    """Where the newest check of a scope stopped: in this session, else as an earlier one wrote it down.

    Raises:
        StoreError: What tells it cannot be read.
    """
    scope = scope_of(platform, subset)
    return contents.stopped(scope) if contents.knows(scope) else resume_after(layout, platform, subset)


@dataclass(eq=False)
class Check:
    """One check of contents; called with a cancel flag and a progress it gives the events that are worth saying."""

    layout: Layout
    plan: VerifyPlan
    rules: VerifyRules
    contents: Contents
    may_write: Callable[[], bool]
    reading: Callable[[], Reading]
    clock: Callable[[], float]
    looked: int = 0
    last: ConfigKey | None = None

    def __call__(self, cancel: Cancel, progress: Progress) -> Iterator[JobEvent]:
        """Do it."""
        allowed = self.may_write()
        rules = replace(self.rules, record=self.rules.record and allowed, accept=self.rules.accept and allowed)
        try:
            for event in apply_verify(self.layout, self.plan, rules, cancel=cancel, progress=progress):
                yield from self._said(event)
        except Cancelled:
            self._remember()
            yield Noticed("", self._where())
            raise

    def _said(self, event: VerifyEvent) -> Iterator[JobEvent]:
        self.contents.tell(event, self.clock(), self.reading().snapshot)
        if isinstance(event, Verified):
            self.looked, self.last = self.looked + 1, event.key
        if isinstance(event, OutOfTime | VerifyDone):
            self._remember()
        if isinstance(event, OutOfTime):
            goes_on = AGAIN if self.plan.scope else "another check of the rest"
            yield Noticed("", time_is_up_text(event, libraries=bool(self.plan.workers), goes_on=goes_on))
        elif is_worth_saying(event):
            yield event

    @property
    def _has_all(self) -> bool:
        return self.looked == len(self.plan.keys)

    def _remember(self) -> None:
        """Note where it stopped, as the check itself does where it may write."""
        if self.plan.scope and (self._has_all or self.last is not None):
            self.contents.stop(self.plan.scope, None if self._has_all else self.last)

    def _where(self) -> str:
        done = f"{self.looked:,} of {counted(len(self.plan.keys), 'config')} looked at"
        if self.last is None or self._has_all:
            return f"stopped: {done}"
        behind = f"stopped behind {self.reading().config_name(self.last)}, {done}"
        return f"{behind}; {AGAIN} goes on there" if self.plan.scope else behind
