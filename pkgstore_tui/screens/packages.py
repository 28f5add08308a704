"""The packages view: platform, package, source, config."""

from typing import ClassVar

from textual.binding import BindingType

from pkgstore_tui.commands import Command, bindings
from pkgstore_tui.screens.drill import DrillScreen
from pkgstore_tui.screens.flat_level import AllConfigsLevel
from pkgstore_tui.screens.latest import Arrival
from pkgstore_tui.screens.package_levels import PackagesLevel, PlatformsLevel
from pkgstore_tui.screens.rows_screen import Place
from pkgstore_tui.session import Session


class PackagesScreen(DrillScreen):
    """What is in the store."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("packages")]
    VIEW: ClassVar[str] = "packages"
    top_crumb = "Platforms"

    def __init__(self, session: Session) -> None:
        super().__init__(session, PlatformsLevel())
        self._skipped = False
        if session.options.platform:
            self._skip(session.options.platform)

    def _skip(self, platform: str) -> None:
        """Begin at a platform's packages: choosing from one platform is no choice."""
        self._skipped = True
        self.places[0].at = platform
        self.places.append(Place(PackagesLevel(platform)))
        self.home = 2

    def action_flat(self) -> Arrival | None:
        """All configs of the platform, or of the store, in one table; or back from there."""
        if isinstance(self.level, AllConfigsLevel):
            return self.action_to_level(len(self.places) - 2)
        return self.go(AllConfigsLevel(self.level.on_platform))

    def word_for(self, command: Command) -> str:
        """The key leads there and back."""
        if command.id == "packages.flat" and isinstance(self.level, AllConfigsLevel):
            return "Back"
        return super().word_for(command)

    def show_reading(self) -> None:
        """Begin where there is something to choose, once that is known."""
        platforms = tuple(self.reading.index.by_package)
        if not self._skipped and self.session.reading.complete:
            self._skipped = True
            if len(platforms) == 1 and len(self.levels) == 1:
                self._skip(platforms[0])
                self.show_level()
                return
        super().show_reading()
