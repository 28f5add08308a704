"""The soak's own judgement: it has to notice a stall, a leak, a lost update and a store that is not sound."""

import asyncio
import time
from typing import Any

import pytest

from bench.beats import Beats
from bench.idle import BEAT, beat
from bench.measuring import Line
from bench.soak import figures
from bench.soak.workers import difference

MINUTE = 60.0


def missed(lines: Any) -> list[str]:
    return [line.what for line in lines if not line.is_met]


def memory(growth: float, noise: float = 1.0, seconds: float = 1800.0) -> list[figures.Sample]:
    """Samples of a process that has 100 MB after its warm-up and grows by so many MB an hour, with a saw in it."""
    return [(at, 100 + growth * at / 3600 + noise * (at % 60 / 60 - 0.5)) for at in range(0, int(seconds), 2)]


# --- memory -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("growth", [0.0, -20.0, 2.0])
def test_memory_that_is_flat_is_flat(growth: float) -> None:
    assert missed(figures.memory_lines(memory(growth), 1800)) == []


def test_a_leak_of_ten_mb_an_hour_is_noticed() -> None:
    assert missed(figures.memory_lines(memory(10), 1800)) == ["memory of the interface: slope, lower bound"]


def test_a_growth_of_a_tenth_is_noticed_however_unsteady_it_is() -> None:
    samples = [(at, mb + (30 if at % 500 < 250 else 0)) for at, mb in memory(26)]
    assert missed(figures.memory_lines(samples, 1800))[-1] == "growth by that line from the warm-up to the end"


def test_what_opening_takes_is_no_leak() -> None:
    samples = [(at, mb - 60 * max(0.0, 1 - at / 200)) for at, mb in memory(0)]
    assert missed(figures.memory_lines(samples, 1800)) == []


def test_the_slope_is_that_of_the_line_and_its_bounds_hold_it() -> None:
    found = figures.fit(memory(12, noise=0))
    assert found.slope == pytest.approx(12)
    assert found.level == pytest.approx(100)
    assert found.low <= found.slope <= found.high
    noisy = figures.fit([(at, mb + 5 * (at // 180 % 2)) for at, mb in memory(12)])
    assert noisy.low < 12 < noisy.high


def test_a_handful_of_samples_tells_nothing() -> None:
    with pytest.raises(ValueError, match="tell no slope"):
        figures.fit(memory(0)[:19])


def test_the_warm_up_is_five_minutes_of_half_an_hour() -> None:
    assert [figures.warm_up(minutes * MINUTE) for minutes in (30, 120, 3)] == [300, 300, 30]


# --- stalls -------------------------------------------------------------------------------------------------------


def stalls(beats: Beats) -> list[str]:
    return missed(figures.stall_lines(beats.told(), Beats().told()))


async def test_a_loop_that_stands_still_is_noticed() -> None:
    """A real heartbeat, and a real block of a quarter of a second."""
    beats = Beats(lambda: "draws the workers")
    task = asyncio.create_task(beat(beats))
    await asyncio.sleep(4 * BEAT)
    time.sleep(0.25)
    await asyncio.sleep(4 * BEAT)
    task.cancel()
    assert stalls(beats) == ["longest stall of the event loop"]
    assert beats.longer[0.2] >= 1
    assert "draws the workers" in beats.told()["worst_ones"][0]


def test_stalls_are_counted_by_their_length() -> None:
    beats = Beats()
    for late in (0.001, 0.04, 0.06, 0.12, 0.19):
        beats.append((0.0, late))
    assert beats.told()["longer"] == {"50": 3, "100": 2, "200": 0}
    assert beats.told()["worst"] == pytest.approx(190)
    assert stalls(beats) == []
    beats.append((0.0, 0.201))
    assert stalls(beats) == ["longest stall of the event loop"]


def test_a_heartbeat_of_hours_takes_no_more_room_than_one_of_seconds() -> None:
    beats = Beats()
    for number in range(10_000):
        beats.append((float(number), 0.06 + number / 1e6))
    assert beats.count == 10_000
    assert len(beats.told()["worst_ones"]) == 12
    assert beats.told()["worst_ones"][0].startswith("70 ms")


# --- updates ------------------------------------------------------------------------------------------------------

DISK = (12.5, {"Rcpp": "a/b", "sf": "c/d"})
TOLD = [12.5, {"Rcpp": "a/b", "sf": "c/d"}]
RIGHT = {"snapshot": TOLD, "row": TOLD, "line": "w00001-ab  shop  2  3 s ago"}


def test_a_screen_that_tells_what_the_disk_has_is_right() -> None:
    assert difference(DISK, RIGHT) == ""
    assert difference(None, {"snapshot": None, "row": None, "line": ""}) == ""


@pytest.mark.parametrize(
    ("disk", "wrong", "said"),
    [
        (DISK, {"snapshot": [12.4, TOLD[1]]}, "snapshot"),
        (DISK, {"row": [12.5, {"Rcpp": "a/b"}]}, "row"),
        (DISK, {"row": None}, "row"),
        (DISK, {"line": "w00001-ab  shop  3  3 s ago"}, "line"),
        (None, {}, "snapshot"),
    ],
)
def test_a_lost_update_is_noticed(disk: Any, wrong: dict[str, object], said: str) -> None:
    assert said in difference(disk, {**RIGHT, **wrong})


def test_what_was_lost_or_is_wrong_at_the_end_is_a_bar_that_was_missed() -> None:
    workers: dict[str, Any] = {"did": {"questions": 9}, "lost": []}
    end: dict[str, Any] = {"rows": {"w1": TOLD}, "workers": {"w1": TOLD}, "wrong": []}
    assert missed(figures.update_lines(workers, end)) == []
    assert len(missed(figures.update_lines({**workers, "lost": ["w1: the row is another"]}, end))) == 1
    assert len(missed(figures.update_lines(workers, {**end, "rows": {}}))) == 1
    assert len(missed(figures.update_lines(workers, {**end, "wrong": ["sources: …"]}))) == 1


def test_nobody_who_never_asked_found_nothing_lost() -> None:
    workers: dict[str, Any] = {"did": {}, "lost": []}
    end: dict[str, Any] = {"rows": {}, "workers": {}, "wrong": []}
    assert missed(figures.update_lines(workers, end)) == ["questions about workers that nobody asked"]


def test_a_store_that_is_not_sound_is_noticed() -> None:
    warning, advice = ({"code": "ORPHAN-TREE", "severity": kind} for kind in ("warning", "advice"))
    assert missed(figures.store_lines(0, [advice])) == []
    assert len(missed(figures.store_lines(1, [warning, advice]))) == 2


def test_an_error_of_a_part_is_noticed() -> None:
    fine: dict[str, Any] = {"did": {"builds": 3}, "errors": []}
    assert missed(figures.work_lines({"builds": fine})) == []
    broken: dict[str, Any] = {"did": {"builds": 3, "errors": 1}, "errors": ["x"], "cores": 0.5}
    assert missed(figures.work_lines({"builds": broken})) == ["errors of builds"]
    assert list(figures.work_lines({"builds": broken})) == [
        Line("errors of builds", 1, "", 0, "3 builds; 50% of a core")
    ]
