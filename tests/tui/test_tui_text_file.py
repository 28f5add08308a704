"""Files as lines to look at, hostile ones among them."""

import json
import os
from pathlib import Path

import pytest

from pkgstore_tui import text_file
from pkgstore_tui.text_file import as_lines, hex_lines, name_in, open_text


def write(path: Path, data: bytes | str) -> str:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return str(path)


def test_a_description(tmp_path: Path):
    file = open_text(write(tmp_path / "DESCRIPTION", "Package: sf\nTitle: A\n\tcontinued\r\n"))
    assert file.kind == "text"
    assert file.lines == ("Package: sf", "Title: A", "        continued")
    assert file.laid_out is None
    assert file.note == "3 lines, 33 B"


def test_json_is_laid_out_in_its_own_order(tmp_path: Path):
    file = open_text(write(tmp_path / "x", '{"b":1,"a":{"c":[]}}'))
    assert file.kind == "json"
    assert file.lines == ('{"b":1,"a":{"c":[]}}',)
    assert file.laid_out == ("{", '  "b": 1,', '  "a": {', '    "c": []', "  }", "}")


@pytest.mark.parametrize("text", ['{"a": 1', "[}", "{" * 5000])
def test_json_that_is_none_is_shown_as_it_is(tmp_path: Path, text: str):
    file = open_text(write(tmp_path / "x.json", text))
    assert file.kind == "text"
    assert file.lines == (text,)
    assert "is no JSON" in file.note


def test_numbers_that_only_python_holds(tmp_path: Path):
    file = open_text(write(tmp_path / "x.json", json.dumps({"big": 10**40})))
    assert file.lines == ('{"big": 1' + "0" * 40 + "}",)


def test_a_binary_file(tmp_path: Path):
    file = open_text(write(tmp_path / "lib.so", b"\x7fELF\0\x01" + bytes(2000)))
    assert file.kind == "binary"
    assert file.note == "binary, 2.0 KiB; its first 256 bytes"
    assert len(file.lines) == 16
    assert file.lines[0].startswith("00000000  7f 45 4c 46 00 01 00")
    assert file.lines[0].endswith(".ELF............")


def test_a_huge_file_is_shown_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(text_file, "MOST", 1000)
    with open(tmp_path / "huge", "wb") as out:
        out.write(b"0123456789\n" * 100)
        out.truncate(5 << 30)
    file = open_text(str(tmp_path / "huge"))
    assert len(file.lines) == 91
    assert file.note == "91 lines, 5.0 GiB, only the first 1000 B are shown"


def test_an_empty_file(tmp_path: Path):
    file = open_text(write(tmp_path / "none", b""))
    assert (file.lines, file.note, file.kind) == ((), "empty", "text")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "there is no such file"),
        (os.mkfifo, "is no regular file"),
        (os.mkdir, "cannot read this file: Is a directory"),
        (lambda path: os.symlink("/dev/zero", path), "is no regular file"),
        (lambda path: os.symlink(path, path), "cannot read this file: Too many levels"),
        (lambda path: os.symlink("nowhere", path), "there is no such file"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, make, said: str):
    path = str(tmp_path / "x")
    make(path)
    file = open_text(path)
    assert (file.kind, file.lines) == ("trouble", ())
    assert said in file.note


def test_no_link_is_followed_where_that_is_asked(tmp_path: Path):
    write(tmp_path / "real", "secret")
    os.symlink("real", tmp_path / "link")
    assert open_text(str(tmp_path / "link")).lines == ("secret",)
    file = open_text(str(tmp_path / "link"), follow=False)
    assert file.lines == ()
    assert "is a symbolic link, which is not followed" in file.note


def test_a_path_that_no_call_takes():
    assert "cannot be read" in open_text("a\0b").note


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file(tmp_path: Path):
    (tmp_path / "x").touch(mode=0)
    assert "Permission denied" in open_text(str(tmp_path / "x")).note


def test_lines():
    assert as_lines("") == ()
    assert as_lines("a") == ("a",)
    assert as_lines("a\n") == ("a",)
    assert as_lines("a\n\nb\n\n") == ("a", "", "b", "")
    assert hex_lines(b"") == []


@pytest.mark.parametrize(
    ("line", "kind", "span"),
    [
        ('  "a b": 1', "json", (2, 7)),
        ('  "a\\"b": 1', "json", (2, 8)),
        ('  "value"', "json", (0, 0)),
        ("Package: sf", "text", (0, 7)),
        ("  continued: no", "text", (0, 0)),
        ("http://x", "text", (0, 0)),
        ("00000000  7f", "binary", (0, 0)),
        ('"' * 100_000, "json", (0, 0)),
    ],
)
def test_names_in_lines(line, kind, span):
    assert name_in(line, kind) == span
