"""The titles of packages, as DESCRIPTION has them. Read when asked for."""

from typing import Final

from pkgstore.description import read_description
from pkgstore.errors import StoreError
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout

KEPT: Final = 10_000
"""How many are remembered."""


class TitleBook:
    """Titles that were read."""

    def __init__(self, layout: Layout) -> None:
        """Nothing is known."""
        self._layout = layout
        self._known: dict[ConfigKey, str] = {}

    def read(self, key: ConfigKey) -> str:
        """A package's title by one of its configs; empty where it is not known. Touches the disk."""
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= KEPT:
                self._known.clear()
            found = self._known[key] = _title(self._layout, key)
        return found


def _title(layout: Layout, key: ConfigKey) -> str:
    try:
        return (read_description(f"{layout.config(key)}/DESCRIPTION") or {}).get("Title", "")
    except (StoreError, OSError):
        return ""


class NoTitles(TitleBook):
    """Knows nothing and reads nothing: for a saved scan, whose files are elsewhere."""

    def read(self, key: ConfigKey) -> str:  # noqa: ARG002
        """Nothing is known."""
        return ""
