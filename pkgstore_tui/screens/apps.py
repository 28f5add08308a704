"""The apps view: what each app's workers are made from, and whether that is all there."""

from typing import ClassVar

from textual.binding import BindingType

from pkgstore_tui.commands import bindings
from pkgstore_tui.screens.apps_levels import AppRow, AppsLevel
from pkgstore_tui.screens.apps_packages import AppLevel
from pkgstore_tui.screens.drill import DrillScreen
from pkgstore_tui.screens.latest import Arrival
from pkgstore_tui.screens.rehearsing import RehearsalLevel
from pkgstore_tui.session import Session


class AppsScreen(DrillScreen):
    """The apps beside the store."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("apps")]
    VIEW: ClassVar[str] = "apps"
    top_crumb = "Apps"

    def __init__(self, session: Session) -> None:
        self._reads_disk = session.options.saved is None
        super().__init__(session, AppsLevel(reads_disk=self._reads_disk))

    def action_coldstart(self) -> Arrival:
        """Rehearse every start: of all apps, the cursor on the present one; of the app that one is in."""
        level, row = self.level, self.row
        self.place.at, self.place.top = level.key(row) if row is not None else None, self.table.scroll_offset.y
        if isinstance(level, AppLevel):
            return self.go(RehearsalLevel(level.app, self._reads_disk))
        return self.go(RehearsalLevel("", self._reads_disk), self._first_start(row))

    def _first_start(self, row: object) -> object:
        """The key of the first start of an app; None where it has none."""
        if not isinstance(row, AppRow) or not row.record.manifests:
            return None
        first = row.record.manifests[0]
        return row.name, first.tier, "" if first.manifest is None else self.reading.index.platform_in_use

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is rehearsed already is not rehearsed again."""
        if action == "coldstart":
            return isinstance(self.level, AppsLevel | AppLevel)
        return super().check_action(action, parameters)
