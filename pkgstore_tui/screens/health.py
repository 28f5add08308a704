"""The health view: what is wrong with the store, by readings, and when one asks by the packages' own files too."""

import asyncio
from collections.abc import Awaitable, Iterator
from typing import ClassVar

from textual import on
from textual.binding import BindingType

from pkgstore.errors import Cancelled
from pkgstore.findings import Finding, Subject
from pkgstore.progress import Progress
from pkgstore_tui.command_lines import line
from pkgstore_tui.commands import bindings
from pkgstore_tui.format import counted, human_time
from pkgstore_tui.screens.contents_files import ChangedFile
from pkgstore_tui.screens.health_levels import KindsLevel
from pkgstore_tui.screens.places import place_of
from pkgstore_tui.screens.repair_tools import RepairTools
from pkgstore_tui.session import Logged, Session
from pkgstore_tui.session.contents import LibraryTold, Told
from pkgstore_tui.session.foreground import Considerate
from pkgstore_tui.widgets.bars import Piece
from pkgstore_tui.widgets.row_table import RowTable


class HealthScreen(RepairTools):
    """The findings."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("health")]
    VIEW: ClassVar[str] = "health"
    NOT_IN_FOOTER: ClassVar[frozenset[str]] = frozenset({"view.compare", "store.undo", "rows.sort"})
    top_crumb = "Health"

    def __init__(self, session: Session) -> None:
        super().__init__(session, KindsLevel(lambda: self.digest, lambda: session.checks.is_deep))
        self._cancel = Considerate(session.foreground)
        self._progress: Progress | None = None
        self._checked_at = 0.0

    @property
    def is_arranged(self) -> bool:
        """Whether all that was asked for is shown."""
        return super().is_arranged and self._progress is None

    def on_unmount(self) -> None:
        """Nobody waits for a check any more."""
        self._cancel.set()

    @on(RowTable.RowSelected, "#rows")
    def action_into(self) -> Awaitable[None] | None:
        """Into a kind, or a changed config; from a finding to what it is about."""
        row = self.row
        subject = _subject(row)
        if subject is None:
            return super().action_into()
        if (place := place_of(self.reading, subject)) is not None:
            self.post_message(place)
        return None

    # --- checking the packages' own files -----------------------------------------------------------------------

    def action_check(self) -> None:
        """Look at the small files of every package, and at every worker's library."""
        self._progress = Progress()
        self.refresh_bindings()
        self.run_worker(self._check(self._progress), group="check", exclusive=True)

    async def _check(self, progress: Progress) -> None:
        session, snapshot = self.session, self.reading.snapshot
        try:
            await asyncio.to_thread(
                session.checks.look_deeper, snapshot, session.clock(), cancel=self._cancel, progress=progress
            )
        except Cancelled:
            return
        finally:
            self._progress = None
        self._checked_at = session.clock()
        session.log.append(Logged(self._checked_at, line("check", store=session.place.root), result="checked"))
        self.want_digest()
        self.refresh_bindings()
        looked = counted(len(snapshot.sources), "source"), counted(len(snapshot.workers), "library", "libraries")
        self.app.notify(f"checked the files of {' and '.join(looked)}", markup=False)

    def _background(self) -> Iterator[Piece]:
        """How far the check is; how far what is shown goes."""
        if self._progress is not None and not self.session.trouble:
            progress = self._progress
            yield Piece(f"checking the packages' own files … {progress.fraction or 0:.0%}", "accent")
            return
        busy = list(super()._background())
        yield from busy
        if busy or self.session.options.saved is not None:
            return
        if self._checked_at:
            yield Piece(f"the packages' own files were checked {human_time(self._checked_at)}", "muted")
        elif not self.session.checks.is_deep:
            narrow = self.has_class("-narrow")
            text = (
                "as read; C checks files too"
                if narrow
                else "by readings alone; C checks the packages' own files too"
            )
            yield Piece(text, "muted")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A finding that is about nothing that is shown leads nowhere; one check at a time, of a store at hand."""
        row = self.row
        if action == "into" and (subject := _subject(row)) is not None:
            return place_of(self.reading, subject) is not None
        if action == "into" and isinstance(row, ChangedFile):
            return bool(self.level.file_of(row))
        if action == "check":
            at_hand = self.session.options.saved is None and self.reading.complete
            return at_hand and self._progress is None
        return super().check_action(action, parameters)


def _subject(row: object) -> Subject | None:
    """What a row is about that is shown elsewhere; None where one goes into the row itself."""
    match row:
        case Finding():
            return row.subject
        case Told() if not row.event.changes:
            return row.key
        case LibraryTold():
            return row.key
    return None
