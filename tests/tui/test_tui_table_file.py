"""A table as CSV and JSON: content, and what a spreadsheet must not run."""

import csv
import io
import json

import pytest

from pkgstore_tui.table_file import encode_table, harmless_cell

TITLES = ["NAME", "LINKS TO"]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-", "-"),
        ("-3.5", "-3.5"),
        ("+12", "+12"),
        ("-3.5.1", "'-3.5.1"),
        ("sf", "sf"),
        ("", ""),
        ("\t=1", "␉=1"),
        ("\r=1", "␍=1"),
        ("a\udcffb", "a\ufffdb"),
    ],
)
def test_no_cell_is_a_formula(text: str, cell: str):
    assert harmless_cell(text) == cell


def test_csv():
    rows = [["sf", "Rcpp 1.0, BH"], ['a "b"', "x\ny"], ["=1", "–"]]
    data = encode_table(TITLES, rows, "csv")
    assert data == 'NAME,LINKS TO\r\nsf,"Rcpp 1.0, BH"\r\n"a ""b""",x␊y\r\n\'=1,–\r\n'.encode()
    read = list(csv.reader(io.StringIO(data.decode(), newline="")))
    assert len(read) == 4
    assert read[2] == ['a "b"', "x␊y"]


def test_json():
    data = encode_table(TITLES, [["sf", "=1"], ["a\udcff", "\x1b[31m"]], "json", {"store": "/b\udcff"})
    assert json.loads(data) == {
        "schema_version": 1,
        "store": "/b\ufffd",
        "rows": [{"name": "sf", "links_to": "=1"}, {"name": "a\ufffd", "links_to": "\x1b[31m"}],
    }
    assert b"\x1b" not in data


def test_no_rows():
    assert encode_table(TITLES, [], "csv") == b"NAME,LINKS TO\r\n"
    assert json.loads(encode_table(TITLES, [], "json"))["rows"] == []
