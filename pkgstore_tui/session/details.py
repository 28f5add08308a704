"""What the small files of single configs say: when one was made, and its package's title. Read when asked for."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pkgstore.codec import read_config_meta
from pkgstore.description import read_description
from pkgstore.errors import StoreError
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout

KEPT: Final = 10_000
"""How many are remembered."""


@dataclass(frozen=True, slots=True)
class Detail:
    """When a config was made, in seconds since 1970, and its package's title; None and empty where unknown."""

    created: float | None = None
    title: str = ""


def read_detail(layout: Layout, key: ConfigKey) -> Detail:
    """What the files of one config say now; what cannot be read is not known."""
    return Detail(_created(layout, key), _title(layout, key))


def _created(layout: Layout, key: ConfigKey) -> float | None:
    try:
        return read_config_meta(layout.sidecar(key)).created_at.timestamp()
    except (StoreError, OSError, ValueError, OverflowError):
        return None


def _title(layout: Layout, key: ConfigKey) -> str:
    try:
        return (read_description(f"{layout.config(key)}/DESCRIPTION") or {}).get("Title", "")
    except (StoreError, OSError):
        return ""


class DetailBook:
    """Details that were read. Only `read` touches the disk, so call that in a thread."""

    def __init__(self, layout: Layout) -> None:
        """Nothing is known."""
        self._layout = layout
        self._known: dict[ConfigKey, Detail] = {}

    def get(self, key: ConfigKey) -> Detail | None:
        """What was read of a config; None where nobody has looked yet."""
        return self._known.get(key)

    def read(self, key: ConfigKey) -> Detail:
        """What there is to know of a config, from the disk where nobody has looked yet."""
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= KEPT:
                self._known.clear()
            found = self._known[key] = read_detail(self._layout, key)
        return found

    def forget(self, keys: Iterable[ConfigKey]) -> None:
        """Read these again when they are asked for."""
        for key in keys:
            self._known.pop(key, None)


class NoDetails(DetailBook):
    """Knows nothing and reads nothing: for a saved scan, whose files are elsewhere."""

    def read(self, key: ConfigKey) -> Detail:  # noqa: ARG002
        """Nothing is known."""
        return Detail()
