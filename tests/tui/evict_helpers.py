"""What the tests of the eviction's flow share: what the dialog says, waiting for its plan, the journal."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from scenarios import MAIN, make_app, press, until
from textual.pilot import Pilot
from textual.widgets import Button

from builders import StoreBuilder, ref
from pkgstore_tui.app import PkgstoreApp
from pkgstore_tui.screens.evict import EvictDialog
from pkgstore_tui.screens.job import JobScreen
from pkgstore_tui.widgets.choices import Choices
from pkgstore_tui.widgets.facts import Facts

CONSOLE_SCRIPT = Path(sys.executable).with_name("pkgstore")
SIZE = (100, 40)
NEEDLESS = {"cpp11", "data.table", "Rcpp", "sf", "s2", "terra", "units"}


def unlocked(store: StoreBuilder, **options: object) -> PkgstoreApp:
    """The interface on a store that may be changed."""
    return make_app(store.root, **{"platform": MAIN, "write": True, **options})


def said(app: Any, name: str = "plan") -> str:
    """What a pane of facts says."""
    return "\n".join(f"{fact.label}: {fact.value}" for fact in app.screen.query_one(f"#{name}", Facts).facts)


def toasts(app: Any) -> str:
    return "\n".join(f"{note.severity} {note.title}: {note.message}" for note in app._notifications)


def going(app: Any) -> list[str]:
    """The packages that would go, as the table has them."""
    return [row.key.package for row in app.screen.query_one("#items").rows]


def yes(app: Any) -> Button:
    return app.screen.query_one("#yes", Button)


def choice(app: Any, name: str) -> Choices:
    return app.screen.query_one(f"#{name}", Choices)


async def planned(pilot: Pilot[None], text: str = "", *, measured: bool = True) -> None:
    """Wait for the plan of what is filled in, and for its sizes."""

    def is_there() -> bool:
        screen = pilot.app.screen
        if not isinstance(screen, EvictDialog) or screen.answer is None:
            return False
        is_new = screen.answer.ask.number == screen._number
        return is_new and text in said(pilot.app) and not (measured and (screen.work or screen.answer.lacks))

    await until(pilot, is_there, f"a plan with {text!r} in it")


async def begun(pilot: Pilot[None], *keys: str) -> Any:
    """Press keys that open the dialog; gives it."""
    await press(pilot, *keys)
    await until(pilot, lambda: isinstance(pilot.app.screen, EvictDialog), "the dialog")
    return pilot.app.screen


async def confirmed(pilot: Pilot[None]) -> Any:
    """From Cancel, which has the focus, on to the button that does it; gives the job."""
    assert pilot.app.focused is not None
    assert pilot.app.focused.id == "no"
    await press(pilot, "tab", "enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, JobScreen), "the job is shown")
    return pilot.app.session.jobs.all[-1]


def journal(store: StoreBuilder) -> list[dict[str, Any]]:
    """Every record of the journal."""
    lines = (store.root / ".pkgstore" / "journal.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def told_alike(records: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Records without what is different each time: whose, when, by which command."""
    own = {"operation", "op", "id", "at", "time", "command", "pid", "by", "host", "program"}
    return [{name: value for name, value in record.items() if name not in own} for record in records]


def pkgstore(*words: object) -> subprocess.CompletedProcess[str]:
    """Run the command line."""
    return subprocess.run([CONSOLE_SCRIPT, *map(str, words)], capture_output=True, text=True, check=False)


def tree_of(store: StoreBuilder, package: str, version: str, links: dict[str, str] | None = None) -> Path:
    return store.root / MAIN / package / ref(package, version, links)


class Gate:
    """Holds a thread up until it is opened; tells when something waits."""

    def __init__(self) -> None:
        self.reached, self.open = threading.Event(), threading.Event()

    def wait(self) -> None:
        self.reached.set()
        assert self.open.wait(20), "nobody opened the gate"
