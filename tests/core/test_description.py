"""DESCRIPTION files, line by line; the recorded ones are in test_golden_vectors."""

import errno
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pkgstore.description import (
    WHITE_SPACE,
    is_compiled,
    package_list,
    parse_dcf,
    parse_dcf_text,
    read_description,
)
from pkgstore.errors import DiskError, InputError

relaxed = settings(deadline=None, database=None)


def test_trims_exactly_the_white_space_of_unicode() -> None:
    """Python's strip() takes four separators more, which the reference does not."""
    python = {chr(point) for point in range(sys.maxunicode + 1) if chr(point).isspace()}
    assert python - set(WHITE_SPACE) == set("\x1c\x1d\x1e\x1f")
    assert set(WHITE_SPACE) <= python


@relaxed
@given(
    st.dictionaries(
        st.from_regex("[A-Za-z@][A-Za-z0-9@ .]*[a-z]", fullmatch=True), st.text("ab :,()é#", max_size=20)
    )
)
def test_reads_what_is_written_one_field_a_line(fields: dict[str, str]) -> None:
    text = "".join(f"{name}: {value}\n" for name, value in fields.items())
    assert parse_dcf_text(text.encode()) == {name: value.strip() for name, value in fields.items()}


@relaxed
@given(
    st.lists(st.text("abc,()", min_size=1), min_size=1, max_size=5), st.sampled_from([" ", "\t", "    ", " \t "])
)
def test_joins_continued_lines_by_one_space(words: list[str], indent: str) -> None:
    text = f"A: {words[0]}\n" + "".join(f"{indent}{word} \n" for word in words[1:]) + "B: 1\n"
    assert parse_dcf_text(text.encode()) == {"A": " ".join(words), "B": "1"}


@relaxed
@given(st.binary())
def test_never_fails(data: bytes) -> None:
    for name, value in parse_dcf_text(data).items():
        assert name == name.strip(WHITE_SPACE)
        assert value == value.strip(WHITE_SPACE)
        assert "\n" not in name + value


def test_keeps_bytes_that_are_no_utf8_until_they_are_shown(tmp_path: Path) -> None:
    (tmp_path / "DESCRIPTION").write_bytes(b"Author: Ren\xe9\nLinkingTo: \xff\n")
    assert read_description(tmp_path / "DESCRIPTION") == {"Author": "Ren\udce9", "LinkingTo": "\udcff"}
    assert parse_dcf(tmp_path / "DESCRIPTION") == {"Author": "Ren\ufffd", "LinkingTo": "\ufffd"}


def test_tells_a_missing_description_from_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "DESCRIPTION").touch()
    assert read_description(tmp_path / "DESCRIPTION") == {}
    assert read_description(tmp_path / "gone") is None


def test_names_the_path_of_a_description_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DiskError) as missing:
        parse_dcf(tmp_path / "gone")
    said = f"{tmp_path / 'gone'}: cannot read this file: No such file or directory; check the path"
    assert str(missing.value) == said
    for read in (parse_dcf, read_description):
        with pytest.raises(DiskError) as folder:
            read(tmp_path)
        assert (folder.value.errno, folder.value.path) == (errno.EISDIR, str(tmp_path))
    with pytest.raises(InputError, match=r"^/dev/null: is no regular file"):
        parse_dcf("/dev/null")


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("", ()),
        (" , ,, ", ()),
        ("Rcpp", ("Rcpp",)),
        ("Rcpp (>= 1.0), BH(>=1.58.0-1) ,\tcpp11", ("Rcpp", "BH", "cpp11")),
        ("Rcpp,, Rcpp (>= 1)", ("Rcpp", "Rcpp")),
        ("(>= 1), b", ("b",)),
        ("a b (x, c)", ("a b", "c)")),
        ("\xa0Rcpp\u3000, BH\x1c", ("Rcpp", "BH\x1c")),
        ("sf, BH", ("sf", "BH")),
    ],
)
def test_a_list_of_packages_is_cut_and_trimmed_and_keeps_its_order(value: str, names: tuple[str, ...]) -> None:
    assert package_list(value) == names


@pytest.mark.parametrize(
    ("value", "is_"), [("yes", True), ("YES", True), ("Yes", True), ("no", False), ("", False)]
)
def test_compiled_is_yes_in_any_case(value: str, is_: bool) -> None:
    assert is_compiled({"NeedsCompilation": value}) is is_
    assert is_compiled({}) is False
    assert is_compiled({"needscompilation": "yes"}) is False
