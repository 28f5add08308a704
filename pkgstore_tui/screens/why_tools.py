"""What one can do with an explanation: its causes, its difference with the nearest, copies, files."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from pkgstore.explain.report import Explained, Report
from pkgstore_tui.screens.compare import CompareScreen
from pkgstore_tui.screens.drill import DrillScreen
from pkgstore_tui.screens.export import ExportDialog, proposed_name
from pkgstore_tui.screens.menu import Menu
from pkgstore_tui.screens.subject import Subject
from pkgstore_tui.screens.why_choices import cause_choices
from pkgstore_tui.screens.why_difference import can_differ, difference
from pkgstore_tui.screens.why_export import Explanation, export_choices
from pkgstore_tui.screens.why_levels import WhyLevel
from pkgstore_tui.screens.why_links import LinkRow, LinksLevel
from pkgstore_tui.screens.why_rows import Asked, LockRow, asked_of
from pkgstore_tui.screens.why_tree import TreeLevel, TreeRow
from pkgstore_tui.widgets.row_table import RowTable

OF_ONE = (WhyLevel, LinksLevel, TreeLevel)
"""The levels that are about one lockfile."""


class WhyTools(DrillScreen):
    """The part of the why view that asks nothing of the store."""

    NOT_IN_FOOTER: ClassVar[frozenset[str]] = frozenset({"rows.verify"})

    @property
    def asked(self) -> Asked | None:
        """What the present level asks; None where no lockfile is chosen."""
        level = self.level
        return level.asked if isinstance(level, OF_ONE) else None

    @property
    def report(self) -> Report | None:
        """The explanation that the present level shows."""
        level = self.level
        answer = level.answer if isinstance(level, OF_ONE) else None
        return answer.report if answer is not None else None

    # --- causes -------------------------------------------------------------------------------------------------

    def action_causes(self) -> None:
        """Choose one of the causes, and show only its packages."""
        report = self.report
        if report is not None:
            self.app.push_screen(Menu("Causes, most frequent first", list(cause_choices(report))), self.action_only)

    def action_only(self, words: str | None) -> None:
        """Show only the packages that meet a filter; all, where it is empty."""
        if words is not None and isinstance(self.level, WhyLevel):
            self.choose(top=True, text=words, problems=False)
            self.show_filter()

    # --- the difference with the nearest ------------------------------------------------------------------------

    @property
    def package_row(self) -> Explained | None:
        """The package that one is at: the row's, or the one whose links are shown."""
        row, level = self.row, self.level
        if isinstance(row, Explained):
            return row
        return level.row() if isinstance(level, LinksLevel) else row.own if isinstance(row, TreeRow) else None

    def action_compare(self) -> None:
        """Show what is wanted beside what comes nearest; of lockfiles there is nothing to compare."""
        report, row = self.report, self.package_row
        if report is None or row is None or not can_differ(row):
            self.app.notify("nothing comes near that it could be compared with", markup=False)
            return
        command = self._command(row.package)
        self.app.push_screen(CompareScreen(lambda: difference(report, row, command)))

    # --- copy and export ----------------------------------------------------------------------------------------

    def _command(self, *packages: str) -> str:
        """The command line that explains what is shown; empty where no lockfile is chosen."""
        asked = self.asked
        return asked.command(self.session.place, *packages) if asked is not None else ""

    @property
    def subject(self) -> Subject | None:
        """What the row is about; its command line explains it."""
        found, row, package = super().subject, self.row, self.package_row
        if isinstance(row, LockRow):
            return replace(found, command=asked_of(row).command(self.session.place)) if found else None
        if isinstance(row, LinkRow):
            package = row.own
        if package is None:
            return found
        named = found or Subject(package.package, key=package.package, names={"package": package.package})
        wanted = package.decision.wanted
        return replace(named, ref=wanted.ref if wanted else named.ref, command=self._command(package.package))

    def present_command(self) -> str:
        """The command line that gives what is shown."""
        level = self.level
        if isinstance(level, LinksLevel):
            return self._command(level.package)
        command = self._command(*([level.package] if isinstance(level, TreeLevel) and level.package else []))
        return f"{command} --format tree" if isinstance(level, TreeLevel) else command

    def action_export(self) -> None:
        """Write the explanation to a file; of lockfiles, their table."""
        report = self.report
        if report is None or (isinstance(self.focused, RowTable) and self.focused.id != "rows"):
            super().action_export()
            return
        marked = [row for row in self.marked_rows if isinstance(row, Explained)]
        shown = [row for row in self.table.rows if isinstance(row, Explained)]
        choices = export_choices(report, self.package_row, marked, shown)
        self.app.push_screen(Menu("Export", choices), self._export_chosen)

    def _export_chosen(self, chosen: tuple[Sequence[Explained], bool] | None) -> None:
        report, asked = self.report, self.asked
        if chosen is None or report is None or asked is None:
            return
        rows, whole = chosen
        package = rows[0].package if len(rows) == 1 and not whole else ""
        name = proposed_name("why", asked.owner, asked.worker, package)
        self.app.push_screen(ExportDialog(Explanation(name, report, rows, whole)), self._exported)
