"""The screens, one a file: each composes widgets, handles their messages and talks to the session."""

from pathlib import Path, PurePath
from typing import Final

STYLES: Final = Path(__file__).resolve().parent.parent / "styles"


def style_files(*names: str) -> list[str | PurePath]:
    """The style files of a screen and of the screens it is made of.

    They are named by absolute paths, so that a subclass in another folder finds them too, and all of them: a
    screen does not load those of its base class.
    """
    return [STYLES / f"{name}.tcss" for name in names]
