"""A symbolic link in place of any file or folder of a store: no command that writes gets out of the store by it."""

from pathlib import Path

import pytest
from cli_helpers import Runner

from builders import PLATFORM
from escapes import COMMANDS, PLACES, World
from pkgstore_tui.cli.diagnostics import ExitCode

NAMING = frozenset({"evict refs", "pin", "clean worker"})
"""What these name on the command line is not there any more where a link took its place."""

SOME = 8
"""Of the places, one in so many is tried by each command in every run of the tests; all of them in the campaign."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One world, of which each case has a copy."""
    return World.make(tmp_path_factory.mktemp("template") / "world")


def test_the_commands_are_all_there_and_each_does_something(template: World, tmp_path: Path, run: Runner) -> None:
    """Without any link each of them ends well: what the others show is the work of the links."""
    assert set(template.commands()) == set(COMMANDS)
    for number, name in enumerate(COMMANDS):
        world = template.copy(tmp_path / str(number))
        with world.guarded():
            ran = run(*world.commands()[name])
        assert ran.code in {ExitCode.DONE, ExitCode.FINDINGS}, (name, ran)


def stays_inside(template: World, folder: Path, run: Runner, name: str, places: tuple[str, ...]) -> None:
    for number, place in enumerate(places):
        world = template.copy(folder / str(number))
        world.swap(place)
        try:
            with world.guarded():
                ran = run(*world.commands()[name])
            assert ran.code in set(ExitCode)
            assert ran.code != ExitCode.USAGE or place == PLATFORM or name in NAMING, ran.err
            assert "Traceback" not in ran.err
        except BaseException as error:
            error.add_note(f"{name}, with a link for {place}")
            raise


@pytest.mark.parametrize("name", COMMANDS)
def test_a_link_leads_no_change_out(template: World, tmp_path: Path, run: Runner, name: str) -> None:
    first = COMMANDS.index(name) % SOME
    stays_inside(template, tmp_path, run, name, PLACES[first::SOME])


@pytest.mark.campaign
@pytest.mark.parametrize("name", COMMANDS)
def test_no_link_leads_a_change_out(template: World, tmp_path: Path, run: Runner, name: str) -> None:
    stays_inside(template, tmp_path, run, name, PLACES)
