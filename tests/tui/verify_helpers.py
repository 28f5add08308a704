"""What the tests of content checks in the interface share: stores with changed files, the dialog, the job."""

import os
from pathlib import Path
from typing import Any

from evict_helpers import said
from scenarios import MAIN, make_app, press, settled, until
from textual.pilot import Pilot

from builders import StoreBuilder, ref
from pkgstore_tui.app import PkgstoreApp
from pkgstore_tui.cli import main
from pkgstore_tui.screens.health import HealthScreen
from pkgstore_tui.screens.job import JobScreen
from pkgstore_tui.screens.plan import PlanDialog
from pkgstore_tui.widgets.bars import Breadcrumb, KeyBar

SIZE = (120, 40)
SF = ref("sf", "1.0-16", {"Rcpp": "1.0.13"})
"""The config that a worker and an app need."""


def opened(store: StoreBuilder, **options: Any) -> PkgstoreApp:
    """The interface on a store that may be changed, unless the options say otherwise."""
    return make_app(store.root, **{"platform": MAIN, "write": True, **options})


def verified(store: StoreBuilder, *more: object) -> None:
    """Check it once on the command line: from now on every config has a baseline."""
    assert main(["verify", "--store", str(store.root), *map(str, more)]) == 0


def tree_of(store: StoreBuilder) -> Path:
    """The tree of the config."""
    return store.root / MAIN / "sf" / SF


def shared_and_changed(store: StoreBuilder) -> Path:
    """Change a file of the config that a worker has a link to; gives the file."""
    library = store.root / ".workers" / "maps-5d0c91f2" / "sf" / "R"
    library.mkdir(parents=True)
    path = tree_of(store) / "R" / "sf.rdb"
    os.link(path, library / "sf.rdb")
    path.write_text("changed, and longer than before")
    return path


def digests(store: StoreBuilder) -> set[str]:
    """What stands in the folder of baselines."""
    folder = store.root / ".pkgstore" / "digests"
    return {str(path.relative_to(folder)) for path in folder.rglob("*.json")} if folder.exists() else set()


def health(app: PkgstoreApp) -> HealthScreen:
    """The health view."""
    assert isinstance(app.screen, HealthScreen)
    return app.screen


def rows(app: PkgstoreApp) -> list[str]:
    """The rows, as they are drawn."""
    table = health(app).table
    return [" ".join(table.render_line(y).text.split()) for y in range(1, 1 + len(table.rows))]


def counts(app: PkgstoreApp) -> dict[str, int]:
    """How many configs each group of a content check has."""
    return {row.code: row.count for row in health(app).table.rows if hasattr(row, "group")}


def crumbs(app: PkgstoreApp) -> str:
    return app.screen.query_one(Breadcrumb).text


def footer(app: PkgstoreApp) -> str:
    return app.screen.query_one(KeyBar).text


async def open_health(pilot: Pilot[None]) -> None:
    await settled(pilot)
    await press(pilot, "6")
    await until(pilot, lambda: isinstance(pilot.app.screen, HealthScreen) and health(pilot.app).digest)
    await until(pilot, lambda: health(pilot.app).is_arranged)


async def planned(pilot: Pilot[None], text: str) -> str:
    """Wait for a dialog's plan that says something; gives all it says."""
    await until(pilot, lambda: isinstance(pilot.app.screen, PlanDialog), "the dialog is shown")
    await until(pilot, lambda: text in said(pilot.app), f"a plan with {text!r} in it")
    return said(pilot.app)


async def confirmed(pilot: Pilot[None]) -> Any:
    """From Cancel, which has the focus, on to the button that does it; gives the job."""
    app = pilot.app
    assert isinstance(app, PkgstoreApp)
    assert app.focused is not None
    assert app.focused.id == "no", "the focus is on the harmless button"
    await press(pilot, "tab", "enter")
    await until(pilot, lambda: isinstance(app.screen, JobScreen), "the job is shown")
    return app.session.jobs.all[-1]


async def over(pilot: Pilot[None], job: Any) -> None:
    """Wait until a job is over, and leave it."""
    await until(pilot, lambda: not job.is_running, "the job is over")
    await until(pilot, lambda: pilot.app.focused is not None and pilot.app.focused.id == "close")
    await press(pilot, "escape")


async def verify(pilot: Pilot[None], text: str = "config") -> Any:
    """V, and confirm; gives the job once it is over."""
    await press(pilot, "V")
    await planned(pilot, text)
    job = await confirmed(pilot)
    await over(pilot, job)
    return job


async def into(pilot: Pilot[None], code: str) -> None:
    """The cursor on a group, and into it."""
    await until(pilot, lambda: code in [row.code for row in health(pilot.app).table.rows], f"a group {code}")
    table = health(pilot.app).table
    table.cursor = [row.code for row in table.rows].index(code)
    await press(pilot, "enter")
    await until(pilot, lambda: crumbs(pilot.app).startswith(code))
    await until(pilot, lambda: health(pilot.app).table.rows)
