"""Durations as Go writes them ("720h", "1h30m", "0"), and days ("30d"); and ends that are told so, or by a date."""

import re
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

from pkgstore.errors import InputError

_SECONDS: Final = {
    "ns": Fraction(1, 10**9),
    "us": Fraction(1, 10**6),
    "µs": Fraction(1, 10**6),
    "μs": Fraction(1, 10**6),
    "ms": Fraction(1, 1000),
    "s": Fraction(1),
    "m": Fraction(60),
    "h": Fraction(3600),
    "d": Fraction(86400),
}
_PART: Final = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h|d)", re.ASCII)
_LONGEST: Final = Fraction(2**63, 10**9)
"""Seconds: what fits into Go's 64-bit count of nanoseconds."""


_LONGEST_TEXT: Final = 100


def parse_duration(text: str) -> float:
    """Seconds of a duration.

    Args:
        text: Numbers with a unit each (ns, us, ms, s, m, h, d), perhaps with a sign before them, or ``0``.

    Raises:
        InputError: It is something else, or longer than Go can count (292 years).
    """
    if len(text) > _LONGEST_TEXT:
        raise InputError(f"{text[:20]!r}… is no duration", advice="write it like 720h, 1h30m, 30d or 0")
    body = text.strip()
    sign = -1 if body.startswith("-") else 1
    body = body.removeprefix("-") if sign < 0 else body.removeprefix("+")
    if body == "0":
        return 0.0
    total, end = Fraction(0), 0
    for match in _PART.finditer(body):
        if match.start() != end:
            break
        total += Fraction(match[1]) * _SECONDS[match[2]]
        end = match.end()
    if not body or end != len(body):
        raise InputError(f"{text!r} is no duration", advice="write it like 720h, 1h30m, 30d or 0")
    if total >= _LONGEST:
        raise InputError(f"{text!r} is longer than 292 years", advice="write it like 720h, 1h30m, 30d or 0")
    return float(sign * total)


_AN_END: Final = "write it like 2027-03-31, 2027-03-31T18:00, 30d or 12h"
_A_DATE: Final = len("2027-03-31")


def parse_end(text: str, now: float) -> float:
    """When something is to end, in seconds since 1970.

    Args:
        text: A date (that whole day is in it), a date with a time of day, both local where they name no zone, or a
            duration from now on.
        now: Seconds since 1970.

    Raises:
        InputError: It is something else, or not later than `now`.
    """
    body = text.strip()
    try:
        end = _calendar(body) if body[4:5] == "-" else now + parse_duration(body)
        datetime.fromtimestamp(end)
    except (ValueError, OverflowError, OSError, InputError) as cause:
        raise InputError(f"{text[:40]!r} is no date and no duration", advice=_AN_END) from cause
    if end <= now:
        raise InputError(f"{text!r} is over already", advice=_AN_END)
    return end


def _calendar(body: str) -> float:
    found = datetime.fromisoformat(body)
    return (found + timedelta(days=1) if len(body) == _A_DATE else found).timestamp()
