"""The activity view: who holds a lock, what was left over, what was done here, and what can be undone."""

from collections.abc import Awaitable, Sequence
from typing import Any, ClassVar

from textual import on
from textual.binding import BindingType
from textual.events import ScreenResume

from pkgstore.errors import Cancelled, StoreError
from pkgstore.keys import ConfigKey
from pkgstore.model import LockRecord, WorkRecord
from pkgstore.operations.clean import Left, LeftOver, left_overs
from pkgstore.usage import TreeSize, measure_tree
from pkgstore_tui.commands import Command, bindings
from pkgstore_tui.jobs import Job
from pkgstore_tui.messages import JobEnded, OursChanged, SnapshotChanged, StatusChanged
from pkgstore_tui.screens.activity_levels import ActivityLevel
from pkgstore_tui.screens.activity_rows import TRASH, Doing, Present
from pkgstore_tui.screens.clean import CleanDialog, EmptyDialog
from pkgstore_tui.screens.drill import DrillScreen
from pkgstore_tui.screens.goto import Goto, named_by
from pkgstore_tui.screens.job import JobScreen
from pkgstore_tui.screens.journal_levels import Lying, TrashLevel
from pkgstore_tui.screens.latest import Latest
from pkgstore_tui.screens.places import place_of
from pkgstore_tui.screens.plan import PlanDialog
from pkgstore_tui.screens.sweeper import StartSweeper, StopSweeper
from pkgstore_tui.session import Session
from pkgstore_tui.session.affairs import Affairs, Deed, Trashed
from pkgstore_tui.session.foreground import Considerate
from pkgstore_tui.session.sweeping import Sweeping
from pkgstore_tui.widgets.row_table import RowTable

BEHIND = 1.0
"""Seconds between two looks whether a journal that was too large to be read again may be read now."""


