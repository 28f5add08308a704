"""The why view: what becomes of a lockfile's packages, and why. The store is asked in a thread."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from pkgstore.explain.report import Explained
from pkgstore_tui.commands import Command, bindings
from pkgstore_tui.screens.arranging import Choice as Chosen
from pkgstore_tui.screens.browse import OpenFile
from pkgstore_tui.screens.goto import Named
from pkgstore_tui.screens.latest import Arrival, Latest
from pkgstore_tui.screens.menu import Menu
from pkgstore_tui.screens.why_asking import Ask, answer_to
from pkgstore_tui.screens.why_choices import worker_choices
from pkgstore_tui.screens.why_difference import can_differ
from pkgstore_tui.screens.why_facts import LABEL
from pkgstore_tui.screens.why_lead import Lead
from pkgstore_tui.screens.why_levels import LockfilesLevel, WhyLevel
from pkgstore_tui.screens.why_links import LinkRow, LinksLevel, has_links
from pkgstore_tui.screens.why_rows import Answer, Asked, LockRow, asked_of, lockfiles_of, row_key
from pkgstore_tui.screens.why_tools import OF_ONE, WhyTools
from pkgstore_tui.screens.why_tree import TreeLevel, TreeRow
from pkgstore_tui.session import Session
from pkgstore_tui.widgets.facts import Facts
from pkgstore_tui.widgets.row_table import RowTable


class WhyScreen(WhyTools):
    """Hit or miss, package by package."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("why")]
    VIEW: ClassVar[str] = "why"
    top_crumb = "Lockfiles"

    def __init__(self, session: Session) -> None:
        self._opened: list[str] = []
        self._answers: dict[Asked, Answer] = {}
        self._present: Ask | None = None
        self._wanted: Named | None = None
        self._keys = (False, False, False)
        super().__init__(session, LockfilesLevel(self._opened))
        self._why = Latest(self, "why", lambda ask: (ask, answer_to(ask)), self._answered)

    def compose_body(self) -> ComposeResult:
        """What is said first, the table, the details."""
        yield Lead(id="lead")
        yield RowTable(id="rows")
        yield Facts(id="details", label=LABEL)

    def show_reading(self) -> None:
        """Ask again where the store has changed."""
        super().show_reading()
        self._question()

    def show_around(self) -> None:
        """What is said above the packages goes with them."""
        super().show_around()
        level = self.level
        self.query_one(Lead).tell(level.answer if isinstance(level, WhyLevel) else None)

    # --- asking -------------------------------------------------------------------------------------------------

    @property
    def is_arranged(self) -> bool:
        """Whether all that was asked for is shown."""
        return self._why.is_idle and super().is_arranged

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
            self._show(asked_of(found[0]))
        elif found:
            self.go(LockfilesLevel((), wanted))
        else:
            what = wanted.package or "this folder"
            self.app.notify(f"no lockfile in reach names {what}; o opens another one", markup=False)

    def _show(self, asked: Asked) -> None:
        self.go(WhyLevel(self._answers.get, asked))
        self._question(again=self._wanted is not None)

    def _question(self, *, again: bool = False) -> Arrival | None:
        """Ask the store about the lockfile that is shown, if that was not asked in this state of the store."""
        asked, reading = self.asked, self.reading
        if asked is None or not reading.complete or not self.is_attached:
            return None
        ask = Ask(asked, reading, self.now(), self.session.options.saved is None)
        before = self._present
        if not again and before is not None and all(map(_same, before.basis, ask.basis)):
            return None
        if before is not None:
            before.cancel.set()
        self._present = ask
        return self._why.ask(ask)

    def _answered(self, answered: tuple[Ask, Answer]) -> None:
        ask, answer = answered
        if ask is self._present:
            self._answers[ask.asked] = answer
            self.ask(self._wanted_key(answer), anew=True)

    def _wanted_key(self, answer: Answer) -> object:
        """The row for the cursor: the package that was asked for; None where none was, or it is not there."""
        if not isinstance(self.level, WhyLevel):
            return None
        wanted, self._wanted = self._wanted, None
        if wanted is None:
            return None
        return next((row_key(row) for row in answer.rows if row.package == wanted.package), None)

    def on_unmount(self) -> None:
        """Ask no more."""
        if self._present is not None:
            self._present.cancel.set()

    # --- going in and on ----------------------------------------------------------------------------------------

    @on(RowTable.RowSelected, "#rows")
    def action_into(self) -> Arrival | None:
        """Ask about a lockfile; show what a package links to; from there on to a linked package's own row."""
        row, level = self.row, self.level
        if not self._leads_on():
            return None
        if isinstance(row, LinkRow | TreeRow):
            return self._jump(row.own)
        self.place.at, self.place.top = level.key(row), self.table.scroll_offset.y
        if isinstance(row, LockRow):
            self._show(asked_of(row))
            return self._why.arrival()
        assert isinstance(level, WhyLevel)
        assert isinstance(row, Explained)
        return self.go(LinksLevel(self._answers.get, level.asked, row_key(row)))

    def _leads_on(self) -> bool:
        """Whether the row leads to something."""
        row = self.row
        if isinstance(row, LinkRow | TreeRow):
            return row.own is not None
        return isinstance(row, LockRow) or (isinstance(row, Explained) and has_links(row))

    def _jump(self, row: Explained | None) -> Arrival | None:
        """Back to the packages, the cursor on one of them; a filter that might hide it is let go."""
        index = max(place for place, level in enumerate(self.levels) if isinstance(level, WhyLevel))
        if row is None:
            return None
        self.places[index].choice = Chosen()
        self.places[index].at = row_key(row)
        return self.action_to_level(index)

    def action_tree(self) -> Arrival | None:
        """Show what links to what: from the packages all of it, from one package its own part."""
        level, row = self.level, self.row
        if not isinstance(level, WhyLevel | LinksLevel):
            return None
        if row is not None:
            self.place.at, self.place.top = level.key(row), self.table.scroll_offset.y
        part = level.package if isinstance(level, LinksLevel) else ""
        package = part or (row.package if row is not None else "")
        return self.go(TreeLevel(self._answers.get, level.asked, part), at=(package, 0))

    # --- commands -----------------------------------------------------------------------------------------------

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
                self._show(Asked(name, os.path.join(path.parent.name, path.name)))

        begin = self.session.place.apps
        self.app.push_screen(OpenFile(begin if os.path.isdir(begin) else "/", title="Choose a lockfile"), picked)

    async def action_worker(self) -> None:
        """Choose for what it is explained: a build, or a live install into a worker."""
        level, snapshot = self.level, self.reading.snapshot
        if isinstance(level, WhyLevel):
            choices = await asyncio.to_thread(worker_choices, snapshot, level.asked)
            self.app.push_screen(Menu("Explain it for", choices), self._for_worker)

    def _for_worker(self, worker: str | None) -> None:
        level = self.level
        if worker is None or not isinstance(level, WhyLevel) or worker == level.asked.worker:
            return
        row = self.row
        self.place.at = row_key(row) if isinstance(row, Explained) else None
        self.place.level = WhyLevel(self._answers.get, replace(level.asked, worker=worker))
        self.show_level(self.place.at)
        self._question()

    @on(RowTable.RowHighlighted, "#rows")
    def _keys_follow(self) -> None:
        """Whether the row leads to something, is near to something or held by somebody, is new for each row."""
        row = self.package_row
        now = self._leads_on(), row is not None and can_differ(row), self.is_about_configs
        if now != self._keys:
            self._keys = now
            self.refresh_bindings()

    # --- which keys work ----------------------------------------------------------------------------------------

    def word_for(self, command: Command) -> str:
        """Where into leads."""
        if command.id == "view.compare":
            return "Nearest"
        if command.id == "view.into" and isinstance(self.level, OF_ONE):
            return "Links" if isinstance(self.level, WhyLevel) else "Its row"
        return super().word_for(command)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is about one lockfile is away where none is chosen; into leads only where there is something."""
        if action == "into":
            return self._leads_on()
        if action in ("worker", "causes"):
            return isinstance(self.level, WhyLevel) and self.report is not None
        if action == "tree":
            return isinstance(self.level, WhyLevel | LinksLevel) and self.report is not None
        if action == "compare":
            row = self.package_row
            return row is not None and can_differ(row)
        return super().check_action(action, parameters)


def _same(one: Any, other: Any) -> bool:
    return one is other or (isinstance(one, Asked) and one == other)
