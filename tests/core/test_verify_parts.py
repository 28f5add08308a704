"""Parts of a store, limited time, stopped and gone on with: each config is looked at once, none is left out."""

import os
import subprocess
import sys
from collections import Counter
from itertools import chain
from pathlib import Path

import pytest
from verifying import check, configs, outcomes, result, ticking

from builders import PLATFORM, StoreBuilder
from pkgstore.errors import Cancelled, InputError
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout
from pkgstore.operations.baselines import read_position, write_position
from pkgstore.operations.verify import VerifyRules, apply_verify
from pkgstore.operations.verify_events import Outcome, OutOfTime
from pkgstore.operations.verify_plan import MOST_PARTS, Subset, parse_subset, plan_verify, resume_after
from pkgstore.progress import Cancel, Progress
from pkgstore.scan import read_snapshot

COUNT = 23


@pytest.fixture
def many(store: StoreBuilder) -> StoreBuilder:
    for number in range(COUNT):
        store.package(f"p{number:02}").source().config()
    return store


def names(events) -> list[str]:
    return [event.key.package for event in configs(events)]


@pytest.mark.parametrize("parts", [1, 2, 7, 100])
def test_the_parts_are_the_whole_and_do_not_overlap(many: StoreBuilder, parts: int) -> None:
    seen = Counter(name for number in range(parts) for name in names(check(many, subset=Subset(number + 1, parts))))
    assert seen == Counter(f"p{number:02}" for number in range(COUNT))


def test_a_part_stays_the_same_when_others_come() -> None:
    """Known answers: a store checked a part a day has to be covered in a week, whatever version of this does it."""
    keys = [ConfigKey(PLATFORM, f"p{number}", "a", "b") for number in range(8)]
    assert [next(n for n in range(1, 8) if Subset(n, 7).has(key)) for key in keys] == [6, 6, 1, 6, 3, 3, 1, 4]


@pytest.mark.parametrize("text", ["", "1", "0/7", "8/7", "1/0", "-1/7", "1/7/2", "a/b", "1/10001", " 1/7", "١/٧"])
def test_what_is_no_part(text: str) -> None:
    with pytest.raises(InputError, match="no part of a whole"):
        parse_subset(text)


def test_what_is_a_part() -> None:
    assert parse_subset("3/7") == Subset(3, 7)
    assert str(parse_subset(f"{MOST_PARTS}/{MOST_PARTS}")) == f"{MOST_PARTS}/{MOST_PARTS}"


def test_a_check_out_of_time_is_gone_on_with_until_all_is_done(many: StoreBuilder) -> None:
    runs = []
    while True:
        events = check(many, seconds=20.0, resume=True, clock=ticking(2.0))
        runs.append(names(events))
        if not any(isinstance(event, OutOfTime) for event in events):
            break
        assert result(events).left == COUNT - sum(map(len, runs))

    assert len(runs) > 3
    whole = [f"p{number:02}" for number in range(COUNT)]
    assert list(chain.from_iterable(runs)) == whole, "each once, in order"
    assert names(check(many, resume=True)) == whole, "and then from the beginning"


def test_at_least_one_config_is_looked_at(many: StoreBuilder) -> None:
    assert names(check(many, seconds=0.0, clock=ticking(100.0))) == ["p00"]


def test_parts_and_platforms_are_gone_on_with_on_their_own(many: StoreBuilder) -> None:
    part = Subset(1, 2)
    first = names(check(many, subset=part, seconds=5.0, clock=ticking(2.0)))
    whole = names(check(many, seconds=5.0, clock=ticking(2.0)))
    assert names(check(many, platform=PLATFORM, resume=True)) == [f"p{number:02}" for number in range(COUNT)]

    assert set(names(check(many, subset=part, resume=True))).isdisjoint(first)
    assert names(check(many, resume=True))[0] == f"p{len(whole):02}"


def test_what_came_and_went_between_two_runs(many: StoreBuilder) -> None:
    done = names(check(many, seconds=20.0, clock=ticking(2.0)))
    last = many.root / PLATFORM / done[-1]
    subprocess.run(["rm", "-r", last], check=True)
    many.package("p99").source().config()

    rest = names(check(many, resume=True))

    assert rest == [*(f"p{number:02}" for number in range(len(done), COUNT)), "p99"]


