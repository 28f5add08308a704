"""What the interface does, as command lines of `pkgstore` that can be pasted into a shell. Pure."""

import shlex
from collections.abc import Iterable, Sequence

from pkgstore.keys import ConfigKey


def line(command: str, *arguments: str, store: str = "", **options: str | bool | Sequence[str]) -> str:
    """One command line, every word of it quoted for a shell.

    Args:
        command: The name of the command.
        arguments: Its arguments; empty ones are left out.
        store: The store root; left out where it is empty.
        options: Long options with their values; underscores stand for dashes, empty ones are left out. True stands
            for an option that has no value; one that may be given again and again has a sequence of values.
    """
    words = ["pkgstore", command, *(word for word in arguments if word)]
    for name, value in {**options, "store": store}.items():
        option = f"--{name.replace('_', '-')}"
        if isinstance(value, bool):
            words += [option] if value else []
        else:
            for text in [value] if isinstance(value, str) else value:
                words += [option, text] if text else []
    return " ".join(map(quoted, words))


def quoted(word: str) -> str:
    """A word for a shell; what could not be pasted (control characters, bytes that are no text) in ``$'…'``."""
    if word.isprintable():
        return shlex.quote(word)
    return "$'" + "".join(map(_escaped, word)) + "'"


def _escaped(character: str) -> str:
    if character in "'\\":
        return "\\" + character
    if character.isprintable():
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogateescape"))


def show_line(key: ConfigKey, store: str) -> str:
    """The command that shows one config."""
    return line("show", key.package, key.ref, platform=key.platform, store=store)


def ls_line(words: Iterable[str], store: str, *, platform: str = "") -> str:
    """The command that lists what a view shows; `words` are package names, or a filter."""
    return line("ls", *words, platform=platform, store=store)
