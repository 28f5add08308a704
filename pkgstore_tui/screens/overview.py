"""The overview: what the whole store comes to, on one screen."""

from collections.abc import Awaitable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from pkgstore_tui.commands import bindings
from pkgstore_tui.screens.digest import Digest
from pkgstore_tui.screens.digest_screen import DigestScreen
from pkgstore_tui.screens.goto import Goto
from pkgstore_tui.screens.overview_levels import Line, StoreLevel, all_trees, overview_lines
from pkgstore_tui.screens.package_levels import PackagesLevel
from pkgstore_tui.session import Session
from pkgstore_tui.widgets.age_chart import AgeChart
from pkgstore_tui.widgets.cells import Part
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.row_table import RowTable


class OverviewScreen(DigestScreen):
    """The store at a glance."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("overview")]
    VIEW: ClassVar[str] = "overview"
    top_crumb = "Overview"

    def __init__(self, session: Session) -> None:
        super().__init__(session, StoreLevel(lambda: self.digest))
        self._measuring = False

    def compose_body(self) -> ComposeResult:
        """The platforms and their details; below, the lines and the ages."""
        yield from super().compose_body()
        with Container(id="below"):
            yield RowTable[Line](
                [
                    Column("", lambda line: Part(line.what, "muted"), 10),
                    Column("", lambda line: line.cell, 20, grow=1, most=200),
                ],
                id="lines",
                empty="",
                header=False,
                quiet=True,
            )
            yield AgeChart("LAST USE OF CONFIGS", id="ages")

    @property
    def lines(self) -> RowTable[Line]:
        """The lines below the platforms."""
        return self.query_one("#lines", RowTable)

    def show_digest(self, digest: Digest) -> None:
        """Show all of it; measure what has come since."""
        super().show_digest(digest)
        self.query_one(AgeChart).set_buckets(digest.ages)
        self.table.styles.height = 2 + min(4, len(digest.platforms)) if digest.platforms else 3
        self._show_lines()
        if self._measuring:
            self._measure()

    def _show_lines(self) -> None:
        if self.digest is not None:
            waiting = bool(self.session.sizes.waiting)
            found = overview_lines(self.digest, self.session.watch_state, self.now(), measuring=waiting)
            self.lines.set_rows(tuple(found), key=lambda line: line.what or line.cell)

    def redraw(self) -> None:
        """Ages, and how changes are noticed."""
        super().redraw()
        if self.is_current:
            self._show_lines()

    # --- commands -----------------------------------------------------------------------------------------------

    async def action_measure(self) -> None:
        """Measure every tree of the store, from now on also those that come."""
        self._measuring = True
        self._measure()
        self.refresh_bindings()

    def _measure(self) -> None:
        if self.digest is None or not self.is_current:
            return
        trees = [key for key in all_trees(self.digest) if self.session.sizes.get(key) is None]
        self.session.sizes.later(trees)

    def action_refresh_row(self) -> None:
        """Read everything of the platform again."""
        row = self.row
        if row is not None:
            self.session.reread({key.source for key in row.trees})

    @on(RowTable.RowSelected)
    def action_into(self) -> Awaitable[None] | None:
        """To where the line, or the platform, is explained."""
        if (place := self._place()) is not None:
            self.post_message(place)
        return None

    def _place(self) -> Goto | None:
        if self.focused is self.lines:
            line = self.lines.row
            return line.goto() if line is not None and line.goto is not None else None
        row = self.row
        return Goto("packages", (PackagesLevel(row.name),)) if row is not None else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Into only where something is explained; nothing is measured twice, nor of a saved scan."""
        if action == "into":
            return self._place() is not None
        if action == "measure":
            return not self._measuring and self.session.sizes.reads_disk
        return super().check_action(action, parameters)
