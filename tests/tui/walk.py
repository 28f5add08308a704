"""Go through the whole interface as somebody would who presses every key, and look at the screen after each."""

from collections.abc import Callable, Container, Iterable, Iterator

from scenarios import settled, until
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.screen import Screen

from pkgstore_tui.app import PkgstoreApp
from pkgstore_tui.commands import COMMANDS
from pkgstore_tui.screens.drill import DrillScreen
from pkgstore_tui.screens.menu import Menu
from pkgstore_tui.screens.rows_screen import RowsScreen
from pkgstore_tui.screens.users import UsersScreen
from pkgstore_tui.screens.view import VIEWS, ViewScreen

Look = Callable[[PkgstoreApp], None]

LEAVES = {"app.quit", "app.back_out", "app.interrupt"}
"""What ends the program, or says how."""

NOT_WALKED = LEAVES | {
    "app.unlock",
    "app.palette",
    "app.next_view",
    "app.previous_view",
    "app.theme",
    "app.settings",
}
"""What is pressed on its own, once, or has no key."""

ALL = frozenset(command.id for command in COMMANDS)
VIEW_KEYS = {f"app.{name}" for _, name, _ in VIEWS}


def on_screen(app: PkgstoreApp) -> list[str]:
    """The lines of the terminal as they are now."""
    return [strip.text for strip in app.screen._compositor.render_strips()]


def keys_of(screen: Screen, scopes: Iterable[str] = ()) -> Iterator[tuple[str, str]]:
    """A key for each command that works on a screen now, as Textual calls keys, with the command's id."""
    active = {entry.binding.id: key for key, entry in reversed(screen.active_bindings.items()) if entry.enabled}
    wanted = set(scopes)
    for command in COMMANDS:
        if command.id in active and (not wanted or command.scope in wanted):
            yield active[command.id], command.id


class Walk:
    """Somebody at the keyboard, who looks at the screen after each key."""

    def __init__(self, pilot: Pilot[None], look: Look) -> None:
        """Begin.

        Args:
            pilot: Presses the keys.
            look: Called after each key; fails where something on the screen is wrong.
        """
        assert isinstance(pilot.app, PkgstoreApp)
        self.pilot, self.app, self._look = pilot, pilot.app, look
        self._through: set[str] = set()
        self.pressed: set[str] = set()
        self.screens: set[str] = set()

    def _has_come(self) -> bool:
        """Whether the rows and details that were asked for are shown; a digest may take longer."""
        screen = self.app.screen
        return not isinstance(screen, RowsScreen) or bool(RowsScreen.is_arranged.fget(screen))

    async def look(self) -> None:
        """Look at what is there once it has come."""
        if not self._has_come():
            await until(self.pilot, self._has_come, "the rows are shown")
        assert self.app.fault is None
        self.screens.add(type(self.app.screen).__name__)
        self._look(self.app)

    async def press(self, *keys: str) -> None:
        """Press keys, and look after the last."""
        for key in keys:
            await self.pilot.press(key)
        await self.look()

    async def to_view(self, name: str) -> DrillScreen:
        """To a view, wherever one is, at its first level."""
        await self.leave()
        if self.app.current_mode != name:
            await self.pilot.press(next(number for number, view, _ in VIEWS if view == name))
            await until(self.pilot, lambda: self.app.current_mode == name, f"the view {name} is shown")
        await settled(self.pilot)
        screen = self.view
        screen.go_to(())
        await self.look()
        return screen

    @property
    def view(self) -> DrillScreen:
        """The view that one is in."""
        screen = self.app.screen
        assert isinstance(screen, DrillScreen)
        return screen

    async def leave(self) -> None:
        """Leave every dialog; none is confirmed."""
        for _ in range(8):
            if isinstance(self.app.screen, ViewScreen):
                return
            await self.press("escape")
        raise AssertionError(f"{self.app.screen} does not close")

    async def every_row(self, most: int = 12) -> None:
        """From row to row, with the details open."""
        if not self.view.query_one("#details").display:
            await self.press("i")
        await self.press("g")
        for _ in range(min(most, len(self.view.table.rows))):
            await self.press("j")

    async def every_key(self, only: Container[str] = ALL) -> None:
        """Every key that works at the present level; dialogs are looked through and left, and one comes back.

        Args:
            only: The ids of the commands that are wanted.
        """
        view, mode = self.view, self.app.current_mode
        way = tuple(view.levels[1:])
        for key, name in list(keys_of(view)):
            if name in NOT_WALKED | VIEW_KEYS or name.startswith("table.") or name not in only:
                continue
            self.pressed.add(name)
            await self.press(key)
            await self.through_dialog()
            await self.leave()
            if self.app.current_mode != mode:
                await until(self.pilot, lambda: isinstance(self.app.screen, DrillScreen), "another view is shown")
                await self.look()
                self.app.switch_mode(mode)
                await until(self.pilot, lambda: self.app.screen is view, "one is back")
            if view.filter_bar.is_editing:
                await self.press("escape")
            if tuple(view.levels[1:]) != way:
                view.go_to(way)
            if not view.table.has_focus:
                view.table.focus()
                await self.look()

    async def through_dialog(self) -> None:
        """Look through a dialog without confirming anything; a file that it leads to is looked at."""
        screen = self.app.screen
        known = type(screen).__name__ in self._through
        self._through.add(type(screen).__name__)
        if isinstance(screen, ViewScreen | CommandPalette):
            return
        if isinstance(screen, Menu) and screen._heading.startswith("Files"):
            await self.press("enter")
        elif isinstance(screen, Menu | UsersScreen):
            await self.press("down")
        for key, name in [] if known else list(keys_of(self.app.screen, ("viewer", "compare", "log"))):
            if not name.endswith((".leave", ".search", ".copy")):
                self.pressed.add(name)
                await self.press(key)
