"""How each view and dialog looks, at 80×24 and 120×40. Look at each difference before it is accepted."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from scenarios import MAIN, MAPS, NOW, left_over, make_app, press, settled, until, write, write_worker
from textual.widgets import Input
from verify_helpers import SF, shared_and_changed, tree_of, verified

from builders import StoreBuilder, ref
from pkgstore.content import Content, Found
from pkgstore.errors import StoreError
from pkgstore.keys import PINS, ConfigKey, WorkerKey
from pkgstore.model import Pin, PinsRecord
from pkgstore.operations.events import Done, EvictResult, Failed, Removed, Skipped, Why
from pkgstore.operations.verify_events import Outcome, Verified
from pkgstore.tree_changes import Change, FileChange
from pkgstore_tui.jobs import JobState
from pkgstore_tui.screens.evict import EvictDialog

pytestmark = pytest.mark.campaign

SIZES = [(80, 24), (120, 40)]
Run = Callable[..., Awaitable[None]]


def keys(*pressed: str) -> Run:
    """Press some keys."""

    async def run(pilot, store) -> None:
        await press(pilot, *pressed)

    return run


async def planned(pilot, text: str) -> None:
    """Wait for a plan with some words, and everything measured."""
    facts = pilot.app.screen.query_one("#plan")
    await until(pilot, lambda: any(text in fact.value for fact in facts.facts), text)
    await until(pilot, lambda: not pilot.app.session.sizes.waiting)
    await until(pilot, lambda: not any("measuring" in fact.value for fact in facts.facts))


async def workers(pilot, store: StoreBuilder) -> None:
    """Workers after one came, one changed and one went."""
    session = pilot.app.session
    write_worker(store, "reports-77aa01be", MAPS, 1)
    write_worker(store, "maps-5d0c91f2", MAPS | {"Rcpp": ref("Rcpp", "1.0.12"), "BH": ref("BH", "1.84.0-0")}, 2)
    (store.root / ".workers" / "shop-9b41e0aa").rmdir()
    names = ("reports-77aa01be", "maps-5d0c91f2", "shop-9b41e0aa")
    session.reread([WorkerKey(name) for name in names])
    await until(pilot, lambda: len(session.reading.news.entries) == 4)
    await press(pilot, "4")
    await until(pilot, lambda: pilot.app.current_mode == "workers" and len(pilot.app.screen.table.rows) == 4)


async def manifest(pilot, store: StoreBuilder) -> None:
    await workers(pilot, store)
    await press(pilot, "enter")


async def worker_details(pilot, store: StoreBuilder) -> None:
    await workers(pilot, store)
    await press(pilot, "j", "j", "i")


def evicting(view: str, *pressed: str, then: tuple[str, ...] = ()) -> Run:
    """The eviction's dialog, with paths that are the same on every machine, and what keys lead to in it."""

    async def run(pilot, store: StoreBuilder) -> None:
        app = pilot.app
        left_over(store)
        await press(pilot, "R")
        await until(pilot, lambda: app.session.reading.snapshot.work and not app.session.is_reading)
        await press(pilot, view)
        await settled(pilot)
        await press(pilot, *pressed)
        await until(pilot, lambda: isinstance(app.screen, EvictDialog))
        await sized(pilot)
        await press(pilot, *then)
        await sized(pilot)
        app.clear_notifications()
        if not app.focused or app.focused.id != "pane":
            app.screen.query_one("#no").focus()
        line = app.screen.query_one("#command")
        line.update(str(line.visual).replace(str(store.root), "/srv/bundles/.pkg-store"))

    return run


async def sized(pilot) -> None:
    """Wait until the dialog's plan is for what is filled in, and measured."""
    screen = pilot.app.screen
    await until(pilot, lambda: screen.is_arranged and not screen.work and not screen.answer.lacks)


