"""Filters and sorts by key, in every table of the interface: from the key to the screen."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from bench.asking import BAR
from bench.measuring import Line, Store, log, median
from bench.opening import run
from bench.questions import BIG, SOON

WORDS: Final = {"first": "for the first time", "again": "again"}


def measure(store: Store, rounds: int) -> Iterator[Line]:
    """The big tables, each round in a program of its own and beginning with another question; then the others."""
    for table in BIG:
        yield from _big(store, table, rounds)
    yield from _small(run(store, "asking_small"))


def _big(store: Store, table: str, rounds: int) -> Iterator[Line]:
    found = []
    for number in range(rounds):
        found.append(run(store, f"asking {table} {number / rounds}"))
        log(f"filters and sorts of {table} {number + 1}: peak_mb {found[-1]['peak_mb']:.0f}")
    what = f"{found[0]['rows']:,} {table} in the interface"
    for kind in ("filter", "sort"):
        for turn, word in WORDS.items():
            taken = _each([one[turn][kind] for one in found])
            worst = max(taken, key=lambda name: statistics.median(taken[name]))
            log(f"{kind}, asked {word}: " + ", ".join(_told(name, times) for name, times in taken.items()))
            note = f"worst: `{worst}`, of {len(taken)}, from the key to the screen"
            yield median(f"any {kind} of {what}, asked {word}", "ms", taken[worst], BAR, note)
    count = sum(len(one["soon"]) for one in found)
    note = f"the worst of each round, {count} questions in all"
    soon = [max(one["soon"]) for one in found]
    yield median(f"any of them within {SOON:g} s after {table} are shown", "ms", soon, BAR, note)
    yield median("longest stall of the event loop meanwhile", "ms", [one["stall"] * 1000 for one in found], 50.0)
    yield median("peak memory of the interface after all that", "MB", [one["peak_mb"] for one in found], 500.0)


def _small(found: Mapping[str, Any]) -> Iterator[Line]:
    """The worst of all small tables together."""
    tables = {table: taken for table, taken in found.items() if isinstance(taken, dict)}
    for turn, word in WORDS.items():
        taken = {
            (table, name): time
            for table, turns in tables.items()
            for times in turns[turn].values()
            for name, time in times.items()
        }
        for table in tables:
            times = {name: time for (of, name), time in taken.items() if of == table}
            log(
                f"{table}, {tables[table]['rows']:,} rows, asked {word}: " + ", ".join(map(_at_once, times.items()))
            )
        worst = max(taken, key=lambda key: taken[key])
        what = f"any filter or sort of the other {len(tables)} tables in the interface, asked {word}"
        yield Line(what, taken[worst], "ms", BAR, f"worst: {worst[0]}, `{worst[1]}`, of {len(taken)}, asked once")


def _each(rounds: Sequence[Mapping[str, float]]) -> dict[str, list[float]]:
    """What every round has for each name."""
    names = dict.fromkeys(chain.from_iterable(rounds))
    return {name: [one[name] for one in rounds if name in one] for name in names}


def _told(name: str, times: Sequence[float]) -> str:
    return f"{name} {statistics.median(times):.0f} ms"


def _at_once(named: tuple[str, float]) -> str:
    return f"{named[0]} {named[1]:.0f} ms"
