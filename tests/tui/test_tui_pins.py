"""Pins in the interface, from the key to the plan of an eviction that keeps what is pinned, and back."""

from pathlib import Path

import pytest
from scenarios import MAIN, NOW, left_over, make_app, press, settled, until, write
from textual.widgets import Button, Input

from builders import StoreBuilder, ref
from pkgstore.journal import operations, read_journal
from pkgstore.keys import PINS
from pkgstore.layout import Layout
from pkgstore.model import Pin
from pkgstore.operations.eviction import EvictRule, plan_eviction
from pkgstore.operations.pinning import add_pin
from pkgstore.pins import read_pins
from pkgstore_tui.app import PkgstoreApp
from pkgstore_tui.screens.evict import EvictDialog
from pkgstore_tui.screens.menu import Menu
from pkgstore_tui.screens.pin import PinDialog
from pkgstore_tui.screens.pins import PinsScreen
from pkgstore_tui.screens.question import Question
from pkgstore_tui.widgets.bars import KeyBar
from pkgstore_tui.widgets.cells import parts_of
from pkgstore_tui.widgets.facts import Facts

DAY = 86400.0


@pytest.fixture
def layout(lively: StoreBuilder) -> Layout:
    return Layout(str(lively.root))


def told(app: PkgstoreApp, name: str = "plan") -> str:
    return "\n".join(f"{fact.label}: {fact.value}" for fact in app.screen.query_one(f"#{name}", Facts).facts)


def toasts(app: PkgstoreApp) -> str:
    return "\n".join(f"{note.severity} {note.title}: {note.message}" for note in app._notifications)


def can_confirm(app: PkgstoreApp) -> bool:
    return not app.screen.query_one("#yes", Button).disabled


def planned(app: PkgstoreApp, idle: float = 30 * DAY) -> tuple[set[str], set[str]]:
    """What an eviction of what was idle for long would take and keep, by what the interface knows."""
    reading = app.session.reading
    plan = plan_eviction(reading.snapshot, reading.roots, EvictRule(idle), (MAIN,), now=NOW)
    return {item.key.package for item in plan.items}, {config.key.package for config, _ in plan.kept}


def flags(app: PkgstoreApp) -> dict[str, str]:
    """The letters of the packages that have any."""
    table = app.screen.table
    (column,) = (column for column in table.columns if column.title == "FLAGS")
    cells = {row.name: "".join(part.text for part in parts_of(column.cell(row))) for row in table.rows}
    return {name: letters for name, letters in cells.items() if letters}


def past(layout: Layout) -> list[tuple[str, str, object]]:
    return [(one.what, one.outcome, one.plan["what"]) for one in operations(read_journal(layout))]


async def to_package(pilot, name: str) -> None:
    """The cursor on a package, or an app."""
    table = pilot.app.screen.table
    table.cursor = [row.name for row in table.rows].index(name)
    await pilot.pause()


async def open_pin(pilot, *first: str) -> None:
    await press(pilot, *first, "p")
    await until(pilot, lambda: isinstance(pilot.app.screen, PinDialog))


async def test_a_row_is_pinned_kept_by_an_eviction_and_unpinned(lively: StoreBuilder, layout: Layout):
    app = make_app(lively.root, platform=MAIN, write=True)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        assert planned(app)[0] >= {"cpp11", "sf"}
        await to_package(pilot, "cpp11")
        await open_pin(pilot)
        assert app.focused.id == "reason"
        assert "keeps: 2 configs\n: cpp11 0.4.7, cpp11 0.5.0\n" in told(app)
        assert "as 2 pins, since a pin has one config of a package" in told(app)
        assert "needed by: nobody" in told(app)
        assert not can_confirm(app), "others have to know why"
        await write(pilot, "the course of May")
        await until(pilot, lambda: can_confirm(app))
        await press(pilot, "enter")
        await write(pilot, "soon")
        await until(pilot, lambda: "'soon' is no date and no duration" in told(app))
        assert not can_confirm(app)
        await write(pilot, "30d")
        await until(pilot, lambda: can_confirm(app))
        assert "in 30d" in told(app)
        await press(pilot, "enter")
        assert app.focused.id == "no", "enter goes to Cancel, not to Pin"
        assert not Path(layout.ours).exists(), "nothing was changed so far"
        await press(pilot, "tab", "enter")
        await until(pilot, lambda: "pinned 2 configs: pin " in toasts(app))
        pins = read_pins(layout)
        assert [pin.until for pin in pins] == [NOW + 30 * DAY] * 2
        assert {pin.reason for pin in pins} == {"the course of May"}
        assert sorted(what for _, _, what in past(layout)) == sorted(pin.what for pin in pins)
        await until(
            pilot, lambda: "cpp11" in planned(app)[1], "the interface knows of it, though it watches nothing"
        )
        assert "cpp11" not in planned(app)[0]
        await until(pilot, lambda: flags(app).get("cpp11") == "K", flags(app))
        await press(pilot, "d")
        assert isinstance(app.screen, EvictDialog)
        goes, stays = app.screen.query_one("#items"), app.screen.query_one("#kept")
        await until(pilot, lambda: stays.rows)
        assert {config.key.package for config, _ in stays.rows} == {"cpp11"}
        assert not goes.rows
        await press(pilot, "escape")

        await open_pin(pilot)
        assert app.focused.id == "pins", "the pins that there are come first"
        for left in (1, 0):
            assert "Unpin" in app.screen.query_one(KeyBar).text
            await press(pilot, "x")
            assert isinstance(app.screen, Question)
            assert app.focused.id == "no"
            await press(pilot, "tab", "enter")
            await until(pilot, lambda left=left: len(app.screen.table.rows) == left)
        assert app.focused.id == "reason"
        assert "Unpin" not in app.screen.query_one(KeyBar).text
        await press(pilot, "escape")
        assert read_pins(layout) == ()
        assert [what for what, _, _ in past(layout)] == ["pin", "pin", "unpin", "unpin"]
        await until(pilot, lambda: "cpp11" in planned(app)[0])
        lines = [logged.line for logged in app.session.log]
        assert lines[0].startswith("pkgstore pin ")
        assert "--reason 'the course of May' --until 30d" in lines[0]
        assert lines[-1].endswith("--remove --yes")


