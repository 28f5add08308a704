"""The dialogs that start operations, from the key to the changed store."""

from pathlib import Path

import pytest
from scenarios import MAIN, make_app, press, settled, until, write
from textual.widgets import Button, Input
from textual_fspicker import FileOpen, SelectDirectory

from builders import StoreBuilder, entry, write_lockfile
from pkgstore.errors import StoreError
from pkgstore.operations.events import Done, EvictResult, Failed
from pkgstore_tui.jobs import JobState
from pkgstore_tui.screens.assemble import AssembleDialog
from pkgstore_tui.screens.ingest import IngestDialog
from pkgstore_tui.screens.job import JobScreen
from pkgstore_tui.screens.jobs import JobsScreen
from pkgstore_tui.widgets.bars import ProgressStrip
from pkgstore_tui.widgets.facts import Facts


def plan_text(app) -> str:
    return "\n".join(f"{fact.label}: {fact.value}" for fact in app.screen.query_one("#plan", Facts).facts)


def can_confirm(app) -> bool:
    return not app.screen.query_one("#yes", Button).disabled


def toasts(app) -> str:
    return "\n".join(f"{note.severity} {note.title}: {note.message}" for note in app._notifications)


async def planned(pilot, text: str) -> None:
    await until(pilot, lambda: text in plan_text(pilot.app), f"{text!r} in {plan_text(pilot.app)!r}")


async def test_ingest_from_the_keyboard_to_the_end(lively: StoreBuilder):
    build = lively.root.parent / "build"
    app = make_app(lively.root, platform=MAIN, write=True)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "I")
        assert isinstance(app.screen, IngestDialog)
        await planned(pilot, "fill in lockfile and library")
        await write(pilot, str(build / "pak.lock"))
        await press(pilot, "enter")
        assert app.focused.id == "library"
        await write(pilot, str(build / "library"))
        await planned(pilot, "would move: 1 package")
        assert "stored: 2 packages" in plan_text(app)
        assert (build / "library" / "httpuv").exists(), "a plan changes nothing"
        await press(pilot, "enter", "enter")
        assert app.focused.id == "no"
        await press(pilot, "tab", "enter")
        await until(pilot, lambda: "1 package ingested" in toasts(app))
        assert (build / "library" / "store-manifest.json").exists()
        await press(pilot, "escape")
        await until(pilot, lambda: "httpuv" in [row.name for row in app.screen.table.rows], "the view follows")


async def test_ingest_says_which_input_is_wrong(lively: StoreBuilder, tmp_path: Path):
    build = lively.root.parent / "build"
    (tmp_path / "conflict.lock").write_text("<<<<<<< ours\n{}\n")
    write_lockfile(tmp_path / "twice.lock", entry("dplyr", "1.1.4"), entry("dplyr", "1.1.3"))
    app = make_app(lively.root, write=True)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "I")
        await write(pilot, str(tmp_path / "missing.lock"))
        await press(pilot, "down", "down")
        await write(pilot, str(build / "library"))
        await planned(pilot, "No such file")
        for name, said in (("conflict.lock", "merge-conflict marks"), ("twice.lock", "more than once")):
            app.screen.query_one("#lockfile", Input).value = str(tmp_path / name)
            await planned(pilot, said)
        app.screen.query_one("#library", Input).value = str(tmp_path / "nowhere")
        await planned(pilot, "nowhere")
        assert not can_confirm(app)
        app.screen.query_one("#library", Input).value = str(build / "library")
        app.screen.query_one("#reference", Input).value = str(tmp_path)
        await planned(pilot, "reference library is left out")


async def test_assemble_from_the_keyboard_to_the_end(lively: StoreBuilder):
    apps = lively.root.parent
    target = lively.root / ".workers" / "hand-made"
    app = make_app(lively.root, platform=MAIN, write=True, watch=True)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "L")
        assert isinstance(app.screen, AssembleDialog)
        await write(pilot, str(apps / "maps" / "store-manifest.json"))
        await press(pilot, "enter")
        await write(pilot, str(target))
        await planned(pilot, "would link: 4 packages")
        assert not target.exists()
        await press(pilot, "enter", "tab", "enter")
        await until(pilot, lambda: "4 packages linked" in toasts(app))
        await press(pilot, "enter", "4")
        await until(pilot, lambda: app.current_mode == "workers")
        await until(pilot, lambda: any(row.worker == "hand-made" for row in app.screen.table.rows))


async def test_assemble_says_what_is_missing_or_wrong(lively: StoreBuilder, tmp_path: Path):
    broken = tmp_path / "broken.json"
    broken.write_text('{"sf": "no-slash"}')
    evil = tmp_path / "evil.json"
    evil.write_text('{"../../x": "a/b"}')
    app = make_app(lively.root, platform=MAIN, write=True)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "L")
        fields = {name: app.screen.query_one(f"#{name}", Input) for name in ("manifest", "library", "platform")}
        fields["library"].value = str(tmp_path / "lib")
        for path, said in ((broken, "malformed store ref"), (evil, "slash"), (tmp_path / "none", "No such file")):
            fields["manifest"].value = str(path)
            await planned(pilot, said)
            assert not can_confirm(app)
        fields["manifest"].value = str(lively.root / ".workers" / "shop-3f2a77c1" / ".packages.json")
        await planned(pilot, "missing: 1 package: stringi")
        fields["library"].value = str(lively.root / MAIN / "sf")
        await planned(pilot, "is no place for a library")
        fields["library"].value = str(tmp_path / "lib")
        fields["platform"].value = "9.9-none"
        await planned(pilot, "9.9-none")
        assert not (tmp_path / "lib").exists()


