"""How each view looks: in small and large terminals, each in every look. Look at each difference."""

from collections.abc import Iterator
from itertools import product

import pytest
from _pytest.mark import ParameterSet
from scenarios import make_app, settled
from test_tui_snapshots import SCENES, at_rest

from builders import StoreBuilder

VIEWS = ("overview", "packages", "apps", "app", "workers", "why", "health", "activity")
"""A scene for each view, and for what is inside an app."""

SIZES = {"40x12": (40, 12), "80x24": (80, 24), "160x50": (160, 50)}
LOOKS = {"dark": "pkgstore-dark", "light": "pkgstore-light", "contrast": "pkgstore-contrast", "no_color": ""}
"""The theme of each look; empty for a terminal where nothing is coloured."""


def _all() -> Iterator[ParameterSet]:
    """Every view in every size and look; one picture of each view is not for the campaign alone."""
    for scene, size, look in product(VIEWS, SIZES, LOOKS):
        marks = () if (size, look) == ("80x24", "dark") else pytest.mark.campaign
        yield pytest.param(scene, size, look, id=f"{scene}-{size}-{look}", marks=marks)


@pytest.mark.parametrize(("scene", "size", "look"), _all())
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
