"""Folders that go, turn into files or links, or cannot be read, while they are shown and while they are read.

The interface goes on, says what it could not read, and shows it again by itself once it is back.
"""

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from scenarios import MAIN, left_over, make_app, press, settled, until
from textual.pilot import Pilot

from builders import StoreBuilder, config_hash, source_hash
from intercept import Ask, before
from pkgstore.model import Damage
from pkgstore.snapshot import Snapshot
from pkgstore_tui.app import PkgstoreApp
from pkgstore_tui.screens.drill import DrillScreen
from pkgstore_tui.screens.health import HealthScreen
from pkgstore_tui.widgets.bars import StatusLine

SF = f"{MAIN}/sf/{source_hash('sf', '1.0-16')}"


@dataclass(frozen=True)
class Place:
    """A folder of a store, the view that shows it, and what a reading has of it while it is there."""

    path: str
    view: str
    has: Callable[[Snapshot], object]


PLACES = {
    "platform": Place(MAIN, "2", lambda s: MAIN in s.platforms),
    "package": Place(f"{MAIN}/sf", "2", lambda s: "sf" in _packages(s)),
    "source": Place(SF, "2", lambda s: any(key.package == "sf" for key in s.sources)),
    "config": Place(f"{SF}/{config_hash({'Rcpp': '1.0.12'})}", "2", lambda s: _trees(s) == 2),
    "worker": Place(".workers/maps-5d0c91f2", "4", lambda s: "maps-5d0c91f2" in s.workers and _maps(s)),
    "workers": Place(".workers", "4", lambda s: len(s.workers) == 3),
    "locks": Place(".locks", "7", lambda s: len(s.locks) == 2),
    "builds": Place(".builds", "7", lambda s: len(s.work) == 1 and not _of(s.work)),
    "app": Place("../maps", "3", lambda s: "maps" in s.apps and not s.apps["maps"].damage),
}


def _packages(snapshot: Snapshot) -> set[str]:
    return {key.package for key in snapshot.sources}


def _trees(snapshot: Snapshot) -> int:
    found = [record for key, record in snapshot.sources.items() if key.package == "sf"]
    return sum(config.has_tree for record in found for config in record.configs)


def _maps(snapshot: Snapshot) -> bool:
    return not snapshot.workers["maps-5d0c91f2"].damage


def _of(records: Any) -> list[Any]:
    return [item for record in records.values() for item in record.damage]


@pytest.fixture
def whole(lively: StoreBuilder) -> StoreBuilder:
    """The lively store with an app, locks and a build."""
    left_over(lively)
    return lively


# --- ways to go ---------------------------------------------------------------------------------------------------


@contextmanager
def gone(path: Path) -> Iterator[None]:
    """It is elsewhere."""
    away = path.parent.parent / f"away-{path.name}"
    path.rename(away)
    yield
    away.rename(path)


@contextmanager
def a_file(path: Path) -> Iterator[None]:
    """A file stands in its place."""
    with gone(path):
        path.write_text("not a folder")
        yield
        path.unlink()


@contextmanager
def a_loop(path: Path) -> Iterator[None]:
    """A symbolic link to itself stands in its place."""
    with gone(path):
        path.symlink_to(path)
        yield
        path.unlink()


@contextmanager
def unreadable(path: Path) -> Iterator[None]:
    """It is there, and the system lets nobody look into it."""
    with pytest.MonkeyPatch.context() as patch:
        before(patch, refusing(path), "open", "scandir")
        os.utime(path)
        yield
    os.utime(path)


def refusing(path: Path) -> Ask:
    """Refuse whatever is at or below a path."""

    def ask(name: str) -> None:
        if Path(name).is_relative_to(path):
            raise PermissionError(13, "Permission denied", name)

    return ask


WAYS = {"gone": gone, "file": a_file, "loop": a_loop}


# --- somebody at the keyboard -------------------------------------------------------------------------------------


async def keys_work(pilot: Pilot[None]) -> None:
    """Down, and details; nothing falls over."""
    app = pilot.app
    assert isinstance(app, PkgstoreApp)
    await press(pilot, "j", "i")
    assert app.fault is None
    assert isinstance(app.screen, DrillScreen)


async def health_says(pilot: Pilot[None], path: Path) -> None:
    """Wait until the health view has a finding about a path, or about something below it."""
    app = pilot.app
    await press(pilot, "6")
    await until(pilot, lambda: isinstance(app.screen, HealthScreen))
    view = app.screen
    assert isinstance(view, HealthScreen)

    def said() -> bool:
        found = view.digest.findings if view.digest else ()
        return any(Path(finding.path).is_relative_to(path) for finding in found)

    await until(pilot, said, f"health says what is wrong with {path}")


def status(app: PkgstoreApp) -> str:
    return app.screen.query_one(StatusLine).text


@pytest.mark.campaign
@pytest.mark.parametrize("way", WAYS)
async def test_what_is_shown_goes_and_comes_back(whole: StoreBuilder, way: str) -> None:
    app = make_app(whole.root, watch=True)
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        for name, place in PLACES.items():
            path = Path(os.path.normpath(whole.root / place.path))
            await press(pilot, place.view)
            with WAYS[way](path):
                await until(pilot, lambda place=place, path=path: is_missed(app, place, path), f"{name} goes")
                await keys_work(pilot)
                if way != "gone" and name not in NOT_DAMAGE:
                    app.session.rescan()
                    await until(pilot, lambda path=path: names_it(app, path), f"{name} is said to be damaged")
            await until(pilot, lambda place=place: place.has(app.session.reading.snapshot), f"{name} comes back")
            await until(pilot, lambda: not app.session.is_reading)
    assert app.fault is None


