"""Each command is declared once and is where it says: bound, defined, in help and palette."""

from itertools import combinations

import pytest

from pkgstore_tui.app import PkgstoreApp
from pkgstore_tui.commands import COMMANDS, bindings, changes_store, in_scope
from pkgstore_tui.screens.activity import ActivityScreen
from pkgstore_tui.screens.apps import AppsScreen
from pkgstore_tui.screens.command_log import CommandLog
from pkgstore_tui.screens.compare import CompareScreen
from pkgstore_tui.screens.evict import EvictDialog
from pkgstore_tui.screens.health import HealthScreen
from pkgstore_tui.screens.help import HelpScreen, help_facts
from pkgstore_tui.screens.job import JobScreen
from pkgstore_tui.screens.jobs import JobsScreen
from pkgstore_tui.screens.menu import Menu
from pkgstore_tui.screens.packages import PackagesScreen
from pkgstore_tui.screens.pin import PinDialog
from pkgstore_tui.screens.pins import PinsScreen
from pkgstore_tui.screens.plan import PlanDialog
from pkgstore_tui.screens.sorting import SortScreen
from pkgstore_tui.screens.users import UsersScreen
from pkgstore_tui.screens.viewer import ViewerScreen
from pkgstore_tui.screens.why import WhyScreen
from pkgstore_tui.screens.workers import WorkersScreen
from pkgstore_tui.widgets.choices import Choices
from pkgstore_tui.widgets.filter_bar import FilterText
from pkgstore_tui.widgets.row_table import RowTable

OWNERS = {
    "table": [RowTable],
    "view": [PackagesScreen, WorkersScreen],
    "rows": [PackagesScreen, WorkersScreen],
    "packages": [PackagesScreen],
    "filter": [FilterText, PackagesScreen],
    "sort": [SortScreen],
    "users": [UsersScreen],
    "workers": [WorkersScreen],
    "why": [WhyScreen],
    "activity": [ActivityScreen],
    "apps": [AppsScreen],
    "health": [HealthScreen],
    "dialog": [PlanDialog],
    "evict": [EvictDialog],
    "choice": [Choices],
    "job": [JobScreen],
    "jobs": [JobsScreen],
    "pins": [PinsScreen],
    "unpin": [PinsScreen, PinDialog],
    "help": [HelpScreen],
    "menu": [Menu],
    "viewer": [ViewerScreen],
    "compare": [CompareScreen],
    "log": [CommandLog],
    "app": [PkgstoreApp],
}
TOGETHER = (
    ("table", "view", "rows", "workers", "app"),
    ("table", "view", "rows", "packages", "app"),
    ("table", "view", "rows", "why", "app"),
    ("table", "view", "rows", "activity", "app"),
    ("table", "view", "rows", "apps", "app"),
    ("table", "view", "rows", "health", "app"),
    ("table", "sort"),
    ("table", "jobs"),
    ("table", "menu"),
    ("table", "log"),
    ("table", "compare"),
    ("table", "viewer"),
    ("dialog", "evict"),
    ("choice",),
    ("table", "pins", "unpin"),
    ("dialog", "unpin"),
    ("job",),
    ("help",),
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.id)
def test_each_command_has_an_action_and_a_help_row(command):
    for owner in [PkgstoreApp] if command.name.startswith("app.") else OWNERS[command.scope]:
        assert hasattr(owner, "action_" + command.name.removeprefix("app."))
    if command.keys:
        assert command.binding in bindings(command.scope)
        assert any(fact.value == command.help for fact in help_facts([(command, command.shown_keys.split())]))
    assert command.label
    assert command.help


def test_ids_are_unique_and_no_key_does_two_things():
    assert len({command.id for command in COMMANDS}) == len(COMMANDS)
    for scopes in TOGETHER:
        listed = [(key, command) for command in in_scope(*scopes) for key in command.keys.split(",") if key]
        for (key, one), (other, two) in combinations(listed, 2):
            assert key != other, f"{one.id} and {two.id} share {key}"


def test_what_changes_the_store_is_marked():
    assert {command.id for command in COMMANDS if command.changes_store} == {
        "store.evict",
        "store.evict_marked",
        "store.sweep",
        "store.free",
        "store.shrink",
        "store.populate",
        "store.ingest",
        "store.assemble",
        "store.pin",
        "pins.unpin",
        "store.undo",
        "activity.clean",
        "activity.clean_all",
        "activity.empty",
        "activity.sweeper",
        "health.accept",
        "health.repair",
        "health.repair_all",
    }
    assert changes_store("evict")
    assert not changes_store("into")
