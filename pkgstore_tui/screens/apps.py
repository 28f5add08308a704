"""The apps view: what each app's workers are made from, and whether that is all there."""

from typing import ClassVar

from pkgstore_tui.screens.apps_levels import AppsLevel
from pkgstore_tui.screens.drill import DrillScreen
from pkgstore_tui.session import Session


class AppsScreen(DrillScreen):
    """The apps beside the store."""

    VIEW: ClassVar[str] = "apps"
    top_crumb = "Apps"

    def __init__(self, session: Session) -> None:
        super().__init__(session, AppsLevel())
