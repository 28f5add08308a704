"""How each view looks: in small and large terminals, each in every look. Look at each difference."""

import pytest
from scenarios import make_app, settled
from test_tui_snapshots import SCENES, at_rest

from builders import StoreBuilder

pytestmark = pytest.mark.campaign

VIEWS = ("overview", "packages", "apps", "app", "workers", "why", "health", "activity")
"""A scene for each view, and for what is inside an app."""

SIZES = {"40x12": (40, 12), "80x24": (80, 24), "160x50": (160, 50)}
LOOKS = {"dark": "pkgstore-dark", "light": "pkgstore-light", "contrast": "pkgstore-contrast", "no_color": ""}
"""The theme of each look; empty for a terminal where nothing is coloured."""


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scene", VIEWS)
def test_each_view(
    lively: StoreBuilder, snap_compare, scene: str, size: str, look: str, monkeypatch: pytest.MonkeyPatch
):
    if not LOOKS[look]:
        monkeypatch.setenv("NO_COLOR", "1")
    run, options = SCENES[scene]
    app = make_app(lively.root, **options)

    async def before(pilot) -> None:
        await settled(pilot)
        pilot.app.theme = LOOKS[look] or pilot.app.theme
        await run(pilot, lively)
        await at_rest(pilot)

    assert snap_compare(app, terminal_size=SIZES[size], run_before=before)
