"""The README, and the page on checking, tell of the programs as they are."""

from pathlib import Path

import pytest

from pkgstore.findings import CODES
from pkgstore_tui.commands import COMMANDS
from readme import CHECKING, README, WRITTEN, keys, written


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_what_is_generated_is_up_to_date(path: Path) -> None:
    text = path.read_text()
    assert written(text) == text, "run: make readme"


def test_every_code_is_told_of() -> None:
    text = CHECKING.read_text()
    assert all(f"`{code}` | {CODES[code].severity.value}" in text for code in CODES)


def test_every_key_is_in_it() -> None:
    table = keys()
    for command in COMMANDS:
        if command.keys:
            assert command.help in table


def test_every_picture_is_there() -> None:
    pictures = [part.partition(")")[0] for part in README.read_text().split("](")[1:]]
    for path in pictures:
        assert (README.parent / path).exists(), path
