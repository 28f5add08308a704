"""A pipe, a socket, a device, a file or a folder in place of any file or folder: no command that writes hangs."""

from pathlib import Path
from random import Random

import pytest
from cli_helpers import Runner
from test_mutations import SOON, soon

from escapes import COMMANDS, PLACES, World
from mutations import KINDS
from pkgstore_tui.cli.diagnostics import ExitCode

FEW, MANY = 6, 40
"""Cases for each command: in every run of the tests, and in the campaign."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One world, of which each case has a copy."""
    return World.make(tmp_path_factory.mktemp("template") / "world")


def ends_well(template: World, folder: Path, run: Runner, name: str, cases: list[tuple[str, str]]) -> None:
    for number, (place, kind) in enumerate(cases):
        world = template.copy(folder / str(number))
        KINDS[kind](world.root / place, Random(0), world.twin)
        try:
            with world.guarded(), soon(SOON):
                ran = run(*world.commands()[name])
            assert ran.code in set(ExitCode)
            assert "Traceback" not in ran.err
        except BaseException as error:
            error.add_note(f"{name}, with a {kind} for {place}")
            raise


ALL = [(place, kind) for place in PLACES for kind in KINDS]


@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_waits_for_what_is_no_file(template: World, tmp_path: Path, run: Runner, name: str) -> None:
    ends_well(template, tmp_path, run, name, Random(name).sample(ALL, FEW))


@pytest.mark.campaign
@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_ever_waits_for_what_is_no_file(template: World, tmp_path: Path, run: Runner, name: str) -> None:
    ends_well(template, tmp_path, run, name, Random(f"many {name}").sample(ALL, MANY))
