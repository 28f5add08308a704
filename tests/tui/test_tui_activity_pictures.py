"""How the activity view and its dialogs look. Look at each difference before it is accepted."""

import os

import pytest
from acting import go_to_row, open_activity, planned
from scenarios import MAIN, MAPS, left_over, make_app, press, settled, with_a_past, write_worker
from test_tui_snapshots import at_rest

from builders import StoreBuilder
from pkgstore.usage import Tree, TreeSize

SIZES = [(40, 12), (80, 24), (120, 40)]
TREE = TreeSize(3 << 20, 3 << 20, 12)
SCENES: dict[str, tuple[str, str, str]] = {
    "locked": ("lock", "", ""),
    "unlocked": ("lock", "", ""),
    "trash": ("trash evict", "enter", ""),
    "journal": ("journal all", "enter", ""),
    "operation": ("journal evict", "enter", ""),
    "undo": ("lock", "z", "puts back"),
    "clean": ("lock", "X", "would go"),
    "fresh": ("lock sf", "x", "stays"),
    "empty": ("lock", "t", "would go"),
    "sweeper": ("lock", "b", "a sweep would take"),
}
"""The row that the cursor is on, a key, and what a plan says then."""

CAMPAIGN = {"fresh", "empty", "operation", "trash"}


def scenes():
    for size in SIZES:
        for scene in SCENES:
            rare = scene in CAMPAIGN or size == (40, 12)
            marks = pytest.mark.campaign if rare else ()
            yield pytest.param(scene, size, id=f"{scene}-{size[0]}x{size[1]}", marks=marks)


@pytest.mark.parametrize(("scene", "size"), scenes())
def test_it_looks_as_it_did(
    lively: StoreBuilder, snap_compare, scene: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
):
    with_a_past(lively)
    left_over(lively)
    write_worker(lively, "half-1a", None, 3 * 86400)
    write_worker(lively, "maps-77", MAPS, 5 * 86400)
    built = lively.package("cpp11").source("0.4.7").config(used="0s")
    assert os.path.exists(built.tree)
    monkeypatch.setattr("pkgstore_tui.screens.activity.measure_tree", lambda _path, cancel: TREE)
    for module in ("undo", "clean"):
        monkeypatch.setattr(f"pkgstore_tui.screens.{module}.read_tree", lambda _path: Tree(TREE, TREE))
    app = make_app(lively.root, platform=MAIN, write=scene != "locked")

    async def before(pilot) -> None:
        await open_activity(pilot)
        row, key, said = SCENES[scene]
        await go_to_row(pilot, row)
        if key:
            await press(pilot, key)
        if said:
            await planned(pilot, said)
        else:
            await settled(pilot)
        await at_rest(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)
