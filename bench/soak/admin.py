"""Somebody who looks at the running interface, view by view, for as long as it runs."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import TYPE_CHECKING, Final

from textual import events

from pkgstore_tui.screens.drill import DrillScreen
from pkgstore_tui.screens.health import HealthScreen
from pkgstore_tui.screens.rows_screen import RowsScreen
from pkgstore_tui.screens.view import VIEWS, ViewScreen

if TYPE_CHECKING:
    from bench.hooks import MeasuredApp

_FILTERS: Final = (
    "data",
    "idle>1h",
    "configs>1",
    "links:Rcpp",
    "state:rooted",
    "!geo",
    "version:1.*",
    "nothing such",
)
_KEY_EVERY: Final = 0.15
_PATIENCE: Final = 30.0


class Admin:
    """Somebody at the keyboard."""

    def __init__(self, app: "MeasuredApp", rng: Random) -> None:
        self.app, self.rng = app, rng
        self.doing = "begins"
        self.counts: dict[str, int] = {}
        self._things: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (6, self._look_round),
            (5, self._watch_workers),
            (4, self._go_into),
            (4, self._filter),
            (3, self._sort),
            (2, self._dialogs),
            (1, self._check),
            (1, self._rescan),
            (1, self._measure),
        ]

    async def something(self) -> None:
        """One of the things that admins do."""
        (chosen,) = self.rng.choices([do for _, do in self._things], [weight for weight, _ in self._things])
        name = chosen.__name__.strip("_").replace("_", " ")
        self.counts[name] = self.counts.get(name, 0) + 1
        self.doing = name
        await chosen()
        await self.home()

    async def press(self, *keys: str) -> None:
        """Press keys as people do."""
        for key in keys:
            self.doing = f"{self.doing.partition(' [')[0]} [{key} in {type(self.app.screen).__name__}]"
            self.app.simulate_key(key)
            await asyncio.sleep(_KEY_EVERY)

    async def wait(self, fact: Callable[[], object], what: str) -> None:
        """Wait until something is so.

        Raises:
            TimeoutError: It never was.
        """
        end = asyncio.get_running_loop().time() + _PATIENCE
        while not fact():
            if asyncio.get_running_loop().time() > end:
                raise TimeoutError(f"{self.doing}: it never came true: {what} ({self.app.screen})")
            await asyncio.sleep(0.02)

    async def home(self) -> None:
        """Leave dialogs, filters and levels, and wait for the rows."""
        for _ in range(12):
            screen = self.app.screen
            if isinstance(screen, ViewScreen) and not (isinstance(screen, DrillScreen) and _is_away(screen)):
                break
            await self.press("escape")
        await self.arranged()

    async def arranged(self) -> None:
        """Wait for rows of the present level; newer ones are always on their way."""
        await self.wait(lambda: not isinstance(s := self.app.screen, RowsScreen) or _has_rows(s), "rows are shown")

    async def to_view(self, number: str) -> None:
        """To a view; a dialog that came late is left first, as people do, and counted."""
        name = next(name for key, name, _ in VIEWS if key == number)
        await self.press(number)
        await self.wait(lambda: self._is_at(name) or _is_dialog(self.app), f"the view {name}")
        if not self._is_at(name):
            self.counts["late dialogs"] = self.counts.get("late dialogs", 0) + 1
            await self.home()
            await self.press(number)
        await self.wait(lambda: self._is_at(name), f"the view {name}")
        await self.arranged()

    def _is_at(self, name: str) -> bool:
        return self.app.current_mode == name and self.app.screen.is_attached

    async def _look_round(self) -> None:
        await self.to_view(str(self.rng.randint(1, 7)))
        await self.press(*self.rng.choices(("j", "k", "G", "g", "ctrl+d", "ctrl+u"), k=self.rng.randint(2, 8)))
        if self.rng.random() < 0.3:
            await self.press("i", *"jjj", "i")

    async def _watch_workers(self) -> None:
        await self.to_view("4")
        await self.press(*self.rng.choice(("jjj", "G", "g", "e", "PP")))
        await asyncio.sleep(self.rng.uniform(1, 4))

    async def _go_into(self) -> None:
        await self.to_view(self.rng.choice("23467"))
        await self.press(*self.rng.choices("jG", k=3), "enter")
        await self.arranged()
        await self.press("j", "enter")
        await self.arranged()
        await self.press("escape", "escape")

    async def _filter(self) -> None:
        await self.to_view(self.rng.choice("234"))
        await self.press("slash")
        self.app.post_message(events.Paste(self.rng.choice(_FILTERS)))
        await asyncio.sleep(1)
        await self.press("escape")

    async def _sort(self) -> None:
        await self.to_view(self.rng.choice("234"))
        await self.press("s", *"j" * self.rng.randint(0, 4), "enter", "S")

    async def _dialogs(self) -> None:
        await self.to_view(self.rng.choice("234"))
        await self.press(self.rng.choice(("question_mark", "at", "J", "u", "Y", "colon", "w", "f")))
        await asyncio.sleep(0.5)

    async def _check(self) -> None:
        await self.to_view("6")
        await self.press("C")
        screen = self.app.screen
        if isinstance(screen, HealthScreen):
            await self.wait(lambda: self.app.session.checks.is_deep, "it is checked")

    async def _rescan(self) -> None:
        await self.press("R")
        await self.wait(lambda: not self.app.session.is_reading, "everything is read")

    async def _measure(self) -> None:
        await self.to_view("2")
        await self.press("m")
        await asyncio.sleep(1)


def _is_dialog(app: "MeasuredApp") -> bool:
    return not isinstance(app.screen, ViewScreen)


def _is_away(screen: DrillScreen) -> bool:
    return len(screen.levels) > screen.home or bool(_filter_text(screen)) or screen.filter_bar.is_editing


def _has_rows(screen: RowsScreen) -> bool:
    return screen.shown is not None and screen.shown.wish.level is screen.level


def _filter_text(screen: RowsScreen) -> str:
    wish = screen.shown.wish if screen.shown is not None else None
    return wish.choice.text if wish is not None else ""
