"""What every key does: how to get to where it counts, and what is true after it and was not before."""

from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Any, Final

from key_facts import (
    LOCKED,
    UNLOCKED,
    Try,
    choice,
    configs_of,
    copied,
    cursor,
    focus,
    in_view,
    is_in,
    list_of_pins,
    marks,
    old_is_measured,
    one_job,
    one_more_config,
    one_more_package,
    shows,
    toast,
    view_has,
)
from scenarios import MAIN
from textual.command import CommandPalette
from textual.screen import Screen

from pkgstore_tui.commands import COMMANDS, Command
from pkgstore_tui.screens.accept import AcceptDialog
from pkgstore_tui.screens.assemble import AssembleDialog
from pkgstore_tui.screens.browse import OpenFile
from pkgstore_tui.screens.clean import CleanDialog, EmptyDialog
from pkgstore_tui.screens.command_log import CommandLog
from pkgstore_tui.screens.compare import CompareScreen
from pkgstore_tui.screens.evict import EvictDialog
from pkgstore_tui.screens.evict_form import THESE
from pkgstore_tui.screens.export import ExportDialog
from pkgstore_tui.screens.flat_level import AllConfigsLevel
from pkgstore_tui.screens.help import HelpScreen
from pkgstore_tui.screens.ingest import IngestDialog
from pkgstore_tui.screens.job import JobScreen
from pkgstore_tui.screens.jobs import JobsScreen
from pkgstore_tui.screens.menu import Menu
from pkgstore_tui.screens.pin import PinDialog
from pkgstore_tui.screens.pins import PinsScreen
from pkgstore_tui.screens.populate import PopulateDialog
from pkgstore_tui.screens.question import Question
from pkgstore_tui.screens.rehearsing import RehearsalLevel
from pkgstore_tui.screens.repair import RepairDialog
from pkgstore_tui.screens.sorting import SortScreen
from pkgstore_tui.screens.sweeper import StartSweeper
from pkgstore_tui.screens.undo import UndoDialog
from pkgstore_tui.screens.users import UsersScreen
from pkgstore_tui.screens.verify import VerifyDialog
from pkgstore_tui.screens.viewer import ViewerScreen
from pkgstore_tui.screens.why_tree import TreeLevel
from pkgstore_tui.widgets.choices import Choices

STARTS: Final = MappingProxyType(
    {
        "low": ("packages", (100, 12)),
        "packages": ("packages", (80, 24)),
        "apps": ("apps", (100, 24)),
        "workers": ("workers", (110, 24)),
        "overview": ("overview", (80, 24)),
        "why": ("why", (80, 24)),
        "activity": ("activity", (100, 30)),
        "health": ("health", (80, 24)),
        "quit": ("packages", (80, 24)),
    }
)
"""Where one begins: a view and a size. What begins at ``quit`` has an app of its own for each key."""


# --- the table --------------------------------------------------------------------------------------------------

TO_SORT = ("s", SortScreen)
TO_USERS = ("u", UsersScreen)
TO_EXPORT = ("E", ExportDialog)
TO_JOB = ("J", JobsScreen, "enter", JobScreen)
TO_MENU = ("Y", Menu)
TO_FILE = ("f", ViewerScreen)
TO_MATCHES = (*TO_FILE, "slash", "a", "enter")
TO_COMPARE = ("space", "space", "equals_sign", CompareScreen)
TO_LOG = ("at", CommandLog)
TO_PACKAGES = ("j", "enter")
AS_IT_WAS = ("s", SortScreen, "g", "enter")
MANY = 5
UNLOCK = ("W", Question, "tab", "enter")


def low(place: Callable[[int, int], int], *first: str) -> tuple[Try, ...]:
    """A way to move the cursor."""
    return (Try("low", cursor(place), first),)


def view(name: str, start: str = "packages") -> tuple[Try, ...]:
    """A way to another view."""
    return (Try(start, is_in(name)),)


def plans(dialog: type[Screen[Any]], field: str, start: str = "packages") -> tuple[Try, ...]:
    """What changes the store."""
    fact = shows(dialog, field)
    return Try(start, fact, modes=(UNLOCKED,)), Try(start, None, modes=(LOCKED,))


