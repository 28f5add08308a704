"""Pins: what they keep, until when, and what a file of them that cannot be used leads to."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from builders import PLATFORM, StoreBuilder, ref
from pkgstore.errors import DiskError, InputError, InvalidName, StoreError
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout
from pkgstore.model import Tier
from pkgstore.operations.pinning import add_pin, remove_pins
from pkgstore.pins import Pin, encode_pins, pinned_roots, read_pins, roots_with_pins
from pkgstore.scan import read_snapshot

NOW = 1_800_000_000.0
SF = {"sf": ref("sf", "1.0")}


def pin(reason: str = "for the course", until: float | None = None, manifest: dict[str, str] = SF) -> Pin:
    return Pin("", "sf 1.0", reason, "alice", NOW, manifest, until)


@pytest.fixture
def layout(store: StoreBuilder) -> Layout:
    return Layout(str(store.root))


def test_a_pin_is_a_root_of_its_own_tier(store: StoreBuilder, layout: Layout) -> None:
    store.package("sf").source().config()
    made = add_pin(layout, pin())
    assert read_pins(layout) == (made,)
    roots = roots_with_pins(read_snapshot(layout.root))
    (holder,) = roots.holders(ConfigKey(PLATFORM, "sf", *SF["sf"].split("/")))
    assert holder.tier is Tier.PINNED
    assert (made.id in holder.owner, "for the course" in holder.owner) == (True, True)


def test_it_ends_when_it_was_said_to_end(layout: Layout) -> None:
    add_pin(layout, pin(until=NOW + 60))
    assert len(pinned_roots(layout, now=NOW + 59)[0]) == 1
    assert pinned_roots(layout, now=NOW + 60) == ((), ())
    assert read_pins(layout)[0].is_over(NOW + 60)


def test_two_pins_of_one_config_are_two_roots(store: StoreBuilder, layout: Layout) -> None:
    first, second = add_pin(layout, pin("a")), add_pin(layout, pin("b"))
    assert len({root.id for root in pinned_roots(layout, now=NOW)[0]}) == 2
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
        '{"version": 1, "pins": [{"id": "a", "manifest": {"sf": "no ref"}, "at": "2026-01-01T00:00:00Z"}]}',
        '{"version": 1, "pins": [{"id": "a", "manifest": {"..": "x/y"}, "at": "2026-01-01T00:00:00Z"}]}',
        '{"version": 1, "pins": [{"id": "a", "manifest": {"sf": "../y"}, "at": "2026-01-01T00:00:00Z"}]}',
    ],
    ids=range(11),
)
def test_a_file_that_cannot_be_used_is_damage_and_stays_as_it_is(layout: Layout, text: str) -> None:
    os.makedirs(layout.ours)
    Path(layout.pins).write_text(text)
    with pytest.raises(StoreError) as raised:
        read_pins(layout)
    assert layout.pins in str(raised.value)
    roots = roots_with_pins(read_snapshot(layout.root))
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
