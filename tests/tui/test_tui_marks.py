"""Marks on their own: keys, ranges, and what is left of them when rows go."""

from hypothesis import given
from hypothesis import strategies as st

from pkgstore_tui.screens.arranging import place_near
from pkgstore_tui.widgets.marks import NO_MARKS

ROWS = [f"row{number}" for number in range(20)]
places = st.integers(0, len(ROWS) - 1)


def test_nothing_is_marked_at_first():
    assert not NO_MARKS
    assert not NO_MARKS.is_range_open
    assert NO_MARKS.span(3) is None
    assert not NO_MARKS.in_range(0, 0)


def test_a_mark_is_put_and_taken():
    once = NO_MARKS.toggled("sf")
    assert once
    assert once.has("sf")
    assert not once.has("terra")
    assert not once.toggled("sf")


@given(places, places, places)
def test_a_range_reaches_from_where_it_began_to_the_cursor_either_way(start, cursor, row):
    begun = NO_MARKS.begun(ROWS[start], start)
    assert begun.is_range_open
    assert begun.in_range(row, cursor) == (min(start, cursor) <= row <= max(start, cursor))
    assert not begun, "nothing is marked before the range ends"
    span = begun.span(cursor)
    ended = begun.with_keys(ROWS[span.start : span.stop])
    assert not ended.is_range_open
    assert len(ended.keys) == abs(start - cursor) + 1


def test_a_range_keeps_what_was_marked_before_and_can_be_let_go():
    marks = NO_MARKS.toggled("a").begun("b", 1)
    assert marks.with_keys(["b", "c"]).keys == {"a", "b", "c"}
    assert marks.without_range().keys == {"a"}
    assert not marks.without_range().is_range_open


def test_marks_of_rows_that_are_gone_are_forgotten():
    marks = NO_MARKS.with_keys(["a", "b"]).begun("b", 1)
    kept = marks.kept(["a"], 4)
    assert kept.keys == {"a"}
    assert (kept.anchor, kept.anchor_at) == ("b", 4)
    assert not marks.kept(["a"], None).is_range_open, "the range's first row is not shown any more"


def test_a_row_that_the_cursor_moved_to_is_found_near_where_it_should_be():
    rows = tuple(range(10_000))
    assert place_near(rows, str, "4321", 4300, 0) == 4321
    assert place_near(rows, str, "12", 4300, 0) == 12, "near the second guess"
    assert place_near(rows, str, "9999", 4300, 0) == 9999, "near the end"
    assert place_near(rows, str, "gone", 4300, 0) == 4300
    assert place_near((), str, "gone", 7, 3) == 0
