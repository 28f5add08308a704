"""Many sums at once, beside the same sums one by one."""

from hypothesis import given
from hypothesis import strategies as st

from pkgstore._bit_sums import at_least, highest, places_of, sum_at, sums_of

masks = st.lists(st.integers(0, 2**12 - 1), max_size=40)


def counted(all_: list[int]) -> list[int]:
    return [sum(mask >> place & 1 for mask in all_) for place in range(12)]


@given(masks)
def test_each_sum_is_how_many_have_the_bit(all_: list[int]) -> None:
    digits = sums_of(all_)

    assert [sum_at(digits, place) for place in range(12)] == counted(all_)


@given(masks)
def test_the_highest(all_: list[int]) -> None:
    sums = counted(all_)

    assert places_of(highest(sums_of(all_))) == [n for n, found in enumerate(sums) if found == max(sums) > 0]


@given(masks, st.integers(0, 50))
def test_those_that_are_large_enough(all_: list[int], least: int) -> None:
    found = places_of(at_least(sums_of(all_), least))

    assert found == [place for place, found in enumerate(counted(all_)) if found >= max(1, least)]