async def ingest(pilot, store: StoreBuilder) -> None:
    await press(pilot, "I")
    build = store.root.parent / "build"
    pilot.app.screen.query_one("#lockfile", Input).value = str(build / "pak.lock")
    pilot.app.screen.query_one("#library", Input).value = str(build / "library")
    await planned(pilot, "1 package")
    hide_paths(pilot, lockfile="/srv/builds/17/pak.lock", library="/srv/builds/17/library")
    await press(pilot, "shift+tab", "shift+tab")


async def at_rest(pilot) -> None:
    """Nothing blinks, and all is drawn."""
    for field in pilot.app.screen.query(Input):
        field.cursor_blink = False
    for _ in range(3):
        await pilot.pause()


def hide_paths(pilot, **shown: str) -> None:
    """Show paths that are the same on every machine, without planning again."""
    for name, path in shown.items():
        field = pilot.app.screen.query_one(f"#{name}", Input)
        with field.prevent(Input.Changed):
            field.action_home()  # what is in sight depends on where the longer path was scrolled to
            field.value = path
            field.action_end()


async def populate(pilot, store: StoreBuilder) -> None:
    left_over(store)
    await press(pilot, "U")
    pilot.app.screen.query_one("#lockfile", Input).value = str(store.root.parent / "maps" / "pak.lock")
    pilot.app.screen.query_one("#library", Input).value = str(store.root / ".builds" / "new")
    await planned(pilot, "4 packages")
    hide_paths(pilot, lockfile="/srv/bundles/maps/pak.lock", library="/srv/bundles/.pkg-store/.builds/new")
    await press(pilot, "shift+tab", "shift+tab")  # off the fields, whose cursor blinks


async def assemble(pilot, store: StoreBuilder) -> None:
    await press(pilot, "L")
    pilot.app.screen.query_one("#manifest", Input).value = str(
        store.root / ".workers" / "shop-3f2a77c1" / ".packages.json"
    )
    pilot.app.screen.query_one("#library", Input).value = str(store.root / ".workers" / "new")
    await planned(pilot, "stringi")
    hide_paths(
        pilot, manifest="/srv/bundles/shop/store-manifest.json", library="/srv/bundles/.pkg-store/.workers/new"
    )
    await press(pilot, "shift+tab", "shift+tab")  # off the fields, whose cursor blinks


def some_events(session):
    sf = next(config.key for config in session.reading.snapshot.configs() if config.key.package == "sf")
    yield Removed(sf, 8_911_000)
    yield Skipped(sf, Why.USED_MEANWHILE)
    yield Failed("units", StoreError("somebody else has held this lock for 70 s", advice="try again later"))


async def running_job(pilot, store: StoreBuilder) -> None:
    session = pilot.app.session

    def events(cancel, progress):
        progress.start(5, "evicting")
        yield from some_events(session)
        progress.step("units", 2)
        cancel.wait(60)

    job = session.run(f"evict {MAIN}", events)
    await until(pilot, lambda: job.progress.done == 2)
    await press(pilot, "J", "enter")
    await until(pilot, lambda: len(pilot.app.screen.query_one("#lines").rows) == 3)


async def quitting(pilot, store: StoreBuilder) -> None:
    """The question before a running job is left behind."""
    await running_job(pilot, store)
    await press(pilot, "escape", "escape")
    await press(pilot, *"qqqq")
    await until(pilot, lambda: pilot.app.screen.query("Button"))


async def ended_job(pilot, store: StoreBuilder) -> None:
    session = pilot.app.session

    def events(cancel, progress):
        progress.start(3, "evicting")
        yield from some_events(session)
        progress.step("units", 3)
        yield Done(EvictResult(1, 1, 1, 8_911_000))

    job = session.run(f"evict {MAIN}", events)
    await until(pilot, lambda: job.state is JobState.DONE)
    await until(pilot, lambda: pilot.app._notifications)
    pilot.app.clear_notifications()
    await press(pilot, "J", "enter")
    await until(pilot, lambda: pilot.app.focused and pilot.app.focused.id == "close")