async def test_the_marked_rows_are_pinned_together(lively: StoreBuilder, layout: Layout):
    app = make_app(lively.root, platform=MAIN, write=True)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        for name in ("data.table", "units"):
            await to_package(pilot, name)
            await press(pilot, "space")
        await open_pin(pilot)
        assert "keeps: 2 configs\n: data.table 1.15.4, units 0.8-5\n" in told(app)
        await write(pilot, "audit")
        await press(pilot, "enter", "enter", "tab", "enter")
        await until(pilot, lambda: "pinned 2 configs" in toasts(app))
        (pin,) = read_pins(layout)
        assert set(pin.manifest) == {"data.table", "units"}
        assert pin.until is None


async def test_the_rollback_target_of_an_app_is_pinned_as_it_is_now(lively: StoreBuilder, layout: Layout):
    left_over(lively)
    app = make_app(lively.root, platform=MAIN, write=True)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "3")
        await until(pilot, lambda: app.current_mode == "apps" and app.screen.table.rows)
        await to_package(pilot, "maps")
        await press(pilot, "p")
        await until(pilot, lambda: isinstance(app.screen, Menu))
        assert [choice.label for choice in app.screen.choices] == ["maps (current)", "maps (prev)", "maps (build)"]
        await press(pilot, "j", "enter")
        await until(pilot, lambda: isinstance(app.screen, PinDialog))
        assert "keeps: maps (prev), 4 configs\n: Rcpp 1.0.12, dplyr 1.1.4, sf 1.0-16, shiny 1.8.1.1\n" in told(app)
        await write(pilot, "the audit")
        await press(pilot, "enter", "enter", "tab", "enter")
        await until(pilot, lambda: "pinned maps (prev)" in toasts(app))
        (pin,) = read_pins(layout)
        assert pin.what == "maps (prev)"
        assert pin.manifest["sf"] == ref("sf", "1.0-16", {"Rcpp": "1.0.12"})
        await press(pilot, "i")
        await until(pilot, lambda: "prev: 4 packages, 2026-01-02 01:04:05, 2h ago, pinned" in told(app, "details"))
        assert told(app, "details").count("pinned") == 1
        (lively.root.parent / "maps" / "store-manifest.json.prev").unlink()
        app.session.rescan()
        key = next(c.key for c in app.session.reading.snapshot.configs() if c.key.ref == pin.manifest["sf"])
        await until(
            pilot, lambda: len(app.session.reading.roots.holders(key)) == 2, "the file and the pin: not yet"
        )
        assert {root.tier.value for root in app.session.reading.roots.holders(key)} == {"build", "pinned"}
        assert "sf" in planned(app)[1]
        command = next(logged.line for logged in app.session.log if logged.line.startswith("pkgstore pin"))
        assert "--app maps --tier prev --reason 'the audit'" in command


async def test_a_shop_without_rollback_targets_asks_nothing(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN, write=True)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "3")
        await until(pilot, lambda: app.current_mode == "apps" and app.screen.table.rows)
        await to_package(pilot, "maps")
        await open_pin(pilot)
        assert "keeps: maps (current), 4 configs" in told(app)
        await press(pilot, "escape")
        await until(pilot, lambda: "nothing changed" in toasts(app))


async def test_what_stands_for_nothing_that_is_stored_cannot_be_pinned(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN, write=True)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        await to_package(pilot, "s2")  # its only tree is gone
        await press(pilot, "p")
        await until(pilot, lambda: "this row cannot be pinned" in toasts(app))
        assert isinstance(app.screen, PinsScreen), "what is pinned is shown instead"
        await press(pilot, "escape", "4")
        await until(pilot, lambda: app.current_mode == "workers")
        await press(pilot, "p")
        await until(pilot, lambda: toasts(app).count("this row cannot be pinned") == 2)


