"""Put what runs found out into the corpus, as little of it as reaches as much: ``make fuzz-keep``.

An input is kept where it makes the program take a step from line to line that none before it did; the shortest go
first. Needs neither engine. Finds are not touched: they are put into the corpus when they are mended.
"""

import hashlib
import sys
from collections.abc import Iterable
from types import FrameType
from typing import Any

from fuzz.attempt import Target, problem
from fuzz.run import STATE
from fuzz.targets import CORPUS, TARGETS, seeds

LARGEST = 2048
"""Bytes of an input that is kept."""

ROOM = 8 * 1024
"""Bytes that the kept inputs of one target may take; so the whole corpus stays small."""

Steps = set[tuple[str, int, int]]


def steps(target: Target, data: bytes) -> Steps:
    """The steps from line to line, in our own sources, that an input makes the program take."""
    found: Steps = set()

    def enter(frame: FrameType, _event: str, _argument: Any) -> Any:
        name = frame.f_code.co_filename
        if "/pkgstore" not in name or "/site-packages/" in name:
            return None
        last = 0

        def step(frame: FrameType, event: str, _argument: Any) -> Any:
            nonlocal last
            if event == "line":
                found.add((name, last, frame.f_lineno))
                last = frame.f_lineno
            return step

        return step

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        problem(target, data)
    finally:
        sys.settrace(before)
    return found


def worth(target: Target, known: Iterable[bytes], new: Iterable[bytes]) -> list[bytes]:
    """The new inputs that reach what neither the known ones nor shorter new ones do."""
    reached: Steps = set()
    for data in known:
        reached |= steps(target, data)
    kept, room = [], ROOM
    for data in sorted(set(new), key=lambda data: (len(data), data)):
        if len(data) > min(LARGEST, room):
            break
        if further := steps(target, data) - reached:
            reached |= further
            kept.append(data)
            room -= len(data)
    return kept


def main() -> int:
    """Do it for every target; say how many were kept."""
    for name, target in TARGETS.items():
        new = [path.read_bytes() for path in (STATE / "corpus" / name).glob("*")]
        known = [path for path in seeds(target) if not path.name.startswith("kept-")]
        new += [path.read_bytes() for path in seeds(target) if path.name.startswith("kept-")]
        for path in (CORPUS / name).glob("kept-*"):
            path.unlink()
        kept = worth(target, [path.read_bytes() for path in known], new)
        for data in kept:
            (CORPUS / name / f"kept-{hashlib.sha256(data).hexdigest()[:12]}").write_bytes(data)
        print(f"{name:<12} {len(kept):>4} of {len(new):,} kept")
    return 0


if __name__ == "__main__":
    sys.exit(main())
