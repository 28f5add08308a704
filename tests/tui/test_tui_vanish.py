"""Folders that go, turn into files or links, or cannot be read, while they are shown and while they are read.

The interface goes on, says what it could not read, and shows it again by itself once it is back.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from scenarios import MAIN, left_over, make_app, press, settled, until
from textual.pilot import Pilot

from builders import StoreBuilder, config_hash, source_hash
from pkgstore.snapshot import Snapshot
from pkgstore_tui.app import PkgstoreApp
from pkgstore_tui.screens.drill import DrillScreen
from pkgstore_tui.screens.health_levels import FindingsLevel, KindsLevel

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
        for call in ("scandir", "open", "listdir"):
            patch.setattr(os, call, refusing(getattr(os, call), path))
        os.utime(path)
        yield
    os.utime(path)


def refusing(real: Callable[..., Any], path: Path) -> Callable[..., Any]:
    """A system call that refuses whatever is at or below a path."""

    def call(name: Any = ".", *arguments: Any, **more: Any) -> Any:
        if isinstance(name, str | os.PathLike) and Path(name).is_relative_to(path):
            raise PermissionError(13, "Permission denied", os.fspath(name))
        return real(name, *arguments, **more)

    return call


WAYS = {"gone": gone, "file": a_file, "loop": a_loop}


# --- somebody at the keyboard -------------------------------------------------------------------------------------


async def keys_work(pilot: Pilot[None]) -> None:
    """Up and down, details, help; nothing falls over."""
    app = pilot.app
    assert isinstance(app, PkgstoreApp)
    await press(pilot, "j", "i", "k", "i", "question_mark", "escape")
    assert app.fault is None
    assert isinstance(app.screen, DrillScreen)


async def problems(pilot: Pilot[None]) -> str:
    """Everything that the health view says, paths included."""
    app = pilot.app
    await press(pilot, "6")
    await until(pilot, lambda: app.current_mode == "health")
    await until(pilot, lambda: app.screen.is_arranged and isinstance(app.screen.level, KindsLevel))
    view = app.screen
    said = []
    for row in view.table.rows:
        level = view.level.into(row)
        assert isinstance(level, FindingsLevel)
        for finding in level.rows(view.look):
            said += [fact.value for fact in level.facts(view.look, finding)]
    return "\n".join(said)


@pytest.mark.parametrize("way", WAYS)
async def test_what_is_shown_goes_and_comes_back(whole: StoreBuilder, way: str) -> None:
    app = make_app(whole.root, watch=True)
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        import time
        for name, place in PLACES.items():
            t=time.time()
            path = Path(os.path.normpath(whole.root / place.path))
            await press(pilot, place.view)
            await settled(pilot)
            with WAYS[way](path):
                await until(pilot, lambda place=place, path=path: is_missed(app, place, path), f"{name} goes")
                await keys_work(pilot)
                if way != "gone" and name not in NOT_DAMAGE:
                    await press(pilot, "R")
                    await until(pilot, lambda path=path: names_it(app, path), f"{name} is said to be damaged")
            await until(pilot, lambda place=place: place.has(app.session.reading.snapshot), f"{name} comes back")
            print(name, time.time()-t)
            await keys_work(pilot)
    assert app.fault is None


NOT_DAMAGE = {"config", "app", "locks", "builds"}
"""A tree that is gone is a phantom; what is no folder is no app, nor a build."""


def is_missed(app: PkgstoreApp, place: Place, path: Path) -> bool:
    """Whether a reading has noticed: it has the folder no more, or says that it could not look into it."""
    return not place.has(app.session.reading.snapshot) or names_it(app, path)


def names_it(app: PkgstoreApp, path: Path) -> bool:
    """Whether a reading says that there is something wrong at a path, or below it."""
    return any(Path(item.path).is_relative_to(path) for item in app.session.reading.snapshot.damage)