@pytest.mark.parametrize("write", [False, True], ids=["locked", "unlocked"])
async def test_locked_there_is_a_list_and_no_way_to_change_it(lively: StoreBuilder, layout: Layout, write: bool):
    add_pin(
        layout,
        Pin("", "units 0.8-5", "audit", "alice", NOW - DAY, {"units": ref("units", "0.8-5", {"Rcpp": "1.0.13"})}),
    )
    app = make_app(lively.root, platform=MAIN, write=write)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        view = app.screen
        if not write:
            await press(pilot, "p")
            assert app.screen is view
            assert not toasts(app)
        await app.run_action("pins")
        await until(pilot, lambda: isinstance(app.screen, PinsScreen))
        assert [row.what for row in app.screen.table.rows] == ["units 0.8-5"]
        assert "reason: audit" in told(app, "kept")
        assert "by: alice, 2026-01-01" in told(app, "kept")
        assert "until: for ever" in told(app, "kept")
        assert "units: 0.8-5" in told(app, "kept")
        assert ("Unpin" in app.screen.query_one(KeyBar).text) == write
        await press(pilot, "x")
        assert isinstance(app.screen, Question) == write
        if write:
            await press(pilot, "enter")
            await until(pilot, lambda: "nothing changed" in toasts(app))
        assert len(read_pins(layout)) == 1
        await press(pilot, "escape")
        assert app.screen is view


async def test_locked_again_behind_the_dialog_nothing_is_pinned(lively: StoreBuilder, layout: Layout):
    app = make_app(lively.root, platform=MAIN, write=True)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        await open_pin(pilot)
        await write(pilot, "audit")
        app.session.set_lock(unlocked=False)
        await press(pilot, "enter", "enter", "tab", "enter")
        await until(pilot, lambda: "nothing changed" in toasts(app))
        assert not Path(layout.pins).exists()


async def test_a_file_of_pins_that_cannot_be_read_is_said_and_stays(lively: StoreBuilder, layout: Layout):
    Path(layout.ours).mkdir()
    Path(layout.pins).write_text("{")
    app = make_app(lively.root, platform=MAIN, write=True)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        await open_pin(pilot)
        await write(pilot, "audit")
        await press(pilot, "enter", "enter", "tab", "enter")
        await until(pilot, lambda: "error nothing changed: " in toasts(app))
        assert layout.pins in toasts(app)
        assert isinstance(app.screen, PinDialog)
        assert can_confirm(app), "one may try again"
        await press(pilot, "escape")
        await app.run_action("pins")
        await until(pilot, lambda: isinstance(app.screen, PinsScreen))
        assert "nothing can be evicted until it is mended" in told(app, "kept")
        await press(pilot, "escape", "6")
        await until(pilot, lambda: app.current_mode == "health")
        await until(pilot, lambda: any(row.code == "DAMAGE" for row in app.screen.table.rows))
        assert Path(layout.pins).read_text() == "{"


async def test_the_list_follows_what_other_processes_do(lively: StoreBuilder, layout: Layout):
    manifest = {"units": ref("units", "0.8-5", {"Rcpp": "1.0.13"})}
    add_pin(layout, Pin("", "units 0.8-5", "over soon", "alice", NOW - DAY, manifest, NOW - 60))
    app = make_app(lively.root, platform=MAIN, write=True)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        await app.run_action("pins")
        await until(pilot, lambda: isinstance(app.screen, PinsScreen))
        assert "so it is over" in told(app, "kept")
        add_pin(layout, Pin("", "units 0.8-5", "audit", "bob", NOW - 3600, manifest))
        app.session.reread([PINS])
        await until(pilot, lambda: [row.by for row in app.screen.table.rows] == ["bob", "alice"])
        await press(pilot, "escape")
        await to_package(pilot, "units")
        await open_pin(pilot)
        assert [row.by for row in app.screen.table.rows] == ["bob"], "what is over keeps nothing"
        assert app.screen.query_one("#reason", Input).value == ""


def lines(app: PkgstoreApp) -> dict[str, str]:
    """What the overview says, by what it is about."""
    return {line.what: "".join(part.text for part in parts_of(line.cell)) for line in app.screen.lines.rows}


def rooted(app: PkgstoreApp) -> int:
    return sum(row.rooted for row in app.screen.table.rows)


async def test_the_overview_counts_the_pins_where_there_are_any(lively: StoreBuilder, layout: Layout):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "1")
        await until(pilot, lambda: app.current_mode == "overview" and "locks" in lines(app))
        assert "pins" not in lines(app)
        before = rooted(app)
        manifest = {"data.table": ref("data.table", "1.15.4")}
        add_pin(layout, Pin("", "data.table 1.15.4", "audit", "alice", NOW - DAY, manifest))
        add_pin(layout, Pin("", "data.table 1.15.4", "audit", "alice", NOW - DAY, manifest, NOW - 60))
        app.session.reread([PINS])
        await until(pilot, lambda: lines(app).get("pins") == "2 pins, 1 of them over")
        await until(pilot, lambda: rooted(app) == before + 1)
