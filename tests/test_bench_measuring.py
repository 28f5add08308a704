"""The table of a benchmark, and what counts as met."""

from collections.abc import Iterator

import pytest

from bench import keys, run
from bench.measuring import Line, Store, median, table
from bench.watching import Written, _latencies


def test_a_bar_is_met_up_to_its_value() -> None:
    assert Line("a", 100.0, "ms", 100.0).is_met
    assert not Line("a", 100.1, "ms", 100.0).is_met
    assert Line("a", 1e9, "ms").is_met


def test_a_table_says_what_was_missed() -> None:
    lines = [median("ratio", "×", [3.0, 1.0, 2.5], 2.0), Line("worst", 7.25, "ms", 50.0, "`a|b`")]
    assert table(lines).splitlines()[2:] == [
        "| ratio | 2.50 × | ≤ 2 × | **no** | 1.00 × … 3.00 × |",
        "| worst | 7.2 ms | ≤ 50 ms | yes | `a\\|b` |",
    ]


@pytest.mark.parametrize(("value", "code"), [(1.0, 0), (3.0, 1)])
def test_a_missed_bar_is_the_exit_code(
    value: float, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "MEASURES", {"one": lambda store, rounds: iter([Line(store.root, value, "s", 2.0)])})
    monkeypatch.setattr(run, "_store", lambda root, size, scratch: Store("/the/store", "", scratch))
    assert run.main(["--only", "one"]) == code
    assert "| /the/store |" in capsys.readouterr().out


def test_a_measurement_that_fails_does_not_cost_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(store: Store, rounds: int) -> Iterator[Line]:
        yield Line("before", 1.0, "s")
        raise RuntimeError("it hung")

    monkeypatch.setattr(run, "MEASURES", {"one": fails, "two": lambda store, rounds: iter([Line("two", 1.0, "s")])})
    monkeypatch.setattr(run, "_store", lambda root, size, scratch: Store("", "", scratch))
    assert run.main(["--only", "one,two"]) == 1
    out, err = capsys.readouterr()
    assert "| two | 1.00 s |" in out
    assert "bench: one: it hung\n" in err


def test_a_measurement_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run.main(["--only", "nothing"])
    assert ended.value.code == 2
    assert "nothing" in capsys.readouterr().err


def test_a_change_is_seen_when_it_or_a_later_one_is_drawn() -> None:
    written = [Written("w1", 10.0, 100.0), Written("w2", 11.0, 101.0), Written("w3", 12.0, 102.0)]
    drawn = [[10.1, "w1", 99.0], [10.3, "w1", 100.0], [11.2, "w2", 105.0], [11.1, "w9", 101.0]]
    taken, lost = _latencies(written, drawn)
    assert taken == pytest.approx([200.0, 300.0])
    assert lost == 1


def test_every_table_is_asked_by_key_and_the_worst_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def found() -> dict[str, object]:
        times = {"filter": {"a": 10.0, "b": 5.0}, "sort": {"name": 30.0}}
        return {"rows": 3, "first": times, "again": times, "soon": [7.0, 120.0], "stall": 0.01, "peak_mb": 90.0}

    def run_script(store: Store, script: str) -> dict[str, object]:
        asked.append(script)
        if script == "asking_small":
            one = {
                "rows": 2,
                "first": {"filter": {"x": 101.0}, "sort": {}},
                "again": {"filter": {"x": 9.0}, "sort": {}},
            }
            return {"apps": one, "peak_mb": 80.0}
        return found()

    monkeypatch.setattr(keys, "run", run_script)
    lines = {line.what: line for line in keys.measure(Store("", "", ""), 2)}
    assert asked == [
        "asking packages 0.0",
        "asking packages 0.5",
        "asking configs 0.0",
        "asking configs 0.5",
        "asking_small",
    ], "each round begins with another question"
    assert lines["any filter of 3 packages in the interface, asked for the first time"].value == 10.0
    assert lines["any sort of 3 configs in the interface, asked again"].value == 30.0
    soon = lines["any of them within 1 s after packages are shown"]
    assert (soon.value, soon.is_met) == (120.0, False)
    small = lines["any filter or sort of the other 1 tables in the interface, asked for the first time"]
    assert (small.value, small.is_met) == (101.0, False)
    assert "apps, `x`" in small.note
