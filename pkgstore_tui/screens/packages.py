"""The packages view: platform, package, source, config."""

from typing import ClassVar

from pkgstore_tui.screens import style_files
from pkgstore_tui.screens.drill import DrillScreen
from pkgstore_tui.screens.package_levels import PackagesLevel, PlatformsLevel
from pkgstore_tui.session import Session


class PackagesScreen(DrillScreen):
    """What is in the store."""

    CSS_PATH = style_files("view", "packages")
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
        self.levels.append(PackagesLevel(platform))
        self._left_at = [platform, None]
        self.home = 2

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
