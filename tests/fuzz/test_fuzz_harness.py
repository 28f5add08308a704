"""The fuzzer itself: it finds what is wrong, once, shortened; it passes over what may be; it ends in time."""

import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz import attempt as attempts
from fuzz import keep, run, scratch
from fuzz.attempt import Broken, Target, attempt, holds, problem, shrunk, signature, surely
from fuzz.engines import Finds, with_hypothesis
from fuzz.json_wounds import hurt
from fuzz.oracles import fields, is_white, names, trimmed
from fuzz.targets import TARGETS
from pkgstore.description import WHITE_SPACE
from pkgstore.durations import parse_duration
from pkgstore.errors import InputError


def frail(data: bytes) -> None:
    """Divides by zero at a Z, says something that cannot be shown at an S, refuses at an R."""
    if b"Z" in data:
        raise ZeroDivisionError
    if b"R" in data:
        raise InputError("no")
    if b"U" in data:
        raise UnicodeError
    holds(b"B" not in data, f"there is a B in {data!r}")


FRAIL = Target("frail", "x", (frail,), ("Z",), (UnicodeError,))


def test_what_may_come_out_is_no_find() -> None:
    for data in (b"", b"R", b"U"):
        attempt(FRAIL, data)


def test_anything_else_is() -> None:
    assert isinstance(problem(FRAIL, b"Z"), ZeroDivisionError)
    assert isinstance(problem(FRAIL, b"B"), Broken)


def test_what_was_written_and_is_refused_is() -> None:
    with pytest.raises(Broken, match="parse_duration refused"):
        surely(parse_duration, "x")


def test_an_error_that_says_nothing_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(_data: bytes) -> None:
        raise InputError("")

    assert "says nothing" in str(problem(Target("t", "x", (silent,)), b""))
    monkeypatch.setattr(attempts, "safe_text", lambda text: text)

    def rude(_data: bytes) -> None:
        raise InputError("\x1b[2J")

    assert "not safe to show" in str(problem(Target("t", "x", (rude,)), b""))


def test_what_takes_too_long_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "SLOWEST", -1.0)
    assert "frail took" in str(problem(FRAIL, b"x"))


def test_two_finds_of_one_fault_are_one(tmp_path: Path) -> None:
    finds = Finds(FRAIL, tmp_path / "found")
    for data in (b"aaaZ", b"Zbb", b"aaBa", b"B", b"R", b"x"):
        finds.feed(data)
    assert len(finds.seen) == 2
    assert sorted(path.read_bytes() for path in (tmp_path / "found").iterdir()) == [b"B", b"Z"]


def test_a_find_is_shortened_and_stays_the_same_fault() -> None:
    long = b"x" * 1000 + b"B" + b"y" * 1000 + b"B"
    assert shrunk(FRAIL, long) == b"B"
    assert shrunk(FRAIL, b"nothing wrong") == b"nothing wrong"
    assert signature(problem(FRAIL, b"Z")) != signature(problem(FRAIL, b"B"))


def picky(data: bytes) -> None:
    """Takes JSON with a number in it, and calls it an error when there is a list in its place."""
    try:
        document = json.loads(data)
        if isinstance(document["a"]["b"], list):
            raise ZeroDivisionError
    except (ValueError, KeyError, TypeError):
        raise InputError("no") from None


def test_json_is_hurt_by_what_it_says(tmp_path: Path) -> None:
    finds = Finds(Target("picky", "x", (picky,)), tmp_path / "found")
    for number in range(1000):
        finds.feed(hurt(b'{"a": {"b": 1}}', Random(number)) or b"")
    assert finds.seen == {f"ZeroDivisionError at test_fuzz_harness.py:{picky.__code__.co_firstlineno + 5}"}
    assert hurt(b'{"a": 1}', Random(7)) == hurt(b'{"a": 1}', Random(7))
    assert hurt(b"a: 1", Random(7)) is None
    assert hurt(b'{"a": ', Random(7)) is None


