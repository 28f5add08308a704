"""The command line that gives what a view shows. Pure."""

from collections.abc import Sequence
from typing import Any, Final

from pkgstore.keys import ConfigKey, SourceKey
from pkgstore_tui.command_lines import line
from pkgstore_tui.screens.level import Level

OF_VIEWS: Final = {"overview": "df", "apps": "roots", "workers": "workers", "health": "check", "activity": "locks"}
"""The commands that show what a view begins with; views that have none of their own have no line."""


def present_line(
    view: str, level: Level[Any] | None, store: str, *, words: str = "", sort: str = "", reverse: bool = False
) -> str:
    """The command line for what is shown, empty where there is none.

    Args:
        view: The view's name.
        level: Its present level, None where it has none.
        store: The store root.
        words: The filter.
        sort: The field that is sorted by, empty for as the rows come.
        reverse: Whether the order is turned round.
    """
    if worker := getattr(level, "worker", ""):
        return line("show", f"worker:{worker}", store=store)
    if level is not None and getattr(level, "rehearses", False):
        return line("coldstart", getattr(level, "app", ""), platform=level.on_platform, store=store)
    if app := getattr(level, "app", ""):
        return line("show", f"app:{app}", store=store)
    key = getattr(level, "config", None) or getattr(level, "source", None)
    if isinstance(key, ConfigKey | SourceKey):
        ref = key.ref if isinstance(key, ConfigKey) else key.source_hash
        return line("show", key.package, ref, platform=key.platform, store=store)
    if view in OF_VIEWS:
        return line(OF_VIEWS[view], store=store)
    if view != "packages" or level is None:
        return ""
    named = [getattr(level, "package", ""), *_words(words)]
    return line("ls", *named, platform=level.on_platform, sort=sort, store=store) + (
        " --reverse" if reverse else ""
    )


def _words(text: str) -> Sequence[str]:
    """The terms of a filter; one with quotes stays as it is, since they hold its terms together."""
    return [text] if '"' in text else text.split()
