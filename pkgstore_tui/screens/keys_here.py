"""Which keys work on a screen just now: the users' own ones, as Textual has them."""

from typing import Any

from textual.screen import Screen

from pkgstore_tui.commands import shown_key


def keys_here(screen: Screen[Any]) -> dict[str, tuple[str, ...]]:
    """The keys of every command that works now, as people write them, by the command's id."""
    found: dict[str, dict[str, None]] = {}
    for key, entry in screen.active_bindings.items():
        if entry.enabled and entry.binding.id:
            found.setdefault(entry.binding.id, {})[shown_key(key)] = None
    return {name: tuple(keys) for name, keys in found.items()}
