"""What can be done in the health view about what content checks found: quarantine it, or take it for good."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar, Final

from pkgstore.findings import Finding
from pkgstore.keys import ConfigKey, SourceKey
from pkgstore_tui.commands import Command
from pkgstore_tui.format import safe_text
from pkgstore_tui.screens.accept import AcceptDialog
from pkgstore_tui.screens.contents_files import ChangedFile
from pkgstore_tui.screens.contents_rows import CHANGED, ContentsRow
from pkgstore_tui.screens.digest_screen import DigestScreen
from pkgstore_tui.screens.evict_form import Subject
from pkgstore_tui.screens.health_levels import KindRow
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.quarantine import QuarantineDialog
from pkgstore_tui.screens.verify import VerifyDialog
from pkgstore_tui.session.contents import Told, changed
from pkgstore_tui.session.reading import Reading

_ELSEWHERE: Final = frozenset({"health.check", "health.repair", "rows.filter", "app.unlock"})
"""What the footer leaves out where there is something to quarantine."""


class ContentsTools(DigestScreen):
    """The part of the health view that is about contents."""

    verifies_all: ClassVar[bool] = True  # type: ignore[misc]

    @property
    def picked(self) -> tuple[Any, ...]:
        """The marked rows, else the present one."""
        row = self.row
        return self.marked_rows or ((row,) if row is not None else ())

    def changed_picked(self) -> tuple[Told, ...]:
        """What the marked rows, or the present one, tell of changed files."""
        rows = [row for row in self.picked if not isinstance(row, ContentsRow) or row.group is CHANGED]
        return tuple({told.key: told for told in changed(_told(rows))}.values())

    async def action_verify(self) -> None:
        """Plan a content check: of what is marked, or of the row inside a kind; else of the whole store."""
        rows, reading = self.picked, self.reading
        keys = await asyncio.to_thread(lambda: frozenset(_keys(reading, rows)))
        is_whole = len(self.places) == 1 and not self.place.marks
        self._open(VerifyDialog(self.session, Subject(self._called(rows), keys), whole=is_whole))

    def _called(self, rows: Sequence[Any]) -> str:
        level: Level[Any] = self.level
        return safe_text(level.called(rows[0])) if len(rows) == 1 and not isinstance(rows[0], ChangedFile) else ""

    async def action_evict(self) -> None:
        """Of what was changed: plan a quarantine, which is an eviction by another rule."""
        if found := self.changed_picked():
            self._open(QuarantineDialog(self.session, found))
        else:
            await super().action_evict()

    def action_accept(self) -> None:
        """Plan to take for good what changed files are now."""
        self._open(AcceptDialog(self.session, self.changed_picked()))

    def in_footer(self, command: Command) -> bool:
        """Where files were changed there has to be room for what is done about that."""
        if command.id in _ELSEWHERE and self.session.unlocked and self.changed_picked():
            return False
        return super().in_footer(command)

    def word_for(self, command: Command) -> str:
        """What evicting is called where files were changed."""
        if command.id == "store.evict" and self.changed_picked():
            return "Quarantine"
        return super().word_for(command)


def _told(rows: Iterable[Any]) -> Iterator[Told]:
    for row in rows:
        match row:
            case Told():
                yield row
            case ChangedFile():
                yield row.told
            case ContentsRow():
                yield from row.told


def _keys(reading: Reading, rows: Iterable[Any]) -> Iterator[ConfigKey]:
    """The configs that rows of the health view are about."""
    for row in rows:
        match row:
            case Finding(subject=ConfigKey() as key):
                yield key
            case Finding(subject=SourceKey() as key) if key in reading.snapshot.sources:
                yield from (config.key for config in reading.snapshot.sources[key].configs)
            case KindRow():
                yield from _keys(reading, row.findings)
            case _:
                yield from (told.key for told in _told([row]))
