"""The workers view beside apps, through a storm of changes, and with names that mean harm."""

import json
import os

from scenarios import MAPS, SHOP, arranged, make_app, press, settled, until, write_worker
from scenarios import write as type_in
from test_tui_workers_keys import happen, here, names, open_workers, view

from builders import StoreBuilder, ref
from pkgstore.keys import AppKey, WorkerKey
from pkgstore_tui.format import safe_text
from pkgstore_tui.session.news import FRESH
from pkgstore_tui.widgets.bars import Breadcrumb
from pkgstore_tui.widgets.facts import Facts

NASTY = "[/foo] [bold\x1b[31m\n\u202egnp" + "é" * 100


def lines(app) -> dict[str, str]:
    """What the table shows, by the name of the row."""
    table = view(app).table
    return {name: table.render_line(y).text for y, name in enumerate(names(app), 1)}


def facts(app) -> list[tuple[str, str]]:
    return [(fact.label, fact.value) for fact in view(app).query_one(Facts).facts]


async def test_what_the_app_has_instead(lively: StoreBuilder):
    lively.app("shop", SHOP | {"dplyr": ref("dplyr", "1.1.5"), "sf": ref("sf", "1.0-16", {"Rcpp": "1.0.13"})})
    app = make_app(lively.root)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_workers(pilot)
        assert lines(app)["shop-3f2a77c1"].split()[3:6] == ["shop", "2", "differ"]
        await press(pilot, "j", "i")
        assert ("fits app", "shop, by best match: 3 of 4 packages as in its current manifest") in facts(app)
        assert ("drift", "2 packages not as the app has it now") in facts(app)
        assert ("dplyr", "1.1.4, shop has unknown") in facts(app)
        assert ("sf", "not there, shop has 1.0-16") in facts(app)
        await press(pilot, "enter")
        assert app.screen.query_one(Breadcrumb).text.endswith("4 packages · 2 differ")
        assert lines(app)["BH"].split() == ["BH", "1.84.0-0"]
        assert lines(app)["dplyr"].split() == ["dplyr", "1.1.4", "unknown"]
        assert lines(app)["sf"].split() == ["sf", "–", "1.0-16", "not", "here"]
        await press(pilot, "slash")
        await type_in(pilot, "state:drift")
        await press(pilot, "enter")
        assert names(app) == ["dplyr", "sf"]
        assert ("drift", "shop has unknown") in facts(app)
        await press(pilot, "escape", "F")
        assert names(app) == ["stringi"]


