"""The pages that are made by running the programs say what the programs say."""

from pathlib import Path

from stories import geo
from stories.telling import PAGE, TEMPLATE, page


def test_the_story_of_why_is_what_the_commands_print(tmp_path: Path):
    root = geo.make(tmp_path / "bundles")
    assert page(TEMPLATE.read_text(), root) == PAGE.read_text(), "make stories writes it again"
