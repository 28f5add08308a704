"""Ingest, populate and assembly, begun from a row; carried out, refused, cancelled."""

import json
import os
import shutil
from pathlib import Path

import pytest
from scenarios import MAIN, MAPS, OLD, SHOP, left_over, make_app, press, settled, until
from test_tui_dialogs import can_confirm, plan_text, planned, toasts
from textual.widgets import Input

from builders import LibraryBuilder, StoreBuilder, entry, left_in, ref, source_hash, write_lockfile
from pkgstore.journal import Line, read_journal
from pkgstore.layout import Layout
from pkgstore_tui.jobs import JobState
from pkgstore_tui.screens.assemble import AssembleDialog
from pkgstore_tui.screens.filled import are_on_one_disk
from pkgstore_tui.screens.ingest import IngestDialog
from pkgstore_tui.screens.job import JobScreen, outcome
from pkgstore_tui.screens.populate import PopulateDialog
from pkgstore_tui.screens.view import ViewScreen


@pytest.fixture
def store(lively: StoreBuilder) -> StoreBuilder:
    """The lively store with lockfiles, and a build that waits to be ingested."""
    left_over(lively)
    build = lively.work("9a-build")
    library = LibraryBuilder(build)
    library.package("dplyr", "1.1.4").package("httpuv", "1.6.15", "Rcpp").package("later", "1.3")
    names = ("dplyr 1.1.4", "httpuv 1.6.15", "later 1.3", "Rcpp 1.0.13")
    write_lockfile(build / "pak.lock", *(entry(*words.split()) for words in names))
    return lively


def fields(app) -> dict[str, str]:
    return {field.id: field.value for field in app.screen.query(Input)}


def outcomes(app) -> list[tuple[str, str, str]]:
    return [(row.package, row.version, row.what) for row in app.screen.query_one("#items").rows]


async def ready(pilot) -> None:
    """A plan can be confirmed."""
    await until(pilot, lambda: can_confirm(pilot.app), f"{plan_text(pilot.app)!r} can be confirmed")


async def open_at(pilot, view: str, name: str) -> None:
    """Go to a view, and there to the row with a name."""
    await settled(pilot)
    await press(pilot, view)
    await settled(pilot)
    screen = pilot.app.screen
    names = [getattr(row, "name", "") or screen.level.called(row) for row in screen.table.rows]
    await press(pilot, "g", *["j"] * names.index(name))


