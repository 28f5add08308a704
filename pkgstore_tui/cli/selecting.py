"""Which configs are meant: refs, shortened or whole, as words of a command line or as lines of a file."""

from collections.abc import Iterable, Sequence
from typing import Final

import click

from pkgstore.errors import DiskError, InputError
from pkgstore.keys import ConfigKey
from pkgstore.reading import read_bytes
from pkgstore_tui.format import safe_text

SHORTEST: Final = 6
"""Digits of a source hash that are enough to name it."""


def select(words: Iterable[str], keys: Sequence[ConfigKey], *, where: str = "the store") -> list[ConfigKey]:
    """The configs that words stand for.

    Args:
        words: Each ``[PACKAGE@]SOURCE[/CONFIG]``, both hashes perhaps shortened.
        keys: What there is to choose from.
        where: What that is, for errors.

    Raises:
        click.UsageError: A word stands for nothing, or for more than one config of a platform.
    """
    found: dict[ConfigKey, None] = {}
    near: dict[
        str, list[ConfigKey]
    ] = {}  # a file may have thousands of words, a store hundreds of thousands of keys
    for key in keys:
        near.setdefault(key.source_hash[:SHORTEST], []).append(key)
    for word in words:
        package, _, ref = word.rpartition("@")
        source, _, config = ref.partition("/")
        if len(source) < SHORTEST:
            raise click.UsageError(
                safe_text(
                    f"{word!r} is no ref: write [PACKAGE@]SOURCE[/CONFIG], {SHORTEST} digits or more of SOURCE."
                )
            )
        matches = [
            key
            for key in near.get(source[:SHORTEST], ())
            if key.source_hash.startswith(source)
            and key.config_hash.startswith(config)
            and package in {"", key.package}
        ]
        _check(word, matches, where)
        found.update(dict.fromkeys(matches))
    return list(found)


def _check(word: str, matches: list[ConfigKey], where: str) -> None:
    if not matches:
        raise click.UsageError(safe_text(f"{where} has nothing that {word!r} stands for."))
    names = sorted({(key.package, key.ref) for key in matches})
    if len(names) > 1:
        shown = ", ".join(f"{package}@{ref}" for package, ref in names[:3])
        raise click.UsageError(safe_text(f"{word!r} stands for {len(names)} configs ({shown}); write more of it."))


def refs_in(path: str) -> list[str]:
    """The refs in a file: the last word of each line, if the line is not empty and no comment (``#``).

    Raises:
        DiskError: It cannot be read.
        InputError: It is no text.
    """
    try:
        text = read_bytes(path).decode()
    except FileNotFoundError as cause:
        raise DiskError("read this file", cause, path) from cause
    except UnicodeDecodeError as cause:
        raise InputError(f"is no text: {cause}", path=path, advice="write a ref a line") from cause
    lines = (line.partition("#")[0].split() for line in text.splitlines())
    return [words[-1] for words in lines if words]
