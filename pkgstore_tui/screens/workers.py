"""The workers view: who has a library, what is in it, and what came, went or changed lately, live."""

from collections.abc import Awaitable, Sequence
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from pkgstore_tui.commands import Command, bindings
from pkgstore_tui.format import counted
from pkgstore_tui.screens.drill import DrillScreen
from pkgstore_tui.screens.latest import Arrival
from pkgstore_tui.screens.manifest_level import ManifestLevel
from pkgstore_tui.screens.worker_levels import WorkersLevel
from pkgstore_tui.screens.worker_marks import log_columns
from pkgstore_tui.session import Session
from pkgstore_tui.session.news import Entry
from pkgstore_tui.session.reading import Reading
from pkgstore_tui.widgets.bars import Piece
from pkgstore_tui.widgets.facts import Facts
from pkgstore_tui.widgets.row_table import RowTable


class WorkersScreen(DrillScreen):
    """What the workers have."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("workers")]
    VIEW: ClassVar[str] = "workers"
    top_crumb = "Workers"

    def __init__(self, session: Session) -> None:
        super().__init__(session, WorkersLevel())
        self._held: tuple[Reading, float] | None = None
        self._was_fading = False
        self._wants_events: bool | None = None

    def compose_body(self) -> ComposeResult:
        """The table, the details, and the event log below."""
        yield from super().compose_body()
        log = RowTable[Entry](
            id="events", empty="nothing has changed since this was opened", header=False, quiet=True
        )
        log.border_title = "events"
        yield log

    @property
    def reading(self) -> Reading:
        """The newest, or the one that is held."""
        return self._held[0] if self._held else self.session.reading

    def now(self) -> float:
        """The time; it stands still while updates are held."""
        return self._held[1] if self._held else self.session.clock()

    @property
    def events(self) -> RowTable[Any]:
        """The event log."""
        return self.query_one("#events", RowTable)

    # --- showing ------------------------------------------------------------------------------------------------

    def show_reading(self) -> None:
        """Show the newest reading, and what changed; while updates are held, only how many there are."""
        if self._held is not None:
            self.show_around()
            return
        super().show_reading()
        self._show_events()

    def show_level(self, at: object = None) -> Arrival:
        """Show the present level; inside a worker the log is its own."""
        self._show_events()
        return super().show_level(at)

    def _show_events(self) -> None:
        """Show the log; who reads an older entry stays there."""
        news, log, level = self.reading.news, self.events, self.level
        worker = level.worker if isinstance(level, ManifestLevel) else None
        entries = news.entries if worker is None else news.by_worker.get(worker, ())
        log.border_title = "events" if worker is None else "events of this worker"
        columns = log_columns(self.reading, self.now)
        log.set_columns([column for column in columns if worker is None or column.title != "WORKER"])
        if log.has_focus and log.cursor:
            log.set_rows(entries)
        else:
            log.set_rows(entries, cursor=0, top=0)

    def show_around(self) -> None:
        """What is not yet known of the rows is asked for, a part at a time, so that rows never wait long for it."""
        super().show_around()
        self._was_fading |= self.reading.news.is_fading(self.now())
        level = self.level
        if isinstance(level, WorkersLevel) and not level.is_compared:
            self.ask(anew=True)

    def redraw(self) -> None:
        """Ages and fading marks; rows are read anew while some are to go with their time."""
        if not self.is_current or self._held is not None:
            return
        super().redraw()
        self.events.refresh()
        is_fading = self.reading.news.is_fading(self.now())
        if is_fading or self._was_fading:
            self.ask(anew=True)
        self._was_fading = is_fading

    def crumb_notes(self) -> Sequence[Piece]:
        """That updates are held, and how many wait."""
        if self._held is None:
            return []
        waiting = self.session.reading.news.told - self._held[0].news.told
        words = f" · {counted(waiting, 'change')} {'waits' if waiting == 1 else 'wait'}" if waiting else ""
        return [Piece("  PAUSED", "warn"), Piece(words, "muted")]

    # --- commands -----------------------------------------------------------------------------------------------

    def action_pause(self) -> None:
        """Hold updates, or go on and show all that came meanwhile."""
        self._held = None if self._held else (self.session.reading, self.session.clock())
        self.show_reading()
        self.show_around()

    # --- the event log's place ----------------------------------------------------------------------------------

    def on_resize(self) -> None:
        """The log is only there where there is room for it, unless it was asked for."""
        self.call_after_refresh(self._place_events)

    def _place_events(self) -> None:
        crowded = self.has_class("-low") or (self.query_one(Facts).display and not self.has_class("-wide"))
        self.events.display = not crowded if self._wants_events is None else self._wants_events
        if self.events.has_focus and not self.events.display:
            self.table.focus()
        self.refresh_bindings()

    def action_events(self) -> None:
        """Show or hide the event log."""
        self._wants_events = not self.events.display
        self._place_events()

    def action_details(self) -> Arrival | None:
        """Show or hide the details; where there is little room, they take that of the log."""
        arrival = super().action_details()
        self._place_events()
        return arrival

    # --- from the log to its worker -----------------------------------------------------------------------------

    def action_into(self) -> Awaitable[None] | None:
        """Go into the row; from the log to its worker, on its package."""
        if not self.events.has_focus:
            return super().action_into()
        entry = self.events.row
        return None if entry is None else self._visit_entry(entry)

    @on(RowTable.RowSelected, "#events")
    def _event_selected(self, message: RowTable.RowSelected) -> None:
        if message.row is not None:
            self._visit_entry(message.row)

    def _visit_entry(self, entry: Entry) -> Arrival:
        first = self.places[0].level
        drifts = {"drifts": first.drifts} if isinstance(first, WorkersLevel) else {}
        if not entry.package and entry.worker not in self.reading.snapshot.workers:
            return self.go_to((), entry.worker)
        return self.go_to((ManifestLevel(entry.worker, **drifts),), entry.package or None)

    def word_for(self, command: Command) -> str:
        """Words that depend on what is shown."""
        if command.id == "view.pause" and self._held:
            return "Resume"
        if command.id == "view.events" and self.events.display:
            return "Hide log"
        return super().word_for(command)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """From the log one goes to its worker, wherever one is."""
        if action == "into" and self.is_mounted and self.events.has_focus:
            return self.events.row is not None
        return super().check_action(action, parameters)