class ActivityScreen(DrillScreen):
    """What is going on, what was left over, and what was done."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("activity")]
    VIEW: ClassVar[str] = "activity"
    NOT_IN_FOOTER: ClassVar[frozenset[str]] = frozenset(
        {"view.compare", "store.ingest", "store.assemble", "rows.verify"}
    )
    top_crumb = "Activity"

    def __init__(self, session: Session) -> None:
        self._folders: dict[str, TreeSize] = {}
        self._cancel = Considerate(session.foreground)
        self._known = Affairs()
        self._left: tuple[LeftOver, ...] = ()
        self._is_unseen = False
        super().__init__(session, ActivityLevel(session.layout, self._present, self._folders))
        self._measuring = Latest(self, "folders", self._measure, self._measured)
        self._affairs = Latest(self, "affairs", self._read_affairs, self._took_affairs)
        self._looking = Latest(self, "left", self._read_left, self._took_left)

    def _present(self) -> Present:
        saved = self.session.options.saved is not None
        return Present(
            tuple(self.session.jobs.all), self._known, self._left, None if saved else self.session.sweeping
        )

    @property
    def is_arranged(self) -> bool:
        """Whether all that was asked for is shown."""
        return super().is_arranged and self._affairs.is_idle and self._looking.is_idle

    # --- what is read beside the snapshot -------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Read journal, trash, and what was left over."""
        self._look_again()

    def _look_again(self) -> None:
        if self.session.options.saved is None:
            self._is_unseen = False
            self._affairs.ask(None)
            self._looking.ask(self.session.clock())

    def _read_affairs(self, _asked: None) -> Affairs:
        return self.session.affairs.read()

    def _took_affairs(self, found: Affairs) -> None:
        self._known = found
        self.ask(anew=True)
        if self.session.affairs.is_behind:
            self.set_timer(BEHIND, lambda: self._affairs.ask(None))

    def _read_left(self, now: float) -> tuple[LeftOver, ...]:
        """Builds and staging folders are told by the snapshot, too; of workers only those that nobody changes."""
        try:
            found = left_overs(self.session.layout, now=now, cancel=self._cancel)
        except (Cancelled, StoreError):  # the reading of the store says what is wrong with it
            return ()
        return tuple(item for item in found if item.kind is not Left.WORKER or item.is_stale(now))

    def _took_left(self, found: tuple[LeftOver, ...]) -> None:
        self._left = found
        self.ask(anew=True)

    @on(StatusChanged)
    def _jobs_changed(self) -> None:
        if self.is_current:
            self.ask(anew=True)

    @on(JobEnded)
    def _job_ended(self) -> None:
        if self.is_current:
            self._look_again()
        else:
            self._is_unseen = True

    @on(SnapshotChanged)
    def _all_read_again(self, message: SnapshotChanged) -> None:
        if message.keys is None and self.is_current and self.reading.complete:
            self._look_again()

    @on(OursChanged)
    def _ours_changed(self) -> None:
        if self.is_current:
            self._affairs.ask(None)
        else:
            self._is_unseen = True

    @on(ScreenResume)
    def _seen(self) -> None:
        if self._is_unseen:
            self._look_again()

    def on_unmount(self) -> None:
        """Measure no more."""
        self._cancel.set()

    # --- the sizes of folders -------------------------------------------------------------------------------------

    @on(RowTable.RowsShown, "#rows")
    def _measure_next(self) -> None:
        """One folder in sight after the other."""
        if self.session.options.saved is not None or self.row is None:
            return
        for row in self.table.rows_in_sight:
            sized = isinstance(row, Doing) and row.path and not isinstance(row.thing, LockRecord)
            if sized and row.path not in self._folders:
                self._measuring.ask(row.path)
                return

    def _measure(self, path: str) -> tuple[str, TreeSize]:
        return path, measure_tree(path, cancel=self._cancel)

    def _measured(self, answer: tuple[str, TreeSize]) -> None:
        path, size = answer
        self._folders[path] = size
        self.show_sizes()
        self._measure_next()

    def action_refresh_row(self) -> None:
        """Read and measure the row again."""
        if isinstance(self.row, Doing):
            self._folders.pop(self.row.path, None)
        super().action_refresh_row()
        self._look_again()
        self.ask(anew=True)

    @on(RowTable.RowHighlighted, "#rows")
    def _row_changed(self) -> None:
        """What can be done depends on the row."""
        self.refresh_bindings()

    # --- where a row leads ----------------------------------------------------------------------------------------

    @on(RowTable.RowSelected, "#rows")
    def _selected(self, event: RowTable.RowSelected) -> Awaitable[None] | None:
        event.prevent_default()
        return self.action_into()

    def action_into(self) -> Awaitable[None] | None:
        """To the job, to what is locked, to what becomes of a build's packages, or a level deeper."""
        if (job := self._job()) is not None:
            self.app.push_screen(JobScreen(self.session, job))
        elif (place := self._place()) is not None:
            self.post_message(place)
        elif self.row is not None and self.level.into(self.row) is not None:
            return super().action_into()
        return None

    def _job(self) -> Job | None:
        thing = self.row.thing if isinstance(self.row, Doing) else None
        return thing if isinstance(thing, Job) else thing.last if isinstance(thing, Sweeping) else None

    def _place(self) -> Goto | None:
        row = self.row
        match row.thing if isinstance(row, Doing) else None:
            case LockRecord(key=key):
                return place_of(self.reading, key)
            case WorkRecord() if row is not None and row.lockfile:
                return Goto("why", about=named_by(row))
        return None

    # --- what is changed ------------------------------------------------------------------------------------------

    def undone(self) -> tuple[str, tuple[ConfigKey, ...]]:
        """The eviction of the row, or of the level; of that, what is marked."""
        row, level = self.row, self.level
        if isinstance(level, TrashLevel):
            return level.operation, tuple(lying.key for lying in self.marked_rows if isinstance(lying, Lying))
        if isinstance(row, Deed):
            return (row.operation if row.evicts else ""), ()
        return getattr(level, "operation", "") or (row.operation if isinstance(row, Doing) else ""), ()

    def action_clean(self) -> None:
        """Plan to remove what is marked, or the row."""
        left, trash = self._to_clean()
        if left and trash:
            text = "mark what was left over, or what lies in the trash, not both"
            self.app.notify(text, severity="warning", markup=False)
        elif left:
            self._open(CleanDialog(self.session, left))
        elif trash:
            self._open(EmptyDialog(self.session, trash))

    def _to_clean(self) -> tuple[Sequence[str], Sequence[str]]:
        """The ids of what was left over, and the names of the trash's folders, among the rows that are meant."""
        if isinstance(self.level, TrashLevel):
            return (), (self.level.operation,)
        rows: Sequence[Any] = self.marked_rows or (() if self.row is None else (self.row,))
        doings = [row for row in rows if isinstance(row, Doing)]
        trashed = [row.thing.name for row in doings if isinstance(row.thing, Trashed)]
        return [row.left for row in doings if row.left], trashed

    def action_clean_all(self) -> None:
        """Plan to remove everything that crashes left."""
        self._open(CleanDialog(self.session, ()))

    def action_empty_trash(self) -> None:
        """Plan to delete what is old in the trash."""
        self._open(EmptyDialog(self.session, ()))

    def action_sweeper(self) -> None:
        """Start the sweeper, or stop it; both after a question."""
        was_on = self.session.sweeping.is_on
        dialog: PlanDialog = StopSweeper(self.session)
        if not was_on:
            dialog = StartSweeper(self.session, self.present_platform)

        def decided(_job: Job | None) -> None:
            is_on = self.session.sweeping.is_on
            said = "nothing changed" if is_on == was_on else "the sweeper is on" if is_on else "the sweeper is off"
            self.app.notify(said, markup=False)

        self.app.push_screen(dialog, decided)

    def word_for(self, command: Command) -> str:
        """In the trash, cleaning is deleting."""
        if command.id == "activity.clean" and (self.row is None or self.row_kind == TRASH):
            return "Delete"
        return super().word_for(command)

    @property
    def row_kind(self) -> str:
        """The kind of the row; that of the trash below it, too."""
        if isinstance(self.level, TrashLevel):
            return TRASH
        return self.row.kind if isinstance(self.row, Doing) else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Not everything leads somewhere, nor can be removed."""
        allowed = super().check_action(action, parameters)
        if not allowed:
            return allowed
        if action == "into":
            row = self.row
            deeper = row is not None and self.level.into(row) is not None
            return deeper or self._job() is not None or self._place() is not None
        return any(self._to_clean()) if action == "clean" else allowed
