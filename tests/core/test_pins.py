"""Pins: what they keep, until when, and what a file of them that cannot be used leads to."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from builders import PLATFORM, StoreBuilder, ref
from pkgstore.errors import DiskError, InputError, InvalidName, StoreError
from pkgstore.journal import Actor, operations, read_journal
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout
from pkgstore.model import Pin, Tier
from pkgstore.operations.pinning import add_pin, add_pins, end_pins, make_pins, pins_for, remove_pins
from pkgstore.pins import encode_pins, read_pins, scan_pins
from pkgstore.roots import Root, roots_of
from pkgstore.scan import read_snapshot

NOW = 1_800_000_000.0
SF = {"sf": ref("sf", "1.0")}


def pin(reason: str = "for the course", until: float | None = None, manifest: dict[str, str] = SF) -> Pin:
    return Pin("", "sf 1.0", reason, "alice", NOW, manifest, until)


def pinned(layout: Layout, now: float) -> tuple[Root, ...]:
    """What a reading of the store counts as pinned at a time."""
    return roots_of(read_snapshot(layout.root), now).roots


@pytest.fixture
def layout(store: StoreBuilder) -> Layout:
    return Layout(str(store.root))


def test_a_pin_is_a_root_of_its_own_tier(store: StoreBuilder, layout: Layout) -> None:
    store.package("sf").source().config()
    made = add_pin(layout, pin())
    assert read_pins(layout) == (made,)
    roots = roots_of(read_snapshot(layout.root))
    (holder,) = roots.holders(ConfigKey(PLATFORM, "sf", *SF["sf"].split("/")))
    assert holder.tier is Tier.PINNED
    assert (made.id in holder.owner, "for the course" in holder.owner) == (True, True)


def test_it_ends_when_it_was_said_to_end(layout: Layout) -> None:
    add_pin(layout, pin(until=NOW + 60))
    assert len(pinned(layout, NOW + 59)) == 1
    assert "until 2027-01-" in pinned(layout, NOW + 59)[0].owner
    assert pinned(layout, NOW + 60) == ()
    assert read_pins(layout)[0].is_over(NOW + 60)


def test_two_pins_of_one_config_are_two_roots(store: StoreBuilder, layout: Layout) -> None:
    first, second = add_pin(layout, pin("a")), add_pin(layout, pin("b"))
    assert len({root.id for root in pinned(layout, NOW)}) == 2
    assert remove_pins(layout, frozenset({first.id})) == (first,)
    assert read_pins(layout) == (second,)
    assert remove_pins(layout, frozenset({"none"})) == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"version": 2, "pins": []}',
        '{"version": 1, "pins": [5]}',
        '{"version": 1, "pins": [{"id": "a"}]}',
        '{"version": 1, "pins": [{"id": "a", "manifest": {"sf": "x/y"}, "at": "later"}]}',
        '{"version": 1, "pins": [{"id": "a", "manifest": {"sf": "x/y"}, "at": "9999-12-31T23:59:59-23:59"}]}',
        '{"version": 1, "pins": [{"id": "a", "manifest": {"sf": "x/y"}, "at": "2026-01-01T00:00:00Z", "until": '
        '"0001-01-01T00:00:00+23:59"}]}',
        '{"version": 1, "pins": [{"id": "a", "manifest": {"sf": "no ref"}, "at": "2026-01-01T00:00:00Z"}]}',
        '{"version": 1, "pins": [{"id": "a", "manifest": {"..": "x/y"}, "at": "2026-01-01T00:00:00Z"}]}',
        '{"version": 1, "pins": [{"id": "a", "manifest": {"sf": "../y"}, "at": "2026-01-01T00:00:00Z"}]}',
    ],
    ids=range(13),
)
def test_a_file_that_cannot_be_used_is_damage_and_stays_as_it_is(layout: Layout, text: str) -> None:
    os.makedirs(layout.ours)
    Path(layout.pins).write_text(text)
    with pytest.raises(StoreError) as raised:
        read_pins(layout)
    assert layout.pins in str(raised.value)
    snapshot = read_snapshot(layout.root)
    assert snapshot.damage == scan_pins(layout).damage
    roots = roots_of(snapshot)
    assert [item.path for item in roots.damage] == [layout.pins]
    assert not roots.is_complete
    with pytest.raises(StoreError):
        add_pin(layout, pin())
    assert Path(layout.pins).read_text() == text


def test_a_pin_that_makes_no_sense_is_not_written(layout: Layout) -> None:
    for wrong, error in (
        (pin(manifest={}), InputError),
        (pin(reason=" "), InputError),
        (pin(manifest={"..": "a/b"}), InvalidName),
    ):
        with pytest.raises(error):
            add_pin(layout, wrong)
    assert not os.path.exists(layout.pins)


def test_no_more_is_written_than_can_be_read(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    made = add_pin(layout, pin())
    monkeypatch.setattr("pkgstore.operations.pinning.LARGEST", 1000)
    with pytest.raises(InputError, match="pin less at once"):
        add_pins(layout, [pin(str(number)) for number in range(10)])
    assert read_pins(layout) == (made,)


def test_several_configs_of_a_package_are_several_pins_with_names_that_tell_them_apart() -> None:
    sf = [ConfigKey(PLATFORM, "sf", "a" * 64, config * 64) for config in "bc"]
    new, dplyr = ConfigKey(PLATFORM, "sf", "d" * 64, "e" * 64), ConfigKey(PLATFORM, "dplyr", "f" * 64, "e" * 64)
    elsewhere = dplyr._replace(platform="4.4-x86_64-pc-linux-gnu")
    named = [(sf[0], "1.0"), (sf[1], "1.0"), (new, "1.1"), (dplyr, "1.1.4"), (elsewhere, "1.1.4")]
    pins = pins_for(named, pin("audit", until=NOW + 60))
    assert [made.what for made in pins] == ["dplyr 1.1.4, sf 1.0 bbbbbbbb", "sf 1.0 cccccccc", "sf 1.1"]
    assert pins[0].manifest == {"sf": sf[0].ref, "dplyr": dplyr.ref}
    assert {(made.reason, made.by, made.at, made.until) for made in pins} == {("audit", "alice", NOW, NOW + 60)}
    many = [(ConfigKey(PLATFORM, f"p{number}", "a" * 64, "b" * 64), "1") for number in range(9)]
    assert [made.what for made in pins_for(many, pin())] == ["p0 1, p1 1, p2 1 and 6 more"]


def test_each_pin_and_unpin_is_in_the_journal(layout: Layout) -> None:
    actor = Actor("alice", "host", 1, "pkgstore pin x")
    made = make_pins(layout, [pin(until=NOW), pin("other")], actor).pins
    end_pins(layout, {made[1].id, "none"}, actor)
    told = operations(read_journal(layout))
    assert [(past.what, past.outcome, past.plan["id"]) for past in told] == [
        ("pin", "done", made[0].id),
        ("pin", "done", made[1].id),
        ("unpin", "done", made[1].id),
    ]
    assert told[0].plan["until"].startswith("2027-01-")
    assert (told[0].who, told[0].command) == ("alice@host", "pkgstore pin x")


def test_a_journal_that_cannot_be_written_is_told_and_the_pin_is_made(layout: Layout) -> None:
    os.makedirs(layout.journal)
    done = make_pins(layout, [pin()], Actor("alice", "host", 1))
    assert done.unnoted is not None
    assert read_pins(layout) == done.pins


def test_a_fault_leaves_the_old_pins(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    made = add_pin(layout, pin())

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "full")

    with monkeypatch.context() as patched:
        patched.setattr(os, "rename", refuse)
        with pytest.raises(DiskError):
            add_pin(layout, pin("more"))
    assert read_pins(layout) == (made,)
    assert os.listdir(layout.ours) == ["pins.json"]


def test_what_is_written_is_for_people_too(layout: Layout) -> None:
    made = add_pin(layout, pin(until=NOW + 86400))
    document = json.loads(Path(layout.pins).read_text())
    assert document["pins"][0]["until"].startswith("2027-01-")
    assert json.loads(encode_pins((made,))) == document


PROGRAM = """
import sys
from pkgstore.layout import Layout
from pkgstore.operations.pinning import add_pin
from pkgstore.pins import Pin
for number in range(20):
    add_pin(Layout(sys.argv[1]), Pin("", "sf", f"{sys.argv[2]} {number}", "u", 1.0, {"sf": "a/b"}))
"""


def test_several_processes_lose_no_pin(layout: Layout) -> None:
    running = [subprocess.Popen([sys.executable, "-c", PROGRAM, layout.root, str(n)]) for n in range(4)]
    assert [process.wait(60) for process in running] == [0] * 4
    pins = read_pins(layout)
    assert len({made.id for made in pins}) == len({made.reason for made in pins}) == 80
