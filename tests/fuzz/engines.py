"""Two ways to make inputs for a target: atheris, which follows what the code does with them, and Hypothesis.

Both go on after a find. A find is written down once, shortened, in `Finds.folder`.
"""

import hashlib
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

from fuzz.attempt import LONGEST, Target, problem, shrunk, signature
from fuzz.json_wounds import hurt

MEMORY = 1024
"""Mebibytes that a whole run may take: what one input of `LONGEST` bytes takes is far below."""

MOST_FINDS = 20
"""Different faults after which a run gives up looking for more."""


class Finds:
    """The faults that a run came upon, one input for each."""

    def __init__(self, target: Target, folder: Path) -> None:
        self.target = target
        self.folder = folder
        self.seen: set[str] = set()

    def feed(self, data: bytes) -> None:
        """Feed the target; write down what goes wrong."""
        error = problem(self.target, data)
        if error is None or len(self.seen) >= MOST_FINDS or (sign := signature(error)) in self.seen:
            return
        self.seen.add(sign)
        small = shrunk(self.target, data)
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"found-{hashlib.sha256(small).hexdigest()[:12]}"
        path.write_bytes(small)
        print(f"FOUND {path} {sign} | {str(error)[:300]!r}", flush=True)


def with_atheris(finds: Finds, seconds: int, corpora: list[Path], grown: Path) -> None:
    """Fuzz with atheris; ends the process.

    Args:
        finds: Where finds go.
        seconds: For how long.
        corpora: Folders with inputs to begin with.
        grown: The folder that new inputs go to, those of earlier runs included.
    """
    import atheris

    grown.mkdir(parents=True, exist_ok=True)
    words = _dictionary(finds.target.words)
    arguments = [
        "fuzz",
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST}",
        "-len_control=100",
        "-timeout=60",
        f"-rss_limit_mb={MEMORY}",
        "-print_final_stats=1",
        f"-artifact_prefix={finds.folder}/",
        *([f"-dict={words}"] if words else []),
        *map(str, [grown, *corpora]),
    ]
    finds.folder.mkdir(parents=True, exist_ok=True)

    def changed(data: bytes, longest: int, number: int) -> bytes:
        """Every other time JSON is changed as JSON."""
        chance = Random(number)
        made = hurt(data, chance) if chance.random() < 0.5 else None
        return atheris.Mutate(data, longest) if made is None else made[:longest]

    atheris.Setup(arguments, finds.feed, custom_mutator=changed)
    atheris.Fuzz()


def _dictionary(words: Iterable[str]) -> str:
    lines = ['"' + "".join(f"\\x{byte:02x}" for byte in word.encode("utf-8", "replace")) + '"' for word in words]
    path = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"words.{os.getpid()}")
    Path(path).write_text("\n".join(lines) + "\n")
    return path if lines else ""


def with_hypothesis(finds: Finds, seconds: int, corpora: list[Path], grown: Path) -> None:
    """The same without atheris: each input of the corpus, with the same pieces left out, doubled and put in."""
    from hypothesis import HealthCheck, given, seed, settings
    from hypothesis import strategies as st

    until, count = time.monotonic() + seconds, 0
    known = [b"", *(path.read_bytes() for folder in corpora for path in sorted(folder.glob("*")))]

    @settings(max_examples=50, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(wounds([word.encode() for word in finds.target.words]), st.integers(0, 2**32))
    def fed(made: list[Wound], number: int) -> None:
        nonlocal count
        chance = Random(number)
        for data in known:  # all of them, since it takes Hypothesis longer to make a wound than a parser to read
            if time.monotonic() < until:
                other = hurt(data, chance) if number % 2 else None
                finds.feed(wounded(data, made) if other is None else other)
                count += 1

    number = int.from_bytes(os.urandom(4), "big")
    while time.monotonic() < until:
        seed(number)(fed)()
        number += 1
    print(f"stat::number_of_executed_units: {count}", file=sys.stderr)


Wound = tuple[float, int, bytes, int]
"""Where, as a part of the whole; how many bytes are left out there; what is put in, and how often."""


def wounds(words: list[bytes]) -> Any:
    """The strategy of what is done to an input."""
    from hypothesis import strategies as st

    pieces = st.one_of(st.binary(max_size=8), st.sampled_from(words or [b" "]))
    return st.lists(st.tuples(st.floats(0, 1), st.integers(0, 24), pieces, st.integers(0, 3)), max_size=6)


def wounded(data: bytes, made: Iterable[Wound]) -> bytes:
    """An input after that was done to it."""
    for place, length, piece, times in made:
        at = int(place * len(data))
        data = data[:at] + piece * times + data[at + length :]
    return data[:LONGEST]
