"""What an import brings along, seen in a fresh interpreter: the static contracts cannot see deferred imports."""

import subprocess
import sys
from importlib.resources import files

import pytest

import pkgstore

INTERFACE = {"textual", "rich"}
PROGRAMS = {*INTERFACE, "click", "humanize", "pkgstore_tui"}


def loaded_by(statement: str) -> set[str]:
    """Top-level names of the modules that a statement loads."""
    code = f"import sys\n{statement}\nprint(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_the_library_loads_nothing_of_any_interface() -> None:
    assert loaded_by("import pkgstore") & PROGRAMS == set()


def test_all_of_the_library_loads_nothing_of_any_interface() -> None:
    walk = "import importlib, pkgutil, pkgstore\n" + (
        "for m in pkgutil.walk_packages(pkgstore.__path__, 'pkgstore.'): importlib.import_module(m.name)"
    )
    assert loaded_by(walk) & PROGRAMS == set()


def test_only_the_watcher_loads_watchdog() -> None:
    assert "watchdog" not in loaded_by("import pkgstore, pkgstore.store, pkgstore.operations.tool")
    assert "watchdog" in loaded_by("import pkgstore.watch")


@pytest.mark.parametrize(
    "module", ["pkgstore_tui.cli", "pkgstore_tui.cli.explaining", "pkgstore_tui.format", "pkgstore_tui.settings"]
)
def test_the_command_line_loads_nothing_of_the_terminal_interface(module: str) -> None:
    assert loaded_by(f"import {module}") & INTERFACE == set()


def test_an_import_starts_nothing_and_says_nothing() -> None:
    code = "import threading, pkgstore, pkgstore.watch, pkgstore.locks; print(threading.active_count())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_the_library_is_marked_as_typed() -> None:
    assert files(pkgstore).joinpath("py.typed").is_file()
