"""The command log: what is shown and what was done, as command lines."""

import pytest
from scenarios import MAIN, make_app, settled, until, walk

from builders import StoreBuilder, ref
from pkgstore.operations.events import Done, EvictResult
from pkgstore_tui.screens.command_log import CommandLog
from pkgstore_tui.screens.evict import EvictDialog


async def logged(pilot) -> list[str]:
    """The lines of the log."""
    await walk(pilot, "at")
    await until(pilot, lambda: isinstance(pilot.app.screen, CommandLog))
    return [row.line for row in pilot.app.screen.table.rows]


async def test_what_is_shown(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test() as pilot:
        await settled(pilot)
        store = lively.root
        assert await logged(pilot) == [f"pkgstore ls --platform {MAIN} --store {store}"]
        await walk(pilot, "escape", "slash", *"idle>30d", "space", "s", "enter")
        await until(pilot, lambda: app.screen.place.choice.text == "idle>30d s")
        assert await logged(pilot) == [f"pkgstore ls 'idle>30d' s --platform {MAIN} --store {store}"]


async def test_what_was_done(lively: StoreBuilder, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERM", "xterm")
    app = make_app(lively.root, platform=MAIN, write=True)
    async with app.run_test(size=(140, 30)) as pilot:
        await settled(pilot)
        await walk(pilot, "R")
        await settled(pilot)
        await walk(pilot, "7", "d")
        await until(pilot, lambda: isinstance(app.screen, EvictDialog) and app.screen.answer)
        command = app.screen.answer.command
        assert command == f"pkgstore evict --platform {MAIN} --retention 720h --store {lively.root}"
        await walk(pilot, "escape", "2")

        def events(cancel, progress):
            yield Done(EvictResult(1, 0, 0, 2048))

        job = app.session.run("evict", events, command)
        await until(pilot, lambda: not job.is_running)
        lines = await logged(pilot)
        assert lines[1:] == [command, f"pkgstore ls --store {lively.root}"], "newest first"
        await until(
            pilot, lambda: "1 config removed" in str(app.screen.table.columns[2].cell(app.screen.table.rows[1]))
        )
        await walk(pilot, "j", "y")
        assert app.clipboard == command
        await walk(pilot, "q")
        assert not isinstance(app.screen, CommandLog)


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("1",), "pkgstore df --store {store}"),
        (("3",), "pkgstore roots --store {store}"),
        (("4",), "pkgstore workers --store {store}"),
        (("4", "wait", "enter"), "pkgstore show worker:maps-5d0c91f2 --store {store}"),
        (("7",), "pkgstore locks --store {store}"),
        ((*"jjjjjj", "enter"), "pkgstore ls sf --platform {platform} --store {store}"),
        ((*"jjjjjj", "enter", "enter"), "pkgstore show sf {source} --platform {platform} --store {store}"),
        (("S",), "pkgstore ls --platform {platform} --store {store} --reverse"),
    ],
)
async def test_the_line_of_each_view(lively: StoreBuilder, keys: tuple[str, ...], line: str):
    app = make_app(lively.root, platform=MAIN)
    source = ref("sf", "1.0-16").partition("/")[0]
    async with app.run_test() as pilot:
        await settled(pilot)
        for key in keys:
            if key == "wait":
                await until(pilot, lambda: app.current_mode == "workers" and app.screen.table.rows)
            else:
                await walk(pilot, key)
        view = app.screen
        await until(pilot, lambda: getattr(view, "is_arranged", True))
        lines = await logged(pilot)
        assert lines[0] == line.format(store=lively.root, platform=MAIN, source=source)
