"""How the views look in small and large terminals, and in other colours. Look at each difference."""

import pytest
from scenarios import make_app, settled
from test_tui_snapshots import SCENES, at_rest

from builders import StoreBuilder

pytestmark = pytest.mark.campaign

VIEWS = ("overview", "packages", "workers", "apps", "app", "why", "health", "activity")
ROOMS = [((40, 12), ""), ((160, 50), ""), ((80, 24), "pkgstore-light"), ((80, 24), "pkgstore-contrast")]


def name_of(value: object) -> str:
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)


@pytest.mark.parametrize(("size", "theme"), ROOMS, ids=name_of)
@pytest.mark.parametrize("scene", VIEWS)
def test_each_view(lively: StoreBuilder, snap_compare, scene: str, size: tuple[int, int], theme: str):
    run, options = SCENES[scene]
    app = make_app(lively.root, **options)

    async def before(pilot) -> None:
        await settled(pilot)
        pilot.app.theme = theme or pilot.app.theme
        await run(pilot, lively)
        await at_rest(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("scene", VIEWS)
def test_each_view_without_colours(lively: StoreBuilder, snap_compare, scene: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_COLOR", "1")
    run, options = SCENES[scene]
    app = make_app(lively.root, **options)

    async def before(pilot) -> None:
        await settled(pilot)
        await run(pilot, lively)
        await at_rest(pilot)

    assert snap_compare(app, terminal_size=(80, 24), run_before=before)
