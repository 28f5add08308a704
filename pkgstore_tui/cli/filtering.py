"""Which configs a filter lets through: the words of a command line, exact package names before all others."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from pkgstore.keys import ConfigKey
from pkgstore.model import ConfigRecord
from pkgstore.snapshot import Snapshot
from pkgstore_tui.cli.reading import Look
from pkgstore_tui.format import safe_text

if TYPE_CHECKING:
    from pkgstore.query import Query, QueryError


class WrongFilter(click.UsageError):
    """A filter, or the name of a field, that cannot be understood; shows where."""

    def __init__(self, error: "QueryError", text: str, option: str = "") -> None:
        start = safe_text(text[: error.column - 1])
        super().__init__(safe_text(str(error)))
        self.lines = (safe_text(f"{option}{text}"), " " * (len(option) + len(start)) + "^" * error.length)


def configs_of(snapshot: Snapshot, packages: Iterable[str], platform: str) -> Iterator[ConfigRecord]:
    """The configs of some packages (all, if there are none) on one platform (all, if it is empty), by key."""
    names = frozenset(packages)
    for key in sorted(snapshot.sources):
        if (not names or key.package in names) and platform in {"", key.platform}:
            yield from snapshot.sources[key].configs


def chosen_configs(
    look: Look, words: Sequence[str], *, platform: str = "", sort: str = "", reverse: bool = False
) -> tuple[list[ConfigRecord], list[str]]:
    """The configs that a filter lets through.

    Args:
        look: The reading.
        words: The names of packages that there are stand for these packages, any of them; of all others each has
            to be met.
        platform: Only this one.
        sort: A field's name; by key, if empty.
        reverse: Turn the order round.

    Returns:
        The configs, and those names that stand for nothing.

    Raises:
        WrongFilter: The words are no filter, or there is no such field.
    """
    packages = {key.package for key in look.snapshot.sources}
    exact = [word for word in words if word in packages]
    unknown = [word for word in words if word not in packages and _is_plain(word) and not _occurs(word, packages)]
    terms = [word for word in words if word not in packages and not (exact and word in unknown)]
    chosen = list(configs_of(look.snapshot, exact, platform))
    found = _filtered(look, chosen, " ".join(terms), sort, reverse) if terms or sort else chosen[:: 1 - 2 * reverse]
    left = {config.key.package for config in found}
    return found, [*unknown, *(word for word in exact if word not in left)]


def _is_plain(word: str) -> bool:
    """Whether a word can only be a name: no sign of the filter language is in it."""
    return not any(sign in word for sign in '!"*?|<>=: \t\n')


def _occurs(word: str, packages: Iterable[str]) -> bool:
    return any(word.casefold() in package.casefold() for package in packages)


def _filtered(look: Look, rows: list[ConfigRecord], text: str, sort: str, reverse: bool) -> list[ConfigRecord]:
    from pkgstore.fields import Context, config_fields
    from pkgstore.query import QueryError, Sheet, parse

    def size(key: ConfigKey) -> int | None:
        found = look.size(key)
        return None if found is None else found.apparent

    def own(key: ConfigKey) -> int | None:
        found = look.own(key)
        return None if found is None else found.apparent

    fields = config_fields(Context(look.snapshot, look.roots, look.names, size, own, look.created))
    sheet = Sheet(rows, fields, look.now)
    query: Query | None = None
    try:
        query = parse(text, fields)
        shown = sheet.view(query)
    except QueryError as error:
        raise WrongFilter(error, text) from error
    try:
        return list(sheet.view(query, sort or None, reverse)) if sort or reverse else list(shown)
    except QueryError as error:
        raise WrongFilter(error, sort, "--sort ") from error