def evicting(fact: Callable[[Any], object], *more: str, leave: tuple[str, ...] = ("escape",)) -> tuple[Try, ...]:
    """A key of the eviction's dialog; locked, one unlocks first and locks again."""
    first = ("j", "d", EvictDialog, *more)
    return (
        Try("packages", view_has(fact), first, modes=(UNLOCKED,)),
        Try("packages", view_has(fact), (*UNLOCK, *first), (*leave, "W"), modes=(LOCKED,)),
    )


TRIES: Final[dict[str, tuple[Try, ...]]] = {
    "table.down": low(lambda _last, _far: 1),
    "table.up": low(lambda _last, _far: 1, "j", "j"),
    "table.top": low(lambda _last, _far: 0, "j", "j"),
    "table.bottom": low(lambda last, _far: last),
    "table.page_down": low(lambda _last, far: far),
    "table.page_up": low(lambda last, far: last - far, "G"),
    "view.into": (Try("packages", is_in("packages", 3)),),
    "view.back": (Try("packages", is_in("packages", 2), ("l",)),),
    "view.next_pane": (Try("packages", focus("details"), ("i",), ("i",)),),
    "view.previous_pane": (Try("packages", focus("rows"), ("i", "tab"), ("i",)),),
    "view.details": (Try("packages", view_has(lambda it: it.query_one("#details").display), (), ("i",)),),
    "view.refresh": (Try("packages", lambda app: len(configs_of(app, MAIN, "BH")) == 2, prepare=one_more_config),),
    "view.rescan": (Try("packages", lambda app: configs_of(app, MAIN, "zoo"), prepare=one_more_package),),
    "view.why": (Try("packages", is_in("why", 2), ("j", "j", "j")),),
    "why.causes": (Try("why", shows(Menu), TO_PACKAGES),),
    "why.worker": (Try("why", shows(Menu), TO_PACKAGES),),
    "why.tree": (Try("why", view_has(lambda it: isinstance(it.level, TreeLevel)), TO_PACKAGES),),
    "health.check": (Try("health", toast("checked the files of")),),
    "rows.verify": (Try("health", shows(VerifyDialog, "no")),),
    "health.accept": plans(AcceptDialog, "no", "health"),
    "health.repair": plans(RepairDialog, "no", "health"),
    "health.repair_all": plans(RepairDialog, "no", "health"),
    "why.open": (Try("why", shows(OpenFile)),),
    "view.files": (Try("workers", shows(ViewerScreen)),),
    "view.compare": (
        Try("workers", shows(CompareScreen), ("space", "space")),
        Try("why", shows(CompareScreen), (*TO_PACKAGES, "j")),
    ),
    "view.copy": (Try("packages", copied("BH")),),
    "view.copy_menu": (Try("packages", shows(Menu)),),
    "view.export": (Try("packages", shows(ExportDialog, "path")),),
    "view.pause": (
        Try("workers", view_has(lambda it: any("PAUSED" in p.text for p in it.crumb_notes())), (), ("P",)),
    ),
    "view.events": (Try("workers", view_has(lambda it: not it.events.display), (), ("e",)),),
    "rows.filter": (Try("packages", focus("filter-text")),),
    "rows.next_match": (Try("packages", view_has(lambda it: it.table.cursor == 1), ("slash", "s", "enter")),),
    "rows.previous_match": (
        Try("packages", view_has(lambda it: it.table.cursor > 1), ("slash", "s", "enter", "g")),
    ),
    "rows.problems": (
        Try("packages", choice(lambda it, app: it.problems and 0 < len(app.screen.table.rows) < 9), (), ("F",)),
    ),
    "rows.sort": (Try("packages", shows(SortScreen)),),
    "rows.sort_reverse": (
        Try("packages", view_has(lambda it: it.place.choice.reverse and it.table.rows[0].name > "t"), (), ("S",)),
    ),
    "rows.mark": (Try("packages", marks(lambda it, table: len(it.keys) == 1 and table.cursor == 1)),),
    "rows.mark_range": (
        Try("packages", marks(lambda it, _: it.is_range_open), modes=(LOCKED,)),
        Try("packages", marks(lambda it, _: len(it.keys) == 3), ("v", "j", "j"), modes=(UNLOCKED,)),
    ),
    "rows.mark_all": (Try("packages", marks(lambda it, table: len(it.keys) == len(table.rows))),),
    "rows.mark_none": (Try("packages", marks(lambda it, _: not it), ("a",)),),
    "rows.measure": (Try("overview", old_is_measured),),
    "rows.users": (Try("packages", shows(UsersScreen)),),
    "apps.coldstart": (Try("apps", view_has(lambda it: isinstance(it.level, RehearsalLevel))),),
    "packages.flat": (Try("packages", view_has(lambda it: isinstance(it.level, AllConfigsLevel)), (), ("t",)),),
    "filter.keep": (
        Try("packages", lambda app: focus("rows")(app) and app.screen.place.choice.text == "s", ("slash", "s")),
    ),
    "filter.clear": (
        Try("packages", lambda app: focus("rows")(app) and not app.screen.place.choice.text, ("slash", "s")),
    ),
    "sort.next": (Try("packages", view_has(lambda it: it.table.cursor == 1), TO_SORT),),
    "sort.choose": (
        Try(
            "packages",
            choice(lambda it, app: it.sort not in ("", app.screen.level.order)),
            (*TO_SORT, "s"),
            AS_IT_WAS,
        ),
    ),
    "sort.leave": (
        Try("packages", choice(lambda it, app: it.sort in ("", app.screen.level.order)), (*TO_SORT, "s")),
    ),
    "users.open": (Try("packages", is_in("workers"), TO_USERS),),
    "users.leave": (Try("packages", is_in("packages"), TO_USERS),),
    "store.evict": plans(EvictDialog, "no"),
    "choice.next": evicting(lambda it: it.query_one("#rule", Choices).value != THESE, "tab", "tab"),
    "choice.previous": evicting(lambda it: it.query_one("#rule", Choices).value != THESE, "tab", "tab"),
    "evict.pane": evicting(lambda it: it.query_one("#pane", Choices).value == "kept"),
    "evict.copy": evicting(lambda it: it.app.clipboard.startswith("pkgstore evict")),
    "evict.write": evicting(lambda it: isinstance(it, ExportDialog), leave=("escape", "escape")),
    "evict.measure": evicting(lambda it: len(it.measured.configs) > MANY),
    "store.populate": plans(PopulateDialog, "lockfile"),
    "store.ingest": plans(IngestDialog, "lockfile"),
    "store.assemble": plans(AssembleDialog, "manifest"),
    "store.pin": plans(PinDialog, "reason"),
    "pins.leave": (Try("packages", in_view, (PinsScreen,), prepare=list_of_pins),),
    "pins.unpin": (
        Try("packages", shows(Question, "no"), (PinsScreen,), modes=(UNLOCKED,), prepare=list_of_pins),
        Try("packages", None, (PinsScreen,), modes=(LOCKED,), prepare=list_of_pins),
    ),
    "store.undo": plans(UndoDialog, "no"),
    "activity.clean": plans(CleanDialog, "no", "activity"),
    "activity.clean_all": plans(CleanDialog, "no", "activity"),
    "activity.empty": plans(EmptyDialog, "older", "activity"),
    "activity.sweeper": plans(StartSweeper, "retention", "activity"),
    "dialog.cancel": (
        Try("packages", toast("nothing changed"), ("W", Question), modes=(LOCKED,)),
        Try("packages", toast("nothing changed"), ("d", EvictDialog), modes=(UNLOCKED,)),
    ),
    "dialog.browse": (
        Try("packages", None, TO_EXPORT, modes=(LOCKED,)),
        Try("packages", shows(OpenFile), ("I", IngestDialog), modes=(UNLOCKED,)),
    ),
    "dialog.next": (Try("packages", shows(ExportDialog, "yes"), (*TO_EXPORT, "tab")),),
    "dialog.previous": (Try("packages", shows(ExportDialog, "no"), (*TO_EXPORT, "tab", "tab")),),
    "job.leave": (Try("packages", shows(JobsScreen), TO_JOB, prepare=one_job),),
    "job.cancel": (Try("packages", lambda app: app.session.jobs.all[-1].cancel.is_set(), TO_JOB, prepare=one_job),),
    "jobs.open": (Try("packages", shows(JobScreen), ("J", JobsScreen), prepare=one_job),),
    "jobs.leave": (Try("packages", in_view, ("J", JobsScreen)),),
    "help.leave": (Try("packages", in_view, ("question_mark", HelpScreen)),),
    "menu.choose": (Try("packages", copied("/"), TO_MENU),),
    "menu.leave": (Try("packages", lambda app: in_view(app) and not app.clipboard, TO_MENU),),
    "viewer.leave": (Try("workers", in_view, TO_FILE),),
    "viewer.search": (Try("workers", focus("needle"), TO_FILE),),
    "viewer.next": (Try("workers", view_has(lambda it: it.view.at_match == 1), TO_MATCHES),),
    "viewer.previous": (
        Try("workers", view_has(lambda it: it.view.at_match == len(it.view.matches) - 1 > 1), TO_MATCHES),
    ),
    "viewer.raw": (Try("workers", view_has(lambda it: it.is_raw and it.view.lines == it.file.lines), TO_FILE),),
    "viewer.copy": (
        Try("workers", lambda app: app.clipboard.endswith("/.workers/maps-5d0c91f2/.packages.json"), TO_FILE),
    ),
    "viewer.right": (Try("workers", view_has(lambda it: it.view.aside == 8), (*TO_FILE, "r")),),
    "viewer.left": (Try("workers", view_has(lambda it: it.view.aside == 8), (*TO_FILE, "r", "l", "l")),),
    "compare.leave": (Try("workers", in_view, TO_COMPARE),),
    "compare.all": (
        Try(
            "workers",
            view_has(lambda it: it.shows_all and any("dplyr" in r.name for r in it.table.rows)),
            TO_COMPARE,
        ),
    ),
    "compare.copy": (Try("workers", copied("pkgstore diff", back=False), TO_COMPARE),),
    "log.leave": (Try("packages", in_view, TO_LOG),),
    "log.copy": (Try("packages", copied("pkgstore ls", back=False), TO_LOG),),
    "app.overview": view("overview"),
    "app.packages": view("packages", "overview"),
    "app.apps": view("apps"),
    "app.workers": view("workers"),
    "app.why": view("why"),
    "app.health": view("health"),
    "app.activity": view("activity"),
    "app.next_view": view("apps"),
    "app.previous_view": view("overview"),
    "app.unlock": (
        Try("packages", shows(Question, "no"), modes=(LOCKED,)),
        Try("packages", lambda app: not app.session.unlocked, (), UNLOCK, modes=(UNLOCKED,)),
    ),
    "app.jobs": (Try("packages", shows(JobsScreen)),),
    "app.log": (Try("packages", shows(CommandLog)),),
    "app.help": (Try("packages", shows(HelpScreen)),),
    "app.palette": (Try("packages", shows(CommandPalette)),),
    "app.back_out": (
        Try("packages", is_in("packages", 2), ("l",)),
        Try("quit", lambda app: app.return_code == 0),
    ),
    "app.interrupt": (Try("packages", toast("ctrl+q quits")),),
    "app.quit": (Try("quit", lambda app: app.return_code == 0),),
}
"""By a command's id, how to try it."""


def keys_of(command: Command, found: Try) -> list[str]:
    """The keys that are tried."""
    return [key for key in (found.keys or command.keys).split(",") if key]


def cases(start: str, mode: str) -> Iterator[tuple[Command, str, Try]]:
    """What is tried from one start, key by key, in the order of the commands."""
    for command in COMMANDS:
        for found in TRIES.get(command.id, ()):
            if found.start == start and mode in found.modes:
                for key in keys_of(command, found):
                    yield command, key, found
