"""The one table of signs beyond ASCII, and the filter that draws their stand-ins where a terminal has none of them.

A filter sees each line after it was drawn, so it holds for borders, scroll bars and toasts as for our own text.
"""

import locale
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_LINES: Final = {"─━═╌┄╴╶╸╺": "-", "│┃║╎┆▏▕▎▍▌▐": "|", "┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛┣┫┳┻╋╔╗╚╝╠╣╦╩╬": "+"}
_SIGNS: Final = {
    "…": "~",
    "›▸▶❯→": ">",
    "‹◂◀←": "<",
    "↑▲△▴": "^",
    "↓▼▽▾": "v",
    "●•◉": "*",
    "○◌◦": "o",
    "·": "-",
    "−–—": "-",
    "×✗✘": "x",
    "↔⇄": "-",
    "✓✔": "v",
    "“”„": '"',
    "‘’": "'",
    "≥": ">",
    "≤": "<",
    "≈": "~",
    "⏎": "<",
    "⌫": "<",
    "█▉▊▋■▇▆▅": "#",
    "▁▂▃▄▔▀░▒▓": " ",
    "\xa0": " ",
    "\N{SYMBOL FOR LINE FEED}": "\\",
}

ASCII: Final[Mapping[int, str]] = {
    ord(sign): stand_in for signs, stand_in in (_LINES | _SIGNS).items() for sign in signs
}
"""What stands for a sign, of the same width: by code point, as `str.translate` takes it."""


@lru_cache(4096)
def in_ascii(text: str) -> str:
    """`text` in ASCII and in as many cells; what the table lacks is a question mark."""
    if text.isascii():
        return text
    return "".join(sign if sign.isascii() else "?" * cell_len(sign) for sign in text.translate(ASCII))


def locale_is_plain() -> bool:
    """Whether the locale's encoding lacks the signs that are drawn otherwise."""
    return locale.getencoding().replace("-", "").casefold() not in {"utf8", "cp65001"}


@lru_cache(4096)
def without_harm(text: str) -> str:
    """`text` in as many cells without any character that moves a cursor, hides or turns text round."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else _stand_in(sign) * cell_len(sign) for sign in text)


def _stand_in(sign: str) -> str:
    return " " if sign.isspace() else "\ufffd"


class HarmlessFilter(LineFilter):
    """The last gate before the terminal, for texts of widgets that are not ours: input fields, toasts, file lists.

    Our own texts have their pictures for such characters by then (`pkgstore_tui.format.safe_text`).
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """The line without anything that a terminal obeys."""
        if all(segment.text.isprintable() for segment in segments):
            return segments
        return [Segment(without_harm(segment.text), segment.style, segment.control) for segment in segments]


class AsciiFilter(LineFilter):
    """Puts the stand-ins into each line."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """The line in ASCII."""
        return [
            segment if segment.text.isascii() else Segment(in_ascii(segment.text), segment.style, segment.control)
            for segment in segments
        ]
