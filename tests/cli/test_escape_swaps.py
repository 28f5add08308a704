"""A link that takes the place of a file or folder while a command runs, between any look and any use of it.

Every call that opens, looks or changes is a moment at which it may happen; at one of them it does.
"""

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_helpers import Runner

from escapes import COMMANDS, PLACES, World
from kill_points import CALLS
from pkgstore import fence, files
from pkgstore_tui.cli.diagnostics import ExitCode

FEW, MANY = 4, 60
"""Swaps for each command: in every run of the tests, and in the campaign."""

_LOOKS = ("open", "scandir", "stat", "lstat", "listdir")


class Moments:
    """Counts the calls, and does something before one of them."""

    def __init__(self, number: int, do: Callable[[], None]) -> None:
        self.count = 0
        self._number, self._do = number, do
        self._is_free = True

    def patch(self, patched: pytest.MonkeyPatch) -> None:
        for name in dict.fromkeys((*CALLS, *_LOOKS)):
            patched.setattr(os, name, self._wrap(getattr(os, name)))
        patched.setattr(files, "rename_with", self._wrap(files.rename_with))
        patched.setattr(fence, "_open_below", self._wrap(fence._open_below))

    def _wrap(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            if self._is_free:
                self._is_free = False
                try:
                    if self.count == self._number:
                        self._do()
                finally:
                    self.count += 1
                    self._is_free = True
            return real(*args, **options)

        return call


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One world, of which each case has a copy."""
    return World.make(tmp_path_factory.mktemp("template") / "world")


def moments_of(world: World, run: Runner, name: str) -> int:
    """How many moments a command has when nothing is swapped."""
    moments = Moments(-1, lambda: None)
    with pytest.MonkeyPatch.context() as patched:
        moments.patch(patched)
        assert run(*world.commands()[name]).code in {ExitCode.DONE, ExitCode.FINDINGS}
    return moments.count


def swaps(template: World, folder: Path, run: Runner, name: str, cases: int) -> None:
    count = moments_of(template.copy(folder / "count"), run, name)
    assert count > 20
    chance = random.Random(f"swap {name}")
    for number in range(cases):
        moment, place = chance.randrange(count), chance.choice(PLACES)
        world = template.copy(folder / str(number))
        moments = Moments(moment, lambda world=world, place=place: world.swap(place))  # type: ignore[misc]
        try:
            with world.guarded(), pytest.MonkeyPatch.context() as patched:
                line = world.commands()[name]
                moments.patch(patched)
                ran = run(*line)
            assert ran.code in set(ExitCode)
            assert "Traceback" not in ran.err
        except BaseException as error:
            error.add_note(f"{name}, with a link for {place} at moment {moment} of {count}")
            raise


@pytest.mark.parametrize("name", COMMANDS)
def test_a_link_put_there_meanwhile_leads_no_change_out(
    template: World, tmp_path: Path, run: Runner, name: str
) -> None:
    swaps(template, tmp_path, run, name, FEW)


@pytest.mark.campaign
@pytest.mark.parametrize("name", COMMANDS)
def test_no_link_put_there_meanwhile_leads_a_change_out(
    template: World, tmp_path: Path, run: Runner, name: str
) -> None:
    swaps(template, tmp_path, run, name, MANY)