async def jobs(pilot, store: StoreBuilder) -> None:
    await ended_job(pilot, store)

    def fails(cancel, progress):
        raise StoreError("the disk is full", path="/srv/bundles", advice="free some space and run it again")
        yield

    job = pilot.app.session.run("ingest 4.5", fails)
    await until(pilot, lambda: not job.is_running)
    await until(pilot, lambda: pilot.app._notifications)
    pilot.app.clear_notifications()
    await press(pilot, "escape")
    await until(pilot, lambda: len(pilot.app.screen.query_one("#jobs").rows) == 2)


async def palette(pilot, store: StoreBuilder) -> None:
    await press(pilot, "colon")
    listed = pilot.app.screen.query_one("CommandList")
    await until(pilot, lambda: listed.option_count > 4)
    await until(pilot, lambda: listed.size.height > 4)


def some_pins(pilot, store: StoreBuilder) -> None:
    """Pins by several people, one of them over; with ids that are the same every time."""
    session = pilot.app.session
    cpp11, sf = {"cpp11": ref("cpp11", "0.4.7")}, {"sf": ref("sf", "1.0-16", {"Rcpp": "1.0.12"})}
    pins = (
        Pin("0c1f", "cpp11 0.4.7", "reproduce the report of March", "bob", NOW - 90 * 86400, cpp11, NOW - 3600),
        Pin("3f2a", "cpp11 0.4.7", "course of May, room 12", "alice", NOW - 86400, cpp11, NOW + 140 * 86400),
        Pin("77be", "maps (prev)", "audit", "root (sudo by carol)", NOW - 7200, {**cpp11, **sf, "gone": "a/b"}),
    )
    reading = session.reading
    snapshot = reading.snapshot.apply({PINS: PinsRecord("/srv/bundles/.pkg-store/.pkgstore/pins.json", pins)})
    session._absorb(snapshot, frozenset({PINS}))


async def pin(pilot, store: StoreBuilder) -> None:
    """A reason and an end, and Cancel has the focus."""
    some_pins(pilot, store)
    await press(pilot, "j", "enter", "j", "p")
    await until(pilot, lambda: pilot.app.screen.query("#reason"))
    fields = {name: pilot.app.screen.query_one(f"#{name}", Input) for name in ("reason", "until")}
    fields["reason"].value, fields["until"].value = "the course of May", "2026-05-31"
    await until(pilot, lambda: not pilot.app.screen.query_one("#yes").disabled)
    pilot.app.screen.query_one("#no").focus()


async def pin_of_app(pilot, store: StoreBuilder) -> None:
    """A rollback target, nothing said yet."""
    await view("3", "j")(pilot, store)
    await press(pilot, "p", "j", "enter")
    await until(pilot, lambda: pilot.app.screen.query("#reason"))
    await planned(pilot, "say why")


async def pins(pilot, store: StoreBuilder) -> None:
    some_pins(pilot, store)
    await pilot.app.run_action("pins")
    await until(pilot, lambda: pilot.app.screen.query("#kept") and len(pilot.app.screen.table.rows) == 3)


async def pinned(pilot, store: StoreBuilder) -> None:
    some_pins(pilot, store)
    await press(pilot, "j", "i")
    await until(pilot, lambda: pilot.app.screen.is_arranged)


async def unpin(pilot, store: StoreBuilder) -> None:
    await pins(pilot, store)
    await press(pilot, "j", "x")
    await until(pilot, lambda: pilot.app.screen.query("#yes"))


