"""Ages in buckets, and their bars."""

import pytest
from rich.cells import cell_len

from pkgstore_tui.widgets.age_chart import BOUNDS, LABELS, UNDATED, age_buckets, bar

DAY = 86400.0
NOW = 1_000_000_000.0


def counts(*ages: float | None) -> dict[str, int]:
    buckets = age_buckets((None if age is None else NOW - age for age in ages), NOW)
    return {bucket.label: bucket.number for bucket in buckets if bucket.number}


@pytest.mark.parametrize(
    ("age", "label"),
    [
        (-5.0, "< 1d"),
        (0.0, "< 1d"),
        (DAY - 1, "< 1d"),
        (DAY, "< 1w"),
        (7 * DAY, "< 30d"),
        (30 * DAY, "< 90d"),
        (90 * DAY, "< 1y"),
        (365 * DAY - 1, "< 1y"),
        (365 * DAY, "older"),
        (9000 * DAY, "older"),
    ],
)
def test_each_age_has_one_bucket(age: float, label: str):
    assert counts(age) == {label: 1}


def test_all_buckets_are_there_and_undated_ones_only_where_there_are_any():
    assert tuple(bucket.label for bucket in age_buckets((), NOW)) == LABELS
    assert len(BOUNDS) == len(LABELS) - 1
    assert counts(0.0, 1.0, None, 2 * DAY) == {"< 1d": 2, "< 1w": 1, UNDATED: 1}


def test_a_bar_is_as_long_as_its_share():
    assert bar(8, 8, 10) == "█" * 10
    assert bar(4, 8, 10) == "█" * 5
    assert bar(0, 8, 10) == ""
    assert bar(1, 1_000_000, 10) == "▏", "what is not nothing is seen"
    assert bar(5, 8, 1) == "▋"
    assert bar(5, 8, 0) == ""
    assert all(cell_len(bar(count, 100, 7)) <= 7 for count in range(101))
