"""For what, and when, a tree was built, by the ``Built`` field of its DESCRIPTION. Pure; a part of `explain`.

R writes ``R 4.5.2; x86_64-pc-linux-gnu; 2026-01-02 03:04:05 UTC; unix``; a package without compiled code has no
machine. Only what can be read is told: anything else is unknown, and agrees with everything.
"""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

_R: Final = re.compile(r"R (\d+\.\d+)(?:\.\d+)?")
_PLATFORM: Final = re.compile(r"(\d+\.\d+)(?:\.\d+)?-(.*)", re.DOTALL)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d UTC)?")
_KERNELS: Final = ("linux", "darwin", "mingw", "freebsd", "openbsd", "solaris")


class Made(NamedTuple):
    """The R version (``4.5``) and machine (``x86_64 linux``) that something was built for; empty where unknown."""

    r: str = ""
    machine: str = ""

    def fits(self, other: "Made") -> bool:
        """Whether nothing that is known of both speaks against it."""
        return all(not a or not b or a == b for a, b in zip(self, other, strict=True))

    def __str__(self) -> str:
        return " on ".join(part for part in (f"R {self.r}" if self.r else "", self.machine) if part)


@lru_cache(maxsize=4096)
def made_for(built: str) -> Made:
    """For what a tree was built."""
    version, _, rest = built.partition(";")
    found = _R.fullmatch(version.strip())
    return Made(found[1] if found else "", _machine(rest.partition(";")[0]))


def named_by(platform: str) -> Made:
    """For what the trees of a platform folder should be; names such as ``4.5-source`` tell no machine."""
    found = _PLATFORM.fullmatch(platform)
    return Made(found[1], _machine(found[2])) if found else Made()


def _machine(triple: str) -> str:
    """Processor and system, without what the same machine is called in different ways."""
    processor, *rest = triple.strip().lower().split("-")
    kernel = next((name for name in _KERNELS if any(part.startswith(name) for part in rest)), "")
    processor = {"arm64": "aarch64", "amd64": "x86_64"}.get(processor, processor)
    return f"{processor} {kernel}" if kernel else ""


def expected(platform: str, made: Iterable[Made]) -> Made:
    """What a library is for: what its platform's name says, and where that is silent, what most trees say."""
    made = list(made)
    named = named_by(platform)
    return Made(named.r or _most(each.r for each in made), named.machine or _most(each.machine for each in made))


def _most(values: Iterable[str]) -> str:
    counted = Counter(value for value in values if value)
    return max(sorted(counted), key=lambda value: counted[value], default="")


@lru_cache(maxsize=4096)
def built_at(built: str) -> str:
    """When a tree was built, as a text that sorts by time; empty where unknown."""
    fields = built.split(";")
    date = fields[2].strip() if len(fields) > 2 else ""
    return date if _DATE.fullmatch(date) else ""


def is_before(first: str, second: str) -> bool:
    """Whether one time was certainly before another; of two on one day, only if both tell the hour."""
    shortest = min(len(first), len(second))
    return bool(first and second) and first[:shortest] < second[:shortest]