async def files(pilot, store: StoreBuilder) -> None:
    """A tree whose modes are the same on every machine."""
    for path in (store.root / MAIN / "sf").glob("*/*/*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    await press(pilot, *"jjjjjj", "enter", "enter", "enter")
    await until(pilot, lambda: len(pilot.app.screen.table.rows) == 3)


async def viewer(pilot, store: StoreBuilder) -> None:
    """A configs.json with a search; its path is the same on every machine."""
    await press(pilot, *"jjjjjj", "enter", "enter", "f", "j", "enter")
    screen = pilot.app.screen
    await until(pilot, lambda: getattr(screen, "file", None) is not None)
    screen.path = f"/srv/bundles/.pkg-store/{MAIN}/sf/258438c3/configs.json"
    screen.on_resize()
    await press(pilot, "slash")
    await write(pilot, "rcpp")
    await press(pilot, "enter", "n")


async def comparison(pilot, store: StoreBuilder) -> None:
    await press(pilot, *"jjjjjj", "enter", "enter", "space", "space", "equals_sign")
    await until(pilot, lambda: getattr(pilot.app.screen, "comparison", None) is not None)
    await press(pilot, "a")


def filtered(text: str, *then: str) -> Run:
    """Type a filter."""

    async def run(pilot, store: StoreBuilder) -> None:
        await press(pilot, "slash")
        await write(pilot, text)
        await until(pilot, lambda: pilot.app.screen.place.choice.text == text)
        await press(pilot, *then)

    return run


async def used_by(pilot, store: StoreBuilder) -> None:
    """Who holds sf, with paths that are the same on every machine."""
    await press(pilot, *"jjjjjj", "u")
    table = pilot.app.screen.table
    base = str(store.root.parent)
    table.set_rows([replace(root, path=root.path.replace(base, "/srv/bundles")) for root in table.rows])


async def export(pilot, store: StoreBuilder) -> None:
    await press(pilot, "E")
    hide_paths(pilot, path=f"/home/admin/packages-{MAIN}.csv")
    await press(pilot, "tab")


def view(number: str, *pressed: str) -> Run:
    """A view of a store with apps, locks and what a crash left."""

    async def run(pilot, store: StoreBuilder) -> None:
        left_over(store)
        session, app = pilot.app.session, pilot.app
        await press(pilot, "R")
        await until(pilot, lambda: session.reading.snapshot.work and not session.is_reading)
        await until(pilot, lambda: not session.sizes.waiting)
        await press(pilot, number)
        for key in ("", *pressed):
            if key:
                await press(pilot, key)
            await until(pilot, lambda: app.screen.is_arranged and getattr(app.screen, "digest", True))
        await until(pilot, lambda: app.screen.table.rows and app.screen.is_arranged)

    return run


async def health_checked(pilot, store: StoreBuilder) -> None:
    """What only the packages' own files tell, too."""
    source = store.package("shiny").source("1.8.1.1").config(used="3h", tree=False)
    description = source.tree / "DESCRIPTION"
    description.write_text(description.read_text().replace("Package: shiny", "Package: shinier"))
    await view("6", "C")(pilot, store)
    await until(pilot, lambda: pilot.app.session.checks.is_deep and pilot.app.screen.is_arranged)
    pilot.app.clear_notifications()
    pilot.app.screen._show_status()


def told_of_contents(session, store: StoreBuilder) -> None:
    """What a content check tells: a changed file that a worker shares, a damaged baseline, none, and many fine."""
    verified(store)
    shared_and_changed(store)
    before, now = Content(0o100644, 15, "", "0" * 64), Content(0o100644, 31, "", "1" * 64)
    found = Found("R/sf.rdb", now, 2289348, 1, 2, NOW - 7200, NOW - 7200)
    change = FileChange("R/sf.rdb", (Change.SIZE,), before, found)
    sharers = {"R/sf.rdb": (WorkerKey("maps-5d0c91f2"),)}
    key, inode, made = ConfigKey(MAIN, "sf", *SF.split("/")), tree_of(store).stat().st_ino, NOW - 86400
    outcomes = {"BH": Outcome.UNKNOWN, "cpp11": Outcome.DAMAGED}
    snapshot = session.reading.snapshot
    for config in snapshot.configs():
        outcome = outcomes.get(config.key.package, Outcome.FINE)
        session.contents.tell(Verified(config.key, outcome, made=made), NOW - 300, snapshot)
    event = Verified(key, Outcome.CHANGED, (change,), sharers, made=made, inode=inode)
    session.contents.tell(event, NOW - 300, snapshot)


def contents(*pressed: str) -> Run:
    """The health view after a content check, and what keys lead to from there."""

    async def run(pilot, store: StoreBuilder) -> None:
        app = pilot.app
        told_of_contents(app.session, store)
        await view("6")(pilot, store)
        await until(pilot, lambda: app.screen.table.rows[0].code == "CHANGED")
        await press(pilot, "g")
        for name in pressed:
            await press(pilot, name)
            await until(pilot, lambda: getattr(app.screen, "is_arranged", True))
            await until(pilot, lambda: getattr(app.screen, "proposal", True), "the plan is shown")

    return run


def repairing(*pressed: str) -> Run:
    """The dialog of a repair, with paths that are the same on every machine, and what keys lead to in it."""

    async def run(pilot, store: StoreBuilder) -> None:
        app = pilot.app
        await health_checked(pilot, store)
        await press(pilot, "X")
        await planned(pilot, "things")
        await press(pilot, *pressed)
        more = app.screen.query_one("#more")
        await until(pilot, lambda: more.facts)
        root = str(store.root)
        more.set_facts([replace(f, value=f.value.replace(root, "/srv/bundles/.pkg-store")) for f in more.facts])

    return run


def why(*pressed: str) -> Run:
    """The packages of a lockfile, and what keys lead to from there, dialogs as well."""
    first = view("5", "j", "enter")

    async def run(pilot, store: StoreBuilder) -> None:
        app = pilot.app
        await first(pilot, store)
        for key in pressed:
            await press(pilot, key)
            await until(pilot, lambda: getattr(app.screen, "comparison", True))
            await until(pilot, lambda: getattr(app.screen, "is_arranged", True))
        for field in app.screen.query(Input):
            field.value = f"/srv/{field.value.rpartition('/')[2]}"
        await pilot.pause()

    return run


CHANGING: dict[str, object] = {"platform": MAIN, "write": True}
SCENES: dict[str, tuple[Run, dict[str, object]]] = {
    "platforms": (keys(), {}),
    "packages": (keys(), {"platform": MAIN}),
    "package_details": (keys(*"jjjjjj", "i"), {"platform": MAIN}),
    "sources": (keys("j", "enter"), {"platform": MAIN}),
    "configs": (keys(*"jjjjjj", "enter", "enter"), {"platform": MAIN}),
    "config_details": (keys(*"jjjjjj", "enter", "enter", "i"), {"platform": MAIN, "write": True}),
    "workers": (workers, {}),
    "worker_details": (worker_details, {}),
    "manifest": (manifest, {}),
    "evict": (evicting("7", "d"), CHANGING),
    "evict_marked": (evicting("2", "j", "space", *"jjj", "space", "d"), CHANGING),
    "evict_stays": (evicting("7", "d", then=("ctrl+t",)), CHANGING),
    "evict_follows": (evicting("3", "j", "d", "j", "enter", then=("ctrl+t", "ctrl+t")), CHANGING),
    "evict_forecast": (evicting("7", "d", then=("ctrl+t",) * 3), CHANGING),
    "evict_free": (evicting("7", "d", then=("shift+tab", "right", "down", *"100K")), CHANGING),
    "evict_ignored": (evicting("2", *"jjj", "d", then=("tab", "tab", "right")), CHANGING),
    "ingest": (ingest, {"platform": MAIN, "write": True}),
    "assemble": (assemble, {"platform": MAIN, "write": True}),
    "populate": (populate, {"platform": MAIN, "write": True}),
    "running_job": (running_job, {"platform": MAIN, "write": True}),
    "quit": (quitting, {"platform": MAIN, "write": True}),
    "ended_job": (ended_job, {"platform": MAIN, "write": True}),
    "jobs": (jobs, {"platform": MAIN, "write": True}),
    "pin": (pin, {"platform": MAIN, "write": True}),
    "pin_of_app": (pin_of_app, {"platform": MAIN, "write": True}),
    "pins": (pins, {"platform": MAIN}),
    "pinned": (pinned, {"platform": MAIN}),
    "unpin": (unpin, {"platform": MAIN, "write": True}),
    "unlock": (keys("W"), {"platform": MAIN}),
    "help": (keys("question_mark"), {"platform": MAIN, "write": True}),
    "palette": (palette, {"platform": MAIN, "write": True}),
    "files": (files, {"platform": MAIN}),
    "viewer": (viewer, {"platform": MAIN}),
    "comparison": (comparison, {"platform": MAIN}),
    "files_menu": (keys(*"jjjjjj", "enter", "enter", "f"), {"platform": MAIN}),
    "export": (export, {"platform": MAIN}),
    "filter": (filtered("idle>30d"), {"platform": MAIN}),
    "filter_kept": (filtered("!state:whole", "enter"), {"platform": MAIN}),
    "filter_wrong": (filtered("sf idl>30d"), {"platform": MAIN}),
    "sort": (keys("s", "s", "s"), {"platform": MAIN}),
    "marks": (keys("space", "j", "space", "S", "v", "k", "k"), {"platform": MAIN}),
    "all_configs": (keys("t"), {}),
    "used_by": (used_by, {"platform": MAIN}),
    "overview": (view("1"), {}),
    "apps": (view("3"), {}),
    "app": (view("3", "j", "enter"), {}),
    "cold_starts": (view("3", "j", "c"), {}),
    "cold_start_lacks": (view("3", "j", "j", "c", "enter", "i"), {}),
    "lockfiles": (view("5"), {}),
    "why": (view("5", "j", "enter", "j"), {}),
    "why_details": (why("j", "i"), {}),
    "why_links": (why("j", "enter"), {}),
    "why_tree": (why("j", "t"), {}),
    "why_worker": (why("b", "j", "enter"), {}),
    "why_nearest": (why("j", "equals_sign"), {}),
    "why_causes": (why("c"), {}),
    "why_for": (why("b"), {}),
    "why_export": (why("j", "E", "enter"), {}),
    "health": (view("6"), {}),
    "health_checked": (health_checked, {}),
    "health_details": (view("6", "i"), {}),
    "findings": (view("6", "j", "enter"), {}),
    "contents": (contents("i"), {}),
    "contents_configs": (contents("enter", "i"), CHANGING),
    "contents_files": (contents("enter", "enter", "i"), CHANGING),
    "verify": (contents("V"), CHANGING),
    "verify_locked": (contents("V"), {}),
    "accept": (contents("B"), CHANGING),
    "repair": (repairing(), CHANGING),
    "repair_stays": (repairing("shift+tab", "G"), CHANGING),
    "quarantine": (contents("d"), CHANGING),
    "activity": (view("7"), {}),
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", SCENES)
def test_it_looks_as_it_did(lively: StoreBuilder, snap_compare, scene: str, size: tuple[int, int]):
    run, options = SCENES[scene]
    app = make_app(lively.root, **options)

    async def before(pilot) -> None:
        await settled(pilot)
        await run(pilot, lively)
        await at_rest(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("theme", ["pkgstore-light", "pkgstore-contrast", "pkgstore-colour-blind"])
def test_each_theme(lively: StoreBuilder, snap_compare, theme: str):
    app = make_app(lively.root, platform=MAIN)

    async def before(pilot) -> None:
        await settled(pilot)
        pilot.app.theme = theme
        await press(pilot, *"jjjjj", "i")

    assert snap_compare(app, terminal_size=(80, 24), run_before=before)


@pytest.mark.parametrize("scene", ["packages", "workers", "evict", "files", "viewer", "comparison", "export"])
def test_a_small_terminal(lively: StoreBuilder, snap_compare, scene: str):
    run, options = SCENES[scene]
    app = make_app(lively.root, **options)

    async def before(pilot) -> None:
        await settled(pilot)
        await run(pilot, lively)
        await at_rest(pilot)

    assert snap_compare(app, terminal_size=(40, 12), run_before=before)


def test_without_colours(lively: StoreBuilder, snap_compare, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_COLOR", "1")
    app = make_app(lively.root, platform=MAIN)

    async def before(pilot) -> None:
        await settled(pilot)
        await press(pilot, *"jjjjj", "i")

    assert snap_compare(app, terminal_size=(80, 24), run_before=before)


def test_the_clock_of_these_pictures_stands_still(tmp_path: Path):
    assert make_app(tmp_path).session.clock() == NOW
