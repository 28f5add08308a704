"""The eviction dialog: a retention, and what a sweep with it would remove."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar, Final

from textual import on

from pkgstore.durations import parse_duration
from pkgstore.errors import InputError
from pkgstore.journal import Actor, Journal, new_operation
from pkgstore.model import ConfigRecord
from pkgstore.operations.events import Event
from pkgstore.operations.evict import EvictPlan, apply_evict, plan_evict
from pkgstore.operations.guard import RootGuard, checked
from pkgstore.operations.recording import recorded
from pkgstore.progress import Cancel, Progress
from pkgstore_tui.command_lines import line
from pkgstore_tui.format import UNKNOWN, counted, human_age, human_bytes, short_hash
from pkgstore_tui.messages import SizesMeasured
from pkgstore_tui.screens.look import Look
from pkgstore_tui.screens.plan import Field, PlanDialog, Proposal
from pkgstore_tui.session import Session
from pkgstore_tui.widgets.cells import Part
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact, Facts
from pkgstore_tui.widgets.row_table import RowTable

DEFAULT_RETENTION: Final = "30d"


class EvictDialog(PlanDialog):
    """Remove what was not used for a while."""

    HEADING: ClassVar[str] = "Evict configs that nobody used for a while"
    VERB: ClassVar[str] = "Evict"

    def __init__(self, session: Session, platform: str) -> None:
        super().__init__(session)
        self.platform = platform

    @property
    def fields(self) -> Sequence[Field]:
        """The retention, as the server has it, and the platform."""
        retention = self.session.place.retention
        given = retention if retention not in ("", "0") else DEFAULT_RETENTION
        return (
            Field("retention", "retention", "720h, 30d, 1h30m", given),
            Field("platform", "platform", "4.5-x86_64-pc-linux-gnu", self.platform),
        )

    @property
    def look(self) -> Look:
        """How rows are looked at."""
        return Look(self.session.reading, self.session.sizes, self.session.clock)

    def on_mount(self) -> None:
        """Show what would go, with its size as it is measured."""
        look = self.look
        self.session.subscribe(self.post_message)
        self.query_one("#items", RowTable).set_columns(
            (
                Column[ConfigRecord]("PACKAGE", lambda row: row.key.package, 12, grow=2, most=30),
                Column[ConfigRecord]("VERSION", lambda row: row.version or Part(UNKNOWN, "muted"), 9, 1),
                Column[ConfigRecord]("CONFIG", lambda row: Part(short_hash(row.key.config_hash), "muted"), 8, 3),
                Column[ConfigRecord]("SIZE", lambda row: look.size([row]), 10, 2, right=True),
                Column[ConfigRecord]("LAST USED", lambda row: look.age(row.last_used), 9, 0, right=True),
                Column[ConfigRecord]("USERS", lambda row: look.users([row]), 5, 1, right=True),
            )
        )

    def on_unmount(self) -> None:
        """Listen no more."""
        self.session.unsubscribe(self.post_message)

    def propose(self, values: Mapping[str, str]) -> Proposal:
        """Plan a sweep of one platform."""
        retention, platform = parse_duration(values["retention"]), values["platform"]
        platforms = tuple(self.session.reading.index.by_package)
        if platform not in platforms:
            there = ", ".join(platforms) or "none"
            raise InputError(f"this store has no platform {platform!r}", advice=f"it has {there}")
        if retention <= 0:
            return Proposal((Fact("", "a retention of 0 keeps everything; there is nothing to evict", "muted"),))
        due = plan_evict(self.session.reading.snapshot, platform, retention, now=self.session.clock())
        plan = self._kept_apart(due)
        if not due.items:
            return Proposal((Fact("would go", "nothing is that old", "good"),))
        kept = len(due.items) - len(plan.items)
        held = (Fact("kept", f"{counted(kept, 'config')} that old, needed by somebody", "good"),) if kept else ()
        if not plan.items:
            return Proposal((Fact("would go", "nothing", "good"), *held))
        root, retention_text = self.session.place.root, values["retention"]
        command = line("evict", platform=platform, retention=retention_text, store=root)
        rows = tuple(sorted(plan.items, key=lambda config: (config.last_used or 0.0, config.key)))
        return Proposal(
            (*self._facts(plan), *held),
            rows,
            f"evict {platform}",
            partial(self._evict, plan, command),
            command,
        )

    def _kept_apart(self, plan: EvictPlan) -> EvictPlan:
        """The plan without what somebody needs, as the command line plans it.

        Raises:
            RootsUnread: What is needed cannot be known.
        """
        roots = checked(self.session.reading.roots)
        return replace(plan, items=tuple(item for item in plan.items if not roots.is_rooted(item.key)))

    def _evict(self, plan: EvictPlan, command: str, cancel: Cancel, progress: Progress) -> Iterator[Event]:
        """Move it to the trash, and write that down."""
        layout, operation = self.session.layout, new_operation("evict")
        guard = RootGuard(layout.root, self.session.place.apps, {})
        events = apply_evict(layout, plan, operation=operation, guard=guard, cancel=cancel, progress=progress)
        facts = {"platforms": [plan.platform], "items": len(plan.items), "ignores_roots": False, "trash": True}
        return recorded(Journal(layout, operation, Actor.present(command)), "evict", facts, events)

    def _facts(self, plan: EvictPlan) -> tuple[Fact, ...]:
        reading, now = self.session.reading, self.session.clock()
        oldest = min(plan.items, key=lambda config: config.last_used or 0.0)
        packages = {config.key.package for config in plan.items}
        configs = sum(1 for c in reading.snapshot.configs() if c.key.platform == plan.platform)
        age = human_age(now - (oldest.last_used or now))
        return (
            Fact(
                "would go",
                f"{len(plan.items):,} of {counted(configs, 'config')}, of {counted(len(packages), 'package')}",
                "warn",
            ),
            Fact("bytes", self._bytes(plan.items)),
            Fact("oldest", f"{reading.config_name(oldest.key)}, last used {age} ago"),
            self._in_use(plan.items),
        )

    def _bytes(self, items: Sequence[ConfigRecord]) -> str:
        total = self.session.sizes.total(config.key for config in items if config.has_tree)
        return "measuring …" if total is None else human_bytes(total)

    def _in_use(self, items: Sequence[ConfigRecord]) -> Fact:
        """Workers keep their hard links; what they cannot do any more is be assembled anew."""
        users = self.session.reading.users(items)
        if not users:
            return Fact("in use", "no worker has any of them", "good")
        return Fact("in use", f"by {counted(len(users), 'worker')}, which keep their files", "warn")

    def _show(self, proposal: Proposal) -> None:
        super()._show(proposal)
        self.session.sizes.want([row.key for row in proposal.rows if row.has_tree])

    @on(SizesMeasured)
    def _sizes_measured(self) -> None:
        self.query_one("#items", RowTable).refresh()
        if self.proposal is not None and self.proposal.rows:
            self._show_bytes(self.proposal)

    def _show_bytes(self, proposal: Proposal) -> None:
        text = self._bytes(proposal.rows)
        facts = [Fact("bytes", text) if fact.label == "bytes" else fact for fact in proposal.facts]
        self.query_one("#plan", Facts).set_facts(facts)
