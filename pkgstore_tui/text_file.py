"""A file as lines to look at: bounded, whatever it holds; JSON laid out. Reads one file; draws nothing."""

import re
import stat
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson

from pkgstore.errors import StoreError
from pkgstore.reading import read_head
from pkgstore.text_json import BadJSON, loads
from pkgstore_tui.format import counted, human_bytes

MOST: Final = 4 * 1024 * 1024
"""Bytes of a file that are read; all manifests and lockfiles are smaller."""

_SNIFFED: Final = 8192
_DUMPED: Final = 256
_TAB: Final = 8

Kind = Literal["text", "json", "binary", "trouble"]


@dataclass(frozen=True, eq=False, slots=True)
class TextFile:
    """A file as it is shown.

    `lines` are as they are in the file, hostile characters and all; `laid_out` are those of JSON that is written
    out, None for what is no JSON. `note` says what else there is to know, `size` is in bytes.
    """

    path: str
    kind: Kind
    lines: tuple[str, ...]
    laid_out: tuple[str, ...] | None = None
    note: str = ""
    size: int = 0


def open_text(path: str, *, follow: bool = True) -> TextFile:
    """Read a file to look at it. Never fails: what cannot be read is said instead.

    Args:
        path: The file.
        follow: Whether a symbolic link is followed.
    """
    try:
        data, size = read_head(path, MOST, follow=follow)
    except FileNotFoundError:
        return TextFile(path, "trouble", (), note="there is no such file (any more)")
    except StoreError as error:
        return TextFile(path, "trouble", (), note=str(error))
    except (OSError, ValueError) as error:  # a path that no system call takes
        return TextFile(path, "trouble", (), note=f"cannot be read: {error}")
    if b"\0" in data[:_SNIFFED]:
        note = f"binary, {human_bytes(size)}; its first {counted(min(len(data), _DUMPED), 'byte')}"
        return TextFile(path, "binary", tuple(hex_lines(data[:_DUMPED])), note=note, size=size)
    return _text(path, data, size)


def _text(path: str, data: bytes, size: int) -> TextFile:
    notes = [counted(data.count(b"\n") + (not data.endswith(b"\n") and bool(data)), "line"), human_bytes(size)]
    if len(data) < size:
        notes.append(f"only the first {human_bytes(len(data))} are shown")
    lines = as_lines(data.decode("utf-8", "surrogateescape"))
    laid_out = None
    if data[:64].lstrip()[:1] in (b"{", b"["):
        try:
            laid_out = as_lines(lay_out(loads(data)))
        except BadJSON as error:
            if len(data) == size:
                notes.append(str(error))
    if not data:
        notes = ["empty"]
    return TextFile(path, "text" if laid_out is None else "json", lines, laid_out, ", ".join(notes), size)


def as_lines(text: str) -> tuple[str, ...]:
    """The lines of a text, tabs made spaces; the end of the last one does not begin another."""
    lines = text.removesuffix("\n").split("\n") if text else []
    return tuple(line.removesuffix("\r").expandtabs(_TAB) for line in lines)


def lay_out(value: Any) -> str:
    """A JSON value, a line each member."""
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    except (TypeError, RecursionError) as error:
        raise BadJSON(f"cannot be laid out: {error}") from error


def hex_lines(data: bytes) -> list[str]:
    """Bytes as people read them: offset, hex, and what is printable."""
    lines = []
    for at in range(0, len(data), 16):
        part = data[at : at + 16]
        pairs = " ".join(f"{byte:02x}" for byte in part)
        signs = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in part)
        lines.append(f"{at:08x}  {pairs:<47}  {signs}")
    return lines


_MEMBER: Final = re.compile(r'\s*("(?:[^"\\]|\\.){0,300}")(?=\s*:)')
_FIELD: Final = re.compile(r"([A-Za-z][\w.@/-]{0,80}):(?=\s|$)")


def name_in(line: str, kind: Kind) -> tuple[int, int]:
    """Where the name is that a line begins with, a JSON member's or a DESCRIPTION field's; (0, 0) for none."""
    if kind not in ("text", "json"):
        return 0, 0
    found = (_MEMBER if kind == "json" else _FIELD).match(line[:400])
    return found.span(1) if found else (0, 0)


def file_mode(mode: int) -> str:
    """A mode as ``ls`` writes it."""
    return stat.filemode(mode)
