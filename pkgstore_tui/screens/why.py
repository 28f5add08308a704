"""The why view: what becomes of a lockfile's packages, and why. The store is asked in a thread."""

import os
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.worker import get_current_worker

from pkgstore.errors import StoreError
from pkgstore.explain.decisions import Question, decide, read_question
from pkgstore.progress import Cancel
from pkgstore_tui.commands import bindings
from pkgstore_tui.screens.browse import OpenFile
from pkgstore_tui.screens.drill import DrillScreen
from pkgstore_tui.screens.goto import Named
from pkgstore_tui.screens.why_levels import LockfilesLevel, WhyLevel
from pkgstore_tui.screens.why_rows import Answer, LockRow, lockfiles_of
from pkgstore_tui.session import Session
from pkgstore_tui.widgets.row_table import RowTable


class WhyScreen(DrillScreen):
    """Hit or miss, package by package."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("why")]
    VIEW: ClassVar[str] = "why"
    top_crumb = "Lockfiles"

    def __init__(self, session: Session) -> None:
        self._opened: list[str] = []
        self._answers: dict[str, Answer] = {}
        self._asked: tuple[str, object] = ("", None)
        self._number = 0
        self._cancel = Cancel()
        self._wanted: Named | None = None
        super().__init__(session, LockfilesLevel(self._opened))

    def show_reading(self) -> None:
        """Ask again where the store has changed."""
        super().show_reading()
        self._question()

    # --- asking -------------------------------------------------------------------------------------------------

    def explain(self, wanted: Named) -> None:
        """Show why a package is a hit or a miss: at once where the lockfile is known, else ask which."""
        rows = list(lockfiles_of(self.reading.snapshot, self._opened))
        if wanted.lockfile:
            found = [row for row in rows if row.path == wanted.lockfile]
        else:
            found = [row for row in rows if row.names(wanted)]
        self._wanted = wanted if wanted.package else None
        self.go_to(())
        if len(found) == 1:
            self._show(found[0].path, found[0].name)
        elif found:
            self.go(LockfilesLevel((), wanted))
        else:
            what = wanted.package or "this folder"
            self.app.notify(f"no lockfile in reach names {what}; o opens another one", markup=False)

    def _show(self, path: str, name: str) -> None:
        self.go(WhyLevel(self._answers.get, path, name))
        self._question()

    def _question(self, *, again: bool = False) -> None:
        """Ask the store about the lockfile that is shown, if that was not asked in this state of the store."""
        level = self.level
        if not isinstance(level, WhyLevel) or not self.is_attached:
            return
        path, sources = self._asked
        if again or path != level.path or sources is not self.reading.snapshot.sources:
            self._asked = level.path, self.reading.snapshot.sources
            self._number += 1
            self._cancel.set()
            self._cancel = Cancel()
            self._work_out(self._number, level.path, self._cancel)

    @work(thread=True, group="why", exit_on_error=False)
    def _work_out(self, number: int, path: str, cancel: Cancel) -> None:
        try:
            question = self._read(path)
            answer = Answer(question, tuple(decide(self.session.layout, question, cancel=cancel)))
        except StoreError as error:
            answer = Answer(error=error.reason)
        if not cancel.is_set() and not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._answered, number, path, answer)

    def _read(self, path: str) -> Question:
        if self.session.options.saved is not None:
            raise StoreError("a saved scan has no files to look into", advice="open the store itself")
        return read_question(path)

    def _answered(self, number: int, path: str, answer: Answer) -> None:
        if number == self._number and self.is_attached:
            self._answers[path] = answer
            self.ask(self._wanted_key(answer), anew=True)

    def _wanted_key(self, answer: Answer) -> object:
        """The row for the cursor: the package that was asked for; None where none was, or it is not there."""
        wanted, self._wanted = self._wanted, None
        if wanted is None or not isinstance(self.level, WhyLevel):
            return None
        found = (row for row in answer.decisions if row.entry.package == wanted.package)
        return next(map(self.level.key, found), None)

    def on_unmount(self) -> None:
        """Ask no more."""
        self._cancel.set()

    # --- commands -----------------------------------------------------------------------------------------------

    @on(RowTable.RowSelected, "#rows")
    def action_into(self) -> None:
        """Ask about a lockfile."""
        row = self.row
        if isinstance(row, LockRow):
            self.place.at, self.place.top = self.level.key(row), self.table.scroll_offset.y
            self._show(row.path, row.name)

    def action_refresh_row(self) -> None:
        """Ask the store again."""
        super().action_refresh_row()
        self._question(again=True)

    def action_open_lockfile(self) -> None:
        """Choose a lockfile from the disk."""

        def picked(path: Path | None) -> None:
            if path is not None:
                name = str(path)
                if name not in self._opened:
                    self._opened.append(name)
                self._show(name, os.path.join(path.parent.name, path.name))

        begin = self.session.place.apps
        self.app.push_screen(OpenFile(begin if os.path.isdir(begin) else "/", title="Choose a lockfile"), picked)
