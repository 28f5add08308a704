"""What the tests share that change a store from the activity view: the command line, dialogs, rows."""

import os
from pathlib import Path
from typing import Any

from scenarios import press, settled, until
from textual.pilot import Pilot
from textual.widgets import Button

from builders import StoreBuilder
from pkgstore.journal import Past, operations, read_journal
from pkgstore.layout import Layout
from pkgstore_tui.app import PkgstoreApp
from pkgstore_tui.cli import main
from pkgstore_tui.screens.activity import ActivityScreen
from pkgstore_tui.screens.job import JobScreen
from pkgstore_tui.screens.plan import PlanDialog
from pkgstore_tui.widgets.facts import Facts


def cli(*words: object) -> None:
    """Run a command of the command line, which has to go well."""
    assert main([str(word) for word in words]) == 0, words


def past(store: StoreBuilder) -> tuple[Past, ...]:
    """What the journal tells, the oldest first."""
    return operations(read_journal(Layout(str(store.root))))


def told_alike(past: Past) -> dict[str, Any]:
    """What the journal says of an operation, but for what differs each time: when, its id, its command."""
    alike = ("v", "at", "op", "command", "pid", "out_of")
    items = [{name: value for name, value in line.facts.items() if name not in alike} for line in past.items]
    plan = {name: value for name, value in past.plan.items() if name != "operation"}
    return {"what": past.what, "who": past.who, "plan": plan, "outcome": past.outcome, "items": items}


def view(app: PkgstoreApp) -> ActivityScreen:
    """The activity view."""
    screen = app.screen
    assert isinstance(screen, ActivityScreen)
    return screen


def shown(app: PkgstoreApp) -> list[str]:
    """The rows, as they are drawn."""
    table = view(app).table
    return [" ".join(table.render_line(y).text.split()) for y in range(1, 1 + len(table.rows))]


async def open_activity(pilot: Pilot[None]) -> None:
    """Go to the activity view."""
    await settled(pilot)
    await press(pilot, "7")
    await until(pilot, lambda: isinstance(pilot.app.screen, ActivityScreen) and view(pilot.app).table.rows)
    await settled(pilot)


async def go_to_row(pilot: Pilot[None], begin: str) -> None:
    """Put the cursor on the first row that begins so."""
    await until(pilot, lambda: any(row.startswith(begin) for row in shown(pilot.app)), f"a row {begin}")
    view(pilot.app).table.cursor = next(i for i, row in enumerate(shown(pilot.app)) if row.startswith(begin))
    await pilot.pause()


def plan_text(app: PkgstoreApp) -> str:
    """What the plan says."""
    assert isinstance(app.screen, PlanDialog)
    return "\n".join(f"{fact.label}: {fact.value}" for fact in app.screen.query_one("#plan", Facts).facts)


async def planned(pilot: Pilot[None], said: str) -> str:
    """Wait until the plan says something; tells all it says."""
    await until(pilot, lambda: isinstance(pilot.app.screen, PlanDialog), "a plan is shown")
    await until(pilot, lambda: said in plan_text(pilot.app), f"the plan says {said!r}")
    return plan_text(pilot.app)


def can_confirm(app: PkgstoreApp) -> bool:
    """Whether the button that does it can be pressed."""
    return not app.screen.query_one("#yes", Button).disabled


async def confirm(pilot: Pilot[None]) -> None:
    """From Cancel, where the focus is, to the button that does it; wait until it is done, and leave its job."""
    app = pilot.app
    assert app.focused is not None
    assert app.focused.id == "no", "the focus is on the harmless button"
    await press(pilot, "tab", "enter")
    await until(pilot, lambda: isinstance(app.screen, JobScreen), "the job is shown")
    await until(pilot, lambda: not app.session.jobs.running, "the job is over")
    await until(pilot, lambda: app.focused is not None and app.focused.id == "close")
    await press(pilot, "escape")


def toasts(app: PkgstoreApp) -> str:
    """Every message that was shown."""
    return "\n".join(note.message for note in app._notifications)


def facts_of(*paths: Path) -> list[tuple[object, ...]]:
    """What undo has to bring back: the file, its bytes, and when it was changed."""
    found: list[tuple[object, ...]] = []
    for path in paths:
        status = os.lstat(path)
        if path.is_dir():
            found.append((path.name, sorted(os.listdir(path)), status.st_ino))
        else:
            found.append((path.name, path.read_bytes(), status.st_mtime_ns))
    return found