@pytest.mark.campaign
async def test_what_cannot_be_read_is_said(whole: StoreBuilder) -> None:
    """Only a reading of everything can tell: the system says nothing when rights change."""
    app = make_app(whole.root, watch=True)
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        for name, place in PLACES.items():
            path = Path(os.path.normpath(whole.root / place.path))
            before = app.session.reading.snapshot.damage
            with unreadable(path):
                await press(pilot, "R")
                if name == "config":  # a tree is not looked into
                    continue
                await until(
                    pilot, lambda path=path, before=before: more(app, path, before), f"{name} is unreadable"
                )
                await press(pilot, place.view)
                await keys_work(pilot)
            await press(pilot, "R")
            await until(
                pilot,
                lambda place=place, path=path, before=before: (
                    place.has(app.session.reading.snapshot) and not more(app, path, before)
                ),
                f"{name} comes back",
            )
    assert app.fault is None


async def test_health_says_what_could_not_be_read(whole: StoreBuilder) -> None:
    app = make_app(whole.root, watch=True)
    path = whole.root / MAIN / "sf"
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        with a_loop(path):
            await press(pilot, "R")
            await health_says(pilot, path)
    assert app.fault is None


async def test_the_store_itself_goes_and_comes_back(whole: StoreBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pkgstore_tui.session.reader.LOOK_EVERY", 0.05)
    app = make_app(whole.root, watch=True)
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        rows = len(app.screen.table.rows)
        for way in (gone, a_file, a_loop):
            with way(whole.root):
                await until(pilot, lambda: app.session.trouble, f"{way.__name__}: the store cannot be read")
                await until(pilot, lambda: str(whole.root) in status(app), "the status line says so")
                await until(pilot, lambda: not app.screen.table.rows, "nothing is shown")
                await press(pilot, "4", "j", "2")
                assert app.fault is None
            await until(pilot, lambda: not app.session.trouble, "it is read again")
            await until(pilot, lambda: len(app.screen.table.rows) == rows, "it is shown again")
            assert str(whole.root) not in status(app)
    assert app.fault is None


# --- while it is being read ---------------------------------------------------------------------------------------


@contextmanager
def when_listed(path: Path, act: Callable[[], object]) -> Iterator[list[str]]:
    """Do something the moment before a path is listed for the first time."""
    done = list[str]()

    def ask(name: str) -> None:
        if not done and name == os.fspath(path):
            done.append(name)
            act()

    with pytest.MonkeyPatch.context() as patch:
        before(patch, ask, "open", "scandir")
        yield done


@pytest.mark.campaign
@pytest.mark.parametrize("way", WAYS)
async def test_what_is_read_goes_in_the_middle(whole: StoreBuilder, way: str) -> None:
    """It was listed in the folder above, and is something else when it is its own turn."""
    app = make_app(whole.root, watch=True)
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        for name, place in PLACES.items():
            if name in ("config", "worker"):  # neither is listed
                continue
            path = Path(os.path.normpath(whole.root / place.path))
            with ExitStack() as stack:
                with when_listed(path, lambda path=path: stack.enter_context(WAYS[way](path))) as done:
                    await press(pilot, "R")
                    await until(pilot, lambda: done, f"{name} is listed")
                    await until(pilot, lambda: not app.session.is_reading, "everything is read")
                await until(pilot, lambda place=place, path=path: is_missed(app, place, path), f"{name} goes")
                assert not app.session.trouble
            await until(pilot, lambda place=place: place.has(app.session.reading.snapshot), f"{name} comes back")
            await until(pilot, lambda: not app.session.is_reading)
    assert app.fault is None


@pytest.mark.campaign
async def test_the_store_goes_while_it_is_read_for_the_first_time(
    whole: StoreBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pkgstore_tui.session.reader.LOOK_EVERY", 0.05)
    app = make_app(whole.root, watch=True)
    with (
        ExitStack() as stack,
        when_listed(whole.root / MAIN, lambda: stack.enter_context(gone(whole.root))) as done,
    ):
        async with app.run_test(size=(100, 24)) as pilot:
            await until(pilot, lambda: done and app.session.trouble, "the store cannot be read")
            await press(pilot, "4", "2")
            stack.close()
            await until(pilot, lambda: not app.session.trouble, "it is read again")
            await until(pilot, lambda: app.screen.query("#rows") and app.screen.table.rows, "it is shown")
    assert app.fault is None


NOT_DAMAGE = {"config", "app", "locks", "builds"}
"""A tree that is gone is a phantom; what is no folder is no app, nor a build."""


def is_missed(app: PkgstoreApp, place: Place, path: Path) -> bool:
    """Whether a reading has noticed: it has the folder no more, or says that it could not look into it."""
    return not place.has(app.session.reading.snapshot) or names_it(app, path)


def more(app: PkgstoreApp, path: Path, before: Collection[Damage]) -> bool:
    """Whether something is wrong at a path, or below it, that was not so before."""
    now = app.session.reading.snapshot.damage
    return any(item not in before and Path(item.path).is_relative_to(path) for item in now)


def names_it(app: PkgstoreApp, path: Path) -> bool:
    """Whether a reading says that there is something wrong at a path, or below it."""
    return any(Path(item.path).is_relative_to(path) for item in app.session.reading.snapshot.damage)
