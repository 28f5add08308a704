"""From the rows of a view to a content check: of what they stand for, or of the whole store."""

import asyncio
from collections.abc import Sequence
from typing import Any

from pkgstore_tui.screens.evict_form import Subject
from pkgstore_tui.screens.evicting import subject_of_rows
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.row_tools import RowTools
from pkgstore_tui.screens.verify import VerifyDialog


class Verifying(RowTools):
    """The part of a view that has contents checked."""

    verifies_all = False
    """Whether the whole store may be meant where the row stands for no config."""

    def to_verify(self, level: Level[Any], rows: Sequence[Any], *, is_marked: bool) -> Subject:
        """What some rows stand for; called in a thread."""
        return subject_of_rows(level, rows, is_marked=is_marked)

    async def action_verify(self) -> None:
        """Plan to check what the marked rows stand for, or this one."""
        level, marked, row = self.level, self.marked_rows, self.row
        rows = marked or ((row,) if row is not None else ())
        subject = await asyncio.to_thread(self.to_verify, level, rows, is_marked=bool(marked))
        self._open(VerifyDialog(self.session, subject))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A saved scan has no files; elsewhere there have to be configs."""
        if action == "verify":
            at_hand = self.session.options.saved is None and self.reading.complete
            return at_hand and (self.verifies_all or self.is_about_configs)
        return super().check_action(action, parameters)
