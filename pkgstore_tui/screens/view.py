"""What every view has: title, breadcrumb, status, keys, and an ear for the session."""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Final

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.events import ScreenResume
from textual.screen import Screen

from pkgstore.keys import ConfigKey
from pkgstore_tui.commands import COMMANDS, Command, bindings, changes_store
from pkgstore_tui.format import counted, human_age, human_time, safe_text
from pkgstore_tui.jobs import SAMPLE, Job
from pkgstore_tui.messages import SizesMeasured, SnapshotChanged, StatusChanged
from pkgstore_tui.screens.assemble import AssembleDialog
from pkgstore_tui.screens.dialog import DialogScreen
from pkgstore_tui.screens.goto import Goto, Named, named_by
from pkgstore_tui.screens.ingest import IngestDialog
from pkgstore_tui.screens.job import JobScreen
from pkgstore_tui.screens.keys_here import keys_here
from pkgstore_tui.screens.populate import PopulateDialog
from pkgstore_tui.screens.row_actions import RowActions
from pkgstore_tui.screens.starting import Start, start_from
from pkgstore_tui.screens.undo import UndoDialog
from pkgstore_tui.session import Session
from pkgstore_tui.widgets.bars import Breadcrumb, KeyBar, Piece, StatusLine, TitleBar
from pkgstore_tui.widgets.cells import Tone

VIEWS: Final = (
    ("1", "overview", "Overview"),
    ("2", "packages", "Packages"),
    ("3", "apps", "Apps"),
    ("4", "workers", "Workers"),
    ("5", "why", "Why"),
    ("6", "health", "Health"),
    ("7", "activity", "Activity"),
)
"""Number, name and title of the views."""

STORE_MOST: Final = 40
"""Cells of the store's path in the title."""

STORE_LEAST: Final = 12
"""Fewer say nothing."""