async def test_another_config_is_said_as_such(lively: StoreBuilder):
    write_worker(lively, "maps-5d0c91f2", MAPS | {"sf": ref("sf", "1.0-16", {"Rcpp": "1.0.12"})})
    app = make_app(lively.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await open_workers(pilot)
        await press(pilot, "enter")
        assert "1.0-16, another config" in lines(app)["sf"]


async def test_a_new_app_and_a_changed_one_are_noticed(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_workers(pilot)
        assert lines(app)["shop-3f2a77c1"].split()[3] == "maps?"
        lively.app("shop", SHOP)
        app.session.reread([AppKey("shop")])
        await until(pilot, lambda: lines(app)["shop-3f2a77c1"].split()[3:5] == ["shop", "="])


async def test_own_bytes_are_those_of_configs_that_nobody_else_holds(lively: StoreBuilder):
    write_worker(lively, "maps-5d0c91f2", MAPS | {"cpp11": ref("cpp11", "0.4.7")})
    app = make_app(lively.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await open_workers(pilot)
        key = next(c.key for c in app.session.reading.snapshot.configs() if c.version == "0.4.7")
        size = app.session.sizes.get(key)
        assert size is not None
        await press(pilot, "i")
        assert dict(facts(app))["own"].endswith("in 1 config that nobody else holds")
        write_worker(lively, "second", {"cpp11": ref("cpp11", "0.4.7")})
        app.session.reread([WorkerKey("second")])
        await until(pilot, lambda: dict(facts(app)).get("own") == "0 B in 0 configs that nobody else holds")


async def test_details_tell_what_happened(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(160, 50)) as pilot:
        await open_workers(pilot)
        await happen(pilot, lively)
        await press(pilot, "i")
        assert ("03:04:05", "~ Rcpp 1.0.13 → 1.0.12") in facts(app)
        await press(pilot, "G")
        assert ("state", "gone") in facts(app)
        assert ("03:04:05", "− gone") in facts(app)
        await press(pilot, "g", "enter", "j", "j")
        assert here(app) == "Rcpp"
        assert ("lately", "Rcpp 1.0.13 → 1.0.12, just now") in facts(app)


async def test_a_worker_that_went_goes_after_a_while(lively: StoreBuilder):
    now = [1000.0]
    app = make_app(lively.root, clock=lambda: now[0])
    async with app.run_test(size=(120, 40)) as pilot:
        await open_workers(pilot)
        await happen(pilot, lively)
        assert "gone" in lines(app)["shop-9b41e0aa"]
        await press(pilot, "G")
        now[0] += FRESH + 1
        view(app).redraw()
        await until(pilot, lambda: "shop-9b41e0aa" not in names(app))
        assert here(app) == "shop-3f2a77c1", "the cursor stays as near as it can"


async def test_a_storm_moves_nothing_that_one_looks_at(lively: StoreBuilder):
    for number in range(300):
        write_worker(lively, f"w{number:03}", MAPS)
    app = make_app(lively.root)
    async with app.run_test(size=(120, 30)) as pilot:
        await open_workers(pilot)
        await press(pilot, "slash")
        await type_in(pilot, "w")
        await press(pilot, "enter", *["ctrl+d"] * 6, "space")
        screen = view(app)
        cursor, line, at = screen.table.cursor, screen.table.cursor - screen.table.scroll_offset.y, here(app)
        marked = [row.worker for row in screen.marked_rows]
        session = app.session
        for number in range(150):
            changed = MAPS | {"BH": f"{number:064x}/{number:064x}"}
            write_worker(lively, f"w{number % 60:03}", changed)
            write_worker(lively, f"a{number:03}", MAPS)  # the filter hides it
            session.reread([WorkerKey(f"w{number % 60:03}"), WorkerKey(f"a{number:03}")])
        await until(pilot, lambda: f"a{149:03}" in session.reading.snapshot.workers)
        await arranged(pilot)
        assert here(app) == at
        assert screen.table.cursor == cursor
        assert screen.table.cursor - screen.table.scroll_offset.y == line
        assert [row.worker for row in screen.marked_rows] == marked
        assert screen.place.choice.text == "w"
        assert all(name.startswith("w") or "w" in name for name in names(app))
        await press(pilot, "escape")
        on_disk = {
            path.parent.name: json.loads(path.read_text()) for path in lively.root.glob(".workers/*/.packages.json")
        }
        shown = {row.worker: row.manifest for row in screen.table.rows if row.record.manifest is not None}
        assert shown == on_disk


async def test_hostile_names_are_shown_harmlessly(lively: StoreBuilder):
    name = NASTY.replace("/", "")[:80]
    write_worker(lively, name, MAPS)
    raw = os.fsdecode(b"bytes-\xff\xfe")
    write_worker(lively, raw, {NASTY: f"{'0' * 64}/{'1' * 64}", **MAPS})
    app = make_app(lively.root)
    async with app.run_test(size=(160, 50)) as pilot:
        await open_workers(pilot)
        app.session.reread([WorkerKey(name), WorkerKey(raw)])
        for found in (name, raw):
            write_worker(lively, found, {NASTY: "odd", **MAPS})
            app.session.reread([WorkerKey(found)])
        await until(pilot, lambda: len(app.session.reading.news.entries) >= 2)
        await press(pilot, "i")
        for at in range(len(names(app))):
            await press(pilot, "g", *"j" * at, "enter", "j", "k", "escape")
            await settled(pilot)
            text = "\n".join(line.text for line in drawn(app))
            assert text.isprintable() or set(text) - set(safe_text(text)) <= {"\n"}


def drawn(app):
    screen = view(app)
    for widget in (screen.table, screen.events, screen.query_one(Facts)):
        yield from (widget.render_line(y) for y in range(widget.size.height))
