"""The health view: what is wrong with the store, as far as reading alone can tell."""

from collections.abc import Awaitable
from typing import ClassVar

from textual import on

from pkgstore.findings import Finding
from pkgstore_tui.screens.digest_screen import DigestScreen
from pkgstore_tui.screens.health_levels import FindingsLevel, KindsLevel
from pkgstore_tui.screens.places import place_of
from pkgstore_tui.session import Session
from pkgstore_tui.widgets.row_table import RowTable


class HealthScreen(DigestScreen):
    """The findings."""

    VIEW: ClassVar[str] = "health"
    top_crumb = "Health"

    def __init__(self, session: Session) -> None:
        super().__init__(session, KindsLevel(lambda: self.digest))

    @on(RowTable.RowSelected, "#rows")
    def action_into(self) -> Awaitable[None] | None:
        """Into a kind; from a finding to what it is about."""
        row = self.row
        if not isinstance(row, Finding):
            return super().action_into()
        if (place := place_of(self.reading, row.subject)) is not None:
            self.post_message(place)
        return None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A finding that is about nothing that is shown anywhere leads nowhere."""
        row = self.row
        if action == "into" and isinstance(self.level, FindingsLevel) and isinstance(row, Finding):
            return place_of(self.reading, row.subject) is not None
        return super().check_action(action, parameters)