class ViewScreen(RowActions):
    """One numbered view."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("view")]
    VIEW: ClassVar[str] = ""
    SCOPES: ClassVar[tuple[str, ...]] = ("view",)
    """The scopes of commands that it has, beside those of its own name and the app's."""

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
        yield from self.compose_foot()
        yield StatusLine()
        yield KeyBar()

    def compose_body(self) -> ComposeResult:
        """What is between the bars."""
        yield from ()

    def compose_foot(self) -> ComposeResult:
        """What is below the body, in its whole width."""
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

    def action_undo(self) -> None:
        """Plan to put back what the last eviction took out, or the one that the row tells of."""
        self._open(UndoDialog(self.session, *self.undone()))

    def undone(self) -> tuple[str, tuple[ConfigKey, ...]]:
        """The eviction that would be undone, the last one if empty; and which of its configs, all if none."""
        return "", ()

    def action_why(self) -> None:
        """Show why a lockfile hits or misses the package of the row."""
        if (named := self.named) is not None:
            self.post_message(Goto("why", about=named))

    @property
    def named(self) -> Named | None:
        """The one package that the row is about; None where it is about none."""
        found = self.present_row()
        return None if found is None else named_by(found[1])

    def action_ingest(self) -> None:
        """Plan an ingest, of the row's build."""
        self._open(IngestDialog(self.session, self.start))

    def action_assemble(self) -> None:
        """Plan an assembly, from the row's manifest."""
        self._open(AssembleDialog(self.session, self.start))

    def action_populate(self) -> None:
        """Plan a populate, from the row's lockfile."""
        self._open(PopulateDialog(self.session, self.start))

    @property
    def start(self) -> Start:
        """What the row tells of lockfiles, manifests and libraries."""
        found, platform = self.present_row(), self.present_platform
        return start_from(self.session.reading.snapshot, *found, platform) if found else Start(platform=platform)

    def _open(self, dialog: DialogScreen[Job | None]) -> None:
        self.app.push_screen(dialog, self._decided)

    def _decided(self, job: Job | None) -> None:
        if job is None:
            self.app.notify("nothing changed", markup=False)
        else:
            self.app.push_screen(JobScreen(self.session, job))

    # --- the bars ---------------------------------------------------------------------------------------------

    def _show_title(self) -> None:
        bar, lock = self.query_one(TitleBar), self._lock_piece()
        room = bar.content_size.width - cell_len(lock.text) - 1
        views = list(self._views(short=False))
        if _length(views) > room:
            views = list(self._views(short=True))
        left = room - _length(views) - 2
        store = _tail(safe_text(self.session.shown), min(STORE_MOST, left)) if left >= STORE_LEAST else ""
        bar.set_pieces(views, (Piece(store, "muted"), Piece("  "), lock) if store else (lock,))

    def _views(self, *, short: bool) -> Iterator[Piece]:
        """The views; in short by their numbers, all but the present one."""
        for number, name, title in VIEWS:
            here = name == self.VIEW
            tone: Tone = "accent" if here else "muted"
            text = number if short and not here else f"{number} {title}"
            yield Piece(text, tone, f"app.show_view('{name}')")
            yield Piece(" " if self.has_class("-narrow") else "  ")

    def _lock_piece(self) -> Piece:
        if self.session.options.saved is not None:
            return Piece("SAVED SCAN", "warn")
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
            left = job.pace.left if job.pace is not None else None
            left_text = f", {human_age(left)} left" if left is not None and left >= 1 else ""
            yield Piece(f"{job.title}{percent}{left_text}", "accent", "app.jobs")
            yield Piece(f" and {counted(len(running) - 1, 'more job')}" if running[1:] else "")
            return
        if self.session.is_reading:
            yield Piece(self._reading_text(), "muted")
        elif waiting := self.session.sizes.waiting:
            yield Piece(f"measuring {counted(waiting, 'tree')} …", "muted")
        elif waiting := self.session.ages.waiting:
            yield Piece(f"reading when {counted(waiting, 'config')} were made …", "muted")
        elif self.session.sweeping.next_at is not None:
            wait = human_age(max(0.0, self.session.sweeping.next_at - self.session.clock()))
            yield Piece(f"sweeper: next run in {wait}", "muted", "app.show_view('activity')")

    def _reading_text(self) -> str:
        progress = self.session.reading_progress
        if progress is None or not progress.total:
            return "reading the store …"
        return f"reading the store … {progress.done:,} of {counted(progress.total, 'package')}"

    def _watching(self) -> Iterator[Piece]:
        saved = self.session.options.saved
        if saved is not None:
            yield Piece(f"○ saved scan, taken {human_time(saved.taken_at)}", "warn")
        state = self.session.watch_state
        if state is None:
            return
        if state.mode == "events":
            if state.note and self.has_class("-wide"):
                yield Piece(f"{state.note}  ", "muted")
            yield Piece("● live" if not state.note else "● live, in part", "good")
        else:
            yield Piece(f"○ polling: {state.why}" if state.why else "○ polling", "warn")

    def _show_keys(self, _screen: Screen[Any] | None = None) -> None:
        if self.is_current:
            active = keys_here(self)
            listed = sorted((command for command in COMMANDS if command.rank), key=lambda command: command.rank)
            shown = [command for command in listed if command.id in active and self.in_footer(command)]
            self.query_one(KeyBar).set_keys([self._key_of(command, active[command.id][0]) for command in shown])

    def _key_of(self, command: Command, key: str) -> tuple[str, str, str]:
        action = command.action if command.scope != "app" else f"app.{command.action}"
        return key, self.word_for(command), _on_screen(action)

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
        if changes_store(action) and not self.session.unlocked:
            return False
        if action == "why":
            return self.VIEW != "why" and self.named is not None
        return super().check_action(action, parameters)


def _on_screen(action: str) -> str:
    return action if action.startswith("app.") else f"screen.{action}"


def _length(pieces: Iterable[Piece]) -> int:
    return sum(cell_len(piece.text) for piece in pieces)


def _tail(text: str, width: int) -> str:
    """The end of a path, which says more than its beginning."""
    return text if len(text) <= width else "…" + text[len(text) - width + 1 :]
