"""Targets: what we keep beside a store ourselves, and somebody may have written: journal, trash, pins, digests."""

import orjson

from fuzz import scratch
from fuzz.attempt import Target, holds, surely
from fuzz.reads_store import remembered
from pkgstore.digests import _sum, decode_baseline, encode_baseline, read_baseline
from pkgstore.errors import StoreError
from pkgstore.journal import evicted, operation_time, operations, read_evicted, read_journal
from pkgstore.keys import ConfigKey
from pkgstore.operations.baselines import read_position
from pkgstore.pins import encode_pins, read_pins, scan_pins
from pkgstore.text_json import BadJSON, loads
from pkgstore.trash import decode_record, encode_record, read_record

KEY = ConfigKey("4.5-x86_64-pc-linux-gnu", "sf", "5" * 64, "e" * 64)
OPERATION = "20261126T191500-evict-3f2a"
_GOOD = b'{"v":1,"at":"2026-11-26T19:15:00+00:00","op":"%b","event":"%b"}\n'
_BEFORE, _AFTER = _GOOD % (OPERATION.encode(), b"begin"), _GOOD % (OPERATION.encode(), b"end")


def journal(data: bytes) -> None:
    """The journal: whatever stands between two good lines, both are read, and every line is accounted for."""
    layout = scratch.store()
    between = data if data.endswith(b"\n") else data + b"\n"
    scratch.placed(layout.journal, _BEFORE + between + _AFTER)
    history = read_journal(layout)
    written = [line for line in (_BEFORE + between + _AFTER).split(b"\n") if line]
    holds(len(history.lines) + history.passed_over == len(written), "lines of the journal got lost")
    holds((history.lines[0].event, history.lines[-1].event) == ("begin", "end"), "a damaged line hides good ones")
    for past in operations(history):
        operation_time(past.operation)
    holds(read_evicted(layout) == evicted(history.lines), "the journal tells two things")


def trash_record(data: bytes) -> None:
    """A record in the trash."""
    layout = scratch.store()
    scratch.placed(layout.trash_record(OPERATION, KEY), data)
    found = read_record(layout, OPERATION, KEY)
    holds(found is not None, "a record that is there is not there")
    again = surely(decode_record, encode_record(found))
    holds(again == found, "a record of the trash changes when it is written again")


def pins(data: bytes) -> None:
    """The pins: kept as they are, to the second."""
    layout = scratch.store()
    scratch.placed(layout.pins, data)
    holds(scan_pins(layout).pins == () or not scan_pins(layout).damage, "pins are damaged and count")
    found = read_pins(layout)
    scratch.placed(layout.pins, encode_pins(found))
    again = surely(read_pins, layout)
    holds([_kept(pin) for pin in again] == [_kept(pin) for pin in found], "pins change when they are written again")


def _kept(pin: object) -> object:
    until = None if pin.until is None else int(pin.until // 1)
    return pin.id, pin.what, pin.reason, pin.by, int(pin.at // 1), until, pin.manifest


def position(data: bytes) -> None:
    """Where a content check stopped."""
    layout = scratch.store()
    scratch.placed(layout.digest_position, data)
    read_position(layout, "all")


def baseline(data: bytes) -> None:
    """A baseline as it is, and with its right sum: somebody who writes there can reckon one."""
    layout = scratch.store()
    scratch.placed(layout.digest(KEY), data)
    found = _baseline(layout)
    if found is None and (signed := _signed(data)):
        scratch.placed(layout.digest(KEY), signed)
        found = read_baseline(layout, KEY)
    if found is not None:
        again = surely(decode_baseline, KEY, encode_baseline(KEY, found))
        holds(again == found, "a baseline changes when it is written again")
        holds(found.made is None or abs(found.made) < 1e12, "a baseline was made at no time")


def _baseline(layout: object) -> object:
    try:
        return read_baseline(layout, KEY)
    except StoreError:
        return None


def _signed(data: bytes) -> bytes:
    try:
        document = loads(data)
        said = {name: value for name, value in document.items() if name != "sum"}
        return orjson.dumps({**said, "sum": _sum(said)})
    except (BadJSON, AttributeError, TypeError):
        return b""


TARGETS = (
    Target("journal", "the journal", (journal,)),
    Target(
        "trash-pins",
        "records of the trash, pins.json, positions of content checks, the cache",
        (trash_record, pins, position, remembered),
    ),
    Target("baselines", "digests of trees", (baseline,)),
)