@pytest.mark.parametrize(
    ("key", "field", "picker"),
    [("I", "library", SelectDirectory), ("L", "manifest", FileOpen), ("U", "lockfile", FileOpen)],
)
async def test_paths_can_be_chosen_from_a_list(lively: StoreBuilder, key: str, field: str, picker: type):
    app = make_app(lively.root, write=True)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        await press(pilot, key)
        dialog = app.screen
        app.screen.query_one(f"#{field}").focus()
        await press(pilot, "ctrl+o")
        assert isinstance(app.screen, picker)
        chosen = lively.root.parent / "maps"
        app.screen.dismiss(chosen)
        await until(pilot, lambda: app.screen is dialog)
        assert app.screen.query_one(f"#{field}", Input).value == str(chosen)
        await pilot.click(next(b for b in app.screen.query(".pick").results(Button) if b.name == field))
        assert isinstance(app.screen, picker)
        await press(pilot, "escape")
        assert app.screen is dialog


async def fill_in(pilot, store: StoreBuilder) -> None:
    """An ingest that can be done."""
    build = store.root.parent / "build"
    await press(pilot, "I")
    pilot.app.screen.query_one("#lockfile", Input).value = str(build / "pak.lock")
    pilot.app.screen.query_one("#library", Input).value = str(build / "library")


async def test_a_plan_that_cannot_be_made_is_said(lively: StoreBuilder, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(IngestDialog, "propose", lambda self, values: 1 / 0)
    app = make_app(lively.root, platform=MAIN, write=True)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        await fill_in(pilot, lively)
        await planned(pilot, "cannot be planned: ZeroDivisionError")
        assert not can_confirm(app)


async def test_a_lock_taken_back_behind_the_dialog_counts(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN, write=True)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        await fill_in(pilot, lively)
        await planned(pilot, "would move: 1 package")
        app.session.set_lock(unlocked=False)
        app.screen.query_one("#no").focus()
        await press(pilot, "tab", "enter")
        await until(pilot, lambda: not isinstance(app.screen, IngestDialog))
        assert not app.session.jobs.all


async def test_a_job_can_be_watched_left_found_again_and_cancelled(lively: StoreBuilder):
    def slow(cancel, progress):
        progress.start(4, "begin")
        progress.step("one thing")
        while not cancel.wait(0.01):
            pass
        cancel.check()
        yield Done(EvictResult())

    app = make_app(lively.root, write=True)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        job = app.session.run("evict slowly", slow)
        await until(pilot, lambda: "evict slowly 25%" in app.screen.query_one("StatusLine").text)
        await press(pilot, "J")
        assert isinstance(app.screen, JobsScreen)
        await press(pilot, "enter")
        assert isinstance(app.screen, JobScreen)
        await until(pilot, lambda: "1 of 4" in app.screen.query_one(ProgressStrip).label)
        assert "25%" in app.screen.query_one(ProgressStrip).render_line(0).text
        await press(pilot, "escape")
        assert isinstance(app.screen, JobsScreen)
        await press(pilot, "l", "c")
        await until(pilot, lambda: job.state is JobState.CANCELLED)
        await until(pilot, lambda: "warning evict slowly: cancelled" in toasts(app))  # before it fades
        await until(pilot, lambda: "cancelled" in str(app.screen.query_one("#result").visual))
        await press(pilot, "c", "q", "h")
        await until(pilot, lambda: "evict slowly" not in app.screen.query_one("StatusLine").text)


async def test_errors_of_a_job_are_one_clear_message(lively: StoreBuilder):
    def fails(cancel, progress):
        raise StoreError("the disk is full", path="/srv/store", advice="free some space")
        yield

    def breaks(cancel, progress):
        yield Failed("sf", StoreError("it is locked"))
        raise ZeroDivisionError("oops")

    app = make_app(lively.root, write=True)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        app.session.run("one", fails)
        app.session.run("two", breaks)
        await until(pilot, lambda: len(app._notifications) == 2)
        assert "error one: /srv/store: the disk is full; free some space" in toasts(app)
        assert "error two: an unexpected fault, please report it: ZeroDivisionError: oops" in toasts(app)
        await press(pilot, "J", "enter")
        assert "failed sf: it is locked" in app.screen.query_one("#lines").render_line(0).text


async def test_no_jobs_is_said(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "J", "enter", "l")
        assert isinstance(app.screen, JobsScreen)
        assert "no job" in app.screen.query_one("#jobs").render_line(2).text
        await press(pilot, "escape")
        assert not isinstance(app.screen, JobsScreen)
