"""Users' own keys: which of them can be used, and what is wrong with the others. Pure."""

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Final

from textual.keys import KEY_NAME_REPLACEMENTS, KEY_TO_UNICODE_NAME, REPLACED_KEYS, Keys

from pkgstore_tui.commands import COMMANDS, Command, shown_key
from pkgstore_tui.format import safe_text

MODIFIERS: Final = frozenset({"ctrl", "shift", "alt", "super", "meta", "hyper"})
NAMED: Final = frozenset(key.value for key in Keys if not key.value.startswith("<"))
EVERYWHERE: Final = frozenset({"app", "view", "rows", "table"})
"""Scopes that are within reach in every view."""

VIEWS: Final = frozenset({"overview", "packages", "apps", "workers", "why", "health", "activity"})

WITHOUT_TABLE: Final = frozenset({"dialog", "job", "help", "filter"})
"""Scopes over a view that have no list to move in, or keys of their own for it."""


def check_keys(given: Mapping[str, str], path: str = "") -> tuple[dict[str, str], tuple[str, ...]]:
    """The keys that can be used, as Textual wants them, and a sentence for each row that cannot.

    Args:
        given: By a command's id, keys with commas between them.
        path: The file they came from, for the sentences.
    """
    keys: dict[str, str] = {}
    complaints: list[str] = []
    known = {command.id: command for command in COMMANDS}
    for name, text in given.items():
        why = _wrong(known.get(name), text)
        if why:
            complaints.append(f"{path}: keys: {safe_text(name)} {why}")
            continue
        keys[name] = ",".join(dict.fromkeys(_normal(key) for key in _split(text)))
    while clash := next(_clashes(keys), None):
        name, key, other = clash
        del keys[name]
        why = f"cannot have {shown_key(key)}, which {other} has; it keeps its own keys"
        complaints.append(f"{path}: keys: {name} {why}")
    return keys, tuple(complaints)


def _split(text: str) -> list[str]:
    """The keys of a list; a comma by itself is called ``comma``."""
    return [key.strip() or ("space" if key else "") for key in text.split(",")]


def _wrong(command: Command | None, text: str) -> str:
    if command is None:
        return "is no command; pkgstore-tui --print-settings lists them"
    if not command.keys:
        return "has no keys; it is in the palette only"
    wrong = next((key for key in _split(text) if not _is_key(key)), None)
    if wrong is None:
        return ""
    shown = f"{safe_text(wrong)!r} is no key" if wrong else "needs its keys in quotes"
    return f'{shown}; write them as in "j,down" or "ctrl+d"'


def _parts(key: str) -> tuple[list[str], str]:
    """The modifiers and the key itself, which may be a plus sign."""
    if key == "+" or key.endswith("++"):
        return key.removesuffix("+").removesuffix("+").split("+") if len(key) > 1 else [], "+"
    *modifiers, last = key.split("+")
    return modifiers, last


def _is_key(key: str) -> bool:
    modifiers, last = _parts(key)
    if not last or not MODIFIERS.issuperset(modifiers):
        return False
    if len(last) == 1:
        return last.isprintable()
    return last in NAMED or last in KEY_TO_UNICODE_NAME or last in REPLACED_KEYS or _is_character_name(last)


def _is_character_name(name: str) -> bool:
    try:
        unicodedata.lookup(name.replace("_", " ").upper())
    except KeyError:
        return False
    return True


def _normal(key: str) -> str:
    """A key by the name that Textual gives it: ``?`` is ``question_mark``."""
    modifiers, last = _parts(key)
    if len(last) == 1 and not last.isalnum():
        name = unicodedata.name(last, last).lower().replace("-", "_").replace(" ", "_")
        last = KEY_NAME_REPLACEMENTS.get(name, name)
    return "+".join([*modifiers, last])


# --- two commands with one key --------------------------------------------------------------------------------


def together(one: str, other: str) -> bool:
    """Whether the commands of two scopes can be within reach at the same time."""
    if one == other:
        return True
    both = {one, other}
    if both <= EVERYWHERE | VIEWS:
        return bool(both & EVERYWHERE)
    if "unpin" in both and both & {"pins", "dialog"}:  # dialogs with pins in them have both
        return True
    return "table" in both and not both & WITHOUT_TABLE


def _clashes(keys: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """The user's command, the key, and the other command that has it; the last row of the file gives way."""
    for command in reversed([c for name in keys for c in COMMANDS if c.id == name]):
        mine = set(keys[command.id].split(","))
        for other in COMMANDS:
            if other is command or not together(command.scope, other.scope):
                continue
            both = mine & set(keys.get(other.id, other.keys).split(",")) - {""}
            if both:
                yield command.id, min(both), other.id
                break
