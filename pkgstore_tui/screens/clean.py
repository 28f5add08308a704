"""The dialogs that remove for good: what crashes left, and what lies in the trash."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pkgstore.durations import parse_duration
from pkgstore.journal import Actor
from pkgstore.operations.clean import Left, LeftOver, left_overs, plan_clean
from pkgstore.operations.empty import plan_empty
from pkgstore.operations.upkeep import run_clean, run_empty
from pkgstore.trash import KEEP, TrashFolder
from pkgstore.usage import read_tree
from pkgstore_tui.command_lines import line
from pkgstore_tui.format import counted, human_age, human_bytes
from pkgstore_tui.screens.plan import Field, PlanDialog, Proposal
from pkgstore_tui.session import Session
from pkgstore_tui.widgets.cells import Part
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact
from pkgstore_tui.widgets.row_table import RowTable

FOR_GOOD = Fact("", "it is deleted for good; nothing brings it back", "muted")


class _Sized(PlanDialog):
    """A plan whose rows have paths that are measured with it."""

    def __init__(self, session: Session, names: Sequence[str]) -> None:
        super().__init__(session)
        self._names = tuple(names)
        self._sizes: dict[str, int] = {}

    def _measure(self, paths: Sequence[str]) -> int:
        """The bytes that come free, as the command line says them."""
        self._sizes = {path: read_tree(path).own.disk for path in paths}
        return sum(self._sizes.values())

    def _set_columns(self, *columns: Column[Any]) -> None:
        self.query_one("#items", RowTable).set_columns(
            (*columns, Column("FREES", self._freed_cell, 10, 2, right=True))
        )

    def _freed_cell(self, row: Any) -> str:
        size = self._sizes.get(row.path)
        return "" if size is None else human_bytes(size)


class CleanDialog(_Sized):
    """Break stale locks, remove builds, staging folders and libraries that crashes left."""

    HEADING: ClassVar[str] = "Clean up what crashes left"
    VERB: ClassVar[str] = "Clean"

    @property
    def fields(self) -> Sequence[Field]:
        """There is nothing to fill in."""
        return ()

    def on_mount(self) -> None:
        """Show what would go."""
        now = self.session.clock
        self._set_columns(
            Column[LeftOver]("KIND", lambda row: Part(row.kind.value, "muted"), 7),
            Column[LeftOver]("WHAT", lambda row: self._called(row), 14, grow=2, most=60),
            Column[LeftOver]("UNCHANGED", lambda row: human_age(now() - row.changed), 9, 1, right=True),
        )

    def _called(self, item: LeftOver) -> str:
        if item.kind is not Left.LOCK:
            return item.name
        locks = {lock.path: lock.key for lock in self.session.reading.snapshot.locks}
        key = locks.get(item.path)
        return self.session.reading.names.text(key) if key is not None else item.name

    def propose(self, values: Mapping[str, str]) -> Proposal:  # noqa: ARG002
        """Look at each of them, and plan what may go."""
        layout, now = self.session.layout, self.session.clock()
        there = left_overs(layout, now=now, names=self._names)
        plan = plan_clean(there, names=self._names, now=now)
        fresh = [item for item in there if not item.is_stale(now)] if self._names else []
        kept = [Fact("stays", self._waits(item, now), "good") for item in fresh]
        gone = sorted(set(self._names) - {item.id for item in there})
        kept += [Fact("gone", f"{name} is not there any more", "muted") for name in gone]
        if not plan.items:
            return Proposal((*kept, Fact("would go", "nothing", "good"), Fact("", _RULE, "muted")))
        freed = self._measure([item.path for item in plan.items if item.kind is not Left.LOCK])
        command = line("clean", *self._names, store=layout.root)
        frees = f", frees {human_bytes(freed)}" if freed else ""
        return Proposal(
            (
                Fact("would go", f"{counted(len(plan.items), 'thing')}{frees}", "warn"),
                *kept,
                *self._warned(plan.items),
            ),
            plan.items,
            "clean",
            lambda cancel, progress: run_clean(
                layout, plan, Actor.present(command), cancel=cancel, progress=progress
            ),
            command,
        )

    def _waits(self, item: LeftOver, now: float) -> str:
        age = now - item.changed
        what = f"{item.kind.value} {self._called(item)}"
        return f"{what} changed {human_age(age)} ago; it may go in {human_age(item.stale_after - age)}"

    def _warned(self, items: Sequence[LeftOver]) -> list[Fact]:
        whole = [item for item in items if item.has_manifest]
        if not whole:
            return [FOR_GOOD]
        what = counted(len(whole), "whole library", "whole libraries")
        return [Fact("beware", f"{what}: make sure that no worker runs in it", "bad"), FOR_GOOD]


_RULE = (
    "a lock may go when nobody refreshed it for 30 minutes, all else when nothing in it changed for 24 hours; "
    "a worker's whole library only when it is chosen itself"
)


class EmptyDialog(_Sized):
    """Delete what lies in the trash: some operations, or what is older than a while."""

    HEADING: ClassVar[str] = "Empty the trash"
    VERB: ClassVar[str] = "Delete"

    @property
    def fields(self) -> Sequence[Field]:
        """How old it has to be, where no operations are named."""
        return () if self._names else (Field("older", "older than", "7d, 12h, 0 for all", f"{KEEP / 86400:.0f}d"),)

    def on_mount(self) -> None:
        """Show what would go."""
        now = self.session.clock
        self._set_columns(
            Column[TrashFolder]("OPERATION", lambda row: row.name, 14, grow=2, most=40),
            Column[TrashFolder]("AGE", lambda row: human_age(max(0.0, row.age(now()))), 7, 1, right=True),
            Column[TrashFolder]("CONFIGS", lambda row: f"{len(row.items):,}", 7, 3, right=True),
        )

    def propose(self, values: Mapping[str, str]) -> Proposal:
        """Plan it."""
        layout, older = self.session.layout, values.get("older", "")
        span = parse_duration(older) if older else 0.0
        plan = plan_empty(layout, older=span, names=self._names, now=self.session.clock())
        if not plan.folders:
            what = "nothing is that old" if span > 0 else "the trash is empty"
            return Proposal((Fact("would go", what, "good"),))
        freed = self._measure([folder.path for folder in plan.folders])
        configs = sum(len(folder.items) for folder in plan.folders)
        command = line("trash", "empty", *self._names, older=older if span else "", store=layout.root)
        said = f"{counted(configs, 'config')} of {counted(len(plan.folders), 'operation')}"
        return Proposal(
            (Fact("would go", f"{said}, frees {human_bytes(freed)}", "warn"), FOR_GOOD),
            plan.folders,
            "empty the trash",
            lambda cancel, progress: run_empty(
                layout, plan, Actor.present(command), cancel=cancel, progress=progress
            ),
            command,
        )
