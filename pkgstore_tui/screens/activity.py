"""The activity view: who holds a lock, what was left over, and what was done here."""

from collections.abc import Awaitable
from typing import ClassVar

from textual import on

from pkgstore.model import LockRecord, WorkRecord
from pkgstore.progress import Cancel
from pkgstore.usage import TreeSize, measure_tree
from pkgstore_tui.jobs import Job
from pkgstore_tui.messages import StatusChanged
from pkgstore_tui.screens.activity_levels import ActivityLevel, Doing, trash_of
from pkgstore_tui.screens.drill import DrillScreen
from pkgstore_tui.screens.goto import Goto, named_by
from pkgstore_tui.screens.job import JobScreen
from pkgstore_tui.screens.latest import Latest
from pkgstore_tui.screens.places import place_of
from pkgstore_tui.session import Session
from pkgstore_tui.widgets.row_table import RowTable


class ActivityScreen(DrillScreen):
    """What is going on, and what was left over."""

    VIEW: ClassVar[str] = "activity"
    top_crumb = "Activity"

    def __init__(self, session: Session) -> None:
        self._folders: dict[str, TreeSize] = {}
        self._cancel = Cancel()
        disk = session.options.saved is None
        level = ActivityLevel(
            lambda: tuple(session.jobs.all), self._folders, lambda: trash_of(session.layout) if disk else ()
        )
        super().__init__(session, level)
        self._measuring = Latest(self, "folders", self._measure, self._measured)

    @on(StatusChanged)
    def _jobs_changed(self) -> None:
        if self.is_current:
            self.ask(anew=True)

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
        self.ask(anew=True)

    # --- commands -----------------------------------------------------------------------------------------------

    @on(RowTable.RowSelected, "#rows")
    def action_into(self) -> Awaitable[None] | None:
        """To the job, to what is locked, or to what becomes of a build's packages."""
        row = self.row
        if isinstance(row, Doing) and isinstance(row.thing, Job):
            self.app.push_screen(JobScreen(self.session, row.thing))
        elif (place := self._place()) is not None:
            self.post_message(place)
        return None

    def _place(self) -> Goto | None:
        row = self.row
        match row.thing if isinstance(row, Doing) else None:
            case LockRecord(key=key):
                return place_of(self.reading, key)
            case WorkRecord() if row is not None and row.lockfile:
                return Goto("why", about=named_by(row))
        return None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Not everything leads somewhere."""
        if action == "into":
            row = self.row
            return isinstance(row, Doing) and (isinstance(row.thing, Job) or self._place() is not None)
        return super().check_action(action, parameters)
