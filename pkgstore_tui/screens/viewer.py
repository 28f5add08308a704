"""A file to look at: DESCRIPTION, configs.json, a sidecar, a manifest, or any other. Nothing in it can do harm."""

from functools import partial
from typing import ClassVar

from rich.cells import cell_len
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.events import Key
from textual.widgets import Input
from textual.worker import get_current_worker

from pkgstore_tui.commands import Command
from pkgstore_tui.format import safe_text
from pkgstore_tui.messages import CopyAsked
from pkgstore_tui.screens.dialog import DialogScreen, dialog_bindings
from pkgstore_tui.text_file import TextFile, name_in, open_text
from pkgstore_tui.widgets.bars import Breadcrumb, KeyBar, Piece, StatusLine
from pkgstore_tui.widgets.text_view import TextView


class ViewerScreen(DialogScreen[None]):
    """One file, read once; read-only."""

    SCOPE: ClassVar[str] = "viewer"
    BINDINGS: ClassVar[list[BindingType]] = dialog_bindings("viewer")

    def __init__(self, path: str, title: str = "", *, follow: bool = True) -> None:
        """Look at a file.

        Args:
            path: The file.
            title: What it is; its path is shown in any case.
            follow: Whether a symbolic link is followed.
        """
        super().__init__()
        self.path = path
        self.file: TextFile | None = None
        self.is_raw = False
        self._heading = title
        self._follow = follow

    def compose(self) -> ComposeResult:
        """Heading, text, search field, state, keys."""
        with Vertical(id="frame"):
            yield Breadcrumb()
            yield TextView(id="text")
            yield Input(id="needle", placeholder="search, enter goes there, esc leaves", compact=True)
            yield StatusLine()
            yield KeyBar()

    def on_mount(self) -> None:
        """Read the file."""
        self.query_one("#needle").display = False
        self.view.focus()
        self.view.set_lines((), empty="reading …")
        self._show_heading()
        self._read()

    def _show_heading(self) -> None:
        """The end of a path says more than its beginning."""
        bar, path = self.query_one(Breadcrumb), safe_text(self.path)
        left = [Piece(self._heading, "accent"), Piece("  ")] if self._heading else []
        room = max(12, bar.content_size.width - cell_len(self._heading) - 2)
        shown = path if cell_len(path) <= room else "…" + path[-room + 1 :]
        bar.set_pieces([*left, Piece(shown, "muted" if left else "accent")])

    @property
    def view(self) -> TextView:
        """The text."""
        return self.query_one(TextView)

    @work(thread=True, group="read", exclusive=True, exit_on_error=False)
    def _read(self) -> None:
        file = open_text(self.path, follow=self._follow)
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._opened, file)

    def _opened(self, file: TextFile) -> None:
        self.file = file
        self._show()

    def _show(self) -> None:
        file = self.file
        if file is None:
            return
        laid_out = file.laid_out is not None and not self.is_raw
        lines = file.laid_out if laid_out else file.lines
        mark = partial(name_in, kind=file.kind)
        self.view.set_lines(lines or (), mark=mark, empty=file.note if file.kind == "trouble" else "an empty file")
        self._show_state()
        self.refresh_bindings()

    @on(TextView.Moved)
    def _show_state(self) -> None:
        file, view = self.file, self.view
        if file is None:
            return
        bad = file.kind == "trouble"
        left = [] if bad else [Piece(file.note, "muted")]
        if file.laid_out is not None:
            left.append(Piece("  as in the file" if self.is_raw else "  laid out", "muted"))
        self.query_one(StatusLine).set_pieces(left, list(self._place(view)))

    def _place(self, view: TextView) -> list[Piece]:
        if view.needle and not view.matches:
            return [Piece(f"no “{safe_text(view.needle)}” here", "warn")]
        if view.needle and view.at_match >= 0:
            return [Piece(f"match {view.at_match + 1:,} of {len(view.matches):,}", "accent")]
        last = min(len(view.lines), view.scroll_offset.y + view.page)
        where = f"line {last:,} of {len(view.lines):,}" if view.lines else ""
        return [Piece(f"from column {view.aside + 1:,}  " if view.aside else "", "muted"), Piece(where, "muted")]

    def on_resize(self) -> None:
        """Other lines are in sight."""
        self.call_after_refresh(self._show_state)
        self.call_after_refresh(self._show_heading)

    # --- commands -----------------------------------------------------------------------------------------------

    def action_search(self) -> None:
        """Ask what to look for."""
        field = self.query_one("#needle", Input)
        field.display = True
        field.focus()

    @on(Input.Changed, "#needle")
    def _typed(self, event: Input.Changed) -> None:
        self.view.look_for(event.value)
        self.refresh_bindings()

    @on(Input.Submitted, "#needle")
    def _leave_search(self) -> None:
        self.query_one("#needle").display = False
        self.view.focus()
        self.refresh_bindings()

    def on_key(self, event: Key) -> None:
        """Esc in the search field gives the search up, and nothing else."""
        field = self.query_one("#needle", Input)
        if event.key == "escape" and field.has_focus:
            event.stop()
            event.prevent_default()
            field.value = ""
            self._leave_search()

    def action_next_match(self, step: int) -> None:
        """Go to the next match, or the one before."""
        self.view.next_match(step)

    def action_sideways(self, step: int) -> None:
        """Scroll long lines."""
        self.view.sideways(step)

    def action_raw(self) -> None:
        """Show JSON as it is in the file, or laid out."""
        self.is_raw = not self.is_raw
        self._show()

    def action_copy(self) -> None:
        """Copy the path."""
        self.post_message(CopyAsked(self.path, "the path"))

    def action_leave(self) -> None:
        """Leave; while something is searched for, leave the search first."""
        if self.view.needle:
            self.query_one("#needle", Input).value = ""
            return
        self.dismiss(None)

    def word_for(self, command: Command) -> str:
        """What `r` shows next."""
        return "Laid out" if command.id == "viewer.raw" and self.is_raw else super().word_for(command)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Matches only while something is searched for, layouts only for JSON."""
        del parameters
        if action == "next_match":
            return bool(self.view.matches) if self.is_mounted else False
        if action == "raw":
            return self.file is not None and self.file.laid_out is not None
        return True
