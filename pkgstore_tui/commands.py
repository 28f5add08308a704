"""Every command, declared once: its binding, its place in the footer, palette row, help row and README row.

Knows nothing of what a command does: the widget, screen or app that has the scope defines ``action_…``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from textual.binding import Binding
from textual.keys import KEY_DISPLAY_ALIASES, format_key


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    `keys` as Textual writes them, empty for the palette only. `label` is its word in the footer and `rank` its
    place there (0: not in the footer; low numbers stay longest when there is little room). `scope` says who has
    it: ``app``, ``view`` (every view), the name of one view, or ``table``.
    """

    id: str
    keys: str
    action: str
    label: str
    help: str
    group: str
    scope: str
    rank: int = 0
    changes_store: bool = False
    priority: bool = False
    in_palette: bool = True

    @property
    def binding(self) -> Binding:
        """The binding; its id lets users give it other keys."""
        return Binding(self.keys, self.action, self.label, show=bool(self.rank), id=self.id, priority=self.priority)

    @property
    def name(self) -> str:
        """The action's name, without its parameters."""
        return self.action.partition("(")[0]

    @property
    def shown_keys(self) -> str:
        """The keys as people write them: ``j ↓``."""
        return " ".join(shown_key(key) for key in self.keys.split(",") if key)


_SHOWN: Final = {
    "down": "↓",
    "up": "↑",
    "left": "←",
    "right": "→",
    "escape": "esc",
    "question_mark": "?",
    "colon": ":",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "ctrl+p": "ctrl+p",
}


def shown_key(key: str) -> str:
    """A key as people write it."""
    return _SHOWN.get(key) or (key if key in KEY_DISPLAY_ALIASES else format_key(key))


MOVE: Final = "Move"
_LOOK, _CHANGE, _APP = "Look", "Change the store", "Program"

