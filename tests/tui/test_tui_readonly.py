"""A session that visits every view and presses every key changes nothing, as long as nothing is confirmed."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from scenarios import left_over, make_app, settled, until
from walk import ALL, LEAVES, Walk

from builders import StoreBuilder
from pkgstore_tui.commands import in_scope
from pkgstore_tui.screens.view import VIEWS
from pkgstore_tui.session.sizes import measure_config

Stamp = dict[str, tuple[int, int, int, int]]


def stamp(folder: Path) -> Stamp:
    """Inode, mode, mtime and size of everything below a folder, the folder itself too."""
    found: Stamp = {}
    for parent, folders, names in os.walk(folder):
        for path in (parent, *(os.path.join(parent, name) for name in (*folders, *names))):
            it = os.lstat(path)
            size = 0 if stat.S_ISDIR(it.st_mode) else it.st_size
            found[path] = (it.st_ino, it.st_mode, it.st_mtime_ns, size)
    return found


@contextmanager
def untouched(folder: Path) -> Iterator[None]:
    """The block leaves everything below a folder as it was."""
    before = stamp(folder)
    yield
    after = stamp(folder)
    changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    assert not changed


@pytest.fixture
def whole(lively: StoreBuilder) -> StoreBuilder:
    """The lively store with apps, locks and what a crash left."""
    left_over(lively)
    return lively


IN_EACH_VIEW = {
    False: {"view.details", "view.refresh", "view.files"},
    True: {"store.evict"},
}
"""Commands that do something else in each view; the others are pressed in the first view that has them."""


@pytest.mark.campaign
@pytest.mark.parametrize("write", [False, True], ids=["locked", "unlocked"])
async def test_every_key_of_every_view(whole: StoreBuilder, write: bool) -> None:
    """Really watched, really measured; every dialog is opened and left."""
    app = make_app(whole.root, write=write, watch=True, measure=measure_config)
    with untouched(whole.root.parent):
        async with app.run_test(size=(80, 24)) as pilot:
            await settled(pilot)
            walk = Walk(pilot, lambda _app: None)
            for _, name, _ in VIEWS:
                await walk.to_view(name)
                await walk.every_key((ALL - walk.pressed) | IN_EACH_VIEW[write])
                if name == "why":  # most of its keys are about one lockfile
                    await walk.press("g", "j", "enter")
                    await until(pilot, lambda: app.screen.report is not None and app.screen.is_arranged)
                    await walk.every_key(ALL - walk.pressed)
            await walk.press("W")
            await walk.leave()
            await walk.press("colon")
            await walk.leave()
        assert app.fault is None
    assert not app.session.jobs.all

    in_views = [command for command in in_scope("view", "rows", *(view for _, view, _ in VIEWS)) if command.keys]
    changing = {command.id for command in in_views if command.changes_store}
    wanted = {command.id for command in in_views}
    known = wanted - walk.pressed - NEEDS_A_PLACE
    assert known == (set() if write else changing), "each key was pressed somewhere, or is absent"
    assert LEAVES.isdisjoint(walk.pressed)


NEEDS_A_PLACE = {"view.back", "rows.mark_none", "view.next_pane", "view.previous_pane"}
"""Work only below the first level, or with marks; pressed in the walk into the levels."""


async def test_every_level(whole: StoreBuilder) -> None:
    """Into the first rows of every view down to the files, and back with the keys."""
    app = make_app(whole.root, watch=True, measure=measure_config)
    with untouched(whole.root.parent):
        async with app.run_test(size=(80, 24)) as pilot:
            await settled(pilot)
            walk = Walk(pilot, lambda _app: None)
            for _, name, _ in VIEWS:
                await walk.to_view(name)
                await walk.press("i", "j", "space", "A", "tab", "shift+tab", "g")
                for _ in range(6):
                    view, depth = walk.app.screen, len(walk.view.levels)
                    await walk.press("enter")
                    await walk.leave()
                    if app.screen is not view or len(walk.view.levels) == depth:
                        break
                while len(walk.view.levels) > 1:
                    await walk.press("escape")
            await until(pilot, lambda: not app.session.sizes.waiting)
        assert app.fault is None
