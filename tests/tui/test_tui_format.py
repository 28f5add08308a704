"""Plain strings for both programs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pkgstore.errors import StoreError
from pkgstore.keys import ConfigKey
from pkgstore.model import PopulateStats
from pkgstore.operations.events import (
    AssembleResult,
    Carried,
    Done,
    EvictResult,
    Failed,
    Ingested,
    IngestResult,
    Kept,
    Linked,
    Missed,
    Noticed,
    Removed,
    Skipped,
    Why,
)
from pkgstore_tui.format import (
    counted,
    event_line,
    human_age,
    human_bytes,
    human_time,
    result_line,
    safe_text,
    short_hash,
)

KEY = ConfigKey("4.5-x", "sf", "7d865e95" + "0" * 56, "b5bb9d80" + "0" * 56)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "unknown"), (0, "now"), (0.9, "now"), (1, "1s"), (59, "59s"), (59.9, "1min"), (60, "1min"),
        (3599, "59min"), (3600, "1h"), (47 * 3600, "47h"), (48 * 3600, "2d"), (400 * 86400, "400d"),
        (800 * 86400, "2y"),
    ],
)  # fmt: skip
def test_ages(seconds, text):
    assert human_age(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (1, "1 B"), (999, "999 B"), (1024, "1.0 KiB"), (35_862_118, "34.2 MiB"), (5 << 40, "5.0 TiB")],
)
def test_bytes(count, text):
    assert human_bytes(count) == text


def test_counts_hashes_and_times():
    assert counted(1, "config") == "1 config"
    assert counted(1204, "config") == "1,204 configs"
    assert counted(2, "miss", "misses") == "2 misses"
    assert short_hash(KEY.source_hash) == "7d865e95"
    assert short_hash("a\nb") == "a␊b"
    assert human_time(0).startswith("1970-01-01")
    assert human_time(1e30) == "unknown"


def test_control_characters_are_shown_not_obeyed():
    assert safe_text("plain [red] text") == "plain [red] text"
    assert safe_text("\x1b[2J\r\n\x00\x7f") == "␛[2J␍␊␀␡"
    assert safe_text("a\xa0b\u202egpj\ud800") == "a b�gpj�"


@given(st.text())
def test_safe_text_is_always_printable(text):
    safe = safe_text(text)
    assert safe.isprintable() or not safe
    assert len(safe) == len(text)
    safe.encode()


EVENTS = [
    (Linked("sf", "hit", KEY), "linked sf 7d865e95/b5bb9d80 from the store"),
    (
        Linked("sf", "abi-hit", KEY),
        "linked sf 7d865e95/b5bb9d80 from the store, for the changed packages it links to",
    ),
    (Linked("sf", "carried"), "linked sf from the reference library"),
    (Kept("sf", Why.IN_LIBRARY), "kept sf: already in the library"),
    (Missed("sf", Why.PHANTOM), "missing sf: configs.json lists it, but its tree is gone"),
    (Ingested(KEY), "ingested sf 7d865e95/b5bb9d80"),
    (Ingested(KEY, repaired=True), "repaired sf 7d865e95/b5bb9d80"),
    (Carried("sf", KEY.ref), "carried sf over from the reference manifest"),
    (Removed(KEY, 2048), "removed sf 7d865e95/b5bb9d80, freed 2.0 KiB"),
    (Skipped(KEY, Why.USED_MEANWHILE), "skipped sf 7d865e95/b5bb9d80: used again since the plan was made"),
    (Failed("sf", StoreError("no\nway")), "failed sf: no␊way"),
    (Noticed("", "look"), "note: look"),
    (Noticed("sf", "look"), "note sf: look"),
    (Done(PopulateStats(1, 2, 0, 1)), "done: 1 hit, 2 misses, 0 ABI hits, 1 ABI rebuild"),
    (Done(EvictResult(3, 1, 2, 1024)), "done: 3 configs removed, 1.0 KiB freed, 1 skipped, 2 failed"),
    (Done(IngestResult({"sf": "a/b"}, 1, 1)), "done: 1 package ingested, 1 repaired, 1 in the manifest"),
    (Done(AssembleResult(2, 1, ("x",))), "done: 2 packages linked, 1 kept, 1 missing"),
]


@pytest.mark.parametrize(("event", "line"), EVENTS, ids=lambda value: type(value).__name__)
def test_each_event_is_one_line(event, line):
    assert event_line(event) == line


def test_whoever_knows_versions_can_say_them():
    assert event_line(Removed(KEY, 0), lambda key: "sf 1.0-16") == "removed sf 1.0-16, freed 0 B"
    assert result_line(EvictResult()) == "0 configs removed, 0 B freed"