COMMANDS: Final[tuple[Command, ...]] = (
    # --- in a table -------------------------------------------------------------------------------------------
    Command("table.down", "j,down", "cursor_down", "Down", "next row", MOVE, "table"),
    Command("table.up", "k,up", "cursor_up", "Up", "previous row", MOVE, "table"),
    Command("table.top", "g,home", "cursor_top", "Top", "first row", MOVE, "table"),
    Command("table.bottom", "G,end", "cursor_bottom", "Bottom", "last row", MOVE, "table"),
    Command("table.page_down", "ctrl+d,pagedown", "page_down", "Page down", "a page down", MOVE, "table"),
    Command("table.page_up", "ctrl+u,pageup", "page_up", "Page up", "a page up", MOVE, "table"),
    # --- in every view ----------------------------------------------------------------------------------------
    Command("view.into", "enter,l,right", "into", "Into", "go into the row", MOVE, "view", 10),
    Command("view.back", "escape,h,left", "back", "Back", "one level back", MOVE, "view", 20),
    Command(
        "view.next_pane",
        "tab",
        "app.focus_next",
        "Next pane",
        "next pane",
        MOVE,
        "view",
    ),
    Command(
        "view.previous_pane",
        "shift+tab",
        "app.focus_previous",
        "Previous pane",
        "previous pane",
        MOVE,
        "view",
    ),
    Command("view.details", "i", "details", "Details", "show or hide details, with full hashes", _LOOK, "view", 30),
    Command("view.refresh", "r", "refresh_row", "Refresh", "read this row again", _LOOK, "view"),
    Command("view.rescan", "R", "rescan", "Rescan", "read the whole store again", _LOOK, "view", 90),
    Command("view.why", "w", "why", "Why", "why a lockfile hits or misses this package", _LOOK, "view", 45),
    Command("why.open", "o", "open_lockfile", "Open", "choose a lockfile from the disk", _LOOK, "why", 35),
    Command("why.causes", "c", "causes", "Causes", "the causes counted; choose one to filter by", _LOOK, "why", 21),
    Command("why.worker", "b", "worker", "Worker", "explain for a build, or for a worker", _LOOK, "why", 21),
    Command("why.tree", "t", "tree", "Tree", "what links to what, as a tree", _LOOK, "why", 21),
    Command("view.files", "f", "files", "Files", "look at the files of this row", _LOOK, "view", 46),
    Command("health.check", "C", "check", "Check", "check the packages' own files too", _LOOK, "health", 21),
    Command(
        "view.compare",
        "equals_sign",
        "compare",
        "Compare",
        "compare two marked rows, or with the nearest",
        _LOOK,
        "view",
        21,
    ),
    Command("view.copy", "y", "copy", "Copy", "copy the row's ref, or its name", _LOOK, "view"),
    Command("view.copy_menu", "Y", "copy_menu", "Copy …", "copy path, key, command line or JSON", _LOOK, "view"),
    Command("view.export", "E", "export", "Export", "write this table to a file (CSV, JSON)", _LOOK, "view"),
    Command("view.pause", "P", "pause", "Pause", "hold or go on with live updates", _LOOK, "workers", 31),
    Command("view.events", "e", "events", "Events", "show or hide the event log", _LOOK, "workers", 32),
    # --- with the rows of any table ---------------------------------------------------------------------------
    Command("rows.filter", "slash", "filter", "Filter", "filter the rows, as one types", _LOOK, "rows", 22),
    Command("rows.next_match", "n", "next_match(1)", "Next match", "next row that was searched for", MOVE, "rows"),
    Command("rows.previous_match", "N", "next_match(-1)", "Last match", "the one before", MOVE, "rows"),
    Command("rows.problems", "F", "problems", "Problems", "only rows with problems, or all", _LOOK, "rows", 48),
    Command("rows.sort", "s", "sort", "Sort", "choose the column to sort by", _LOOK, "rows", 24),
    Command("rows.sort_reverse", "S", "sort_reverse", "Reverse", "turn the order round", _LOOK, "rows"),
    Command("rows.mark", "space", "mark", "Mark", "mark this row and go down", _LOOK, "rows", 33),
    Command("rows.mark_range", "v", "mark_range", "Range", "begin a range of marks, or end it", _LOOK, "rows"),
    Command("rows.mark_all", "a", "mark_all", "Mark all", "mark all rows that are shown", _LOOK, "rows"),
    Command("rows.mark_none", "A", "mark_none", "Mark none", "forget all marks", _LOOK, "rows"),
    Command("rows.measure", "m", "measure", "Measure", "measure every tree of these rows", _LOOK, "rows", 48),
    Command("rows.verify", "V", "verify", "Verify", "are the files what they were", _LOOK, "rows", 21),
    Command("rows.users", "u", "users", "Used by", "who holds this row, and go there", _LOOK, "rows", 35),
    Command(
        "apps.coldstart",
        "c",
        "coldstart",
        "Cold start",
        "would every app start whole, and where",
        _LOOK,
        "apps",
        36,
    ),
    Command("packages.flat", "t", "flat", "All configs", "all configs in a table, or back", _LOOK, "packages", 47),
    # --- while one types a filter, and in the list of columns --------------------------------------------------
    Command("filter.keep", "enter", "keep_filter", "Keep", "keep the filter; to the table", MOVE, "filter", 10),
    Command("filter.clear", "escape", "clear_filter", "Clear", "filter no more", MOVE, "filter", 20),
    Command("sort.next", "s", "next_choice", "Next", "next column", MOVE, "sort", 20),
    Command("sort.choose", "enter,l", "choose", "Sort", "sort by this column", MOVE, "sort", 10),
    Command("sort.leave", "escape,q,h", "leave", "Leave", "leave the order as it is", MOVE, "sort", 30),
    Command("users.open", "enter,l", "open", "Go there", "go to this worker or app", MOVE, "users", 10),
    Command("users.leave", "escape,q,h,u", "leave", "Close", "leave the list", MOVE, "users", 20),
    # --- what changes the store ---------------------------------------------------------------------------------
    Command(
        "store.evict", "d", "evict", "Evict", "plan to evict the marked, or this row", _CHANGE, "view", 34, True
    ),
    Command(
        "store.evict_marked",
        "",
        "evict_marked",
        "Evict the marked",
        "plan to evict the marked rows",
        _CHANGE,
        "view",
        0,
        True,
    ),
    Command(
        "store.sweep",
        "",
        "evict_by('idle')",
        "Sweep by age",
        "plan to evict what was not used for a while",
        _CHANGE,
        "view",
        0,
        True,
    ),
    Command(
        "store.free",
        "",
        "evict_by('free')",
        "Free so many bytes",
        "plan the cheapest loss that frees them",
        _CHANGE,
        "view",
        0,
        True,
    ),
    Command(
        "store.shrink",
        "",
        "evict_by('size')",
        "Bring the store down to a size",
        "plan the cheapest loss that does it",
        _CHANGE,
        "view",
        0,
        True,
    ),
    Command("store.ingest", "I", "ingest", "Ingest", "ingest a library into the store", _CHANGE, "view", 43, True),
    Command(
        "store.assemble",
        "L",
        "assemble",
        "Assemble",
        "assemble a library from a manifest",
        _CHANGE,
        "view",
        44,
        True,
    ),
    Command("store.undo", "z", "undo", "Undo", "put back what the last eviction took", _CHANGE, "view", 23, True),
    Command(
        "activity.clean",
        "x",
        "clean",
        "Clean",
        "clean up what is marked, or this row",
        _CHANGE,
        "activity",
        23,
        True,
    ),
    Command(
        "activity.clean_all",
        "X",
        "clean_all",
        "Clean all",
        "clean up all that crashes left",
        _CHANGE,
        "activity",
        36,
        True,
    ),
    Command(
        "activity.empty",
        "t",
        "empty_trash",
        "Trash",
        "empty the trash of what is old",
        _CHANGE,
        "activity",
        37,
        True,
    ),
    Command(
        "activity.sweeper",
        "b",
        "sweeper",
        "Sweeper",
        "start or stop the background sweeper",
        _CHANGE,
        "activity",
        38,
        True,
    ),
    Command(
        "health.repair",
        "x",
        "repair",
        "Repair",
        "mend what is marked, or this row",
        _CHANGE,
        "health",
        22,
        True,
    ),
    Command(
        "health.repair_all",
        "X",
        "repair_all",
        "Repair all",
        "mend all that needs no guessing",
        _CHANGE,
        "health",
        36,
        True,
    ),
    Command(
        "health.accept",
        "B",
        "accept",
        "Accept",
        "take changed files for good from now on",
        _CHANGE,
        "health",
        36,
        True,
    ),
    Command("store.pin", "p", "pin", "Pin", "pin or unpin: keep from eviction", _CHANGE, "rows", 0, True),
    Command(
        "store.populate", "U", "populate", "Populate", "fill a library from the store", _CHANGE, "view", 44, True
    ),
    # --- in dialogs -------------------------------------------------------------------------------------------
    Command("dialog.cancel", "escape", "cancel", "Cancel", "leave the dialog; nothing changes", MOVE, "dialog", 10),
    Command("dialog.browse", "ctrl+o", "browse", "Browse", "choose the path from a list", _LOOK, "dialog", 20),
    Command("dialog.next", "tab,down,right", "app.focus_next", "Next", "next field or button", MOVE, "dialog", 15),
    Command(
        "dialog.previous",
        "shift+tab,up,left",
        "app.focus_previous",
        "Back",
        "field or button before",
        MOVE,
        "dialog",
    ),
    Command("choice.next", "right,l,space", "next_choice(1)", "Choose", "take the next choice", MOVE, "choice", 12),
    Command("choice.previous", "left,h", "next_choice(-1)", "Before", "take the choice before", MOVE, "choice"),
    Command(
        "evict.pane", "ctrl+t", "next_pane", "Look at", "what goes, stays, follows, or comes", _LOOK, "evict", 13
    ),
    Command("evict.copy", "ctrl+y", "copy", "Copy line", "copy the command line of this plan", _LOOK, "evict", 30),
    Command("evict.write", "ctrl+s", "write", "Write plan", "write the plan to a file", _LOOK, "evict", 25),
    Command("evict.measure", "ctrl+b", "measure", "Measure", "measure every tree, or stop", _LOOK, "evict", 35),
    Command("pins.leave", "escape,q,h", "leave", "Close", "leave the list", MOVE, "pins", 20),
    Command("pins.unpin", "x", "unpin", "Unpin", "take this pin away", _CHANGE, "unpin", 10, True),
    Command("job.leave", "escape,q", "leave", "Close", "leave; a running job goes on", MOVE, "job", 10),
    Command("job.cancel", "c", "cancel_job", "Cancel job", "stop where nothing is half done", _CHANGE, "job", 20),
    Command("jobs.open", "enter,l", "open", "Open", "look at this job", MOVE, "jobs", 20),
    Command("jobs.leave", "escape,q,h", "leave", "Close", "leave the list", MOVE, "jobs", 10),
    Command("help.leave", "escape,q,question_mark", "leave", "Close", "leave the help", MOVE, "help", 10),
    Command("menu.choose", "enter,l", "choose", "Choose", "take this one", MOVE, "menu", 20),
    Command("menu.leave", "escape,q,h", "leave", "Close", "leave the menu", MOVE, "menu", 10),
    Command("viewer.leave", "escape,q", "leave", "Close", "leave the file", MOVE, "viewer", 10),
    Command("viewer.search", "slash", "search", "Search", "search in the file", _LOOK, "viewer", 20),
    Command("viewer.next", "n", "next_match(1)", "Next", "next match", MOVE, "viewer", 30),
    Command("viewer.previous", "N", "next_match(-1)", "Previous", "match before", MOVE, "viewer", 40),
    Command("viewer.raw", "r", "raw", "Raw", "JSON as it is in the file, or laid out", _LOOK, "viewer", 50),
    Command("viewer.copy", "y", "copy", "Copy path", "copy the file's path", _LOOK, "viewer", 60),
    Command("viewer.right", "l,right", "sideways(1)", "Right", "scroll long lines to the right", MOVE, "viewer"),
    Command("viewer.left", "h,left", "sideways(-1)", "Left", "scroll long lines to the left", MOVE, "viewer"),
    Command("compare.leave", "escape,q,h", "leave", "Close", "leave the comparison", MOVE, "compare", 10),
    Command("compare.all", "a", "show_all", "All", "everything, or only what differs", _LOOK, "compare", 20),
    Command("compare.copy", "y", "copy", "Copy", "copy the command line of this comparison", _LOOK, "compare", 30),
    Command("log.leave", "escape,q,h", "leave", "Close", "leave the log", MOVE, "log", 10),
    Command("log.copy", "y,enter", "copy", "Copy", "copy this command line", _LOOK, "log", 20),
    # --- everywhere -----------------------------------------------------------------------------------------
    Command("app.overview", "1", "show_view('overview')", "Overview", "overview", MOVE, "app"),
    Command("app.packages", "2", "show_view('packages')", "Packages", "packages view", MOVE, "app"),
    Command("app.apps", "3", "show_view('apps')", "Apps", "apps view", MOVE, "app"),
    Command("app.workers", "4", "show_view('workers')", "Workers", "workers view", MOVE, "app"),
    Command("app.why", "5", "show_view('why')", "Why", "why view", MOVE, "app"),
    Command("app.health", "6", "show_view('health')", "Health", "health view", MOVE, "app"),
    Command("app.activity", "7", "show_view('activity')", "Activity", "activity view", MOVE, "app"),
    Command("app.next_view", "right_square_bracket", "next_view(1)", "Next view", "next view", MOVE, "app"),
    Command(
        "app.previous_view", "left_square_bracket", "next_view(-1)", "Previous view", "previous view", MOVE, "app"
    ),
    Command("app.unlock", "W", "toggle_lock", "Unlock", "unlock or lock changes", _CHANGE, "app", 33),
    Command("app.jobs", "J", "jobs", "Jobs", "jobs of this session", _LOOK, "app", 80),
    Command("app.log", "at", "command_log", "Log", "what was done here, as command lines", _LOOK, "app", 82),
    Command("app.pins", "", "pins", "Pins", "all pins: what is kept on purpose, and why", _LOOK, "app"),
    Command("app.help", "question_mark", "help", "Help", "help for this view", _APP, "app", 1),
    Command(
        "app.palette",
        "colon,ctrl+p",
        "command_palette",
        "Commands",
        "all commands by name",
        _APP,
        "app",
        85,
        in_palette=False,
    ),
    Command("app.theme", "", "change_theme", "Colours", "choose other colours", _APP, "app"),
    Command("app.settings", "", "settings_path", "Settings", "where the settings file is", _APP, "app"),
    Command("app.back_out", "q", "back_out", "Quit", "back; at the top quit", _APP, "app", 15),
    Command("app.interrupt", "ctrl+c", "interrupt", "Stop", "say how to quit", _APP, "app", in_palette=False),
    Command("app.quit", "ctrl+q", "quit_now", "Quit now", "quit at once", _APP, "app", 0, False, True),
)


def in_scope(*scopes: str) -> Iterator[Command]:
    """The commands of some scopes, in the order they are declared."""
    return (command for command in COMMANDS if command.scope in scopes)


def bindings(*scopes: str) -> list[Binding]:
    """The bindings of some scopes, for a ``BINDINGS``."""
    return [command.binding for command in in_scope(*scopes) if command.keys]


def changes_store(action: str) -> bool:
    """Whether an action (by its bare name) is one that is absent while the store is locked."""
    return any(command.name == action and command.changes_store for command in COMMANDS)
