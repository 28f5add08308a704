"""Baselines as bytes: what was written is what is read, and nothing else is taken for one."""

import os
import stat

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pkgstore.birth import born_ns
from pkgstore.content import Content
from pkgstore.digests import Baseline, Identity, decode_baseline, encode_baseline
from pkgstore.keys import ConfigKey
from pkgstore.md5_sums import parse_md5
from pkgstore.text_json import BadJSON

KEY = ConfigKey("4.5-x", "sf", "a" * 64, "b" * 64)
names = st.binary(max_size=30).map(os.fsdecode)
modes = st.integers(0, 0o7777)
contents = st.one_of(
    st.builds(
        Content,
        modes.map(lambda mode: mode | stat.S_IFREG),
        st.integers(0, 2**50),
        digest=st.text("0123456789abcdef"),
    ),
    st.builds(Content, modes.map(lambda mode: mode | stat.S_IFLNK), target=names),
    st.builds(Content, modes.map(lambda mode: mode | stat.S_IFDIR)),
    st.builds(Content, modes.map(lambda mode: mode | stat.S_IFIFO)),
)
identities = st.builds(
    Identity, st.integers(0, 2**62), st.integers(0, 2**62), st.text(max_size=30).filter(str.isascii)
)
baselines = st.builds(
    Baseline,
    identities,
    st.just("2026-11-27T02:40:44+00:00"),
    st.sampled_from(["ingest", "verify"]),
    st.dictionaries(names, contents, max_size=8),
    st.none() | st.frozensets(names, max_size=4),
)


@given(baselines)
def test_what_was_written_is_what_is_read(baseline: Baseline) -> None:
    assert decode_baseline(KEY, encode_baseline(KEY, baseline)) == baseline


@given(baselines, st.integers(0), st.integers(1, 255))
def test_a_byte_that_was_changed_is_noticed(baseline: Baseline, place: int, by: int) -> None:
    data = bytearray(encode_baseline(KEY, baseline))
    data[place % len(data)] ^= by
    try:
        found = decode_baseline(KEY, bytes(data))
    except (BadJSON, ValueError):
        return
    assert found == baseline, "at most it was in what says nothing, as the case of a name"


@given(st.binary(max_size=300))
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises((BadJSON, ValueError)):
        decode_baseline(KEY, data)


@pytest.mark.parametrize(
    "said", [b"[" * 400 + b"]" * 400, b'["\xff", 99999999999999999999]'], ids=["too deep", "too large a number"]
)
def test_what_nobody_could_have_written_is_damaged(said: bytes) -> None:
    with pytest.raises(BadJSON, match="it was damaged"):
        decode_baseline(KEY, b'{"version": 1, "files": %b}' % said)


@pytest.mark.parametrize(
    "row", [[], ["x"], [1], [33188], [33188, 1], [33188, "x", "y"], {}, None, [41471, 1], [2**40], [-1]]
)
def test_a_row_that_describes_no_file(row: object) -> None:
    from pkgstore import digests

    body = orjson.loads(encode_baseline(KEY, Baseline(Identity(1), "", "verify", {"a": Content(0o40755)})))
    del body["sum"]
    body["files"]["a"] = row
    body["sum"] = digests._sum(body)
    if row in ([1], [33188]):
        assert decode_baseline(KEY, orjson.dumps(body)).files["a"] == Content(row[0])  # type: ignore[index]
    else:
        with pytest.raises(BadJSON, match="no file's description"):
            decode_baseline(KEY, orjson.dumps(body))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Identity(7, 100, "t1"), Identity(7, 100, "t1"), True),
        (Identity(7, 100, "t1"), Identity(7, 100, "t2"), True),  # a repair writes the sidecar alone
        (Identity(7, 100, "t1"), Identity(8, 200, "t1"), True),  # no ingest made it: to be compared
        (Identity(7, 100, "t1"), Identity(7, 200, "t2"), False),  # the number was given away again
        (Identity(7, 0, "t1"), Identity(7, 0, "t2"), False),  # no birth is told: rather not compared
        (Identity(7, 0, "t1"), Identity(7, 0, "t1"), True),
        (Identity(7, 100, ""), Identity(7, 100, ""), True),
        (Identity(7, 0, ""), Identity(7, 0, ""), False),
        (Identity(7, 100, ""), Identity(8, 100, ""), False),
    ],
)
def test_which_trees_are_the_same(one: Identity, other: Identity, same: bool) -> None:
    assert one.is_same_tree(other) is same
    assert other.is_same_tree(one) is same


def test_a_birth_stays_and_a_new_file_has_another(tmp_path) -> None:
    def born(path) -> int:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            return born_ns(descriptor)
        finally:
            os.close(descriptor)

    path = tmp_path / "file"
    path.write_text("x")
    first = born(path)
    path.write_text("changed")
    path.rename(tmp_path / "renamed")
    path = tmp_path / "renamed"
    assert born(path) == first
    if first:
        assert abs(first / 1e9 - path.stat().st_mtime) < 60
        path.unlink()
        path.write_text("x")
        assert born(path) != first


def test_a_birth_that_nobody_tells() -> None:
    assert born_ns(-1) == 0


def test_sums_as_r_writes_them() -> None:
    data = b"0123456789abcdef0123456789ABCDEF *R/sf\n" + b"0" * 32 + b"  help/a b\n" + b"1" * 32 + b" *MD5\n\nx\n"
    assert parse_md5(data) == {"R/sf": "0123456789abcdef0123456789abcdef", "help/a b": "0" * 32}


@given(st.binary(max_size=200))
def test_any_bytes_for_sums(data: bytes) -> None:
    assert isinstance(parse_md5(data), dict)
