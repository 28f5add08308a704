"""The README tells of the programs as they are."""

from pkgstore_tui.commands import COMMANDS
from readme import README, keys, written


def test_what_is_generated_is_up_to_date() -> None:
    text = README.read_text()
    assert written(text) == text, "run: make readme"


def test_every_key_is_in_it() -> None:
    table = keys()
    for command in COMMANDS:
        if command.keys:
            assert command.help in table


def test_every_picture_is_there() -> None:
    pictures = [part.partition(")")[0] for part in README.read_text().split("](")[1:]]
    for path in pictures:
        assert (README.parent / path).exists(), path
