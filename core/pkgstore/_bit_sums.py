"""Many sums at once, in the bits of a few long numbers: the n-th bit of the k-th is the k-th digit of the n-th sum.

Pure arithmetic; a part of `drift`. Adding to hundreds of sums costs no more than adding two long numbers.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_


def sums_of(masks: Iterable[int]) -> list[int]:
    """Count for each bit in how many of some numbers it is set.

    Returns:
        The binary digits of the sums, the lowest first; empty where no bit is set.
    """
    row, digits = [mask for mask in masks if mask], []
    while row:
        carries = []
        while len(row) > 1:
            one, two, three = row.pop(), row.pop(), row.pop() if row else 0
            odd = one ^ two
            row.append(odd ^ three)
            carries.append(one & two | odd & three)
        digits.append(row[0])
        row = [carry for carry in carries if carry]
    return digits


def highest(digits: Sequence[int]) -> int:
    """The bits whose sum is the highest."""
    left = reduce(or_, digits, 0)
    for digit in reversed(digits):
        left = left & digit or left
    return left


def at_least(digits: Sequence[int], least: int) -> int:
    """The bits whose sum is not 0 and not below a number."""
    above, equal = 0, reduce(or_, digits, 0)
    for place in reversed(range(max(len(digits), least.bit_length()))):
        digit = digits[place] if place < len(digits) else 0
        if least >> place & 1:
            equal &= digit
        else:
            above |= equal & digit
            equal &= ~digit
    return above | equal


def places_of(bits: int) -> list[int]:
    """The places of the bits that are set."""
    found = []
    while bits:
        found.append((bits & -bits).bit_length() - 1)
        bits &= bits - 1
    return found


def sum_at(digits: Sequence[int], place: int) -> int:
    """One of the sums."""
    return sum((digit >> place & 1) << power for power, digit in enumerate(digits))