async def confirm(pilot) -> None:
    """From wherever the focus is to the button that does it."""
    pilot.app.screen.query_one("#no").focus()
    await press(pilot, "tab", "enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, JobScreen))
    await until(pilot, lambda: not pilot.app.session.jobs.running)


async def say_no(pilot) -> None:
    """Cancel, and be told that nothing changed."""
    pilot.app.screen.query_one("#no").focus()
    await press(pilot, "enter")
    await until(pilot, lambda: "nothing changed" in toasts(pilot.app))
    assert isinstance(pilot.app.screen, ViewScreen)
    assert not pilot.app.session.jobs.all


def result(app) -> str:
    """What the last job came to; its toast may have faded on a busy machine."""
    return outcome(app.session.jobs.all[-1])[0]


def journal(store: StoreBuilder) -> list[Line]:
    return list(read_journal(Layout(str(store.root))).lines)


# --- filled in from the row ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("view", "row", "key", "expected", "focus"),
    [
        ("3", "maps", "L", {"manifest": "maps/store-manifest.json", "library": "", "platform": MAIN}, "library"),
        ("3", "maps", "U", {"lockfile": "maps/pak.lock", "library": "", "reference": ""}, "library"),
        ("3", "maps", "I", {"lockfile": "maps/pak.lock", "library": "", "reference": ""}, "library"),
        ("3", "shop", "U", {"lockfile": "", "library": "", "reference": ""}, "lockfile"),
        (
            "4",
            "maps-5d0c91f2",
            "U",
            {"lockfile": "maps/pak.lock", "library": "", "reference": ".pkg-store/.workers/maps-5d0c91f2"},
            "library",
        ),
        (
            "4",
            "maps-5d0c91f2",
            "L",
            {
                "manifest": ".pkg-store/.workers/maps-5d0c91f2/.packages.json",
                "library": "",
                "platform": MAIN,
            },
            "library",
        ),
        ("5", "maps", "U", {"lockfile": "maps/pak.lock", "library": "", "reference": ""}, "library"),
        (
            "7",
            "9a-build",
            "I",
            {
                "lockfile": ".pkg-store/.builds/9a-build/pak.lock",
                "library": ".pkg-store/.builds/9a-build",
                "reference": "",
            },
            "no",
        ),
        (
            "7",
            "9a-build",
            "U",
            {
                "lockfile": ".pkg-store/.builds/9a-build/pak.lock",
                "library": ".pkg-store/.builds/9a-build",
                "reference": "",
            },
            "no",
        ),
        ("7", "9a-build", "L", {"manifest": "", "library": "", "platform": MAIN}, "manifest"),
        ("2", MAIN, "L", {"manifest": "", "library": "", "platform": MAIN}, "manifest"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_dialog_begins_with_what_the_row_tells(
    store: StoreBuilder, view: str, row: str, key: str, expected: dict[str, str], focus: str
):
    apps = store.root.parent
    app = make_app(store.root, write=True)
    async with app.run_test(size=(110, 40)) as pilot:
        await open_at(pilot, view, row)
        await press(pilot, key)
        known = {name: str(apps / path) if path not in ("", MAIN) else path for name, path in expected.items()}
        assert fields(app) == known
        assert app.focused.id == focus


async def test_within_an_app_and_within_an_explanation_too(store: StoreBuilder):
    maps = store.root.parent / "maps"
    app = make_app(store.root, write=True)
    async with app.run_test(size=(110, 40)) as pilot:
        await open_at(pilot, "3", "maps")
        await press(pilot, "enter", "L")
        assert fields(app)["manifest"] == str(maps / "store-manifest.json")
        await press(pilot, "escape", "5", "g", "j", "enter")
        await until(pilot, lambda: app.screen.report is not None)
        await press(pilot, "U")
        assert fields(app)["lockfile"] == str(app.screen_stack[-2].asked.path)


async def test_from_a_start_that_was_rehearsed(store: StoreBuilder):
    maps = store.root.parent / "maps"
    app = make_app(store.root, write=True)
    async with app.run_test(size=(110, 40)) as pilot:
        await open_at(pilot, "3", "maps")
        await press(pilot, "c", "j", "j", "j", "L")
        assert fields(app) == {"manifest": str(maps / "store-manifest.json.prev"), "library": "", "platform": OLD}


@pytest.mark.parametrize("key", ["I", "L", "U"])
async def test_while_locked_there_is_no_such_key(store: StoreBuilder, key: str):
    app = make_app(store.root)
    async with app.run_test(size=(110, 40)) as pilot:
        await open_at(pilot, "3", "maps")
        await press(pilot, key)
        assert isinstance(app.screen, ViewScreen)
        assert not {"store.ingest", "store.populate", "store.assemble"} & {
            active.binding.id for active in app.screen.active_bindings.values() if active.enabled
        }


# --- done, or not -------------------------------------------------------------------------------------------------


async def test_populate_from_an_app(store: StoreBuilder, tmp_path: Path):
    library = tmp_path / "new"
    app = make_app(store.root, write=True)
    async with app.run_test(size=(110, 40)) as pilot:
        await open_at(pilot, "3", "maps")
        for once_more in (False, True):
            await press(pilot, "U")
            assert isinstance(app.screen, PopulateDialog)
            app.screen.query_one("#library", Input).value = str(library)
            await ready(pilot)
            assert outcomes(app) == [
                ("Rcpp", "1.0.14", "miss"),
                ("s2", "1.1.6", "miss"),
                ("sf", "1.0-16", "miss"),
                ("units", "0.8-5", "miss"),
                ("dplyr", "1.1.4", "hit"),
                ("shiny", "1.8.1.1", "hit"),
            ]
            assert "to compile: 4 packages\nwould link: 2 packages" in plan_text(app)
            if not once_more:
                await say_no(pilot)
                assert not library.exists(), "a plan changes nothing"
        await confirm(pilot)
        assert "2 hits, 4 misses" in result(app)
        assert left_in(library) == {"dplyr", "shiny"}
        stored = store.root / MAIN / "dplyr" / MAPS["dplyr"] / "DESCRIPTION"
        assert os.path.samefile(library / "dplyr" / "DESCRIPTION", stored)
        command = (
            f"pkgstore populate --lockfile {store.root.parent}/maps/pak.lock --lib {library} --store {store.root}"
        )
        assert app.session.log[-1].line == command
        await press(pilot, "escape", "U")
        app.screen.query_one("#library", Input).value = str(library)
        await planned(pilot, "there is nothing to link")
        assert not can_confirm(app)
        assert ("dplyr", "1.1.4", "kept") in outcomes(app)


async def test_a_live_install_from_a_worker(store: StoreBuilder, tmp_path: Path):
    worker = LibraryBuilder(store.root / ".workers" / "maps-5d0c91f2")
    for package in MAPS:
        worker.package(package)
    library = tmp_path / "next"
    app = make_app(store.root, write=True)
    async with app.run_test(size=(110, 40)) as pilot:
        await open_at(pilot, "4", "maps-5d0c91f2")
        await press(pilot, "U")
        app.screen.query_one("#library", Input).value = str(library)
        await ready(pilot)
        assert "for: a live install" in plan_text(app)
        assert {name: what for name, _, what in outcomes(app)} == {
            "Rcpp": "miss",
            "dplyr": "carried",
            "s2": "miss",
            "sf": "ABI rebuild",
            "shiny": "carried",
            "units": "miss",
        }
        await confirm(pilot)
        assert left_in(library) == {"dplyr", "shiny"}
        assert f"--reference-lib {worker.path}" in app.session.log[-1].line
        assert "populate --runtime" in app.session.log[-1].line


async def test_ingest_from_a_build(store: StoreBuilder):
    build = store.root / ".builds" / "9a-build"
    app = make_app(store.root, write=True)
    async with app.run_test(size=(110, 40)) as pilot:
        await open_at(pilot, "7", "9a-build")
        for once_more in (False, True):
            await press(pilot, "I")
            assert isinstance(app.screen, IngestDialog)
            await ready(pilot)
            assert app.focused.id == "no"
            assert outcomes(app) == [
                ("Rcpp", "1.0.13", "missing"),
                ("httpuv", "1.6.15", "move"),
                ("later", "1.3", "move"),
                ("dplyr", "1.1.4", "stored"),
            ]
            assert "missing: 1 package\nwould move: 2 packages\nstored: 1 package" in plan_text(app)
            if not once_more:
                await say_no(pilot)
                assert left_in(build) == {"dplyr", "httpuv", "later", "pak.lock"}
                assert journal(store) == []
        await confirm(pilot)
        assert "2 packages ingested" in result(app)
        assert left_in(build) == {"dplyr", "pak.lock", "store-manifest.json"}
        assert (store.root / MAIN / "httpuv" / source_hash("httpuv", "1.6.15") / "configs.json").exists()
        assert json.loads((build / "store-manifest.json").read_text()).keys() == {"dplyr", "httpuv", "later"}
        told = [line.text("package") for line in journal(store) if line.text("result") == "ingested"]
        assert told == ["httpuv", "later"]


async def test_assemble_from_an_app(store: StoreBuilder):
    target = store.root / ".workers" / "hand-made"
    app = make_app(store.root, write=True)
    async with app.run_test(size=(110, 40)) as pilot:
        await open_at(pilot, "3", "shop")
        for once_more in (False, True):
            await press(pilot, "L")
            assert isinstance(app.screen, AssembleDialog)
            app.screen.query_one("#library", Input).value = str(target)
            await ready(pilot)
            assert outcomes(app) == [
                ("stringi", "unknown", "missing"),
                ("BH", "1.84.0-0", "link"),
                ("dplyr", "1.1.4", "link"),
                ("shiny", "1.8.1.1", "link"),
            ]
            assert "missing: 1 package: stringi\nwould link: 3 packages" in plan_text(app)
            if not once_more:
                await say_no(pilot)
                assert not target.exists()
        await confirm(pilot)
        assert "3 packages linked, 1 missing" in result(app)
        assert left_in(target) == {"BH", "dplyr", "shiny", ".packages.json"}
        assert json.loads((target / ".packages.json").read_text()) == SHOP


# --- what is wrong ------------------------------------------------------------------------------------------------


async def test_another_file_system_is_refused_before(
    store: StoreBuilder, monkeypatch: pytest.MonkeyPatch, tmp_path
):
    monkeypatch.setattr("pkgstore_tui.screens.filled.are_on_one_disk", lambda one, other: False)
    app = make_app(store.root, write=True)
    async with app.run_test(size=(110, 40)) as pilot:
        await open_at(pilot, "3", "maps")
        await press(pilot, "L")
        app.screen.query_one("#library", Input).value = str(tmp_path / "far")
        await planned(pilot, "refused: the library is on another file system")
        assert not can_confirm(app)
        assert len(outcomes(app)) == 4


def test_which_paths_are_on_one_disk(tmp_path: Path):
    assert are_on_one_disk(str(tmp_path), str(tmp_path / "not" / "yet" / "there"))
    if os.path.isdir("/proc/self"):
        assert not are_on_one_disk(str(tmp_path), "/proc/self/none")


async def test_a_lockfile_that_no_store_can_key_is_refused_with_its_reason(store: StoreBuilder):
    lock = write_lockfile(store.root.parent / "maps" / "pak.lock", entry("sf", "1", type="svn", metadata={}))
    app = make_app(store.root, write=True)
    async with app.run_test(size=(110, 40)) as pilot:
        await open_at(pilot, "3", "maps")
        await press(pilot, "U")
        app.screen.query_one("#lockfile", Input).value = str(lock)
        app.screen.query_one("#library", Input).value = str(store.root.parent / "new")
        await planned(pilot, "svn")
        assert not can_confirm(app)


# --- cancelled half way -------------------------------------------------------------------------------------------


async def cancel_at_lock(pilot, lock: Path) -> None:
    """Confirm, cancel the job while it waits for somebody's lock, and take that away."""
    app = pilot.app
    pilot.app.screen.query_one("#no").focus()
    await press(pilot, "tab", "enter")
    await until(pilot, lambda: isinstance(app.screen, JobScreen))
    job = app.session.jobs.all[-1]
    await until(pilot, lambda: job.progress.done == 1, "it waits at the second package")
    await press(pilot, "c")
    await until(pilot, lambda: job.state is JobState.CANCELLED)
    shutil.rmtree(lock)
    await until(pilot, lambda: "what was done so far is whole" in str(app.screen.query_one("#result").visual))
    await press(pilot, "escape")


async def test_an_ingest_that_is_cancelled_leaves_nothing_half_done(store: StoreBuilder):
    build = store.root / ".builds" / "9a-build"
    write_lockfile(build / "pak.lock", entry("httpuv", "1.6.15"), entry("later", "1.3"), entry("dplyr", "1.1.4"))
    lock = store.root / ".locks" / MAIN / "later" / f"{source_hash('later', '1.3')}.lock"
    lock.mkdir(parents=True)
    app = make_app(store.root, write=True)
    async with app.run_test(size=(110, 40)) as pilot:
        await open_at(pilot, "7", "9a-build")
        await press(pilot, "I")
        await ready(pilot)
        await cancel_at_lock(pilot, lock)
        assert left_in(build) == {"dplyr", "later", "pak.lock"}, "no manifest names what is not stored"
        source = store.root / MAIN / "httpuv" / source_hash("httpuv", "1.6.15")
        (config,) = json.loads((source / "configs.json").read_text())["configs"]
        assert left_in(source) == {"configs.json", config, f"{config}.json"}
        assert not (store.root / MAIN / "later" / source_hash("later", "1.3")).exists()
        assert journal(store)[-1].text("outcome") == "cancelled"
        await press(pilot, "I")
        await ready(pilot)
        assert [(name, what) for name, _, what in outcomes(app)] == [
            ("httpuv", "missing"),
            ("later", "move"),
            ("dplyr", "stored"),
        ]


@pytest.mark.parametrize("key", ["L", "U"])
async def test_links_that_are_cancelled_leave_whole_packages_only(store: StoreBuilder, key: str):
    maps = store.root.parent / "maps"
    write_lockfile(maps / "pak.lock", *(entry(*w.split()) for w in ("Rcpp 1.0.13", "dplyr 1.1.4", "shiny 1.8.1.1")))
    lock = store.package("dplyr").source("1.1.4").locked()
    os.utime(lock)
    target = store.root / ".workers" / "hand-made"
    app = make_app(store.root, write=True)
    async with app.run_test(size=(110, 40)) as pilot:
        await open_at(pilot, "3", "maps")
        await press(pilot, key)
        app.screen.query_one("#library", Input).value = str(target)
        await ready(pilot)
        await cancel_at_lock(pilot, lock)
        assert left_in(target) == {"Rcpp"}, "nothing half there, and no manifest of what is not there"
        assert left_in(target / "Rcpp") == left_in(store.root / MAIN / "Rcpp" / MAPS["Rcpp"])
        await press(pilot, key)
        app.screen.query_one("#library", Input).value = str(target)
        await ready(pilot)
        await confirm(pilot)
        packages = {"Rcpp", "dplyr", "shiny"}
        assert left_in(target) == ({*packages, "sf", ".packages.json"} if key == "L" else packages)
        assert ref("dplyr", "1.1.4") == MAPS["dplyr"]
