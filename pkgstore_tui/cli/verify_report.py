"""What a content check told, kept as far as somebody has to look at it."""

from dataclasses import dataclass, field
from functools import cached_property

from pkgstore.errors import StoreError
from pkgstore.layout import Layout
from pkgstore.operations.verify_events import (
    LibraryVerified,
    NotRecorded,
    Outcome,
    Verified,
    VerifyDone,
    VerifyEvent,
    VerifyResult,
)
from pkgstore.operations.verify_plan import VerifyPlan
from pkgstore.roots import Roots, roots_of
from pkgstore.scan import read_snapshot
from pkgstore_tui.cli.changing import Namer
from pkgstore_tui.cli.diagnostics import ExitCode
from pkgstore_tui.verify_words import is_worth_saying


@dataclass
class Report:
    """What a check told: all that somebody has to look at, and how many of the rest there were."""

    root: str
    apps: str
    plan: VerifyPlan
    verbose: bool
    configs: list[Verified] = field(default_factory=list)
    libraries: list[LibraryVerified] = field(default_factory=list)
    failure: StoreError | None = None
    result: VerifyResult = field(default_factory=lambda: VerifyResult({}))

    @cached_property
    def roots(self) -> Roots:
        """Who needs what, read when it is first asked for."""
        return roots_of(read_snapshot(self.root, platforms=(), apps=self.apps))

    @cached_property
    def namer(self) -> Namer:
        """What configs are called."""
        return Namer(Layout(self.root))

    def is_said(self, event: VerifyEvent) -> bool:
        """Whether an event is shown, or one of many."""
        is_one_of_many = isinstance(event, Verified | LibraryVerified)
        return is_worth_saying(event) or (self.verbose and is_one_of_many)

    def add(self, event: VerifyEvent) -> None:
        """Keep what is shown."""
        match event:
            case Verified() if self.is_said(event):
                self.configs.append(event)
            case LibraryVerified() if self.is_said(event):
                self.libraries.append(event)
            case NotRecorded():
                self.failure = event.error
            case VerifyDone():
                self.result = event.result

    @property
    def code(self) -> ExitCode:
        """1 where something was changed, 6 where something is not known to be what it was."""
        result = self.result
        if result.count(Outcome.CHANGED) or result.count(Outcome.DAMAGED) or result.drifted:
            return ExitCode.FINDINGS
        unproven = result.count(Outcome.UNREAD) + result.count(Outcome.UNKNOWN) + result.unread
        return ExitCode.PARTLY if unproven or self.failure is not None else ExitCode.DONE