class StopAfter(Progress):
    """Asks for a stop when so many configs are done."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.cancel = Cancel()
        self._count = count

    def step(self, doing: str = "", count: int = 1) -> None:
        super().step(doing, count)
        if self.done == self._count:
            self.cancel.set()


def test_a_check_that_was_stopped_is_gone_on_with(many: StoreBuilder) -> None:
    layout = Layout(str(many.root))
    progress = StopAfter(5)
    plan = plan_verify(read_snapshot(str(many.root)))
    events = apply_verify(layout, plan, cancel=progress.cancel, progress=progress)
    seen = [next(events) for _ in range(5)]
    with pytest.raises(Cancelled):
        next(events)

    assert len(seen) == 5
    assert (progress.done, progress.total) == (5, COUNT)
    assert progress.bytes > 0
    rest = check(many, resume=True)
    assert names(rest) == [f"p{number:02}" for number in range(5, COUNT)]


def test_a_check_that_nobody_listens_to_any_more(many: StoreBuilder) -> None:
    events = apply_verify(Layout(str(many.root)), plan_verify(read_snapshot(str(many.root))))
    next(events)
    events.close()  # type: ignore[attr-defined]
    assert names(check(many, resume=True))[0] == "p01"


def test_a_killed_check_is_gone_on_with_near_where_it_was(many: StoreBuilder) -> None:
    """The place is written now and then, not at the end alone."""
    code = (
        "import os, sys; sys.path.insert(0, 'tests')\n"
        "from pkgstore.layout import Layout\n"
        "from pkgstore.operations.verify import apply_verify\n"
        "from pkgstore.operations.verify_plan import plan_verify\n"
        "from pkgstore.scan import read_snapshot\n"
        "from verifying import ticking\n"
        f"root = {str(many.root)!r}\n"
        "for n, _ in enumerate(apply_verify(Layout(root), plan_verify(read_snapshot(root)), clock=ticking(4.0))):\n"
        "    if n == 12: os.kill(os.getpid(), 9)\n"
    )
    here = Path(__file__).parent
    environment = {**os.environ, "PYTHONPATH": f"{here}:{here.parent}"}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == -9

    rest = names(check(many, resume=True))

    assert COUNT - 13 <= len(rest) < COUNT - 8
    assert rest[-1] == f"p{COUNT - 1}"


def test_named_configs_are_not_remembered(many: StoreBuilder) -> None:
    keys = [config.key for config in read_snapshot(str(many.root)).configs()]
    check(many, keys=keys, seconds=0.0, clock=ticking(2.0))
    assert resume_after(Layout(str(many.root)), "", None) is None


@pytest.mark.parametrize(
    "damage", [b"", b"{", b'{"positions": 3}', b'{"positions": {"* 1/1": "a/b"}}', b"x" * 2_000_000]
)
def test_a_place_that_cannot_be_read_is_the_beginning(many: StoreBuilder, damage: bytes) -> None:
    check(many, seconds=0.0, clock=ticking(2.0))
    Path(Layout(str(many.root)).digest_position).write_bytes(damage)

    assert len(names(check(many, resume=True))) == COUNT


def test_places_with_names_of_any_bytes(store: StoreBuilder) -> None:
    layout = Layout(str(store.root))
    key = ConfigKey("p\udcff%/".replace("/", ""), "[x]\n", "a b", "ü")
    write_position(layout, "* 1/7", key)
    write_position(layout, "* 2/7", None)
    assert read_position(layout, "* 1/7") == key
    write_position(layout, "* 1/7", None)
    assert read_position(layout, "* 1/7") is None


def test_without_recording_nothing_is_remembered(many: StoreBuilder) -> None:
    check(many, seconds=0.0, clock=ticking(2.0), record=False)
    assert not (many.root / ".pkgstore").exists()


def test_what_goes_while_it_is_checked_was_not_changed(many: StoreBuilder) -> None:
    plan = plan_verify(read_snapshot(str(many.root)))
    check(many)
    subprocess.run(["rm", "-r", many.root / PLATFORM / "p03"], check=True)
    found = list(apply_verify(Layout(str(many.root)), plan, VerifyRules()))
    assert outcomes(found)["p03"] is Outcome.GONE
    assert result(found).count(Outcome.CHANGED) == 0


def test_a_tree_that_is_moved_away_while_it_is_read(many: StoreBuilder, monkeypatch) -> None:
    """As an eviction does it: half of the files are still found."""
    from pkgstore.operations import verify_config

    check(many)
    real = verify_config.read_md5, verify_config.open_below
    victim = next((many.root / PLATFORM / "p03").glob("*/*/"))

    def moved(root: str, *parts: str) -> int:
        opened = real[1](root, *parts)
        if parts[1] == "p03":
            os.rename(victim, many.root / "aside")
            (many.root / "aside" / "DESCRIPTION").unlink()
        return opened

    monkeypatch.setattr(verify_config, "open_below", moved)
    assert outcomes(check(many))["p03"] is Outcome.GONE


@pytest.mark.parametrize("put", ["link", "file"])
def test_a_link_or_file_in_a_trees_place(many: StoreBuilder, put: str) -> None:
    plan = plan_verify(read_snapshot(str(many.root)))
    check(many)
    victim = next((many.root / PLATFORM / "p03").glob("*/*/"))
    os.rename(victim, many.root / "aside")
    victim.symlink_to(many.root / "aside") if put == "link" else victim.write_text("")

    found = list(apply_verify(Layout(str(many.root)), plan))

    assert outcomes(found)["p03"] is Outcome.CHANGED
