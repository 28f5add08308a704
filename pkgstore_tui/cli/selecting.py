"""Which configs are meant: refs, shortened or whole, as words of a command line, lines of a file, or findings."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final

import click

from pkgstore.errors import DiskError, InputError
from pkgstore.keys import ConfigKey
from pkgstore.reading import read_bytes
from pkgstore.text_json import BadJSON, loads
from pkgstore_tui.cli.diagnostics import say
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


def chosen_in(path: str, keys: Sequence[ConfigKey], platforms: Collection[str]) -> list[ConfigKey]:
    """The configs that a file names.

    It has a ref a line: the last word, if the line is not empty and no comment (``#``). Or it is what ``check
    --json`` printed; then of its findings count those about one config that is better gone, on `platforms`, and
    still there. Advice is no reason to take anything away.

    Raises:
        DiskError: It cannot be read.
        InputError: It is neither.
        click.UsageError: A line stands for nothing, or for more than one config of a platform.
    """
    try:
        data = read_bytes(path)
    except FileNotFoundError as cause:
        raise DiskError("read this file", cause, path) from cause
    if data.lstrip().startswith(b"{"):
        return list(_found_in(data, path, frozenset(keys), platforms))
    try:
        text = data.decode()
    except UnicodeDecodeError as cause:
        raise InputError(f"is no text: {cause}", path=path, advice="write a ref a line") from cause
    lines = (line.partition("#")[0].split() for line in text.splitlines())
    return select([words[-1] for words in lines if words], keys)


def _found_in(
    data: bytes, path: str, keys: Collection[ConfigKey], platforms: Collection[str]
) -> Iterator[ConfigKey]:
    from pkgstore.check.report import EVICTABLE

    try:
        rows = [_texts(row) for row in loads(data)["findings"]]
    except (BadJSON, KeyError, TypeError) as cause:
        raise InputError(
            "is neither lines with refs nor what `pkgstore check --json` prints",
            path=path,
            advice="write a ref a line",
        ) from cause
    left_out = 0
    for code, severity, *names in rows:
        key = ConfigKey(*names)
        if code in EVICTABLE and severity != "advice" and key.platform in platforms and key in keys:
            yield key
        else:
            left_out += 1
    if left_out:
        say(f"{path}: left out {left_out:,} of {len(rows):,} findings: no config that is better gone, or not there")


def _texts(row: Any) -> list[str]:
    """Code, severity and the parts of a key; what is no text is empty."""
    found = [row[name] for name in ("code", "severity", *ConfigKey._fields)]
    return [text if isinstance(text, str) else "" for text in found]
