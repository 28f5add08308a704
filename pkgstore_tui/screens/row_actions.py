"""What can be done with a row of any view: look at its files, copy what it is called, export its table."""

import asyncio
import os
from collections.abc import Iterable
from typing import Any, ClassVar

from textual.screen import Screen

from pkgstore.keys import ConfigKey
from pkgstore_tui.format import short_hash
from pkgstore_tui.messages import CopyAsked
from pkgstore_tui.screens.compare import CompareScreen
from pkgstore_tui.screens.comparing import Side, comparable, compare
from pkgstore_tui.screens.export import ExportDialog, Table, proposed_name
from pkgstore_tui.screens.help import Shown
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.menu import Choice, Menu
from pkgstore_tui.screens.present_line import present_line
from pkgstore_tui.screens.subject import ABOUT, Subject, described, file_subject, named_ref, own_keys, subject_of
from pkgstore_tui.screens.viewer import ViewerScreen
from pkgstore_tui.session import Session
from pkgstore_tui.widgets.row_table import RowTable

NEEDS_SUBJECT = frozenset({"files", "copy", "copy_menu"})


class RowActions(Screen[None], inherit_bindings=False):
    """The part of a view that deals with the row the cursor is on."""

    session: Session
    VIEW: ClassVar[str] = ""

    # --- what a view tells ------------------------------------------------------------------------------------

    def present_row(self) -> tuple[Level[Any], Any] | None:
        """The row that the cursor is on, and its level; None where there is none."""
        return None

    def place_names(self) -> tuple[str, ...]:
        """Where one is, for the name of a file."""
        return (self.VIEW,)

    def present_filter(self) -> str:
        """The filter of what is shown; empty for none."""
        return ""

    def present_command(self) -> str:
        """The command line that gives what is shown; empty where there is none."""
        return present_line(self.VIEW, None, self.session.place.root)

    def help_on_rows(self) -> Shown:
        """What there is to explain of the rows."""
        return Shown()

    # --- what the row is about --------------------------------------------------------------------------------

    @property
    def subject(self) -> Subject | None:
        """What the row is about that the cursor is on."""
        found = self.present_row()
        if found is None:
            return None
        level, row = found
        if path := level.file_of(row):
            return file_subject(path)
        package, ref = named_ref(row)
        config = self._named_config(row)
        if ref and config is None:
            return Subject(package, ref, key=f"{package}/{ref}", names={"package": package, "ref": ref})
        keys = (config,) if config is not None else own_keys(level.key(row), row) or level.records(row)
        place = self.session.place
        subject = subject_of(self.session.layout, keys, level.key(row), place.apps, self._config_name)
        path = getattr(row, "path", "")
        return subject or (file_subject(path) if isinstance(path, str) and path else None)

    def _config_name(self, key: ConfigKey) -> str:
        name = self.session.reading.config_name(key)
        return name if name.endswith(")") else f"{name} {short_hash(key.config_hash)}"

    def _named_config(self, row: Any) -> ConfigKey | None:
        """The config that a manifest's row names; None where the store has it not, or the row names none."""
        package, ref = named_ref(row)
        config = self.session.reading.snapshot.config_of(package, ref) if ref else None
        return config.key if config is not None else None

    def has_subject(self) -> bool:
        """Whether the row may be about something with a name or files; asked often, so nothing is worked out."""
        return self.present_row() is not None

    # --- files --------------------------------------------------------------------------------------------------

    async def action_files(self) -> None:
        """Look at a file of the row; where there are several, ask which."""
        subject = self._subject_or_say()
        if subject is None:
            return
        if self.session.options.saved is not None:
            self.app.notify("a saved scan has no files", severity="warning", markup=False)
            return
        there = await asyncio.to_thread(_that_are_there, subject.files)
        if not self.is_current:  # a dialog that nobody waits for any more would take the next keys
            return
        if not there:
            self.app.notify(f"{subject.name} has no files to look at", severity="warning", markup=False)
        elif len(there) == 1:
            self._view((subject.name, there[0][1]))
        else:
            choices = [Choice(label, ABOUT.get(label, path), (subject.name, path)) for label, path in there]
            self.app.push_screen(Menu(f"Files of {subject.name}", choices), self._view)

    def _view(self, chosen: tuple[str, str] | None) -> None:
        if chosen is not None:
            self.app.push_screen(ViewerScreen(chosen[1], chosen[0]))

    def view_file(self, path: str) -> None:
        """Look at one file, never through a link; nothing where there is none."""
        if path:
            self.app.push_screen(ViewerScreen(path, follow=False))

    # --- compare ------------------------------------------------------------------------------------------------

    def compared_rows(self) -> tuple[Any, ...]:
        """The rows that are compared: the marked ones."""
        return ()

    def _sides(self) -> tuple[object, ...]:
        """What the rows are about that are compared; empty where they cannot be."""
        found, rows = self.present_row(), self.compared_rows()
        if found is None or len(rows) != 2:
            return ()
        sides = tuple(self._side(found[0], row) for row in rows)
        return sides if comparable(sides) else ()

    def _side(self, level: Level[Any], row: Any) -> object:
        if named_ref(row)[1]:
            return self._named_config(row)
        own, records = own_keys(level.key(row), row), level.records(row)
        return own[0] if own else records[0] if len(records) == 1 else None

    def action_compare(self) -> None:
        """Show two marked rows side by side."""
        sides = self._sides()
        if not sides:
            text = "mark two configs, workers or apps with space, then press this again"
            self.app.notify(text, title="nothing to compare", markup=False)
            return
        before, after = sides
        assert isinstance(before, Side)
        assert isinstance(after, Side)
        reading, reads_disk = self.session.reading, self.session.options.saved is None
        self.app.push_screen(CompareScreen(lambda: compare(reading, before, after, reads_disk=reads_disk)))

    # --- copy ---------------------------------------------------------------------------------------------------

    def action_copy(self) -> None:
        """Copy the row's ref, or what else it is called."""
        if subject := self._subject_or_say():
            self.post_message(CopyAsked(*subject.short))

    def _subject_or_say(self) -> Subject | None:
        """What the row is about; says so where it is about nothing that has a name."""
        subject = self.subject
        if subject is None:
            self.app.notify("this row stands for nothing that has a name or files", markup=False)
        return subject

    def action_copy_menu(self) -> None:
        """Ask what to copy of the row."""
        subject = self._subject_or_say()
        if subject is None:
            return
        offered = (
            ("ref", subject.ref, "the ref"),
            ("path", subject.path, "the path"),
            ("key", subject.key, "the key"),
            ("command line", subject.command, "the command line"),
            ("JSON", described(subject) if subject.names else "", "the JSON"),
        )
        choices = [Choice(label, text, (text, what)) for label, text, what in offered if text]
        self.app.push_screen(Menu(f"Copy of {subject.name}", choices), self._copy_chosen)

    def _copy_chosen(self, chosen: tuple[str, str] | None) -> None:
        if chosen is not None:
            self.post_message(CopyAsked(*chosen))

    # --- export -------------------------------------------------------------------------------------------------

    def exported_table(self) -> RowTable[Any] | None:
        """The table that is exported: the one that has the focus, else the view's own."""
        if isinstance(self.focused, RowTable):
            return self.focused
        return next(iter(self.query("#rows").results(RowTable)), None)

    def action_export(self) -> None:
        """Write the table to a file."""
        table = self.exported_table()
        if table is None:
            return
        found = self.present_row()
        key = found[0].key if found is not None and table.id == "rows" else _no_key
        about = {"store": self.session.place.root, "view": self.VIEW, "filter": self.present_filter()}
        whole = Table(proposed_name(*self.place_names()), table.columns, table.rows, key, about)
        self.app.push_screen(ExportDialog(whole), self._exported)

    def _exported(self, path: str | None) -> None:
        text = f"written: {path}" if path else "nothing was written"
        self.app.notify(text, markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Copying and files only where the row is about something, export only of a table."""
        del parameters
        if action in NEEDS_SUBJECT:
            return self.has_subject()
        if action == "compare":
            return self.present_row() is not None
        return action != "export" or self.exported_table() is not None


def _no_key(_row: object) -> object:
    return None


def _that_are_there(files: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(label, path) for label, path in files if os.path.lexists(path)]
