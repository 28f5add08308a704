"""The screens, one a file: each composes widgets, handles their messages and talks to the session."""

from pathlib import Path, PurePath
from typing import Final

STYLES: Final = Path(__file__).resolve().parent.parent / "styles"


GENERAL: Final = ("app", "dialog", "plan", "view")
"""The style files that others go on from."""


def style_files() -> list[str | PurePath]:
    """Every style file, the general ones first, by absolute paths: a subclass in another folder finds them too.

    The app loads them all when it starts: a screen that brought its own would stop everything for a quarter of a
    second, when it is shown for the first time.
    """
    general = [STYLES / f"{name}.tcss" for name in GENERAL]
    return [*general, *sorted(path for path in STYLES.glob("*.tcss") if path not in general)]
