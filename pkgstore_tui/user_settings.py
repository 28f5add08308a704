"""A user's settings file: what is in it, and what is wrong with it. Reads one file; knows no interface.

Nothing here stops the program: a value that cannot be used is told, and the rest still counts.
"""

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pkgstore.cache import cache_file
from pkgstore.durations import parse_duration
from pkgstore.errors import StoreError
from pkgstore.reading import read_bytes
from pkgstore_tui.format import safe_text
from pkgstore_tui.toml_file import LARGEST, NoTOML, parse_toml

CLIPBOARDS: Final = ("auto", "terminal", "show")
"""``terminal`` sends what is copied through the terminal, ``show`` shows it; ``auto`` chooses."""

MOST_NAMED: Final = 4


@dataclass(frozen=True, slots=True)
class UserSettings:
    """What a user asked for; the defaults where he did not.

    `theme` is empty for the first one, `ascii` None for what the locale can show, `keys` are Textual's key lists by
    a command's id, `hidden` the titles of columns, `complaints` one sentence for each thing that is wrong.
    """

    theme: str = ""
    ascii: bool | None = None
    clipboard: str = "auto"
    retention: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    complaints: tuple[str, ...] = ()


class _Wrong(ValueError):
    """A value that cannot be used; the text says why and what would do."""


def cache_path(root: str) -> str:
    """The file, in the user's cache folder, that remembers what a store's small files said.

    Args:
        root: The store.
    """
    from platformdirs import user_cache_dir

    return cache_file(user_cache_dir("pkgstore-tui", appauthor=False), root)


def settings_path() -> str:
    """Where the settings file is looked for; it need not be there."""
    from platformdirs import user_config_dir

    return os.path.join(user_config_dir("pkgstore-tui", appauthor=False), "settings.toml")


def read_user_settings(path: str, *, themes: Collection[str]) -> UserSettings:
    """Read a settings file; without one, the defaults.

    Args:
        path: The file.
        themes: The names of the themes that there are.
    """
    try:
        document = parse_toml(read_bytes(path, largest=LARGEST))
    except FileNotFoundError:
        return UserSettings()
    except StoreError as error:
        return UserSettings(complaints=(f"the settings file was left out: {error}",))
    except NoTOML as error:
        why = f"{path}: is no TOML, so none of it counts: {error}; mend it, or see pkgstore-tui --print-settings"
        return UserSettings(complaints=(why,))
    return settings_of(document, path, themes=themes)


def settings_of(document: Mapping[str, Any], path: str, *, themes: Collection[str]) -> UserSettings:
    """The settings in a TOML document.

    Args:
        document: As `parse_toml` gives it.
        path: Where it came from, for the complaints.
        themes: The names of the themes that there are.
    """
    settings, complaints = UserSettings(), list[str]()
    for name, value in document.items():
        if name not in _READERS:
            known = ", ".join(_READERS)
            complaints.append(f"{path}: there is no setting {name!r}; there are {known}")
            continue
        try:
            changes: dict[str, Any] = {_FIELDS.get(name, name): _READERS[name](value, themes)}
            settings = replace(settings, **changes)
        except _Wrong as error:
            complaints.append(f"{path}: {name} {error}")
    return replace(settings, complaints=tuple(complaints))


# --- the values ---------------------------------------------------------------------------------------------------


def _one_of(value: object, known: Collection[str]) -> str:
    if not isinstance(value, str) or value not in known:
        names = list(known)
        more = ", or another that the palette offers" if len(names) > MOST_NAMED else ""
        raise _Wrong(f"cannot be {_shown(value)}; it is one of {', '.join(names[:MOST_NAMED])}{more}")
    return value


def _theme(value: object, themes: Collection[str]) -> str:
    return _one_of(value, themes)


def _flag(value: object, _themes: Collection[str]) -> bool:
    if not isinstance(value, bool):
        raise _Wrong(f"cannot be {_shown(value)}; it is true or false")
    return value


def _clipboard(value: object, _themes: Collection[str]) -> str:
    return _one_of(value, CLIPBOARDS)


def _retention(value: object, _themes: Collection[str]) -> str:
    try:
        if isinstance(value, str) and parse_duration(value) >= 0:
            return value
    except StoreError:
        pass
    raise _Wrong(f'cannot be {_shown(value)}; it is a time in quotes, as in "720h" or "30d"')


def _keys(value: object, _themes: Collection[str]) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise _Wrong(f'cannot be {_shown(value)}; it is a table with rows such as "table.down" = "j,down"')
    return {name: keys if isinstance(keys, str) else "" for name, keys in _rows(value)}


def _rows(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """The rows of a table; an id whose quotes were forgotten makes a table in the table."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _rows(value, f"{before}{name}.")
        else:
            yield before + name, value


def _hidden(value: object, _themes: Collection[str]) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(title, str) for title in value):
        raise _Wrong(f'cannot be {_shown(value)}; it is a list of titles, as in ["USERS", "LINKS TO"]')
    return frozenset(title.upper() for title in value)


def _shown(value: object) -> str:
    text = safe_text(repr(value))
    return text if len(text) <= 40 else text[:39] + "…"


_Reader = Callable[[object, Collection[str]], object]
_READERS: Final[dict[str, _Reader]] = {
    "theme": _theme,
    "ascii": _flag,
    "clipboard": _clipboard,
    "retention": _retention,
    "hidden_columns": _hidden,
    "keys": _keys,
}
_FIELDS: Final = {"hidden_columns": "hidden"}


# --- an example ---------------------------------------------------------------------------------------------------


def example(path: str, themes: Collection[str], keys: Mapping[str, tuple[str, str]]) -> str:
    """A commented settings file in which nothing is set.

    Args:
        path: Where it belongs.
        themes: The names of the themes that there are.
        keys: By command, its own keys and what it does.
    """
    first = next(iter(themes), "")
    lines = [
        f"# Settings of pkgstore-tui. They belong in {safe_text(path)}",
        "# Take away the # before what you want to change.",
        "",
        f"# The colours: {', '.join(themes)}.",
        f'#theme = "{first}"',
        "",
        "# Signs and frames in plain ASCII; without this, only where the locale has nothing else.",
        "#ascii = true",
        "",
        "# How y copies: terminal (OSC 52), show (a box to select from), auto (show where TERM has no clipboard).",
        '#clipboard = "auto"',
        "",
        "# The retention that the eviction dialog begins with, where the server's configuration has none.",
        '#retention = "30d"',
        "",
        "# Columns that are not wanted, by their titles.",
        '#hidden_columns = ["USERS"]',
        "",
        "# Other keys: all the keys of a command, with commas between them.",
        "[keys]",
    ]
    lines += [f'#"{name}" = "{own}"  # {what}' for name, (own, what) in keys.items()]
    return "\n".join(lines)
