"""Ages, sizes and counts as a query writes them, and back. Pure."""

import re
from decimal import Decimal
from fractions import Fraction
from typing import Final

from pkgstore.durations import parse_duration
from pkgstore.errors import InputError

_LONGEST: Final = 9e9
"""Seconds, 285 years: within what durations can count, with room for rounding."""
_WEEKS: Final = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)w", re.ASCII)
_SIZE: Final = re.compile(r"(\d{1,15}(?:\.\d{1,15})?)([kmgtp]?)(?:i?b)?", re.ASCII | re.IGNORECASE)
_COUNT: Final = re.compile(r"\d{1,15}", re.ASCII)
_POWERS: Final = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
_AGE_UNITS: Final = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def parse_age(text: str) -> float | None:
    """Seconds of an age: ``30d``, ``2h``, ``90min``, ``1w`` or a Go duration; None if it is something else.

    To the nanosecond.
    """
    lowered = text.strip().lower().replace("min", "m")
    in_days = _WEEKS.sub(lambda found: f"{_positional(Fraction(found[1]) * 7)}d", lowered)
    try:
        seconds = parse_duration(in_days)
    except InputError:
        return None
    return round(seconds, 9) if abs(seconds) <= _LONGEST else None


def parse_size(text: str) -> float | None:
    """Bytes of a size in powers of 1024: ``50M``, ``1.5GiB``, ``512``; None if it is something else."""
    found = _SIZE.fullmatch(text)
    if found is None:
        return None
    count = Fraction(found[1]) * 1024 ** _POWERS[found[2].lower()]
    return int(count) if count.denominator == 1 else float(count)


def parse_count(text: str) -> int | None:
    """A whole number; None if it is something else."""
    return int(text) if _COUNT.fullmatch(text) else None


def age_text(seconds: float) -> str:
    """An age in the largest unit that gives a whole number."""
    for unit, name in _AGE_UNITS:
        if seconds % unit == 0:
            return f"{int(seconds // unit)}{name}"
    return f"{_positional(seconds)}s"


def size_text(count: float) -> str:
    """A size in the largest unit that gives a whole number."""
    letter, rest = "", count
    for unit in "KMGTP":
        if not rest or rest % 1024:
            break
        letter, rest = unit, rest // 1024
    return f"{_positional(rest)}{letter}"


def _positional(number: float | Fraction) -> str:
    """A number without an exponent."""
    if number == int(number):
        return str(int(number))
    return format(Decimal(repr(float(number))), "f")
