"""Durations as Go writes them, and days; ends told by a date or a duration."""

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pkgstore.durations import parse_duration, parse_end
from pkgstore.errors import InputError

relaxed = settings(deadline=None, database=None)

NANOSECONDS = {"ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9}
NANOSECONDS |= {"m": 60 * 10**9, "h": 3600 * 10**9, "d": 86400 * 10**9}
ADVICE = "write it like 720h, 1h30m, 30d or 0"

numbers = st.one_of(
    st.integers(0, 999).map(str),
    st.integers(0, 999).map("{}.".format),
    st.integers(0, 999).map(".{}".format),
    st.tuples(st.integers(0, 999), st.integers(0, 999)).map(lambda pair: f"{pair[0]}.{pair[1]:03d}"),
)
parts = st.lists(st.tuples(numbers, st.sampled_from(sorted(NANOSECONDS))), min_size=1, max_size=5)


def number(text: str) -> Fraction:
    whole, _, fraction = text.partition(".")
    return int(whole or "0") + Fraction(int(fraction or "0"), 10 ** len(fraction))


@relaxed
@given(st.sampled_from(["", "+", "-"]), parts)
def test_is_the_model_s(sign: str, parts: list[tuple[str, str]]) -> None:
    text = sign + "".join(count + unit for count, unit in parts)
    nanoseconds = sum(number(count) * NANOSECONDS[unit] for count, unit in parts)
    assert parse_duration(text) == float((-1 if sign == "-" else 1) * nanoseconds / 10**9)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0), ("+0", 0), ("-0", 0), ("0s", 0), ("720h", 2592000), ("30d", 2592000), ("1h30m", 5400),
        ("1.5h", 5400), (".5m", 30), ("1.m", 60), ("-1m30s", -90), ("1m1m", 120), ("1s1h", 3601), ("250ms", 0.25),
        ("1us", 1e-6), ("1µs", 1e-6), ("1μs", 1e-6), ("1ns", 1e-9), ("1d12h", 129600), (" 1h\n", 3600),
        ("0.1s", 0.1), ("2562047h47m16.854775807s", 9223372036.854776),
    ],
)  # fmt: skip
def test_gives_seconds(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "1", "00", "3.5", "h", ".", "s", ".s", "+", "-", "+-1h", "--1h", "1 h", "1h 30m", "1H", "1hour",
        "1w", "1y", "1h30", "1e3s", "1,5h", "0x1s", "1h-30m", "٣h", "²s", "1..5s", "inf", "nan", "720h;", "1\0s",
    ],
)  # fmt: skip
def test_refuses_what_is_none_and_says_how_to_write_one(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_duration(text)
    assert str(caught.value) == f"{text!r} is no duration; {ADVICE}"


@pytest.mark.parametrize("text", ["2562048h", "106752d", "-2562048h", "9" * 30 + "s", "9223372036854775808ns"])
def test_refuses_what_go_cannot_count(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_duration(text)
    assert str(caught.value) == f"{text!r} is longer than 292 years; {ADVICE}"


def test_numbers_that_python_will_not_convert_are_no_accident() -> None:
    for text in ("9" * 5000 + "h", "1." + "0" * 5000 + "h"):
        with pytest.raises(InputError) as caught:
            parse_duration(text)
        assert "is no duration" in caught.value.what
        assert (len(str(caught.value)) < 200, caught.value.advice) == (True, ADVICE)


NOON = datetime(2027, 3, 1, 12).timestamp()


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("2027-03-31", datetime(2027, 4, 1)),
        (" 2027-03-01 ", datetime(2027, 3, 2)),
        ("2027-03-31T18:00", datetime(2027, 3, 31, 18)),
        ("2027-03-31 18:00:30", datetime(2027, 3, 31, 18, 0, 30)),
        ("2027-03-31T18:00:00+00:00", datetime(2027, 3, 31, 18, tzinfo=UTC)),
        ("12h", datetime(2027, 3, 2)),
        ("1d", datetime(2027, 3, 2, 12)),
    ],
)
def test_an_end_is_a_date_or_a_duration_from_now(text: str, end: datetime) -> None:
    assert parse_end(text, NOON) == end.timestamp()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no date"),
        ("soon", "no date"),
        ("2027-02-30", "no date"),
        ("2027-", "no date"),
        ("31.3.2027", "no date"),
        ("9999-12-31", "no date"),
        ("9" * 400 + "d", "no date"),
        ("0", "over"),
        ("-1d", "over"),
        ("2027-02-28", "over"),
        ("2027-03-01T12:00", "over"),
    ],
)
def test_what_is_no_end_or_no_later_one_is_refused(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        parse_end(text, NOON)
