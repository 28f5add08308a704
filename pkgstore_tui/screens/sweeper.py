"""The dialogs of the background sweeper: start it, after a look at what its first sweep would take; or stop it."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pkgstore.durations import parse_duration
from pkgstore.errors import InputError
from pkgstore.operations.eviction import EvictItem
from pkgstore.operations.sweep import SweepRule, plan_sweep
from pkgstore.operations.sweeper import sweep_interval
from pkgstore_tui.command_lines import line
from pkgstore_tui.format import UNKNOWN, counted, human_age, human_time
from pkgstore_tui.screens.activity_states import sweeper_cell
from pkgstore_tui.screens.plan import Field, PlanDialog, Proposal
from pkgstore_tui.session import Session
from pkgstore_tui.widgets.cells import Part
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact
from pkgstore_tui.widgets.row_table import RowTable

DEFAULT_RETENTION = "30d"


class StartSweeper(PlanDialog):
    """Begin to sweep in the background, until the program ends."""

    HEADING: ClassVar[str] = "Start the sweeper"
    VERB: ClassVar[str] = "Start"

    def __init__(self, session: Session, platform: str) -> None:
        super().__init__(session)
        self.platform = platform
        self._rules: dict[str, SweepRule] = {}

    @property
    def fields(self) -> Sequence[Field]:
        """The retention, as the server has it, and the platform."""
        retention = self.session.place.retention
        given = retention if retention not in ("", "0") else DEFAULT_RETENTION
        return (
            Field("retention", "retention", "720h, 30d, 1h30m", given),
            Field("platform", "platform", "4.5-x86_64-pc-linux-gnu", self.platform),
        )

    def on_mount(self) -> None:
        """Show what would go."""
        now = self.session.clock
        self.query_one("#items", RowTable).set_columns(
            (
                Column[EvictItem]("PACKAGE", lambda row: row.key.package, 12, grow=2, most=30),
                Column[EvictItem]("VERSION", lambda row: row.config.version or Part(UNKNOWN, "muted"), 9, 1),
                Column[EvictItem]("LAST USED", lambda row: _age(now(), row.config.last_used), 9, 0, right=True),
            )
        )

    def propose(self, values: Mapping[str, str]) -> Proposal:
        """Plan what a sweep would take now."""
        place, platform, now = self.session.place, values["platform"], self.session.clock()
        retention = parse_duration(values["retention"])
        platforms = tuple(self.session.reading.index.by_package)
        if platform not in platforms:
            there = ", ".join(platforms) or "none"
            raise InputError(f"this store has no platform {platform!r}", advice=f"it has {there}")
        if retention <= 0:
            return Proposal((Fact("", "a retention of 0 keeps everything; there is nothing to do", "muted"),))
        rule = SweepRule((platform,), retention)
        planned = plan_sweep(place.root, place.apps, rule, now=now)
        every = sweep_interval(retention)
        items, kept = planned.plan.items, len(planned.plan.kept)
        held = (Fact("keeps", f"{counted(kept, 'config')} that old, needed by somebody", "good"),) if kept else ()
        command = line("sweep", platform=platform, retention=values["retention"], store=place.root)
        self._rules[command] = rule
        return Proposal(
            (
                Fact("now", f"a sweep would take {counted(len(items), 'config')}", "warn" if items else "good"),
                *held,
                Fact("sweeps", f"every {human_age(every)}, first at {human_time(now + every)}"),
                Fact("trash", f"is emptied of what is older than {human_age(rule.keep_trash)}"),
                Fact("", "it asks no more, and stops when this program ends or is locked", "muted"),
            ),
            items,
            "sweeper",
            lambda _cancel, _progress: iter(()),
            command,
        )

    def begin(self, proposal: Proposal) -> None:
        """Start no job: the sweeper, which makes one of each sweep."""
        self.session.sweeping.start(self._rules[proposal.command], proposal.command)


def _age(now: float, used: float | None) -> str:
    return UNKNOWN if used is None else human_age(max(0.0, now - used))


class StopSweeper(PlanDialog):
    """Sweep no more."""

    HEADING: ClassVar[str] = "Stop the sweeper"
    VERB: ClassVar[str] = "Stop"

    @property
    def fields(self) -> Sequence[Field]:
        """There is nothing to fill in."""
        return ()

    def propose(self, values: Mapping[str, str]) -> Proposal:  # noqa: ARG002
        """Say how it stands."""
        sweeping = self.session.sweeping
        if sweeping.rule is None:
            return Proposal((Fact("", "it is off already", "muted"),))
        stops = "the sweep that runs stops between two packages" if sweeping.is_sweeping else "nothing is half done"
        facts = (
            Fact("sweeps", f"every {human_age(sweeping.interval)}, {', '.join(sweeping.rule.platforms)}"),
            Fact("retention", human_age(sweeping.rule.retention)),
            Fact("state", sweeper_cell(self.session.clock(), sweeping).text),
            Fact("", stops, "muted"),
        )
        return Proposal(facts, title="sweeper", factory=lambda _cancel, _progress: iter(()))

    def begin(self, proposal: Proposal) -> None:  # noqa: ARG002
        """Stop it; what it does just now ends by itself."""
        self.session.sweeping.stop(0)
