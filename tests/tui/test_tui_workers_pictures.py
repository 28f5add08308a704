"""How the workers view looks in small and large terminals. Look at each difference before it is accepted."""

import pytest
from scenarios import MAPS, SHOP, make_app, press, settled
from test_tui_workers_keys import happen, open_workers

from builders import StoreBuilder, ref

pytestmark = pytest.mark.campaign

SIZES = [(40, 12), (80, 24), (160, 50)]
SCENES: dict[str, tuple[str, ...]] = {
    "workers": (),
    "details": ("i",),
    "manifest": ("enter",),
    "package": ("enter", "j", "j", "i"),
    "events": ("e", "e", "tab", "j"),
    "only_table": ("tab", "e"),
    "paused": ("P",),
    "problems": ("F",),
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", SCENES)
def test_it_looks_as_it_did(lively: StoreBuilder, snap_compare, scene: str, size: tuple[int, int]):
    lively.app("maps", MAPS, prev=MAPS | {"Rcpp": ref("Rcpp", "1.0.12")})
    lively.app("shop", SHOP | {"dplyr": ref("dplyr", "1.1.5")})

    async def before(pilot) -> None:
        await open_workers(pilot)
        await happen(pilot, lively)
        keys = SCENES[scene]
        if scene == "events" and size == (40, 12):
            keys = keys[1:]  # it is not there until it is asked for
        await press(pilot, *keys)
        await settled(pilot)
        for _ in range(3):
            await pilot.pause()

    assert snap_compare(make_app(lively.root), terminal_size=size, run_before=before)
