"""What every view has: title, breadcrumb, status, keys, and an ear for the session."""

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.events import ScreenResume
from textual.screen import Screen

from pkgstore_tui.commands import COMMANDS, Command, bindings, changes_store
from pkgstore_tui.format import counted
from pkgstore_tui.jobs import SAMPLE, Job
from pkgstore_tui.messages import SizesMeasured, SnapshotChanged, StatusChanged
from pkgstore_tui.screens import style_files
from pkgstore_tui.screens.assemble import AssembleDialog
from pkgstore_tui.screens.evict import EvictDialog
from pkgstore_tui.screens.ingest import IngestDialog
from pkgstore_tui.screens.job import JobScreen
from pkgstore_tui.screens.plan import PlanDialog
from pkgstore_tui.session import Session
from pkgstore_tui.widgets.bars import Breadcrumb, KeyBar, Piece, StatusLine, TitleBar

VIEWS: Final = (("2", "packages", "Packages"), ("4", "workers", "Workers"))
"""Number, name and title of the views that there are."""


class ViewScreen(Screen[None]):
    """One numbered view."""

    CSS_PATH = style_files("view")
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("view")]
    VIEW: ClassVar[str] = ""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (60, "-normal"), (110, "-wide")]
        self.VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-tall")]
        self.session = session
        self._stale = False

    def compose(self) -> ComposeResult:
        """The bars, and what the view adds."""
        yield TitleBar()
        yield Breadcrumb()
        with Container(id="body"):
            yield from self.compose_body()
        yield StatusLine()
        yield KeyBar()

    def compose_body(self) -> ComposeResult:
        """What is between the bars."""
        yield from ()

    def on_mount(self) -> None:
        """Listen, and look at the state of the background now and then."""
        self.session.subscribe(self.post_message)
        self.bindings_updated_signal.subscribe(self, self._show_keys)
        self.set_interval(SAMPLE, self._show_status)
        self._show_title()
        self.show_reading()  # after subscribing: what came before is in it, what comes later is told

    def on_resize(self) -> None:
        """The title has less to say where there is less room."""
        self.call_after_refresh(self._show_title)

    def on_unmount(self) -> None:
        """Listen no more."""
        self.session.unsubscribe(self.post_message)

    # --- what the session says ------------------------------------------------------------------------------------

    @on(SnapshotChanged)
    def _snapshot_changed(self) -> None:
        if self.is_current:
            self.show_reading()
        else:
            self._stale = True

    @on(SizesMeasured)
    def _sizes_measured(self) -> None:
        self.show_sizes()

    @on(StatusChanged)
    def _status_changed(self) -> None:
        self._show_title()
        self._show_status()
        self.refresh_bindings()

    @on(ScreenResume)
    def _resumed(self) -> None:
        self._show_title()
        if self._stale:
            self._stale = False
            self.show_reading()

    def show_reading(self) -> None:
        """Show the session's newest reading."""

    def show_sizes(self) -> None:
        """Show sizes that have been measured."""

    # --- dialogs ----------------------------------------------------------------------------------------------

    @property
    def present_platform(self) -> str:
        """The platform that operations start with."""
        return self.session.platform

    def action_evict(self) -> None:
        """Plan an eviction."""
        self._open(EvictDialog(self.session, self.present_platform))

    def action_ingest(self) -> None:
        """Plan an ingest."""
        self._open(IngestDialog(self.session))

    def action_assemble(self) -> None:
        """Plan an assembly."""
        self._open(AssembleDialog(self.session, self.present_platform))

    def _open(self, dialog: PlanDialog) -> None:
        self.app.push_screen(dialog, self._decided)

    def _decided(self, job: Job | None) -> None:
        if job is None:
            self.app.notify("nothing changed", markup=False)
        else:
            self.app.push_screen(JobScreen(self.session, job))

    # --- the bars ---------------------------------------------------------------------------------------------

    def _show_title(self) -> None:
        views: list[Piece] = []
        for number, name, title in VIEWS:
            here = name == self.VIEW
            action = f"app.show_view('{name}')"
            views += [Piece(f"{number} ", "accent" if here else "muted", action)]
            views += [Piece(title, "accent" if here else "muted", action), Piece("  ")]
        store = () if self.has_class("-narrow") else (Piece(_tail(self.session.shown, 40), "muted"), Piece("  "))
        self.query_one(TitleBar).set_pieces(views, (*store, self._lock_piece()))

    def _lock_piece(self) -> Piece:
        if self.session.options.read_only:
            return Piece("READ-ONLY", "muted")
        return Piece("UNLOCKED", "warn") if self.session.unlocked else Piece("LOCKED", "good")

    def _show_status(self) -> None:
        if self.is_current:
            self.query_one(StatusLine).set_pieces(list(self._background()), list(self._watching()))

    def _background(self) -> Iterator[Piece]:
        if self.session.trouble:
            yield Piece(self.session.trouble, "bad")
            return
        running = self.session.jobs.running
        for job in running[:1]:
            fraction = job.progress.fraction
            percent = "" if fraction is None else f" {fraction:.0%}"
            yield Piece(f"{job.title}{percent}", "accent", "app.jobs")
            yield Piece(f" and {counted(len(running) - 1, 'more job')}" if running[1:] else "")
            return
        if self.session.is_reading:
            yield Piece(self._reading_text(), "muted")
        elif waiting := self.session.sizes.waiting:
            yield Piece(f"measuring {counted(waiting, 'tree')} …", "muted")

    def _reading_text(self) -> str:
        progress = self.session.reading_progress
        if progress is None or not progress.total:
            return "reading the store …"
        return f"reading the store … {progress.done:,} of {counted(progress.total, 'package')}"

    def _watching(self) -> Iterator[Piece]:
        state = self.session.watch_state
        if state is None:
            return
        if state.mode == "events":
            yield Piece("● live", "good")
        else:
            yield Piece(f"○ polling: {state.why}" if state.why else "○ polling", "warn")

    def _show_keys(self, _screen: Screen[Any] | None = None) -> None:
        if self.is_current:
            active = {entry.binding.id for entry in self.active_bindings.values() if entry.enabled}
            listed = sorted((command for command in COMMANDS if command.rank), key=lambda command: command.rank)
            self.query_one(KeyBar).set_keys(
                [self._key_of(command) for command in listed if command.id in active and self.in_footer(command)]
            )

    def _key_of(self, command: Command) -> tuple[str, str, str]:
        action = command.action if command.scope == "view" else f"app.{command.action}"
        return command.shown_keys.split()[0], self.word_for(command), _on_screen(action)

    def in_footer(self, command: Command) -> bool:  # noqa: ARG002
        """Whether a command that works now is worth a place in the footer."""
        return True

    def word_for(self, command: Command) -> str:
        """A command's word in the footer, as it is just now."""
        if command.id == "app.unlock" and self.session.unlocked:
            return "Lock"
        return command.label

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Take away what is not possible now: what changes the store, while it is locked."""
        del parameters
        return self.session.unlocked or not changes_store(action)


def _on_screen(action: str) -> str:
    return action if action.startswith("app.") else f"screen.{action}"


def _tail(text: str, width: int) -> str:
    """The end of a path, which says more than its beginning."""
    return text if len(text) <= width else "…" + text[len(text) - width + 1 :]
