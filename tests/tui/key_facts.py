"""What can be true after a key, and what has to be there before it: for the table of every key."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from scenarios import OLD
from textual.screen import Screen

from builders import StoreBuilder
from pkgstore.keys import PINS
from pkgstore.model import Pin
from pkgstore.operations.events import Done, EvictResult
from pkgstore.operations.pinning import add_pin
from pkgstore.pins import scan_pins
from pkgstore_tui.app import PkgstoreApp
from pkgstore_tui.screens.drill import DrillScreen

Fact = Callable[[PkgstoreApp], object]
Prepare = Callable[[PkgstoreApp, StoreBuilder], None]
Step = str | type[Screen[Any]]
LOCKED, UNLOCKED = "locked", "unlocked"
BOTH: Final = (LOCKED, UNLOCKED)


@dataclass(frozen=True, slots=True)
class Try:
    """One way to try a command.

    `first` are keys to press before, and screens that have to be there then; `after` are keys that undo it.
    `keys` are those it is true for, all by default. A command without `fact` must be away, and its key do nothing.
    """

    start: str
    fact: Fact | None
    first: tuple[Step, ...] = ()
    after: tuple[Step, ...] = ()
    keys: str = ""
    modes: tuple[str, ...] = BOTH
    prepare: Prepare | None = None


# --- facts ------------------------------------------------------------------------------------------------------


def shows(kind: type[Screen[Any]], focus: str = "") -> Fact:
    """A screen is shown, and the focus is where it belongs."""
    return lambda app: (
        isinstance(app.screen, kind) and (not focus or (app.focused is not None and app.focused.id == focus))
    )


def focus(name: str) -> Fact:
    """The focus is on the widget with an id."""
    return lambda app: app.focused is not None and app.focused.id == name


def is_in(view: str, depth: int = 0) -> Fact:
    """One is in a view, so many levels deep."""
    return lambda app: in_view(app) and app.current_mode == view and (not depth or len(app.screen.places) == depth)


def in_view(app: PkgstoreApp) -> bool:
    """Nothing stands over the view."""
    return isinstance(app.screen, DrillScreen)


def choice(told: Callable[[Any, PkgstoreApp], object]) -> Fact:
    """The rows are filtered or sorted in some way."""
    return lambda app: in_view(app) and told(app.screen.place.choice, app)


def marks(told: Callable[[Any, Any], object]) -> Fact:
    """Rows are marked in some way."""
    return lambda app: in_view(app) and told(app.screen.place.marks, app.screen.table)


def cursor(place: Callable[[int, int], int]) -> Fact:
    """The cursor is where `place` says, given the last row and how far a page goes; that is no trivial place."""

    def told(app: PkgstoreApp) -> bool:
        table = app.screen.table
        last, far = len(table.rows) - 1, table.page - 1
        assert 2 < far < last - 2, "a page is less than all"
        return table.cursor == place(last, far)

    return told


def copied(begin: str, *, back: bool = True) -> Fact:
    """A text went to the clipboard."""
    return lambda app: app.clipboard.startswith(begin) and bool(app.clipboard) and (in_view(app) or not back)


def toast(text: str) -> Fact:
    """A message says something."""
    return lambda app: any(text in note.message for note in app._notifications)


def view_has(told: Callable[[Any], object]) -> Fact:
    """The screen that is shown is in some state."""
    return lambda app: told(app.screen)


def old_is_measured(app: PkgstoreApp) -> bool:
    """The trees of a platform that nothing in sight needed are measured."""
    keys = [config.key for config in configs_of(app, OLD)]
    assert len(keys) == 2
    return all(app.session.sizes.get(key) is not None for key in keys)


def configs_of(app: PkgstoreApp, platform: str, package: str = "") -> list[Any]:
    """What was read of a platform, or of one of its packages."""
    sources = app.session.reading.snapshot.sources.values()
    found = [config for source in sources for config in source.configs]
    return [c for c in found if c.key.platform == platform and (not package or c.key.package == package)]


# --- what has to be there ---------------------------------------------------------------------------------------


def one_more_config(_app: PkgstoreApp, store: StoreBuilder) -> None:
    """On the disk there is what was not read."""
    store.package("BH").source("1.84.0-0").config({"Rcpp": "1.0.13"})


def one_more_package(_app: PkgstoreApp, store: StoreBuilder) -> None:
    """On the disk there is what was not read."""
    store.package("zoo").source("1.8-12").config()


def blocked(cancel: Any, progress: Any) -> Iterator[Any]:
    """A job that runs until it is cancelled."""
    progress.start(10, "waiting")
    while not cancel.wait(0.01):
        pass
    cancel.check()
    yield Done(EvictResult())


def list_of_pins(app: PkgstoreApp, _store: StoreBuilder) -> None:
    """The list of pins is shown, which has no key; something is pinned, and no row of the view."""
    reading, layout = app.session.reading, app.session.layout
    if not reading.snapshot.pins.pins:
        add_pin(layout, Pin("", "gone 1.0", "audit", "alice", app.session.clock(), {"gone": "a/b"}))
        changes = {PINS: scan_pins(layout)}
        app.session.reading = reading.followed_by(reading.snapshot.apply(changes), changes, app.session.clock())
    app.action_pins()


def one_job(app: PkgstoreApp, _store: StoreBuilder) -> None:
    """A job runs."""
    app.session.run("evict all", blocked)