def test_of_lines_of_json_one_is_hurt() -> None:
    lines = [b'{"a": 1}', b'{"b": 2}', b'{"c": 3}']
    for number in range(50):
        found = hurt(b"\n".join(lines), Random(number))
        assert found is not None
        assert sum(line in found.split(b"\n") for line in lines) >= 2


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_whatever_json_it_is_it_can_be_hurt(value: object) -> None:
    data = json.dumps(value).encode()
    found = hurt(data, Random(1))
    assert (found is None) == (data[:1] not in (b"{", b"[")), found


def test_hypothesis_finds_without_atheris(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    finds = Finds(FRAIL, tmp_path / "found")
    seeds = tmp_path / "corpus"
    seeds.mkdir()
    (seeds / "seed-00").write_bytes(b"abc")
    with_hypothesis(finds, 2, [seeds], tmp_path / "grown")
    assert b"Z" in {path.read_bytes() for path in (tmp_path / "found").iterdir()}
    said = capsys.readouterr()
    assert run.result_of("frail", said.out + said.err, 0).runs > 1


def test_the_oracle_knows_unicode_white_space() -> None:
    assert {chr(code) for code in range(sys.maxunicode + 1) if is_white(chr(code))} == set(WHITE_SPACE)
    assert trimmed("\u2003a b\x85") == "a b"
    assert fields(b" lost\nA: 1\n\t\n 2\nno field\n :x\nA :3\n") == {"A": "3"}
    assert fields(b"A: 1\n \n 2\n") == {"A": "1  2"}
    assert names("Rcpp (>= 1.0), ,BH") == ["Rcpp", "BH"]


def test_what_a_process_says_becomes_a_line() -> None:
    said = "#9 NEW cov: 7 ft: 8\nstat::number_of_executed_units: 1234\nstat::new_units_added:   5\n"
    assert run.result_of("query", said, 0).line == (
        "query             1,234 runs  coverage     7  new inputs     5  finds 0"
    )
    assert run.result_of("query", said + "FOUND .fuzz/x why\n", 0).finds == (".fuzz/x why",)
    assert run.result_of("query", "Test unit written to ./timeout-1\n", 70).finds == ("./timeout-1",)
    (find,) = run.result_of("query", "Traceback: oh\n", 1).finds
    assert "ended with 1" in find
    assert "Traceback: oh" in find


def test_an_input_is_kept_where_it_gets_further(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "folder", lambda: str(tmp_path))
    words = TARGETS["query"]
    known, new = [b"sf cpp11"], [b"sf", b"size>1M", b"size>2M", b"x" * (keep.LARGEST + 1)]
    assert keep.worth(words, known, new) == [b"size>1M"]


def test_a_target_that_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run.main(["nothing"])
    assert "there is no target nothing" in capsys.readouterr().err


@pytest.mark.parametrize("broken", [False, True])
def test_a_run_ends_with_a_line_each_and_a_code(
    tmp_path: Path, broken: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where something is found, the line says how to run it again."""
    if broken:
        lines = "import sys; print('FOUND .fuzz/found/words/found-1 boom'); sys.exit(1)"
        real = subprocess.run
        monkeypatch.setattr(subprocess, "run", lambda _line, **more: real([sys.executable, "-c", lines], **more))
    state = tmp_path / "state"
    code = run.main(["words", "--seconds", "1", "--engine", "hypothesis", "--state", str(state)])
    out = capsys.readouterr().out
    assert code == (1 if broken else 0), out
    assert "1 targets, 1 s each, with hypothesis" in out
    assert "finds 1" in out if broken else "finds 0" in out
    assert ("fuzz.one words .fuzz/found/words/found-1" in out) is broken


def test_a_find_is_run_again_with_its_traceback(tmp_path: Path) -> None:
    path = tmp_path / "input"
    path.write_bytes(b"720h")
    line = [sys.executable, "-m", "fuzz.one", "words", str(path)]
    ran = subprocess.run(line, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, f"{path}: nothing wrong\n")
